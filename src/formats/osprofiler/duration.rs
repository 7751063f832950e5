//! Durations: seconds as Python prints a float, kept in integer nanoseconds.

/// Counts the bytes at the beginning of `text` that are a duration, if any are.
#[inline]
pub(super) fn measure(text: &[u8]) -> Option<usize> {
    let mut at = usize::from(text.first() == Some(&b'-'));
    let whole = digits(&text[at..]);
    at += whole;
    let mut is_float = false;
    if text.get(at) == Some(&b'.') {
        let fraction = digits(&text[at + 1..]);
        is_float = fraction > 0;
        at += usize::from(is_float) * (1 + fraction);
    }
    if let Some(exponent) = measure_exponent(&text[at..]) {
        is_float = true;
        at += exponent;
    }
    (whole > 0 && is_float).then_some(at)
}

/// Counts the bytes of `e`, a sign, and two or three digits.
fn measure_exponent(text: &[u8]) -> Option<usize> {
    let signed = matches!(text, [b'e', b'+' | b'-', ..]);
    let len = if signed { digits(&text[2..]) } else { 0 };
    (2..=3).contains(&len).then_some(2 + len)
}

/// Says whether `text` could grow into a duration and is none yet, or is one that could go on.
pub(super) fn is_beginning(text: &[u8]) -> bool {
    let text = text.strip_prefix(b"-").unwrap_or(text);
    let rest = &text[digits(text)..];
    if rest.len() == text.len() {
        return text.is_empty();
    }
    let rest = match rest.strip_prefix(b".") {
        Some(fraction) if digits(fraction) == 0 => return fraction.is_empty(),
        Some(fraction) => &fraction[digits(fraction)..],
        None => rest,
    };
    match rest {
        [] | [b'e'] => true,
        [b'e', b'+' | b'-', digits @ ..] => digits.len() <= 3 && digits.iter().all(u8::is_ascii_digit),
        _ => false,
    }
}

#[inline]
fn digits(text: &[u8]) -> usize {
    text.iter().take_while(|byte| byte.is_ascii_digit()).count()
}

/// Parses a duration that [`measure`] found to nanoseconds, rounded to the nearest, halves away from zero; none when
/// they do not fit 63 bits.
pub(super) fn parse(text: &[u8]) -> Option<i64> {
    let (negative, text) = match text.strip_prefix(b"-") {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    let (mantissa, exponent) = match memchr::memchr(b'e', text) {
        Some(at) => (&text[..at], parse_exponent(&text[at + 1..])),
        None => (text, 0),
    };
    let point = memchr::memchr(b'.', mantissa).unwrap_or(mantissa.len());
    let digits = || mantissa.iter().filter(|byte| **byte != b'.');
    let leading_zeros = digits().take_while(|byte| **byte == b'0').count();
    // Significant digits before the point of the nanoseconds.
    let kept = point as i64 - leading_zeros as i64 + exponent + 9;
    let mut significant = digits().skip(leading_zeros).map(|byte| i128::from(byte - b'0'));
    if kept > 19 {
        return significant.all(|digit| digit == 0).then_some(0);
    }
    if kept < 0 {
        return Some(0);
    }
    let mut value = 0_i128;
    for _ in 0..kept {
        value = value * 10 + significant.next().unwrap_or(0);
    }
    value += i128::from(significant.next().is_some_and(|next| next >= 5));
    let value = i64::try_from(value).ok()?;
    Some(if negative { -value } else { value })
}

/// Parses a sign and at most three digits.
fn parse_exponent(text: &[u8]) -> i64 {
    let value =
        text.iter().filter(|byte| byte.is_ascii_digit()).fold(0, |value, byte| value * 10 + i64::from(byte - b'0'));
    if text.first() == Some(&b'-') { -value } else { value }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values() {
        for (text, ns) in [
            ("0.006782", Some(6_782_000)),
            ("54.737", Some(54_737_000_000)),
            ("1.0", Some(1_000_000_000)),
            ("0.0", Some(0)),
            ("-0.0", Some(0)),
            ("9.9e-05", Some(99_000)),
            ("1e-06", Some(1_000)),
            ("1234.567891", Some(1_234_567_891_000)),
            ("-0.000123", Some(-123_000)),
            ("1e-09", Some(1)),
            ("4.9e-10", Some(0)),
            ("5e-10", Some(1)),
            ("-5e-10", Some(-1)),
            ("1e-999", Some(0)),
            ("0e+999", Some(0)),
            ("1.0000000005", Some(1_000_000_001)),
            ("1.00000000049999", Some(1_000_000_000)),
            ("9223372036.854775807", Some(i64::MAX)),
            ("-9223372036.854775807", Some(-i64::MAX)),
            ("9223372036.8547758074", Some(i64::MAX)),
            ("9223372036.8547758075", None),
            ("1e+10", None),
            ("1.5e+16", None),
            ("0000000000000000000000000000001.5", Some(1_500_000_000)),
        ] {
            assert_eq!(measure(text.as_bytes()), Some(text.len()), "{text}");
            assert_eq!(parse(text.as_bytes()), ns, "{text}");
        }
    }

    #[test]
    fn what_is_a_float() {
        for (text, expected) in [
            ("540", None),
            ("5.", None),
            (".5", None),
            ("-", None),
            ("+1.0", None),
            ("nan", None),
            ("1e5", None),
            ("1e-5", None),
            ("1.5x", Some(3)),
            ("1.5e-0", Some(3)),
            ("1.5e-0555", Some(3)),
            ("1e-055 ", Some(6)),
            ("0.006782 f12e", Some(8)),
        ] {
            assert_eq!(measure(text.as_bytes()), expected, "{text}");
        }
    }

    #[test]
    fn beginnings() {
        for text in ["", "-", "0", "0.", "0.00", "1e", "1e-", "1e-0", "4.1e-05", "-1.5e+123"] {
            assert!(is_beginning(text.as_bytes()), "{text}");
        }
        for text in [".", "e", "1ee", "1.e", "--1", "1e-0x", "1e-1234", "x"] {
            assert!(!is_beginning(text.as_bytes()), "{text}");
        }
    }
}
