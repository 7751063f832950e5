//! `tracerank report`.

use std::mem;
use std::path::PathBuf;

use anyhow::{Result, bail};
use clap::Args;
use tracing::debug_span;

use super::format::renderer;
use super::inputs::{InputArgs, Inputs};
use super::malformed::MalformedArgs;
use super::memory::MemoryArgs;
use super::messages::Messages;
use super::run::{Job, Written};
use super::spans::{NameArgs, SpanArgs};
use super::{EXIT_CODES, Exit, Global};
use crate::analyses::report::{Column, Options, Report, Sort};
use crate::engine::Engine;
use crate::render::{Audience, Renderer};
use crate::spans::{TreeReading, Trees};
use crate::summary::Scanned;

/// Rank the trace names of logs by the time they took
///
/// Prints a row for each trace name: total, longest and average time, and the number of occurrences.
///
/// The records of start/stop trace logs are found after logging prefixes and among ordinary log lines, without an
/// option. Access logs of nginx (combined, with the request time at the end) are ranked by method and route, such as
/// GET /sessions/{id}.
#[derive(Debug, Args)]
#[command(after_help = format!("{EXAMPLES}\n\n{EXIT_CODES}"))]
pub(super) struct ReportArgs {
    #[command(flatten)]
    inputs: InputArgs,

    /// Write to FILE instead of standard output
    ///
    /// FILE is replaced once the report is whole, even if there were malformed records. On exit code 2 it stays as it
    /// was.
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,

    /// Output format
    #[arg(short, long, value_name = "FORMAT", default_value = "text", value_parser = renderer::<Report>())]
    format: &'static Renderer<Report>,

    /// Columns in this order, separated by commas [default: total,max,avg,count,name; JSON and CSV: the first eleven]
    ///
    /// total, min, max, avg, stddev, p50, p90, p95, p99, count, name, self, self%, total-outer, percent; also median
    /// (p50) and any other percentile, such as p75 or p99.9. Text shows sums in seconds and all other times in
    /// milliseconds. JSON and CSV have nanoseconds.
    ///
    /// Percentiles come from a histogram of two significant digits over 1 ns to 292 years. They are at most 0.8 % above
    /// or below the exact ones, and never outside of min and max. Negative durations count as zero in them.
    /// docs/percentiles.md defines them.
    ///
    /// self is the time without that of child spans, and self% its share of all self time. total-outer counts a name
    /// once where it occurs within itself. percent is the share of the total time of root spans. These four need the
    /// trees of spans, which take several times as long.
    #[arg(short, long, value_name = "LIST", value_delimiter = ',')]
    columns: Vec<Column>,

    /// Sort rows by COLUMN, ascending or descending [default: total]
    ///
    /// COLUMN is shown, too: before the name if it is not among the columns. JSON and CSV have exactly those of
    /// --columns if it is given.
    ///
    /// Without a direction, numbers descend and names ascend. Equal rows stand in the order in which their names first
    /// occur in the input.
    #[arg(short, long, value_name = "COLUMN[:asc|:desc]")]
    sort: Option<Sort>,

    /// Show at most N rows [default: all]
    #[arg(short = 'n', long, value_name = "N")]
    top: Option<usize>,

    #[command(flatten)]
    malformed: MalformedArgs,

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
  The ranking of the log that Mistral is configured to write:
    tracerank report --mistral-conf /etc/mistral/mistral.conf
  By self time, which excludes child spans:
    tracerank report -s self -c self,self%,total,count,name mistral.log
  The ten names with the longest tails:
    tracerank report -s p99 -n 10 -c p99,max,count,name mistral.log
  From a time on, and only some names:
    tracerank report --since 2026-11-23T06:00 --name '^task-' mistral.log
  For other programs, and from other hosts:
    tracerank report -f json mistral.log | jq '.rows[0]'
    ssh host cat mistral.log.gz | tracerank report";

pub(super) fn run(args: &ReportArgs, global: &Global, messages: &Messages) -> Result<Exit> {
    let options = args.options()?;
    args.memory.check()?;
    let job = Job { stage: || debug_span!("report"), output: args.output.as_deref(), global, messages };
    job.answer(&args.inputs, &args.malformed, |inputs, target| {
        let engine = global.engine();
        let engine = engine.clone().filter(args.spans.filter(inputs, &engine, global)?);
        let (mut scanned, trees) = args.read(inputs, &engine, &options, global)?;
        args.spans.warn_of_lacks(inputs, &scanned.sources, global, messages);
        let (is_answer, input) = (inputs.is_answer(&scanned), inputs.account_of(&scanned));
        let (summary, tree) = (mem::take(&mut scanned.summary), trees.as_ref().map(|trees| &trees.tree));
        let report = debug_span!("sort-rows").in_scope(|| Report::new(summary, input, &options, tree));
        let account = report.account();
        let write = || job.write(is_answer.then_some(&report), args.format, target);
        let out = debug_span!("write-report").in_scope(write)?;
        let emptiness = args.spans.emptiness(&account, &scanned.sources);
        Ok(Written { out, scanned, account, trees, emptiness })
    })
}

impl ReportArgs {
    /// Reads the inputs, and puts their spans into trees if a column needs them.
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
        let mut columns = given.unwrap_or_else(|| Column::usual(self.format.audience)).to_vec();
        // In JSON and CSV a row would have two fields of one name.
        if let Some((_, twice)) = columns.iter().enumerate().find(|(at, column)| columns[..*at].contains(column)) {
            bail!("--columns: {} is given twice", twice.as_str());
        }
        // Programs rely on the columns that they ask for.
        let is_exact = given.is_some() && self.format.audience == Audience::Program;
        if let Some(Sort { column, .. }) = self.sort.filter(|sort| !is_exact && !columns.contains(&sort.column)) {
            let before_name = columns.iter().position(|column| *column == Column::Name).unwrap_or(columns.len());
            columns.insert(before_name, column);
        }
        let NameArgs { name, exclude } = self.names.clone();
        Ok(Options { columns, sort: self.sort.unwrap_or_default(), top: self.top, name, exclude })
    }
}
