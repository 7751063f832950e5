//! Exact integer statistics of durations: they add up to the same digits in every order.

/// Count, sums and extremes of some durations in nanoseconds.
///
/// With the position where they were first seen this fills one cache line of a scan thread's table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stats {
    count: u64,
    total: (u64, i64),
    squares: (u64, u64),
    min: i64,
    max: i64,
}

impl Stats {
    /// The statistics of no durations at all.
    pub const EMPTY: Self = Self { count: 0, total: (0, 0), squares: (0, 0), min: i64::MAX, max: i64::MIN };

    /// Makes the statistics of `count` durations, at least one, with these sums and extremes.
    pub(crate) fn from_parts(count: u64, total_ns: i128, squares_ns2: u128, min_ns: i64, max_ns: i64) -> Self {
        let mut stats = Self { count, min: min_ns, max: max_ns, ..Self::EMPTY };
        stats.set_total(total_ns);
        stats.set_squares(squares_ns2);
        stats
    }

    /// Gives the number of durations.
    #[inline]
    pub fn count(&self) -> u64 {
        self.count
    }

    /// Gives their sum, in nanoseconds.
    #[inline]
    pub fn total_ns(&self) -> i128 {
        i128::from(self.total.1) << 64 | i128::from(self.total.0)
    }

    /// Gives the sum of their squares, in square nanoseconds; it stops at `u128::MAX`, which 300 spans of 30 years
    /// would reach.
    #[inline]
    pub fn squares_ns2(&self) -> u128 {
        u128::from(self.squares.1) << 64 | u128::from(self.squares.0)
    }

    /// Gives the shortest, in nanoseconds; `i64::MAX` when there is none.
    pub fn min_ns(&self) -> i64 {
        self.min
    }

    /// Gives the longest, in nanoseconds; `i64::MIN` when there is none.
    pub fn max_ns(&self) -> i64 {
        self.max
    }

    /// Computes the arithmetic mean, in nanoseconds; zero when there is no duration.
    pub fn avg_ns(&self) -> f64 {
        if self.count == 0 { 0.0 } else { self.total_ns() as f64 / self.count as f64 }
    }

    /// Computes the standard deviation of the whole population, in nanoseconds: the root of `(n·Σx² − (Σx)²) / n²`,
    /// whose numerator is computed in integers, since the two terms can agree in all digits that a float has.
    pub fn stddev_ns(&self) -> f64 {
        let total = self.total_ns().unsigned_abs();
        let numerator = match (u128::from(self.count).checked_mul(self.squares_ns2()), total.checked_mul(total)) {
            (Some(squares), Some(square)) => squares.saturating_sub(square) as f64,
            _ => (self.count as f64).mul_add(self.squares_ns2() as f64, -(total as f64 * total as f64)),
        };
        if self.count == 0 { 0.0 } else { numerator.max(0.0).sqrt() / self.count as f64 }
    }

    /// Adds one duration.
    #[inline]
    pub fn record(&mut self, ns: i64) {
        self.count += 1;
        self.set_total(self.total_ns() + i128::from(ns));
        let magnitude = u128::from(ns.unsigned_abs());
        self.set_squares(self.squares_ns2().saturating_add(magnitude * magnitude));
        self.min = self.min.min(ns);
        self.max = self.max.max(ns);
    }

    /// Adds one duration of no less than zero, and its square if that is wanted.
    #[inline(always)]
    pub fn record_usual(&mut self, ns: u64, with_square: bool) {
        self.count += 1;
        self.set_total(self.total_ns() + i128::from(ns));
        if with_square {
            self.set_squares(self.squares_ns2().saturating_add(u128::from(ns) * u128::from(ns)));
        }
        self.min = self.min.min(ns as i64);
        self.max = self.max.max(ns as i64);
    }

    /// Adds other statistics.
    pub fn merge(&mut self, other: &Self) {
        self.count += other.count;
        self.set_total(self.total_ns() + other.total_ns());
        self.set_squares(self.squares_ns2().saturating_add(other.squares_ns2()));
        self.min = self.min.min(other.min);
        self.max = self.max.max(other.max);
    }

    #[inline]
    fn set_total(&mut self, total: i128) {
        self.total = (total as u64, (total >> 64) as i64);
    }

    #[inline]
    fn set_squares(&mut self, squares: u128) {
        self.squares = (squares as u64, (squares >> 64) as u64);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(durations: &[i64]) -> Stats {
        let mut stats = Stats::EMPTY;
        durations.iter().for_each(|ns| stats.record(*ns));
        stats
    }

    #[test]
    fn negative_and_positive() {
        let stats = of(&[-5, 10, 1]);
        assert_eq!((stats.count(), stats.total_ns()), (3, 6));
        assert_eq!((stats.min_ns(), stats.max_ns()), (-5, 10));
        assert_eq!(stats.squares_ns2(), 126);
        assert!((stats.avg_ns() - 2.0).abs() < f64::EPSILON);
        assert!((stats.stddev_ns() - 38.0_f64.sqrt()).abs() < 1e-12);
    }

    #[test]
    fn a_total_beyond_64_bits() {
        let stats = of(&[i64::MAX; 4]);
        assert_eq!(stats.total_ns(), 4 * i128::from(i64::MAX));
        assert!(stats.stddev_ns().abs() < 1e6);
    }

    #[test]
    fn a_small_deviation_of_large_durations() {
        let stats = of(&[1_000_000_000_000, 1_000_000_000_002]);
        assert!((stats.stddev_ns() - 1.0).abs() < 1e-12);
    }
}
