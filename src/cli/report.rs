//! `tracerank report`.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Result, bail};
use clap::{Args, ValueEnum};
use jiff::Timestamp;
use regex::bytes::Regex;
use tracing::debug_span;

use super::messages::Messages;
use super::output::{Output, Target};
use super::profile::Profile;
use super::progress::Progress;
use super::{EXIT_CODES, Exit, Global, inputs_or_stdin};
use crate::aggregate::Wanted;
use crate::input::{self, Source, looks_like};
use crate::record;
use crate::report::{Column, Format, Options, Report, Sort};
use crate::scan::{Account, Filter, Malformed, Scan, Scanned, parse_time};
use crate::shown::Shown;

/// Rank the trace names of logs by the time they took
///
/// Reads logs of start and stop records and prints a row for each trace name: total, longest and average time, how often it occurred.
/// Records are found behind the prefixes of logging formatters and among ordinary log lines without being told so.
#[derive(Debug, Args)]
#[command(after_help = format!("{EXAMPLES}\n\n{EXIT_CODES}"))]
pub(super) struct ReportArgs {
    /// Logs, compressed logs, directories, or - for standard input
    ///
    /// gzip, zstd, xz and bzip2 are told by their content. A directory means the regular files in it, not those in its subdirectories, by name, rotated ones oldest first,
    /// each once, whatever links to it. Without an input, standard input is read.
    #[arg(value_name = "INPUT")]
    inputs: Vec<PathBuf>,

    /// Read the log that this configuration (mistral.conf) has Mistral write, too
    ///
    /// Follows `log_config_append` in FILE to Python's logging file, and there the logger that `profiler_log_name` names to its file.
    #[arg(long, value_name = "FILE")]
    mistral_conf: Option<PathBuf>,

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

    /// Count a file twice that is given twice
    ///
    /// Without this it is an error, since it is nearly always a mistake.
    #[arg(long)]
    allow_duplicates: bool,
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
    let arguments = args.inputs()?;
    let sources = match input::resolve(&arguments, args.allow_duplicates) {
        Ok(sources) => sources,
        Err(errors) => {
            for error in &errors {
                messages.library_error(error);
            }
            return Ok(Exit::Failed);
        }
    };
    let target = Target::new(args.output.as_deref(), &sources)?;
    let profile = Profile::start(global.profile_self.as_deref(), &sources, args.output.as_deref())?;
    let scan = args.scan(global, options.wanted(args.format.into()));
    let rank = || {
        let begin = Instant::now();
        let scanned = {
            let _progress = Progress::start(global.progress, &sources, scan.progress());
            scan.run(&sources)?
        };
        let report = debug_span!("sort-rows").in_scope(|| Report::new(&scanned.summary, scanned.account, &options));
        let account = report.account();
        let out = write(&report, args.format.into(), target)?;
        detail(messages, account, begin.elapsed());
        warn_if_all_is_filtered(messages, account);
        let exit = judge(&arguments, &sources, &scanned, global, messages);
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
    fn inputs(&self) -> Result<Vec<PathBuf>> {
        let Some(conf) = &self.mistral_conf else { return inputs_or_stdin(&self.inputs) };
        let log = record::log_file(conf)?;
        Ok(self.inputs.iter().cloned().chain([log]).collect())
    }

    fn options(&self) -> Result<Options> {
        let columns = self.columns.clone();
        // In JSON and CSV a row would have two fields of one name.
        if let Some((_, twice)) = columns.iter().enumerate().find(|(at, column)| columns[..*at].contains(column)) {
            bail!("--columns: {} is given twice", twice.as_str());
        }
        let (name, exclude) = (self.name.clone(), self.exclude.clone());
        Ok(Options { columns, sort: self.sort, top: self.top, name, exclude })
    }

    fn scan(&self, global: &Global, wanted: Wanted) -> Scan {
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
        let scan = Scan::default().map(!global.no_mmap).wanted(wanted).filter(filter);
        match global.threads {
            Some(threads) => scan.threads(threads.into()),
            None => scan,
        }
    }
}

/// What was read, and how fast.
fn detail(messages: &Messages, account: Account, time: Duration) {
    let Account { files, bytes, lines, records, other, malformed, spans, filtered } = account;
    let seconds = time.as_secs_f64();
    let speed = bytes as f64 / seconds / 1e9;
    messages.detail(format_args!("{lines} lines = {records} records + {other} other + {malformed} malformed"));
    messages.detail(format_args!("{spans} spans, {filtered} filtered out"));
    let plural = if files == 1 { "" } else { "s" };
    messages.detail(format_args!("{bytes} bytes in {files} file{plural}, {seconds:.3} s, {speed:.2} GB/s"));
}

/// An empty table can be an answer, or a slip of the pen.
fn warn_if_all_is_filtered(messages: &Messages, account: Account) {
    if account.spans == 0 && account.filtered > 0 {
        messages.warning(format_args!("no span is left: the filters leave out all {}", account.filtered));
    }
}

/// The verdict on the inputs: what is wrong with them, and how the program ends.
fn judge(arguments: &[PathBuf], sources: &[Source], scanned: &Scanned, global: &Global, messages: &Messages) -> Exit {
    let mut exit = Exit::Done;
    if scanned.account.malformed > 0 {
        warn_of_malformed(messages, scanned.account.malformed, &scanned.malformed);
        if global.strict {
            exit = Exit::No;
        }
    }
    for error in scanned.sources.iter().filter_map(|held| held.cut.as_ref()) {
        messages.library_error(error);
        exit = Exit::Failed;
    }
    for (argument, path) in arguments.iter().enumerate() {
        if !explain_if_empty(argument, path, sources, scanned, messages) {
            exit = Exit::Failed;
        }
    }
    exit
}

fn warn_of_malformed(messages: &Messages, count: u64, first: &[Malformed]) {
    let places: Vec<String> = first
        .iter()
        .map(|place| {
            let Malformed { path, line, offset, reason } = place;
            format!("{}:{line} (byte {offset}): {}", Shown(path), reason.as_str())
        })
        .collect();
    let records = if count == 1 { "malformed record" } else { "malformed records" };
    let more = if count > first.len() as u64 { "; …" } else { "" };
    messages.warning(format_args!("{count} {records}: {}{more}", places.join("; ")));
}

/// Says what an argument without a single record is instead; whether it has one.
fn explain_if_empty(argument: usize, path: &Path, sources: &[Source], scanned: &Scanned, messages: &Messages) -> bool {
    let held: Vec<_> = sources
        .iter()
        .zip(&scanned.sources)
        .filter(|(source, _)| source.argument() == argument)
        .map(|(_, held)| held)
        .collect();
    if held.iter().any(|held| held.account.records > 0) {
        return true;
    }
    let malformed: u64 = held.iter().map(|held| held.account.malformed).sum();
    let name = Shown(path);
    if malformed > 0 {
        messages.error(format_args!("{name}: holds no whole record, only {malformed} malformed"), None);
        return false;
    }
    let (what, hint) = match held.as_slice() {
        [only] => looks_like(&only.begin, only.format).unwrap_or_default(),
        _ => (String::new(), None),
    };
    let looks = if what.is_empty() { String::new() } else { format!("; it looks like {what}") };
    let of = if held.len() > 1 { format!(" in any of its {} files", held.len()) } else { String::new() };
    messages.error(format_args!("{name}: holds no record{of}{looks}"), hint.or(Some(RECORDS_LOOK_LIKE)));
    false
}

const RECORDS_LOOK_LIKE: &str = "records look like this: 2020-02-27T08:04:25.961298 0.006782 BASE-ID PARENT-ID TRACE-ID name-stop; is profiling on?";
