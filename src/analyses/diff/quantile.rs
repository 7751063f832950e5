//! Quantiles and their standard errors.
//!
//! The value is read off the histogram of all spans. Each shard has some spans more or fewer below that value than
//! expected. A resample of shards has the sum of these excesses, and its own quantile is taken to be as many ranks away
//! among all spans. The deviation of resamples thus comes from the shards, and the spread of durations around the
//! quantile from all spans, which know it best. R. Bahadur showed that this is as good as searching each resample, but
//! for a smaller order ("A note on quantiles in large samples", Annals of Mathematical Statistics 37, 1966).
//!
//! A shard therefore needs only a coarse histogram. The number of spans of a shard below a duration is known at the
//! edges of coarse cells. Between them, it is taken to be the same share of the cell as among all spans. The scatter of
//! shards around that is then missing, and it is all the scatter there is if durations differ by less than a coarse
//! cell. It is added: the scatter of independent spans, times the design effect.

use tracerank_summary::Ordered;

use super::design_effect::{ROUNDING, design_effect};
use super::distribution::{Coarse, Distribution};
use super::estimate::Estimate;
use super::half_samples::{SAMPLES, standard_error, sums};
use super::shards::{SHARDS, Side};

/// In ratios, a shorter time counts as this: half of the least that a duration above zero can be.
const LEAST_NS: f64 = 0.5;

/// Each of `quantiles` (0 to 1, ascending) of the durations, in nanoseconds: the very numbers that a report shows. The
/// standard errors take most of the time and are left out unless asked for.
pub(super) fn quantiles<C: AsRef<[(u16, u64)]>, const N: usize>(
    side: &Side<C>,
    quantiles: [f64; N],
    with_errors: bool,
) -> [Estimate; N] {
    let Some(ordered) = Ordered::of(side.cells.as_ref(), side.min_ns, side.max_ns) else {
        return [Estimate::NONE; N];
    };
    let all = Distribution::of(ordered);
    let mut resampled = if with_errors { Resampled::of(side, &all) } else { None };
    quantiles.map(|quantile| {
        let value = all.ordered().quantile_ns(quantile) as f64;
        let compared = all.ordered().at(all.ordered().rank(quantile)).max(LEAST_NS);
        let error = resampled.as_mut().map(|resampled| resampled.standard_error(&all, quantile));
        // The error of a logarithm is the relative error, as long as both are small.
        Estimate { value: Some(value), compared: Some(compared), log_error: error.map(|error| error / compared) }
    })
}

/// The shards, cut at a coarse cell that only moves up, and their resamples.
struct Resampled<'a> {
    /// The number of spans of each shard.
    spans: [f64; SHARDS],
    /// The weight of a span of each resample among all spans.
    weights: [f64; SAMPLES],
    /// The cells of each shard that are not below the cut.
    rest: [&'a [(u16, u64)]; SHARDS],
    /// The number of spans of each shard below it.
    below: [u64; SHARDS],
    design_effect: f64,
}

impl<'a> Resampled<'a> {
    /// None if a resample has no spans, which have no quantile then: so few shards have any.
    fn of<C: AsRef<[(u16, u64)]>>(side: &'a Side<C>, all: &Distribution<'_>) -> Option<Self> {
        let spans = side.shards.each_ref().map(|shard| shard.count as f64);
        let of_resamples = sums(&spans);
        let weights = of_resamples.map(|spans| all.spans() / spans);
        let rest = side.shards.each_ref().map(|shard| shard.cells.as_ref());
        let has_spans = of_resamples.iter().all(|spans| *spans > 0.0);
        let design_effect = design_effect(side, all);
        has_spans.then_some(Self { spans, weights, rest, below: [0; SHARDS], design_effect })
    }

    /// The standard error of a quantile, in nanoseconds. A quantile must not be below the one before.
    fn standard_error(&mut self, all: &Distribution<'_>, quantile: f64) -> f64 {
        let rank = all.ordered().rank(quantile);
        let coarse = all.coarse_at(rank);
        self.advance(coarse.cell);
        let within = self.within(&coarse);
        let mut ranks = sums(&self.excess(&within, coarse.share, quantile));
        let scatter = self.scatter(&within, &coarse, all.spans()).sqrt();
        for (at, (rank_of, weight)) in ranks.iter_mut().zip(&self.weights).enumerate() {
            // A half and its opposite have opposite excesses. With the same added to both the variances add up exactly.
            let scattered = if (at % (SAMPLES / 2)).is_multiple_of(2) { scatter } else { -scatter };
            *rank_of = rank - (*rank_of + scattered) * weight;
        }
        let of_ranks = standard_error(&all.ordered().at_each(ranks), all.ordered().at(rank));
        of_ranks.hypot(all.variance_of_ends(rank, self.design_effect).sqrt())
    }

    /// Moves the cut up to the lower end of a coarse cell.
    fn advance(&mut self, coarse: u16) {
        for (rest, below) in self.rest.iter_mut().zip(&mut self.below) {
            // Not by halves: all that is passed has to be read anyway.
            let passed = rest.iter().position(|(cell, _)| *cell >= coarse).unwrap_or(rest.len());
            let (passed, others) = rest.split_at(passed);
            *below = passed.iter().fold(*below, |sum, (_, count)| sum.wrapping_add(*count));
            *rest = others;
        }
    }

    /// The number of spans that each shard has in the coarse cell above the cut.
    fn within(&self, coarse: &Coarse) -> [f64; SHARDS] {
        let first = self.rest.map(|rest| rest.first().filter(|(cell, _)| *cell == coarse.cell));
        first.map(|cell| cell.map_or(0.0, |(_, count)| *count as f64))
    }

    /// The number of spans more than expected that each shard has below a quantile that a share of the cell above the
    /// cut is below. Over all shards they add up to none.
    fn excess(&self, within: &[f64; SHARDS], share: f64, quantile: f64) -> [f64; SHARDS] {
        std::array::from_fn(|shard| {
            let expected = quantile * self.spans[shard];
            let excess = self.below[shard] as f64 + share * within[shard] - expected;
            if excess.abs() > ROUNDING * expected { excess } else { 0.0 }
        })
    }

    /// The variance of how many spans are below a quantile that comes from within the coarse cell. The design effect is
    /// that of both edges of the cell, and that of sums the more the further away they are: if the cell has all spans
    /// its edges tell nothing.
    fn scatter(&self, within: &[f64; SHARDS], coarse: &Coarse, all: f64) -> f64 {
        let (mut found, mut independent) = (self.design_effect * coarse.scatter, coarse.scatter);
        for (share, below) in [(0.0, coarse.from), (1.0, coarse.to)] {
            let excess = self.excess(within, share, below / all);
            found += excess.iter().map(|excess| excess * excess).sum::<f64>();
            independent += below * (1.0 - below / all);
        }
        if independent > 0.0 { coarse.scatter * (found / independent) } else { 0.0 }
    }
}

#[cfg(test)]
mod tests {
    use super::super::shards::{Shard, cell_of, coarse_cell_of, floor_of};
    use super::*;
    use proptest::prelude::*;

    const QUANTILES: [f64; 3] = [0.5, 0.95, 0.99];

    fn histogram(durations: &[u64], cell_of: impl Fn(u64) -> u16) -> Vec<(u16, u64)> {
        let mut cells: Vec<u16> = durations.iter().map(|ns| cell_of(*ns)).collect();
        cells.sort_unstable();
        cells.chunk_by(|a, b| a == b).map(|alike| (alike[0], alike.len() as u64)).collect()
    }

    fn found(shards: &[Vec<u64>]) -> [Estimate; 3] {
        let of_shard = |shard: usize| Shard {
            count: shards[shard].len() as u64,
            sum_ns: shards[shard].iter().map(|ns| i128::from(*ns)).sum(),
            cells: histogram(&shards[shard], coarse_cell_of),
        };
        let all = shards.concat();
        let side = Side {
            min_ns: all.iter().min().map_or(0, |ns| *ns as i64),
            max_ns: all.iter().max().map_or(0, |ns| *ns as i64),
            cells: histogram(&all, cell_of),
            shards: std::array::from_fn(of_shard),
            units: [1; SHARDS],
            base_ids: 1,
        };
        quantiles(&side, QUANTILES, true)
    }

    /// The number of durations that a whole number of percent is.
    fn rank_of(all: &[u64], quantile: f64) -> f64 {
        (quantile * 100.0).round() * all.len() as f64 / 100.0
    }

    /// The duration that a share of all, which are in order, do not exceed.
    fn naive(all: &[u64], quantile: f64) -> f64 {
        all[(rank_of(all, quantile).ceil() as usize).clamp(1, all.len()) - 1] as f64
    }

    /// The same, taken to be as far up in its cell as its rank is, unless it is the shortest or the longest.
    fn naive_within_cell(all: &[u64], quantile: f64) -> f64 {
        let (truth, rank) = (naive(all, quantile), rank_of(all, quantile));
        let (shortest, longest) = (all[0], all[all.len() - 1]);
        let cell = cell_of(truth as u64);
        let below = all.partition_point(|ns| cell_of(*ns) < cell) as f64;
        let within = all.partition_point(|ns| cell_of(*ns) <= cell) as f64 - below;
        let (low, high) = (floor_of(cell).max(shortest) as f64, floor_of(cell + 1).min(longest) as f64);
        let is_exact = rank <= 1.0 || rank > all.len() as f64 - 1.0 || truth < 256.0;
        if is_exact { truth } else { low + (high - low) * (rank - below) / within }
    }

    fn shards(longest: u64) -> impl Strategy<Value = Vec<Vec<u64>>> {
        prop::collection::vec(prop::collection::vec(0..longest, 0..12), SHARDS)
            .prop_filter("a duration", |shards| shards.iter().any(|shard| !shard.is_empty()))
    }

    proptest! {
        #[test]
        fn a_quantile_is_in_the_cell_of_the_true_one(shards in prop_oneof![shards(40), shards(100_000), shards(i64::MAX as u64 / 2)]) {
            let mut all = shards.concat();
            all.sort_unstable();
            for (estimate, quantile) in found(&shards).into_iter().zip(QUANTILES) {
                let (truth, expected) = (naive(&all, quantile), naive_within_cell(&all, quantile));
                let (value, compared) = (estimate.value.unwrap(), estimate.compared.unwrap());
                prop_assert!((value - truth).abs() <= truth / 128.0, "{} {}", value, truth);
                prop_assert!((value - expected).abs() <= 0.5 + expected * 1e-12, "{} {}", value, expected);
                prop_assert!((compared - expected.max(0.5)).abs() <= expected * 1e-12, "{} {}", compared, expected);
                prop_assert!(estimate.log_error.is_none_or(f64::is_finite));
            }
        }
    }

    /// Numbers that are random enough.
    fn mixed(number: u64) -> u64 {
        let mixed = number.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let mixed = (mixed ^ (mixed >> 32)).wrapping_mul(0xd6e8_feb8_6659_fd93);
        mixed ^ (mixed >> 32)
    }

    /// Between 0 and 1.
    fn evenly(number: u64) -> f64 {
        (mixed(number) >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// Around 0 with a standard deviation of 1: near enough to the normal distribution.
    fn normal(number: u64) -> f64 {
        (0..12).map(|part| evenly(number * 12 + part)).sum::<f64>() - 6.0
    }

    /// The quantiles of shards that are drawn, as many as there are, with replacement.
    fn drawn(shards: &[Vec<u64>], draw: u64) -> [f64; 3] {
        let mut times = [0; SHARDS];
        (0..SHARDS as u64).for_each(|place| times[mixed(1_000_000 + draw * 64 + place) as usize % SHARDS] += 1);
        let drawn = shards.iter().zip(times).flat_map(|(durations, times)| durations.repeat(times));
        let mut drawn: Vec<u64> = drawn.collect();
        drawn.sort_unstable();
        QUANTILES.map(|quantile| naive_within_cell(&drawn, quantile))
    }

    /// The relative standard errors, divided by those of drawn resamples.
    fn over_drawn(shards: &[Vec<u64>]) -> [f64; 3] {
        let drawn: Vec<[f64; 3]> = (0..500).map(|draw| drawn(shards, draw)).collect();
        let found = found(shards);
        std::array::from_fn(|at| {
            let mean = drawn.iter().map(|figures| figures[at]).sum::<f64>() / drawn.len() as f64;
            let squares: f64 = drawn.iter().map(|figures| (figures[at] - mean).powi(2)).sum();
            found[at].log_error.unwrap() / ((squares / drawn.len() as f64).sqrt() / mean)
        })
    }

    /// A duration from the number of its base_id and its own.
    type Shape = fn(u64, u64) -> f64;

    /// Shards with this many spans, whose durations come from a number of their own and one that eight of them, a
    /// base_id, have in common.
    fn simulated(seed: u64, spans: fn(u64) -> u64, ns: Shape) -> Vec<Vec<u64>> {
        let of_shard = |shard: u64| {
            let first = 1_000 * (shard + 1) + 1_000_000 * seed;
            (first..first + spans(shard)).map(|span| ns(500_000_000 + span / 8, span) as u64).collect()
        };
        (0..SHARDS as u64).map(of_shard).collect()
    }

    fn lognormal(number: u64, sigma: f64) -> f64 {
        (sigma * normal(number)).exp()
    }

    /// The same for four sets of shards, in the geometric mean: of one set either figure can be off by chance, in the
    /// tail by a third.
    fn over_drawn_of(spans: fn(u64) -> u64, ns: Shape) -> [f64; 3] {
        let sets = [1, 2, 3, 4].map(|seed| over_drawn(&simulated(seed, spans, ns)).map(f64::ln));
        std::array::from_fn(|at| (sets.iter().map(|ratios| ratios[at]).sum::<f64>() / sets.len() as f64).exp())
    }

    fn usual(base_id: u64, span: u64) -> f64 {
        20e6 * lognormal(base_id, 0.2) * lognormal(span, 0.5)
    }

    fn is_one(ratio: f64) -> bool {
        (0.85..1.2).contains(&ratio)
    }

    #[test]
    fn the_standard_error_is_that_of_shards_that_are_drawn() {
        let shapes: [(&str, Shape); 5] = [
            ("even", |base_id, span| 20e6 + 4e6 * evenly(base_id) + 10e6 * evenly(span)),
            ("usual", usual),
            ("skewed", |base_id, span| 20e6 * lognormal(base_id, 0.4) * lognormal(span, 1.0)),
            ("heavy tail", |base_id, span| 20e6 * lognormal(base_id, 0.2) * evenly(span).powf(-0.7)),
            ("two modes", |base_id, span| {
                usual(base_id, span) * if mixed(span).is_multiple_of(3) { 20.0 } else { 1.0 }
            }),
        ];
        for (name, shape) in shapes {
            let ratios = over_drawn_of(|_| 80, shape);
            assert!(ratios.into_iter().all(is_one), "{name}: {ratios:?}");
        }
        let uneven = over_drawn_of(|shard| 10 + mixed(shard) % 150, usual);
        assert!(uneven[..2].iter().copied().all(is_one), "{uneven:?}");
    }

    #[test]
    fn with_few_spans_too() {
        let few = over_drawn_of(|_| 12, usual);
        assert!(few[..2].iter().copied().all(is_one), "{few:?}");
        // In the tail it is too large, where a handful of spans is all there is.
        let fewer = over_drawn_of(|shard| 1 + mixed(shard) % 4, usual);
        assert!(is_one(fewer[0]) && (0.85..2.0).contains(&fewer[1]), "{fewer:?}");
    }

    #[test]
    fn within_a_coarse_cell_too() {
        // All that tells the shards apart is their sums, and so the design effect is that of the mean, which is larger
        // than that of a tail.
        let ratios = over_drawn_of(|_| 80, |base_id, span| 21.4e6 * lognormal(base_id, 0.002) * lognormal(span, 0.006));
        assert!(is_one(ratios[0]) && (0.85..1.5).contains(&ratios[1]), "{ratios:?}");
    }

    #[test]
    fn within_a_fine_cell_the_standard_error_is_not_too_small() {
        // The cell begins at 20,971,520 ns and is 131,072 ns wide.
        let shapes: [(&str, Shape); 3] = [
            ("bell", |base_id, span| 21.037e6 + 6e3 * normal(base_id) + 11e3 * normal(span)),
            ("even", |base_id, span| 20.980e6 + 20e3 * evenly(base_id) + 80e3 * evenly(span)),
            ("skewed", |base_id, span| 20.975e6 - 3e3 * evenly(base_id).ln() - 6e3 * evenly(span).ln()),
        ];
        for (name, shape) in shapes {
            let runs: Vec<[Estimate; 3]> = (1..=40).map(|seed| found(&simulated(seed, |_| 80, shape))).collect();
            for at in 0..2 {
                let (values, errors): (Vec<f64>, Vec<f64>) =
                    runs.iter().map(|run| (run[at].value.unwrap(), run[at].log_error.unwrap())).unzip();
                let mean_of = |figures: &[f64]| figures.iter().sum::<f64>() / figures.len() as f64;
                let (mean, error) = (mean_of(&values), mean_of(&errors));
                let squares: Vec<f64> = values.iter().map(|value| (value / mean - 1.0).powi(2)).collect();
                let truth = mean_of(&squares).sqrt();
                // Where durations do not trail off towards the extremes it is too large, and yet a small part of a cell.
                assert!(error > 0.85 * truth && error < 0.25 / 128.0, "{name}: {error} is not {truth}");
            }
        }
    }

    #[test]
    fn spans_that_all_took_as_long() {
        for estimate in found(&vec![vec![20_000_000; 30]; SHARDS]) {
            assert_eq!((estimate.value, estimate.log_error), (Some(20e6), Some(0.0)));
        }
        let nothing = found(&vec![Vec::new(); SHARDS]);
        assert!(nothing.into_iter().all(|estimate| estimate == Estimate::NONE));
    }

    #[test]
    fn two_modes_far_from_each_other() {
        // In every other shard most spans take 1 ms, in the rest most take 1 s, and it is 1 ms by a hair for all
        // together.
        let (fast, slow) = (vec![1_000_000; 11], vec![1_000_000_000; 11]);
        let mut shards: Vec<Vec<u64>> =
            (0..SHARDS).map(|shard| [&fast[..11 - shard % 2], &slow[..10 + shard % 2]].concat()).collect();
        shards[0].push(1_000_000);
        let [p50, ..] = found(&shards);
        assert!((p50.value.unwrap() / 1e6 - 1.0).abs() < 0.01);
        assert!(p50.log_error.unwrap() > 100.0, "of the halves, nearly half are at 1 s");
    }
}
