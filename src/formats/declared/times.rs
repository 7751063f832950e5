//! Times in gaps beside those of access logs: ISO 8601, seconds since 1970, and the times of `HAProxy`.

use super::clf::{CLF_LEN, Clf, RememberedTime};
use crate::formats::calendar::{is_minute, minute_us};

fn digits(text: &[u8]) -> usize {
    text.iter().take_while(|byte| byte.is_ascii_digit()).count()
}

/// Measures a fraction of a second at the beginning of `rest`: none, or a point or comma and digits.
fn fraction_len(rest: &[u8]) -> usize {
    match rest {
        [b'.' | b',', digits_on @ ..] if digits(digits_on) > 0 => 1 + digits(digits_on),
        _ => 0,
    }
}

/// Gives the microseconds of a fraction with its point, rounded, halves up.
fn fraction_us(text: &[u8]) -> i64 {
    let digit = |at: usize| text.get(at).map_or(0, |digit| i64::from(digit - b'0'));
    let us = (1..=6).fold(0, |us, at| us * 10 + digit(at));
    us + i64::from(digit(7) >= 5)
}

/// Bytes of `2026-03-12T10:00:01`.
const ISO_LEN: usize = 19;
const ISO_SHAPE: &[u8; ISO_LEN] = b"0000-00-00T00:00:00";

/// Measures a time of ISO 8601 at the beginning of `rest`: a blank may stand for its `T`, a comma for its point and
/// before its offset a blank.
pub(super) fn iso_len(rest: &[u8]) -> Option<usize> {
    let text: &[u8; ISO_LEN] = rest.first_chunk()?;
    let is_of_shape = |(byte, shape): (&u8, &u8)| match shape {
        b'0' => byte.is_ascii_digit(),
        b'T' => matches!(byte, b'T' | b't' | b' '),
        _ => byte == shape,
    };
    if !text.iter().zip(ISO_SHAPE).all(is_of_shape) {
        return None;
    }
    let len = ISO_LEN + fraction_len(&rest[ISO_LEN..]);
    Some(len + offset_len(&rest[len..]))
}

/// Measures an offset from UTC: none, `Z`, `+01`, `+0100` or `+01:00`, the last two also after
/// a blank.
fn offset_len(rest: &[u8]) -> usize {
    let blank = usize::from(matches!(rest, [b' ', b'+' | b'-', ..]));
    let is_digit = |at: usize| rest.get(blank + at).is_some_and(u8::is_ascii_digit);
    match rest.get(blank) {
        Some(b'Z' | b'z') => 1,
        Some(b'+' | b'-') if is_digit(1) && is_digit(2) => match rest.get(blank + 3) {
            Some(b':') if is_digit(4) && is_digit(5) => blank + 6,
            _ if is_digit(3) && is_digit(4) => blank + 5,
            _ if blank == 0 => 3,
            _ => 0,
        },
        _ => 0,
    }
}

pub(super) fn iso_us(text: &[u8]) -> Option<i64> {
    let mut minute: [u8; 16] = *text.first_chunk()?;
    minute[10] = b'T';
    let second = i64::from(text[17] - b'0') * 10 + i64::from(text[18] - b'0');
    if !is_minute(&minute) || second > 59 {
        return None;
    }
    let fraction = fraction_len(&text[ISO_LEN..]);
    let offset_us = offset_us(&text[ISO_LEN + fraction..])?;
    Some(minute_us(&minute) + second * 1_000_000 + fraction_us(&text[ISO_LEN..][..fraction]) - offset_us)
}

/// Gives the microseconds of an offset from UTC, up to 23:59.
fn offset_us(text: &[u8]) -> Option<i64> {
    let text = text.strip_prefix(b" ").unwrap_or(text);
    let sign = match text.first() {
        Some(b'+') => 1,
        Some(b'-') => -1,
        _ => return Some(0),
    };
    let mut digits = text.iter().filter(|byte| byte.is_ascii_digit()).map(|digit| i64::from(digit - b'0'));
    let mut two = || Some(digits.next()? * 10 + digits.next()?);
    let (hours, minutes) = (two()?, two().unwrap_or(0));
    (hours < 24 && minutes < 60).then_some(sign * (hours * 60 + minutes) * 60_000_000)
}

/// Measures a number with or without a point.
pub(super) fn epoch_len(rest: &[u8]) -> Option<usize> {
    let whole = digits(rest);
    let fraction = match &rest[whole..] {
        [b'.', fraction @ ..] if digits(fraction) > 0 => 1 + digits(fraction),
        _ => 0,
    };
    (whole > 0).then_some(whole + fraction)
}

/// Gives the microseconds of a number of a unit that has this many digits down to a microsecond.
pub(super) fn epoch_us(text: &[u8], unit_digits: usize) -> Option<i64> {
    let (whole, fraction) = text.split_at(digits(text));
    let fraction = fraction.get(1..).unwrap_or_default();
    let digit = |at: usize| fraction.get(at).map_or(0, |digit| i64::from(digit - b'0'));
    let number = |number: i64, digit: i64| number.checked_mul(10)?.checked_add(digit);
    let whole = whole.iter().try_fold(0, |so_far, digit| number(so_far, i64::from(digit - b'0')))?;
    let us = (0..unit_digits).try_fold(whole, |so_far, at| number(so_far, digit(at)))?;
    // Ten thousand years: what is later is no time.
    us.checked_add(i64::from(digit(unit_digits) >= 5)).filter(|us| *us < 253_402_300_800_000_000)
}

/// Bytes of `12/Mar/2026:10:00:01`.
const LOCAL_LEN: usize = 20;

/// Gives the time in whole seconds, and the lengths of its fraction and its offset.
fn clf_ms_parts(rest: &[u8], time: &RememberedTime) -> Option<(Clf, usize, usize)> {
    let local: &[u8; LOCAL_LEN] = rest.first_chunk()?;
    let fraction = fraction_len(&rest[LOCAL_LEN..]);
    let after = &rest[LOCAL_LEN + fraction..];
    let mut clf = *b"00/aaa/0000:00:00:00 +0000";
    clf[..LOCAL_LEN].copy_from_slice(local);
    let mut with_offset = clf;
    if let Some(offset) = after.first_chunk::<{ CLF_LEN - LOCAL_LEN }>() {
        with_offset[LOCAL_LEN..].copy_from_slice(offset);
        if time.has_shape(&with_offset) {
            return Some((with_offset, fraction, offset.len()));
        }
    }
    time.has_shape(&clf).then_some((clf, fraction, 0))
}

/// Measures a time of an access log that may have a fraction, and no offset.
pub(super) fn clf_ms_len(rest: &[u8], time: &RememberedTime) -> Option<usize> {
    clf_ms_parts(rest, time).map(|(_, fraction, offset)| LOCAL_LEN + fraction + offset)
}

pub(super) fn clf_ms_us(text: &[u8], time: &mut RememberedTime) -> Option<i64> {
    let (clf, fraction, _) = clf_ms_parts(text, time)?;
    Some(time.time_us(&clf)? + fraction_us(&text[LOCAL_LEN..][..fraction]))
}
