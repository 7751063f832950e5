//! The whole command, from its start to its end.

#![allow(missing_docs, reason = "criterion's macros make what is public")]
#![allow(clippy::unwrap_used)]

mod common;

use std::fs;
use std::path::Path;
use std::process::Command;

use common::Log;
use criterion::{Criterion, criterion_group, criterion_main};

const CASES: [(&str, &str, &[&str]); 4] = [
    ("text", "text", &[]),
    ("csv", "csv", &[]),
    ("csv, one thread", "csv", &["--threads", "1"]),
    ("csv, streamed", "csv", &["--no-mmap"]),
];

fn end_to_end(criterion: &mut Criterion) {
    let directory = tempfile::tempdir().unwrap();
    for (name, size) in [("basic.log", 64 << 20), ("prefixed-verbose.log", 64 << 20), ("long-span.log", 1)] {
        let log = Log::of(name, size);
        let path = directory.path().join(name);
        fs::write(&path, &log.bytes).unwrap();
        let mut group = common::group(criterion, &format!("end to end/{name}"));
        group.throughput(log.throughput());
        for (label, format, options) in CASES {
            let counts = report(&path, "csv", &[options, &["--columns", "count"]].concat());
            assert_eq!(sum(&counts), log.spans);
            group.bench_function(label, |bencher| bencher.iter(|| report(&path, format, options)));
        }
        group.finish();
    }
}

fn report(path: &Path, format: &str, options: &[&str]) -> Vec<u8> {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tracerank"));
    let output = command.args(["report", "--format", format]).args(options).arg(path).output().unwrap();
    assert!(output.status.success(), "{}", output.stderr.escape_ascii());
    output.stdout
}

/// The sum of a column of numbers.
fn sum(csv: &[u8]) -> u64 {
    let numbers = String::from_utf8_lossy(csv);
    numbers.lines().skip(1).map(|number| number.parse::<u64>().unwrap()).sum()
}

criterion_group!(benches, end_to_end);
criterion_main!(benches);
