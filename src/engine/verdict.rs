//! The verdict on what was read: what is wrong with it, and how bad that is.

use std::path::PathBuf;

use tracerank_summary::{Account, Malformed, Repeated};

use super::SourceContent;
use crate::error::Error;
use crate::formats;
use crate::input::{LooksLike, Sample, Source, looks_like};
use crate::remedy::Remedy;

/// Something that is wrong with what was read. An argument is counted as by [`Source::argument`].
#[derive(Debug)]
#[non_exhaustive]
pub enum Problem<'a> {
    /// Records could not be read.
    MalformedRecords {
        /// Their number.
        count: u64,
        /// The first of them.
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
    /// A source could not be read to its end.
    Cut(&'a Error),
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
        /// Another log format, which the beginning of the first file is of.
        begins_as: Option<&'static str>,
    },
    /// There are only malformed records in the files of an argument.
    OnlyMalformed {
        /// The argument.
        argument: usize,
        /// Their number.
        count: u64,
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
    /// Gives its severity.
    pub fn severity(&self) -> Severity {
        match self {
            Self::MalformedRecords { .. } | Self::Repeated { .. } | Self::Copy { .. } => Severity::Warning,
            _ => Severity::Failure,
        }
    }

    /// Gives the remedy, where one is known.
    pub fn remedy(&self) -> Option<Remedy> {
        match self {
            Self::Cut(error) => error.remedy(),
            Self::NoRecord { looks_like, log_format, begins_as, .. } => {
                let is_default = log_format.is_none_or(is_first);
                let of_default = || begins_as.map_or(Remedy::LogWithRecords, Remedy::OtherFormat);
                let usual = if is_default { of_default() } else { Remedy::FindTheFormat };
                Some(looks_like.and_then(LooksLike::remedy).unwrap_or(usual))
            }
            Self::Copy { .. } => Some(Remedy::AllowDuplicates),
            Self::Repeated { can_drop, .. } => Some(Remedy::CountOnce { can_drop: *can_drop }),
            Self::MalformedRecords { .. } | Self::OnlyMalformed { .. } | Self::SummaryWithoutRecord { .. } => None,
        }
    }
}

impl Severity {
    /// Gives the severity of the worst problem; none if there is no problem.
    pub fn worst(problems: &[Problem<'_>]) -> Option<Self> {
        problems.iter().map(Problem::severity).max()
    }
}

/// Lists the problems that any reading can have: malformed records, and sources that ended early.
pub(crate) fn problems_of_reading<'a>(
    count: u64,
    first: &'a [Malformed],
    cut: impl Iterator<Item = &'a Error>,
) -> Vec<Problem<'a>> {
    let malformed = (count > 0).then_some(Problem::MalformedRecords { count, first });
    malformed.into_iter().chain(cut.map(Problem::Cut)).collect()
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
/// a record.
pub(crate) fn problems_of<'a>(sources: &[Source], reading: &Reading<'a>) -> Vec<Problem<'a>> {
    let cut = reading.contents.iter().filter_map(|content| content.cut.as_ref());
    let mut problems = problems_of_reading(reading.account.malformed, reading.malformed, cut);
    let path = |input: usize| sources.get(input).map_or_else(PathBuf::new, |source| source.path().to_owned());
    let copies = reading.copies.iter();
    problems.extend(copies.map(|(first, copy)| Problem::Copy { path: path(*copy), first: path(*first) }));
    problems.extend(reading.repeated.map(|repeated| {
        let inputs = repeated.inputs.iter().map(|pair| pair.map(path)).collect();
        Problem::Repeated { repeated, inputs, can_drop: reading.contents.iter().all(|content| !content.is_saved) }
    }));
    // In a part of a log there need be no record.
    if sources.iter().all(|source| source.range().is_none()) {
        let mut by_argument: Vec<_> = sources.iter().map(Source::argument).zip(reading.contents).collect();
        by_argument.sort_by_key(|(argument, _)| *argument);
        let of_arguments = by_argument.chunk_by(|(one, _), (other, _)| one == other);
        problems.extend(of_arguments.filter_map(|files| lack_of_records(reading.account, files)));
    }
    problems
}

/// Finds the problem of an argument whose files hold no record.
fn lack_of_records<'a>(all: &Account, files: &[(usize, &SourceContent)]) -> Option<Problem<'a>> {
    let (argument, first) = *files.first()?;
    let contents = || files.iter().map(|(_, content)| *content);
    // A summary can be of a part of a log, in which there need be no record as long as there is one in the whole.
    let is_part = all.records > 0 && contents().all(|content| content.is_saved);
    if is_part || contents().any(|content| content.account.records > 0) {
        return None;
    }
    if contents().any(|content| content.is_saved) {
        return Some(Problem::SummaryWithoutRecord { argument });
    }
    let count = contents().map(|content| content.account.malformed).sum();
    if count > 0 {
        return Some(Problem::OnlyMalformed { argument, count });
    }
    let looks_like = if files.len() == 1 { looks_like(&first.begin, first.compression) } else { None };
    let is_same = contents().all(|content| content.log_format == first.log_format);
    let log_format = first.log_format.filter(|_| is_same);
    let begins_as = begins_as(&first.begin).filter(|format| log_format.is_some_and(|read_as| read_as != *format));
    Some(Problem::NoRecord { argument, files: files.len(), looks_like, log_format, begins_as })
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
