//! Which spans count: by trace group and by time, decided for each line.

use std::ops::Range;

use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use jiff::{Timestamp, Zoned};

use crate::formats::osprofiler::Stamp;

/// Which spans a scan keeps. The default keeps all.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    base_id: Option<Vec<u8>>,
    since: Option<Stamp>,
    until: Option<Stamp>,
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
        self.since = Some(stamp_of(time));
        self
    }

    /// Keeps the spans that stopped before `time`.
    #[must_use]
    pub fn until(mut self, time: Timestamp) -> Self {
        self.until = Some(stamp_of(time));
        self
    }

    /// Whether it keeps everything.
    pub(crate) fn is_empty(&self) -> bool {
        self.base_id.is_none() && self.since.is_none() && self.until.is_none()
    }

    /// The trace group that it keeps, if it keeps only one.
    pub(crate) fn only_base_id(&self) -> Option<&[u8]> {
        self.base_id.as_deref()
    }

    /// The times of the stops that it keeps, in microseconds since 0000-03-01.
    pub(crate) fn kept_times(&self) -> Range<i64> {
        let [since, until] = [&self.since, &self.until].map(|stamp| stamp.as_ref().map(Stamp::micros));
        since.unwrap_or(i64::MIN)..until.unwrap_or(i64::MAX)
    }

    /// Whether it keeps the span that stopped at `timestamp` in the trace group `base_id`.
    pub(crate) fn keeps(&self, timestamp: &[u8], base_id: &[u8]) -> bool {
        if self.base_id.as_deref().is_some_and(|wanted| wanted != base_id) {
            return false;
        }
        if self.since.is_none() && self.until.is_none() {
            return true;
        }
        let stamp = Stamp::new(timestamp);
        self.since.is_none_or(|since| since <= stamp) && self.until.is_none_or(|until| stamp < until)
    }
}

/// A time as the log would write it. The log counts microseconds; what is finer is rounded up, so that no span is kept since a time that it
/// stopped before.
fn stamp_of(time: Timestamp) -> Stamp {
    let micros = time.as_nanosecond().div_euclid(1000) + i128::from(time.as_nanosecond().rem_euclid(1000) != 0);
    let whole = i64::try_from(micros).ok().and_then(|micros| Timestamp::from_microsecond(micros).ok());
    let civil = whole.unwrap_or(Timestamp::MAX).to_zoned(TimeZone::UTC).datetime();
    Stamp::new(civil.strftime("%Y-%m-%dT%H:%M:%S.%6f").to_string().as_bytes())
}

/// A time on the command line: RFC 3339 (`2026-11-23T06:18:00Z`, `2026-11-23T07:18+01:00`), the same without an offset, which is taken
/// for UTC as the log's own times are, or a date, which means its beginning.
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
        .map_err(|_| "neither a time like 2026-11-23T06:18:00Z nor a date like 2026-11-23".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

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
            let time = parse_time(text).unwrap();
            assert_eq!(stamp_of(time).0, stamp.as_bytes(), "{text}");
        }
        assert!(parse_time("yesterday").is_err());
        assert!(parse_time("").is_err());
    }

    #[test]
    fn since_is_inclusive_and_until_is_not() {
        let time = parse_time("2026-11-23T06:18:09").unwrap();
        assert!(Filter::default().since(time).keeps(b"2026-11-23T06:18:09", b"x"));
        assert!(!Filter::default().until(time).keeps(b"2026-11-23T06:18:09", b"x"));
        assert!(Filter::default().until(time).keeps(b"2026-11-23T06:18:08.999999", b"x"));
        assert!(!Filter::default().base_id("y").keeps(b"2026-11-23T06:18:08.999999", b"x"));
    }
}
