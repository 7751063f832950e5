//! The verdict on what was read: what is wrong with it, and how bad that is.

use std::path::{Path, PathBuf};

use tracerank_summary::{Account, Malformed, Repeated};

use super::SourceContent;
use super::outcome::SourceOutcome;
use crate::error::Error;
use crate::formats;
use crate::input::{LooksLike, Sample, Source, looks_like};
use crate::remedy::{Parted, Remedy};

/// Something that is wrong with what was read. An argument is counted as by [`Source::argument`].
#[derive(Debug)]
#[non_exhaustive]
pub enum Problem<'a> {
    /// Records could not be read.
    MalformedRecords {
        /// The number of malformed ones, each a line of its own.
        count: u64,
        /// The number of torn ones, in lines with a whole record.
        torn: u64,
        /// The first of both.
        first: &'a [Malformed],
    },
    /// Records are there more than once, and are counted so.
    Repeated {
        /// Their estimated number and share.
        repeated: &'a Repeated,
        /// The paths of two inputs that have the same records, or one path twice, most of them first.
        inputs: Vec<[PathBuf; 2]>,
        /// Records can be told apart, so that each can be counted once.
        can_drop: bool,
    },
    /// An input without ids in its records is a copy of an earlier one.
    Copy {
        /// The copy.
        path: PathBuf,
        /// The earlier one.
        first: PathBuf,
    },
    /// Sources are not in the order of time. Their records were taken in the order of their timestamps.
    NotInOrder {
        /// Their number.
        sources: usize,
        /// The path of the first of them.
        first: &'a Path,
        /// The number of its records that are earlier than the one before them.
        steps_back: u64,
        /// The number of its records.
        records: u64,
    },
    /// The stops of spans stand before their starts, so that these are not paired.
    Unpaired {
        /// Their number.
        count: u64,
        /// The number of all spans that have stopped.
        spans: u64,
    },
    /// Spans lack their start or their stop, more of them than in genuine logs.
    Incomplete {
        /// The number of those without a stop; zero if they are few.
        unfinished: u64,
        /// The number of those without a start; zero if they are few, or if there is no start at all.
        cut_off: u64,
        /// The number of all spans.
        spans: u64,
    },
    /// Spans began before their parents, so many that the clocks of hosts differ.
    Early {
        /// Their number.
        count: u64,
        /// The number of all spans that have stopped.
        spans: u64,
    },
    /// A source could not be read to its end.
    Cut {
        /// The reason.
        error: &'a Error,
        /// The number of its lines that count all the same.
        lines: u64,
    },
    /// There is no record in the files of an argument.
    NoRecord {
        /// The argument.
        argument: usize,
        /// The number of its files.
        files: usize,
        /// The kind of content that the only file has instead.
        looks_like: Option<LooksLike>,
        /// The log format that they were read as, if all were read as one.
        log_format: Option<&'static str>,
        /// The first line of the first file, where that departs from a pattern that was asked for.
        parting: Option<Parted>,
        /// Another log format, which the beginning of the first file is of.
        begins_as: Option<&'static str>,
    },
    /// There are only malformed records in the files of an argument.
    OnlyMalformed {
        /// The argument.
        argument: usize,
        /// Their number.
        count: u64,
        /// The first line of the first file, where that departs from a pattern that was asked for.
        parting: Option<Parted>,
        /// The beginning of the first line of its first file.
        begin: Option<Vec<u8>>,
    },
    /// Of all that starts like a record in the files of an argument, more can't be read than can.
    MostlyUnreadable {
        /// The argument.
        argument: usize,
        /// The number of malformed and torn records.
        unreadable: u64,
        /// The number of records.
        records: u64,
        /// The beginning of the first line of its first file.
        begin: Option<Vec<u8>>,
    },
    /// An argument is a saved summary of logs without a record.
    SummaryWithoutRecord {
        /// The argument.
        argument: usize,
    },
}

/// The severity of a problem.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// The answer leaves something out, which `--strict` takes for a no.
    Warning,
    /// The answer is not that of the inputs that were given.
    Failure,
}

impl Problem<'_> {
    /// Names the inputs of repeated records.
    pub(crate) fn repeated<'a>(repeated: &'a Repeated, sources: &[Source], can_drop: bool) -> Problem<'a> {
        let inputs = repeated.inputs.iter().map(|pair| pair.map(|input| path_of(sources, input))).collect();
        Problem::Repeated { repeated, inputs, can_drop }
    }

    /// Gives its severity.
    pub fn severity(&self) -> Severity {
        match self {
            Self::MalformedRecords { .. }
            | Self::Repeated { .. }
            | Self::Copy { .. }
            | Self::NotInOrder { .. }
            | Self::Unpaired { .. }
            | Self::Incomplete { .. }
            | Self::Early { .. } => Severity::Warning,
            _ => Severity::Failure,
        }
    }

    /// Gives the remedy, where one is known.
    pub fn remedy(&self) -> Option<Remedy> {
        match self {
            Self::Cut { error, .. } => error.remedy(),
            Self::NoRecord { parting: Some(parted), .. } | Self::OnlyMalformed { parting: Some(parted), .. } => {
                Some(Remedy::MendThePattern(parted.clone()))
            }
            Self::NoRecord { looks_like, log_format, begins_as, .. } => {
                let is_default = log_format.is_none_or(is_first);
                let of_default = || begins_as.map_or(Remedy::LogWithRecords, Remedy::OtherFormat);
                let usual = if is_default { of_default() } else { Remedy::FindTheFormat };
                Some(looks_like.and_then(LooksLike::remedy).unwrap_or(usual))
            }
            Self::Copy { .. } => Some(Remedy::AllowDuplicates),
            Self::Repeated { can_drop, .. } => Some(Remedy::CountOnce { can_drop: *can_drop }),
            Self::OnlyMalformed { begin, .. } | Self::MostlyUnreadable { begin, .. } => {
                begin.is_some().then_some(Remedy::PlainRecords)
            }
            Self::MalformedRecords { .. }
            | Self::NotInOrder { .. }
            | Self::Unpaired { .. }
            | Self::Incomplete { .. }
            | Self::Early { .. }
            | Self::SummaryWithoutRecord { .. } => None,
        }
    }
}

/// Gives the beginning of the first line that is not blank: enough to see what it is.
fn first_line(begin: &[u8]) -> Option<Vec<u8>> {
    const SHOWN: usize = 120;
    let line = begin.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii_end).find(|line| !line.is_empty())?;
    Some(line[..line.len().min(SHOWN)].to_vec())
}

/// Says whether a number of odd spans is more than genuine logs have: one in twenty or more.
pub(crate) fn is_too_many(count: u64, of: u64) -> bool {
    count > 0 && count.saturating_mul(20) >= of
}

impl Severity {
    /// Gives the severity of the worst problem; none if there is no problem.
    pub fn worst(problems: &[Problem<'_>]) -> Option<Self> {
        problems.iter().map(Problem::severity).max()
    }
}

/// The records that could not be read.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Unreadable<'a> {
    pub(crate) malformed: u64,
    pub(crate) torn: u64,
    /// The first of them.
    pub(crate) first: &'a [Malformed],
}

/// Lists the problems that any reading can have: records that can't be read, and sources that ended early.
pub(crate) fn problems_of_reading<'a>(
    unreadable: Unreadable<'a>,
    cut: impl Iterator<Item = (&'a Error, u64)>,
) -> Vec<Problem<'a>> {
    let Unreadable { malformed: count, torn, first } = unreadable;
    let malformed = (count > 0 || torn > 0).then_some(Problem::MalformedRecords { count, torn, first });
    malformed.into_iter().chain(cut.map(|(error, lines)| Problem::Cut { error, lines })).collect()
}

/// The result of a reading.
pub(crate) struct Reading<'a> {
    /// The account of all lines.
    pub(crate) account: &'a Account,
    /// The first malformed records.
    pub(crate) malformed: &'a [Malformed],
    /// The contents of each source.
    pub(crate) contents: &'a [SourceContent],
    /// The records that are there more than once.
    pub(crate) repeated: Option<&'a Repeated>,
    /// Inputs with the content of an earlier one, after that one.
    pub(crate) copies: &'a [(usize, usize)],
}

/// Lists all problems of `sources`: malformed records, sources that ended early, repeated records, and arguments without
/// a record, or with too few that can be read.
pub(crate) fn problems_of<'a>(sources: &[Source], reading: &Reading<'a>) -> Vec<Problem<'a>> {
    let cut = reading.contents.iter().filter_map(|content| Some((content.cut.as_ref()?, content.account.lines)));
    let Account { malformed, torn, .. } = *reading.account;
    let mut problems = problems_of_reading(Unreadable { malformed, torn, first: reading.malformed }, cut);
    let path = |input| path_of(sources, input);
    let copies = reading.copies.iter();
    problems.extend(copies.map(|(first, copy)| Problem::Copy { path: path(*copy), first: path(*first) }));
    let can_drop = reading.contents.iter().all(|content| !content.is_saved);
    problems.extend(reading.repeated.map(|repeated| Problem::repeated(repeated, sources, can_drop)));
    // In a part of a log there need be no record.
    if sources.iter().all(|source| source.range().is_none()) {
        let arguments = sources.iter().map(Source::argument).zip(reading.contents);
        // Of those that could not be read, nothing is known.
        let mut by_argument: Vec<_> = arguments.filter(|(_, content)| !content.is_left_out()).collect();
        by_argument.sort_by_key(|(argument, _)| *argument);
        let of_arguments = by_argument.chunk_by(|(one, _), (other, _)| one == other);
        problems.extend(of_arguments.filter_map(|files| lack_of_records(reading.account, files)));
    }
    problems
}

fn path_of(sources: &[Source], input: usize) -> PathBuf {
    sources.get(input).map_or_else(PathBuf::new, |source| source.path().to_owned())
}

/// Finds the problem of an argument whose files hold no record, or mostly such as can't be read.
fn lack_of_records<'a>(all: &Account, files: &[(usize, &SourceContent)]) -> Option<Problem<'a>> {
    let (argument, first) = *files.first()?;
    let contents = || files.iter().map(|(_, content)| *content);
    // A summary can be of a part of a log, in which there need be no record as long as there is one in the whole.
    let is_part = all.records > 0 && contents().all(|content| content.is_saved);
    if is_part || contents().any(|content| content.account.records > 0) {
        return mostly_unreadable(all, files);
    }
    if contents().any(|content| content.is_saved) {
        return Some(Problem::SummaryWithoutRecord { argument });
    }
    let count = contents().map(|content| content.account.malformed).sum();
    if count > 0 {
        let (parting, begin) = (first.parting.clone(), begin_of(files));
        return Some(Problem::OnlyMalformed { argument, count, parting, begin });
    }
    let looks_like = if files.len() == 1 { looks_like(&first.begin, first.compression) } else { None };
    let is_same = contents().all(|content| content.log_format == first.log_format);
    let log_format = first.log_format.filter(|_| is_same);
    let begins_as = begins_as(&first.begin).filter(|format| log_format.is_some_and(|read_as| read_as != *format));
    let parting = first.parting.clone();
    Some(Problem::NoRecord { argument, files: files.len(), looks_like, log_format, parting, begins_as })
}

/// Finds the problem of an argument of whose records more can't be read than can.
fn mostly_unreadable<'a>(all: &Account, files: &[(usize, &SourceContent)]) -> Option<Problem<'a>> {
    let (argument, _) = *files.first()?;
    // Summaries can be of parts of a log, of which one can have all that is damaged.
    let account = if files.iter().all(|(_, content)| content.is_saved) {
        *all
    } else {
        files.iter().fold(Account::default(), |mut sum, (_, content)| {
            sum += content.account;
            sum
        })
    };
    let (unreadable, records) = (account.unreadable(), account.records);
    (unreadable > records).then(|| Problem::MostlyUnreadable { argument, unreadable, records, begin: begin_of(files) })
}

/// Finds the sources of whose records more can't be read than can, where that is so of all files of their argument.
pub(crate) fn mostly_unreadable_sources(sources: &[Source], outcomes: &[SourceOutcome]) -> Vec<(usize, Error)> {
    let account = |outcome: &SourceOutcome| match &outcome.saved {
        Some(saved) => saved.account,
        None => outcome.ledger.account(),
    };
    let add = |mut sum: Account, account: Account| {
        sum += account;
        sum
    };
    let all = outcomes.iter().map(account).fold(Account::default(), add);
    let mut by_argument: Vec<_> = sources.iter().zip(outcomes).enumerate().collect();
    by_argument.sort_by_key(|(_, (source, _))| source.argument());
    let of_arguments = by_argument.chunk_by(|(_, (one, _)), (_, (other, _))| one.argument() == other.argument());
    let is_unreadable = |account: &Account| account.records > 0 && account.unreadable() > account.records;
    let mut found = Vec::new();
    for files in of_arguments {
        // Summaries can be of parts of a log.
        let are_saved = files.iter().all(|(_, (_, outcome))| outcome.saved.is_some());
        let of_files = files.iter().map(|(_, (_, outcome))| account(outcome)).fold(Account::default(), add);
        if !is_unreadable(if are_saved { &all } else { &of_files }) {
            continue;
        }
        for (nth, (source, outcome)) in files {
            let account = account(outcome);
            if account.unreadable() > account.records {
                let (unreadable, records) = (account.unreadable(), account.records);
                let begin = if outcome.saved.is_some() { None } else { first_line(&outcome.begin) };
                let (path, remedy) = (source.path().to_owned(), begin.map(|_| Remedy::PlainRecords));
                found.push((*nth, Error::MostlyUnreadable { path, unreadable, records, remedy }));
            }
        }
    }
    found
}

/// Gives the look of the first file in which something can't be read.
fn begin_of(files: &[(usize, &SourceContent)]) -> Option<Vec<u8>> {
    let (_, content) = files.iter().find(|(_, content)| content.account.unreadable() > 0)?;
    if content.is_saved { None } else { first_line(&content.begin) }
}

/// Finds the log format that the whole lines at the beginning of a log are of; none if they are of none for sure.
fn begins_as(begin: &[u8]) -> Option<&'static str> {
    let end = memchr::memrchr(b'\n', begin).map_or(begin.len(), |last| last + 1);
    let sample = Sample::of_beginning(&begin[..end]);
    let found = formats::detect(&sample).ok()?;
    found.claims(&sample).then(|| found.name())
}

/// Says whether a log format is the one that logs are read as which none claims.
fn is_first(name: &str) -> bool {
    formats::known().first().is_some_and(|first| first.name() == name)
}
