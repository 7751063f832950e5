//! The span engine against the naive one: whatever the logs, however they are read.

#![cfg(feature = "cli")]
#![allow(clippy::unwrap_used)]

mod naive;
#[path = "common/odd.rs"]
mod odd;
#[path = "common/timeline.rs"]
mod timeline;

use std::fs;
use std::path::PathBuf;

use naive::spans::{Counts, Forest};
use odd::odd_records;
use proptest::prelude::*;
use tempfile::TempDir;
use tracerank::aggregate::Wanted;
use tracerank::input::{Source, resolve};
use tracerank::scan::Scan;
use tracerank::spans::CallTree;
use tracerank::{Error, spans, stages};

const NO_LIMIT: usize = usize::MAX;

/// Logs in files.
struct Logs {
    _directory: TempDir,
    sources: Vec<Source>,
}

impl Logs {
    fn new(logs: &[Vec<u8>]) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let paths: Vec<PathBuf> = (0..logs.len()).map(|at| directory.path().join(format!("{at}.log"))).collect();
        paths.iter().zip(logs).for_each(|(path, log)| fs::write(path, log).unwrap());
        Self { _directory: directory, sources: resolve(&paths, false).unwrap() }
    }

    fn tree(&self, way: &Way) -> (CallTree, u64) {
        self.tree_within(way).unwrap()
    }

    /// None if a trace group does not fit into the limit.
    fn tree_within(&self, way: &Way) -> Option<(CallTree, u64)> {
        let scan = Scan::default().wanted(Wanted::NOTHING).threads(way.threads).map(way.may_map);
        let found = stages::run_tree(&scan, &self.sources, way.limit, way.chunk, way.window);
        if matches!(found, Err(Error::MemoryLimit { .. })) {
            return None;
        }
        let found = found.unwrap();
        assert_eq!(found.scanned.account.spans, found.trees.tree.counts.spans);
        Some((found.trees.tree, found.trees.readings))
    }
}

/// How logs are read.
#[derive(Debug, Clone)]
struct Way {
    threads: usize,
    may_map: bool,
    limit: usize,
    chunk: usize,
    window: u64,
}

const USUAL: Way = Way { threads: 2, may_map: true, limit: NO_LIMIT, chunk: 4 << 20, window: 32 << 20 };

fn ways() -> impl Strategy<Value = Way> {
    let limit = prop_oneof![Just(NO_LIMIT), 2000..40_000_usize];
    (1..8_usize, any::<bool>(), limit, 1..2000_usize, 1..4000_u64)
        .prop_map(|(threads, may_map, limit, chunk, window)| Way { threads, may_map, limit, chunk, window })
}

fn naive_forest(logs: &[Vec<u8>]) -> Forest {
    naive::spans::read(&logs.iter().map(Vec::as_slice).collect::<Vec<_>>())
}

#[track_caller]
fn assert_is(tree: &CallTree, forest: &Forest) {
    assert_eq!(counts(tree.counts), forest.counts);
    let path_of = |at: usize| {
        let above = std::iter::successors(Some(at), |at| tree.places[*at].parent);
        let mut path: Vec<Vec<u8>> = above.map(|at| tree.places[at].name.to_vec()).collect();
        path.reverse();
        path
    };
    let node = |(at, place): (usize, &spans::Place)| {
        assert_eq!(place.depth + 1, path_of(at).len());
        let spans::Place { count, total_ns, self_ns, max_ns, .. } = *place;
        naive::spans::Node { path: path_of(at), count, total_ns, self_ns, max_ns }
    };
    let nodes: Vec<_> = tree.places.iter().enumerate().map(node).collect();
    assert_eq!(nodes, naive::spans::tree(forest));
    let figures = tree.figures().into_iter().map(|(name, figures)| {
        let spans::Figures { count, total_ns, self_ns, total_outer_ns } = figures;
        naive::spans::Figures { name: name.to_vec(), count, total_ns, self_ns, total_outer_ns }
    });
    assert_eq!(figures.collect::<Vec<_>>(), naive::spans::figures(forest));
    assert_eq!(tree.roots_total_ns(), naive::spans::roots_total_ns(forest));
}

fn counts(counts: spans::Counts) -> Counts {
    let spans::Counts { spans, unfinished, cut_off, repeated, roots, missing_parents, cycles, .. } = counts;
    let spans::Counts { asynchronous, outliving, groups, spread_groups, largest_group_records, steps_back, .. } =
        counts;
    Counts {
        spans,
        unfinished,
        cut_off,
        repeated,
        roots,
        missing_parents,
        cycles,
        asynchronous,
        outliving,
        groups,
        spread_groups,
        largest_group_records,
        steps_back,
    }
}

#[test]
fn genuine_logs() {
    for name in ["basic", "killed", "long-span", "db", "db-errors", "mixed", "odd-ids", "prefixed-verbose"] {
        let logs = [fs::read(format!("testdata/corpus/{name}.log")).unwrap()];
        let forest = naive_forest(&logs);
        let logs = Logs::new(&logs);
        assert_is(&logs.tree(&USUAL).0, &forest);
        let in_pieces = Way { threads: 3, may_map: true, limit: NO_LIMIT, chunk: 10_000, window: 50_000 };
        assert_is(&logs.tree(&in_pieces).0, &forest);
    }
}

#[test]
fn a_genuine_log_that_was_rotated() {
    let log = fs::read("testdata/corpus/basic.log").unwrap();
    let cut = log.len() / 2 + memchr::memchr(b'\n', &log[log.len() / 2..]).unwrap() + 1;
    let parts = [log[..cut].to_vec(), log[cut..].to_vec()];
    let whole = Logs::new(&[log]).tree(&USUAL).0;
    for logs in [parts.clone(), [parts[1].clone(), parts[0].clone()]] {
        let tree = Logs::new(&logs).tree(&USUAL).0;
        assert_is(&tree, &naive_forest(&logs));
        assert_eq!((tree.counts.spans, tree.counts.unfinished), (whole.counts.spans, whole.counts.unfinished));
        assert!(tree.counts.spread_groups > 10);
    }
}

#[test]
fn less_memory_takes_more_readings_and_tells_the_same() {
    let logs = Logs::new(&[fs::read("testdata/corpus/basic.log").unwrap()]);
    let (whole, once) = logs.tree(&USUAL);
    assert_eq!(once, 1);
    let mut readings = vec![];
    for limit in [120_000, 60_000, 35_000] {
        let (tree, passes) = logs.tree(&Way { limit, chunk: 30_000, window: 60_000, ..USUAL });
        assert!(tree == whole, "{limit}");
        readings.push(passes);
    }
    assert!(readings[0] >= 2 && readings.is_sorted() && readings[2] > readings[0], "{readings:?}");
}

#[test]
fn a_trace_group_that_fits_nowhere_is_an_error() {
    let logs = Logs::new(&[fs::read("testdata/corpus/basic.log").unwrap()]);
    let error = stages::run_tree(&Scan::default(), &logs.sources, 1000, 30_000, 60_000).unwrap_err();
    assert!(error.to_string().contains("one trace group"), "{error}");
    assert_eq!(error.hint().unwrap(), "allow more with --memory-limit");
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(400) })]

    #[test]
    fn whatever_the_records(logs in prop::collection::vec(odd_records(), 1..4), way in ways()) {
        let forest = naive_forest(&logs);
        let logs = Logs::new(&logs);
        assert_is(&logs.tree(&Way { limit: NO_LIMIT, ..way.clone() }).0, &forest);
        if let Some((tree, _)) = logs.tree_within(&way) {
            assert_is(&tree, &forest);
        }
    }
}
