//! Filters of spans, for the commands that read spans one by one.

use anyhow::Result;
use clap::Args;
use jiff::Timestamp;
use regex::bytes::Regex;
use tracerank_summary::Account;

use super::Global;
use super::inputs::{Inputs, spellings};
use super::messages::{Messages, hinted, list};
use super::settings::duration_ns;
use crate::engine::{Engine, Filter, SourceContent, parse_time};
use crate::render::display::{Shown, Terminal};
use crate::render::time::time_text;

#[derive(Debug, Args)]
#[command(next_help_heading = "Filters")]
pub(super) struct SpanArgs {
    /// Keep only spans of the trace group with this base id, such as those of one request
    ///
    /// A unique beginning of the id is enough, in upper or lower case. For that, inputs are searched before they are
    /// read. Standard input is read once, and needs the whole id as it stands there.
    #[arg(long, value_name = "ID")]
    base_id: Option<String>,

    /// Keep only spans that stopped at TIME or later
    ///
    /// TIME is as in RFC 3339 (2026-11-23T06:18:00Z, 2026-11-23T07:18:00+01:00). Without an offset it is UTC, as in
    /// start/stop logs. A date, today or yesterday means its beginning, and 06:18 a time of today. 30m, 1h or 2d is so
    /// long ago. @1787206680 is seconds since 1970.
    #[arg(long, value_name = "TIME", value_parser = parse_time)]
    since: Option<Timestamp>,

    /// Keep only spans that stopped before TIME
    #[arg(long, value_name = "TIME", value_parser = parse_time)]
    until: Option<Timestamp>,

    /// Keep only spans of at least DURATION, such as 200us, 10ms, 1.5s or 2m
    ///
    /// Self times stay: the time of a child that is left out is no part of its parent's.
    #[arg(long, value_name = "DURATION", value_parser = duration_ns, allow_hyphen_values = true)]
    min_duration: Option<i64>,
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
    /// Tells whether there is none of them.
    pub(super) fn are_missing(&self) -> bool {
        self.name.is_none() && self.exclude.is_none()
    }

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

    /// Tells why no span is left, if none is: one message for all commands. `account` has all filters in it.
    pub(super) fn emptiness(&self, account: &Account, read: &[SourceContent]) -> Option<String> {
        if account.spans > 0 || account.filtered == 0 {
            return None;
        }
        let ends = read.iter().filter_map(|content| content.left_out);
        let ends = ends.reduce(|[first, last], [from, to]| [first.min(from), last.max(to)]);
        let time = |us| time_text(us).unwrap_or_default();
        let ends = ends.map(|[first, last]| format!(", which stopped from {}Z to {}Z", time(first), time(last)));
        let why = self.all_but_group().contradiction().map(|why| format!(": {why}"));
        let (ends, why) = (ends.unwrap_or_default(), why.unwrap_or_default());
        Some(format!("no span is left: the filters leave out all {}{ends}{why}", account.filtered))
    }

    /// The filter. Finds the base id that is meant by the beginning of one.
    pub(super) fn filter(&self, inputs: &Inputs, engine: &Engine, global: &Global) -> Result<Filter> {
        let Some(given) = &self.base_id else { return Ok(self.all_but_group()) };
        Ok(self.all_but_group().base_id(whole_base_id(given, inputs, engine, global)?))
    }

    fn all_but_group(&self) -> Filter {
        let mut filter = Filter::default();
        if let Some(since) = self.since {
            filter = filter.since(since);
        }
        if let Some(until) = self.until {
            filter = filter.until(until);
        }
        if let Some(ns) = self.min_duration {
            filter = filter.min_duration_ns(ns);
        }
        filter
    }
}

/// The only base id that begins with a text. It is the text itself if there is none or if inputs can't be read twice.
fn whole_base_id(given: &str, inputs: &Inputs, engine: &Engine, global: &Global) -> Result<Vec<u8>> {
    if given.is_empty() {
        return Err(hinted("--base-id: the id is empty", "give the base id of a trace group, or its beginning"));
    }
    if is_usual(given) || !inputs.can_be_read_again() {
        return Ok(given.into());
    }
    for id in spellings(given.as_bytes()) {
        match inputs.groups_of(engine, &id, global)?.as_slice() {
            [] => {}
            [only] => return Ok(only.to_vec()),
            several => {
                let listed = list(several.iter().map(|id| Terminal(id).to_string()));
                let what =
                    format!("--base-id {}: several base ids begin with it: {listed}", Terminal(given.as_bytes()));
                return Err(hinted(what, "give more of the id"));
            }
        }
    }
    Ok(given.into())
}

/// Tells whether an id is a whole one as nearly all logs have it: a UUID in lower case.
fn is_usual(id: &str) -> bool {
    let is_usual = |(at, byte)| match at {
        8 | 13 | 18 | 23 => byte == b'-',
        _ => matches!(byte, b'0'..=b'9' | b'a'..=b'f'),
    };
    id.len() == 36 && id.bytes().enumerate().all(is_usual)
}
