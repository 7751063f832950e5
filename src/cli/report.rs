//! `tracerank report`.

use std::io::Write;
use std::path::PathBuf;
use std::time::Instant;

use anyhow::{Result, bail};
use clap::{Args, ValueEnum};
use jiff::Timestamp;
use regex::bytes::Regex;
use tracing::debug_span;

use super::inputs::{InputArgs, detail};
use super::messages::Messages;
use super::output::{Output, Target};
use super::profile::Profile;
use super::{EXIT_CODES, Exit, Global};
use crate::report::{Column, Format, Options, Report, Sort};
use crate::scan::{Account, Filter, parse_time};

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
    /// total, min, max, avg, stddev, p50, p90, p95, p99, count, percent, name. Percentiles are exact to within 0.8 % (upwards): they come from a
    /// histogram of two significant digits over 1 ns to 292 years, in which negative durations count as zero; they never lie outside of min and max.
    /// percent is the share of the sum of all totals shown, which count nested spans more than once. Text shows totals in seconds and all else in milliseconds; JSON and CSV have nanoseconds.
    /// [default: total,max,avg,count,name; in JSON and CSV all]
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

    /// Only trace names in which REGEX matches; (?i) in front of it ignores case
    #[arg(long, value_name = "REGEX", help_heading = "Filters")]
    name: Option<Regex>,

    /// No trace names in which REGEX matches
    #[arg(long, value_name = "REGEX", help_heading = "Filters")]
    exclude: Option<Regex>,

    /// Only spans of this trace group: those with this base id, as all of one request have
    #[arg(long, value_name = "ID", help_heading = "Filters")]
    base_id: Option<String>,

    /// Only spans that stopped at TIME or later
    ///
    /// A time as in RFC 3339 (2026-11-23T06:18:00Z, 2026-11-23T07:18:00+01:00), without an offset for UTC, as in the log, or a date, which means its beginning.
    #[arg(long, value_name = "TIME", value_parser = parse_time, help_heading = "Filters")]
    since: Option<Timestamp>,

    /// Only spans that stopped before TIME
    #[arg(long, value_name = "TIME", value_parser = parse_time, help_heading = "Filters")]
    until: Option<Timestamp>,
}

const EXAMPLES: &str = "\
Examples:
  The ranking of a log; of all logs in a directory, rotated ones included:
    tracerank report mistral.log
    tracerank report /var/log/mistral
  The ranking of what Mistral is configured to write:
    tracerank report --mistral-conf /etc/mistral/mistral.conf
  The ten names with the longest tails:
    tracerank report -s p99 -n 10 -c p99,max,count,name mistral.log
  From then on, and only some names:
    tracerank report --since 2026-11-23T06:00 --name '^task-' mistral.log
  For other programs, and from other hosts:
    tracerank report -f json mistral.log | jq '.rows[0]'
    ssh host cat mistral.log.gz | tracerank report";

#[derive(Debug, Clone, Copy, ValueEnum)]
enum FormatArg {
    /// A table for people; with the default columns, byte for byte that of Mistral's `rank_profiled_methods.py`
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
    let scan = global.scan(options.wanted(args.format.into())).filter(args.filter());
    let rank = || {
        let begin = Instant::now();
        let scanned = inputs.scan(&scan, global)?;
        let report = debug_span!("sort-rows").in_scope(|| Report::new(&scanned.summary, scanned.account, &options));
        let account = report.account();
        let out = write(&report, args.format.into(), target)?;
        detail(messages, account, begin.elapsed());
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
    fn options(&self) -> Result<Options> {
        let columns = self.columns.clone();
        // In JSON and CSV a row would have two fields of one name.
        if let Some((_, twice)) = columns.iter().enumerate().find(|(at, column)| columns[..*at].contains(column)) {
            bail!("--columns: {} is given twice", twice.as_str());
        }
        let (name, exclude) = (self.name.clone(), self.exclude.clone());
        Ok(Options { columns, sort: self.sort, top: self.top, name, exclude })
    }

    fn filter(&self) -> Filter {
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

/// An empty table can be an answer, or a slip of the pen.
fn warn_if_all_is_filtered(messages: &Messages, account: Account) {
    if account.spans == 0 && account.filtered > 0 {
        messages.warning(format_args!("no span is left: the filters leave out all {}", account.filtered));
    }
}
