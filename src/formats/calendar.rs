//! The calendar of the times in logs.

/// Says whether `text` is `YYYY-MM-DDTHH:MM` and names a minute of the proleptic Gregorian calendar.
pub(super) fn is_minute(text: &[u8; 16]) -> bool {
    const SHAPE: &[u8; 16] = b"0000-00-00T00:00";
    let is_shaped = |(byte, shape): (&u8, &u8)| if *shape == b'0' { byte.is_ascii_digit() } else { byte == shape };
    if !text.iter().zip(SHAPE).all(is_shaped) {
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

/// Counts the microseconds from 1970 to a minute that exists, in the proleptic Gregorian calendar: years begin in
/// March, so that the 29th of February ends one. (The arithmetic is that of H. Hinnant, "chrono-compatible low-level
/// date algorithms".)
pub(super) fn minute_us(minute: &[u8; 16]) -> i64 {
    let number =
        |at: usize| i64::from(minute[at].wrapping_sub(b'0')) * 10 + i64::from(minute[at + 1].wrapping_sub(b'0'));
    let (year, month, day) = (number(0) * 100 + number(2), number(5), number(8));
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let days =
        365 * year + year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400) + (153 * month + 2) / 5 + day - 1;
    (((days - DAYS_BEFORE_1970) * 24 + number(11)) * 60 + number(14)) * 60_000_000
}

/// Days from 0000-03-01 to 1970-01-01.
const DAYS_BEFORE_1970: i64 = 719_468;
