//! The filter of spans: by trace group and by time, decided for each line.

use std::ops::Range;

use jiff::civil::{Date, DateTime};
use jiff::fmt::temporal::Pieces;
use jiff::tz::TimeZone;
use jiff::{Timestamp, Zoned};

use crate::render::time::time_text;

/// A filter of spans. The default keeps all.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    base_id: Option<Vec<u8>>,
    since_us: Option<i64>,
    until_us: Option<i64>,
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

    /// Says whether it keeps everything.
    pub(crate) fn is_empty(&self) -> bool {
        self.base_id.is_none() && self.keeps_any_time()
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
        base_id.into_iter().chain(since).chain(until).collect::<Vec<_>>().join(" ")
    }

    /// Gives the trace group that it keeps, if it keeps only one.
    pub(crate) fn only_base_id(&self) -> Option<&[u8]> {
        self.base_id.as_deref()
    }

    /// Gives the times of the stops that it keeps, in microseconds since 1970.
    pub(crate) fn kept_times(&self) -> Range<i64> {
        self.since_us.unwrap_or(i64::MIN)..self.until_us.unwrap_or(i64::MAX)
    }

    /// Says whether it keeps the span that stopped at a time, in microseconds since 1970, in the trace group `base_id`,
    /// if both are known.
    #[inline]
    pub(crate) fn keeps(&self, time_us: Option<i64>, base_id: Option<&[u8]>) -> bool {
        self.base_id.as_deref().is_none_or(|wanted| base_id == Some(wanted))
            && time_us.map_or_else(|| self.keeps_any_time(), |time_us| self.kept_times().contains(&time_us))
    }

    fn keeps_any_time(&self) -> bool {
        self.since_us.is_none() && self.until_us.is_none()
    }
}

/// Converts a time to microseconds since 1970. Logs count microseconds: a finer time is rounded up, so that no span is
/// kept since a time that it stopped before.
fn micros_of(time: Timestamp) -> i64 {
    let (micros, rest) = (time.as_nanosecond().div_euclid(1000), time.as_nanosecond().rem_euclid(1000));
    // Of all times that there are, the microseconds fit 64 bits.
    i64::try_from(micros).map_or(i64::MAX, |micros| micros + i64::from(rest != 0))
}

/// Parses a time of the command line: RFC 3339 (`2026-11-23T06:18:00Z`, `2026-11-23T07:18+01:00`), the same without an
/// offset, or a date, which means its beginning. A time without an offset is taken for UTC, as the log's own times are.
pub fn parse_time(text: &str) -> Result<Timestamp, String> {
    // jiff takes `2026-11-23T06:18[Europe/Berlin]` for a civil time and ignores the zone.
    if text.contains('[') {
        let what = "a zone in brackets is not understood; give its offset instead, as in 2026-11-23T07:18:00+01:00";
        return Err(what.to_owned());
    }
    let utc = |civil: DateTime| civil.to_zoned(TimeZone::UTC).map(|zoned: Zoned| zoned.timestamp());
    text.parse::<Timestamp>()
        .or_else(|_| text.parse::<DateTime>().and_then(utc))
        .or_else(|_| text.parse::<Date>().and_then(|date| utc(date.to_datetime(jiff::civil::Time::midnight()))))
        .map_err(|_| match Pieces::parse(text) {
            Ok(_) => format!("it is not between {} and {}", Timestamp::MIN, Timestamp::MAX),
            Err(_) => "neither a time like 2026-11-23T06:18:00Z nor a date like 2026-11-23".to_owned(),
        })
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
        assert!(parse_time("yesterday").is_err());
        assert!(parse_time("").is_err());
        for text in ["9999-12-31", "9999-12-31T00:00", "9999-12-31T00:00:00Z", "-009999-01-01"] {
            let said = "it is not between -009999-01-02T01:59:59Z and 9999-12-30T22:00:00.999999999Z";
            assert_eq!(parse_time(text).unwrap_err(), said, "{text}");
        }
        assert!(parse_time("9999-12-30").is_ok() && parse_time("9999-12-31T00:00:00+05:00").is_ok());
    }

    #[test]
    fn since_is_inclusive_and_until_is_not() {
        let time = parse_time("2026-11-23T06:18:09").unwrap();
        let (at, before) = (us("2026-11-23T06:18:09"), us("2026-11-23T06:18:08.999999"));
        assert!(Filter::default().since(time).keeps(Some(at), Some(b"x")));
        assert!(!Filter::default().until(time).keeps(Some(at), Some(b"x")));
        assert!(Filter::default().until(time).keeps(Some(before), Some(b"x")));
        assert!(!Filter::default().base_id("y").keeps(Some(before), Some(b"x")));
        assert!(!Filter::default().base_id("y").keeps(Some(before), None));
        assert!(Filter::default().keeps(None, None));
        assert!(!Filter::default().since(time).keeps(None, None));
    }
}
