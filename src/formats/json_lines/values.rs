//! The values of members' texts.

use super::NO_TIME;
use crate::formats::declared::DURATION_NO_UNIT;
use crate::formats::json::{NoTime, Unfit, iso_time, scaled};
use crate::record::Reason;

/// The type of a duration.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Type {
    /// A number of a unit: the power of ten of its nanoseconds.
    Number(i32),
    /// A number of seconds with a point or an exponent: without one it may as well be of milliseconds.
    DecimalSeconds,
    /// Numbers with units: `18.2ms`, `1h2m`.
    Units,
}

impl Type {
    /// The types that a pattern can name.
    pub(super) const NAMES: &'static [&'static str] = &["s", "ms", "us", "ns", "decimal_s", "dur"];

    /// Finds the type that a pattern calls `name`.
    pub(super) fn named(name: &str) -> Option<Self> {
        Some(match name {
            "s" => Self::Number(9),
            "ms" => Self::Number(6),
            "us" => Self::Number(3),
            "ns" => Self::Number(0),
            "decimal_s" => Self::DecimalSeconds,
            "dur" => Self::Units,
            _ => return None,
        })
    }

    /// Reads a duration in nanoseconds.
    pub(super) fn duration_ns(self, text: &[u8]) -> Result<i64, Reason> {
        match self {
            Self::Number(power) => number(text, power),
            Self::DecimalSeconds => match number(text, 9) {
                Ok(ns) if ns != 0 && !text.iter().any(|byte| matches!(byte, b'.' | b'e' | b'E')) => {
                    Err(DURATION_NO_UNIT)
                }
                ns => ns,
            },
            Self::Units => with_units(text),
        }
    }
}

fn number(text: &[u8], power: i32) -> Result<i64, Reason> {
    scaled(text, power).map_err(|unfit| match unfit {
        Unfit::NoNumber => Reason::DURATION_NO_NUMBER,
        Unfit::TooLarge => Reason::DURATION_OUT_OF_RANGE,
    })
}

/// Units and their nanoseconds.
const UNITS: [(&str, i64); 8] = [
    ("ns", 1),
    ("us", 1_000),
    ("\u{b5}s", 1_000),
    ("\u{3bc}s", 1_000),
    ("ms", 1_000_000),
    ("s", 1_000_000_000),
    ("m", 60_000_000_000),
    ("h", 3_600_000_000_000),
];

/// Reads numbers with their units, as Go prints them.
fn with_units(text: &[u8]) -> Result<i64, Reason> {
    let (is_negative, mut rest) = text.strip_prefix(b"-").map_or((false, text), |rest| (true, rest));
    let mut sum = 0_i64;
    loop {
        let digits = rest.iter().take_while(|byte| byte.is_ascii_digit() || **byte == b'.').count();
        let (digits, behind) = rest.split_at(digits);
        let letters = behind.iter().take_while(|byte| !byte.is_ascii_digit()).count();
        let (unit, behind) = behind.split_at(letters);
        let unit = UNITS.iter().find(|(name, _)| name.as_bytes() == unit).ok_or(Reason::DURATION_NO_NUMBER)?.1;
        // Nanoseconds of a unit are a power of ten, or of that a small multiple.
        let power = unit.ilog10().min(9);
        let (ten, times) = (10_i64.pow(power), unit / 10_i64.pow(power));
        debug_assert_eq!(ten * times, unit);
        let part = number(digits, power as i32)?.checked_mul(times);
        sum = part.and_then(|part| sum.checked_add(part)).ok_or(Reason::DURATION_OUT_OF_RANGE)?;
        if behind.is_empty() {
            return Ok(if is_negative { -sum } else { sum });
        }
        rest = behind;
    }
}

/// The type of a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum TimeType {
    /// `2026-03-12T10:00:00.005674+00:00`.
    Iso,
    /// Seconds since 1970, or a thousandth of them: the power of ten of its nanoseconds.
    Epoch(i32),
}

impl TimeType {
    /// The types that a pattern can name.
    pub(super) const NAMES: &'static [&'static str] = &["iso", "epoch", "epoch_ms"];

    /// Finds the type that a pattern calls `name`.
    pub(super) fn named(name: &str) -> Option<Self> {
        match name {
            "iso" => Some(Self::Iso),
            "epoch" => Some(Self::Epoch(9)),
            "epoch_ms" => Some(Self::Epoch(6)),
            _ => None,
        }
    }

    /// Reads a time: microseconds since 1970, and the nanoseconds beyond.
    pub(super) fn time(self, text: &[u8]) -> Result<(i64, u16), Reason> {
        match self {
            Self::Iso => iso_time(text).map_err(|wrong| match wrong {
                NoTime::Shape => NO_TIME,
                NoTime::Calendar => Reason::TIME_DOES_NOT_EXIST,
            }),
            Self::Epoch(power) => {
                let ns = scaled(text, power).map_err(|_| NO_TIME)?;
                Ok((ns.div_euclid(1000), ns.rem_euclid(1000) as u16))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations() {
        let of = |name: &str, text: &str| Type::named(name).unwrap().duration_ns(text.as_bytes());
        for (name, text, expected) in [
            ("s", "0.043201", Ok(43_201_000)),
            ("s", "1", Ok(1_000_000_000)),
            ("ms", "0.5", Ok(500_000)),
            ("us", "17", Ok(17_000)),
            ("ns", "43201000", Ok(43_201_000)),
            ("ns", "0.5", Ok(1)),
            ("decimal_s", "0.005", Ok(5_000_000)),
            ("decimal_s", "5e-3", Ok(5_000_000)),
            ("decimal_s", "0", Ok(0)),
            ("decimal_s", "5", Err(DURATION_NO_UNIT)),
            ("decimal_s", "-", Err(Reason::DURATION_NO_NUMBER)),
            ("s", "null", Err(Reason::DURATION_NO_NUMBER)),
            ("s", "1e30", Err(Reason::DURATION_OUT_OF_RANGE)),
            ("dur", "18.2ms", Ok(18_200_000)),
            ("dur", "1.15\u{b5}s", Ok(1_150)),
            ("dur", "1.15\u{3bc}s", Ok(1_150)),
            ("dur", "1h2m0.5s", Ok(3_720_500_000_000)),
            ("dur", "1.5h", Ok(5_400_000_000_000)),
            ("dur", "-3ns", Ok(-3)),
            ("dur", "0s", Ok(0)),
            ("dur", "3", Err(Reason::DURATION_NO_NUMBER)),
            ("dur", "ms", Err(Reason::DURATION_NO_NUMBER)),
            ("dur", "3 ms", Err(Reason::DURATION_NO_NUMBER)),
            ("dur", "", Err(Reason::DURATION_NO_NUMBER)),
            ("dur", "9999999h", Err(Reason::DURATION_OUT_OF_RANGE)),
        ] {
            assert_eq!(of(name, text), expected, "{name} {text}");
        }
        assert_eq!(Type::named("seconds"), None);
    }

    #[test]
    fn times() {
        let of = |name: &str, text: &str| TimeType::named(name).unwrap().time(text.as_bytes());
        for (name, text, expected) in [
            ("iso", "2026-03-12T10:00:00.005674+00:00", Ok((1_773_309_600_005_674, 0))),
            ("epoch", "1773309601.48", Ok((1_773_309_601_480_000, 0))),
            ("epoch", "1773309601.480000123", Ok((1_773_309_601_480_000, 123))),
            ("epoch_ms", "1773309601480", Ok((1_773_309_601_480_000, 0))),
            ("epoch", "x", Err(NO_TIME)),
            ("iso", "2026-13-12T10:00:00Z", Err(Reason::TIME_DOES_NOT_EXIST)),
            ("iso", "today", Err(NO_TIME)),
        ] {
            assert_eq!(of(name, text), expected, "{name} {text}");
        }
    }
}
