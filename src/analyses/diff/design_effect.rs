//! The design effect: how much less spans of a trace group tell than independent spans.

use super::distribution::Distribution;
use super::shards::Side;

/// Sums smaller than this share of their terms count as zero: rounding left them. (Where all durations are equal, so
/// are the resamples.)
pub(super) const ROUNDING: f64 = 1e-12;

/// The design effect (L. Kish, "Survey Sampling", 1965): by how much the sums of shards vary more than those of
/// independent spans would. It is about 1 where the spans of a base_id are not alike, and as many as each base_id has
/// where they are all the same.
///
/// It is 1 where all durations are the same. Sums are exact, so this tells of differences between shards that are too small for coarse cells.
pub(super) fn design_effect<C>(side: &Side<C>, all: &Distribution<'_>) -> f64 {
    let sum = side.shards.iter().fold(0, |sum: i128, shard| sum.saturating_add(shard.sum_ns)) as f64;
    let mean = sum / all.spans();
    let squares = side.shards.iter().map(|shard| {
        let expected = mean * shard.count as f64;
        let excess = shard.sum_ns as f64 - expected;
        if excess.abs() > ROUNDING * expected.abs() { excess * excess } else { 0.0 }
    });
    let independent = all.squares(mean);
    if independent > 0.0 { squares.sum::<f64>() / independent } else { 1.0 }
}
