//! Every log of testdata/corpus, in every format, with every number of threads, read in every way: one and the same bytes. And
//! those bytes are right.

use std::fs;

use tracerank_testing::naive::{self, Account, Filter, Malformed, Row, text_report};

use crate::common::parsed::{assert_is_report_of, assert_rows_are, csv, json, markdown};
use crate::common::ways::{Prepared, Way};
use crate::common::{corpus, files_ending_in, testdata};

/// A format and the golden file of a log.
const FORMATS: [(&str, &str, &str); 4] = [
    ("text", "corpus", "report.txt"),
    ("json", "golden", "json"),
    ("csv", "golden", "csv"),
    ("markdown", "golden", "md"),
];

const THREADS: [usize; 3] = [1, 2, 7];

macro_rules! logs {
    ($($test:ident = $log:literal,)+) => {
        const LOGS: &[&str] = &[$($log),+];

        mod read_in_every_way {
            $(#[test]
            fn $test() {
                super::is_read_in_every_way($log);
            })+
        }

        mod agrees_with_the_naive_engine {
            $(#[test]
            fn $test() {
                super::goldens_agree_with_the_naive_engine($log);
            })+
        }
    };
}

logs! {
    basic = "basic",
    db = "db",
    db_errors = "db-errors",
    killed = "killed",
    long_span = "long-span",
    mixed = "mixed",
    odd_ids = "odd-ids",
    prefixed = "prefixed",
    prefixed_plain = "prefixed-plain",
    prefixed_thread = "prefixed-thread",
    prefixed_verbose = "prefixed-verbose",
}

#[test]
fn every_log_is_tested() {
    let mut tested: Vec<String> = LOGS.iter().map(|log| format!("{log}.log")).collect();
    tested.sort();
    assert_eq!(files_ending_in(".log", "corpus"), tested);
}

fn golden(log: &str, directory: &str, extension: &str) -> String {
    fs::read_to_string(testdata(&format!("{directory}/{log}.{extension}"))).expect(log)
}

// ---- One and the same bytes ----

fn is_read_in_every_way(log: &str) {
    let prepared = Prepared::new(&corpus(log));
    for (format, directory, extension) in FORMATS {
        let expected = golden(log, directory, extension);
        for way in Way::ALL {
            for threads in THREADS {
                let ran = prepared.run(way, &format!("report -f {format} --threads {threads}")).done();
                assert!(ran.text() == expected, "{format}, {way:?}, {threads} threads:\n{}", ran.text());
            }
        }
    }
}

// ---- The right bytes ----

fn goldens_agree_with_the_naive_engine(log: &str) {
    let bytes = corpus(log);
    let account = naive::read(&bytes, &Filter::default());
    assert_eq!(golden(log, "corpus", "report.txt"), text_report(&account));
    assert_is_report_of(&json(golden(log, "golden", "json").as_bytes()), &account, &bytes);
    assert_rows_are(&csv(golden(log, "golden", "csv").as_bytes()), &account);
    assert_markdown_is(&golden(log, "golden", "md"), &account);
}

fn assert_markdown_is(report: &str, account: &Account) {
    let (header, rows) = markdown(report);
    assert_eq!(header, ["total (s)", "max (ms)", "avg (ms)", "count", "name"]);
    let mut expected: Vec<&Row> = account.rows.iter().collect();
    expected.sort_by_key(|row| std::cmp::Reverse(row.total_ns()));
    assert_eq!(rows.len(), expected.len());
    for (row, expected) in rows.iter().zip(expected) {
        let (total, count) = (expected.total_ns() as f64, expected.count());
        let times = [total / 1e9, expected.max_ns() as f64 / 1e6, total / count as f64 / 1e6];
        let [total, max, avg] = times.map(|time| format!("{time:.3}"));
        let name = String::from_utf8(expected.name.clone()).expect("names of the corpus are UTF-8");
        assert_eq!(*row, [total, max, avg, count.to_string(), name]);
    }
}

// ---- A log of several chunks ----

/// 14 MB in four chunks of a mapped file, with other lines and malformed records all over it.
#[test]
fn a_log_of_many_chunks_is_read_in_every_way() {
    const TIMES: usize = 10;
    let piece = [corpus("mixed"), corpus("odd-ids")].concat();
    let prepared = Prepared::repeated(&piece, TIMES);
    assert!(prepared.log().len() > 12 << 20);
    let account = repeated(naive::read(&piece, &Filter::default()), TIMES, piece.len());
    for way in Way::ALL {
        for threads in way.threads() {
            let mut ran = prepared.run(way, &format!("report -f json --threads {threads}")).done();
            assert_is_report_of(&json(&ran.stdout), &account, prepared.log());
            for Malformed { line, offset, .. } in &account.malformed[..3] {
                ran = ran.saying(&format!("{}:{line} (byte {offset}): ", way.shown()));
            }
        }
    }
}

/// The account of a log, from that of the piece which it repeats.
fn repeated(account: Account, times: usize, piece_len: usize) -> Account {
    let n = times as u64;
    let shifted = |time: u64| {
        let place = move |place: &Malformed| Malformed {
            line: place.line + time * account.lines,
            offset: place.offset + time * piece_len as u64,
            ..*place
        };
        account.malformed.iter().map(place)
    };
    Account {
        roots: (0..times).flat_map(|_| account.roots.clone()).collect(),
        malformed: (0..n).flat_map(shifted).collect(),
        record_lines: account.record_lines * n,
        torn: Vec::new(),
        lines: account.lines * n,
        records: account.records * n,
        other: account.other * n,
        spans: account.spans * n,
        filtered: account.filtered * n,
        rows: account.rows.into_iter().map(|row| Row { durations_ns: row.durations_ns.repeat(times), ..row }).collect(),
    }
}
