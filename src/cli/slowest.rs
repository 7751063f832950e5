//! `tracerank slowest`.

use std::path::PathBuf;

use anyhow::Result;
use clap::{Args, ValueEnum};
use tracerank_summary::Account;
use tracing::debug_span;

use super::format::renderer;
use super::inputs::{InputArgs, logs_only};
use super::malformed::MalformedArgs;
use super::memory::MemoryArgs;
use super::messages::Messages;
use super::run::{Job, Written};
use super::spans::{NameArgs, SpanArgs};
use super::{EXIT_CODES, Exit, Global};
use crate::analyses::slowest::{Listing, Measure, Ranking, Rows};
use crate::analyses::sort::{Direction, Sort};
use crate::engine::{Engine, SourceContent};
use crate::error::Error;
use crate::input::Source;
use crate::render::Renderer;
use crate::spans::TreeReading;

/// List the slowest spans one by one: root spans, or with --name the spans of matching names; or whole requests
///
/// A row has the time at which the span began (the timestamp of its stop less its duration), its duration, its self
/// time (without that of child spans), the number of spans below it, and its ids. A root span has no parent, or its
/// parent is in no input.
///
/// tracerank show takes either id: the base id shows the whole request, the trace id this span.
///
/// With --by base_id, a row is a whole trace group, such as a request: when its first span began, the time from there to
/// its last stop, the self time and number of its spans, and the name of the span that began first. Where requests go on
/// asynchronously, the slowest root span is not that of the slowest request.
#[derive(Debug, Args)]
#[command(after_help = format!("{EXAMPLES}\n\n{EXIT_CODES}"), mut_arg("inputs", logs_only))]
pub(super) struct SlowestArgs {
    #[command(flatten)]
    inputs: InputArgs,

    /// Write to FILE instead of standard output
    ///
    /// FILE is replaced once the list is whole, even if there were malformed records. On exit code 2 it stays as it
    /// was.
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,

    /// Output format
    #[arg(short, long, value_name = "FORMAT", default_value = "text", value_parser = renderer::<Listing>())]
    format: &'static Renderer<Listing>,

    /// List whole trace groups, such as requests, instead of spans
    #[arg(long, value_name = "WHAT", value_enum)]
    by: Option<By>,

    /// List the spans that started and never stopped instead, those that started first before all others
    ///
    /// A row has the time of the start, the ids, and the input and line of the start.
    #[arg(long, conflicts_with_all = ["by", "sort", "since", "until", "min_duration"])]
    unfinished: bool,

    /// Sort by duration, self, below (number of spans below, or of a trace group) or timestamp, ascending or descending
    ///
    /// Without a direction, timestamps ascend and all others descend. Of equal spans, the one that began first is
    /// first.
    #[arg(short, long, value_name = "COLUMN[:asc|:desc]", default_value = "duration")]
    sort: Sort<Measure>,

    /// Show at most N rows
    #[arg(short = 'n', long, value_name = "N", default_value = "10")]
    top: usize,

    #[command(flatten)]
    malformed: MalformedArgs,

    #[command(flatten)]
    memory: MemoryArgs,

    #[command(flatten)]
    names: NameArgs,

    #[command(flatten)]
    spans: SpanArgs,
}

/// What a row is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum By {
    /// Whole trace groups
    #[value(name = "base_id")]
    BaseId,
}

const EXAMPLES: &str = "\
Examples:
  The ten slowest requests; then one of them as a tree:
    tracerank slowest mistral.log
    tracerank show 4e648e13-f0c0-4862-a183-bc631e572f30 mistral.log
  The slowest runs of tasks; the spans of the engine with the longest self time:
    tracerank slowest --name '^task-run$' mistral.log
    tracerank slowest --name '^engine-' --sort self -n 20 mistral.log
  The requests that took longest, asynchronous calls included; the spans that never stopped:
    tracerank slowest --by base_id mistral.log
    tracerank slowest --unfinished mistral.log
  For other programs:
    tracerank slowest -f json mistral.log | jq -r '.rows[0].trace_id'";

pub(super) fn run(args: &SlowestArgs, global: &Global, messages: &Messages) -> Result<Exit> {
    let job = Job { stage: || debug_span!("slowest"), output: args.output.as_deref(), global, messages };
    job.answer(&args.inputs, &args.malformed, |inputs, target| {
        let engine = global.engine();
        let engine = engine.clone().filter(args.spans.filter(inputs, &engine, global)?);
        let (grown, rows) = inputs.list(&engine, global, |engine, sources| args.list(engine, sources))?;
        let TreeReading { scanned, trees, .. } = grown;
        args.spans.warn_of_lacks(inputs, &scanned.sources, global, messages);
        let account = scanned.account;
        let (is_answer, input) = (inputs.is_answer(&scanned), inputs.account_of(&scanned));
        let is_empty = rows.is_empty() && account.records > 0 && is_answer && args.top > 0;
        let emptiness = if is_empty { args.emptiness(&account, &scanned.sources) } else { None };
        let listing = Listing { rows, input };
        let write = || job.write(is_answer.then_some(&listing), args.format, target);
        let out = debug_span!("write-list").in_scope(write)?;
        Ok(Written { out, scanned, account, trees: Some(trees), emptiness })
    })
}

impl SlowestArgs {
    /// Reads the inputs into the rows that are asked for.
    fn list(&self, engine: &Engine, sources: &[Source]) -> Result<(TreeReading, Rows), Error> {
        let keeps = |name: &[u8]| self.names.keep(name);
        let limit = self.memory.limit();
        if self.unfinished {
            let inputs = sources.iter().map(|source| source.path().to_owned()).collect();
            let (grown, spans) = engine.unfinished(sources, limit, self.top, &keeps)?;
            return Ok((grown, Rows::Unfinished(spans, inputs)));
        }
        if self.by.is_some() {
            let (grown, groups) = engine.slowest_groups(sources, limit, self.ranking(), &keeps)?;
            return Ok((grown, Rows::Groups(groups)));
        }
        let (grown, spans) = engine.slowest(sources, limit, self.ranking(), &keeps)?;
        Ok((grown, Rows::Spans(spans)))
    }

    /// The reason why there is no row.
    fn emptiness(&self, account: &Account, read: &[SourceContent]) -> Option<String> {
        if self.unfinished {
            // It is good news that there is none.
            return self.spans.emptiness(account, read);
        }
        let Account { spans, filtered, .. } = *account;
        let left = if self.names.are_missing() {
            *account
        } else {
            Account { spans: 0, filtered: spans + filtered, ..*account }
        };
        let nothing = if self.by.is_some() { "no span has stopped" } else { "no root span has stopped" };
        Some(self.spans.emptiness(&left, read).unwrap_or_else(|| nothing.to_owned()))
    }

    fn ranking(&self) -> Ranking {
        let Sort { column, direction } = self.sort;
        let is_descending = direction == Direction::Descending;
        Ranking { measure: column, is_descending, top: self.top, only_roots: self.names.name.is_none() }
    }
}
