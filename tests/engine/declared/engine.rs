//! Access logs through the engine: in every way of reading, cut anywhere, by any number of threads, against the naive twin.

use std::collections::HashMap;
use std::fs;
use std::path::PathBuf;

use proptest::prelude::*;
use proptest::sample::Index;
use tracerank::analyses::slowest::{Measure, Ranking};
use tracerank::engine::{Engine, Severity};
use tracerank::formats;
use tracerank::input::{self, Source};
use tracerank_summary::{Account, Summary, Wanted};
use tracerank_testing::access::{self as naive, Naive};

/// Count, total and maximum of each name, in the order of their first occurrence; and counts of lines, records, other and malformed ones.
type Facts = (Vec<(Vec<u8>, u64, i128, i64)>, [u64; 4]);

fn log() -> Vec<u8> {
    fs::read(concat!(env!("CARGO_MANIFEST_DIR"), "/testdata/access/nginx.log")).unwrap()
}

fn naive_facts(log: &[u8]) -> Facts {
    let mut names: Vec<(Vec<u8>, u64, i128, i64)> = Vec::new();
    let mut by_name: HashMap<Vec<u8>, usize> = HashMap::new();
    let [mut lines, mut records, mut other, mut malformed] = [0; 4];
    for line in log.split_inclusive(|byte| *byte == b'\n') {
        lines += 1;
        match naive::parse(line.strip_suffix(b"\n").unwrap_or(line)) {
            Naive::Record { duration_ns, name, .. } => {
                records += 1;
                let at = *by_name.entry(name.clone()).or_insert(names.len());
                if at == names.len() {
                    names.push((name, 0, 0, i64::MIN));
                }
                let row = &mut names[at];
                *row = (row.0.clone(), row.1 + 1, row.2 + i128::from(duration_ns), row.3.max(duration_ns));
            }
            Naive::Other => other += 1,
            Naive::Malformed(_) => malformed += 1,
        }
    }
    (names, [lines, records, other, malformed])
}

fn facts(summary: &Summary, account: &Account) -> Facts {
    let row = |row: tracerank_summary::Row<'_>| {
        (row.name.to_vec(), row.stats.count(), row.stats.total_ns(), row.stats.max_ns())
    };
    let Account { lines, records, other, malformed, spans, .. } = *account;
    assert_eq!((spans, lines), (records, records + other + malformed));
    (summary.rows().map(row).collect(), [lines, records, other, malformed])
}

fn access() -> Engine {
    Engine::default().log_format(formats::find("access").unwrap())
}

/// A folder with a log that is large enough to be mapped, and its facts.
fn large() -> (tempfile::TempDir, PathBuf, Facts) {
    let folder = tempfile::tempdir().unwrap();
    let log = log().repeat(8);
    let path = folder.path().join("access.log");
    fs::write(&path, &log).unwrap();
    let facts = naive_facts(&log);
    (folder, path, facts)
}

fn sources(path: PathBuf) -> Vec<Source> {
    input::resolve(&[path], false).unwrap()
}

#[test]
fn every_way_of_reading_finds_the_format_and_the_same() {
    let (folder, path, expected) = large();
    let packed = folder.path().join("access.log.zst");
    fs::write(&packed, zstd::encode_all(fs::read(&path).unwrap().as_slice(), 1).unwrap()).unwrap();
    for path in [path, packed] {
        let sources = sources(path);
        for (threads, may_map) in [(1, true), (4, true), (1, false), (4, false)] {
            let scanned = Engine::default().threads(threads).map(may_map).scan(&sources, Wanted::SHARDED).unwrap();
            assert_eq!(facts(&scanned.summary, &scanned.account), expected, "{threads} {may_map}");
            assert_eq!(scanned.sources[0].log_format, Some("access"));
            assert_eq!(Severity::worst(&scanned.problems(&sources)), Some(Severity::Warning));
        }
    }
}

#[test]
fn ranges_are_of_the_format_of_the_whole_log_and_add_up_to_it() {
    let (_folder, path, expected) = large();
    let len = fs::metadata(&path).unwrap().len();
    for may_map in [true, false] {
        let (mut all, mut account) = (Summary::new(), Account::default());
        for range in [0..100, 100..len / 3, len / 3..len / 3 + 1, len / 3 + 1..len] {
            let part = [sources(path.clone())[0].clone().part(range).unwrap()];
            let scanned = Engine::default().map(may_map).scan(&part, Wanted::SHARDED).unwrap();
            assert_eq!(scanned.sources[0].log_format, Some("access"));
            all.merge(&scanned.summary);
            account += scanned.account;
        }
        assert_eq!(facts(&all, &account), expected);
    }
}

#[test]
fn each_span_is_a_root_without_children() {
    let (_folder, path, (names, counts)) = large();
    let ranking = Ranking { measure: Measure::Duration, is_descending: true, top: 3, only_roots: true };
    let (reading, slowest) = Engine::default().slowest(&sources(path), 1 << 30, ranking, &|_| true).unwrap();
    let tree = &reading.trees.tree;
    assert_eq!((tree.counts.roots, tree.counts.spans, tree.counts.missing_parents), (counts[1], counts[1], 0));
    let total: i128 = names.iter().map(|(_, _, total_ns, _)| total_ns).sum();
    assert_eq!(tree.roots_total_ns(), total);
    assert!(tree.figures().values().all(|figures| figures.self_ns == figures.total_outer_ns));
    let longest = names.iter().map(|(.., max_ns)| *max_ns).max().unwrap();
    assert_eq!((slowest[0].duration_ns, slowest[0].self_ns, slowest[0].spans_below), (longest, longest, 0));
}

#[test]
fn a_log_is_claimed_by_nine_lines_of_ten() {
    let records: Vec<u8> = log().split_inclusive(|byte| *byte == b'\n').take(90).flatten().copied().collect();
    let others = |count: usize| "# a remark of nobody\n".repeat(count).into_bytes();
    for (others, expected) in [(others(2), "access"), (others(20), "osprofiler")] {
        let log = [others, records.clone()].concat();
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log");
        fs::write(&path, log).unwrap();
        let scanned = Engine::default().scan(&sources(path), Wanted::NOTHING).unwrap();
        assert_eq!(scanned.sources[0].log_format, Some(expected));
    }
}

#[test]
fn an_osprofiler_record_wins_over_everything() {
    let mut log = log();
    log.extend(
        fs::read(concat!(env!("CARGO_MANIFEST_DIR"), "/testdata/corpus/basic.log")).unwrap().iter().take(10_000),
    );
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("log");
    fs::write(&path, log).unwrap();
    let scanned = Engine::default().scan(&sources(path), Wanted::NOTHING).unwrap();
    assert_eq!(scanned.sources[0].log_format, Some("osprofiler"));
}

/// Lines of a log and pieces of them, in any order.
fn lines() -> impl Strategy<Value = Vec<u8>> {
    let lines: Vec<Vec<u8>> = log().split(|byte| *byte == b'\n').map(<[u8]>::to_vec).collect();
    let line = (prop::sample::select(lines), any::<Index>(), prop::bool::weighted(0.1))
        .prop_map(|(line, cut, is_cut)| if is_cut { line[..cut.index(line.len() + 1)].to_vec() } else { line });
    prop::collection::vec(line, 0..40).prop_map(|lines| lines.join(&b'\n'))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn summaries_are_those_of_the_naive_twin_wherever_a_log_is_cut(log in lines(), cuts in prop::collection::vec(any::<Index>(), 0..4)) {
        let mut cuts: Vec<usize> = cuts.iter().map(|cut| cut.index(log.len() + 1)).chain([0, log.len()]).collect();
        cuts.sort_unstable();
        let (mut all, mut account) = (Summary::new(), Account::default());
        for part in cuts.windows(2) {
            let (summary, of_part) = access().scan_bytes(&log, part[0]..part[1], Wanted::SHARDED);
            all.merge(&summary);
            account += of_part;
        }
        prop_assert_eq!(facts(&all, &account), naive_facts(&log));
    }
}
