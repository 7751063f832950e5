//! Formats whose lines are JSON, beside `serde_json`.

mod detected;
mod events;
mod lines;
mod otlp;
mod untold;

use std::path::PathBuf;

use tempfile::TempDir;
use tracerank::engine::Engine;
use tracerank::input::{Source, resolve};
use tracerank::spans::{CallTree, Counts};
use tracerank::stages;
use tracerank_summary::{Account, Wanted};

/// A log in a file.
struct Log {
    _folder: TempDir,
    sources: Vec<Source>,
}

/// Figures of a name: number of spans, the sum of their durations, and of their self times.
type Figures = (u64, i128, i128);

impl Log {
    fn new(log: impl AsRef<[u8]>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path: PathBuf = folder.path().join("log");
        std::fs::write(&path, log).unwrap();
        Self { _folder: folder, sources: resolve(&[path], false).unwrap() }
    }

    /// The figures of all names, by name, and the counts, read in pieces of this many bytes.
    fn figures(&self, chunk: usize, threads: usize) -> (Vec<(Vec<u8>, Figures)>, Counts) {
        let tree = self.tree(chunk, threads);
        let figures = tree.figures().into_iter();
        let figures = figures.map(|(name, of)| (name.to_vec(), (of.count, of.total_ns, of.self_ns)));
        (figures.collect(), tree.counts)
    }

    fn tree(&self, chunk: usize, threads: usize) -> CallTree {
        let engine = Engine::default().threads(threads);
        let found = stages::run_tree(&engine, &self.sources, usize::MAX, chunk, 2 * chunk as u64).unwrap();
        assert_eq!(found.scanned.account.spans, found.trees.tree.counts.spans);
        found.trees.tree
    }

    /// Counts and sums of all names in the order of a report's equals, and the account.
    fn rows(&self, may_map: bool) -> (Vec<(Vec<u8>, u64, i128)>, Account) {
        let scanned = Engine::default().map(may_map).scan(&self.sources, Wanted::SHARDED).unwrap();
        let rows = scanned.summary.rows();
        let rows = rows.map(|row| (row.name.to_vec(), row.stats.count(), row.stats.total_ns())).collect();
        (rows, scanned.account)
    }
}

/// The length of a span less that of the union of its children within it.
fn self_time((begin, end): (i64, i64), children: impl Iterator<Item = (i64, i64)>) -> i64 {
    let mut within: Vec<_> =
        children.map(|(from, to)| (from.max(begin), to.min(end))).filter(|of| of.0 < of.1).collect();
    within.sort_unstable();
    let (mut covered, mut reached) = (0, begin);
    for (from, to) in within {
        covered += (to - from.max(reached)).max(0);
        reached = reached.max(to);
    }
    end - begin - covered
}
