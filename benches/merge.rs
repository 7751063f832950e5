//! Adding up summaries.

#![allow(missing_docs, reason = "criterion's macros make what is public")]

mod common;

use criterion::{BatchSize, BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use tracerank_summary::Summary;

/// How many spans each name has: enough for a histogram of several cells.
const SPANS_OF_A_NAME: usize = 40;

fn merge(criterion: &mut Criterion) {
    let mut group = common::group(criterion, "merge");
    for names in [50, 5_000] {
        let count = names * SPANS_OF_A_NAME;
        let summary = common::summary(count, names);
        assert_eq!(common::spans_of(&merged(summary.clone(), &summary)), 2 * count as u64);
        group.throughput(Throughput::Elements(names as u64));
        for (label, into) in [("into the same names", summary.clone()), ("into an empty one", Summary::new())] {
            group.bench_function(BenchmarkId::new(label, names), |bencher| {
                bencher.iter_batched(|| into.clone(), |into| merged(into, &summary), BatchSize::LargeInput);
            });
        }
    }
    group.finish();
}

fn merged(mut into: Summary, next: &Summary) -> Summary {
    into.merge(next);
    into
}

criterion_group!(benches, merge);
criterion_main!(benches);
