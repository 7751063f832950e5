//! Writing a report, by each renderer.

#![allow(missing_docs, reason = "criterion's macros make what is public")]
#![allow(clippy::unwrap_used, clippy::naive_bytecount)]

mod common;

use std::sync::Arc;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use tracerank::analyses::report::{Column, Options, Report};
use tracerank::render::Model;
use tracerank_summary::Account;

/// Renderers, their columns, and how many lines each writes beside its rows.
const RENDERERS: [(&str, &str, &[Column], usize); 6] = [
    ("text", "text", &Column::DEFAULT, 2),
    ("text, all columns", "text", &Column::ALL, 1),
    ("json", "json", &Column::FLAT, 2),
    ("csv", "csv", &Column::FLAT, 1),
    ("markdown", "markdown", &Column::DEFAULT, 2),
    ("markdown, all columns", "markdown", &Column::ALL, 2),
];

fn render(criterion: &mut Criterion) {
    let mut group = common::group(criterion, "render");
    for names in [50, 5_000] {
        let summary = Arc::new(common::summary(40 * names, names));
        for (label, format, columns, other_lines) in RENDERERS {
            let options = Options { columns: columns.to_vec(), ..Options::default() };
            let report = || {
                let mut out = Vec::new();
                let report = Report::new(Arc::clone(&summary), Account::default(), &options, None);
                report.write_as(format, &mut out).unwrap();
                out
            };
            let written = report();
            assert_eq!(written.iter().filter(|byte| **byte == b'\n').count(), names + other_lines, "{label}");
            group.throughput(Throughput::ElementsAndBytes { elements: names as u64, bytes: written.len() as u64 });
            group.bench_function(BenchmarkId::new(label, names), |bencher| bencher.iter(report));
        }
    }
    group.finish();
}

criterion_group!(benches, render);
criterion_main!(benches);
