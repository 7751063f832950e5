//! The account of what was read: the number of lines of each kind, and the first malformed ones.
//!
//! Every line is a record line, an other line or a malformed record, exactly.

use std::borrow::Cow;
use std::ops::AddAssign;
use std::path::PathBuf;

use serde::Serialize;

/// The number of lines of each kind, and the times of records. Its fields are those of `input` in JSON, where the times
/// are `first` and `last`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Account {
    /// Files that were read, standard input included.
    pub files: u64,
    /// Bytes of log, after decompression.
    pub bytes: u64,
    /// All lines; always the sum of `record_lines`, `other` and `malformed`.
    pub lines: u64,
    /// Start and stop records. A line can hold several.
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
    /// Lines that hold a record, or several.
    pub record_lines: u64,
    /// Records that broke off in a line that holds a whole one.
    pub torn: u64,
    /// The earliest and the latest time of the records whose times were looked at, in microseconds since 1970; none if
    /// there is none. The flat scan looks at a few, and the trees at all. In a saved summary, they are those at fixed
    /// steps; its [`Coverage`](crate::Coverage) has those at the ends of its files.
    #[serde(skip)]
    pub times_us: Option<[i64; 2]>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn is_zero(count: &u64) -> bool {
    *count == 0
}

impl Account {
    /// The most bytes, or lines of a kind, of all logs together (256 TiB). No logs have more, and sums up to this many
    /// can't overflow.
    pub const MOST: u64 = 1 << 48;

    /// Says whether there can be logs of this account.
    pub fn is_possible(&self) -> bool {
        let Self { bytes, records, other, malformed, spans, record_lines, torn, .. } = *self;
        [bytes, records, other, malformed, spans, record_lines, torn].iter().all(|count| *count <= Self::MOST)
    }

    /// Adds another account; none if there can be no logs of both.
    #[must_use]
    pub fn checked_add(mut self, other: Self) -> Option<Self> {
        self += other;
        self.is_possible().then_some(self)
    }

    /// Widens its times by others.
    pub fn add_times(&mut self, others: Option<[i64; 2]>) {
        let join = |[first, last]: [i64; 2], [from, to]: [i64; 2]| [first.min(from), last.max(to)];
        self.times_us = self.times_us.into_iter().chain(others).reduce(join);
    }

    /// Counts all that starts like a record and can't be read.
    pub fn unreadable(&self) -> u64 {
        self.malformed.saturating_add(self.torn)
    }
}

impl AddAssign for Account {
    fn add_assign(&mut self, other: Self) {
        let add = |sum: &mut u64, more: u64| *sum = sum.saturating_add(more);
        add(&mut self.files, other.files);
        add(&mut self.bytes, other.bytes);
        add(&mut self.lines, other.lines);
        add(&mut self.records, other.records);
        add(&mut self.other, other.other);
        add(&mut self.malformed, other.malformed);
        add(&mut self.spans, other.spans);
        add(&mut self.filtered, other.filtered);
        add(&mut self.repeated, other.repeated);
        add(&mut self.record_lines, other.record_lines);
        add(&mut self.torn, other.torn);
        self.add_times(other.times_us);
    }
}

/// A malformed record, or a torn one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Malformed {
    /// Its file, or `-`.
    pub path: PathBuf,
    /// Its line, from 1; none if only a part of the file was read, and not from its beginning.
    pub line: Option<u64>,
    /// The offset of its line in the (decompressed) file, from 0; of a torn record, its own.
    pub offset: u64,
    /// The reason why it is malformed, as the rest of a sentence that begins with the line. It has at most
    /// [`MAX_REASON`](Self::MAX_REASON) bytes, or no file with it is read. Nothing depends on its text.
    pub reason: Cow<'static, str>,
}

impl Malformed {
    /// The longest reason, in bytes.
    pub const MAX_REASON: usize = 256;
}
