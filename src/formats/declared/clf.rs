//! Times of access logs, `12/Mar/2026:10:00:01 +0000`.

use crate::formats::calendar::{is_minute, minute_us};

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
