//! `tracerank slowest`.

use std::path::PathBuf;

use anyhow::Result;
use clap::Args;
use tracerank_summary::Account;
use tracing::debug_span;

use super::format::renderer;
use super::inputs::{InputArgs, logs_only};
use super::memory::MemoryArgs;
use super::messages::Messages;
use super::run::{Job, Written};
use super::spans::{NameArgs, SpanArgs};
use super::{EXIT_CODES, Exit, Global};
use crate::analyses::slowest::{Listing, Measure, Ranking};
use crate::analyses::sort::{Direction, Sort};
use crate::engine::SourceContent;
use crate::render::Renderer;
use crate::spans::TreeReading;

/// List the slowest spans one by one: root spans, or with --name the spans of matching names
///
/// A row has the time at which the span began (the timestamp of its stop less its duration), its duration, its self
/// time (without that of child spans), the number of spans below it, and its ids. A root span has no parent, or its
/// parent is in no input.
///
/// tracerank show takes either id: the base id shows the whole request, the trace id this span.
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

    /// Sort spans by duration, self, below (number of spans below) or timestamp, ascending or descending
    ///
    /// Without a direction, timestamps ascend and all others descend. Of equal spans, the one that began first is
    /// first.
    #[arg(short, long, value_name = "COLUMN[:asc|:desc]", default_value = "duration")]
    sort: Sort<Measure>,

    /// Show at most N spans
    #[arg(short = 'n', long, value_name = "N", default_value = "10")]
    top: usize,

    #[command(flatten)]
    memory: MemoryArgs,

    #[command(flatten)]
    names: NameArgs,

    #[command(flatten)]
    spans: SpanArgs,
}

const EXAMPLES: &str = "\
Examples:
  The ten slowest requests; then one of them as a tree:
    tracerank slowest mistral.log
    tracerank show 4e648e13-f0c0-4862-a183-bc631e572f30 mistral.log
  The slowest runs of tasks; the spans of the engine with the longest self time:
    tracerank slowest --name '^task-run$' mistral.log
    tracerank slowest --name '^engine-' --sort self -n 20 mistral.log
  For other programs:
    tracerank slowest -f json mistral.log | jq -r '.rows[0].trace_id'";

pub(super) fn run(args: &SlowestArgs, global: &Global, messages: &Messages) -> Result<Exit> {
    let job = Job { stage: || debug_span!("slowest"), output: args.output.as_deref(), global, messages };
    job.answer(&args.inputs, |inputs, target| {
        let engine = global.engine();
        let engine = engine.clone().filter(args.spans.filter(inputs, &engine, global)?);
        let (grown, spans) = inputs.rank(&engine, args.memory.limit(), args.ranking(), &args.names, global)?;
        let TreeReading { scanned, trees, .. } = grown;
        args.spans.warn_of_lacks(inputs, &scanned.sources, global, messages);
        let account = scanned.account;
        let (is_answer, input) = (inputs.is_answer(&scanned), inputs.account_of(&scanned));
        let is_empty = spans.is_empty() && account.records > 0 && is_answer && args.top > 0;
        let emptiness = if is_empty { Some(args.emptiness(&account, &scanned.sources)) } else { None };
        let listing = Listing { spans, input };
        let write = || job.write(is_answer.then_some(&listing), args.format, target);
        let out = debug_span!("write-list").in_scope(write)?;
        Ok(Written { out, scanned, account, trees: Some(trees), emptiness })
    })
}

impl SlowestArgs {
    /// The reason why there is no span to list.
    fn emptiness(&self, account: &Account, read: &[SourceContent]) -> String {
        let Account { spans, filtered, .. } = *account;
        let left = if !self.names.are_missing() { Account { spans: 0, filtered: spans + filtered, ..*account } } else { *account };
        self.spans.emptiness(&left, read).unwrap_or_else(|| "no root span has stopped".to_owned())
    }

    fn ranking(&self) -> Ranking {
        let Sort { column, direction } = self.sort;
        let is_descending = direction == Direction::Descending;
        Ranking { measure: column, is_descending, top: self.top, only_roots: self.names.name.is_none() }
    }
}
