//! Types of gaps, and the values of their texts.

use super::DURATION_NO_UNIT;
use crate::formats::calendar::{is_minute, minute_us};
use crate::record::Reason;

/// A constraint on the text of a gap.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Type {
    /// Any text.
    Text,
    /// Digits, or the `-` that stands for none.
    Int,
    /// Any text, which has a route where a name is made of it.
    Route,
    /// `12/Mar/2026:10:00:01 +0000`.
    Clf,
    /// A number of seconds.
    Seconds,
    /// A number of seconds with a point: without one it may as well be of milliseconds or of microseconds.
    DecimalSeconds,
}

impl Type {
    /// The types that a pattern can name.
    const NAMES: [(&'static str, Self); 5] = [
        ("int", Self::Int),
        ("route", Self::Route),
        ("clf", Self::Clf),
        ("s", Self::Seconds),
        ("decimal_s", Self::DecimalSeconds),
    ];

    /// Finds the type that a pattern calls `name`.
    pub(super) fn named(name: &str) -> Option<Self> {
        Self::NAMES.iter().find(|(known, _)| *known == name).map(|(_, kind)| *kind)
    }

    /// Lists the types, for an error.
    pub(super) fn list() -> String {
        Self::NAMES.map(|(name, _)| name).join(", ")
    }

    /// Says whether the text is a duration.
    pub(super) fn is_duration(self) -> bool {
        matches!(self, Self::Seconds | Self::DecimalSeconds)
    }
}

/// Digits of a second's fraction that nanoseconds hold.
const NANO_DIGITS: usize = 9;

/// Parses a plain decimal number of seconds to nanoseconds, rounded to the nearest, halves up.
#[inline]
pub(super) fn duration_ns(text: &[u8], needs_point: bool) -> Result<i64, Reason> {
    // Nearly all of nginx's durations: 0.041.
    if let [whole, b'.', fraction @ ..] = text
        && let [tenths, hundredths, thousandths] = fraction
    {
        let digits = [whole, tenths, hundredths, thousandths].map(|digit| digit.wrapping_sub(b'0'));
        if digits.iter().all(|digit| *digit <= 9) {
            let ms = digits.iter().fold(0, |ms, digit| ms * 10 + i64::from(*digit));
            return Ok(ms * 1_000_000);
        }
    }
    any_duration_ns(text, needs_point)
}

#[inline(never)]
fn any_duration_ns(text: &[u8], needs_point: bool) -> Result<i64, Reason> {
    let (mut number, mut point, mut round) = (0_u64, None, 0);
    for (at, byte) in text.iter().enumerate() {
        let digit = byte.wrapping_sub(b'0');
        if digit > 9 {
            if *byte != b'.' || point.is_some() || at == 0 {
                return Err(Reason::DURATION_NO_NUMBER);
            }
            point = Some(at);
        } else if point.is_none_or(|point| at - point <= NANO_DIGITS) {
            // A number that is too large here is out of range below.
            number = number.saturating_mul(10).saturating_add(u64::from(digit));
        } else if point.is_some_and(|point| at - point == NANO_DIGITS + 1) {
            round = u64::from(digit >= 5);
        }
    }
    let digits = match point {
        Some(point) => text.len() - point - 1,
        None if !text.is_empty() && needs_point => return Err(DURATION_NO_UNIT),
        None => 0,
    };
    if text.is_empty() || (point.is_some() && digits == 0) {
        return Err(Reason::DURATION_NO_NUMBER);
    }
    let scale = POWERS_OF_TEN[NANO_DIGITS - digits.min(NANO_DIGITS)];
    let ns = number.saturating_mul(scale).saturating_add(round);
    i64::try_from(ns).map_err(|_| Reason::DURATION_OUT_OF_RANGE)
}

const POWERS_OF_TEN: [u64; NANO_DIGITS + 1] = {
    let mut powers = [1; NANO_DIGITS + 1];
    let mut at = 1;
    while at < powers.len() {
        powers[at] = powers[at - 1] * 10;
        at += 1;
    }
    powers
};

/// A time as access logs write it.
pub(super) type Clf = [u8; CLF_LEN];

/// Number of its bytes.
pub(super) const CLF_LEN: usize = CLF_SHAPE.len();

/// `0` for a digit, `a` for a letter, `+` for either sign.
const CLF_SHAPE: &[u8; 26] = b"00/aaa/0000:00:00:00 +0000";

/// The last time that was read: most lines of a busy log are of the second of the line before, and nearly all others of
/// its minute. A minute takes 100 ns to read, a second of the same minute 5.
#[derive(Debug, Clone, Default)]
pub(super) struct RememberedTime {
    text: Clf,
    /// The microseconds to the beginning of the text's minute. None where it does not exist, as for the text of zeros
    /// at first.
    minute_us: Option<i64>,
}

impl RememberedTime {
    /// Says whether `text` has the shape of a time, whatever the calendar says of it.
    #[inline]
    pub(super) fn has_shape(&self, text: &Clf) -> bool {
        (self.minute_us.is_some() && self.is_of_same_minute(text) && second(text).is_some()) || has_shape(text)
    }

    /// Counts the microseconds from 1970-01-01T00:00:00Z to a time that has the shape of one, if it exists.
    #[inline]
    pub(super) fn time_us(&mut self, text: &Clf) -> Option<i64> {
        if !self.is_of_same_minute(text) {
            *self = Self { text: *text, minute_us: minute_us_of(text) };
        }
        Some(self.minute_us? + second(text).filter(|second| *second < 60)? * 1_000_000)
    }

    /// Says whether nothing but the two digits of the second differs.
    #[inline]
    fn is_of_same_minute(&self, text: &Clf) -> bool {
        let halves = |text: &Clf| {
            let (first, last) = (text.first_chunk().copied(), text.last_chunk().copied());
            (u128::from_le_bytes(first.unwrap_or_default()), u128::from_le_bytes(last.unwrap_or_default()))
        };
        let ((first, last), (other_first, other_last)) = (halves(text), halves(&self.text));
        let second = 0xFFFF_u128 << (8 * (SECOND - (CLF_LEN - 16)));
        (first ^ other_first) | ((last ^ other_last) & !second) == 0
    }
}

/// The offset of a time's second.
const SECOND: usize = 18;

/// Reads a number of two digits.
#[inline]
fn second(text: &Clf) -> Option<i64> {
    let (tens, ones) = (text[SECOND].wrapping_sub(b'0'), text[SECOND + 1].wrapping_sub(b'0'));
    (tens < 10 && ones < 10).then(|| i64::from(tens) * 10 + i64::from(ones))
}

fn has_shape(text: &Clf) -> bool {
    text.iter().zip(CLF_SHAPE).all(|(byte, shape)| match shape {
        b'0' => byte.is_ascii_digit(),
        b'a' => byte.is_ascii_alphabetic(),
        b'+' => matches!(byte, b'+' | b'-'),
        _ => byte == shape,
    })
}

/// Counts the microseconds from 1970-01-01T00:00:00Z to the beginning of a minute.
#[inline(never)]
fn minute_us_of(text: &Clf) -> Option<i64> {
    let number = |at: usize| i64::from(text[at].wrapping_sub(b'0')) * 10 + i64::from(text[at + 1].wrapping_sub(b'0'));
    let month = month([text[3], text[4], text[5]])?;
    let [day, year, hour, minute] = [&text[..2], &text[7..11], &text[12..14], &text[15..17]];
    let mut iso = *b"0000-00-00T00:00";
    iso[..4].copy_from_slice(year);
    iso[5..7].copy_from_slice(month);
    iso[8..10].copy_from_slice(day);
    iso[11..13].copy_from_slice(hour);
    iso[14..].copy_from_slice(minute);
    let (offset_hours, offset_minutes) = (number(22), number(24));
    if !is_minute(&iso) || offset_hours > 23 || offset_minutes > 59 {
        return None;
    }
    let offset = (offset_hours * 60 + offset_minutes) * if text[21] == b'-' { -60 } else { 60 };
    Some(minute_us(&iso) - offset * 1_000_000)
}

/// Gives the number of a month, in two digits.
fn month(name: [u8; 3]) -> Option<&'static [u8; 2]> {
    Some(match &name {
        b"Jan" => b"01",
        b"Feb" => b"02",
        b"Mar" => b"03",
        b"Apr" => b"04",
        b"May" => b"05",
        b"Jun" => b"06",
        b"Jul" => b"07",
        b"Aug" => b"08",
        b"Sep" => b"09",
        b"Oct" => b"10",
        b"Nov" => b"11",
        b"Dec" => b"12",
        _ => return None,
    })
}
