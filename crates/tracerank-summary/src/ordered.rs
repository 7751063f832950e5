//! Durations in their order, as far as a histogram and the extremes tell it, and the percentiles of them.
//!
//! This is the only place that reads a percentile off a histogram. `docs/percentiles.md` has the definition.

use crate::histogram::Histogram;

/// The greatest error of a percentile of durations that are not negative, as a share of it: the width of a cell.
pub const RELATIVE_ERROR: f64 = 1.0 / 128.0;

/// All durations of a name, the shortest first.
///
/// A rank is a number of them, from the shortest on, and need not be whole. With N durations, the q-quantile is at rank
/// q·N: the first duration which that many are up to (the inverse of the distribution function; type 1 in R. Hyndman
/// and Y. Fan, "Sample Quantiles in Statistical Packages", The American Statistician 50, 1996). So it is the same for
/// several times as many of the same durations.
///
/// The first duration is the minimum and the last is the maximum. The others of a cell are taken to be spread evenly
/// over it, as far as it lies between these two.
///
/// ```
/// use tracerank_summary::{Histogram, Ordered};
///
/// // 3 ms, 4 ms and 9 ms.
/// let cells = [3_000_000, 4_000_000, 9_000_000].map(|ns| (Histogram::<2>::cell_of(ns) as u16, 1));
/// let ordered = Ordered::of(&cells, 3_000_000, 9_000_000).unwrap();
/// assert_eq!((ordered.quantile_ns(0.3), ordered.quantile_ns(0.7)), (3_000_000, 9_000_000));
/// assert_eq!(ordered.quantile_ns(0.5) / 100_000, 40);
/// ```
#[derive(Debug)]
pub struct Ordered<'a> {
    cells: &'a [(u16, u64)],
    /// The number of durations before each cell, and after the last cell that of all. They ascend, whatever the counts
    /// are.
    below: Vec<f64>,
    min_ns: i64,
    max_ns: i64,
}

impl<'a> Ordered<'a> {
    /// Takes the cells of a [`Histogram`] and the shortest and the longest duration, in nanoseconds. None where there
    /// is no duration.
    pub fn of(cells: &'a [(u16, u64)], min_ns: i64, max_ns: i64) -> Option<Self> {
        let mut below = Vec::with_capacity(cells.len() + 1);
        let mut reached = 0_u64;
        below.push(0.0);
        below.extend(cells.iter().map(|(_, count)| {
            reached = reached.saturating_add(*count);
            reached as f64
        }));
        (reached > 0).then_some(Self { cells, below, min_ns, max_ns })
    }

    /// Gives the cells and their counts.
    pub fn cells(&self) -> &'a [(u16, u64)] {
        self.cells
    }

    /// Gives the number of durations before each cell, and after the last cell the number of all.
    pub fn below(&self) -> &[f64] {
        &self.below
    }

    /// Gives the number of durations.
    pub fn count(&self) -> f64 {
        self.below[self.cells.len()]
    }

    /// Finds the duration, in whole nanoseconds, at a quantile (0 to 1).
    pub fn quantile_ns(&self, quantile: f64) -> i64 {
        match self.rank(quantile) {
            rank if is_first(rank) => self.min_ns,
            rank if self.is_last(rank) => self.max_ns,
            rank => self.bounded(self.at(rank).round() as i64),
        }
    }

    /// Gives the rank of a quantile (0 to 1). A whole number is met, although 0.55 · 100 is a little more than 55.
    pub fn rank(&self, quantile: f64) -> f64 {
        let rank = quantile * self.count();
        let whole = rank.round();
        if (rank - whole).abs() <= 2.0 * f64::EPSILON * rank { whole } else { rank }
    }

    /// Finds the duration at a rank, in nanoseconds; before the first and after the last rank, the extreme.
    pub fn at(&self, rank: f64) -> f64 {
        self.at_from(self.cell_at(rank), rank)
    }

    /// Finds the same for many ranks near each other. They are looked up among the cells between the lowest and the
    /// highest of them.
    pub fn at_each<const N: usize>(&self, ranks: [f64; N]) -> [f64; N] {
        let lowest = ranks.iter().copied().fold(f64::INFINITY, f64::min);
        let highest = ranks.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let (first, last) = (self.cell_at(lowest), self.cell_at(highest));
        let between = &self.below[first + 1..=last];
        ranks.map(|rank| self.at_from(first + between.partition_point(|reached| *reached < rank), rank))
    }

    /// Gives the index of the cell that a rank is in.
    pub fn cell_at(&self, rank: f64) -> usize {
        self.below[1..].partition_point(|reached| *reached < rank).min(self.cells.len() - 1)
    }

    /// Gives the bounds that the durations of a cell, by its index, are spread between, in nanoseconds.
    pub fn bounds(&self, at: usize) -> (f64, f64) {
        let cell = usize::from(self.cells[at].0).min(Histogram::<2>::CELLS - 1);
        let (low, next) = (Histogram::<2>::floor_of(cell), Histogram::<2>::floor_of(cell + 1));
        // All durations of a cell that is a nanosecond wide are the same.
        let high = if next - low == 1 { low } else { next };
        let bound = |ns: u64| self.bounded(i64::try_from(ns).unwrap_or(i64::MAX)) as f64;
        (bound(low), bound(high))
    }

    fn bounded(&self, ns: i64) -> i64 {
        ns.min(self.max_ns).max(self.min_ns)
    }

    fn is_last(&self, rank: f64) -> bool {
        rank > self.count() - 1.0
    }

    /// The duration at a rank that is in a cell.
    #[inline]
    fn at_from(&self, at: usize, rank: f64) -> f64 {
        if is_first(rank) {
            return self.min_ns as f64;
        }
        if self.is_last(rank) {
            return self.max_ns as f64;
        }
        let (low, high) = self.bounds(at);
        let (from, to) = (self.below[at], self.below[at + 1]);
        low + (high - low) * ((rank - from) / (to - from).max(1.0)).clamp(0.0, 1.0)
    }
}

fn is_first(rank: f64) -> bool {
    rank <= 1.0
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn cells_of(durations: &[i64]) -> Vec<(u16, u64)> {
        let mut cells: Vec<u16> = durations.iter().map(|ns| Histogram::<2>::cell_of_signed(*ns) as u16).collect();
        cells.sort_unstable();
        cells.chunk_by(|a, b| a == b).map(|alike| (alike[0], alike.len() as u64)).collect()
    }

    fn quantiles<const N: usize>(durations: &[i64], quantiles: [f64; N]) -> [i64; N] {
        let cells = cells_of(durations);
        let (min, max) = (durations.iter().min().unwrap(), durations.iter().max().unwrap());
        let ordered = Ordered::of(&cells, *min, *max).unwrap();
        quantiles.map(|quantile| ordered.quantile_ns(quantile))
    }

    #[test]
    fn exact_where_there_is_no_room_for_doubt() {
        let any = [0.0, 0.001, 0.5, 0.999, 1.0];
        for ns in [i64::MIN, -5, 0, 1, 20_000_123, i64::MAX] {
            assert_eq!(quantiles(&[ns], any), [ns; 5]);
            assert_eq!(quantiles(&[ns; 7], any), [ns; 5]);
        }
        let pair = quantiles(&[20_000_003, 10_000_001], [0.0, 0.5, 0.51, 1.0]);
        assert_eq!(pair, [10_000_001, 10_000_001, 20_000_003, 20_000_003]);
        // Below 256 ns, each nanosecond has its own cell.
        assert_eq!(quantiles(&[3, 4, 9, 9, 200], [0.2, 0.4, 0.41, 0.8, 0.81]), [3, 4, 9, 9, 200]);
        assert!(Ordered::of(&[], 0, 0).is_none());
    }

    #[test]
    fn below_zero_only_the_shortest_counts() {
        assert_eq!(quantiles(&[-9, -5, -3, 0, 8], [0.0, 0.2, 0.4, 0.8, 1.0]), [-9, -9, 0, 0, 8]);
        assert_eq!(quantiles(&[-9, -5, -3], [0.0, 0.5, 1.0]), [-9, -3, -3]);
    }

    #[test]
    fn whole_ranks_are_met() {
        let durations: Vec<i64> = (1..=100).collect();
        for percent in 1..=100_i64 {
            assert_eq!(quantiles(&durations, [percent as f64 / 100.0]), [percent]);
        }
    }

    #[test]
    fn spread_evenly_between_the_extremes() {
        // All in one cell, which begins at 20,971,520 ns and is 131,072 ns wide.
        let durations: Vec<i64> = (0..=1000).map(|at| 20_980_000 + 100 * at).collect();
        for (found, quantile) in quantiles(&durations, [0.1, 0.5, 0.95]).into_iter().zip([0.1, 0.5, 0.95]) {
            assert!((found as f64 - (20_980_000.0 + 100_000.0 * quantile)).abs() < 100.0, "{found}");
        }
    }

    proptest! {
        #[test]
        fn the_higher_the_rank_the_longer_the_duration(
            durations in prop::collection::vec(prop_oneof![-3..300_i64, 0..100_000_000_i64], 1..60),
            ranks in prop::collection::vec(-2.0..62.0_f64, 4),
        ) {
            let cells = cells_of(&durations);
            let (min, max) = (*durations.iter().min().unwrap(), *durations.iter().max().unwrap());
            let ordered = Ordered::of(&cells, min, max).unwrap();
            let mut ranks: [f64; 4] = ranks.try_into().unwrap();
            ranks.sort_unstable_by(f64::total_cmp);
            let found = ordered.at_each(ranks);
            prop_assert!(found.is_sorted(), "{:?}", found);
            let alone = ranks.map(|rank| ordered.at(rank).to_bits());
            prop_assert_eq!(found.map(f64::to_bits), alone);
            prop_assert!(found[0] >= min as f64 && found[3] <= max as f64);
        }
    }
}
