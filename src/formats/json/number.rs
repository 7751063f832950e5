//! Numbers, in integers on the whole way.

/// The most digits of a number that are looked at: more than enough to round what fits 64 bits.
const MOST_DIGITS: u32 = 30;

/// Parses an integer of digits alone, if it fits.
#[inline]
pub(crate) fn integer(text: &[u8]) -> Option<u64> {
    let add = |sum: u64, byte: &u8| {
        let digit = byte.wrapping_sub(b'0');
        if digit < 10 { sum.checked_mul(10)?.checked_add(digit.into()) } else { None }
    };
    if text.is_empty() { None } else { text.iter().try_fold(0, add) }
}

/// A number that is none, or one that is too large.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unfit {
    /// It is no number of JSON.
    NoNumber,
    /// It does not fit 64 bits.
    TooLarge,
}

/// Parses a number of JSON, times ten to the power of `exponent`, to the nearest integer, of two equally near ones to
/// the larger magnitude.
pub(crate) fn scaled(text: &[u8], exponent: i32) -> Result<i64, Unfit> {
    let (is_negative, text) = match text {
        [b'-', text @ ..] => (true, text),
        text => (false, text),
    };
    let digits = |text: &[u8]| text.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let whole = digits(text);
    let fraction = match &text[whole..] {
        [b'.', rest @ ..] => digits(rest),
        _ => 0,
    };
    let point = usize::from(text.get(whole) == Some(&b'.'));
    if whole == 0 || (point == 1 && fraction == 0) {
        return Err(Unfit::NoNumber);
    }
    let (number, rest) = text.split_at(whole + point + fraction);
    let shift = i64::from(exponent) + exponent_of(rest)? - fraction as i64;
    let (magnitude, dropped) = leading_digits(number);
    let magnitude = shifted(magnitude, shift.saturating_add(dropped)).ok_or(Unfit::TooLarge)?;
    let magnitude = i64::try_from(magnitude).map_err(|_| Unfit::TooLarge)?;
    Ok(if is_negative { -magnitude } else { magnitude })
}

/// Parses what is behind the digits of a number: nothing, or a power of ten.
fn exponent_of(text: &[u8]) -> Result<i64, Unfit> {
    let [b'e' | b'E', text @ ..] = text else {
        return if text.is_empty() { Ok(0) } else { Err(Unfit::NoNumber) };
    };
    let (sign, digits) = match text {
        [b'-', digits @ ..] => (-1, digits),
        [b'+', digits @ ..] | digits => (1, digits),
    };
    if digits.is_empty() || !digits.iter().all(u8::is_ascii_digit) {
        return Err(Unfit::NoNumber);
    }
    // Beyond this, a number is zero or too large, whatever its digits are.
    let power = integer(digits).unwrap_or(u64::MAX).min(1 << 40);
    Ok(sign * power as i64)
}

/// Gives the first digits of a number as an integer, and the number of digits after them.
fn leading_digits(number: &[u8]) -> (u128, i64) {
    let (mut leading, mut taken, mut dropped) = (0_u128, 0, 0);
    for digit in number.iter().filter(|byte| **byte != b'.').map(|byte| byte - b'0') {
        if taken == MOST_DIGITS {
            dropped += 1;
        } else {
            leading = leading * 10 + u128::from(digit);
            taken += u32::from(leading > 0);
        }
    }
    (leading, dropped)
}

/// Multiplies by a power of ten, and rounds.
fn shifted(number: u128, power: i64) -> Option<u128> {
    if number == 0 {
        return Some(0);
    }
    let ten_to = |power: i64| 10_u128.checked_pow(u32::try_from(power).ok()?);
    if power >= 0 {
        return number.checked_mul(ten_to(power)?);
    }
    let Some(divisor) = ten_to(power.saturating_neg()) else { return Some(0) };
    Some((number + divisor / 2) / divisor)
}
