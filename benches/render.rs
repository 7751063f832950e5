//! Writing a report, by each renderer.

#![allow(missing_docs, reason = "criterion's macros make what is public")]
#![allow(clippy::unwrap_used, clippy::naive_bytecount)]

mod common;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use tracerank::analyses::report::{Column, Format, Options, Report};
use tracerank_summary::Account;

/// Renderers, and how many lines each writes beside its rows.
const RENDERERS: [(&str, Format, bool, usize); 6] = [
    ("text", Format::Text, false, 2),
    ("text, all columns", Format::Text, true, 1),
    ("json", Format::Json, false, 2),
    ("csv", Format::Csv, false, 1),
    ("markdown", Format::Markdown, false, 2),
    ("markdown, all columns", Format::Markdown, true, 2),
];

fn render(criterion: &mut Criterion) {
    let mut group = common::group(criterion, "render");
    for names in [50, 5_000] {
        let summary = common::summary(40 * names, names);
        for (label, format, all_columns, other_lines) in RENDERERS {
            let columns = if all_columns { Column::ALL.to_vec() } else { Vec::new() };
            let options = Options { columns, ..Options::default() };
            let report = || {
                let mut out = Vec::new();
                Report::new(&summary, Account::default(), &options, None).write(format, &mut out).unwrap();
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
