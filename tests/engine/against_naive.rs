//! The engine against the naive one: the same answer for every line, every log and every cut; and the laws of merging.

use std::collections::BTreeMap;

use hdrhistogram::Histogram as Hdr;
use proptest::prelude::*;
use tracerank::engine::{Engine, Filter, parse_time};
use tracerank::formats::osprofiler::{parse, pieces};
use tracerank::record::{Line, Piece, Record};
use tracerank_summary::{Account, Coarse, SHARDS, Shard, Sharded, Summary, Wanted};
use tracerank_testing::naive;
use xxhash_rust::xxh3::xxh3_64;

fn plain(line: &Line<'_>) -> String {
    match line {
        Line::Record(Record { time_us: Some(time_us), duration_ns, ids: Some(ids), name, .. }) => {
            format!("record {:?}", (time_us, duration_ns, ids.base, ids.parent, ids.trace, name))
        }
        Line::Record(_) => "record without time or ids".to_owned(),
        Line::Other => "other".to_owned(),
        Line::Malformed(reason) => format!("malformed {reason:?}"),
        Line::Several => "several".to_owned(),
    }
}

/// A line, and all that is in it.
fn plain_line(line: &[u8]) -> Vec<String> {
    let parsed = parse(line);
    let all = if parsed == Line::Several { pieces(line) } else { Vec::new() };
    let plain_piece = |piece: Piece<'_>| {
        let Piece { range, record } = piece;
        format!("{} {}", range.start, plain(&record.map_or_else(Line::Malformed, Line::Record)))
    };
    [plain(&parsed)].into_iter().chain(all.into_iter().map(plain_piece)).collect()
}

fn plain_naive_line(line: &[u8]) -> Vec<String> {
    let parsed = naive::parse_line(line);
    let all = if let naive::Line::Several(pieces) = &parsed { pieces.clone() } else { Vec::new() };
    let plain_piece = |naive::Piece { at, record }| {
        format!("{at} {}", plain_naive(&record.map_or_else(naive::Line::Malformed, naive::Line::Record)))
    };
    [plain_naive(&parsed)].into_iter().chain(all.into_iter().map(plain_piece)).collect()
}

fn plain_naive(line: &naive::Line<'_>) -> String {
    match line {
        naive::Line::Record(record) => format!(
            "record {:?}",
            (record.time_us(), record.duration_ns, record.base_id, record.parent_id, record.trace_id, record.name)
        ),
        naive::Line::Other => "other".to_owned(),
        naive::Line::Malformed(reason) => format!("malformed {reason:?}"),
        naive::Line::Several(_) => "several".to_owned(),
    }
}

/// Everything that a summary tells of a name.
#[derive(Debug, PartialEq)]
struct Known {
    name: Vec<u8>,
    count: u64,
    total_ns: i128,
    squares_ns2: u128,
    min_ns: i64,
    max_ns: i64,
    histogram: Vec<(u64, u64)>,
    /// By number, those that have spans: count, sum, groups and histogram.
    shards: BTreeMap<usize, KnownShard>,
}

type KnownShard = (u64, i128, u32, Vec<(u64, u64)>);

fn known(summary: &Summary) -> Vec<Known> {
    let known = summary.rows().map(|row| Known {
        name: row.name.to_vec(),
        count: row.stats.count(),
        total_ns: row.stats.total_ns(),
        squares_ns2: row.stats.squares_ns2(),
        min_ns: row.stats.min_ns(),
        max_ns: row.stats.max_ns(),
        histogram: row.histogram().iter().collect(),
        shards: row.sharded.into_iter().flat_map(Sharded::iter).map(known_shard).collect(),
    });
    known.collect()
}

fn known_shard((number, shard, cells): (usize, &Shard, &[(u16, u64)])) -> (usize, KnownShard) {
    let cells = cells.iter().map(|(cell, count)| (Coarse::floor_of(usize::from(*cell)), *count));
    (number, (shard.count, shard.total_ns, shard.groups, cells.collect()))
}

/// The same from the naive engine.
fn known_naive(account: &naive::Account) -> Vec<Known> {
    let known = account.rows.iter().map(|row| Known {
        name: row.name.clone(),
        count: row.count(),
        total_ns: row.total_ns(),
        squares_ns2: row.sum_of_squares().unwrap_or(u128::MAX),
        min_ns: row.min_ns(),
        max_ns: row.max_ns(),
        histogram: cells(2, &row.durations_ns),
        shards: shards_naive(row),
    });
    known.collect()
}

/// The histogram of the reference implementation, with so many significant digits.
fn cells(digits: u8, durations_ns: &[i64]) -> Vec<(u64, u64)> {
    let mut hdr = Hdr::<u64>::new_with_bounds(1, i64::MAX as u64, digits).unwrap();
    durations_ns.iter().for_each(|ns| hdr.record(u64::try_from(*ns).unwrap_or(0)).unwrap());
    let cells = hdr.iter_recorded();
    cells.map(|cell| (hdr.lowest_equivalent(cell.value_iterated_to()), cell.count_since_last_iteration())).collect()
}

/// The shard of a trace group, and its bit in it.
fn shard_of(base_id: &[u8]) -> (usize, u32) {
    let hash = xxh3_64(base_id);
    ((hash >> 59) as usize, 1 << (hash >> 54 & 31))
}

fn shards_naive(row: &naive::Row) -> BTreeMap<usize, KnownShard> {
    let mut spans: BTreeMap<usize, Vec<(u32, i64)>> = BTreeMap::new();
    for (base_id, ns) in row.base_ids.iter().zip(&row.durations_ns) {
        let (shard, bit) = shard_of(base_id);
        spans.entry(shard).or_default().push((bit, *ns));
    }
    let known = spans.into_iter().map(|(shard, spans)| {
        let durations: Vec<i64> = spans.iter().map(|(_, ns)| *ns).collect();
        let total = durations.iter().copied().map(i128::from).sum();
        let groups = spans.iter().fold(0, |groups, (bit, _)| groups | bit);
        (shard, (durations.len() as u64, total, groups, cells(1, &durations)))
    });
    known.collect()
}

fn roots_naive(account: &naive::Account) -> [u64; SHARDS] {
    let mut roots = [0; SHARDS];
    account.roots.iter().for_each(|base_id| roots[shard_of(base_id).0] += 1);
    roots
}

/// A scan that collects all that there is.
fn engine() -> Engine {
    Engine::default()
}

fn counts(account: &Account) -> [u64; 8] {
    let Account { lines, records, other, malformed, spans, filtered, record_lines, torn, .. } = *account;
    assert_eq!(lines, record_lines + other + malformed);
    [lines, records, other, malformed, spans, filtered, record_lines, torn]
}

fn counts_naive(account: &naive::Account) -> [u64; 8] {
    let naive::Account { lines, records, other, malformed, spans, filtered, record_lines, torn, .. } = account;
    let [malformed, torn] = [malformed, torn].map(|places| places.len() as u64);
    [*lines, *records, *other, malformed, *spans, *filtered, *record_lines, torn]
}

/// A log in which every shape comes again and again, so that what was learnt of a tail is used.
fn log() -> impl Strategy<Value = Vec<u8>> {
    (naive::logs::log(), 1..4_usize).prop_map(|(log, times)| log.repeat(times))
}

/// The summary and account of a log that is cut at these places, each part read alone.
fn scan_parts(engine: &Engine, log: &[u8], cuts: &[prop::sample::Index]) -> (Summary, Account) {
    let mut cuts: Vec<usize> = cuts.iter().map(|cut| cut.index(log.len() + 1)).chain([0, log.len()]).collect();
    cuts.sort_unstable();
    let mut all = (Summary::new(), Account::default());
    for part in cuts.windows(2) {
        let (summary, account) = engine.scan_bytes(log, part[0]..part[1], Wanted::SHARDED);
        all.0.merge(&summary);
        all.1 += account;
    }
    all
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(if cfg!(miri) { 4 } else { 2048 }))]

    #[test]
    fn every_line_is_what_the_naive_engine_takes_it_for(line in naive::logs::line()) {
        prop_assert_eq!(plain_line(&line), plain_naive_line(&line), "{}", line.escape_ascii());
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(if cfg!(miri) { 2 } else { 384 }))]

    #[test]
    fn every_log_says_what_the_naive_engine_makes_of_it(log in log()) {
        let expected = naive::read(&log, &naive::Filter::default());
        let (summary, account) = engine().scan_bytes(&log, 0..log.len(), Wanted::SHARDED);
        prop_assert_eq!(counts(&account), counts_naive(&expected));
        prop_assert_eq!(known(&summary), known_naive(&expected));
        prop_assert_eq!(summary.roots(), &roots_naive(&expected));
    }

    #[test]
    fn filters_keep_what_the_naive_engine_keeps(log in log(), since in 0..60_u32, until in 0..60_u32) {
        let (since, until) = (format!("2026-11-23T06:18:{since:02}"), format!("2026-11-23T06:18:{until:02}"));
        let first = |line| naive::parse_line(line).records().first().map(|record| record.base_id.to_vec());
        let base_id = log.split(|byte| *byte == b'\n').find_map(first);
        let expected = naive::read(&log, &naive::Filter {
            base_id: base_id.clone(),
            since: Some(format!("{since}.000000")),
            until: Some(format!("{until}.000000")),
        });
        let mut filter = Filter::default().since(parse_time(&since).unwrap()).until(parse_time(&until).unwrap());
        if let Some(base_id) = base_id {
            filter = filter.base_id(base_id);
        }
        let (summary, account) = engine().filter(filter).scan_bytes(&log, 0..log.len(), Wanted::SHARDED);
        prop_assert_eq!(counts(&account), counts_naive(&expected));
        prop_assert_eq!(known(&summary), known_naive(&expected));
        prop_assert_eq!(summary.roots(), &roots_naive(&expected));
    }

    #[test]
    fn any_cut_gives_the_summary_of_the_whole(log in log(), cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..6)) {
        let whole = engine().scan_bytes(&log, 0..log.len(), Wanted::SHARDED);
        let parts = scan_parts(&engine(), &log, &cuts);
        prop_assert_eq!(counts(&parts.1), counts(&whole.1));
        prop_assert_eq!(parts.1.bytes, whole.1.bytes);
        prop_assert_eq!(known(&parts.0), known(&whole.0));
        prop_assert_eq!(parts.0.roots(), whole.0.roots());
    }

    #[test]
    fn merging_is_associative_and_has_an_identity(a in log(), b in log(), c in log()) {
        let [a, b, c] = [a, b, c].map(|log| engine().scan_bytes(&log, 0..log.len(), Wanted::SHARDED).0);
        let merge = |one: &Summary, other: &Summary| {
            let mut merged = one.clone();
            merged.merge(other);
            merged
        };
        prop_assert_eq!(known(&merge(&merge(&a, &b), &c)), known(&merge(&a, &merge(&b, &c))));
        prop_assert_eq!(known(&merge(&a, &Summary::new())), known(&a));
        prop_assert_eq!(known(&merge(&Summary::new(), &a)), known(&a));
    }

    #[test]
    fn what_is_not_wanted_changes_nothing_else(log in log()) {
        let without = |known: Vec<Known>| known.into_iter().map(|row| Known { histogram: Vec::new(), squares_ns2: 0, shards: BTreeMap::new(), ..row }).collect::<Vec<_>>();
        let full = engine().scan_bytes(&log, 0..log.len(), Wanted::SHARDED).0;
        let slim = Engine::default().scan_bytes(&log, 0..log.len(), Wanted::NOTHING).0;
        prop_assert_eq!(without(known(&slim)), without(known(&full)));
    }
}

/// More names than a thread's table holds, so that it is emptied in between, and more tails than it has places for.
#[test]
fn many_names() {
    let mut log = Vec::new();
    for span in 0..30_000_u64 {
        let name = span * 7919 % 9000;
        let micros = span * span % 999_983;
        log.extend_from_slice(
            format!(
                "2026-11-23T06:18:09.805785 0.{micros:06} 07210e9e-c012-4ace-9cc8-6d9626eb3011 \
                 c9758588-da7e-49cc-8c83-ca2aaa528f73 2d1d8c69-4fd8-45b6-bd15-cb5a285f8479 name-{name}-stop\n"
            )
            .as_bytes(),
        );
    }
    let expected = naive::read(&log, &naive::Filter::default());
    let (summary, account) = engine().scan_bytes(&log, 0..log.len(), Wanted::SHARDED);
    assert_eq!(counts(&account), counts_naive(&expected));
    assert_eq!(known(&summary), known_naive(&expected));
}
