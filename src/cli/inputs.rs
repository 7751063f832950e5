//! The inputs of a command: resolves them to files, and reads them.

use std::io::{self, IsTerminal};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::Result;
use clap::{Arg, Args, ValueEnum};
use tracerank_record::{log_file, other_log_files};
use tracerank_summary::{Account, Wanted};

use super::lenient::LenientArgs;
use super::malformed::List;
use super::memory::usual_limit;
use super::messages::{Messages, hinted};
use super::progress::Progress;
use super::{Exit, Global, lenient, problems};
use crate::analyses::show::LookedUp;
use crate::engine::{Duplicates, Engine, Listing, Problem};
use crate::error::Error;
use crate::input::{self, Source, rotated};
use crate::render::display::Shown;
use crate::render::input::{FailedInput, InputAccount};
use crate::render::time::utc_text;
use crate::summary::{PairedCounts, Run, Scanned};

/// The inputs of a command that reads one log, of any number of files.
#[derive(Debug, Args)]
pub(super) struct InputArgs {
    /// Logs, compressed logs, saved summaries, directories, or - for standard input
    ///
    /// gzip, zstd, xz and bzip2 are recognised by content. A directory means the regular files in it, by name, with
    /// rotated ones oldest first. Hidden files and subdirectories are left out, and a file with several links counts
    /// once.
    ///
    /// Without an input, standard input is read. Saved summaries have no single spans in them: columns of trees, and
    /// filters by time, duration or base id, need the logs.
    #[arg(value_name = "INPUT")]
    inputs: Vec<PathBuf>,

    /// Also read the log that Mistral writes with the configuration FILE (mistral.conf), and the rotated logs beside it
    ///
    /// Follows `log_config_append` in FILE to Python's logging configuration, and there the logger named by
    /// `profiler_log_name` to its log. Without `log_config_append`, the log is that of `log_dir` and `log_file`.
    /// Rotated logs come first, oldest first.
    #[arg(long, value_name = "FILE")]
    mistral_conf: Option<PathBuf>,

    /// Say what is done about records that are there more than once
    ///
    /// A log that is given twice is an error, and so is a summary beside its log. Copies of records within other inputs
    /// are found by the ids in them, and are counted after a warning. drop counts each record once, where records have
    /// ids; it takes about 40 bytes of memory a span. allow counts all of them without a word.
    #[arg(long, value_name = "WAY", value_enum, default_value_t)]
    duplicates: Ways,

    #[command(flatten)]
    lenient: LenientArgs,
}

/// The ways to treat records that are there more than once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub(super) enum Ways {
    /// Count all of them, and say so
    #[default]
    Warn,
    /// Count each record once
    Drop,
    /// Count all of them
    Allow,
}

impl Ways {
    /// Says it to the engine.
    fn of_engine(self) -> Duplicates {
        match self {
            Self::Warn => Duplicates::Warn,
            Self::Drop => Duplicates::Drop { limit: usual_limit() },
            Self::Allow => Duplicates::Allow,
        }
    }
}

/// Describes `--allow-empty` of a command that looks for something, which is in no empty input.
pub(super) fn no_empty_answer(option: Arg) -> Arg {
    option.hide(true)
}

/// Describes the inputs of a command for which summaries have too little in them.
pub(super) fn logs_only(inputs: Arg) -> Arg {
    inputs.help("Logs, compressed logs, directories, or - for standard input").long_help(
        "Logs, compressed logs, directories, or - for standard input\n\n\
        gzip, zstd, xz and bzip2 are recognised by content. A directory means the regular files in it, by name, with \
        rotated ones oldest first. Hidden files and subdirectories are left out, and a file with several links counts \
        once.\n\n\
        Without an input, standard input is read. Saved summaries are not, since single spans are not in them.",
    )
}

impl InputArgs {
    /// Tells whether none are given.
    pub(super) fn are_missing(&self) -> bool {
        self.inputs.is_empty() && self.mistral_conf.is_none()
    }

    /// Resolves the inputs to files. Returns none if some can't be used; their errors are on standard error then.
    pub(super) fn resolve(&self, messages: &Messages) -> Result<Option<Inputs>> {
        let Some(conf) = &self.mistral_conf else {
            let arguments = inputs_or_stdin(&self.inputs)?;
            return Ok(Inputs::resolve_with(arguments, self.duplicates, Some(self.lenient), messages));
        };
        let log = log_file(conf)?;
        warn_of_other_logs(conf, &log, messages);
        let rotated = rotated(&log);
        // Just after a rotation, there may be no other.
        let current = Some(log.clone()).filter(|log| rotated.is_empty() || log.exists());
        let arguments = self.inputs.iter().cloned().chain(rotated).chain(current).collect();
        let inputs = Inputs::resolve_with(arguments, self.duplicates, Some(self.lenient), messages);
        Ok(inputs.map(|inputs| inputs.join(self.inputs.len(), log)))
    }
}

/// Warns of other logs that get the same records: read together, they would count twice.
fn warn_of_other_logs(conf: &Path, log: &Path, messages: &Messages) {
    for other in other_log_files(conf).unwrap_or_default() {
        messages.mendable_warning(
            format!("{}: its records are written to {}, too", Shown(log), Shown(&other)),
            "set propagate=0 in the logger's section of the logging configuration",
        );
    }
}

/// The inputs, or standard input if none are given and it is not a terminal.
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

/// Files that are read as one log.
pub(super) struct Inputs {
    arguments: Vec<PathBuf>,
    sources: Vec<Source>,
    duplicates: Ways,
    /// What is done about damaged and empty ones; none where nothing can be.
    lenient: Option<LenientArgs>,
    /// Those that can't be opened, where the others are read all the same.
    missing: Vec<FailedInput>,
    /// Takes all records that can't be read.
    listing: Option<Arc<Listing>>,
}

impl Inputs {
    /// Resolves arguments to files. Returns none if some can't be used; their errors are on standard error then.
    pub(super) fn resolve(arguments: Vec<PathBuf>, duplicates: Ways, messages: &Messages) -> Option<Self> {
        Self::resolve_with(arguments, duplicates, None, messages)
    }

    fn resolve_with(
        arguments: Vec<PathBuf>,
        duplicates: Ways,
        lenient: Option<LenientArgs>,
        messages: &Messages,
    ) -> Option<Self> {
        let LenientArgs { keep_going, allow_empty } = lenient.unwrap_or_default();
        let (sources, mut errors) = input::resolve_each(&arguments, duplicates == Ways::Allow);
        errors.retain(|error| !(allow_empty && matches!(error, Error::EmptyDirectory { .. })));
        errors.iter().for_each(|error| messages.library_error(error));
        // A log that is given twice is no damage.
        let is_usable = |error: &Error| keep_going && !sources.is_empty() && !matches!(error, Error::Duplicate { .. });
        if !errors.iter().all(is_usable) {
            return None;
        }
        let missing = errors.iter().map(|error| problems::failed_of(error, 0)).collect();
        Some(Self { arguments, sources, duplicates, lenient, missing, listing: None })
    }

    /// Makes one argument of all from one on, such as a log with its rotated ones.
    fn join(mut self, first: usize, argument: PathBuf) -> Self {
        let of_one = |source: Source| match source.argument() {
            argument if argument < first => source,
            _ => source.of_argument(first),
        };
        self.sources = self.sources.into_iter().map(of_one).collect();
        self.arguments.truncate(first);
        self.arguments.push(argument);
        self
    }

    /// Limits the only input to the lines that begin in a range of bytes.
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

    /// Writes all records that can't be read to a list, if there is one.
    pub(super) fn list_in(&mut self, list: Option<&List>) {
        self.listing = list.map(List::listing);
    }

    /// Makes the engine that treats repeated records, and those that can't be read, as it is asked to.
    pub(super) fn engine(&self, engine: &Engine) -> Engine {
        let engine = engine.clone().duplicates(self.duplicates.of_engine()).keep_going(self.keeps_going());
        match &self.listing {
            Some(listing) => engine.list_unreadable(Arc::clone(listing)),
            None => engine,
        }
    }

    pub(super) fn sources(&self) -> &[Source] {
        &self.sources
    }

    /// Reads all of them, and shows the progress.
    pub(super) fn scan(&self, engine: &Engine, wanted: Wanted, global: &Global) -> Result<Scanned> {
        let _progress = Progress::start(global.progress, &self.sources, engine.progress());
        Ok(self.engine(engine).scan(&self.sources, wanted)?)
    }

    /// Looks for an id in all of them, and shows the progress.
    pub(super) fn look_up(&self, engine: &Engine, id: &[u8], limit: usize, global: &Global) -> Result<LookedUp> {
        let _progress = Progress::start(global.progress, &self.sources, engine.progress());
        Ok(self.engine(engine).look_up(&self.sources, id, limit)?)
    }

    /// Finds the base ids that begin with an id, and shows the progress.
    pub(super) fn groups_of(&self, engine: &Engine, id: &[u8], global: &Global) -> Result<Vec<Box<[u8]>>> {
        let engine = engine.with_own_progress();
        let _progress = Progress::start(global.progress, &self.sources, engine.progress());
        Ok(engine.keep_going(self.keeps_going()).groups_of(&self.sources, id)?)
    }

    /// Tells whether all of them are files, which can be read more than once.
    pub(super) fn can_be_read_again(&self) -> bool {
        self.sources.iter().all(|source| source.len().is_some())
    }

    /// Tells whether those that can't be read whole are left out.
    pub(super) fn keeps_going(&self) -> bool {
        self.lenient.is_some_and(|lenient| lenient.keep_going)
    }

    /// Tells whether those without a record are as good as any.
    pub(super) fn may_be_empty(&self) -> bool {
        self.lenient.is_some_and(|lenient| lenient.allow_empty)
    }

    /// Lists those that are not in an answer as a whole, where it is one all the same.
    pub(super) fn failed(&self, problems: &[Problem<'_>]) -> Vec<FailedInput> {
        if !self.keeps_going() {
            return Vec::new();
        }
        let found = problems.iter().filter(|problem| !self.is_allowed(problem));
        let found = found.filter_map(|problem| problems::failed(problem, self.context()));
        self.missing.iter().cloned().chain(found).collect()
    }

    /// Prints which are not in an answer, and returns the exit code.
    pub(super) fn conclude(&self, failed: &[FailedInput], messages: &Messages) -> Exit {
        lenient::conclude(failed, self.sources.len() + self.missing.len(), messages)
    }

    /// The account of a scan, with those that are not in it as a whole.
    pub(super) fn account_of(&self, scanned: &Scanned) -> InputAccount {
        InputAccount { account: scanned.account, failed: self.failed(&scanned.problems(&self.sources)) }
    }

    fn context(&self) -> problems::Context<'_> {
        problems::Context { arguments: &self.arguments, lenient: self.lenient }
    }

    /// Tells whether a problem is none by `--allow-empty`.
    fn is_allowed(&self, problem: &Problem<'_>) -> bool {
        self.may_be_empty() && problems::is_emptiness(problem)
    }

    /// Prints the problems of a scan, and returns the exit code.
    pub(super) fn judge(&self, scanned: &Scanned, global: &Global, messages: &Messages) -> Exit {
        self.judge_problems(scanned.problems(&self.sources), global, messages)
    }

    /// Says whether a scan is an answer that can be shown.
    pub(super) fn is_answer(&self, scanned: &Scanned) -> bool {
        let is_no_log =
            |problem: &Problem<'_>| matches!(problem, Problem::OnlyMalformed { .. } | Problem::MostlyUnreadable { .. });
        let is_empty = || scanned.account.records == 0 && !scanned.problems(&self.sources).iter().any(is_no_log);
        scanned.is_answer(&self.sources) || self.may_be_empty() && is_empty()
    }

    /// Prints problems, and returns the exit code.
    pub(super) fn judge_problems(&self, mut problems: Vec<Problem<'_>>, global: &Global, messages: &Messages) -> Exit {
        problems.retain(|problem| !self.is_allowed(problem));
        problems::judge(&problems, self.context(), global, messages)
    }
}

/// The ways in which an id may stand in a log: as it is given, then in lower and in upper case.
pub(super) fn spellings(given: &[u8]) -> Vec<Vec<u8>> {
    let mut spellings = vec![given.to_vec(), given.to_ascii_lowercase(), given.to_ascii_uppercase()];
    spellings.sort_by_key(|spelling| spelling != given);
    spellings.dedup();
    spellings
}

/// Prints the counts of a scan and its speed; `account` has the filters in it.
/// The times of the records are exact if all were looked at.
pub(super) fn detail(messages: &Messages, scanned: &Scanned, account: Account, is_exact: bool, time: Duration) {
    let Account { files, bytes, lines, records, other, malformed, spans, filtered, .. } = account;
    let Account { repeated, record_lines, torn, .. } = account;
    let seconds = time.as_secs_f64();
    if record_lines == records && torn == 0 {
        messages.detail(format_args!("{lines} lines = {records} records + {other} other + {malformed} malformed"));
    } else {
        let with = "with records";
        messages.detail(format_args!("{lines} lines = {record_lines} {with} + {other} other + {malformed} malformed"));
        messages.detail(format_args!("{records} records in {record_lines} lines, and {torn} torn"));
    }
    let dropped = if repeated == 0 { String::new() } else { format!(", {repeated} counted before") };
    messages.detail(format_args!("{spans} spans, {filtered} filtered out{dropped}"));
    if let Some(paired) = &scanned.paired {
        tell_paired(messages, paired);
    }
    tell_times(messages, account, is_exact);
    let plural = if files == 1 { "" } else { "s" };
    let read = match scanned.sources.iter().filter(|held| held.is_saved).count() {
        0 => format!("{:.2} GB/s", bytes as f64 / seconds / 1e9),
        1 => "from a summary".to_owned(),
        summaries => format!("from {summaries} summaries"),
    };
    messages.detail(format_args!("{bytes} bytes in {files} file{plural}, {seconds:.3} s, {read}"));
    tell_formats(messages, scanned.sources.iter().filter_map(|source| source.log_format));
}

/// Prints how many durations are the time from a start to a stop.
fn tell_paired(messages: &Messages, paired: &PairedCounts) {
    let PairedCounts { spans, filtered, unfinished, lone, .. } = paired;
    let spans = spans + filtered;
    messages.detail(format_args!("{spans} spans have the time from their start to their stop as their duration"));
    if *unfinished > 0 {
        messages.detail(format_args!("{unfinished} spans have no stop (unfinished) and are not counted"));
    }
    if *lone > 0 {
        messages.detail(format_args!("{lone} spans have no start, so that their durations are not known"));
    }
}

/// Prints the earliest and the latest time of the records that were looked at.
fn tell_times(messages: &Messages, account: Account, is_exact: bool) {
    let Some([first, last]) = account.times_us else { return };
    let how = if is_exact { "" } else { ", by the first and the last record and one a MiB" };
    if let Some((first, last)) = utc_text(first).zip(utc_text(last)) {
        messages.detail(format_args!("{first} to {last}{how}"));
    }
}

/// Prints the log formats that sources were read as; if there are several, each with its number of sources.
pub(super) fn tell_formats(messages: &Messages, formats: impl Iterator<Item = &'static str>) {
    let mut counts: Vec<(&str, usize)> = Vec::new();
    for format in formats {
        match counts.iter_mut().find(|(known, _)| *known == format) {
            Some((_, count)) => *count += 1,
            None => counts.push((format, 1)),
        }
    }
    match counts.as_slice() {
        [] => {}
        [(only, _)] => messages.detail(format_args!("log format: {only}")),
        several => {
            let several: Vec<String> = several.iter().map(|(format, count)| format!("{format} ({count})")).collect();
            messages.detail(format_args!("log formats: {}", several.join(", ")));
        }
    }
}

/// Reads the runs of a comparison with the data that it needs, and shows the progress.
pub(super) fn read_runs(runs: &[&Inputs], global: &Global, messages: &Messages) -> Result<Vec<Scanned>> {
    let sources: Vec<&[Source]> = runs.iter().map(|run| run.sources()).collect();
    let watch = |sources: &[Source], done| Progress::start(global.progress, sources, done);
    let tell = |Run { scanned, time }| {
        detail(messages, &scanned, scanned.account, false, time);
        scanned
    };
    let read = global.engine().read_runs(&sources, watch);
    read.into_iter().map(|run| Ok(run.map(tell)?)).collect()
}
