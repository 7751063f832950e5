//! Filters of spans, for the commands that read spans one by one.

use clap::Args;
use jiff::Timestamp;
use regex::bytes::Regex;

use super::Global;
use super::inputs::Inputs;
use super::messages::Messages;
use crate::engine::{Filter, SourceContent, parse_time};
use crate::render::display::Shown;

#[derive(Debug, Args)]
#[command(next_help_heading = "Filters")]
pub(super) struct SpanArgs {
    /// Keep only spans of the trace group with this base id, such as those of one request
    #[arg(long, value_name = "ID")]
    base_id: Option<String>,

    /// Keep only spans that stopped at TIME or later
    ///
    /// TIME is as in RFC 3339 (2026-11-23T06:18:00Z, 2026-11-23T07:18:00+01:00). Without an offset it is UTC, as in
    /// start/stop logs. A date means its beginning.
    #[arg(long, value_name = "TIME", value_parser = parse_time)]
    since: Option<Timestamp>,

    /// Keep only spans that stopped before TIME
    #[arg(long, value_name = "TIME", value_parser = parse_time)]
    until: Option<Timestamp>,
}

#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Filters")]
pub(super) struct NameArgs {
    /// Keep only trace names that match REGEX; (?i) at its beginning ignores case
    #[arg(long, value_name = "REGEX")]
    pub(super) name: Option<Regex>,

    /// Leave out trace names that match REGEX
    #[arg(long, value_name = "REGEX")]
    pub(super) exclude: Option<Regex>,
}

impl NameArgs {
    /// Tells whether spans of a name are wanted.
    pub(super) fn keep(&self, name: &[u8]) -> bool {
        self.name.as_ref().is_none_or(|regex| regex.is_match(name))
            && !self.exclude.as_ref().is_some_and(|regex| regex.is_match(name))
    }
}

impl SpanArgs {
    /// Warns of log formats whose records tell nothing of what a filter asks for: it leaves all of them out. Names the
    /// first input of each.
    pub(super) fn warn_of_lacks(&self, inputs: &Inputs, read: &[SourceContent], global: &Global, messages: &Messages) {
        let by_time = self.since.map(|_| "--since").or(self.until.map(|_| "--until"));
        // Files of one format tell the same.
        let mut told = Vec::new();
        for (source, content) in inputs.sources().iter().zip(read) {
            let Some(name) = content.log_format.filter(|name| !told.contains(name)) else { continue };
            let Some(format) = global.format_named(name) else { continue };
            told.push(name);
            let lacks = [
                ("ids", self.base_id.as_ref().map(|_| "--base-id").filter(|_| !format.has_ids())),
                ("times", by_time.filter(|_| !format.has_times())),
            ];
            for (what, option) in lacks.into_iter().filter_map(|(what, option)| Some((what, option?))) {
                let why = format!("{}: records of the log format {name} have no {what}", Shown(source.path()));
                messages.mendable_warning(
                    format!("{why}: {option} leaves all of them out"),
                    &format!("give it without {option}"),
                );
            }
        }
    }

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
