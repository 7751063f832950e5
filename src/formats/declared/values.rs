//! The values of gaps' texts, by their types.

use super::clf::RememberedTime;
use super::durations::{NANO_DIGITS, hms_ns, list_ns, number_ns, seconds_ns, units_ns};
use super::times::{clf_ms_us, epoch_us, iso_us};
use super::types::Type;
use crate::record::Reason;

/// Parses a duration of any type.
pub(super) fn duration_ns(kind: Type, text: &[u8]) -> Result<i64, Reason> {
    match kind {
        Type::Millis => number_ns(text, 6),
        Type::Micros => number_ns(text, 3),
        Type::Nanos => number_ns(text, 0),
        Type::ListSeconds => list_ns(text),
        Type::Units => units_ns(text),
        Type::Hms => hms_ns(text),
        Type::DecimalSeconds => seconds_ns(text, true),
        _ => number_ns(text, NANO_DIGITS),
    }
}

/// Counts the microseconds from 1970-01-01T00:00:00Z to a time that has the shape of its type, if it exists.
pub(super) fn time_us(kind: Type, text: &[u8], time: &mut RememberedTime) -> Option<i64> {
    match kind {
        Type::Iso => iso_us(text),
        Type::Epoch => epoch_us(text, 6),
        Type::EpochMs => epoch_us(text, 3),
        Type::ClfMs => clf_ms_us(text, time),
        _ => time.time_us(text.first_chunk()?),
    }
}
