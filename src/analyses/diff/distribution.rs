//! The distribution of the durations of all shards together.

use super::shards::{LAST_CELL, coarse_of, floor_of};

/// A histogram in which ranks are looked up. Within a cell, durations are taken to be spread evenly. Otherwise a
/// quantile could only move by whole cells, and most small differences would be lost.
pub(super) struct Distribution<'a> {
    cells: &'a [(u16, u64)],
    /// The number of spans below each cell, and after the last cell the number of all spans. They ascend, whatever the
    /// counts are.
    below: Vec<f64>,
}

impl<'a> Distribution<'a> {
    /// None where there is no span.
    pub(super) fn of(cells: &'a [(u16, u64)]) -> Option<Self> {
        let mut below = Vec::with_capacity(cells.len() + 1);
        let mut reached = 0_u64;
        below.push(0.0);
        below.extend(cells.iter().map(|(_, count)| {
            reached = reached.saturating_add(*count);
            reached as f64
        }));
        (reached > 0).then_some(Self { cells, below })
    }

    /// The number of spans.
    pub(super) fn spans(&self) -> f64 {
        self.below[self.cells.len()]
    }

    /// The duration that `rank` spans are below, in nanoseconds; at either end the extreme.
    pub(super) fn duration_at(&self, rank: f64) -> f64 {
        self.within(self.cell_at(rank), rank)
    }

    /// The same for many ranks near each other. They are looked up among the cells between the lowest and the highest
    /// of them.
    pub(super) fn durations_at<const N: usize>(&self, ranks: [f64; N]) -> [f64; N] {
        let lowest = ranks.iter().copied().fold(f64::INFINITY, f64::min);
        let highest = ranks.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let (first, last) = (self.cell_at(lowest), self.cell_at(highest));
        let between = &self.below[first + 1..=last];
        ranks.map(|rank| self.within(first + between.partition_point(|reached| *reached < rank), rank))
    }

    /// The coarse cell that a rank is in.
    pub(super) fn coarse_at(&self, rank: f64) -> Coarse {
        let at = self.cell_at(rank);
        let cell = coarse_of(self.cells[at].0);
        let start = self.cells[..at].partition_point(|(finer, _)| coarse_of(*finer) < cell);
        let end = at + self.cells[at..].partition_point(|(finer, _)| coarse_of(*finer) <= cell);
        let (from, to) = (self.below[start], self.below[end]);
        let scatter = scatter(rank, from, to) - scatter(rank, self.below[at], self.below[at + 1]);
        Coarse { cell, from, to, share: share(rank, from, to), scatter: scatter.max(0.0) }
    }

    /// The sum of the squares by which durations differ from one, in square nanoseconds; it is above zero.
    pub(super) fn squares(&self, from: f64) -> f64 {
        let of_cells = self.cells.iter().zip(self.below.windows(2)).map(|((cell, _), below)| {
            let (floor, width) = bounds(*cell);
            // A cell's spans have a variance of their own, that of even spread.
            (below[1] - below[0]) * ((floor + width / 2.0 - from).powi(2) + width * width / 12.0)
        });
        of_cells.sum()
    }

    /// The index of the cell that a rank is in.
    fn cell_at(&self, rank: f64) -> usize {
        self.below[1..].partition_point(|reached| *reached < rank).min(self.cells.len() - 1)
    }

    /// The duration at a rank that is in a cell.
    #[inline]
    fn within(&self, at: usize, rank: f64) -> f64 {
        let (floor, width) = bounds(self.cells[at].0);
        width * share(rank, self.below[at], self.below[at + 1]) + floor
    }
}

/// A coarse cell that a rank is in.
pub(super) struct Coarse {
    pub(super) cell: u16,
    /// The number of spans below it.
    pub(super) from: f64,
    /// The number of spans below the next one.
    pub(super) to: f64,
    /// The share of its spans below the rank.
    pub(super) share: f64,
    /// The variance of the number of its spans below a duration, if they were independent.
    /// Within a fine cell there is none, since they are taken to be spread evenly there.
    pub(super) scatter: f64,
}

/// The smallest duration of a cell and how far the next one's is from it, in nanoseconds.
#[inline]
fn bounds(cell: u16) -> (f64, f64) {
    let cell = cell.min(LAST_CELL);
    let floor = floor_of(cell);
    // Both are below 2^63, and numbers with a sign are converted in one instruction.
    (floor as i64 as f64, (floor_of(cell + 1) - floor) as i64 as f64)
}

/// The position of a rank between two numbers of spans, from 0 to 1.
fn share(rank: f64, from: f64, to: f64) -> f64 {
    ((rank - from) / (to - from).max(1.0)).clamp(0.0, 1.0)
}

/// The variance of how many independent spans from one number to another are below a rank between them.
fn scatter(rank: f64, from: f64, to: f64) -> f64 {
    let share = share(rank, from, to);
    (to - from) * share * (1.0 - share)
}
