//! Durations as plain decimal numbers, of a unit that the format knows.

use crate::record::Reason;

/// Digits after the point that nanoseconds have, of a number of seconds.
pub(super) const OF_SECONDS: usize = 9;
/// The same, of a number of milliseconds.
pub(super) const OF_MILLISECONDS: usize = 6;

/// Parses `684`, `0.684781` to nanoseconds, of which the unit has `digits` decimal digits: 9 at most. They are rounded
/// to the nearest, halves up.
pub(super) fn parse_ns(text: &[u8], digits: usize) -> Result<i64, Reason> {
    let (mut number, mut decimals, mut round) = (0_u64, None, 0);
    for byte in text {
        let digit = byte.wrapping_sub(b'0');
        if digit > 9 {
            if *byte != b'.' || decimals.is_some() {
                return Err(Reason::DURATION_NO_NUMBER);
            }
            decimals = Some(0);
            continue;
        }
        if decimals.is_none_or(|decimals| decimals < digits) {
            // A number that is too large here is out of range below.
            number = number.saturating_mul(10).saturating_add(u64::from(digit));
        } else if decimals == Some(digits) {
            round = u64::from(digit >= 5);
        }
        decimals = decimals.map(|decimals| decimals + 1);
    }
    let has_digits = text.first().is_some_and(u8::is_ascii_digit) && text.last().is_some_and(u8::is_ascii_digit);
    if !has_digits {
        return Err(Reason::DURATION_NO_NUMBER);
    }
    let scale = POWERS_OF_TEN[digits.saturating_sub(decimals.unwrap_or(0)).min(OF_SECONDS)];
    let ns = number.saturating_mul(scale).saturating_add(round);
    i64::try_from(ns).map_err(|_| Reason::DURATION_OUT_OF_RANGE)
}

const POWERS_OF_TEN: [u64; OF_SECONDS + 1] = {
    let mut powers = [1; OF_SECONDS + 1];
    let mut at = 1;
    while at < powers.len() {
        powers[at] = powers[at - 1] * 10;
        at += 1;
    }
    powers
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_exact() {
        for (text, ns) in [
            ("0.684781", Ok(684_781_000)),
            ("3", Ok(3_000_000_000)),
            ("0012.5", Ok(12_500_000_000)),
            ("0.0000000004", Ok(0)),
            ("0.0000000005", Ok(1)),
            ("0.00000000049", Ok(0)),
            ("9223372036.854775807", Ok(i64::MAX)),
            ("9223372036.8547758075", Err(Reason::DURATION_OUT_OF_RANGE)),
            ("18446744073709.550781", Err(Reason::DURATION_OUT_OF_RANGE)),
            ("99999999999999999999999999", Err(Reason::DURATION_OUT_OF_RANGE)),
            ("", Err(Reason::DURATION_NO_NUMBER)),
            (".5", Err(Reason::DURATION_NO_NUMBER)),
            ("5.", Err(Reason::DURATION_NO_NUMBER)),
            ("1.2.3", Err(Reason::DURATION_NO_NUMBER)),
            ("-1.0", Err(Reason::DURATION_NO_NUMBER)),
            ("1e3", Err(Reason::DURATION_NO_NUMBER)),
            ("1,5", Err(Reason::DURATION_NO_NUMBER)),
        ] {
            assert_eq!(parse_ns(text.as_bytes(), OF_SECONDS), ns, "{text}");
        }
        assert_eq!(parse_ns(b"12.418", OF_MILLISECONDS), Ok(12_418_000));
        assert_eq!(parse_ns(b"0.0000015", OF_MILLISECONDS), Ok(2));
        assert_eq!(parse_ns(b"7", OF_MILLISECONDS), Ok(7_000_000));
    }
}
