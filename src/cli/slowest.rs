//! `tracerank slowest`.

use std::io::Write;
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Instant;

use anyhow::Result;
use clap::Args;
use tracerank_summary::Account;
use tracing::debug_span;

use super::inputs::{InputArgs, detail};
use super::memory::MemoryArgs;
use super::messages::Messages;
use super::output::{Output, Target};
use super::profile::Profile;
use super::report::FormatArg;
use super::spans::{NameArgs, SpanArgs};
use super::{EXIT_CODES, Exit, Global, trees};
use crate::analyses::slowest::Listing;
use crate::analyses::slowest::{Measure, Ranking, SlowSpan};

/// List the slowest spans one by one: root spans, or with --name those of some names
///
/// For each: when it began (its duration before the timestamp of its stop), how long it took, its self time (without that of children), how many spans are below it, and its ids. tracerank show takes either: the base id shows all of the request, the trace
/// id this span. A root span is one without a parent, or whose parent is in no input.
#[derive(Debug, Args)]
#[command(after_help = format!("{EXAMPLES}\n\n{EXIT_CODES}"))]
pub(super) struct SlowestArgs {
    #[command(flatten)]
    inputs: InputArgs,

    /// Write to FILE instead of standard output
    ///
    /// FILE is replaced when the list is whole, malformed records or not; with exit code 2 it stays as it was.
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,

    /// How the list is written
    #[arg(short, long, value_name = "FORMAT", default_value = "text")]
    format: FormatArg,

    /// What is slow: duration, self, below (how many spans) or timestamp, and :asc or :desc
    ///
    /// Without a direction, timestamps go up and all else down. Of equals, those come first that began first.
    #[arg(short, long, value_name = "COLUMN[:asc|:desc]", default_value = "duration")]
    sort: Sort,

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
  The slowest runs of tasks, and those that kept the engine busy itself:
    tracerank slowest --name '^task-run$' mistral.log
    tracerank slowest --name '^engine-' --sort self -n 20 mistral.log
  For other programs:
    tracerank slowest -f json mistral.log | jq -r '.rows[0].trace_id'";

/// What comes first.
#[derive(Debug, Clone, Copy)]
struct Sort {
    measure: Measure,
    is_descending: bool,
}

impl FromStr for Sort {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (column, direction) = text.split_once(':').map_or((text, None), |(column, to)| (column, Some(to)));
        let measure = match column {
            "duration" => Measure::Duration,
            "self" => Measure::SelfTime,
            "below" => Measure::SpansBelow,
            "timestamp" => Measure::Timestamp,
            _ => return Err(format!("there is no column {column:?}; there are: duration, self, below, timestamp")),
        };
        let is_descending = match direction {
            Some("desc") => true,
            Some("asc") => false,
            None => measure != Measure::Timestamp,
            Some(other) => return Err(format!("there is no direction {other:?}; there are: asc, desc")),
        };
        Ok(Self { measure, is_descending })
    }
}

pub(super) fn run(args: &SlowestArgs, global: &Global, messages: &Messages) -> Result<Exit> {
    let Some(inputs) = args.inputs.resolve(messages)? else { return Ok(Exit::Failed) };
    let target = Target::new(args.output.as_deref(), inputs.sources())?;
    let profile = Profile::start(global.profile_self.as_deref(), inputs.sources(), args.output.as_deref())?;
    let engine = global.engine().filter(args.spans.filter());
    let list = || {
        let begin = Instant::now();
        let (grown, spans) = inputs.rank(&engine, args.memory.limit(), args.ranking(), &args.names, global)?;
        let account = grown.scanned.account;
        let out = args.write(&spans, account, target)?;
        detail(messages, &grown.scanned, account, begin.elapsed());
        trees::detail(messages, &grown.trees);
        if spans.is_empty() && account.records > 0 && args.top > 0 {
            messages.warning("there is no such span");
        }
        let exit = inputs.judge(&grown.scanned, global, messages);
        if exit != Exit::Failed {
            out.finish()?;
        }
        Ok(exit)
    };
    let exit = debug_span!("slowest").in_scope(list);
    if profile.is_none_or(Profile::finish) { exit } else { exit.map(|_| Exit::Failed) }
}

impl SlowestArgs {
    fn ranking(&self) -> Ranking {
        let Sort { measure, is_descending } = self.sort;
        Ranking { measure, is_descending, top: self.top, only_roots: self.names.name.is_none() }
    }

    /// Writes the list, if there was a record.
    fn write(&self, spans: &[SlowSpan], account: Account, target: Target) -> Result<Output> {
        let _span = debug_span!("write-list").entered();
        let mut out = target.open()?;
        if account.records > 0 {
            let listing = Listing { spans, account };
            listing
                .write(self.format.into(), &mut out)
                .and_then(|()| out.flush())
                .map_err(|error| out.failed(error))?;
        }
        Ok(out)
    }
}
