//! The distribution of the durations of all shards together.

use tracerank_summary::Ordered;

use super::shards::coarse_of;

/// The mean of how far a standard exponential distribution's maximum of N is above ln N: Euler's constant.
const EULER: f64 = 0.577_215_664_901_532_9;
/// The standard deviation of that maximum: π/√6.
const SPREAD_OF_MAXIMUM: f64 = 1.282_549_830_161_864;

/// All durations in their order, and what the standard errors of quantiles need to know of them.
pub(super) struct Distribution<'a>(Ordered<'a>);

impl<'a> Distribution<'a> {
    pub(super) fn of(ordered: Ordered<'a>) -> Self {
        Self(ordered)
    }

    /// The durations themselves.
    pub(super) fn ordered(&self) -> &Ordered<'a> {
        &self.0
    }

    /// The number of spans.
    pub(super) fn spans(&self) -> f64 {
        self.0.count()
    }

    /// The coarse cell that a rank is in.
    pub(super) fn coarse_at(&self, rank: f64) -> Coarse {
        let (cells, below) = (self.0.cells(), self.0.below());
        let at = self.0.cell_at(rank);
        let cell = coarse_of(cells[at].0);
        let start = cells[..at].partition_point(|(finer, _)| coarse_of(*finer) < cell);
        let end = at + cells[at..].partition_point(|(finer, _)| coarse_of(*finer) <= cell);
        let (from, to) = (below[start], below[end]);
        let scatter = scatter(rank, from, to) - scatter(rank, below[at], below[at + 1]);
        Coarse { cell, from, to, share: share(rank, from, to), scatter: scatter.max(0.0) }
    }

    /// The sum of the squares by which durations differ from one, in square nanoseconds.
    pub(super) fn squares(&self, from: f64) -> f64 {
        let of_cells = self.0.below().windows(2).enumerate().map(|(at, below)| {
            let (low, high) = self.0.bounds(at);
            // A cell's spans have a variance of their own, that of even spread.
            (below[1] - below[0]) * ((low.midpoint(high) - from).powi(2) + (high - low).powi(2) / 12.0)
        });
        of_cells.sum()
    }

    /// The variance that the duration at a rank has from the extremes, in square nanoseconds: the durations of the
    /// first and the last cell are taken to be spread from or to an extreme, which is itself a matter of chance.
    ///
    /// The chance is taken to be that of a tail which falls off exponentially. Its extreme of N independent durations
    /// is ln N + γ standard deviations away, with a standard deviation of π/√6 of them. Those of shorter tails vary
    /// less.
    pub(super) fn variance_of_ends(&self, rank: f64, design_effect: f64) -> f64 {
        let (at, below) = (self.0.cell_at(rank), self.0.below());
        let (low, high) = self.0.bounds(at);
        let independent = ((below[at + 1] - below[at]) / design_effect.max(1.0)).max(1.0);
        let of_extreme = (high - low) * (SPREAD_OF_MAXIMUM / (independent.ln() + EULER)).min(0.5);
        let share = share(rank, below[at], below[at + 1]);
        let of_first = if at == 0 { 1.0 - share } else { 0.0 };
        let of_last = if at + 1 == self.0.cells().len() { share } else { 0.0 };
        of_extreme * of_extreme * (of_first * of_first + of_last * of_last)
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

/// The position of a rank between two numbers of spans, from 0 to 1.
fn share(rank: f64, from: f64, to: f64) -> f64 {
    ((rank - from) / (to - from).max(1.0)).clamp(0.0, 1.0)
}

/// The variance of how many independent spans from one number to another are below a rank between them.
fn scatter(rank: f64, from: f64, to: f64) -> f64 {
    let share = share(rank, from, to);
    (to - from) * share * (1.0 - share)
}
