//! The filter of spans: by trace group, time and duration, decided for each line.

use std::ops::Range;

use jiff::civil::{Date, DateTime, Time};
use jiff::fmt::temporal::Pieces;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, Zoned};

use crate::render::time::time_text;

/// A filter of spans. The default keeps all.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    base_id: Option<Vec<u8>>,
    since_us: Option<i64>,
    until_us: Option<i64>,
    least_ns: Option<i64>,
}

impl Filter {
    /// Keeps the spans of one trace group.
    #[must_use]
    pub fn base_id(mut self, base_id: impl Into<Vec<u8>>) -> Self {
        self.base_id = Some(base_id.into());
        self
    }

    /// Keeps the spans that stopped at `time` or later.
    #[must_use]
    pub fn since(mut self, time: Timestamp) -> Self {
        self.since_us = Some(micros_of(time));
        self
    }

    /// Keeps the spans that stopped before `time`.
    #[must_use]
    pub fn until(mut self, time: Timestamp) -> Self {
        self.until_us = Some(micros_of(time));
        self
    }

    /// Keeps the spans that lasted at least this number of nanoseconds.
    #[must_use]
    pub fn min_duration_ns(mut self, ns: i64) -> Self {
        self.least_ns = Some(ns);
        self
    }

    /// Says whether it keeps everything.
    pub(crate) fn is_empty(&self) -> bool {
        self.base_id.is_none() && self.keeps_any_time() && self.least_ns.is_none()
    }

    /// Tells why no time passes, if that is so: its ends are the wrong way round.
    #[cfg(feature = "cli")]
    pub(crate) fn contradiction(&self) -> Option<String> {
        let (since, until) = self.since_us.zip(self.until_us)?;
        let time = |us: i64| time_text(us).unwrap_or_default();
        (since >= until).then(|| format!("--since {}Z is not before --until {}Z", time(since), time(until)))
    }

    /// Writes what it keeps, as options of the command; empty if it keeps everything.
    pub(crate) fn text(&self) -> String {
        let time = |name: &str, us: i64| format!("--{name} {}Z", time_text(us).unwrap_or_default());
        let base_id = self.base_id.as_ref().map(|id| format!("--base-id {}", id.escape_ascii()));
        let since = self.since_us.map(|us| time("since", us));
        let until = self.until_us.map(|us| time("until", us));
        let least = self.least_ns.map(|ns| format!("--min-duration {}", duration_text(ns)));
        base_id.into_iter().chain(since).chain(until).chain(least).collect::<Vec<_>>().join(" ")
    }

    /// Gives the trace group that it keeps, if it keeps only one.
    pub(crate) fn only_base_id(&self) -> Option<&[u8]> {
        self.base_id.as_deref()
    }

    /// Gives the times of the stops that it keeps, in microseconds since 1970.
    pub(crate) fn kept_times(&self) -> Range<i64> {
        self.since_us.unwrap_or(i64::MIN)..self.until_us.unwrap_or(i64::MAX)
    }

    /// Gives the shortest duration that it keeps, in nanoseconds.
    pub(crate) fn least_duration_ns(&self) -> i64 {
        self.least_ns.unwrap_or(i64::MIN)
    }

    /// Says whether it keeps the span that stopped at a time, in microseconds since 1970, in the trace group `base_id`,
    /// if both are known, and lasted so many nanoseconds.
    #[inline]
    pub(crate) fn keeps(&self, time_us: Option<i64>, base_id: Option<&[u8]>, ns: i64) -> bool {
        self.base_id.as_deref().is_none_or(|wanted| base_id == Some(wanted))
            && ns >= self.least_duration_ns()
            && time_us.map_or_else(|| self.keeps_any_time(), |time_us| self.kept_times().contains(&time_us))
    }

    fn keeps_any_time(&self) -> bool {
        self.since_us.is_none() && self.until_us.is_none()
    }
}

/// Writes a duration in the largest unit of which it is a whole number.
fn duration_text(ns: i64) -> String {
    let units = [(1_000_000_000, "s"), (1_000_000, "ms"), (1_000, "us")];
    let (unit, name) = units.into_iter().find(|(unit, _)| ns % unit == 0).unwrap_or((1, "ns"));
    format!("{}{name}", ns / unit)
}

/// Converts a time to microseconds since 1970. Logs count microseconds: a finer time is rounded up, so that no span is
/// kept since a time that it stopped before.
fn micros_of(time: Timestamp) -> i64 {
    let (micros, rest) = (time.as_nanosecond().div_euclid(1000), time.as_nanosecond().rem_euclid(1000));
    // Of all times that there are, the microseconds fit 64 bits.
    i64::try_from(micros).map_or(i64::MAX, |micros| micros + i64::from(rest != 0))
}

/// Parses a time of the command line: RFC 3339 (`2026-11-23T06:18:00Z`, `2026-11-23T07:18+01:00`), the same without an
/// offset, a date, `today` or `yesterday`, which mean their beginning, a time of today (`06:18`), how long ago it was
/// (`90s`, `30m`, `1h`, `2d`), or seconds since 1970 (`@1787206680.5`). A time without an offset and a day are taken
/// for UTC, as the log's own times are.
pub fn parse_time(text: &str) -> Result<Timestamp, String> {
    parse_time_at(text, Timestamp::now())
}

const WAYS: &str = "not a time; give one like 2026-11-23T06:18:00Z, a date like 2026-11-23, today, yesterday, a time of \
                    today like 06:18 (UTC), how long ago it was like 30m, 1h or 2d, or epoch seconds like @1787206680";

/// Parses a time of the command line, when it is `now`.
fn parse_time_at(text: &str, now: Timestamp) -> Result<Timestamp, String> {
    // jiff takes `2026-11-23T06:18[Europe/Berlin]` for a civil time and ignores the zone.
    if text.contains('[') {
        let what = "a zone in brackets is not understood; give its offset instead, as in 2026-11-23T07:18:00+01:00";
        return Err(what.to_owned());
    }
    let utc = |civil: DateTime| civil.to_zoned(TimeZone::UTC).map(|zoned: Zoned| zoned.timestamp());
    text.parse::<Timestamp>()
        .or_else(|_| text.parse::<DateTime>().and_then(utc))
        .or_else(|_| text.parse::<Date>().and_then(|date| utc(date.to_datetime(Time::midnight()))))
        .ok()
        .or_else(|| epoch(text))
        .or_else(|| ago(text, now))
        .or_else(|| utc(near(text, now.to_zoned(TimeZone::UTC).date())?).ok())
        .ok_or_else(|| match Pieces::parse(text) {
            Ok(_) => format!("it is not between {} and {}", Timestamp::MIN, Timestamp::MAX),
            Err(_) => WAYS.to_owned(),
        })
}

/// Parses `@` and seconds since 1970, with a fraction of at most nine digits.
fn epoch(text: &str) -> Option<Timestamp> {
    let text = text.strip_prefix('@')?;
    let (seconds, fraction) = text.split_once('.').unwrap_or((text, "0"));
    let are_digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if !are_digits(seconds) || !are_digits(fraction) || fraction.len() > 9 {
        return None;
    }
    Timestamp::new(seconds.parse().ok()?, format!("{fraction:0<9}").parse().ok()?).ok()
}

/// Parses how long before `now` it was.
fn ago(text: &str, now: Timestamp) -> Option<Timestamp> {
    let (number, unit) = text.split_at(text.find(|character: char| !character.is_ascii_digit())?);
    let seconds = match unit {
        "s" => 1,
        "m" => 60,
        "h" => 60 * 60,
        "d" => 24 * 60 * 60,
        _ => return None,
    };
    now.checked_sub(SignedDuration::from_secs(number.parse::<i64>().ok()?.checked_mul(seconds)?)).ok()
}

/// Parses `today`, `yesterday`, or a time of today.
fn near(text: &str, today: Date) -> Option<DateTime> {
    if text == "today" {
        return Some(today.to_datetime(Time::midnight()));
    }
    if text == "yesterday" {
        return Some(today.yesterday().ok()?.to_datetime(Time::midnight()));
    }
    // jiff takes more than a time of day for one.
    let is_plain = text.contains(':') && text.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b':' | b'.'));
    Some(today.to_datetime(text.parse().ok().filter(|_| is_plain)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn us(text: &str) -> i64 {
        micros_of(parse_time(text).unwrap())
    }

    #[test]
    fn times() {
        for (text, stamp) in [
            ("2026-11-23", "2026-11-23T00:00:00.000000"),
            ("2026-11-23T06:18:00", "2026-11-23T06:18:00.000000"),
            ("2026-11-23 06:18", "2026-11-23T06:18:00.000000"),
            ("2026-11-23T06:18:09.805785Z", "2026-11-23T06:18:09.805785"),
            ("2026-11-23T06:18:09.8057851Z", "2026-11-23T06:18:09.805786"),
            ("2026-11-23T06:18:00+01:00", "2026-11-23T05:18:00.000000"),
        ] {
            assert_eq!(time_text(us(text)).as_deref(), Some(stamp), "{text}");
        }
        assert!(parse_time("").is_err());
        for text in ["9999-12-31", "9999-12-31T00:00", "9999-12-31T00:00:00Z", "-009999-01-01"] {
            let said = "it is not between -009999-01-02T01:59:59Z and 9999-12-30T22:00:00.999999999Z";
            assert_eq!(parse_time(text).unwrap_err(), said, "{text}");
        }
        assert!(parse_time("9999-12-30").is_ok() && parse_time("9999-12-31T00:00:00+05:00").is_ok());
    }

    #[test]
    fn times_that_depend_on_now_and_epoch_seconds() {
        let now: Timestamp = "2026-11-23T06:18:09.5Z".parse().unwrap();
        for (text, stamp) in [
            ("06:18", "2026-11-23T06:18:00.000000"),
            ("23:59:58.25", "2026-11-23T23:59:58.250000"),
            ("today", "2026-11-23T00:00:00.000000"),
            ("yesterday", "2026-11-22T00:00:00.000000"),
            ("90s", "2026-11-23T06:16:39.500000"),
            ("30m", "2026-11-23T05:48:09.500000"),
            ("1h", "2026-11-23T05:18:09.500000"),
            ("2d", "2026-11-21T06:18:09.500000"),
            ("@1787206680", "2026-08-20T06:18:00.000000"),
            ("@1787206680.25", "2026-08-20T06:18:00.250000"),
            ("@0", "1970-01-01T00:00:00.000000"),
        ] {
            let time = parse_time_at(text, now).unwrap();
            assert_eq!(time_text(micros_of(time)).as_deref(), Some(stamp), "{text}");
        }
        for wrong in
            ["h", "1", "1y", "-1h", "1.5h", "99999999999999999999d", "@", "@1.", "@-1", "@1e9", "24:00", "6", "T06:18"]
        {
            assert!(parse_time_at(wrong, now).is_err(), "{wrong}");
        }
    }

    #[test]
    fn since_is_inclusive_and_until_is_not() {
        let time = parse_time("2026-11-23T06:18:09").unwrap();
        let (at, before) = (us("2026-11-23T06:18:09"), us("2026-11-23T06:18:08.999999"));
        assert!(Filter::default().since(time).keeps(Some(at), Some(b"x"), 7));
        assert!(!Filter::default().until(time).keeps(Some(at), Some(b"x"), 7));
        assert!(Filter::default().until(time).keeps(Some(before), Some(b"x"), 7));
        assert!(!Filter::default().base_id("y").keeps(Some(before), Some(b"x"), 7));
        assert!(!Filter::default().base_id("y").keeps(Some(before), None, 7));
        assert!(Filter::default().keeps(None, None, 7));
        assert!(!Filter::default().since(time).keeps(None, None, 7));
    }

    #[test]
    fn the_shortest_duration_is_kept_and_told() {
        let filter = |ns| Filter::default().min_duration_ns(ns);
        assert!(filter(7).keeps(None, None, 7) && !filter(8).keeps(None, None, 7));
        assert!(!filter(0).is_empty() && !filter(0).keeps(None, None, -1));
        for (ns, text) in
            [(0, "0s"), (7, "7ns"), (1_500_000_000, "1500ms"), (250_000, "250us"), (120_000_000_000, "120s")]
        {
            assert_eq!(filter(ns).text(), format!("--min-duration {text}"));
        }
    }
}
