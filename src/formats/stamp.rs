//! Times of databases: `2026-03-12 10:00:01.482 UTC`, `2026-03-12T10:00:01.045396Z`, `2026-03-12T11:00:01+01:00`.

use super::calendar::{is_minute, minute_us};

/// The length up to the seconds.
pub(super) const SECONDS_LEN: usize = SHAPE.len();

/// `0` is for a digit, `T` for that or a blank.
const SHAPE: &[u8; 19] = b"0000-00-00T00:00:00";

/// Says whether a text begins with the shape of a time, whatever the calendar says of it.
pub(super) fn has_shape(text: &[u8]) -> bool {
    text.first_chunk::<SECONDS_LEN>().is_some_and(|text| {
        text.iter().zip(SHAPE).all(|(byte, shape)| match shape {
            b'0' => byte.is_ascii_digit(),
            b'T' => matches!(byte, b'T' | b' '),
            _ => byte == shape,
        })
    })
}

/// The last minute that was read: nearly all records are of the same one as the record before.
#[derive(Debug, Default)]
pub(super) struct KnownMinute {
    text: [u8; 16],
    us: Option<i64>,
}

impl KnownMinute {
    /// Counts the microseconds from 1970-01-01T00:00:00Z to the time at the beginning of a text, if it exists. The
    /// fraction of its seconds and its zone can be missing. A zone that is a name is taken for UTC, as is a missing one.
    pub(super) fn time_us(&mut self, text: &[u8]) -> Option<i64> {
        let (minute, rest) = text.split_first_chunk()?;
        let [b':', tens @ b'0'..=b'5', ones @ b'0'..=b'9', rest @ ..] = rest else { return None };
        let (fraction_us, len) = fraction_us(rest);
        let second_us = (i64::from(tens - b'0') * 10 + i64::from(ones - b'0')) * 1_000_000 + fraction_us;
        Some(self.minute_us(minute)? + second_us - offset_us(&rest[len..]))
    }

    #[inline]
    fn minute_us(&mut self, minute: &[u8; 16]) -> Option<i64> {
        if self.us.is_none() || self.text != *minute {
            let mut iso = *minute;
            if iso[10] == b' ' {
                iso[10] = b'T';
            }
            (self.text, self.us) = (*minute, is_minute(&iso).then(|| minute_us(&iso)));
        }
        self.us
    }
}

/// Reads the fraction of a second, and gives its length with its point. Digits beyond microseconds are cut off.
fn fraction_us(text: &[u8]) -> (i64, usize) {
    let [b'.' | b',', digits @ ..] = text else { return (0, 0) };
    let digits = &digits[..digits.iter().take_while(|byte| byte.is_ascii_digit()).count()];
    let digit = |at: usize| digits.get(at).map_or(0, |digit| i64::from(digit - b'0'));
    ((0..6).fold(0, |us, at| us * 10 + digit(at)), usize::from(!digits.is_empty()) + digits.len())
}

/// Reads the offset from UTC in front of a text: ` +0530`, `+01:00`, ` -03`. Any other text is UTC.
fn offset_us(text: &[u8]) -> i64 {
    let text = text.strip_prefix(b" ").unwrap_or(text);
    let (sign, text) = match text {
        [b'+', text @ ..] => (1, text),
        [b'-', text @ ..] => (-1, text),
        _ => return 0,
    };
    let number = |text: &[u8]| match text {
        [tens @ b'0'..=b'9', ones @ b'0'..=b'9', ..] => Some(i64::from(tens - b'0') * 10 + i64::from(ones - b'0')),
        _ => None,
    };
    let Some(hours) = number(text) else { return 0 };
    let minutes = text[2..].strip_prefix(b":").unwrap_or(&text[2..]);
    sign * (hours * 60 + number(minutes).unwrap_or(0)) * 60_000_000
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_the_same_in_every_zone() {
        let mut known = KnownMinute::default();
        for (text, us) in [
            ("2026-03-12 10:00:01.482 UTC", Some(1_773_309_601_482_000)),
            ("2026-03-12 10:00:01.482 UTC [1823]", Some(1_773_309_601_482_000)),
            ("2026-03-12 10:00:01 CET", Some(1_773_309_601_000_000)),
            ("2026-03-12 07:00:01 -03", Some(1_773_309_601_000_000)),
            ("2026-03-12 15:30:01 +0530", Some(1_773_309_601_000_000)),
            ("2026-03-12T11:00:01.045396+01:00", Some(1_773_309_601_045_396)),
            ("2026-03-12T10:00:01.0453969Z", Some(1_773_309_601_045_396)),
            ("2026-03-12T10:00:01", Some(1_773_309_601_000_000)),
            ("2026-03-12T10:00:01 - x", Some(1_773_309_601_000_000)),
            ("2026-02-30T10:00:01Z", None),
            ("2026-03-12T10:00:60Z", None),
            ("2026-03-12T24:00:00Z", None),
            ("2026-03-12x10:00:00Z", None),
            ("2026-03-12", None),
        ] {
            for _ in 0..2 {
                assert_eq!(known.time_us(text.as_bytes()), us, "{text}");
            }
        }
    }

    #[test]
    fn a_shape_is_of_digits_and_separators() {
        assert!(has_shape(b"2026-03-12 10:00:01"));
        assert!(has_shape(b"9999-99-99T99:99:99.5"));
        assert!(!has_shape(b"2026-03-12 10:00:0"));
        assert!(!has_shape(b"2026-03-12_10:00:01"));
        assert!(!has_shape(b"2026/03/12 10:00:01"));
    }
}
