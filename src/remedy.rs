//! The remedies of errors, as data: the command words them for its users, and a program that uses the library does so
//! for its own.

use std::path::PathBuf;

/// A way to mend an error or a lack of records.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Remedy {
    /// Read the copy that a rotation made: the file itself was emptied.
    RotatedCopy {
        /// Another way, if there is one.
        or: Option<Box<Remedy>>,
    },
    /// Read the file instead of mapping it: that gives the part that it still has.
    ReadUnmapped,
    /// Start again, now that the logs were rotated, or read the copy that the rotation made.
    ReadAgain,
    /// Allow the same input to be given more than once.
    AllowDuplicates,
    /// Count each record once, or say that all of them count; or write it to one log only.
    CountOnce {
        /// Records can be told apart.
        can_drop: bool,
    },
    /// Allow more memory.
    MoreMemory,
    /// Ask for fewer rows, or allow more memory.
    FewerRows,
    /// Give the log as a file, which can be read twice.
    GiveAsFile {
        /// Another way.
        or: Box<Remedy>,
    },
    /// Give all of the log, instead of a part.
    WholeLog,
    /// Ask for the trace group with this base id.
    ShowGroup(Box<[u8]>),
    /// Read the part of the file that a tool of the system can still restore.
    ReadThroughPipe {
        /// The tool, such as `zcat`.
        tool: &'static str,
    },
    /// Decompress the file with a tool that may take a longer window.
    LongWindow,
    /// Say which of these log formats it is.
    NameTheFormat(Vec<&'static str>),
    /// Read an input with one of these patterns, each of which says another unit.
    SayTheUnit {
        /// The input.
        path: PathBuf,
        /// The patterns: microseconds, milliseconds.
        patterns: Vec<String>,
    },
    /// Mend the pattern where the first line departs from it.
    MendThePattern(Parted),
    /// Let the format of each input be found by its content.
    FindTheFormat,
    /// Read it in this log format, which it begins in.
    OtherFormat(&'static str),
    /// Use one thread.
    OneThread,
    /// Ask the logs that a summary was made of.
    MadeOf(Vec<PathBuf>),
    /// Begin each budget with `[[budget]]`.
    BudgetHeader,
    /// Read the summary with the version that wrote it, or a later one.
    NewerVersion,
    /// Make the summary again, or copy it again.
    MakeAgain,
    /// Give each summary in a file of its own.
    OneSummaryPerFile,
    /// Unpack the file once more: it was packed twice.
    UnpackAgain,
    /// Unpack the zip archive.
    Unzip,
    /// Unpack the tar archive.
    Untar,
    /// Convert the text from UTF-16 to UTF-8.
    FromUtf16,
    /// Export the systemd journal as text.
    ExportJournal,
    /// Give lines as they were written, without what was put around them.
    PlainRecords,
    /// Give a log in which there are records, for which profiling has to be on.
    LogWithRecords,
}

/// The first line of a log that departs from a pattern, and the place where it does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parted {
    /// The line, at most 64 KiB of it.
    pub line: Vec<u8>,
    /// The place in it.
    pub parting: Parting,
}

/// The place where a line departs from a pattern.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parting {
    /// Bytes of the line that follow the pattern.
    pub at: usize,
    /// What the pattern has there.
    pub wants: String,
}
