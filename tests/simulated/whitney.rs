//! The test that takes spans for independent.

/// The p-value of the Mann-Whitney U test of two samples without ties, by the normal approximation, which is good from twenty on.
pub fn mann_whitney(a: &[f64], b: &[f64]) -> f64 {
    let mut all: Vec<(f64, bool)> = a.iter().map(|x| (*x, true)).chain(b.iter().map(|x| (*x, false))).collect();
    all.sort_unstable_by(|x, y| x.0.total_cmp(&y.0));
    let ranks: f64 = all.iter().zip(1_u64..).filter(|((_, of_a), _)| *of_a).map(|(_, rank)| rank as f64).sum();
    let (n, m) = (a.len() as f64, b.len() as f64);
    let u = ranks - n * (n + 1.0) / 2.0;
    let z = (u - n * m / 2.0) / (n * m * (n + m + 1.0) / 12.0).sqrt();
    two_sided_normal(z)
}

/// Twice the upper tail of the normal distribution, to seven digits (Abramowitz and Stegun, 26.2.17).
fn two_sided_normal(z: f64) -> f64 {
    let t = 1.0 / (1.0 + 0.231_641_9 * z.abs());
    let coefficients = [1.330_274_429, -1.821_255_978, 1.781_477_937, -0.356_563_782, 0.319_381_530];
    let series = coefficients.into_iter().fold(0.0, |sum, coefficient| (sum + coefficient) * t);
    2.0 * series * (-0.5 * z * z).exp() / (2.0 * std::f64::consts::PI).sqrt()
}
