//! Summaries that were filled span by span: they add up, and come back from a file as they were.

#![allow(clippy::unwrap_used)]

use std::borrow::Cow;

use proptest::prelude::*;
use tracerank_summary::saved::{self, Saved, Unreadable};
use tracerank_summary::{Account, Coverage, Covered, Fingerprint, Group, Malformed, Stats, Summary, Wanted};

/// A span: its name, its duration, and its trace group.
type Span = (Vec<u8>, i64, u8);

fn spans() -> impl Strategy<Value = Vec<Span>> {
    let name = prop_oneof!["[abc]", ".{1,20}"].prop_map(String::into_bytes);
    let ns = prop_oneof![-5..300_i64, 0..10_000_000_000_i64, any::<i64>()];
    prop::collection::vec((name, ns, any::<u8>()), 0..60)
}

fn summary_of(spans: &[Span]) -> Summary {
    let mut summary = Summary::new();
    spans.iter().for_each(|(name, ns, group)| summary.record(name, *ns, Group::of(&[*group])));
    summary
}

fn saved(spans: &[Span]) -> Saved {
    let count = spans.len() as u64;
    let of_all = Account { lines: count, records: count, record_lines: count, spans: count, ..<_>::default() };
    let account = Account { files: 1, bytes: 200 * count, ..of_all };
    let fingerprint = Fingerprint::of(b"a log");
    let covered =
        Covered { path: "a.log".into(), identity: None, fingerprint, ranges: vec![0..2, 3..5], ends: <_>::default() };
    let coverage = [covered].into_iter().collect();
    Saved { summary: summary_of(spans), account, malformed: Vec::new(), coverage }
}

fn written(saved: &Saved) -> Vec<u8> {
    let mut file = Vec::new();
    saved::write(saved, &mut file).unwrap();
    file
}

/// All that can be seen of a name.
type Seen = (Vec<u8>, Stats, Vec<(u64, u64)>, String);

fn rows(summary: &Summary) -> Vec<Seen> {
    let rows = summary
        .rows()
        .map(|row| (row.name.to_vec(), *row.stats, row.histogram().iter().collect(), format!("{:?}", row.sharded)));
    rows.collect()
}

proptest! {
    #[test]
    fn a_file_says_what_was_recorded(spans in spans()) {
        let before = saved(&spans);
        let after = saved::read(written(&before).as_slice()).unwrap();
        prop_assert_eq!(rows(&after.summary), rows(&before.summary));
        prop_assert_eq!((after.account, after.coverage), (before.account, before.coverage));
    }

    #[test]
    fn every_span_is_counted(spans in spans()) {
        let summary = summary_of(&spans);
        let mut names: Vec<&[u8]> = Vec::new();
        for (name, ..) in &spans {
            if !names.contains(&name.as_slice()) {
                names.push(name);
            }
        }
        prop_assert!(summary.rows().map(|row| row.name).eq(names));
        for row in summary.rows() {
            let of_name = || spans.iter().filter(|(name, ..)| name == row.name);
            prop_assert_eq!(row.stats.count(), of_name().count() as u64);
            prop_assert_eq!(row.stats.total_ns(), of_name().map(|(_, ns, _)| i128::from(*ns)).sum::<i128>());
            prop_assert_eq!(row.histogram().iter().map(|(_, count)| count).sum::<u64>(), row.stats.count());
            let by_shard = row.sharded.unwrap().iter().map(|(_, shard, _)| shard.count).sum::<u64>();
            prop_assert_eq!(by_shard, row.stats.count());
        }
    }

    #[test]
    fn parts_add_up(spans in spans(), cut in any::<prop::sample::Index>()) {
        let (first, second) = spans.split_at(cut.index(spans.len() + 1));
        let mut sum = summary_of(first);
        sum.merge(&summary_of(second));
        prop_assert_eq!(rows(&sum), rows(&summary_of(&spans)));
    }
}

#[test]
fn what_is_not_wanted_is_not_kept() {
    let mut summary = Summary::with(Wanted::NOTHING);
    (0..5).for_each(|ns| summary.record(b"a", ns * 1000, Group::of(b"x")));
    let row = summary.rows().next().unwrap();
    assert_eq!((row.stats.count(), row.stats.max_ns(), row.sharded), (5, 4000, None));
}

#[test]
fn counts_of_lines_are_kept_where_they_are_not_those_of_records() {
    let spans = [(b"a".to_vec(), 5, 1), (b"b".to_vec(), 6, 2)];
    let mut before = saved(&spans);
    before.account = Account { lines: 4, record_lines: 1, other: 3, torn: 2, ..before.account };
    assert_eq!(saved::read(written(&before).as_slice()).unwrap().account, before.account);
}

/// Reasons are texts of the log's format and of the program's version.
#[test]
fn reasons_are_kept_as_they_are() {
    let with = |reason: &str| {
        let reason = Cow::Owned(reason.to_owned());
        let malformed = vec![Malformed { path: "a.log".into(), line: Some(3), offset: 7, reason }];
        let account = Account { bytes: 9, lines: 1, malformed: 1, ..Account::default() };
        let saved = Saved { summary: Summary::new(), account, malformed, coverage: Coverage::default() };
        saved::read(written(&saved).as_slice()).map(|read| assert_eq!(read.malformed, saved.malformed))
    };
    for reason in ["the duration is no number", "größer als alles", "\x1b[31m", "", &"x".repeat(Malformed::MAX_REASON)]
    {
        with(reason).unwrap();
    }
    assert!(matches!(with(&"x".repeat(Malformed::MAX_REASON + 1)), Err(Unreadable::Contradiction(_))));
}
