//! The boundaries: line endings, marks, NUL bytes, lines longer than what is read at a time, ends of files. In every kind of reading.

use tracerank_testing::naive::{self, Account, Filter, Row};

use crate::common::parsed::{assert_is_report_of, json};
use crate::common::ways::{Prepared, Way};
use crate::common::{BASE, BLANKS, PARENT, TIME, TRACE, start, stop, stops};

const MIB: usize = 1 << 20;
/// The longest line that is parsed.
const LONGEST: usize = 4 * MIB;

// ---- Against the naive engine ----

/// Lines of a name of its own, as many as make a file large enough to be mapped.
const PADDING: usize = 2000;

fn padding() -> Vec<u8> {
    stop("padding", "0.5")
}

/// The account of a log with one line of padding, and what it is with all of them.
fn padded(mut account: Account, offset: u64) -> Account {
    let more = PADDING as u64 - 1;
    let is_padding = |row: &&mut Row| row.name == b"padding";
    let row = account.rows.iter_mut().find(is_padding).expect("padding is in the log");
    row.durations_ns = row.durations_ns.repeat(PADDING);
    let unreadable = account.malformed.iter_mut().chain(&mut account.torn);
    for malformed in unreadable.filter(|malformed| malformed.offset >= offset) {
        malformed.offset += more * padding().len() as u64;
        malformed.line += more;
    }
    let [lines, records, record_lines, spans] =
        [account.lines, account.records, account.record_lines, account.spans].map(|count| count + more);
    Account { lines, records, record_lines, spans, ..account }
}

/// Every kind of reading finds in `log` what the naive engine does, alone and with padding before or behind it.
#[track_caller]
fn assert_read_alike(log: &[u8]) {
    let read = |log: &[u8]| naive::read(log, &Filter::default());
    assert_read_as(log, &read(log));
    let before = [&padding().repeat(PADDING), log].concat();
    assert_read_as(&before, &padded(read(&[&padding(), log].concat()), padding().len() as u64));
    if log.ends_with(b"\n") {
        let behind = [log, &padding().repeat(PADDING)].concat();
        assert_read_as(&behind, &padded(read(&[log, &padding()].concat()), log.len() as u64));
    }
}

#[track_caller]
fn assert_read_as(log: &[u8], account: &Account) {
    let prepared = Prepared::repeated_for(&Way::KINDS, log, 1);
    for way in Way::KINDS {
        let mut ran = prepared.run(way, "report -f json --duplicates allow").done();
        assert_is_report_of(&json(&ran.stdout), account, log);
        for place in account.unreadable().iter().take(3) {
            ran = ran.saying(&format!("{}:{} (byte {}): ", way.shown(), place.line, place.offset));
        }
        assert_eq!(ran.stderr.is_empty(), account.unreadable().is_empty(), "{way:?}");
    }
}

fn with_endings(log: &[u8], ending: &str) -> Vec<u8> {
    let lines = log.split_inclusive(|byte| *byte == b'\n');
    lines.flat_map(|line| [&line[..line.len() - 1], ending.as_bytes()].concat()).collect()
}

fn some_lines() -> Vec<u8> {
    let cut = b"2026-11-23T06:18:09.822513 0.5\n".to_vec();
    [start("a"), stops(&["a", "a b"]), b"hello\n\n".to_vec(), cut, stop("b", "5.2e-05")].concat()
}

#[test]
fn carriage_returns() {
    let log = some_lines();
    assert_read_alike(&with_endings(&log, "\r\n"));
    assert_read_alike(&[log.clone(), with_endings(&log, "\r\n"), with_endings(&log, "\r\r\n")].concat());
    assert_read_alike(&[log.as_slice(), b"\r\n\r\n", &log[..log.len() - 1], b"\r"].concat());
}

#[test]
fn a_byte_order_mark() {
    let log = some_lines();
    assert_read_alike(&[b"\xef\xbb\xbf", log.as_slice()].concat());
    assert_read_alike(&[b"\xef\xbb\xbf", with_endings(&log, "\r\n").as_slice()].concat());
    assert_read_alike(&[stops(&["a"]), b"\xef\xbb\xbf".to_vec(), log].concat());
}

#[test]
fn nul_bytes() {
    let log = some_lines();
    assert_read_alike(&[&[0; 4096], log.as_slice()].concat());
    assert_read_alike(&[log.as_slice(), &[0; 4096], log.as_slice(), b"\0\n\0\0\n"].concat());
    assert_read_alike(&[log, stop(b"a\0b", "0.5"), stop(b"\0", "0.5"), vec![0; 100]].concat());
}

#[test]
fn no_line_feed_at_the_end() {
    let log = some_lines();
    for cut in [1, 2, 5, 6, 7, 60, 110, 140] {
        assert_read_alike(&log[..log.len() - cut]);
    }
}

#[test]
fn blank_lines_at_the_end() {
    let log = some_lines();
    for end in ["\n", "\n\n\n", "\r\n", " \n", "\t", " ", "\r", "\r\r\n\r"] {
        assert_read_alike(&[log.as_slice(), end.as_bytes()].concat());
    }
}

/// Runs of them are counted at once, wherever a piece of a log ends.
#[test]
fn blank_lines_between_others() {
    let log = some_lines();
    for blank in ["\n", "\r\n", "\n\r\r\n\n", "\r\r\n", "\n\n \n\r", "\n\rx\n"] {
        let runs = blank.repeat(1000);
        assert_read_alike(&[runs.as_bytes(), &log, runs.as_bytes(), &log, runs.as_bytes()].concat());
    }
}

/// Lines whose line feeds are missing, in every place of a block.
#[test]
fn glued_lines() {
    let [first, second, third] = [stop("a", "0.5"), start("b"), stop("c d", "0.25")].map(|mut line| {
        line.pop();
        line
    });
    let torn = &third[..third.len() - 7];
    let glued = [&first, second.as_slice(), b"\n", &third, &first, &second, b"\n"].concat();
    assert_read_alike(&[glued.as_slice(), &some_lines()].concat());
    assert_read_alike(&[some_lines(), [torn, &first, b"\n", &second, torn, b"\n"].concat(), some_lines()].concat());
    assert_read_alike(&[glued.as_slice(), &first, torn].concat());
    assert_read_alike(&with_endings(&[glued, some_lines()].concat(), "\r\n"));
}

#[test]
fn names_that_are_no_text() {
    assert_read_alike(&[stop(b"\xff\xfe", "0.5"), stop(b"\xc3", "0.5"), stop([0x80; 300], "0.5")].concat());
}

#[test]
fn start_records_only() {
    let log = [start("a"), start("b")].concat();
    assert_read_alike(&log);
    let prepared = Prepared::repeated_for(&Way::KINDS, &log, 1000);
    for way in Way::KINDS {
        assert_eq!(prepared.run(way, "report").quiet().text().lines().count(), 2, "{way:?}");
    }
}

#[test]
fn durations_of_every_length() {
    let durations = ["0.0", "1.0", "1e-06", "9.9e-05", "1.23456789e-05", "0.123456789012345", "1234.567891", "-0.25"];
    let log: Vec<u8> = durations.iter().flat_map(|duration| stop(duration, duration)).collect();
    assert_read_alike(&log);
}

// ---- Long lines ----

/// What a log must be found to hold.
#[derive(Debug, Default)]
struct Expected {
    other: u64,
    /// The only malformed record's line and offset.
    malformed: Option<(u64, usize)>,
    names: Vec<String>,
}

/// Every kind of reading, with one thread and with several, finds this. All records are stops.
#[track_caller]
fn assert_holds(log: &[u8], expected: &Expected) {
    let prepared = Prepared::repeated_for(&Way::KINDS, log, 1);
    for way in Way::KINDS {
        for threads in way.threads() {
            let mut ran = prepared.run(way, &format!("report -f json -c name --threads {threads}")).done();
            let report = json(&ran.stdout);
            let (records, other) = (expected.names.len() as u64, expected.other);
            let malformed = u64::from(expected.malformed.is_some());
            let lines = records + other + malformed;
            let counts = ["lines", "records", "other", "malformed", "bytes"].map(|count| report.input[count]);
            assert_eq!(counts, [lines, records, other, malformed, log.len() as u64], "{way:?}, {threads} threads");
            assert_eq!(report.names(), expected.names, "{way:?}, {threads} threads");
            if let Some((line, offset)) = expected.malformed {
                ran = ran.saying(&format!("{}:{line} (byte {offset}): it is longer than 4 MiB\n", way.shown()));
            }
            assert_eq!(ran.stderr.is_empty(), expected.malformed.is_none());
        }
    }
}

fn names(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

/// A stop's line, up to its name.
fn head() -> Vec<u8> {
    format!("{TIME} 0.5 {BASE} {PARENT} {TRACE} ").into_bytes()
}

#[test]
fn a_line_that_is_too_long_is_an_other_line_or_a_malformed_one() {
    let other = [vec![b'x'; 5 * MIB], b"\n".to_vec()].concat();
    let malformed = [head(), vec![b'x'; 5 * MIB], b"-stop\n".to_vec()].concat();
    let log = [stop("a", "0.5"), other.clone(), stop("b", "0.5"), malformed.clone(), stop("c", "0.5")].concat();
    let offset = 2 * stop("a", "0.5").len() + other.len();
    let expected = Expected { other: 1, malformed: Some((4, offset)), names: names(&["a", "b", "c"]) };
    assert_holds(&log, &expected);
}

#[test]
fn a_line_over_several_chunks() {
    let other = [vec![b'x'; 13 * MIB], b"\n".to_vec()].concat();
    let log = [stop("a", "0.5"), other.clone(), stop("b", "0.5")].concat();
    assert_holds(&log, &Expected { other: 1, names: names(&["a", "b"]), ..Expected::default() });
    let log = [stop("a", "0.5"), stop("b", "0.5"), other[..other.len() - 1].to_vec()].concat();
    assert_holds(&log, &Expected { other: 1, names: names(&["a", "b"]), ..Expected::default() });
}

#[test]
fn a_line_of_nul_bytes_as_a_crash_leaves_them() {
    let log = [stop("a", "0.5"), vec![0; 9 * MIB], b"\n".to_vec(), stop("b", "0.5")].concat();
    assert_holds(&log, &Expected { other: 1, names: names(&["a", "b"]), ..Expected::default() });
}

#[test]
fn a_line_of_4_mib_is_parsed_and_one_of_a_byte_more_is_not() {
    for (len, ending, is_record) in [
        (LONGEST, "\n", true),
        (LONGEST, "\r\n", true),
        (LONGEST + 1, "\n", false),
        (LONGEST + 1, "\r\n", false),
        (LONGEST + 2, "\n", false),
    ] {
        let filling = vec![b'x'; len - head().len() - "long-stop {\"a\": \"\"}".len()];
        let json = [b"{\"a\": \"".as_slice(), &filling, b"\"}"].concat();
        let line = [head().as_slice(), b"long-stop ", &json, ending.as_bytes()].concat();
        let log = [stop("a", "0.5"), line, stop("b", "0.5")].concat();
        let expected = if is_record {
            Expected { names: names(&["a", "long", "b"]), ..Expected::default() }
        } else {
            Expected { malformed: Some((2, stop("a", "0.5").len())), names: names(&["a", "b"]), other: 0 }
        };
        assert_holds(&log, &expected);
    }
}

#[test]
fn a_head_counts_within_the_first_4_mib_of_a_line() {
    let a_head = format!("{TIME} {BLANKS} ");
    for (at, is_malformed) in [(LONGEST - a_head.len(), true), (LONGEST - a_head.len() + 1, false)] {
        let line = [vec![b'x'; at], a_head.clone().into_bytes(), vec![b'x'; MIB], b"\n".to_vec()].concat();
        let log = [stop("a", "0.5"), line].concat();
        let malformed = is_malformed.then_some((2, stop("a", "0.5").len()));
        assert_holds(&log, &Expected { other: u64::from(!is_malformed), malformed, names: names(&["a"]) });
    }
}

#[test]
fn a_record_that_begins_in_one_chunk_and_ends_in_the_next() {
    let line = [head().as_slice(), b"long-stop {\"a\": \"", &vec![b'x'; 3 * MIB], b"\"}\n"].concat();
    let log = [line.repeat(3), stop("a", "0.5")].concat();
    let prepared = Prepared::repeated_for(&Way::KINDS, &log, 1);
    for way in Way::KINDS {
        for threads in way.threads() {
            let ran = prepared
                .run(way, &format!("report -f csv -c name,count --duplicates allow --threads {threads}"))
                .quiet();
            assert_eq!(ran.text(), "name,count\nlong,3\na,1\n", "{way:?}, {threads} threads");
        }
    }
}

/// Line feeds at, before and behind the borders of chunks (4 MiB) and blocks (1 MiB).
#[test]
fn line_feeds_around_the_borders_of_chunks() {
    for shift in [0, 1, 2] {
        let unit = stop("a", "0.5").len();
        let first = [vec![b'x'; LONGEST - 1 - unit * 2 - 1 + shift], b"\n".to_vec()].concat();
        let log = [first, stops(&["a", "a", "b"]), vec![b'\n'; 10]].concat();
        let prepared = Prepared::repeated_for(&Way::KINDS, &log, 1);
        for way in Way::KINDS {
            for threads in way.threads() {
                let ran = prepared.run(way, &format!("report -f json --threads {threads}")).quiet();
                let report = json(&ran.stdout);
                assert_eq!((report.input["lines"], report.input["records"]), (14, 3), "{way:?}, {shift}");
                assert_eq!(report.rows[0].integer("count"), 2);
            }
        }
    }
}
