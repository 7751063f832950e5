//! From a file to its summary: mapped and streamed, with one thread and with several, with histograms and without.

#![allow(missing_docs, reason = "criterion's macros make what is public")]
#![allow(clippy::unwrap_used)]

mod common;

use std::fs;
use std::thread::available_parallelism;

use criterion::{Criterion, criterion_group, criterion_main};
use tracerank::engine::Engine;
use tracerank::input::{self, Source};
use tracerank_summary::Wanted;

use common::Log;

const SIZE: usize = 64 << 20;

fn scan(criterion: &mut Criterion) {
    let directory = tempfile::tempdir().unwrap();
    for name in ["basic.log", "mixed.log"] {
        let log = Log::of(name, SIZE);
        let path = directory.path().join(name);
        fs::write(&path, &log.bytes).unwrap();
        let sources = input::resolve(&[path], false).unwrap();
        let mut group = common::group(criterion, &format!("scan/{name}"));
        group.throughput(log.throughput());
        for (label, engine, wanted) in cases() {
            check((&engine, wanted), &sources, &log);
            group.bench_function(label, |bencher| bencher.iter(|| engine.scan(&sources, wanted).unwrap()));
        }
        group.finish();
    }
}

fn cases() -> Vec<(String, Engine, Wanted)> {
    let all = available_parallelism().map_or(1, usize::from);
    let mut threads = vec![1, 2, all];
    threads.dedup();
    let mut cases = Vec::new();
    for threads in threads {
        for (way, may_map) in [("mapped", true), ("streamed", false)] {
            for (what, wanted) in common::WANTED {
                let engine = Engine::default().threads(threads).map(may_map);
                cases.push((format!("{way}, {what}, threads {threads}"), engine, wanted));
            }
        }
    }
    cases
}

fn check((engine, wanted): (&Engine, Wanted), sources: &[Source], log: &Log) {
    let scanned = engine.scan(sources, wanted).unwrap();
    let account = scanned.account;
    assert_eq!((account.lines, account.records, account.spans), (log.lines, log.records, log.spans));
    assert_eq!(common::spans_of(&scanned.summary), log.spans);
}

criterion_group!(benches, scan);
criterion_main!(benches);
