//! Percentiles against those of the durations themselves, and their laws: one definition, however the spans came.

use proptest::prelude::*;
use tracerank::analyses::diff::{Measure, Per, figures};
use tracerank_summary::{Group, Summary, Wanted};
use tracerank_testing::naive;

const PERMILLES: [u64; 9] = [0, 1, 250, 500, 900, 950, 990, 999, 1000];

fn naive_row(durations_ns: &[i64]) -> naive::Row {
    naive::Row { name: b"a".to_vec(), durations_ns: durations_ns.to_vec(), base_ids: Vec::new() }
}

fn summary(durations: &[i64]) -> Summary {
    let mut summary = Summary::with(Wanted::SHARDED);
    for (number, ns) in durations.iter().enumerate() {
        summary.record(b"a", *ns, Group::of(&number.to_le_bytes()));
    }
    summary
}

fn found(summary: &Summary) -> [i64; PERMILLES.len()] {
    summary.rows().next().unwrap().quantiles_ns(PERMILLES.map(|permille| permille as f64 / 1000.0))
}

/// Samples of every size, with ties, as short as 0 ns and as long as 292 years; few are below zero, as in logs.
fn durations() -> impl Strategy<Value = Vec<i64>> {
    let duration = prop_oneof![
        4 => 0..60_000_000_000_i64,
        2 => 19_990_000..20_010_000_i64,
        2 => Just(20_000_000_i64),
        1 => 0..300_i64,
        1 => 0..=i64::MAX,
        1 => -1_000_000..=0_i64,
        1 => i64::MIN..=0_i64,
    ];
    let alike = prop_oneof![19_990_000..20_010_000_i64, Just(20_000_000_i64)];
    prop_oneof![
        2 => prop::collection::vec(duration.clone(), 1..4),
        3 => prop::collection::vec(duration, 1..300),
        1 => prop::collection::vec(0..60_000_000_000_i64, 1..300),
        1 => prop::collection::vec(alike, 1..300),
    ]
}

proptest! {
    #[test]
    fn a_percentile_is_near_that_of_the_durations(durations in durations()) {
        let (found, expected) = (found(&summary(&durations)), naive_row(&durations));
        for (found, permille) in found.into_iter().zip(PERMILLES) {
            let (truth, reach) = expected.percentile(permille);
            prop_assert!(found.abs_diff(truth) <= reach as u64, "{}: {} is not {} ± {}", permille, found, truth, reach);
        }
        prop_assert!(found.is_sorted());
        prop_assert_eq!((found[0], found[8]), (expected.min_ns(), expected.max_ns()));
    }

    #[test]
    fn of_one_or_two_durations_and_of_equal_ones_it_is_exact(one in any::<i64>(), pair in any::<[i32; 2]>(), times in 1..50_usize) {
        prop_assert_eq!(found(&summary(&vec![one; times])), [one; 9]);
        let expected = naive_row(&pair.map(i64::from));
        let exact = PERMILLES.map(|permille| expected.percentile(permille).0);
        prop_assert_eq!(found(&summary(&pair.map(i64::from))), exact);
    }

    #[test]
    fn merged_summaries_have_the_percentiles_of_all_spans(durations in durations(), cut in any::<prop::sample::Index>()) {
        let (first, second) = durations.split_at(cut.index(durations.len() + 1));
        let whole = found(&summary(&durations));
        for (one, other) in [(first, second), (second, first)] {
            let mut merged = summary(one);
            merged.merge(&summary(other));
            prop_assert_eq!(found(&merged), whole);
        }
    }

    #[test]
    fn a_comparison_has_the_percentiles_of_a_report(durations in durations()) {
        let summary = summary(&durations);
        let of_report = summary.rows().next().unwrap().quantiles_ns([0.5, 0.95, 0.99]);
        let of_diff = figures(&summary, &Per::Root, |_| true);
        let of_diff = [Measure::P50, Measure::P95, Measure::P99].map(|measure| of_diff[0][measure]);
        prop_assert_eq!(of_diff, of_report.map(|ns| Some(ns as f64)));
    }
}
