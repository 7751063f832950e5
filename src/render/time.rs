//! Points in time, as logs have them.

use jiff::SignedDuration;
use jiff::civil::{Time, date};

/// A time in microseconds since 1970 as `YYYY-MM-DDTHH:MM:SS.ffffff`, UTC; none before the year 0 and after 9999, which
/// ISO 8601 has no four digits for.
pub(crate) fn time_text(time_us: i64) -> Option<String> {
    let since = SignedDuration::from_micros(time_us);
    let epoch = date(1970, 1, 1).to_datetime(Time::midnight());
    let time = epoch.checked_add(since).ok().filter(|time| time.year() >= 0)?;
    Some(time.strftime("%Y-%m-%dT%H:%M:%S.%6f").to_string())
}

/// A time in microseconds since 1970 as RFC 3339 has it, in UTC; none where [`time_text`] gives none.
pub(crate) fn utc_text(time_us: i64) -> Option<String> {
    time_text(time_us).map(|time| time + "Z")
}

#[cfg(test)]
mod tests {
    use super::time_text;

    #[test]
    fn of_all_years_that_have_four_digits() {
        for (time_us, text) in [
            (0, "1970-01-01T00:00:00.000000"),
            (-1, "1969-12-31T23:59:59.999999"),
            (1_795_414_689_805_785, "2026-11-23T06:18:09.805785"),
            (-719_528 * 86_400_000_000, "0000-01-01T00:00:00.000000"),
            (253_402_300_799_999_999, "9999-12-31T23:59:59.999999"),
        ] {
            assert_eq!(time_text(time_us).as_deref(), Some(text));
        }
        let before = -719_528 * 86_400_000_000 - 1;
        for time_us in [i64::MIN, i64::MIN + 1, before, 253_402_300_800_000_000, i64::MAX] {
            assert_eq!(time_text(time_us), None);
        }
    }
}
