//! What is known of records that tell no durations, until all of their input is read.

use ahash::AHashMap;

/// What a partition knows of records that tell no durations.
#[derive(Debug, Default)]
pub(super) struct Untold {
    /// The positions at which spans of each name first occur.
    pub(super) firsts: AHashMap<u32, u64>,
    /// The positions of the starts of open spans, by their numbers.
    pub(super) starts: AHashMap<u32, u64>,
    /// The positions of stops without a start so far, by their numbers as records.
    pub(super) stops: AHashMap<u32, u64>,
    /// The spans that have a stop which does not tell its duration, and no start.
    pub(super) lone: Vec<u32>,
    /// The records that are taken are such.
    pub(super) is_now: bool,
    /// Number of stops that were dropped, since they were there before.
    pub(super) dropped: u64,
}

impl Untold {
    pub(super) fn note_first(&mut self, name: u32, position: u64) {
        let first = self.firsts.entry(name).or_insert(position);
        *first = position.min(*first);
    }
}
