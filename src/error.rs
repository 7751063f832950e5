//! What can go wrong, each with the place where it did and what would mend it.

use std::io;
use std::ops::Range;
use std::path::PathBuf;

use tracerank_summary::saved::Unreadable;

use crate::render::display::{Plain, Shown, Terminal};

/// An error that ends the work. Its text reads `PATH: what is wrong`; [`hint`](Self::hint) says what to do about it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// An input is missing or can't be opened.
    #[error("{}: can't be opened: {}", Shown(path), Plain(source))]
    Open {
        /// The input.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// An input can't be read on.
    #[error("{}: can't be read at byte {offset}: {}", Shown(path), Plain(source))]
    Read {
        /// The input.
        path: PathBuf,
        /// How many bytes of its content were read before, after decompression.
        offset: u64,
        /// Why.
        source: io::Error,
    },
    /// A compressed input is damaged or breaks off.
    #[error(
        "{}: the {format} data is damaged or breaks off behind byte {offset} of what it holds: {}",
        Shown(path),
        Plain(source)
    )]
    Damaged {
        /// The input.
        path: PathBuf,
        /// What it is compressed with.
        format: &'static str,
        /// How many bytes could be decompressed.
        offset: u64,
        /// What the decompressor says.
        source: io::Error,
    },
    /// A file lost its end, or was written anew, while it was read.
    #[error("{}: was truncated or rewritten at byte {offset} while it was read", Shown(path))]
    Truncated {
        /// The file.
        path: PathBuf,
        /// Where it ends now, or where the first page was found missing; zero if nobody knows.
        offset: u64,
        /// Whether it was mapped: then nothing of it was of use.
        mapped: bool,
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
    /// A saved summary is damaged, or none.
    #[error("{}: {}", Shown(path), Plain(source))]
    Summary {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        source: Unreadable,
    },
    /// A saved summary can't tell spans by time or trace group, nor whose child one is.
    #[error("{}: is a summary, in which spans are not told by time, base id or parent", Shown(path))]
    SummaryFiltered {
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
        /// What both have of it, in bytes.
        range: Range<u64>,
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
        /// How long the file is.
        len: u64,
    },
    /// A file of budgets is not as it should be.
    #[error("{}:{line}:{column}: {}", Shown(path), Terminal(reason.as_bytes()))]
    Budget {
        /// The file.
        path: PathBuf,
        /// Its line, counted from one.
        line: u64,
        /// The character in the line, counted from one.
        column: u64,
        /// What is wrong there.
        reason: String,
    },
    /// The spans of one trace group take more memory than they may.
    #[error("the spans of one trace group take more than their part of the {} of memory that there may be", size(*limit))]
    MemoryLimit {
        /// How many bytes.
        limit: usize,
    },
    /// The program would take more memory than it may.
    #[error("{} of memory are too little to read a log with: {} are enough", size(*limit), size(*least))]
    LeastMemory {
        /// How many bytes it may take.
        limit: usize,
        /// How many it has to.
        least: usize,
    },
    /// The log has so many different names, or paths of them, that their figures take more memory than they may.
    #[error("the names and paths of the call tree take more than their part of the {} of memory that there may be", size(*limit))]
    PathsLimit {
        /// How many bytes for all.
        limit: usize,
    },
    /// Standard input would have to be read again.
    #[error("-: the spans take more than their part of the {} of memory that there may be, and standard input can't be read again", size(*limit))]
    OnlyOnce {
        /// How many bytes.
        limit: usize,
    },
    /// The trace group of a span is known only when all is read, and the input can't be read again.
    #[error("{}: can't be read again for the trace group that the id is of", Shown(path))]
    SearchedOnce {
        /// The input.
        path: PathBuf,
        /// The group.
        base_id: Box<[u8]>,
    },
    /// The threads could not be started.
    #[error("{threads} threads can't be started: {}", Plain(reason))]
    Threads {
        /// How many were asked for.
        threads: usize,
        /// Why not.
        reason: String,
    },
}

impl Error {
    /// What would mend it, if we know.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Truncated { mapped, .. } => {
                let unmapped = if *mapped { "; --no-mmap prints the report of what can still be read" } else { "" };
                Some(format!("is it being rotated with copytruncate? Read the rotated copy instead{unmapped}"))
            }
            Self::CoveredTwice { .. } | Self::Duplicate { .. } => {
                Some("report and summarize count it twice with --allow-duplicates".to_owned())
            }
            Self::Summary { source, .. } => source.hint(),
            Self::SummaryFiltered { of, .. } => Some(match of.as_slice() {
                [] => "ask the logs that it was made of".to_owned(),
                [only] => format!("ask the log that it was made of: {}", Shown(only)),
                [first, ..] => format!("ask the {} logs that it was made of: {}, …", of.len(), Shown(first)),
            }),
            Self::Budget { reason, .. } if reason.contains("expected a sequence") => {
                Some("each budget begins with [[budget]], in two pairs of brackets".to_owned())
            }
            Self::LeastMemory { .. } | Self::PathsLimit { .. } | Self::MemoryLimit { .. } => {
                Some("allow more with --memory-limit".to_owned())
            }
            Self::OnlyOnce { .. } => Some("give the log as a file, or allow more with --memory-limit".to_owned()),
            Self::SearchedOnce { base_id, .. } => {
                Some(format!("give the log as a file, or show all of the group: {}", Terminal(base_id)))
            }
            Self::Threads { .. } => Some("--threads 1 needs none".to_owned()),
            Self::Damaged { source, .. } if source.to_string().contains("too much memory") => {
                Some("it takes a window beyond 128 MB: zstd -dc --long=31 FILE | tracerank report".to_owned())
            }
            Self::Damaged { format, .. } => {
                let cat = cat_of(format);
                Some(format!("what could be decompressed can be read through a pipe: {cat} FILE | tracerank report"))
            }
            _ => None,
        }
    }
}

/// So many bytes, for people.
fn size(bytes: usize) -> String {
    match bytes {
        0..1_000 => format!("{bytes} bytes"),
        1_000..1_000_000 => format!("{} kB", bytes / 1_000),
        _ => format!("{} MB", bytes / 1_000_000),
    }
}

/// The tool that writes what it can of a damaged file.
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
