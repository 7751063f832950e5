//! Timestamps: `YYYY-MM-DDTHH:MM:SS.ffffff`, UTC, the fraction missing when it is zero.

/// Length of a timestamp up to its seconds.
pub(super) const SECONDS_LEN: usize = 19;

const SHAPE: &[u8; SECONDS_LEN] = b"0000-00-00T00:00:00";

/// Says whether `text` begins like a timestamp: digits and separators in their places, whatever the calendar says of
/// them. A shorter text is compared as far as it goes.
#[inline]
pub(super) fn has_shape(text: &[u8]) -> bool {
    text.iter().zip(SHAPE).all(|(byte, shape)| if *shape == b'0' { byte.is_ascii_digit() } else { byte == shape })
}

/// Says whether a text of a timestamp's length has its shape. Nearly all texts with a `T` in the tenth place have not,
/// which two bytes tell. Of a length that is known, all bytes are compared without a branch.
#[inline]
pub(super) fn has_whole_shape(text: &[u8; SECONDS_LEN]) -> bool {
    let is_fit = |(byte, shape): (&u8, &u8)| if *shape == b'0' { byte.is_ascii_digit() } else { byte == shape };
    text[4] == b'-' && text[7] == b'-' && text.iter().zip(SHAPE).map(is_fit).fold(true, |all, is_fit| all & is_fit)
}

/// The offset of the seconds.
pub(super) const SECOND: usize = 17;

/// Says whether the seconds of a text that has the shape of a timestamp exist.
pub(super) fn has_second(text: &[u8]) -> bool {
    text.get(SECOND..SECONDS_LEN).is_some_and(|seconds| seconds < b"60".as_slice())
}

/// Gives the seconds of a timestamp, with all six digits of their fraction.
pub(super) fn seconds_of(timestamp: &[u8]) -> [u8; 9] {
    let mut seconds = *b"00.000000";
    let text = timestamp.get(SECOND..).unwrap_or_default();
    let len = text.len().min(seconds.len());
    seconds[..len].copy_from_slice(&text[..len]);
    seconds
}

/// Counts the microseconds of `SS.ffffff`, which are digits: all eight at once, first pairs, then fours.
#[inline(always)]
pub(super) fn second_us(text: &[u8; 9]) -> i64 {
    let [tens, ones, _, ..] = *text;
    let mut last = [0; 8];
    last.copy_from_slice(&text[1..]);
    // Both digits come to the places of the last digit of the seconds and of the point.
    let digits = u64::from_le_bytes(last) & !0xFFFF | u64::from(u16::from_le_bytes([tens, ones]));
    let digits = digits & 0x0F0F_0F0F_0F0F_0F0F;
    let pairs = (digits * 10 + (digits >> 8)) & 0x00FF_00FF_00FF_00FF;
    let fours = (pairs * 100 + (pairs >> 16)) & 0x0000_FFFF_0000_FFFF;
    let micros = (fours * 10_000 + (fours >> 32)) & 0xFFFF_FFFF;
    micros as i64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::formats::calendar::{is_minute, minute_us};
    use jiff::civil::DateTime;
    use jiff::tz::TimeZone;
    use proptest::prelude::*;

    fn time_us(timestamp: &[u8]) -> i64 {
        minute_us(timestamp.first_chunk().unwrap()) + second_us(&seconds_of(timestamp))
    }

    fn exists(timestamp: &[u8]) -> bool {
        has_shape(timestamp) && is_minute(timestamp.first_chunk().unwrap()) && has_second(timestamp)
    }

    proptest! {
        #[test]
        fn times_are_those_of_the_calendar(day in -719_468_i64..2_932_000, micros in 0_i64..86_400_000_000) {
            let epoch: DateTime = "1970-01-01T00:00:00".parse().unwrap();
            let micros = day * 86_400_000_000 + micros;
            let time = epoch.to_zoned(TimeZone::UTC).unwrap().timestamp() + jiff::SignedDuration::from_micros(micros);
            let stamp = time.strftime("%Y-%m-%dT%H:%M:%S.%6f").to_string();
            prop_assert_eq!(time_us(stamp.as_bytes()), micros, "{}", stamp);
        }
    }

    #[test]
    fn the_first_two_months_of_all() {
        assert_eq!(time_us(b"0000-02-29T23:59:59.999999"), -719_468 * 86_400_000_000 - 1);
        assert_eq!(time_us(b"0000-01-01T00:00:00.000000"), -(719_468 + 60) * 86_400_000_000);
    }

    #[test]
    fn a_missing_fraction_is_zero() {
        assert_eq!(time_us(b"2026-11-23T06:18:09"), time_us(b"2026-11-23T06:18:09.000000"));
        assert!(time_us(b"2026-11-23T06:18:09") < time_us(b"2026-11-23T06:18:09.000001"));
    }

    #[test]
    fn the_calendar() {
        for (text, expected) in [
            (b"2026-11-23T06:18:09", true),
            (b"2024-02-29T23:59:59", true),
            (b"2023-02-29T00:00:00", false),
            (b"1900-02-29T00:00:00", false),
            (b"2000-02-29T00:00:00", true),
            (b"2026-00-01T00:00:00", false),
            (b"2026-13-01T00:00:00", false),
            (b"2026-04-31T00:00:00", false),
            (b"2026-12-31T00:00:00", true),
            (b"2026-12-00T00:00:00", false),
            (b"2026-12-31T24:00:00", false),
            (b"2026-12-31T00:60:00", false),
            (b"2026-12-31T00:00:60", false),
        ] {
            assert_eq!(exists(text), expected, "{}", text.escape_ascii());
        }
    }
}
