//! Times as RFC 3339 writes them, and near it: `2026-08-20T06:18:00.297000`, UTC unless it says otherwise.

use crate::formats::calendar::{is_minute, minute_us};

/// A text that is no time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NoTime {
    /// It has not the shape of one.
    Shape,
    /// The calendar has no such time.
    Calendar,
}

/// Reads a time: the microseconds since 1970, and the nanoseconds beyond. A blank may stand in the place of the `T`; the
/// fraction, of which nine digits count, and the zone (`Z`, `+01:00`, `+0100`) may be missing.
pub(crate) fn iso_time(text: &[u8]) -> Result<(i64, u16), NoTime> {
    let Some((minute, [b':', tens, ones, rest @ ..])) = text.split_first_chunk::<16>() else {
        return Err(NoTime::Shape);
    };
    let mut minute = *minute;
    if matches!(minute[10], b' ' | b't') {
        minute[10] = b'T';
    }
    let (digits, zone) = match rest {
        [b'.' | b',', rest @ ..] => {
            let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
            if digits == 0 {
                return Err(NoTime::Shape);
            }
            rest.split_at(digits)
        }
        rest => (&[] as &[u8], rest),
    };
    let offset_us = offset_us(zone)?;
    if !is_minute(&minute) || !(b'0'..=b'5').contains(tens) || !ones.is_ascii_digit() {
        let is_shaped = minute.iter().zip(b"0000-00-00T00:00").all(|(byte, shape)| match shape {
            b'0' => byte.is_ascii_digit(),
            _ => byte == shape,
        });
        return Err(if is_shaped && tens.is_ascii_digit() && ones.is_ascii_digit() {
            NoTime::Calendar
        } else {
            NoTime::Shape
        });
    }
    let second = i64::from(tens - b'0') * 10 + i64::from(ones - b'0');
    let ns = (0..9).fold(0, |ns, at| ns * 10 + digits.get(at).map_or(0, |digit| i64::from(digit - b'0')));
    Ok((minute_us(&minute) + second * 1_000_000 + ns / 1000 - offset_us, (ns % 1000) as u16))
}

/// Reads the offset of a zone.
fn offset_us(zone: &[u8]) -> Result<i64, NoTime> {
    let (sign, digits) = match zone {
        b"" | b"Z" | b"z" => return Ok(0),
        [b'+', digits @ ..] => (1, digits),
        [b'-', digits @ ..] => (-1, digits),
        _ => return Err(NoTime::Shape),
    };
    let digits = match digits {
        [a, b, b':', c, d] | [a, b, c, d] => [*a, *b, *c, *d],
        [a, b] => [*a, *b, b'0', b'0'],
        _ => return Err(NoTime::Shape),
    };
    if !digits.iter().all(u8::is_ascii_digit) {
        return Err(NoTime::Shape);
    }
    let [hours, minutes] = [0, 2].map(|at| i64::from(digits[at] - b'0') * 10 + i64::from(digits[at + 1] - b'0'));
    if hours > 23 || minutes > 59 {
        return Err(NoTime::Calendar);
    }
    Ok(sign * (hours * 60 + minutes) * 60_000_000)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times() {
        let second = 1_787_206_680_000_000;
        for (text, expected) in [
            ("2026-08-20T06:18:00.297000", Ok((second + 297_000, 0))),
            ("2026-08-20T06:18:00", Ok((second, 0))),
            ("2026-08-20 06:18:00,5Z", Ok((second + 500_000, 0))),
            ("2026-08-20T06:18:59.1234569", Ok((second + 59_123_456, 900))),
            ("2026-08-20T06:18:00.1234567891", Ok((second + 123_456, 789))),
            ("2026-08-20T07:18:00+01:00", Ok((second, 0))),
            ("2026-08-20T07:18:00+0100", Ok((second, 0))),
            ("2026-08-20T00:48:00-05:30", Ok((second, 0))),
            ("1969-12-31T23:59:59.999999999Z", Ok((-1, 999))),
            ("2026-02-30T06:18:00", Err(NoTime::Calendar)),
            ("2026-08-20T06:18:60", Err(NoTime::Calendar)),
            ("2026-08-20T06:18:00+24:00", Err(NoTime::Calendar)),
            ("2026-08-20T06:18", Err(NoTime::Shape)),
            ("2026-08-20T06:18:00.", Err(NoTime::Shape)),
            ("2026-08-20T06:18:0x", Err(NoTime::Shape)),
            ("2026-08-20T06:18:00 UTC", Err(NoTime::Shape)),
            ("20/08/2026 06:18:00", Err(NoTime::Shape)),
            ("", Err(NoTime::Shape)),
        ] {
            assert_eq!(iso_time(text.as_bytes()), expected, "{text}");
        }
    }
}
