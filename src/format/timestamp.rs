//! Timestamps: `YYYY-MM-DDTHH:MM:SS.ffffff`, UTC, the fraction missing when it is zero.

/// Length of a timestamp up to its seconds.
pub(super) const SECONDS_LEN: usize = 19;

const SHAPE: &[u8; SECONDS_LEN] = b"0000-00-00T00:00:00";

/// Whether `text` begins like a timestamp: digits and separators in their places, whatever the calendar says of them. How much
/// of it has to be there is up to `text`: a shorter one is compared as far as it goes.
pub(super) fn has_shape(text: &[u8]) -> bool {
    text.iter().zip(SHAPE).all(|(byte, shape)| if *shape == b'0' { byte.is_ascii_digit() } else { byte == shape })
}

/// Whether the first 19 bytes, which have the shape of a timestamp, are a time that exists.
pub(super) fn exists(text: &[u8]) -> bool {
    text.first_chunk().is_some_and(is_minute)
        && text.get(17..SECONDS_LEN).is_some_and(|seconds| seconds < b"60".as_slice())
}

/// Whether `text` is `YYYY-MM-DDTHH:MM` and names a minute of the proleptic Gregorian calendar.
pub(crate) fn is_minute(text: &[u8; 16]) -> bool {
    if !has_shape(text) {
        return false;
    }
    let number = |at: usize| u32::from(text[at] - b'0') * 10 + u32::from(text[at + 1] - b'0');
    let (year, month, day) = (number(0) * 100 + number(2), number(5), number(8));
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let days = match month {
        4 | 6 | 9 | 11 => 30,
        2 => 28 + u32::from(leap),
        1..=12 => 31,
        _ => return false,
    };
    (1..=days).contains(&day) && number(11) < 24 && number(14) < 60
}

/// A point in time in the log's own spelling, with all six digits of its fraction. Since every field has a fixed width, bytes compare as times do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Stamp(pub(crate) [u8; 26]);

impl Stamp {
    /// Of a timestamp with six digits of fraction or none.
    pub(crate) fn new(timestamp: &[u8]) -> Self {
        let mut bytes = *b"0000-00-00T00:00:00.000000";
        let len = timestamp.len().min(bytes.len());
        bytes[..len].copy_from_slice(&timestamp[..len]);
        Self(bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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

    #[test]
    fn stamps_compare_as_times() {
        assert!(Stamp::new(b"2026-11-23T06:18:09") < Stamp::new(b"2026-11-23T06:18:09.000001"));
        assert_eq!(Stamp::new(b"2026-11-23T06:18:09"), Stamp::new(b"2026-11-23T06:18:09.000000"));
    }
}
