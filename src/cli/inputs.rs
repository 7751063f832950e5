//! What a command reads: which files, whether anything is wrong with them, and what that means for how the program ends.

use std::io::{self, IsTerminal};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::Result;
use clap::Args;
use rayon::prelude::*;
use tracerank_record::log_file;
use tracerank_summary::{Account, Malformed, Wanted};
use tracing::Span;

use super::messages::{Messages, hinted};
use super::progress::Progress;
use super::{Exit, Global};
use crate::analyses::show::LookedUp;
use crate::engine::{Scan, Scanned};
use crate::input::{self, Source, looks_like};
use crate::render::display::{Shown, Terminal};

/// The inputs of a command that reads one log, of however many files.
#[derive(Debug, Args)]
pub(super) struct InputArgs {
    /// Logs, compressed logs, saved summaries, directories, or - for standard input
    ///
    /// gzip, zstd, xz and bzip2 are told by their content. A directory means the regular files in it, not hidden ones or those in its subdirectories, by name, rotated ones oldest first,
    /// each once, whatever links to it. Without an input, standard input is read.
    #[arg(value_name = "INPUT")]
    inputs: Vec<PathBuf>,

    /// Read the log that this configuration (mistral.conf) has Mistral write, too
    ///
    /// Follows `log_config_append` in FILE to Python's logging file, and there the logger that `profiler_log_name` names to its file.
    #[arg(long, value_name = "FILE")]
    mistral_conf: Option<PathBuf>,

    /// Count a file twice that is given twice
    ///
    /// Without this it is an error, since it is nearly always a mistake.
    #[arg(long)]
    allow_duplicates: bool,
}

impl InputArgs {
    /// The files that are meant; none if some can't be used, which standard error has been told.
    pub(super) fn resolve(&self, messages: &Messages) -> Result<Option<Inputs>> {
        let arguments = match &self.mistral_conf {
            None => inputs_or_stdin(&self.inputs)?,
            Some(conf) => self.inputs.iter().cloned().chain([log_file(conf)?]).collect(),
        };
        Ok(Inputs::resolve(arguments, self.allow_duplicates, messages))
    }
}

/// The inputs, standard input where none are given and there is something in it.
fn inputs_or_stdin(inputs: &[PathBuf]) -> Result<Vec<PathBuf>> {
    if !inputs.is_empty() {
        return Ok(inputs.to_vec());
    }
    if io::stdin().is_terminal() {
        return Err(hinted(
            "no input: standard input is a terminal",
            "give a log, or pipe one in: tracerank report FILE; see tracerank report --help",
        ));
    }
    Ok(vec!["-".into()])
}

/// Files that are taken for one log.
pub(super) struct Inputs {
    arguments: Vec<PathBuf>,
    sources: Vec<Source>,
    allow_duplicates: bool,
}

impl Inputs {
    /// The files that `arguments` mean; none if some can't be used, which standard error has been told.
    pub(super) fn resolve(arguments: Vec<PathBuf>, allow_duplicates: bool, messages: &Messages) -> Option<Self> {
        match input::resolve(&arguments, allow_duplicates) {
            Ok(sources) => Some(Self { arguments, sources, allow_duplicates }),
            Err(errors) => {
                errors.iter().for_each(|error| messages.library_error(error));
                None
            }
        }
    }

    /// The lines that begin in a range of bytes of the only one there is.
    pub(super) fn part(mut self, range: Range<u64>) -> Result<Self> {
        match self.sources.pop() {
            Some(only) if self.sources.is_empty() => self.sources.push(only.part(range)?),
            _ => {
                return Err(hinted(
                    "--range is for one log",
                    "summarize each with its own range, and give all summaries to report",
                ));
            }
        }
        Ok(self)
    }

    pub(super) fn allows_duplicates(&self) -> bool {
        self.allow_duplicates
    }

    pub(super) fn sources(&self) -> &[Source] {
        &self.sources
    }

    /// Reads all of them, and shows how far that is.
    pub(super) fn scan(&self, scan: &Scan, global: &Global) -> Result<Scanned> {
        let _progress = Progress::start(global.progress, &self.sources, scan.progress());
        Ok(scan.clone().allow_duplicates(self.allow_duplicates).run(&self.sources)?)
    }

    /// Looks for an id in all of them, and shows how far that is.
    pub(super) fn look_up(&self, scan: &Scan, id: &[u8], global: &Global) -> Result<LookedUp> {
        let _progress = Progress::start(global.progress, &self.sources, scan.progress());
        Ok(scan.look_up(&self.sources, id)?)
    }

    /// The verdict on the inputs: what is wrong with them, and how the program ends.
    pub(super) fn judge(&self, scanned: &Scanned, global: &Global, messages: &Messages) -> Exit {
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
        for (argument, path) in self.arguments.iter().enumerate() {
            if !self.explain_if_empty(argument, path, scanned, messages) {
                exit = Exit::Failed;
            }
        }
        exit
    }

    /// Says what an argument without a single record is instead; whether it has one.
    fn explain_if_empty(&self, argument: usize, path: &Path, scanned: &Scanned, messages: &Messages) -> bool {
        let of_sources = self.sources.iter().zip(&scanned.sources);
        let held: Vec<_> =
            of_sources.filter(|(source, _)| source.argument() == argument).map(|(_, held)| held).collect();
        // In a part of a log there need be no record, as long as there is one in the whole.
        let is_part = self.sources.iter().any(|source| source.range().is_some())
            || scanned.account.records > 0 && held.iter().all(|held| held.is_saved);
        if is_part || held.iter().any(|held| held.account.records > 0) {
            return true;
        }
        if held.iter().any(|held| held.is_saved) {
            messages.error(format_args!("{}: is a summary without a record", Shown(path)), None);
            return false;
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
}

const RECORDS_LOOK_LIKE: &str = "records look like this: 2020-02-27T08:04:25.961298 0.006782 BASE-ID PARENT-ID TRACE-ID name-stop; is profiling on?";

pub(super) fn warn_of_malformed(messages: &Messages, count: u64, first: &[Malformed]) {
    let places: Vec<String> = first
        .iter()
        .map(|place| {
            let Malformed { path, line, offset, reason } = place;
            let line = line.map_or_else(String::new, |line| format!(":{line}"));
            format!("{}{line} (byte {offset}): {}", Shown(path), Terminal(reason.as_bytes()))
        })
        .collect();
    let records = if count == 1 { "malformed record" } else { "malformed records" };
    let (begin, more) =
        (if places.is_empty() { "" } else { ": " }, if count > first.len() as u64 { "; …" } else { "" });
    messages.warning(format_args!("{count} {records}{begin}{}{more}", places.join("; ")));
}

/// What was read, and how fast; `account` has the filters in it.
pub(super) fn detail(messages: &Messages, scanned: &Scanned, account: Account, time: Duration) {
    let Account { files, bytes, lines, records, other, malformed, spans, filtered } = account;
    let seconds = time.as_secs_f64();
    messages.detail(format_args!("{lines} lines = {records} records + {other} other + {malformed} malformed"));
    messages.detail(format_args!("{spans} spans, {filtered} filtered out"));
    let plural = if files == 1 { "" } else { "s" };
    let read = match scanned.sources.iter().filter(|held| held.is_saved).count() {
        0 => format!("{:.2} GB/s", bytes as f64 / seconds / 1e9),
        1 => "from a summary".to_owned(),
        summaries => format!("from {summaries} summaries"),
    };
    messages.detail(format_args!("{bytes} bytes in {files} file{plural}, {seconds:.3} s, {read}"));
}

/// Together no more than this, runs are read at the same time, for which there is no progress to be shown.
const SMALL: u64 = 32 << 20;

/// Reads the runs of a comparison, with what that needs of them.
pub(super) fn read_runs(runs: &[&Inputs], global: &Global, messages: &Messages) -> Result<Vec<Scanned>> {
    let lens = runs.iter().flat_map(|run| &run.sources).map(Source::len);
    let is_small = lens.sum::<Option<u64>>().is_some_and(|len| len <= SMALL);
    let here = Span::current();
    let read = |run: &&Inputs| {
        let begin = Instant::now();
        let scanned = here.in_scope(|| run.scan(&global.scan(Wanted::SHARDED), global));
        scanned.map(|scanned| (scanned, begin.elapsed()))
    };
    let read: Vec<Result<_>> =
        if is_small { runs.par_iter().map(read).collect() } else { runs.iter().map(read).collect() };
    let tell = |(scanned, time): (Scanned, Duration)| {
        detail(messages, &scanned, scanned.account, time);
        scanned
    };
    read.into_iter().map(|scanned| scanned.map(tell)).collect()
}
