//! Logs of a few spans, and their trees.

use std::collections::HashSet;
use std::fs;
use std::io::Write;
use std::path::PathBuf;

use tracerank::analyses::slowest::{Measure, Ranking};
use tracerank::engine::Engine;
use tracerank::input::{Source, resolve};
use tracerank::spans::CallTree;
use tracerank::spans::TreeReading;
use tracerank::{Error, stages};

use tracerank_testing::naive::spans::{Forest, read};
use tracerank_testing::same_tree::assert_is;

/// Bytes that say how the logs are read: threads, chunk, window, and where the second log begins.
const OF_PLAN: usize = 4;
/// Bytes of a record: which group and kind, which span, whose child, and the times.
const OF_RECORD: usize = 4;
/// More records only make it slow.
const MOST_RECORDS: usize = 200;

/// Panics unless the trees of the logs that `data` describes are those of the naive engine, however they are read.
pub fn judge(data: &[u8]) {
    let Some((plan, records)) = data.split_first_chunk::<OF_PLAN>() else { return };
    let [threads, chunk, window, cut] = plan.map(usize::from);
    let lines: Vec<Vec<u8>> = records.as_chunks().0.iter().take(MOST_RECORDS).scan(0, line).collect();
    let (first, second) = lines.split_at(cut.min(lines.len()));
    let logs = [first.concat(), second.concat()];
    let forest = read(&[&logs[0], &logs[1]]);
    let files = Files::new(&logs);

    let whole = files.tree(1, usize::MAX, 4 << 20, 32 << 20).expect("all memory that there is");
    assert_is(&whole, &forest);
    assert_self_times_are_parts(&whole, &forest);
    let in_pieces = (1 + threads % 4, 1 + 8 * chunk, 1 + 16 * window as u64);
    for limit in [usize::MAX, 5_000] {
        if let Some(tree) = files.tree(in_pieces.0, limit, in_pieces.1, in_pieces.2) {
            assert!(tree == whole, "another tree in pieces");
        }
    }
    let ranking = Ranking { measure: Measure::SelfTime, is_descending: true, top: 5, only_roots: threads % 2 == 0 };
    let usual = files.ranking((4 << 20, 32 << 20), ranking);
    assert!(usual == files.ranking((in_pieces.1, in_pieces.2), ranking), "another ranking in pieces");
}

/// No name has spent less than nothing by itself, nor more than in all, unless a duration is below zero.
fn assert_self_times_are_parts(tree: &CallTree, forest: &Forest) {
    assert!(tree.nodes.iter().all(|place| place.self_ns >= 0), "{:?}", tree.nodes);
    let below_zero = forest.spans.iter().filter(|span| span.duration_ns.is_some_and(|lasted| lasted < 0));
    let below_zero: HashSet<&[u8]> = below_zero.map(|span| span.name.as_slice()).collect();
    for (name, figures) in tree.figures() {
        assert!(below_zero.contains(&*name) || figures.self_ns <= figures.total_ns, "{figures:?}");
    }
}

/// The next line: a start or a stop of one of eight spans of four groups, or now and then no record at all.
fn line(now_us: &mut i64, [kind, span, parent, times]: &[u8; OF_RECORD]) -> Option<Vec<u8>> {
    // Clocks step back, too.
    *now_us += i64::from(times & 15) * 1000 - 2000;
    let group = kind & 3;
    let uuid = |group: u8, span: u8| format!("0000000{group}-0000-4000-8000-00000000000{}", span & 7);
    let base_id = if group == 3 { "a request".to_owned() } else { uuid(group, 0) };
    let parent_id = if parent & 8 > 0 { base_id.clone() } else { uuid(group + 4, *parent) };
    let ids = format!("{base_id} {parent_id} {}", uuid(group + 4, *span));
    let (seconds, micros) = (12 * 60 + now_us.div_euclid(1_000_000), now_us.rem_euclid(1_000_000));
    let time = format!("2026-11-23T12:{:02}:{:02}.{micros:06}", seconds / 60 % 60, seconds % 60);
    let name = char::from(b'a' + (span >> 4 & 3));
    let text = match kind >> 2 & 7 {
        0..=2 => format!("{time}          {ids} {name}-start\n"),
        3..=5 => format!("{time} {:?} {ids} {name}-stop\n", f64::from(times >> 4) / 1e3),
        6 => format!("{time} {}.5e-{} {ids} {name}-stop {{}}\n", i16::from(times >> 4) - 4, parent >> 4),
        _ => format!("{time} {} and so on\n", char::from(*times)),
    };
    Some(text.into_bytes())
}

/// Logs in files.
struct Files {
    paths: Vec<PathBuf>,
    sources: Vec<Source>,
}

impl Files {
    fn new(logs: &[Vec<u8>]) -> Self {
        let path = |at| std::env::temp_dir().join(format!("tracerank-fuzz-{}-{at}.log", std::process::id()));
        let paths: Vec<PathBuf> = (0..logs.len()).map(path).collect();
        for (path, log) in paths.iter().zip(logs) {
            fs::File::create(path).and_then(|mut file| file.write_all(log)).expect("a file for a log");
        }
        let sources = resolve(&paths, false).unwrap_or_else(|errors| panic!("{errors:?}"));
        Self { paths, sources }
    }

    /// None if a trace group does not fit into the limit.
    fn tree(&self, threads: usize, limit: usize, chunk: usize, window: u64) -> Option<CallTree> {
        let scan = Engine::default().threads(threads);
        match stages::run_tree(&scan, &self.sources, limit, chunk, window) {
            Ok(TreeReading { trees, .. }) => Some(trees.tree),
            Err(Error::MemoryLimit { .. }) => None,
            Err(error) => panic!("{error}"),
        }
    }

    fn ranking(&self, pieces: (usize, u64), ranking: Ranking) -> Vec<tracerank::analyses::slowest::SlowSpan> {
        let scan = Engine::default().threads(2);
        let found = stages::run_ranking(&scan, &self.sources, usize::MAX, pieces, ranking, &|_| true);
        found.unwrap_or_else(|error| panic!("{error}")).1
    }
}

impl Drop for Files {
    fn drop(&mut self) {
        self.paths.iter().for_each(|path| _ = fs::remove_file(path));
    }
}
