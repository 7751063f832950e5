//! The span engine against the naive one: whatever the logs, however they are read.

use std::fs;
use std::path::PathBuf;
use std::process::Command;
use std::thread;

use proptest::prelude::*;
use tempfile::TempDir;
use tracerank::analyses::slowest::{Measure, Ranking, SlowSpan};
use tracerank::engine::{Duplicates, Engine};
use tracerank::input::{Source, resolve};
use tracerank::spans::CallTree;
use tracerank::{Error, Remedy, stages};
use tracerank_testing::naive;
use tracerank_testing::naive::spans::{Forest, Kind};
use tracerank_testing::odd::{odd_records, put_in_order, steps_back};
use tracerank_testing::same_tree::assert_is;

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
        self.tree_by(&Engine::default(), way)
    }

    fn tree_by(&self, engine: &Engine, way: &Way) -> Option<(CallTree, u64)> {
        let scan = engine.clone().threads(way.threads).map(way.may_map);
        let found = stages::run_tree(&scan, &self.sources, way.limit, way.chunk, way.window);
        if matches!(found, Err(Error::MemoryLimit { .. })) {
            return None;
        }
        let found = found.unwrap();
        assert_eq!(found.scanned.account.spans, found.trees.tree.counts.spans);
        Some((found.trees.tree, found.trees.readings))
    }
}

impl Logs {
    /// The spans of a ranking; none if a trace group or the list does not fit into the limit.
    fn ranking(&self, way: &Way, ranking: Ranking, keeps: fn(&[u8]) -> bool) -> Option<Vec<SlowSpan>> {
        let scan = Engine::default().threads(way.threads).map(way.may_map);
        let pieces = (way.chunk, way.window);
        let found = stages::run_ranking(&scan, &self.sources, way.limit, pieces, ranking, &keeps);
        if matches!(found, Err(Error::MemoryLimit { .. } | Error::ListLimit { .. })) {
            return None;
        }
        Some(found.unwrap().1)
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

impl Way {
    fn without_limit(&self) -> Self {
        Self { limit: NO_LIMIT, ..self.clone() }
    }
}

const USUAL: Way = Way { threads: 2, may_map: true, limit: NO_LIMIT, chunk: 4 << 20, window: 32 << 20 };

fn ways() -> impl Strategy<Value = Way> {
    let limit = prop_oneof![Just(NO_LIMIT), 4000..80_000_usize];
    (1..8_usize, any::<bool>(), limit, 1..2000_usize, 1..4000_u64)
        .prop_map(|(threads, may_map, limit, chunk, window)| Way { threads, may_map, limit, chunk, window })
}

/// Logs in which everything is odd, some of them in order by many records that are not.
fn odd_logs() -> impl Strategy<Value = Vec<Vec<u8>>> {
    let log =
        (odd_records(), any::<bool>()).prop_map(|(log, is_in_order)| if is_in_order { put_in_order(log) } else { log });
    prop::collection::vec(log, 1..4)
}

fn naive_forest(logs: &[Vec<u8>]) -> Forest {
    naive::spans::read(&logs.iter().map(Vec::as_slice).collect::<Vec<_>>())
}

fn naive_forest_once(logs: &[Vec<u8>]) -> Forest {
    naive::spans::read_once(&logs.iter().map(Vec::as_slice).collect::<Vec<_>>())
}

// ---- Rankings ----

/// What there is to say of a span in a ranking.
type Row = (Option<String>, i64, i64, u32, Vec<u8>, Vec<u8>, Vec<u8>);

fn row(span: &SlowSpan) -> Row {
    let SlowSpan { duration_ns, self_ns, spans_below, base_id, trace_id, name, .. } = span;
    let [base_id, trace_id, name] = [base_id, trace_id, name].map(|text| text.to_vec());
    (span.timestamp(), *duration_ns, *self_ns, *spans_below, base_id, trace_id, name)
}

/// The rows of all spans that have stopped, in any order.
fn naive_rows(forest: &Forest, only_roots: bool, keeps: fn(&[u8]) -> bool) -> Vec<Row> {
    let mut below = vec![0; forest.spans.len()];
    for span in &forest.spans {
        let above = std::iter::successors(span.parent, |at| forest.spans[*at].parent);
        above.for_each(|at| below[at] += 1);
    }
    let kept = forest.spans.iter().zip(below).filter(|(span, _)| {
        span.kind != Kind::Unfinished && (!only_roots || span.parent.is_none()) && keeps(&span.name)
    });
    let row = |(span, below): (&naive::spans::Span, u32)| {
        let duration_ns = span.duration_ns.unwrap();
        let began_ns = match duration_ns {
            ..0 => span.first.time_ns,
            lasted => span.stop.unwrap().time_ns - i128::from(lasted),
        };
        let begin_us = began_ns.div_euclid(1000);
        let texts = [&span.group, &span.trace_id, &span.name].map(Clone::clone);
        let [base_id, trace_id, name] = texts;
        (timestamp(begin_us), duration_ns, span.self_ns.unwrap(), below, base_id, trace_id, name)
    };
    kept.map(row).collect()
}

/// Of microseconds since the beginning of the year 0000.
fn timestamp(us: i128) -> Option<String> {
    let begin: jiff::Timestamp = "0000-01-01T00:00:00Z".parse().unwrap();
    let ns = begin.as_nanosecond() + us * 1000;
    let time = jiff::Timestamp::from_nanosecond(ns).ok().filter(|_| us >= 0)?;
    Some(time.strftime("%Y-%m-%dT%H:%M:%S.%6f").to_string())
}

/// All spans of a ranking are those of the naive engine, in the order that is asked for; and the first few are the first of them.
fn assert_ranking(logs: &Logs, forest: &Forest, way: &Way, ranking: Ranking, keeps: fn(&[u8]) -> bool) {
    let whole = Ranking { top: usize::MAX, ..ranking };
    let all = logs.ranking(&way.without_limit(), whole, keeps).unwrap();
    assert!(logs.ranking(way, whole, keeps).is_none_or(|within| within == all));
    let mut rows: Vec<Row> = all.iter().map(row).collect();
    assert!(rows.is_sorted_by_key(|row| {
        let measure = match ranking.measure {
            Measure::Duration => row.1,
            Measure::SelfTime => row.2,
            Measure::SpansBelow => row.3.into(),
            Measure::Timestamp => 0,
        };
        let began =
            if ranking.measure == Measure::Timestamp && ranking.is_descending { None } else { Some(row.0.clone()) };
        (if ranking.is_descending { -i128::from(measure) } else { measure.into() }, began)
    }));
    let first = &all[..ranking.top.min(all.len())];
    assert_eq!(logs.ranking(&USUAL, ranking, keeps).unwrap(), first);
    assert!(logs.ranking(way, ranking, keeps).is_none_or(|few| few == first));
    let mut expected = naive_rows(forest, ranking.only_roots, keeps);
    rows.sort();
    expected.sort();
    assert_eq!(rows, expected);
}

fn rankings() -> impl Strategy<Value = Ranking> {
    let measures = [Measure::Duration, Measure::SelfTime, Measure::SpansBelow, Measure::Timestamp];
    (prop::sample::select(measures.to_vec()), any::<bool>(), 0..5_usize, any::<bool>())
        .prop_map(|(measure, is_descending, top, only_roots)| Ranking { measure, is_descending, top, only_roots })
}

#[test]
fn genuine_rankings() {
    let slowest = Ranking { measure: Measure::Duration, is_descending: true, top: 10, only_roots: true };
    let in_pieces = Way { threads: 3, may_map: true, limit: 200_000, chunk: 10_000, window: 50_000 };
    for name in ["basic", "killed", "long-span", "db", "db-errors", "mixed", "odd-ids", "prefixed-verbose"] {
        let logs = [fs::read(format!("testdata/corpus/{name}.log")).unwrap()];
        let forest = naive_forest(&logs);
        let logs = Logs::new(&logs);
        for way in [&USUAL, &in_pieces] {
            assert_ranking(&logs, &forest, way, slowest, |_| true);
            let of_names = Ranking { only_roots: false, measure: Measure::SelfTime, ..slowest };
            assert_ranking(&logs, &forest, way, of_names, |name| name.starts_with(b"workflow"));
        }
    }
}

// ---- Trees ----

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
    for limit in [200_000, 100_000, 60_000] {
        let (tree, passes) = logs.tree(&Way { limit, chunk: 30_000, window: 60_000, ..USUAL });
        assert!(tree == whole, "{limit}");
        readings.push(passes);
    }
    assert!(readings[0] >= 2 && readings.is_sorted() && readings[2] > readings[0], "{readings:?}");
}

#[test]
fn a_trace_group_that_fits_nowhere_is_an_error() {
    let logs = Logs::new(&[fs::read("testdata/corpus/basic.log").unwrap()]);
    let error = stages::run_tree(&Engine::default(), &logs.sources, 1000, 30_000, 60_000).unwrap_err();
    assert!(error.to_string().contains("one trace group"), "{error}");
    assert_eq!(error.remedy(), Some(Remedy::MoreMemory));
}

// ---- Order ----

fn lines_of(log: &[u8]) -> Vec<&[u8]> {
    log.split_inclusive(|byte| *byte == b'\n').collect()
}

/// The same records, a millisecond from each to the next, so that their times tell their order.
fn one_after_the_other(log: &[u8]) -> Vec<u8> {
    let timed = lines_of(log).into_iter().enumerate().map(|(at, line)| {
        let rest = line.iter().position(|byte| *byte == b' ').unwrap();
        [format!("2026-11-23T12:00:{:02}.{:03}000", at / 1000, at % 1000).as_bytes(), &line[rest..]].concat()
    });
    timed.collect::<Vec<_>>().concat()
}

/// A way to put lines into another order.
#[derive(Debug, Clone)]
enum Scrambling {
    Reversed,
    /// By keys.
    Shuffled(Vec<u32>),
    /// Blocks of so many lines, the last one first.
    Blocks(usize),
}

fn scramblings() -> impl Strategy<Value = Scrambling> {
    prop_oneof![
        Just(Scrambling::Reversed),
        prop::collection::vec(any::<u32>(), 64).prop_map(Scrambling::Shuffled),
        (1..12_usize).prop_map(Scrambling::Blocks),
    ]
}

impl Scrambling {
    fn of(&self, log: &[u8]) -> Vec<u8> {
        let mut lines = lines_of(log);
        match self {
            Self::Reversed => lines.reverse(),
            Self::Shuffled(keys) => {
                let mut keyed: Vec<_> = keys.iter().cycle().zip(lines).collect();
                keyed.sort_by_key(|(key, _)| **key);
                lines = keyed.into_iter().map(|(_, line)| line).collect();
            }
            Self::Blocks(len) => lines = lines.chunks(*len).rev().flatten().copied().collect(),
        }
        lines.concat()
    }
}

#[test]
fn a_genuine_log_of_newest_first() {
    let log = fs::read("testdata/corpus/basic.log").unwrap();
    let logs = [Scrambling::Reversed.of(&log)];
    let forest = naive_forest(&logs);
    let (files, whole) = (Logs::new(&logs), Logs::new(&[log]).tree(&USUAL).0);
    let (tree, readings) = files.tree(&USUAL);
    assert_is(&tree, &forest);
    assert_eq!(readings, 2);
    assert_eq!((tree.counts.unfinished, tree.counts.cut_off), (whole.counts.unfinished, whole.counts.cut_off));
    for limit in [400_000, 225_000] {
        let (again, readings) = files.tree(&Way { limit, chunk: 30_000, window: 60_000, ..USUAL });
        assert!(again == tree && readings > 2, "{limit} {readings}");
    }
}

/// Reads what is written into a pipe.
fn read_pipe(log: Vec<u8>, way: &Way) -> Result<CallTree, Error> {
    let folder = tempfile::tempdir().unwrap();
    let pipe = folder.path().join("pipe");
    assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let sources = resolve(std::slice::from_ref(&pipe), false).unwrap();
    // The reader may go away before its end.
    let writer = thread::spawn(move || fs::write(pipe, log).ok());
    let engine = Engine::default().threads(way.threads);
    let found = stages::run_tree(&engine, &sources, way.limit, way.chunk, way.window);
    writer.join().unwrap();
    found.map(|found| found.trees.tree)
}

#[test]
fn a_stream_of_newest_first_is_sorted_within_the_limit_or_refused() {
    let log = fs::read("testdata/corpus/basic.log").unwrap();
    let reversed = Scrambling::Reversed.of(&log);
    let in_pieces = Way { window: 60_000, ..USUAL };
    for log in [&log, &reversed] {
        let tree = read_pipe(log.clone(), &in_pieces).unwrap();
        assert_is(&tree, &naive_forest(std::slice::from_ref(log)));
    }
    let few = Way { limit: 200_000, ..in_pieces };
    let refused = read_pipe(reversed, &few).unwrap_err();
    assert!(matches!(refused, Error::UnorderedOnce { .. } | Error::OnlyOnce { .. }), "{refused}");
    // Those that are in order need not wait: then it is enough.
    let enough = Way { limit: 700_000, ..in_pieces };
    assert!(read_pipe(log, &enough).is_ok());
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(400) })]

    #[test]
    fn lines_in_whatever_order_tell_the_same(log in odd_records(), other in odd_records(), scrambling in scramblings(), way in ways(), ranking in rankings()) {
        let log = one_after_the_other(&log);
        let scrambled = scrambling.of(&log);
        let (steps_back, records) = steps_back(&scrambled);
        prop_assume!(steps_back * 20 > records);
        let other = put_in_order(other);
        let mut forest = naive_forest(&[log, other.clone()]);
        forest.counts.steps_back += steps_back as u64;
        let logs = Logs::new(&[scrambled, other]);
        assert_is(&logs.tree(&way.without_limit()).0, &forest);
        if let Some((tree, _)) = logs.tree_within(&way) {
            assert_is(&tree, &forest);
        }
        assert_ranking(&logs, &forest, &way, ranking, |_| true);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(400) })]

    #[test]
    fn whatever_the_records(logs in odd_logs(), way in ways()) {
        let forest = naive_forest(&logs);
        let logs = Logs::new(&logs);
        assert_is(&logs.tree(&way.without_limit()).0, &forest);
        if let Some((tree, _)) = logs.tree_within(&way) {
            assert_is(&tree, &forest);
        }
    }

    /// Some records come again, in the same log or in another one.
    #[test]
    fn records_that_come_again_are_taken_once(logs in odd_logs(), again in prop::collection::vec(any::<prop::sample::Index>(), 0..40), way in ways()) {
        let lines: Vec<&[u8]> = logs.iter().flat_map(|log| lines_of(log)).collect();
        prop_assume!(!lines.is_empty());
        let mut logs = logs.clone();
        for (nth, line) in again.iter().enumerate() {
            let place = nth % (logs.len() + 1);
            if place == logs.len() {
                logs.push(Vec::new());
            }
            logs[place].extend(*line.get(&lines));
        }
        let once = Engine::default().duplicates(Duplicates::Drop { limit: NO_LIMIT });
        let (forest, of_each) = (naive_forest_once(&logs), naive_forest(&logs));
        let logs = Logs::new(&logs);
        assert_is(&logs.tree(&way.without_limit()).0, &of_each);
        assert_is(&logs.tree_by(&once, &way.without_limit()).unwrap().0, &forest);
        if let Some((tree, _)) = logs.tree_by(&once, &way) {
            assert_is(&tree, &forest);
        }
    }

    #[test]
    fn rankings_of_whatever_records(logs in odd_logs(), way in ways(), ranking in rankings()) {
        let forest = naive_forest(&logs);
        let logs = Logs::new(&logs);
        assert_ranking(&logs, &forest, &way, ranking, |_| true);
        assert_ranking(&logs, &forest, &way, ranking, |name| name.last().is_some_and(|byte| byte % 2 == 0));
    }
}
