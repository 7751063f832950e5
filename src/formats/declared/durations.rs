//! Durations in gaps, in whole nanoseconds: finer digits are rounded to the nearest, halves up.

use super::DURATION_NO_UNIT;
use crate::record::Reason;

/// Digits of a second's fraction that nanoseconds hold.
pub(super) const NANO_DIGITS: usize = 9;

/// Parses a plain decimal number of seconds.
#[inline]
pub(super) fn seconds_ns(text: &[u8], needs_point: bool) -> Result<i64, Reason> {
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
    any_seconds_ns(text, needs_point)
}

#[inline(never)]
fn any_seconds_ns(text: &[u8], needs_point: bool) -> Result<i64, Reason> {
    if needs_point { decimal_ns(text, NANO_DIGITS, true) } else { number_ns(text, NANO_DIGITS) }
}

/// Parses a number whose unit has this many digits down to a nanosecond. `HAProxy` writes a `+` before what is not yet
/// all of it. A request without a duration has -1 there: it counts, with no time.
pub(super) fn number_ns(text: &[u8], unit_digits: usize) -> Result<i64, Reason> {
    if text == b"-1" {
        return Ok(0);
    }
    decimal_ns(text.strip_prefix(b"+").unwrap_or(text), unit_digits, false)
}

/// Parses a decimal number without a sign.
fn decimal_ns(text: &[u8], unit_digits: usize, needs_point: bool) -> Result<i64, Reason> {
    let (mut number, mut point, mut round) = (0_u64, None, 0);
    for (at, byte) in text.iter().enumerate() {
        let digit = byte.wrapping_sub(b'0');
        if digit > 9 {
            if *byte != b'.' || point.is_some() || at == 0 {
                return Err(Reason::DURATION_NO_NUMBER);
            }
            point = Some(at);
        } else if point.is_none_or(|point| at - point <= unit_digits) {
            // A number that is too large here is out of range below.
            number = number.saturating_mul(10).saturating_add(u64::from(digit));
        } else if point.is_some_and(|point| at - point == unit_digits + 1) {
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
    let scale = POWERS_OF_TEN[unit_digits - digits.min(unit_digits)];
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

/// Adds two durations.
pub(super) fn sum(one: i64, other: i64) -> Result<i64, Reason> {
    one.checked_add(other).ok_or(Reason::DURATION_OUT_OF_RANGE)
}

/// Measures a list of seconds: numbers or `-`, with `, ` and ` : ` between them.
pub(super) fn list_len(text: &[u8]) -> Option<usize> {
    let mut len = element_len(text)?;
    while let Some(next) = after_separator(&text[len..]) {
        let begin = len + next;
        let Some(element) = element_len(&text[begin..]) else { break };
        len = begin + element;
    }
    Some(len)
}

fn element_len(text: &[u8]) -> Option<usize> {
    let digits = |text: &[u8]| text.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let whole = digits(text);
    match text.get(whole) {
        _ if whole == 0 => (text.first() == Some(&b'-')).then_some(1),
        Some(b'.') => Some(digits(&text[whole + 1..])).filter(|len| *len > 0).map(|len| whole + 1 + len),
        _ => None,
    }
}

fn after_separator(text: &[u8]) -> Option<usize> {
    [b", ".as_slice(), b" : "].iter().find(|separator| text.starts_with(separator)).map(|separator| separator.len())
}

/// Adds up a list of seconds.
pub(super) fn list_ns(text: &[u8]) -> Result<i64, Reason> {
    let (mut at, mut total) = (0, 0);
    loop {
        let len = element_len(&text[at..]).ok_or(Reason::DURATION_NO_NUMBER)?;
        let element = &text[at..at + len];
        let ns = if element == b"-" { 0 } else { decimal_ns(element, NANO_DIGITS, true)? };
        total = sum(total, ns)?;
        at += len;
        match after_separator(&text[at..]) {
            Some(separator) => at += separator,
            None if at == text.len() => return Ok(total),
            None => return Err(Reason::DURATION_NO_NUMBER),
        }
    }
}

/// The units of durations, in nanoseconds. Those of one letter come after those that begin with it.
const UNITS: [(&[u8], u128); 8] = [
    (b"ns", 1),
    (b"us", 1_000),
    // The micro sign, and the Greek letter.
    (b"\xC2\xB5s", 1_000),
    (b"\xCE\xBCs", 1_000),
    (b"ms", 1_000_000),
    (b"s", 1_000_000_000),
    (b"m", 60_000_000_000),
    (b"h", 3_600_000_000_000),
];

/// Digits of a fraction that count.
const MAX_FRACTION: usize = 18;

/// Adds up numbers with units, as Go and Rust write them.
pub(super) fn units_ns(text: &[u8]) -> Result<i64, Reason> {
    let (mut rest, mut total) = (text, 0);
    loop {
        let (number, after) = number_and_rest(rest, b".").ok_or(Reason::DURATION_NO_NUMBER)?;
        if after.is_empty() {
            return Err(DURATION_NO_UNIT);
        }
        let unit = UNITS.iter().find(|(name, _)| after.starts_with(name)).ok_or(Reason::DURATION_NO_NUMBER)?;
        total = sum(total, number.times(unit.1)?)?;
        rest = &after[unit.0.len()..];
        if rest.is_empty() {
            return Ok(total);
        }
    }
}

/// A decimal number: its digits, and the number of those after the point.
struct Decimal {
    digits: u128,
    fraction: usize,
}

impl Decimal {
    fn times(&self, unit_ns: u128) -> Result<i64, Reason> {
        let scale = 10_u128.pow(self.fraction as u32);
        let ns = self.digits.checked_mul(unit_ns).map(|product| product.saturating_add(scale / 2) / scale);
        ns.and_then(|ns| i64::try_from(ns).ok()).ok_or(Reason::DURATION_OUT_OF_RANGE)
    }
}

/// Parses a number at the beginning of a text, in which any of `points` may stand before a fraction.
fn number_and_rest<'a>(text: &'a [u8], points: &[u8]) -> Option<(Decimal, &'a [u8])> {
    let digits = |text: &[u8]| text.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let whole = digits(text);
    let after = &text[whole..];
    let has_point = after.first().is_some_and(|byte| points.contains(byte));
    let fraction = if has_point { digits(&after[1..]) } else { 0 };
    if whole == 0 || has_point && fraction == 0 {
        return None;
    }
    let kept = fraction.min(MAX_FRACTION);
    let all = text[..whole].iter().chain(after.get(1..=kept).unwrap_or_default());
    let digits = all.fold(0_u128, |number, digit| number.saturating_mul(10).saturating_add(u128::from(digit - b'0')));
    let rest = if fraction == 0 { after } else { &after[1 + fraction..] };
    Some((Decimal { digits, fraction: kept }, rest))
}

/// Parses hours, minutes and seconds, or minutes and seconds. Of the first of these, there may be any number.
pub(super) fn hms_ns(text: &[u8]) -> Result<i64, Reason> {
    let mut parts = text.rsplitn(3, |byte| *byte == b':');
    let (Some(seconds), Some(minutes)) = (parts.next(), parts.next()) else { return Err(Reason::DURATION_NO_NUMBER) };
    let hours = parts.next();
    let of_60 = |text: &[u8]| matches!(text, [b'0'..=b'5', b'0'..=b'9']);
    let whole = |text: &[u8]| !text.is_empty() && text.iter().all(u8::is_ascii_digit);
    let is_well = hours.map_or_else(|| whole(minutes), |hours| whole(hours) && of_60(minutes));
    let (seconds_ns, rest) = number_and_rest(seconds, b".,").ok_or(Reason::DURATION_NO_NUMBER)?;
    if !is_well
        || !rest.is_empty()
        || !seconds.get(..2).is_some_and(of_60)
        || seconds.get(2).is_some_and(u8::is_ascii_digit)
    {
        return Err(Reason::DURATION_NO_NUMBER);
    }
    let times = |text: &[u8], unit_ns| number_and_rest(text, b"").map_or(Ok(0), |(number, _)| number.times(unit_ns));
    let above = sum(times(hours.unwrap_or_default(), 3_600_000_000_000)?, times(minutes, 60_000_000_000)?)?;
    sum(above, seconds_ns.times(1_000_000_000)?)
}
