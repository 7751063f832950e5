//! Formats times and durations.

use std::fmt::{self, Display, Formatter};

use crate::render::time::time_text;

/// A point in time: nanoseconds since 1970. (Of all times and durations that a log can hold, 64 bits are too few.)
pub(super) type Time = i128;

/// The time as a log has it, to the microsecond. A year out of the calendar's range has no date.
pub(super) fn timestamp(time: Time) -> String {
    let text = i64::try_from(time.div_euclid(1000)).ok().and_then(time_text);
    text.unwrap_or_else(|| format!("{} ms", Millis(time)))
}

/// Nanoseconds as milliseconds with three decimals, cut off, right-aligned in a width of up to 32.
pub(super) struct Millis(pub(super) i128);

impl Display for Millis {
    fn fmt(&self, out: &mut Formatter<'_>) -> fmt::Result {
        // Of what a log can hold, microseconds fit 64 bits. They are most of what is written of a tree: this takes a
        // quarter of the time that formatting them with the library does.
        let micros = i64::try_from(self.0 / 1000).unwrap_or(i64::MAX);
        let mut text = [b' '; 32];
        let mut first = text.len();
        let mut put = |byte| {
            first -= 1;
            text[first] = byte;
        };
        let mut rest = micros.unsigned_abs();
        for nth in 0.. {
            if nth == 3 {
                put(b'.');
            }
            if nth > 3 && rest == 0 {
                break;
            }
            put(b'0' + (rest % 10) as u8);
            rest /= 10;
        }
        if micros < 0 {
            put(b'-');
        }
        let padded = text.len() - out.width().unwrap_or(0).min(text.len());
        out.write_str(std::str::from_utf8(&text[first.min(padded)..]).unwrap_or_default())
    }
}

/// Nanoseconds with the unit that suits them.
pub(super) struct Rounded(pub(super) i128);

impl Display for Rounded {
    fn fmt(&self, out: &mut Formatter<'_>) -> fmt::Result {
        // The limit in nanoseconds, the number of decimals below it, and the unit in nanoseconds.
        const UNITS: [(u128, usize, f64, &str); 6] = [
            (10_000, 1, 1e3, "µs"),
            (1_000_000, 0, 1e3, "µs"),
            (100_000_000, 1, 1e6, "ms"),
            (1_000_000_000, 0, 1e6, "ms"),
            (100_000_000_000, 2, 1e9, "s"),
            (u128::MAX, 0, 1e9, "s"),
        ];
        let ns = self.0.unsigned_abs();
        let unit = UNITS.iter().find(|(below, ..)| ns < *below).filter(|_| ns > 0);
        let (_, decimals, scale, unit) = unit.copied().unwrap_or((0, 0, 1.0, "ms"));
        write!(out, "{:.decimals$} {unit}", self.0 as f64 / scale)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn milliseconds_are_padded_and_signed() {
        for (ns, text) in [
            (0, "   0.000"),
            (1_234_567, "   1.234"),
            (-999, "   0.000"),
            (-1_000, "  -0.001"),
            (-1_234_567, "  -1.234"),
            (1_003_000_000_000, "1003000.000"),
            (i128::from(i64::MIN) * 1000, "-9223372036854775.808"),
        ] {
            assert_eq!(format!("{:>8}", Millis(ns)), text);
        }
    }

    #[test]
    fn rounded_times_have_two_digits_at_least() {
        for (ns, text) in [
            (0, "0 ms"),
            (99_000, "99 µs"),
            (3_400_000, "3.4 ms"),
            (-3_400_000, "-3.4 ms"),
            (123_456_789, "123 ms"),
            (1_003_000_000_000, "1003 s"),
            (1_234_567_890, "1.23 s"),
        ] {
            assert_eq!(Rounded(ns).to_string(), text);
        }
    }

    #[test]
    fn times_are_written_as_in_the_log() {
        assert_eq!(timestamp(1_500_000), "1970-01-01T00:00:00.001500");
        assert_eq!(timestamp(-719_468 * 86_400_000_000_000), "0000-03-01T00:00:00.000000");
        assert!(timestamp(i128::from(i64::MAX) * 1_000_000).ends_with(" ms"));
    }
}
