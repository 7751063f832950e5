//! What the statistics are made from.

use crate::aggregate::Histogram;
pub use crate::aggregate::SHARDS;

/// What a log says of one name in one shard. `C` is whatever the histogram is kept in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shard<C> {
    /// How many spans.
    pub count: u64,
    /// The sum of their durations, in nanoseconds; negative where a clock was set back.
    pub sum_ns: i128,
    /// Their histogram: cells (see [`cell_of`]) and how many spans fell into each; by cell, none twice, none empty.
    pub cells: C,
}

/// What a log, or several that are taken for one, says of one name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Side<C> {
    /// What each shard has of it.
    pub shards: [Shard<C>; SHARDS],
    /// What "per root" divides by, shard by shard: the number of root spans, or of the spans of some other name.
    pub units: [u64; SHARDS],
    /// How many base_ids there are.
    pub base_ids: u64,
}

impl<C: AsRef<[(u16, u64)]>> Side<C> {
    /// How many spans of the name there are.
    pub(super) fn count(&self) -> u64 {
        self.shards.iter().fold(0, |sum, shard| sum.saturating_add(shard.count))
    }

    /// In how many shards the name occurs.
    pub(super) fn filled(&self) -> usize {
        self.shards.iter().filter(|shard| shard.count > 0).count()
    }

    /// The histograms of the shards.
    pub(super) fn histograms(&self) -> [&[(u16, u64)]; SHARDS] {
        self.shards.each_ref().map(|shard| shard.cells.as_ref())
    }
}

/// The cell of a histogram that a duration in nanoseconds falls into; below zero that of zero.
pub fn cell_of(ns: u64) -> u16 {
    Histogram::<2>::cell_of(ns.min(i64::MAX as u64)) as u16
}

/// The last cell that a duration can fall into.
pub(super) const LAST_CELL: u16 = Histogram::<2>::CELLS as u16 - 1;

/// The smallest duration of a cell, in nanoseconds; also of the one behind the last.
pub(super) fn floor_of(cell: u16) -> u64 {
    Histogram::<2>::floor_of(usize::from(cell))
}
