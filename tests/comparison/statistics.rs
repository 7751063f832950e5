//! The statistics of a comparison against plain formulas over the durations themselves, their laws, and what is at their edges.

use std::array;
use std::thread;

use proptest::prelude::*;
use tracerank::analyses::diff::{
    Calls, Comparison, Measure, Rule, SHARDS, Settings, Shard, Shift, Side, Verdict, cell_of, coarse_cell_of, compare,
    judge,
};

/// The durations of each shard, in nanoseconds, and its roots.
type Plain = [(Vec<i64>, u64); SHARDS];

fn side(plain: &Plain) -> Side<Vec<(u16, u64)>> {
    let all: Vec<i64> = plain.iter().flat_map(|(durations, _)| durations).copied().collect();
    let shards = plain.each_ref().map(|(durations, _)| Shard {
        count: durations.len() as u64,
        sum_ns: durations.iter().map(|ns| i128::from(*ns)).sum(),
        cells: histogram(durations, coarse_cell_of),
    });
    Side {
        cells: histogram(&all, cell_of),
        min_ns: all.iter().min().map_or(0, |ns| *ns),
        max_ns: all.iter().max().map_or(0, |ns| *ns),
        shards,
        units: plain.each_ref().map(|(_, roots)| *roots),
        base_ids: 500,
    }
}

fn histogram(durations: &[i64], cell_of: impl Fn(u64) -> u16) -> Vec<(u16, u64)> {
    let mut cells: Vec<u16> = durations.iter().map(|ns| cell_of(u64::try_from(*ns).unwrap_or(0))).collect();
    cells.sort_unstable();
    cells.chunk_by(|a, b| a == b).map(|alike| (alike[0], alike.len() as u64)).collect()
}

fn plain(durations: impl Strategy<Value = i64> + Clone, fewest: usize) -> impl Strategy<Value = Plain> {
    let shard = (prop::collection::vec(durations, fewest..20), 1..10_u64);
    prop::collection::vec(shard, SHARDS).prop_map(|shards| shards.try_into().unwrap())
}

fn usual() -> impl Strategy<Value = Plain> {
    plain(1_000_000..30_000_000_i64, 4)
}

/// All names count, and the smallest change does.
fn keen() -> Settings {
    Settings { margin: 0.0, floor_ns: 0.0, min_base_ids: 0, min_shards: 0, ..Settings::default() }
}

fn judged(base: &Plain, new: &Plain, settings: &Settings) -> Comparison {
    let mut comparisons = [compare(&[side(base)], &side(new), settings)];
    judge(&mut comparisons, settings);
    let [comparison] = comparisons;
    comparison
}

/// The figures that are ratios of sums, without the shards that `keep` does not keep.
fn naive(plain: &Plain, keep: impl Fn(usize) -> bool) -> [f64; 3] {
    let kept = || plain.iter().enumerate().filter(|(shard, _)| keep(*shard)).map(|(_, shard)| shard);
    let count = kept().map(|(durations, _)| durations.len() as f64).sum::<f64>();
    let sum = kept().flat_map(|(durations, _)| durations).map(|ns| *ns as f64).sum::<f64>();
    let roots = kept().map(|(_, roots)| *roots as f64).sum::<f64>();
    [count / roots, sum / count, sum / roots]
}

/// The jackknife's variance of their logarithms.
fn naive_variances(plain: &Plain) -> [f64; 3] {
    let without: Vec<[f64; 3]> =
        (0..SHARDS).map(|left_out| naive(plain, |shard| shard != left_out).map(f64::ln)).collect();
    array::from_fn(|figure| {
        let mean = without.iter().map(|logs| logs[figure]).sum::<f64>() / 32.0;
        without.iter().map(|logs| (logs[figure] - mean).powi(2)).sum::<f64>() * 31.0 / 32.0
    })
}

fn is_near(a: f64, b: f64) -> bool {
    (a - b).abs() <= 1e-9 * a.abs().max(b.abs())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(if cfg!(miri) { 2 } else { 64 }))]

    #[test]
    fn ratios_and_their_errors_are_those_of_plain_formulas(base in usual(), new in usual()) {
        let comparison = judged(&base, &new, &keen());
        let (before, after) = (naive(&base, |_| true), naive(&new, |_| true));
        let (of_base, of_new) = (naive_variances(&base), naive_variances(&new));
        for (figure, measure) in [Measure::Calls, Measure::Mean, Measure::Total].into_iter().enumerate() {
            let change = comparison[measure];
            prop_assert!(is_near(change.base.unwrap(), before[figure]) && is_near(change.new.unwrap(), after[figure]));
            prop_assert!(is_near(change.ratio.unwrap(), after[figure] / before[figure]));
            let certainty = change.certainty.unwrap();
            let error = (of_base[figure] + of_new[figure]).sqrt();
            prop_assert!((certainty.log_error - error).abs() < 1e-9);
            let reach = (certainty.high / change.ratio.unwrap()).ln() / error;
            prop_assert!((1.99..2.05).contains(&reach) && (30..=62).contains(&certainty.freedom));
            prop_assert!(is_near(certainty.low * certainty.high, change.ratio.unwrap().powi(2)));
        }
    }

    #[test]
    fn the_other_way_round_everything_is(base in usual(), new in usual()) {
        let (there, back) = (judged(&base, &new, &keen()), judged(&new, &base, &keen()));
        for measure in Measure::ALL {
            let (there, back) = (there[measure], back[measure]);
            prop_assert!(is_near(there.ratio.unwrap() * back.ratio.unwrap(), 1.0));
            let (certain, other) = (there.certainty.unwrap(), back.certainty.unwrap());
            prop_assert!(is_near(certain.low * other.high, 1.0) && is_near(certain.high * other.low, 1.0));
            prop_assert!((certain.p - other.p).abs() < 1e-9);
            let flipped = back.shift.map(|shift| if shift == Shift::Up { Shift::Down } else { Shift::Up });
            prop_assert_eq!(there.shift, flipped);
        }
        let flipped = match back.verdict {
            Verdict::Slower => Verdict::Faster,
            Verdict::Faster => Verdict::Slower,
            other => other,
        };
        prop_assert_eq!(there.verdict, flipped);
    }

    #[test]
    fn shards_have_no_order(base in usual(), new in usual(), by in 1..SHARDS) {
        let mut turned = new.clone();
        turned.rotate_left(by);
        turned.reverse();
        let (one, other) = (judged(&base, &new, &keen()), judged(&base, &turned, &keen()));
        for measure in Measure::ALL {
            prop_assert_eq!(one[measure].ratio, other[measure].ratio);
            let errors = [&one, &other].map(|comparison| comparison[measure].certainty.unwrap().log_error);
            // Which halves are taken of the shards depends on their order, so that a quantile's error is another one of as good a kind.
            let tolerance = if matches!(measure, Measure::P50 | Measure::P95 | Measure::P99) { 0.9 } else { 1e-9 };
            prop_assert!((errors[0] - errors[1]).abs() <= tolerance * errors[0].max(errors[1]), "{:?} {:?}", measure, errors);
        }
    }

    #[test]
    fn a_unit_of_time_is_as_good_as_another(base in usual(), new in usual(), bits in 1..20_u32) {
        let scaled = |plain: &Plain| plain.clone().map(|(durations, roots)| (durations.iter().map(|ns| ns << bits).collect(), roots));
        let (one, other) = (judged(&base, &new, &keen()), judged(&scaled(&base), &scaled(&new), &keen()));
        for measure in Measure::ALL {
            prop_assert_eq!(one[measure].ratio, other[measure].ratio);
            let (certain, scaled) = (one[measure].certainty.unwrap(), other[measure].certainty.unwrap());
            prop_assert!((certain.log_error - scaled.log_error).abs() < 1e-5 * certain.log_error.max(1e-9));
        }
        prop_assert_eq!(one.verdict, other.verdict);
    }

    #[test]
    fn what_is_twice_as_much_of_the_same_changes_nothing(base in usual()) {
        let double = base.clone().map(|(durations, roots)| (durations.repeat(2), 2 * roots));
        let comparison = judged(&base, &double, &keen());
        for measure in Measure::ALL {
            prop_assert!(is_near(comparison[measure].ratio.unwrap(), 1.0));
        }
        prop_assert_eq!(comparison.verdict, Verdict::NoChange);
    }

    #[test]
    fn the_same_is_no_change(base in usual()) {
        for settings in [keen(), Settings { min_base_ids: 0, ..Settings::default() }] {
            let comparison = judged(&base, &base, &settings);
            for measure in Measure::ALL {
                prop_assert_eq!(comparison[measure].ratio, Some(1.0));
                prop_assert_eq!(comparison[measure].certainty.unwrap().p, 1.0);
            }
            prop_assert_eq!((comparison.verdict, comparison.calls), (Verdict::NoChange, Some(Calls::NoChange)));
        }
    }

    #[test]
    fn the_same_question_has_the_same_answer_in_every_thread(base in usual(), new in usual()) {
        let here = judged(&base, &new, &keen());
        let there = thread::scope(|scope| scope.spawn(|| judged(&base, &new, &keen())).join().unwrap());
        prop_assert_eq!(format!("{here:?}"), format!("{there:?}"));
    }
}

fn any_side() -> impl Strategy<Value = Side<Vec<(u16, u64)>>> {
    let count = prop_oneof![Just(0), 0..5_u64, any::<u64>()];
    let sum = prop_oneof![Just(0), -100..100_i128, any::<i128>()];
    let cells = prop_oneof![
        Just(vec![]),
        prop::collection::vec((any::<u16>(), any::<u64>()), 0..6),
        prop::collection::btree_map(0..7_296_u16, 1..9_u64, 0..9).prop_map(|cells| cells.into_iter().collect()),
    ];
    let shard = (count.clone(), sum, cells.clone()).prop_map(|(count, sum_ns, cells)| Shard { count, sum_ns, cells });
    let shards = prop::collection::vec(shard, SHARDS).prop_map(|shards| shards.try_into().unwrap());
    let units = prop::collection::vec(count, SHARDS).prop_map(|units| units.try_into().unwrap());
    let side = (cells, any::<[i64; 2]>(), shards, units, any::<u64>());
    side.prop_map(|(cells, [min_ns, max_ns], shards, units, base_ids)| Side {
        cells,
        min_ns,
        max_ns,
        shards,
        units,
        base_ids,
    })
}

fn is_finite(comparison: &Comparison) -> bool {
    Measure::ALL.into_iter().all(|measure| {
        let change = comparison[measure];
        let certain =
            change.certainty.map(|certainty| [certainty.low, certainty.high, certainty.p, certainty.log_error]);
        let figures = [change.base, change.new, change.ratio, change.adjusted_p, Some(change.spread)];
        figures.into_iter().flatten().chain(certain.into_iter().flatten()).all(f64::is_finite)
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(if cfg!(miri) { 2 } else { 512 }))]

    #[test]
    fn whatever_comes_in_finite_numbers_come_out(
        bases in prop::collection::vec(any_side(), 0..4), new in any_side(), margin in 0.0..0.5_f64,
    ) {
        let settings = Settings { margin, ..keen() };
        let mut comparisons = [compare(&bases, &new, &settings)];
        judge(&mut comparisons, &settings);
        prop_assert!(is_finite(&comparisons[0]), "{:?}", comparisons[0]);
    }
}

/// In each shard ten roots and ten spans of these durations, more or less.
fn even(ns: i64) -> Plain {
    array::from_fn(|shard| ((0..10).map(|span| ns + ns / 100 * ((shard as i64 * 7 + span) % 10)).collect(), 10))
}

const MS: i64 = 1_000_000;

#[test]
fn slower_faster_and_neither() {
    let settings = Settings::default();
    for (new, verdict) in [(30, Verdict::Slower), (20, Verdict::NoChange), (14, Verdict::Faster)] {
        let comparison = judged(&even(20 * MS), &even(new * MS), &settings);
        assert_eq!((comparison.verdict, comparison.calls), (verdict, Some(Calls::NoChange)));
        assert!(is_finite(&comparison));
    }
}

#[test]
fn the_margin_and_the_floor() {
    let (base, new) = (even(20 * MS), even(20 * MS + 4 * MS / 5));
    let verdict = |margin, floor_ns| judged(&base, &new, &Settings { margin, floor_ns, ..Settings::default() }).verdict;
    assert_eq!(verdict(0.05, 0.5e6), Verdict::NoChange, "+4 % is within the margin");
    assert_eq!(verdict(0.02, 0.5e6), Verdict::Slower);
    assert_eq!(verdict(0.02, 1.0e6), Verdict::NoChange, "0.8 ms of each root are below the floor");
}

#[test]
fn more_calls_are_a_matter_of_their_own() {
    let base = even(20 * MS);
    let twice = base.clone().map(|(durations, roots)| (durations.repeat(2), roots));
    let comparison = judged(&base, &twice, &Settings::default());
    assert_eq!(comparison.calls, Some(Calls::More));
    assert_eq!((comparison[Measure::Calls].ratio, comparison[Measure::Mean].shift), (Some(2.0), None));
    assert_eq!(comparison[Measure::Total].shift, Some(Shift::Up), "what it takes of a root has doubled");
    assert_eq!(judged(&twice, &base, &Settings::default()).calls, Some(Calls::Fewer));
    let of_times = Settings { gated: vec![Measure::Mean], ..Settings::default() };
    let comparison = judged(&base, &twice, &of_times);
    assert_eq!((comparison.verdict, comparison.calls), (Verdict::NoChange, None));
}

#[test]
fn names_on_one_side_only() {
    let (some, none) = (even(20 * MS), array::from_fn(|_| (Vec::new(), 10)));
    let (new, gone) = (judged(&none, &some, &Settings::default()), judged(&some, &none, &Settings::default()));
    assert_eq!((new.verdict, gone.verdict), (Verdict::New, Verdict::Gone));
    assert_eq!((new[Measure::Mean].base, new[Measure::Mean].ratio), (None, None));
    assert!(gone[Measure::P50].base.is_some() && gone[Measure::P50].new.is_none());
    assert_eq!(compare::<Vec<_>>(&[], &side(&some), &Settings::default())[Measure::Mean].base, None);
}

#[test]
fn too_little_data_is_not_no_change() {
    let base = even(20 * MS);
    let settings = Settings::default();
    let verdict = |base: &Side<_>, new: &Side<_>| {
        let mut comparisons = [compare(std::slice::from_ref(base), new, &settings)];
        judge(&mut comparisons, &settings);
        (comparisons[0].verdict, comparisons[0].calls, comparisons[0][Measure::Mean].certainty.is_some())
    };
    let ample = side(&base);
    let few_ids = Side { base_ids: 99, ..ample.clone() };
    let mut in_few_shards = base.clone();
    in_few_shards[19..].iter_mut().for_each(|(durations, _)| durations.clear());
    let mut in_enough = base.clone();
    in_enough[20..].iter_mut().for_each(|(durations, _)| durations.clear());
    let one_each = side(&base.clone().map(|(durations, roots)| (durations[..3].to_vec(), roots)));
    let little = (Verdict::TooLittleData, None, false);
    assert_eq!(verdict(&few_ids, &few_ids), little);
    assert_eq!(verdict(&ample, &few_ids), little);
    assert_eq!(verdict(&side(&in_few_shards), &ample), little);
    assert_eq!(verdict(&one_each, &one_each), little, "96 spans are of 96 base_ids at most");
    assert_eq!(verdict(&side(&in_enough), &side(&in_enough)), (Verdict::NoChange, Some(Calls::NoChange), true));
}

#[test]
fn all_in_one_shard() {
    let one = |ns: i64| -> Plain { array::from_fn(|shard| (vec![ns; if shard == 5 { 900 } else { 0 }], 10)) };
    let comparison = judged(&one(20 * MS), &one(30 * MS), &keen());
    assert_eq!(comparison[Measure::Mean].ratio, Some(1.5));
    assert_eq!(comparison[Measure::Mean].certainty, None, "without it there is nothing");
    assert!(is_finite(&comparison));
    assert_eq!(judged(&one(MS), &one(MS), &Settings::default()).verdict, Verdict::TooLittleData);
}

#[test]
fn sums_that_are_zero_or_negative() {
    for ns in [0, -20 * MS] {
        let comparison = judged(&even(20 * MS), &even(ns), &Settings::default());
        assert_eq!((comparison[Measure::Mean].ratio, comparison[Measure::Total].certainty), (None, None));
        assert!(comparison[Measure::Mean].new.is_some() && is_finite(&comparison));
        // The quantiles did go down: what is below zero counts as zero.
        assert_eq!(comparison.verdict, Verdict::Faster);
        assert_eq!(judged(&even(ns), &even(ns), &Settings::default()).verdict, Verdict::TooLittleData);
    }
}

#[test]
fn a_program_without_variance() {
    let constant = |ns: i64| -> Plain { array::from_fn(|_| (vec![ns; 10], 10)) };
    let comparison = judged(&constant(20 * MS), &constant(30 * MS), &Settings::default());
    let certainty = comparison[Measure::Mean].certainty.unwrap();
    assert!((certainty.low - 1.5).abs() < 1e-12 && (certainty.high - 1.5).abs() < 1e-12 && certainty.p < 1e-9);
    assert_eq!(comparison.verdict, Verdict::Slower);
    assert_eq!(judged(&constant(MS), &constant(MS), &Settings::default()).verdict, Verdict::NoChange);
}

#[test]
fn sums_are_exact_however_large() {
    // In f64, neither side's sum would show the nanosecond that each span of the last shard has more.
    let huge = |extra: i128| {
        let (cell, coarse) = (cell_of(1 << 60), coarse_cell_of(1 << 60));
        let shards = array::from_fn(|shard| Shard {
            count: 1 << 40,
            sum_ns: (1_i128 << 100) + if shard == 31 { extra } else { -1 },
            cells: vec![(coarse, 1 << 40)],
        });
        let (min_ns, max_ns) = (1 << 60, 1 << 60);
        Side { cells: vec![(cell, 32 << 40)], min_ns, max_ns, shards, units: [1 << 40; SHARDS], base_ids: 1 << 40 }
    };
    let comparison = compare(&[huge(31)], &huge(31 + (1 << 60)), &keen());
    assert!(comparison[Measure::Mean].ratio.unwrap() >= 1.0 && is_finite(&comparison));
    assert_eq!(comparison[Measure::Mean].base, Some(2_f64.powi(60)));
}

#[test]
fn several_bases_widen_the_margin() {
    let settings = Settings::default();
    let new = side(&even(22 * MS));
    let verdict = |bases: &[i64]| {
        let bases: Vec<_> = bases.iter().map(|ns| side(&even(*ns))).collect();
        let mut comparisons = [compare(&bases, &new, &settings)];
        judge(&mut comparisons, &settings);
        (comparisons[0].verdict, comparisons[0][Measure::Mean].spread)
    };
    assert_eq!(verdict(&[20 * MS]), (Verdict::Slower, 0.0));
    assert_eq!(verdict(&[20 * MS, 20 * MS]).0, Verdict::Slower);
    let (unsteady, spread) = verdict(&[18 * MS, 20 * MS, 22 * MS]);
    assert_eq!(unsteady, Verdict::NoChange);
    assert!((0.09..0.11).contains(&spread));
    // One that lacks the name, or has little of it, is left out.
    let none = side(&array::from_fn(|_| (Vec::new(), 10)));
    let little = Side { base_ids: 5, ..side(&even(90 * MS)) };
    let mut comparisons = [compare(&[none, little, side(&even(20 * MS))], &new, &settings)];
    judge(&mut comparisons, &settings);
    assert_eq!((comparisons[0].verdict, comparisons[0][Measure::Mean].spread), (Verdict::Slower, 0.0));
}

/// Shards that differ by up to 8 ms around 20 ms and something.
fn noisy(shift: i64) -> Plain {
    array::from_fn(|shard| {
        let level = 20 * MS + shift + (shard as i64 * 37 % 32 - 16) * MS / 4;
        ((0..10).map(|span| level + span).collect(), 10)
    })
}

#[test]
fn the_rules_of_the_margin() {
    for (shift, by_estimate, by_interval) in [
        (MS / 2, Verdict::NoChange, Verdict::NoChange),
        (2 * MS, Verdict::Slower, Verdict::NoChange),
        (5 * MS, Verdict::Slower, Verdict::Slower),
        (-4 * MS, Verdict::Faster, Verdict::Faster),
    ] {
        for (rule, verdict) in [(Rule::Estimate, by_estimate), (Rule::Interval, by_interval)] {
            let settings = Settings { rule, gated: vec![Measure::Mean], ..Settings::default() };
            assert_eq!(judged(&noisy(0), &noisy(shift), &settings).verdict, verdict, "{shift} {rule:?}");
        }
    }
}

#[test]
fn the_more_names_the_more_certain_each_has_to_be() {
    // Not p95: these shards differ less in it than in the mean, so that it is certain enough.
    let settings = Settings { gated: vec![Measure::Mean], ..keen() };
    let one = compare(&[side(&noisy(0))], &side(&noisy(2 * MS)), &settings);
    let p = one[Measure::Mean].certainty.unwrap().p;
    assert!(p < 0.01 && p > 0.001, "{p}");
    let same = compare(&[side(&noisy(0))], &side(&noisy(0)), &settings);
    let mut alone = [one.clone()];
    judge(&mut alone, &settings);
    assert_eq!(alone[0].verdict, Verdict::Slower);
    let mut many = vec![same; 50];
    many.push(one);
    judge(&mut many, &settings);
    assert_eq!(many[50].verdict, Verdict::NoChange);
    assert!(many[50][Measure::Mean].adjusted_p.unwrap() > 0.05 && many[50][Measure::P99].adjusted_p.is_none());
}
