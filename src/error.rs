//! The errors of reading a log, each with its place and its remedy.

use std::io;
use std::ops::Range;
use std::path::{Path, PathBuf};

use tracerank_summary::saved::Unreadable;

use crate::remedy::Remedy;
use crate::render::display::{Plain, Shown, Terminal};

/// An error that ends the work. Its text reads `PATH: what is wrong`; [`remedy`](Self::remedy) says what would mend it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// An input is missing or can't be opened.
    #[error("{}: can't be opened: {}", Shown(path), Plain(source))]
    Open {
        /// The input.
        path: PathBuf,
        /// The reason.
        source: io::Error,
    },
    /// An input can't be read on.
    #[error("{}: can't be read at byte {offset}: {}", Shown(path), Plain(source))]
    Read {
        /// The input.
        path: PathBuf,
        /// Bytes of its content that were read before, after decompression.
        offset: u64,
        /// The reason.
        source: io::Error,
    },
    /// A compressed input is damaged or breaks off.
    #[error(
        "{}: the {format} data is damaged or breaks off after byte {offset} of what it holds: {}",
        Shown(path),
        Plain(source)
    )]
    Damaged {
        /// The input.
        path: PathBuf,
        /// Its compression.
        format: &'static str,
        /// Bytes that could be decompressed.
        offset: u64,
        /// The decompressor's own error.
        source: io::Error,
        /// It asks for a longer window than is allowed, and may be whole.
        long_window: bool,
    },
    /// A file lost its end, or was written anew, while it was read.
    #[error("{}: was truncated or rewritten at byte {offset} while it was read", Shown(path))]
    Truncated {
        /// The file.
        path: PathBuf,
        /// The offset where it ends now, or where the first page was found missing; zero if unknown.
        offset: u64,
        /// It was mapped: then nothing of it was of use.
        mapped: bool,
    },
    /// Another file, or other content, took the place of a file before it was opened, or opened again.
    #[error("{}: was replaced or rewritten while the logs were read", Shown(path))]
    Replaced {
        /// The file.
        path: PathBuf,
    },
    /// One file is given twice.
    #[error("{}: is the same file as {}, which would be counted twice", Shown(path), Shown(first))]
    Duplicate {
        /// The second mention.
        path: PathBuf,
        /// The first one.
        first: PathBuf,
    },
    /// A directory has no regular file in it.
    #[error("{}: there is no file in this directory (subdirectories are not read)", Shown(path))]
    EmptyDirectory {
        /// The directory.
        path: PathBuf,
    },
    /// A saved summary is damaged, or the file is no summary.
    #[error("{}: {}", Shown(path), Plain(source))]
    Summary {
        /// The file.
        path: PathBuf,
        /// The reason.
        source: Unreadable,
    },
    /// A saved summary can't tell spans by time or trace group, nor a span's parent.
    #[error("{}: is a summary, in which spans are not told by time, base id or parent", Shown(path))]
    SummaryFiltered {
        /// The file.
        path: PathBuf,
        /// The logs that it was made of.
        of: Vec<PathBuf>,
    },
    /// A saved summary has only the first of the records that could not be read.
    #[error("{}: is a summary, in which only the first malformed records are", Shown(path))]
    SummaryListed {
        /// The file.
        path: PathBuf,
        /// The logs that it was made of.
        of: Vec<PathBuf>,
    },
    /// Two inputs have a part of a log in common.
    #[error(
        "{}: bytes {} to {} of {} are in {}, too, and would be counted twice",
        Shown(path),
        range.start,
        range.end,
        Shown(of),
        Shown(first)
    )]
    CoveredTwice {
        /// The second input.
        path: PathBuf,
        /// The first one.
        first: PathBuf,
        /// The log.
        of: PathBuf,
        /// The bytes that both have of it.
        range: Range<u64>,
    },
    /// Two summaries were made under different filters.
    #[error(
        "{}: was made with {}, and {} with {}",
        Shown(path),
        filters_text(filters),
        Shown(first),
        filters_text(of_first)
    )]
    FiltersDiffer {
        /// The second input.
        path: PathBuf,
        /// Its filters.
        filters: String,
        /// The first input.
        first: PathBuf,
        /// Its filters.
        of_first: String,
    },
    /// Repeated records are to be dropped where that can't be done.
    #[error("{}: {reason}, so its repeated records can't be dropped", Shown(path))]
    NotDroppable {
        /// The input.
        path: PathBuf,
        /// The reason.
        reason: &'static str,
    },
    /// The inputs have more bytes, lines or spans together than any logs have: a summary is forged, or damaged.
    #[error("{}: with it, the inputs add up to more than any logs have", Shown(path))]
    TooMuch {
        /// The input with which they do.
        path: PathBuf,
    },
    /// Of all that starts like a record in a file, more can't be read than can.
    #[error("{}: {unreadable} of {} records can't be read, too many for an answer", Shown(path), unreadable + records)]
    MostlyUnreadable {
        /// The file.
        path: PathBuf,
        /// The number of malformed and torn records.
        unreadable: u64,
        /// The number of records.
        records: u64,
        /// A way to have them read.
        remedy: Option<Remedy>,
    },
    /// A range of bytes is asked for of something that has none.
    #[error("{}: has no ranges of bytes; only a file has that is neither compressed nor a summary", Shown(path))]
    NoRanges {
        /// The input.
        path: PathBuf,
    },
    /// There is no such range of bytes.
    #[error("{}: it has {len} bytes, and no range that begins at {}", Shown(path), range.start)]
    NoSuchRange {
        /// The file.
        path: PathBuf,
        /// The range that was asked for.
        range: Range<u64>,
        /// The length of the file.
        len: u64,
    },
    /// A file of budgets is malformed.
    #[error("{}:{line}:{column}: {}", Shown(path), Terminal(reason.as_bytes()))]
    Budget {
        /// The file.
        path: PathBuf,
        /// Its line, counted from one.
        line: u64,
        /// The character in the line, counted from one.
        column: u64,
        /// The reason.
        reason: String,
        /// `budget` stands there as something other than a list of tables.
        is_single: bool,
    },
    /// The spans of one trace group take more memory than they may.
    #[error("one trace group does not fit into the {} memory limit", size(*limit))]
    MemoryLimit {
        /// The limit, in bytes.
        limit: usize,
    },
    /// The program would take more memory than it may.
    #[error("{} of memory are too little to read a log with: {} are enough", size(*limit), size(*least))]
    LeastMemory {
        /// The limit, in bytes.
        limit: usize,
        /// The least memory that it needs, in bytes.
        least: usize,
    },
    /// The rows of a list take more memory than they may.
    #[error("a list of {rows} rows and more does not fit into the {} memory limit", size(*limit))]
    ListLimit {
        /// The number of rows that were found until then.
        rows: usize,
        /// The limit, in bytes.
        limit: usize,
    },
    /// The log has more names, or paths of them, than the memory limit has room for.
    #[error("the names and paths of the call tree do not fit into the {} memory limit", size(*limit))]
    PathsLimit {
        /// The limit of all memory, in bytes.
        limit: usize,
    },
    /// Standard input, or a pipe, would have to be read again.
    #[error(
        "{}: can't be read again, and the spans do not fit into the {} memory limit",
        Shown(path),
        size(*limit)
    )]
    OnlyOnce {
        /// The input.
        path: PathBuf,
        /// The limit, in bytes.
        limit: usize,
    },
    /// An input is not in the order of time, which takes memory to sort, or another reading.
    #[error(
        "{}: its records are not in the order of time; they can't be sorted within the {} memory limit, and {} can't be read again",
        Shown(path), size(*limit), Shown(once)
    )]
    UnorderedOnce {
        /// The input that is not in order.
        path: PathBuf,
        /// The input that can't be read again.
        once: PathBuf,
        /// The limit, in bytes.
        limit: usize,
    },
    /// A part of a log is asked for, in which spans would start that stop in another one.
    #[error(
        "{}: records of the log format {format} tell no durations, so that a part of the log has none, either",
        Shown(path)
    )]
    PartOfPairs {
        /// The input.
        path: PathBuf,
        /// Its log format.
        format: &'static str,
    },
    /// The trace group of a span is known only once all is read, and the input can't be read again.
    #[error("{}: can't be read again for the trace group that the id is of", Shown(path))]
    SearchedOnce {
        /// The input.
        path: PathBuf,
        /// The group.
        base_id: Box<[u8]>,
    },
    /// Several log formats claim an input.
    #[error("{}: could be of several log formats: {}", Shown(path), formats.join(", "))]
    AmbiguousFormat {
        /// The input.
        path: PathBuf,
        /// The names of the formats.
        formats: Vec<&'static str>,
    },
    /// The durations of an input are numbers of which nothing tells the unit.
    #[error("{}: its durations are numbers without a unit, and nothing tells which it is", Shown(path))]
    NoUnit {
        /// The input.
        path: PathBuf,
        /// Patterns that read it, each with another unit.
        patterns: Vec<String>,
    },
    /// Another thread has stopped the work.
    #[error("stopped before all was read")]
    Stopped,
    /// The threads could not be started.
    #[error("{threads} threads can't be started: {}", Plain(reason))]
    Threads {
        /// The number of threads that was asked for.
        threads: usize,
        /// The reason.
        reason: String,
    },
}

impl Error {
    /// Makes the error of an input whose log format is not known.
    pub(crate) fn undetected(path: &Path, why: Undetected) -> Self {
        let path = path.to_owned();
        match why {
            Undetected::Ambiguous(formats) => Self::AmbiguousFormat { path, formats },
            Undetected::NoUnit(NoUnit { patterns }) => Self::NoUnit { path, patterns },
        }
    }

    /// Gives the path of the input that it is an error of, where it is one of a single input.
    pub fn path(&self) -> Option<&Path> {
        match self {
            Self::Open { path, .. }
            | Self::Read { path, .. }
            | Self::Damaged { path, .. }
            | Self::Truncated { path, .. }
            | Self::Replaced { path }
            | Self::Duplicate { path, .. }
            | Self::EmptyDirectory { path }
            | Self::Summary { path, .. }
            | Self::SummaryFiltered { path, .. }
            | Self::SummaryListed { path, .. }
            | Self::CoveredTwice { path, .. }
            | Self::FiltersDiffer { path, .. }
            | Self::NotDroppable { path, .. }
            | Self::TooMuch { path }
            | Self::MostlyUnreadable { path, .. }
            | Self::NoRanges { path }
            | Self::NoSuchRange { path, .. }
            | Self::Budget { path, .. }
            | Self::OnlyOnce { path, .. }
            | Self::UnorderedOnce { path, .. }
            | Self::PartOfPairs { path, .. }
            | Self::SearchedOnce { path, .. }
            | Self::AmbiguousFormat { path, .. }
            | Self::NoUnit { path, .. } => Some(path),
            Self::MemoryLimit { .. }
            | Self::LeastMemory { .. }
            | Self::ListLimit { .. }
            | Self::PathsLimit { .. }
            | Self::Stopped
            | Self::Threads { .. } => None,
        }
    }

    /// Gives the remedy, where one is known.
    pub fn remedy(&self) -> Option<Remedy> {
        Some(match self {
            Self::Truncated { mapped, .. } => {
                Remedy::RotatedCopy { or: mapped.then(|| Box::new(Remedy::ReadUnmapped)) }
            }
            Self::Replaced { .. } => Remedy::ReadAgain,
            Self::CoveredTwice { .. } | Self::Duplicate { .. } | Self::NotDroppable { .. } => Remedy::AllowDuplicates,
            Self::Summary { source, .. } => return remedy_of_summary(source),
            Self::SummaryFiltered { of, .. } | Self::SummaryListed { of, .. } => Remedy::MadeOf(of.clone()),
            Self::Budget { is_single: true, .. } => Remedy::BudgetHeader,
            Self::ListLimit { .. } => Remedy::FewerRows,
            Self::LeastMemory { .. } | Self::PathsLimit { .. } | Self::MemoryLimit { .. } => Remedy::MoreMemory,
            Self::OnlyOnce { .. } | Self::UnorderedOnce { .. } => {
                Remedy::GiveAsFile { or: Box::new(Remedy::MoreMemory) }
            }
            Self::SearchedOnce { base_id, .. } => {
                Remedy::GiveAsFile { or: Box::new(Remedy::ShowGroup(base_id.clone())) }
            }
            Self::PartOfPairs { .. } => Remedy::WholeLog,
            Self::AmbiguousFormat { formats, .. } => Remedy::NameTheFormat(formats.clone()),
            Self::NoUnit { path, patterns } => Remedy::SayTheUnit { path: path.clone(), patterns: patterns.clone() },
            Self::Threads { .. } => Remedy::OneThread,
            Self::MostlyUnreadable { remedy, .. } => return remedy.clone(),
            Self::Damaged { long_window: true, .. } => Remedy::LongWindow,
            Self::Damaged { format, .. } => Remedy::ReadThroughPipe { tool: cat_of(format) },
            _ => return None,
        })
    }
}

fn remedy_of_summary(source: &Unreadable) -> Option<Remedy> {
    match source {
        Unreadable::TooNew(_) => Some(Remedy::NewerVersion),
        Unreadable::CutOff | Unreadable::Damaged(_) => Some(Remedy::MakeAgain),
        Unreadable::TooLong => Some(Remedy::OneSummaryPerFile),
        _ => None,
    }
}

fn filters_text(filters: &str) -> String {
    if filters.is_empty() { "no filter".to_owned() } else { Plain(&filters).to_string() }
}

/// Writes a number of bytes for people.
fn size(bytes: usize) -> String {
    match bytes {
        0..1_000 => format!("{bytes} bytes"),
        1_000..1_000_000 => format!("{} kB", bytes / 1_000),
        _ => format!("{} MB", bytes / 1_000_000),
    }
}

/// Names the tool that writes what it can of a damaged file.
fn cat_of(format: &str) -> &'static str {
    match format {
        "zstd" => "zstdcat",
        "xz" => "xzcat",
        "bzip2" => "bzcat",
        _ => "zcat",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_of_the_system_are_shown_without_their_number() {
        let again = || io::Error::from_raw_os_error(11);
        let reason = "Resource temporarily unavailable";
        let error = Error::Threads { threads: 7, reason: again().to_string() };
        assert_eq!(error.to_string(), format!("7 threads can't be started: {reason}"));
        let error = Error::Open { path: "log".into(), source: again() };
        assert_eq!(error.to_string(), format!("log: can't be opened: {reason}"));
    }
}

/// The reason why the format of a log is not known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Undetected {
    /// Several formats claim it: their names.
    Ambiguous(Vec<&'static str>),
    /// Nothing tells the unit of its durations.
    NoUnit(NoUnit),
}

/// The durations of a log are numbers of which nothing tells the unit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoUnit {
    /// Patterns that read it, each with another unit: microseconds, milliseconds.
    pub patterns: Vec<String>,
}
