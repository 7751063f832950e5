//! Which spans count: filters of the commands that read spans one by one.

use clap::Args;
use jiff::Timestamp;
use regex::bytes::Regex;

use crate::engine::{Filter, parse_time};

#[derive(Debug, Args)]
#[command(next_help_heading = "Filters")]
pub(super) struct SpanArgs {
    /// Only spans of this trace group: those with this base id, as all of one request have
    #[arg(long, value_name = "ID")]
    base_id: Option<String>,

    /// Only spans that stopped at TIME or later
    ///
    /// A time as in RFC 3339 (2026-11-23T06:18:00Z, 2026-11-23T07:18:00+01:00), without an offset for UTC, as in the log, or a date, which means its beginning.
    #[arg(long, value_name = "TIME", value_parser = parse_time)]
    since: Option<Timestamp>,

    /// Only spans that stopped before TIME
    #[arg(long, value_name = "TIME", value_parser = parse_time)]
    until: Option<Timestamp>,
}

#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Filters")]
pub(super) struct NameArgs {
    /// Only trace names in which REGEX matches; (?i) in front of it ignores case
    #[arg(long, value_name = "REGEX")]
    pub(super) name: Option<Regex>,

    /// No trace names in which REGEX matches
    #[arg(long, value_name = "REGEX")]
    pub(super) exclude: Option<Regex>,
}

impl NameArgs {
    /// Whether spans of a name are wanted.
    pub(super) fn keep(&self, name: &[u8]) -> bool {
        self.name.as_ref().is_none_or(|regex| regex.is_match(name))
            && !self.exclude.as_ref().is_some_and(|regex| regex.is_match(name))
    }
}

impl SpanArgs {
    pub(super) fn filter(&self) -> Filter {
        let mut filter = Filter::default();
        if let Some(base_id) = &self.base_id {
            filter = filter.base_id(base_id.as_bytes());
        }
        if let Some(since) = self.since {
            filter = filter.since(since);
        }
        if let Some(until) = self.until {
            filter = filter.until(until);
        }
        filter
    }
}
