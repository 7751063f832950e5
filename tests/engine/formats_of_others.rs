//! A log format of a program that uses the library: one that tells neither times nor ids.

use std::sync::Arc;

use tracerank::analyses::slowest::{Measure, Ranking};
use tracerank::engine::{Engine, Filter, parse_time};
use tracerank::formats::LogFormat;
use tracerank::input::{self, Sample};
use tracerank::record::{Kind, Line, Reason, Record, Scratch};
use tracerank_summary::Wanted;

/// `NAME SECONDS`, whole seconds.
#[derive(Debug)]
struct NameAndSeconds;

impl LogFormat for NameAndSeconds {
    fn name(&self) -> &'static str {
        "name-and-seconds"
    }

    fn parse<'a>(&self, line: &'a [u8], _: &'a mut Scratch) -> Line<'a> {
        let Some(blank) = line.iter().position(|byte| *byte == b' ') else { return Line::Other };
        let seconds = std::str::from_utf8(&line[blank + 1..]).ok().and_then(|text| text.parse::<i64>().ok());
        let Some(seconds) = seconds else { return Line::Malformed(Reason::DURATION_NO_NUMBER) };
        Line::Record(Record {
            kind: Kind::Whole,
            time_us: None,
            time_rest_ns: 0,
            duration_ns: Some(seconds * 1_000_000_000),
            ids: None,
            name: &line[..blank],
            tail: None,
            json: &[],
        })
    }

    fn claims(&self, _: &Sample<'_>) -> bool {
        true
    }

    fn has_ids(&self) -> bool {
        false
    }
}

#[test]
fn spans_without_times_and_ids_are_ranked_and_no_time_is_made_up() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("log");
    std::fs::write(&path, "compile 2\nlink 5\nnonsense\ncompile 3\nlink x\n").unwrap();
    let sources = input::resolve(&[path], false).unwrap();
    let engine = Engine::default().log_format(Arc::new(NameAndSeconds));
    let scanned = engine.scan(&sources, Wanted::ALL).unwrap();
    let totals: Vec<_> = scanned.summary.rows().map(|row| (row.name.to_vec(), row.stats.total_ns())).collect();
    assert_eq!(totals, [(b"compile".to_vec(), 5_000_000_000), (b"link".to_vec(), 5_000_000_000)]);
    let account = scanned.account;
    assert_eq!((account.lines, account.records, account.other, account.malformed), (5, 3, 1, 1));

    let ranking = Ranking { measure: Measure::Duration, is_descending: true, top: 9, only_roots: true };
    let (reading, spans) = engine.slowest(&sources, 1 << 30, ranking, &|_| true).unwrap();
    let rows: Vec<_> = spans.iter().map(|span| (&*span.name, span.duration_ns, span.timestamp())).collect();
    assert_eq!(
        rows,
        [
            (b"link".as_slice(), 5_000_000_000, None),
            (b"compile".as_slice(), 3_000_000_000, None),
            (b"compile".as_slice(), 2_000_000_000, None),
        ]
    );
    assert_eq!((reading.trees.tree.counts.roots, reading.trees.tree.counts.steps_back), (3, 0));

    let since = Filter::default().since(parse_time("1970-01-01").unwrap());
    let account = engine.filter(since).scan(&sources, Wanted::ALL).unwrap().account;
    assert_eq!((account.spans, account.filtered), (0, 3));
}
