//! The sum of a source's chunks, in whichever order they are parsed.

use tracerank_summary::Account;

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
}

/// The account of one source.
#[derive(Debug, Default)]
pub(crate) struct Ledger {
    account: Account,
    left_out: Times,
    /// The beginning of each chunk, and the number of lines that begin in it.
    chunks: Vec<(u64, u64)>,
    /// The first malformed records seen so far, with the beginning of their chunk.
    places: Vec<(u64, MalformedPlace)>,
}

impl Ledger {
    /// Adds the tally of the chunk that begins at `offset`.
    pub(crate) fn add(&mut self, offset: u64, tally: Tally) {
        self.account += tally.account;
        self.left_out.add(tally.left_out);
        self.chunks.push((offset, tally.account.lines));
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

    /// Gives the first malformed records with their line numbers, now that all chunks are known.
    pub(crate) fn malformed(&self) -> impl Iterator<Item = (u64, MalformedPlace)> + '_ {
        self.places.iter().map(|(chunk, place)| {
            let before = self.chunks.iter().filter(|(offset, _)| offset < chunk);
            let lines: u64 = before.map(|(_, lines)| lines).sum();
            (lines + place.line + 1, *place)
        })
    }
}
