//! Comparing a thousand names: all measures, intervals and verdicts.

#![allow(missing_docs, reason = "criterion's macros make what is public")]

mod common;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use tracerank::analyses::diff::{Comparison, Settings, Side, compare, judge};
use tracerank_testing::simulated::{Load, Random, pair};

const NAMES: usize = 1_000;
/// As many names differ; that each is compared ten times saves memory and leaves the caches as cold as a thousand would, which is what counts.
const DIFFERENT: usize = 100;

type Pair = [Side<Vec<(u16, u64)>>; 2];

fn diff(criterion: &mut Criterion) {
    let mut group = common::group(criterion, "diff");
    for spans in [1, 5, 20] {
        let mut random = Random::new(7);
        let pairs: Vec<Pair> =
            (0..DIFFERENT).map(|_| pair(&mut random, Load::new(500, spans, 0.1), 1.0).map(|run| run.side)).collect();
        group.throughput(Throughput::Elements(NAMES as u64));
        group.bench_function(BenchmarkId::new("500 base_ids of spans", spans), |bencher| {
            bencher.iter(|| compared(&pairs));
        });
    }
    group.finish();
}

fn compared(pairs: &[Pair]) -> Vec<Comparison> {
    let settings = Settings::default();
    let pairs = pairs.iter().cycle().take(NAMES);
    let mut comparisons: Vec<Comparison> =
        pairs.map(|[base, new]| compare(std::slice::from_ref(base), new, &settings)).collect();
    judge(&mut comparisons, &settings);
    comparisons
}

criterion_group!(benches, diff);
criterion_main!(benches);
