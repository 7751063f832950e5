//! The sum of a source's chunks, in whichever order they are parsed.

use std::ops::Range;

use tracerank_summary::Account;

use super::listing::Listed;
use super::sink::Times;
use crate::record::Reason;

/// The number of malformed and torn records that a source keeps to be shown.
pub(crate) const SHOWN_MALFORMED: usize = 3;

/// A malformed or torn record of a chunk.
#[derive(Debug, Clone, Copy)]
pub(crate) struct MalformedPlace {
    /// Its line in the chunk, from 0.
    pub(crate) line: u64,
    /// The offset of its line in the input; of a torn record, its own.
    pub(crate) offset: u64,
    pub(crate) reason: Reason,
}

/// The share of a chunk in its source.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    pub(crate) account: Account,
    /// The times of the spans that the filter left out.
    pub(crate) left_out: Times,
    /// The first few malformed and torn records.
    pub(crate) places: Vec<MalformedPlace>,
    /// All of them, if they are asked for.
    pub(crate) listed: Option<Vec<Listed>>,
}

/// A chunk that was parsed.
#[derive(Debug, Clone, Copy)]
struct Chunk {
    /// Its beginning.
    offset: u64,
    /// The number of lines that begin in it.
    lines: u64,
    has_records: bool,
}

/// The account of one source.
#[derive(Debug, Default)]
pub(crate) struct Ledger {
    account: Account,
    left_out: Times,
    chunks: Vec<Chunk>,
    /// The first malformed records seen so far, with the beginning of their chunk.
    places: Vec<(u64, MalformedPlace)>,
}

impl Ledger {
    /// Adds the tally of the chunk that begins at `offset`.
    pub(crate) fn add(&mut self, offset: u64, tally: Tally) {
        self.account += tally.account;
        self.left_out.add(tally.left_out);
        let Account { lines, records, .. } = tally.account;
        self.chunks.push(Chunk { offset, lines, has_records: records > 0 });
        self.places.extend(tally.places.into_iter().map(|place| (offset, place)));
        self.places.sort_unstable_by_key(|(_, place)| place.offset);
        self.places.truncate(SHOWN_MALFORMED);
    }

    /// Says whether nothing was added to it.
    pub(crate) fn is_empty(&self) -> bool {
        self.chunks.is_empty()
    }

    pub(crate) fn account(&self) -> Account {
        self.account
    }

    /// Gives the first and the last time of the spans that the filter left out.
    pub(crate) fn left_out(&self) -> Option<[i64; 2]> {
        self.left_out.ends()
    }

    /// Gives the first and the last chunk with a record, now that all chunks are known, which end at `end`.
    pub(crate) fn ends(&self, end: u64) -> Option<[Range<u64>; 2]> {
        let with_records = || self.chunks.iter().filter(|chunk| chunk.has_records).map(|chunk| chunk.offset);
        let range = |begin: u64| {
            let later = self.chunks.iter().map(|chunk| chunk.offset).filter(|offset| *offset > begin);
            begin..later.min().unwrap_or(end)
        };
        Some([range(with_records().min()?), range(with_records().max()?)])
    }

    /// Gives the first malformed records with their line numbers, now that all chunks are known.
    pub(crate) fn malformed(&self) -> impl Iterator<Item = (u64, MalformedPlace)> + '_ {
        self.places.iter().map(|(chunk, place)| {
            let before = self.chunks.iter().filter(|other| other.offset < *chunk);
            let lines: u64 = before.map(|chunk| chunk.lines).sum();
            (lines + place.line + 1, *place)
        })
    }
}
