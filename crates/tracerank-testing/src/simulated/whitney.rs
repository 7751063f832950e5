//! The test that takes spans for independent.

/// The p-value of the Mann-Whitney U test of two samples without ties, by the normal approximation, which is good from
/// twenty on.
pub(super) fn mann_whitney(base: &[f64], new: &[f64]) -> f64 {
    let all = base.iter().map(|ns| (*ns, true)).chain(new.iter().map(|ns| (*ns, false)));
    let mut all: Vec<(f64, bool)> = all.collect();
    all.sort_unstable_by(|one, other| one.0.total_cmp(&other.0));
    let ranks: f64 = all.iter().zip(1_u64..).filter(|((_, of_base), _)| *of_base).map(|(_, rank)| rank as f64).sum();
    let (of_base, of_new) = (base.len() as f64, new.len() as f64);
    let statistic = ranks - of_base * (of_base + 1.0) / 2.0;
    let variance = of_base * of_new * (of_base + of_new + 1.0) / 12.0;
    two_sided_normal((statistic - of_base * of_new / 2.0) / variance.sqrt())
}

/// Twice the upper tail of the normal distribution, to seven digits (Abramowitz and Stegun, 26.2.17).
fn two_sided_normal(deviation: f64) -> f64 {
    let inner = 1.0 / (1.0 + 0.231_641_9 * deviation.abs());
    let coefficients = [1.330_274_429, -1.821_255_978, 1.781_477_937, -0.356_563_782, 0.319_381_530];
    let series = coefficients.into_iter().fold(0.0, |sum, coefficient| (sum + coefficient) * inner);
    2.0 * series * (-0.5 * deviation * deviation).exp() / std::f64::consts::TAU.sqrt()
}
