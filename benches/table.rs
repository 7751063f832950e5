//! Adding spans to a thread's table.

#![allow(missing_docs, reason = "criterion's macros make what is public")]

mod common;

use std::hint::black_box;

use common::Log;
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use tracerank::record::Record;
use tracerank::stages::{Span, fill_table};

const SPANS: usize = 100_000;

fn table(criterion: &mut Criterion) {
    let cases = [
        ("names of a genuine log", genuine_spans()),
        ("1000 names", common::spans(SPANS, 1_000)),
        // More than a table holds: it is emptied again and again.
        ("20000 names", common::spans(SPANS, 20_000)),
    ];
    for (label, spans) in cases {
        let mut group = common::group(criterion, &format!("table/{label}"));
        group.throughput(Throughput::Elements(spans.len() as u64));
        for (label, wanted) in common::WANTED {
            assert_eq!(common::spans_of(&fill_table(&spans, wanted)), spans.len() as u64);
            group.bench_function(label, |bencher| bencher.iter(|| fill_table(black_box(&spans), wanted)));
        }
        group.finish();
    }
}

fn genuine_spans() -> Vec<Span> {
    let log = Log::of("basic.log", 16 << 20);
    let span = |record: Record<'_>| Some(Span::new(record.name, record.duration_ns?.unsigned_abs()));
    let spans: Vec<Span> = common::lines(&log.bytes).filter_map(common::record).filter_map(span).collect();
    assert_eq!(spans.len() as u64, log.spans);
    spans
}

criterion_group!(benches, table);
criterion_main!(benches);
