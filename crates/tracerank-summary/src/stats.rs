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
    /// whose numerator is computed in integers, since the two terms can agree in all digits that a float has. It is
    /// unknown where the sum of squares has stopped at its end.
    pub fn stddev_ns(&self) -> Option<f64> {
        if self.count == 0 {
            return Some(0.0);
        }
        let (high, low) = self.numerator().unwrap_or_default();
        let numerator = (high as f64).mul_add(2_f64.powi(128), low as f64);
        (self.squares_ns2() < u128::MAX).then(|| numerator.sqrt() / self.count as f64)
    }

    /// Computes `n·Σx² − (Σx)²`, its upper and its lower 128 bits; none if it is negative, as it is of no durations.
    fn numerator(&self) -> Option<(u128, u128)> {
        let total = self.total_ns().unsigned_abs();
        let (squares, square) = (product(self.count.into(), self.squares_ns2()), product(total, total));
        let (low, borrow) = squares.1.overflowing_sub(square.1);
        Some((squares.0.checked_sub(square.0)?.checked_sub(borrow.into())?, low))
    }

    /// Says whether there can be durations of these sums and extremes.
    pub(crate) fn has_possible_squares(&self) -> bool {
        let longest = u128::from(self.min.unsigned_abs().max(self.max.unsigned_abs()));
        let most = (longest * longest).saturating_mul(self.count.into());
        self.squares_ns2() <= most && (self.squares_ns2() == u128::MAX || self.numerator().is_some())
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

/// Multiplies two numbers: the upper and the lower 128 bits of their product.
fn product(one: u128, other: u128) -> (u128, u128) {
    const HALF: u128 = u64::MAX as u128;
    let (one, other) = ((one >> 64, one & HALF), (other >> 64, other & HALF));
    let low = one.1 * other.1;
    let middle = one.0 * other.1 + (low >> 64);
    let (middle, upper) = (one.1 * other.0 + (middle & HALF), middle >> 64);
    (one.0 * other.0 + upper + (middle >> 64), middle << 64 | low & HALF)
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
        assert!((stats.stddev_ns().unwrap() - 38.0_f64.sqrt()).abs() < 1e-12);
    }

    #[test]
    fn a_total_beyond_64_bits() {
        let stats = of(&[i64::MAX; 4]);
        assert_eq!(stats.total_ns(), 4 * i128::from(i64::MAX));
        assert_eq!(stats.stddev_ns(), Some(0.0));
        let stats = of(&[i64::MAX, i64::MAX - 2]);
        assert_eq!(stats.stddev_ns(), Some(1.0));
        assert_eq!(of(&[i64::MAX, -i64::MAX]).stddev_ns(), Some(i64::MAX as f64));
    }

    #[test]
    fn a_deviation_of_squares_beyond_128_bits_is_unknown() {
        let stats = of(&[i64::MAX, i64::MIN, i64::MAX, i64::MIN, i64::MAX]);
        assert_eq!((stats.squares_ns2(), stats.stddev_ns()), (u128::MAX, None));
    }

    #[test]
    fn products_of_wide_numbers() {
        for (one, other, expected) in [
            (3, 5, (0, 15)),
            (u128::MAX, u128::MAX, (u128::MAX - 1, 1)),
            (u128::MAX, 2, (1, u128::MAX - 1)),
            (1 << 100, 1 << 100, (1 << 72, 0)),
        ] {
            assert_eq!(product(one, other), expected);
            assert_eq!(product(other, one), expected);
        }
    }

    #[test]
    fn sums_of_no_durations_are_told() {
        assert!(of(&[-5, 10, 1]).has_possible_squares() && of(&[i64::MAX; 9]).has_possible_squares());
        for squares in [0, 11, 301, u128::MAX] {
            assert!(!Stats::from_parts(3, 6, squares, -5, 10).has_possible_squares(), "{squares}");
        }
    }

    #[test]
    fn a_small_deviation_of_large_durations() {
        let stats = of(&[1_000_000_000_000, 1_000_000_000_002]);
        assert_eq!(stats.stddev_ns(), Some(1.0));
    }
}
