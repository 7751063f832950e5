//! From a file to its trees: pairing records, finding parents, growing the tree; beside it the ranking of spans, and the search for one.

#![allow(missing_docs, reason = "criterion's macros make what is public")]
#![allow(clippy::unwrap_used)]

mod common;

use std::fs;
use std::thread::available_parallelism;

use criterion::{Criterion, criterion_group, criterion_main};
use tracerank::analyses::show::Answer;
use tracerank::analyses::slowest::{Measure, Ranking};
use tracerank::engine::Engine;
use tracerank::input::{self, Source};

use common::Log;

const SIZE: usize = 64 << 20;
/// Bytes of memory that are more than enough.
const LIMIT: usize = 8 << 30;
const SLOWEST: Ranking = Ranking { measure: Measure::Duration, is_descending: true, top: 10, only_roots: true };

/// A trace group of basic.log in its last copy, and a span in it.
const IDS: [(&str, &str); 2] =
    [("base id", "4e648e13-f0c0-4862-a183-bc631e572f30"), ("trace id", "8ffc738c-47e5-425b-8c2c-7e248d7727c4")];

fn trees(criterion: &mut Criterion) {
    let directory = tempfile::tempdir().unwrap();
    for name in ["basic.log", "db.log"] {
        let log = Log::of_many_requests(name, SIZE);
        let path = directory.path().join(name);
        fs::write(&path, &log.bytes).unwrap();
        let sources = input::resolve(&[path], false).unwrap();
        let mut group = common::group(criterion, &format!("trees/{name}"));
        group.throughput(log.throughput());
        for (label, engine) in engines() {
            check(&engine, &sources, &log);
            let tree = || engine.grow(&sources, LIMIT, None).unwrap();
            group.bench_function(format!("tree, {label}"), |bencher| bencher.iter(tree));
            let ranking = || engine.slowest(&sources, LIMIT, SLOWEST, &|_| true).unwrap();
            group.bench_function(format!("slowest, {label}"), |bencher| bencher.iter(ranking));
            for (what, id) in IDS.into_iter().filter(|_| name == "basic.log") {
                let look_up = || engine.look_up(&sources, id.as_bytes(), usize::MAX).unwrap();
                assert!(matches!(look_up().answer, Answer::Found(_)));
                group.bench_function(format!("a {what}, {label}"), |bencher| bencher.iter(look_up));
            }
        }
        group.finish();
    }
}

fn engines() -> Vec<(String, Engine)> {
    let all = available_parallelism().map_or(1, usize::from);
    let mut threads = vec![1, 2, all];
    threads.dedup();
    let engine = |threads| (format!("threads {threads}"), Engine::default().threads(threads));
    threads.into_iter().map(engine).collect()
}

fn check(engine: &Engine, sources: &[Source], log: &Log) {
    let grown = engine.grow(sources, LIMIT, None).unwrap();
    assert_eq!((grown.scanned.account.spans, grown.trees.tree.counts.spans), (log.spans, log.spans));
    assert_eq!(grown.trees.tree.counts.repeated, 0);
}

criterion_group!(benches, trees);
criterion_main!(benches);
