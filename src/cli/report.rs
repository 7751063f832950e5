//! `tracerank report`.

use std::mem;
use std::path::PathBuf;

use anyhow::{Result, bail};
use clap::Args;
use tracerank_summary::Account;
use tracing::debug_span;

use super::format::renderer;
use super::inputs::{InputArgs, Inputs};
use super::memory::MemoryArgs;
use super::messages::Messages;
use super::run::{Job, Written};
use super::spans::{NameArgs, SpanArgs};
use super::{EXIT_CODES, Exit, Global};
use crate::analyses::report::{Column, Options, Report, Sort};
use crate::engine::Engine;
use crate::render::Renderer;
use crate::spans::{TreeReading, Trees};
use crate::summary::Scanned;

/// Rank the trace names of logs by the time they took
///
/// Reads logs of start and stop records and prints a row for each trace name: total, longest and average time, how often it occurred.
/// Records are found behind the prefixes of logging formatters and among ordinary log lines without being told so.
#[derive(Debug, Args)]
#[command(after_help = format!("{EXAMPLES}\n\n{EXIT_CODES}"))]
pub(super) struct ReportArgs {
    #[command(flatten)]
    inputs: InputArgs,

    /// Write to FILE instead of standard output
    ///
    /// FILE is replaced when the report is whole, malformed records or not; with exit code 2 it stays as it was.
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,

    /// How the report is written
    #[arg(short, long, value_name = "FORMAT", default_value = "text", value_parser = renderer::<Report>())]
    format: &'static Renderer<Report>,

    /// Which columns, in which order, separated by commas
    ///
    /// total, min, max, avg, stddev, p50, p90, p95, p99, count, name, self, self%, total-outer, percent. Percentiles are exact to within 0.8 % (upwards): they come from a
    /// histogram of two significant digits over 1 ns to 292 years, in which negative durations count as zero; they never lie outside of min and max.
    /// self is the time without that of children, self% its share of all self time; total-outer counts a name once that occurs within itself; percent is the share of the total time of root
    /// spans. For these four, spans are put into trees, which takes several times as long. Text shows sums in seconds and all else in milliseconds; JSON and CSV have nanoseconds.
    /// [default: total,max,avg,count,name; in JSON and CSV all but the last four]
    #[arg(short, long, value_name = "LIST", value_delimiter = ',')]
    columns: Vec<Column>,

    /// The order of the rows: a column, and :asc or :desc
    ///
    /// Without a direction, numbers go down and names up. Rows that are equal stand in the order in which their names first occur in the input.
    #[arg(short, long, value_name = "COLUMN[:asc|:desc]", default_value = "total")]
    sort: Sort,

    /// Show at most N rows
    #[arg(short = 'n', long, value_name = "N")]
    top: Option<usize>,

    #[command(flatten)]
    memory: MemoryArgs,

    #[command(flatten)]
    names: NameArgs,

    #[command(flatten)]
    spans: SpanArgs,
}

const EXAMPLES: &str = "\
Examples:
  The ranking of a log; of all logs in a directory, rotated ones included:
    tracerank report mistral.log
    tracerank report /var/log/mistral
  The ranking of what Mistral is configured to write:
    tracerank report --mistral-conf /etc/mistral/mistral.conf
  Where the time itself is spent, and not in what is called:
    tracerank report -s self -c self,self%,total,count,name mistral.log
  The ten names with the longest tails:
    tracerank report -s p99 -n 10 -c p99,max,count,name mistral.log
  From then on, and only some names:
    tracerank report --since 2026-11-23T06:00 --name '^task-' mistral.log
  For other programs, and from other hosts:
    tracerank report -f json mistral.log | jq '.rows[0]'
    ssh host cat mistral.log.gz | tracerank report";

pub(super) fn run(args: &ReportArgs, global: &Global, messages: &Messages) -> Result<Exit> {
    let options = args.options()?;
    let engine = global.engine().filter(args.spans.filter());
    let job = Job { stage: || debug_span!("report"), output: args.output.as_deref(), global, messages };
    job.answer(&args.inputs, |inputs, target| {
        let (mut scanned, trees) = args.read(inputs, &engine, &options, global)?;
        let (summary, tree) = (mem::take(&mut scanned.summary), trees.as_ref().map(|trees| &trees.tree));
        let report = debug_span!("sort-rows").in_scope(|| Report::new(summary, scanned.account, &options, tree));
        let account = report.account();
        let write = || job.write((account.records > 0).then_some(&report), args.format, target);
        let out = debug_span!("write-report").in_scope(write)?;
        Ok(Written { out, scanned, account, trees, warning: warning(account) })
    })
}

impl ReportArgs {
    /// Reads the inputs, and puts their spans into trees if that is asked for.
    fn read(
        &self,
        inputs: &Inputs,
        engine: &Engine,
        options: &Options,
        global: &Global,
    ) -> Result<(Scanned, Option<Trees>)> {
        if !options.needs_tree() {
            return Ok((inputs.scan(engine, options.wanted(), global)?, None));
        }
        let TreeReading { scanned, trees, .. } =
            inputs.grow(engine, self.memory.limit(), Some(options.wanted()), global)?;
        Ok((scanned, Some(trees)))
    }

    fn options(&self) -> Result<Options> {
        let given = Some(self.columns.as_slice()).filter(|columns| !columns.is_empty());
        let columns = given.unwrap_or_else(|| Column::usual(self.format.audience)).to_vec();
        // In JSON and CSV a row would have two fields of one name.
        if let Some((_, twice)) = columns.iter().enumerate().find(|(at, column)| columns[..*at].contains(column)) {
            bail!("--columns: {} is given twice", twice.as_str());
        }
        let NameArgs { name, exclude } = self.names.clone();
        Ok(Options { columns, sort: self.sort, top: self.top, name, exclude })
    }
}

/// An empty table can be an answer, or a slip of the pen.
fn warning(account: Account) -> Option<String> {
    let is_empty = account.spans == 0 && account.filtered > 0;
    is_empty.then(|| format!("no span is left: the filters leave out all {}", account.filtered))
}
