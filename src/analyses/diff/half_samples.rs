//! Resampling of shards, for figures that are not smooth enough for the jackknife.
//!
//! A resample takes half of the shards twice and leaves out the other half. The 62 halves are the signs in the rows of
//! a Hadamard matrix of order 32 (all but the row of equal signs) and their opposites. That is a bootstrap whose
//! resamples are chosen and not drawn. Over the 62, the weights of the shards have the variance and the covariance of
//! drawn ones, without the noise of drawing, and nothing depends on a seed. It is consistent for quantiles, and the
//! jackknife is not (J. Shao and C. Wu, "Asymptotic properties of the balanced repeated replication method for sample
//! quantiles", Annals of Statistics 20, 1992). One fast transform yields the 62 sums of a figure.

use super::shards::SHARDS;

/// The number of resamples.
pub(super) const SAMPLES: usize = 2 * (SHARDS - 1);

/// The sums of `values` over each resample.
pub(super) fn sums(values: &[f64; SHARDS]) -> [f64; SAMPLES] {
    let mut signed = *values;
    transform(&mut signed);
    // The row of equal signs is the sum of all. With signs s the weights are 1 + s and 1 − s.
    let [total, signed @ ..] = signed;
    let mut sums = [total; SAMPLES];
    let (halves, opposites) = sums.split_at_mut(SHARDS - 1);
    halves.iter_mut().zip(signed).for_each(|(sum, signed)| *sum += signed);
    opposites.iter_mut().zip(signed).for_each(|(sum, signed)| *sum -= signed);
    sums
}

/// The products of the rows of the Hadamard matrix with `values`, in their place (Sylvester's construction).
fn transform(values: &mut [f64; SHARDS]) {
    fold::<16>(values);
    fold::<8>(values);
    fold::<4>(values);
    fold::<2>(values);
    fold::<1>(values);
}

/// A constant distance, so that it is compiled without loops.
#[inline(always)]
fn fold<const HALF: usize>(values: &mut [f64; SHARDS]) {
    for pair in values.chunks_exact_mut(2 * HALF) {
        let (low, high) = pair.split_at_mut(HALF);
        for (a, b) in low.iter_mut().zip(high) {
            (*a, *b) = (*a + *b, *a - *b);
        }
    }
}

/// The standard error of a figure: `found` with each resample, `all` with all shards.
pub(super) fn standard_error(found: &[f64; SAMPLES], all: f64) -> f64 {
    let squares: f64 = found.iter().map(|figure| (figure - all).powi(2)).sum();
    (squares / SAMPLES as f64).sqrt()
}

#[cfg(test)]
#[allow(clippy::float_cmp, reason = "sums of a few whole numbers")]
mod tests {
    use super::*;

    #[test]
    fn halves_are_halves_and_balanced() {
        let weights: Vec<[f64; SAMPLES]> = (0..SHARDS)
            .map(|shard| {
                let mut one = [0.0; SHARDS];
                one[shard] = 1.0;
                sums(&one)
            })
            .collect();
        for sample in 0..SAMPLES {
            assert_eq!(weights.iter().filter(|shard| shard[sample] == 2.0).count(), SHARDS / 2);
            assert_eq!(weights.iter().filter(|shard| shard[sample] == 0.0).count(), SHARDS / 2);
        }
        // Any two shards are together as often as any other two.
        for (a, of_a) in weights.iter().enumerate() {
            for of_b in &weights[..a] {
                let together: f64 = of_a.iter().zip(of_b).map(|(a, b)| (a - 1.0) * (b - 1.0)).sum();
                assert_eq!(together, -2.0);
            }
        }
    }

    #[test]
    fn the_standard_error_of_a_sum() {
        let values: [f64; SHARDS] = std::array::from_fn(|shard| ((shard * shard) % 37) as f64);
        let all: f64 = values.iter().sum();
        let mean = all / SHARDS as f64;
        let squares: f64 = values.iter().map(|value| (value - mean).powi(2)).sum();
        let expected = (squares * SHARDS as f64 / (SHARDS - 1) as f64).sqrt();
        let found = standard_error(&sums(&values), all);
        assert!((found / expected - 1.0).abs() < 1e-12, "{found} {expected}");
    }
}
