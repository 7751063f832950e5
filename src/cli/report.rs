//! `tracerank report`.

use std::io::Write;
use std::path::PathBuf;
use std::time::Instant;

use anyhow::{Result, bail};
use clap::{Args, ValueEnum};
use tracerank_summary::Account;
use tracing::debug_span;

use super::inputs::{InputArgs, Inputs, detail};
use super::memory::MemoryArgs;
use super::messages::Messages;
use super::output::{Output, Target};
use super::profile::Profile;
use super::spans::{NameArgs, SpanArgs};
use super::{EXIT_CODES, Exit, Global, trees};
use crate::analyses::report::{Column, Format, Options, Report, Sort};
use crate::engine::Engine;
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
    #[arg(short, long, value_name = "FORMAT", default_value = "text")]
    format: FormatArg,

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

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(super) enum FormatArg {
    /// A table for people; that of report with its default columns is, byte for byte, that of Mistral's `rank_profiled_methods.py`
    Text,
    /// One object: schema, input (the account of lines), rows
    Json,
    /// With a header; the fields of the JSON rows. Names are as in text, with an apostrophe before what a spreadsheet would take for a formula; JSON has them exactly
    Csv,
    /// A table for merge requests and wikis
    Markdown,
}

impl From<FormatArg> for Format {
    fn from(format: FormatArg) -> Self {
        match format {
            FormatArg::Text => Self::Text,
            FormatArg::Json => Self::Json,
            FormatArg::Csv => Self::Csv,
            FormatArg::Markdown => Self::Markdown,
        }
    }
}

pub(super) fn run(args: &ReportArgs, global: &Global, messages: &Messages) -> Result<Exit> {
    let options = args.options()?;
    let Some(inputs) = args.inputs.resolve(messages)? else { return Ok(Exit::Failed) };
    let target = Target::new(args.output.as_deref(), inputs.sources())?;
    let profile = Profile::start(global.profile_self.as_deref(), inputs.sources(), args.output.as_deref())?;
    let engine = global.engine().filter(args.spans.filter());
    let rank = || {
        let begin = Instant::now();
        let (scanned, grown) = args.read(&inputs, &engine, &options, global)?;
        let tree = grown.as_ref().map(|grown| &grown.tree);
        let report =
            debug_span!("sort-rows").in_scope(|| Report::new(&scanned.summary, scanned.account, &options, tree));
        let account = report.account();
        let out = write(&report, args.format.into(), target)?;
        detail(messages, &scanned, account, begin.elapsed());
        grown.iter().for_each(|grown| trees::detail(messages, grown));
        warn_if_all_is_filtered(messages, account);
        let exit = inputs.judge(&scanned, global, messages);
        // Standard output has what could be reported; a file stays as it was, since what was written beside it goes away with `out`.
        if exit != Exit::Failed {
            out.finish()?;
        }
        Ok(exit)
    };
    let exit = debug_span!("report").in_scope(rank);
    if profile.is_none_or(Profile::finish) { exit } else { exit.map(|_| Exit::Failed) }
}

/// Writes the report, if there was a record to report of.
fn write(report: &Report<'_>, format: Format, target: Target) -> Result<Output> {
    let _span = debug_span!("write-report").entered();
    let mut out = target.open()?;
    if report.account().records > 0 {
        report.write(format, &mut out).and_then(|()| out.flush()).map_err(|error| out.failed(error))?;
    }
    Ok(out)
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
        let wanted = options.wanted(self.format.into());
        if !options.needs_tree(self.format.into()) {
            return Ok((inputs.scan(engine, wanted, global)?, None));
        }
        let TreeReading { scanned, trees, .. } = inputs.grow(engine, self.memory.limit(), Some(wanted), global)?;
        Ok((scanned, Some(trees)))
    }

    fn options(&self) -> Result<Options> {
        let columns = self.columns.clone();
        // In JSON and CSV a row would have two fields of one name.
        if let Some((_, twice)) = columns.iter().enumerate().find(|(at, column)| columns[..*at].contains(column)) {
            bail!("--columns: {} is given twice", twice.as_str());
        }
        let NameArgs { name, exclude } = self.names.clone();
        Ok(Options { columns, sort: self.sort, top: self.top, name, exclude })
    }
}

/// An empty table can be an answer, or a slip of the pen.
fn warn_if_all_is_filtered(messages: &Messages, account: Account) {
    if account.spans == 0 && account.filtered > 0 {
        messages.warning(format_args!("no span is left: the filters leave out all {}", account.filtered));
    }
}
