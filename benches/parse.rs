//! From a line to a record, and from a duration's text to its nanoseconds: by the whole grammar and by the fast paths.

#![allow(missing_docs, reason = "criterion's macros make what is public")]

mod common;

use std::hint::black_box;

use common::Log;
use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use tracerank::stages::{Durations, FastPath, parse_duration};

const SIZE: usize = 4 << 20;

const FAST_PATHS: [(&str, FastPath); 2] = [("fast", FastPath::Best), ("fast, portable", FastPath::Portable)];

fn whole_grammar(criterion: &mut Criterion) {
    let mut group = common::group(criterion, "parse/whole grammar");
    for name in ["basic.log", "db.log", "prefixed-verbose.log", "mixed.log"] {
        let log = Log::of(name, SIZE);
        let lines: Vec<&[u8]> = common::lines(&log.bytes).collect();
        let count = |lines: &[&[u8]]| lines.iter().filter_map(|line| common::record(line)).count() as u64;
        assert_eq!(count(&lines), log.records);
        group.throughput(log.throughput());
        group.bench_function(name, |bencher| bencher.iter(|| count(black_box(&lines))));
    }
    group.finish();
}

fn fast_paths(criterion: &mut Criterion) {
    // Nearly all of the first log's lines are for the fast path; of the second's, those with JSON are not.
    for (name, least_percent) in [("basic.log", 99), ("db.log", 70)] {
        let log = Log::of(name, SIZE);
        let mut group = common::group(criterion, &format!("parse/{name}"));
        group.throughput(log.throughput());
        for (label, path) in FAST_PATHS {
            let total = path.recognise_lines(&log.bytes);
            assert!(total.recognised * 100 >= log.lines * least_percent, "{total:?} of {}", log.lines);
            group.bench_function(label, |bencher| bencher.iter(|| path.recognise_lines(black_box(&log.bytes))));
        }
        group.finish();
    }
}

fn numbers(criterion: &mut Criterion) {
    let log = Log::of("basic.log", SIZE);
    let texts: Vec<&[u8]> = common::lines(&log.bytes).filter_map(duration_of).collect();
    let slow = |texts: &[&[u8]]| texts.iter().filter_map(|text| parse_duration(text)).sum::<i64>();
    assert_eq!(texts.len() as u64, log.spans);
    let sum = slow(&texts);

    let mut group = common::group(criterion, "parse/duration");
    let bytes = texts.iter().map(|text| text.len() as u64).sum();
    group.throughput(Throughput::ElementsAndBytes { elements: log.spans, bytes });
    group.bench_function("whole grammar", |bencher| bencher.iter(|| slow(black_box(&texts))));
    let durations = Durations::new(texts.iter().copied());
    for (label, path) in FAST_PATHS {
        assert_eq!(path.sum(&durations), (log.spans, sum));
        group.bench_function(BenchmarkId::from_parameter(label), |bencher| {
            bencher.iter(|| path.sum(black_box(&durations)));
        });
    }
    group.finish();
}

/// The text of a stop record's duration.
fn duration_of(line: &[u8]) -> Option<&[u8]> {
    common::record(line)?.duration_ns?;
    line.split(|byte| *byte == b' ').nth(1)
}

criterion_group!(benches, whole_grammar, fast_paths, numbers);
criterion_main!(benches);
