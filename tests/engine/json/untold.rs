//! A format of lines in order whose stop records tell no durations, as Mistral's logs were before 2019.

use std::collections::HashMap;
use std::fs;
use std::sync::Arc;

use tracerank::engine::Engine;
use tracerank::formats::LogFormat;
use tracerank::input::{Sample, resolve};
use tracerank::record::{Ids, Kind, Line, Record, Scratch};
use tracerank_summary::Wanted;

const LOG: &str = include_str!("../../../testdata/cases/no-duration-column.log");

/// `TIME BASE PARENT TRACE NAME-start`, ids of one word.
#[derive(Debug)]
struct NoDurations;

fn time_us(text: &str) -> Option<i64> {
    Some(format!("{text}Z").parse::<jiff::Timestamp>().ok()?.as_microsecond())
}

fn parts(line: &str) -> Option<(i64, [&str; 3], &str, bool)> {
    let [time, base, parent, trace, name] = line.split(' ').collect::<Vec<_>>().try_into().ok()?;
    let (name, is_stop) = match name.strip_suffix("-stop") {
        Some(name) => (name, true),
        None => (name.strip_suffix("-start")?, false),
    };
    Some((time_us(time)?, [base, parent, trace], name, is_stop))
}

impl LogFormat for NoDurations {
    fn name(&self) -> &'static str {
        "no-durations"
    }

    fn parse<'a>(&self, line: &'a [u8], _: &'a mut Scratch) -> Line<'a> {
        let Some((time_us, [base, parent, trace], name, is_stop)) = std::str::from_utf8(line).ok().and_then(parts)
        else {
            return Line::Other;
        };
        Line::Record(Record {
            kind: if is_stop { Kind::Stop } else { Kind::Start },
            time_us: Some(time_us),
            time_rest_ns: 0,
            duration_ns: None,
            ids: Some(Ids { base: base.as_bytes(), parent: parent.as_bytes(), trace: trace.as_bytes() }),
            name: name.as_bytes(),
            tail: None,
            json: &[],
        })
    }

    fn claims(&self, _: &Sample<'_>) -> bool {
        true
    }

    fn has_durations(&self) -> bool {
        false
    }
}

/// Name, count and total in nanoseconds, in the order of first occurrence.
fn naive(log: &str) -> Vec<(Vec<u8>, u64, i128)> {
    let (mut started, mut rows) = (HashMap::new(), Vec::<(Vec<u8>, u64, i128)>::new());
    for (time_us, [_, _, trace], name, is_stop) in log.lines().map(|line| parts(line).unwrap()) {
        if !rows.iter().any(|(known, ..)| known == name.as_bytes()) {
            rows.push((name.as_bytes().to_vec(), 0, 0));
        }
        if is_stop {
            let row = rows.iter_mut().find(|(known, ..)| known == name.as_bytes()).unwrap();
            row.1 += 1;
            row.2 += i128::from(time_us - started[trace]) * 1000;
        } else {
            started.insert(trace, time_us);
        }
    }
    rows
}

#[test]
fn durations_are_the_time_from_start_to_stop() {
    let expected = naive(LOG);
    assert_eq!(expected.iter().map(|row| row.1).collect::<Vec<_>>(), [3, 3, 3]);
    let folder = tempfile::tempdir().unwrap();
    let half = LOG.match_indices('\n').nth(6).unwrap().0 + 1;
    // Cut in the middle of spans, and given in either order.
    for parts in [vec![LOG], vec![&LOG[..half], &LOG[half..]], vec![&LOG[half..], &LOG[..half]]] {
        let paths: Vec<_> = (0..parts.len()).map(|at| folder.path().join(format!("{at}.log"))).collect();
        paths.iter().zip(&parts).for_each(|(path, part)| fs::write(path, part).unwrap());
        let sources = resolve(&paths, false).unwrap();
        let engine = Engine::default().log_format(Arc::new(NoDurations));
        let of = |summary: tracerank_summary::Summary| {
            let mut rows: Vec<_> =
                summary.rows().map(|row| (row.name.to_vec(), row.stats.count(), row.stats.total_ns())).collect();
            rows.sort();
            rows
        };
        let mut sorted = expected.clone();
        sorted.sort();
        assert_eq!(of(engine.scan(&sources, Wanted::SHARDED).unwrap().summary), sorted);
        let found = engine.grow(&sources, 1 << 30, Some(Wanted::ALL)).unwrap();
        assert_eq!(of(found.scanned.summary), sorted);
        let counts = found.trees.tree.counts;
        assert_eq!((counts.spans, counts.unfinished, counts.cut_off, counts.lone), (9, 0, 0, 0));
        assert_eq!(
            found.trees.tree.roots_total_ns(),
            sorted.iter().find(|row| row.0 == b"engine-start-workflow").unwrap().2
        );
    }
    let (summary, account) =
        Engine::default().log_format(Arc::new(NoDurations)).scan_bytes(LOG.as_bytes(), 0..LOG.len(), Wanted::ALL);
    let rows: Vec<_> = summary.rows().map(|row| (row.name.to_vec(), row.stats.count(), row.stats.total_ns())).collect();
    assert_eq!((rows, account.spans, account.records), (expected, 9, 18));
}
