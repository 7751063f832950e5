//! Numbers and dates as text.

/// The Gregorian date of a day counted from 1970-01-01 (Howard Hinnant's `civil_from_days`).
pub(crate) fn date(days: u64) -> (u64, u64, u64) {
    let days = days + 719_468;
    let (era, day_of_era) = (days / 146_097, days % 146_097);
    let year = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year + year / 4 - year / 100);
    let shifted = (5 * day_of_year + 2) / 153;
    let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
    (era * 400 + year + u64::from(month <= 2), month, day_of_year - (153 * shifted + 2) / 5 + 1)
}

pub(crate) fn write_number(number: u64, out: &mut Vec<u8>) {
    if number >= 10 {
        write_number(number / 10, out);
    }
    write_digits::<1>(number % 10, out);
}

/// The last `N` digits, with leading zeros.
pub(crate) fn write_digits<const N: usize>(number: u64, out: &mut Vec<u8>) {
    let mut text = [b'0'; N];
    let mut rest = number;
    for digit in text.iter_mut().rev() {
        *digit += (rest % 10) as u8;
        rest /= 10;
    }
    out.extend_from_slice(&text);
}
