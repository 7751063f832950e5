//! The account of what was read: the number of lines of each kind, and the first malformed ones.
//!
//! Every line is a record, an other line or a malformed record, exactly.

use std::borrow::Cow;
use std::ops::AddAssign;
use std::path::PathBuf;

use serde::Serialize;

/// The number of lines of each kind. Its fields are those of `input` in JSON.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Account {
    /// Files that were read, standard input included.
    pub files: u64,
    /// Bytes of log, after decompression.
    pub bytes: u64,
    /// All lines; always the sum of the next three.
    pub lines: u64,
    /// Start and stop records.
    pub records: u64,
    /// Lines that hold no record.
    pub other: u64,
    /// Lines that start like a record and break off or contradict themselves.
    pub malformed: u64,
    /// Stop records that the filters kept: the spans of the report.
    pub spans: u64,
    /// Stop records that the filters left out.
    pub filtered: u64,
    /// Stop records that were left out because their spans were counted before. Only in JSON if there are any.
    #[serde(skip_serializing_if = "is_zero")]
    pub repeated: u64,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn is_zero(count: &u64) -> bool {
    *count == 0
}

impl AddAssign for Account {
    fn add_assign(&mut self, other: Self) {
        self.files += other.files;
        self.bytes += other.bytes;
        self.lines += other.lines;
        self.records += other.records;
        self.other += other.other;
        self.malformed += other.malformed;
        self.spans += other.spans;
        self.filtered += other.filtered;
        self.repeated += other.repeated;
    }
}

/// A malformed record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Malformed {
    /// Its file, or `-`.
    pub path: PathBuf,
    /// Its line, from 1; none if only a part of the file was read, and not from its beginning.
    pub line: Option<u64>,
    /// The offset of its line in the (decompressed) file, from 0.
    pub offset: u64,
    /// The reason why it is malformed, as the rest of a sentence that begins with the line. It has at most
    /// [`MAX_REASON`](Self::MAX_REASON) bytes, or no file with it is read. Nothing depends on its text.
    pub reason: Cow<'static, str>,
}

impl Malformed {
    /// The longest reason, in bytes.
    pub const MAX_REASON: usize = 256;
}
