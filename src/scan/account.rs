//! The account of lines: every one of them is a record, an other line or a malformed record, exactly.

use std::ops::AddAssign;
use std::path::PathBuf;

use serde::Serialize;

use crate::format::Reason;

/// How many places of malformed records are kept.
pub(crate) const PLACES: usize = 3;

/// How many lines of each kind there were. Its fields are those of `input` in JSON.
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
    }
}

/// A malformed record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Malformed {
    /// Its file, or `-`.
    pub path: PathBuf,
    /// Its line, from 1.
    pub line: u64,
    /// Where its line begins in the (decompressed) file, from 0.
    pub offset: u64,
    /// What is wrong with it.
    pub reason: Reason,
}

/// A malformed record of a chunk.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Place {
    /// Its line in the chunk, from 0.
    pub(crate) line: u64,
    /// Where its line begins in the input.
    pub(crate) offset: u64,
    pub(crate) reason: Reason,
}

/// What a chunk adds to its source.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    pub(crate) account: Account,
    /// The first few malformed records.
    pub(crate) places: Vec<Place>,
}

/// What is known of one source.
#[derive(Debug, Default)]
pub(crate) struct Ledger {
    account: Account,
    /// Where each chunk begins and how many lines begin in it.
    chunks: Vec<(u64, u64)>,
    /// The first malformed records seen so far, with the beginning of their chunk.
    places: Vec<(u64, Place)>,
}

impl Ledger {
    /// Adds what the chunk that begins at `offset` has.
    pub(crate) fn add(&mut self, offset: u64, tally: Tally) {
        self.account += tally.account;
        self.chunks.push((offset, tally.account.lines));
        self.places.extend(tally.places.into_iter().map(|place| (offset, place)));
        self.places.sort_unstable_by_key(|(_, place)| place.offset);
        self.places.truncate(PLACES);
    }

    pub(crate) fn account(&self) -> Account {
        self.account
    }

    /// The first malformed records, now that all chunks are known.
    pub(crate) fn malformed(&self) -> impl Iterator<Item = (u64, Place)> + '_ {
        self.places.iter().map(|(chunk, place)| {
            let before = self.chunks.iter().filter(|(offset, _)| offset < chunk);
            let lines: u64 = before.map(|(_, lines)| lines).sum();
            (lines + place.line + 1, *place)
        })
    }
}
