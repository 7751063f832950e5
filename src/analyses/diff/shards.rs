//! The data that the statistics are computed from.

pub use tracerank_summary::SHARDS;
use tracerank_summary::{Coarse, Histogram};

/// The spans of one name in one shard of a log. `C` is the container of the histogram.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shard<C> {
    /// The number of spans.
    pub count: u64,
    /// The sum of their durations, in nanoseconds; negative where a clock was set back.
    pub sum_ns: i128,
    /// Their coarse histogram: cells (see [`coarse_cell_of`]) and how many spans fell into each; by cell, none twice,
    /// none empty. It only tells how far the shards differ, for which an eighth of the cells is enough.
    pub cells: C,
}

/// The spans of one name in a log, or in several logs that are taken for one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Side<C> {
    /// The histogram of all its spans: cells (see [`cell_of`]) and how many spans fell into each; by cell, none twice,
    /// none empty. Quantiles are read off it. Each coarse cell of the shards has as many spans as the cells it is made
    /// of.
    pub cells: C,
    /// The shortest of all its durations, in nanoseconds.
    pub min_ns: i64,
    /// The longest of them.
    pub max_ns: i64,
    /// Its spans in each shard.
    pub shards: [Shard<C>; SHARDS],
    /// The divisor of "per root", shard by shard: the number of root spans, or of the spans of some other name.
    pub units: [u64; SHARDS],
    /// The number of base_ids.
    pub base_ids: u64,
}

impl<C: AsRef<[(u16, u64)]>> Side<C> {
    /// The number of spans of the name.
    pub(super) fn count(&self) -> u64 {
        self.shards.iter().fold(0, |sum, shard| sum.saturating_add(shard.count))
    }

    /// In how many shards the name occurs.
    pub(super) fn filled(&self) -> usize {
        self.shards.iter().filter(|shard| shard.count > 0).count()
    }
}

/// The cell of a [`Side`]'s histogram that a duration in nanoseconds falls into (what is below zero counts as zero):
/// 128 cells for each doubling.
pub fn cell_of(ns: u64) -> u16 {
    Histogram::<2>::cell_of(ns.min(i64::MAX as u64)) as u16
}

/// The same of a [`Shard`]'s histogram: 16 cells for each doubling, each made of whole cells of the other kind.
pub fn coarse_cell_of(ns: u64) -> u16 {
    Coarse::cell_of(ns.min(i64::MAX as u64)) as u16
}

/// The coarse cell that a cell is part of.
pub(super) fn coarse_of(cell: u16) -> u16 {
    coarse_cell_of(floor_of(cell.min(LAST_CELL)))
}

/// The last cell that a duration can fall into.
pub(super) const LAST_CELL: u16 = Histogram::<2>::CELLS as u16 - 1;

/// The smallest duration of a cell, in nanoseconds; also of the one after the last.
pub(super) fn floor_of(cell: u16) -> u64 {
    Histogram::<2>::floor_of(usize::from(cell))
}
