//! Cutting a log into chunks: only the line feed at each cut is looked for, so the number of chunks is what takes time.

#![allow(missing_docs, reason = "criterion's macros make what is public")]

mod common;

use std::hint::black_box;

use common::Log;
use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use tracerank::stages::chunk_starts;

fn chunk(criterion: &mut Criterion) {
    let log = Log::of("basic.log", 64 << 20);
    let mut group = common::group(criterion, "chunk");
    for len in [4 << 10, 64 << 10, 4 << 20] {
        // No line of this log is as long as a chunk, so that one begins in each.
        let chunks = log.bytes.len().div_ceil(len);
        assert_eq!(chunk_starts(&log.bytes, len).len(), chunks);
        group.throughput(Throughput::Elements(chunks as u64));
        group.bench_function(BenchmarkId::from_parameter(len), |bencher| {
            bencher.iter(|| chunk_starts(black_box(&log.bytes), len));
        });
    }
    group.finish();
}

criterion_group!(benches, chunk);
criterion_main!(benches);
