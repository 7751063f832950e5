//! The measures of one side, each with its standard error.

use super::estimate::Estimate;
use super::quantile::quantiles;
use super::shards::{SHARDS, Side};

/// A measure of a name. Times are in nanoseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Measure {
    /// Spans per root (or per span of whatever else the units count).
    Calls,
    /// The mean duration.
    Mean,
    /// The 50th percentile of the durations, as [`Ordered`](tracerank_summary::Ordered) defines it.
    P50,
    /// The 95th percentile.
    P95,
    /// The 99th percentile.
    P99,
    /// The sum of durations per root.
    Total,
}

impl Measure {
    /// All, in the order of their declaration.
    pub const ALL: [Self; 6] = [Self::Calls, Self::Mean, Self::P50, Self::P95, Self::P99, Self::Total];

    /// Its name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Calls => "calls",
            Self::Mean => "mean",
            Self::P50 => "p50",
            Self::P95 => "p95",
            Self::P99 => "p99",
            Self::Total => "total",
        }
    }
}

/// The estimates of all measures, in the order of [`Measure::ALL`]; those of quantiles with their errors if asked for.
pub(super) fn estimates<C: AsRef<[(u16, u64)]>>(side: &Side<C>, with_errors: bool) -> [Estimate; Measure::ALL.len()] {
    let counts = Part::new(&side.shards.each_ref().map(|shard| i128::from(shard.count)));
    let sums = Part::new(&side.shards.each_ref().map(|shard| shard.sum_ns));
    let units = Part::new(&side.units.map(i128::from));
    let [p50, p95, p99] = quantiles(side, [0.5, 0.95, 0.99], with_errors);
    [ratio(&counts, &units), ratio(&sums, &counts), p50, p95, p99, ratio(&sums, &units)]
}

/// One part of a ratio, numerator or denominator: a sum over shards.
struct Part {
    all: i128,
    /// The logarithms of the sums over all shards but one; none when one of them is not positive.
    log_without: Option<[f64; SHARDS]>,
}

impl Part {
    fn new(column: &[i128; SHARDS]) -> Self {
        let all = column.iter().fold(0, |sum: i128, value| sum.saturating_add(*value));
        // Integers until here: what is left of a sum is exact, however large both are.
        let without = column.map(|value| all.saturating_sub(value));
        let positive = without.iter().all(|rest| *rest > 0);
        Self { all, log_without: positive.then(|| without.map(|rest| (rest as f64).ln())) }
    }
}

/// The ratio of two sums over shards. The standard error of its logarithm is the jackknife's, which leaves out each
/// shard in turn: `√((n − 1)/n · Σ (θᵢ − θ̄)²)`, where `θᵢ` is the logarithm without shard i. B. Efron and C. Stein,
/// "The jackknife estimate of variance", 1981.
fn ratio(numerator: &Part, denominator: &Part) -> Estimate {
    if denominator.all <= 0 {
        return Estimate::NONE;
    }
    let value = Some(numerator.all as f64 / denominator.all as f64);
    let logs = numerator.log_without.zip(denominator.log_without).filter(|_| numerator.all > 0);
    let log_error = logs.map(|(mut logs, below)| {
        logs.iter_mut().zip(below).for_each(|(log, below)| *log -= below);
        let mean = logs.iter().sum::<f64>() / SHARDS as f64;
        let squares: f64 = logs.iter().map(|log| (log - mean).powi(2)).sum();
        (squares * (SHARDS - 1) as f64 / SHARDS as f64).sqrt()
    });
    Estimate { value, compared: value, log_error }
}
