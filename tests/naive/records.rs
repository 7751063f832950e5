//! The naive engine against docs/format.md, rule by rule, and against logs whose reports are known.
//!
//! What judges the real engine has to be judged first.

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use tracerank_testing::naive::{
    self, Account, Filter, Line, Malformed, Reason, Record, Row, parse_line, read, text_report,
};

const TIME: &str = "2026-11-23T06:18:09.822513";
const BLANKS: &str = "        ";
const BASE: &str = "07210e9e-c012-4ace-9cc8-6d9626eb3011";
const PARENT: &str = "ac9a9d8d-043e-4733-8ad5-1c51ec5adf03";
const TRACE: &str = "8a3afb21-72ad-45e4-87fe-7db49d7b61bf";

/// Writes out the words of a pattern: `T` is the timestamp, `B`, `P` and `U` are UUIDs, `_` is eight blanks.
fn line(pattern: &str) -> String {
    let words = pattern.split(' ').map(|word| match word {
        "T" => TIME,
        "B" => BASE,
        "P" => PARENT,
        "U" => TRACE,
        "_" => BLANKS,
        word => word,
    });
    words.collect::<Vec<_>>().join(" ")
}

fn record(line: &[u8]) -> Record<'_> {
    match parse_line(line) {
        Line::Record(record) => record,
        no_record => panic!("{no_record:?}: {}", String::from_utf8_lossy(line)),
    }
}

/// The only whole record of a line, and the reasons why others are torn.
fn record_and_torn(line: &[u8]) -> (Record<'_>, Vec<Reason>) {
    let torn = match parse_line(line) {
        Line::Several(pieces) => pieces.into_iter().filter_map(|piece| piece.record.err()).collect(),
        _ => Vec::new(),
    };
    match parse_line(line).records().as_slice() {
        [only] => (only.clone(), torn),
        several => panic!("{several:?}: {}", String::from_utf8_lossy(line)),
    }
}

/// The pieces of a line: the name of each record, and the reason of each torn one.
fn pieces(line: &str) -> Vec<Result<String, Reason>> {
    let name = |record: Record<'_>| text(record.name).to_owned();
    match parse_line(line.as_bytes()) {
        Line::Several(pieces) => pieces.into_iter().map(|piece| piece.record.map(name)).collect(),
        Line::Record(record) => vec![Ok(name(record))],
        none => panic!("{none:?}: {line}"),
    }
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap()
}

fn assert_malformed(line: &str, reason: Reason) {
    assert_eq!(parse_line(line.as_bytes()), Line::Malformed(reason), "{line}");
}

fn assert_other(line: &str) {
    assert_eq!(parse_line(line.as_bytes()), Line::Other, "{line}");
}

// ---- Lines ----

#[test]
fn a_log_is_cut_at_line_feeds_and_nothing_stands_after_the_last() {
    for (log, lines) in
        [("", 0), ("\n", 1), ("\n\n", 2), ("a", 1), ("a\n", 1), ("a\nb", 2), ("a\r\n\r\nb\r", 3), ("a\rb", 1)]
    {
        let account = read(log.as_bytes(), &Filter::default());
        assert_eq!((account.lines, account.other), (lines, lines), "{log:?}");
    }
}

#[test]
fn one_carriage_return_belongs_to_the_line_ending() {
    let stop = line("T 0.5 B P U db-stop");
    assert_eq!(record(format!("{stop}\r").as_bytes()), record(stop.as_bytes()));
    assert_eq!(record(format!("{stop}\r\r").as_bytes()), record(stop.as_bytes()), "blanks may follow");
    assert_malformed(&format!("{TIME}\r"), Reason::CutShort);
    assert_other(&format!("{TIME}\r\r"));
}

#[test]
fn every_line_is_counted_and_a_malformed_one_is_located() {
    let [start, stop, cut] = ["T _ B P U db-start", "T 0.5 B P U db-stop", "T 0.5 B P"].map(line);
    let log = format!("{start}\r\n\nhello\n{cut}\n{stop}\n{cut}");
    let account = read(log.as_bytes(), &Filter::default());
    let first_cut = (start.len() + 2 + 1 + 6) as u64;
    let second_cut = first_cut + (cut.len() + 1 + stop.len() + 1) as u64;
    let expected = Account {
        lines: 6,
        records: 2,
        other: 2,
        malformed: vec![
            Malformed { line: 4, offset: first_cut, reason: Reason::NoIds },
            Malformed { line: 6, offset: second_cut, reason: Reason::NoIds },
        ],
        record_lines: 2,
        torn: Vec::new(),
        spans: 1,
        filtered: 0,
        rows: vec![Row {
            name: b"db".to_vec(),
            durations_ns: vec![500_000_000],
            base_ids: vec![line("B").into_bytes()],
        }],
        roots: Vec::new(),
    };
    assert_eq!(account, expected);
}

#[test]
fn lines_without_a_head_are_other_lines() {
    for pattern in [
        "",
        " ",
        "hello",
        "2026-11-23 06:34:23,671 139967625459392 INFO base [-] Engine server started.",
        "B P U db-stop",
        "0.5 B P U db-stop",
        "T  B P U db-stop",        // no duration at all
        "T _B P U db-start",       // eight blanks, and the one behind them is missing
        "T        B P U db-start", // seven
        "T\t0.5 B P U db-stop",
        "2026-11-23t06:18:09.822513 0.5 B P U db-stop",
        "2026-11-23 06:18:09.822513 0.5 B P U db-stop",
        "2026-11-23T06:18:09,822513 0.5 B P U db-stop",
        "2026-11-23T06:18:09.822513Z 0.5 B P U db-stop",
        "2026-11-23T06:18:09.822513+00:00 0.5 B P U db-stop",
        "2026-11-23T06:18 0.5 B P U db-stop",
        "26-11-23T06:18:09.822513 0.5 B P U db-stop",
    ] {
        assert_other(&line(pattern));
    }
}

// ---- The timestamp ----

#[test]
fn a_record_has_the_timestamp_as_it_is_written() {
    for time in
        ["2026-11-23T06:18:09.822513", "2026-11-23T06:18:09", "2024-02-29T23:59:59.999999", "0000-01-01T00:00:00"]
    {
        for kind in ["_ B P U db-start", "0.5 B P U db-stop"] {
            assert_eq!(text(record(line(&format!("{time} {kind}")).as_bytes()).timestamp), time);
        }
    }
}

#[test]
fn a_month_has_the_days_of_the_gregorian_calendar() {
    let years =
        [(1900, 365), (1999, 365), (2000, 366), (2023, 365), (2024, 366), (2100, 365), (0, 366), (4, 366), (9999, 365)];
    for (year, days) in years {
        let mut existing = 0;
        for month in 0..=20 {
            for day in 0..=40 {
                let line = line(&format!("{year:04}-{month:02}-{day:02}T00:00:00 0.5 B P U db-stop"));
                match parse_line(line.as_bytes()) {
                    Line::Record(_) => existing += 1,
                    not_existing => assert_eq!(not_existing, Line::Malformed(Reason::TimeDoesNotExist), "{line}"),
                }
            }
        }
        assert_eq!(existing, days, "{year}");
    }
}

#[test]
fn a_time_that_does_not_exist_makes_a_malformed_record() {
    for time in [
        "2026-00-23T06:18:09.822513",
        "2026-13-23T06:18:09.822513",
        "2026-11-00T06:18:09.822513",
        "2026-11-31T06:18:09.822513",
        "2026-02-29T06:18:09.822513",
        "2026-11-23T24:00:00.000000",
        "2026-11-23T06:60:09.822513",
        "2026-11-23T23:59:60.822513",
        "2026-11-23T06:18:61",
        "2026-13-23T06:18:09.82", // comes before the fraction
    ] {
        assert_malformed(&line(&format!("{time} 0.5 B P U db-stop")), Reason::TimeDoesNotExist);
        assert_malformed(&line(&format!("{time} _ B P U db-start")), Reason::TimeDoesNotExist);
        assert_malformed(&line(&format!("{time} 1e+99 nothing of all that")), Reason::TimeDoesNotExist);
    }
}

#[test]
fn a_fraction_has_six_digits_or_is_missing() {
    for fraction in ["", "8", "82", "822", "8225", "82251", "8225134", "8225134670", "000000000000000000000000000000"] {
        assert_malformed(
            &line(&format!("2026-11-23T06:18:09.{fraction} 0.5 B P U db-stop")),
            Reason::FractionNotSixDigits,
        );
        assert_malformed(&line(&format!("2026-11-23T06:18:09.{fraction} _ ")), Reason::FractionNotSixDigits);
    }
}

// ---- The duration ----

#[test]
fn a_duration_is_kept_in_nanoseconds() {
    for (duration, nanoseconds) in [
        ("0.006782", 6_782_000),
        ("0.2", 200_000_000),
        ("54.737", 54_737_000_000),
        ("1003.012651", 1_003_012_651_000),
        ("1234.567891", 1_234_567_891_000),
        ("9.9e-05", 99_000),
        ("4.1e-05", 41_000),
        ("5e-05", 50_000),
        ("1e-06", 1_000),
        ("9.99e-07", 999),
        ("1e-09", 1),
        ("1.0", 1_000_000_000),
        ("0.0", 0),
        ("-0.0", 0),
        ("-0.000123", -123_000),
        ("-4.1e-05", -41_000),
        ("00012.50", 12_500_000_000),
        ("1e+00", 1_000_000_000),
        ("1.5e+003", 1_500_000_000_000),
        ("0.0000015e+06", 1_500_000_000),
        ("0e+999", 0),
        ("1e-999", 0),
        ("0.000000000000000000000000000000000000001e+039", 1_000_000_000),
        ("100000000000000000000000000000.0e-029", 1_000_000_000),
    ] {
        let line = line(&format!("T {duration} B P U db-stop"));
        assert_eq!(record(line.as_bytes()).duration_ns, Some(nanoseconds), "{duration}");
    }
}

#[test]
fn what_is_finer_than_a_nanosecond_is_rounded_half_away_from_zero() {
    for (duration, nanoseconds) in [
        ("0.0000000005", 1),
        ("-0.0000000005", -1),
        ("0.00000000049999999999", 0),
        ("-0.00000000049999999999", 0),
        ("0.0000000015", 2),
        ("0.0000000025", 3),
        ("-0.0000000025", -3),
        ("0.0000000024999", 2),
        ("5e-10", 1),
        ("4.9e-10", 0),
        ("9.5e-10", 1),
        ("5e-11", 0),
        ("0.9999999995", 1_000_000_000),
        ("0.12345678901234567890", 123_456_789),
        ("0.1234567895", 123_456_790),
    ] {
        let line = line(&format!("T {duration} B P U db-stop"));
        assert_eq!(record(line.as_bytes()).duration_ns, Some(nanoseconds), "{duration}");
    }
}

#[test]
fn a_duration_fits_sixty_three_bits_or_is_out_of_range() {
    for (duration, nanoseconds) in [
        ("9223372036.854775807", i64::MAX),
        ("-9223372036.854775807", -i64::MAX),
        ("9223372036.85477580749999", i64::MAX),
        ("0009223372036.854775807", i64::MAX),
        ("9.223372036854775807e+09", i64::MAX),
        ("9223372036854775807e-09", i64::MAX),
        ("9.2e+09", 9_200_000_000_000_000_000),
    ] {
        let line = line(&format!("T {duration} B P U db-stop"));
        assert_eq!(record(line.as_bytes()).duration_ns, Some(nanoseconds), "{duration}");
    }
    for duration in [
        "9223372036.854775808",
        "-9223372036.854775808",
        "9223372036.8547758075",
        "9.3e+09",
        "1.5e+16",
        "-1.5e+16",
        "1e+999",
        "12345678901234567890.5",
        "1111111111222222222233333333334444444444.0",
    ] {
        assert_malformed(&line(&format!("T {duration} B P U db-stop")), Reason::DurationOutOfRange);
        assert_malformed(&line(&format!("T {duration} without ids")), Reason::DurationOutOfRange);
    }
}

#[test]
fn a_start_record_has_eight_blanks_for_its_duration() {
    let start = line("T _ B P U db-start");
    assert_eq!(record(start.as_bytes()).duration_ns, None);
    // A ninth blank is the first byte of the base_id.
    assert_eq!(text(record(line("T _  B P U db-start").as_bytes()).base_id), format!(" {BASE}"));
}

#[test]
fn a_duration_that_is_no_number_makes_a_malformed_record() {
    for duration in [
        "nan",
        "inf",
        "-inf",
        "None",
        "0,006782",
        "1",
        "-1",
        "0x1f",
        ".5",
        "5.",
        "+0.5",
        "1e5",
        "1e-5",
        "1e05",
        "1E-05",
        "1.e-05",
        "1e-0005",
        "1.5e",
        "--0.5",
        "-",
        "0.5s",
        "0.5\t",
        "\t",
        "\0\0\0\0\0\0\0\0",
        "\u{ff11}.5",
        "0.5\r",
    ] {
        for behind in
            ["B P U db-stop", "x P U db-start", "B P U db-stop  <- !!!", "B P U db-start  <- !!!", "B P U -stop"]
        {
            assert_malformed(&line(&format!("T {duration} {behind}")), Reason::DurationNoNumber);
        }
        assert_malformed(&line(&format!("2026-99-99T99:99:99.1 {duration} B P U db-stop")), Reason::DurationNoNumber);
        assert_other(&line(&format!("prefix T {duration} B P U db-stop")));
        assert_other(&line(&format!("T {duration} B P U db-stopped")));
        assert_other(&line(&format!("T {duration} B P U db-stop {{}}")));
        assert_other(&line(&format!("T {duration} B x U db-stop")));
        assert_other(&line(&format!("T {duration} my request P U db-stop")));
        assert_other(&line(&format!("T {duration} P U db-stop")));
        assert_other(&line(&format!("T {duration}  B P U db-stop")));
    }
}

// ---- The ids ----

#[test]
fn the_first_uuid_that_settles_it_tells_where_the_ids_are() {
    // The body and the name behind it, then base_id, parent_id, trace_id and name.
    for (body_and_name, ids_and_name) in [
        ("B P U n", ["B", "P", "U", "n"]),
        ("B B U n", ["B", "B", "U", "n"]),
        ("B B B n", ["B", "B", "B", "n"]),
        ("r P U n", ["r", "P", "U", "n"]),
        ("r r U n", ["r", "r", "U", "n"]),
        ("my request P U n", ["my request", "P", "U", "n"]),
        ("my request my request U n", ["my request", "my request", "U", "n"]),
        ("a a P U n", ["a a", "P", "U", "n"]),
        ("a\tb P U n", ["a\tb", "P", "U", "n"]),
        ("größe größe U n", ["größe", "größe", "U", "n"]),
        ("  P U n", [" ", "P", "U", "n"]),
        (" B P U n", [" B", "P", "U", "n"]),
        ("B  P U n", ["B ", "P", "U", "n"]),
        ("    U n", [" ", " ", "U", "n"]), // blank, blank, blank, and the one before U
        ("req-B P U n", ["req-B", "P", "U", "n"]),
        ("a B c P U n", ["a B c", "P", "U", "n"]),
        ("a B P U n", ["a", "B", "P", "U n"]),
        ("B P U B n", ["B", "P", "U", "B n"]),
        ("B B P U n", ["B", "B", "P", "U n"]),
        ("r r U P n", ["r r", "U", "P", "n"]), // rule 1 comes first
        ("r r U P-n", ["r", "r", "U", "P-n"]),
        ("r s r U P U n", ["r s r", "U", "P", "U n"]),
        ("x r r U n P U n", ["x r r U n", "P", "U", "n"]),
        ("-stop P U n", ["-stop", "P", "U", "n"]),
        ("0.5 P U n", ["0.5", "P", "U", "n"]),
        ("T T U n", ["T", "T", "U", "n"]),
    ] {
        let whole = line(&format!("T 0.5 {body_and_name}-stop"));
        let ids_and_name = ids_and_name.map(line);
        let record = record(whole.as_bytes());
        let found = [record.base_id, record.parent_id, record.trace_id, record.name];
        assert_eq!(found.map(text), ids_and_name.each_ref().map(String::as_str), "{body_and_name}");
    }
}

#[test]
fn a_uuid_has_hexadecimal_digits_of_either_case_and_hyphens_in_their_places() {
    let upper = TRACE.to_uppercase();
    assert_eq!(text(record(line(&format!("T 0.5 B P {upper} n-stop")).as_bytes()).trace_id), upper);
    for id in [
        &TRACE[1..],
        &TRACE[..35],
        &format!("{TRACE}0"),
        &TRACE.replace('-', ""),
        &TRACE.replace('8', "g"),
        &format!("{{{TRACE}}}"),
        "8a3afb217-2ad-45e4-87fe-7db49d7b61bf",
    ] {
        assert_malformed(&line(&format!("T 0.5 B P {id} n-stop")), Reason::NoIds);
        assert_malformed(&line(&format!("T 0.5 B {id} U n-stop")), Reason::NoIds);
        assert_eq!(text(record(line(&format!("T 0.5 {id} P U n-stop")).as_bytes()).base_id), id);
        assert_eq!(text(record(line(&format!("T 0.5 {id} {id} U n-stop")).as_bytes()).parent_id), id);
    }
}

#[test]
fn missing_ids_make_a_malformed_record() {
    for body_and_tail in [
        "",
        "B",
        "B ",
        "B P",
        "B P ",
        "B P U",
        "B P U\tn-stop",
        "B P\tU n-stop",
        "B\tP U n-stop",
        "B P U-stop",
        "P U n-stop",
        "U n-stop",
        "n-stop",
        "r s U n-stop",
        "a a a U n-stop",
        "my request my  request U n-stop",
        " U n-stop",
        "  U n-stop",
        "B P  U n-stop",
        "B PU n-stop",
        "B P\rU n-stop",
    ] {
        assert_malformed(&line(&format!("T 0.5 {body_and_tail}")), Reason::NoIds);
        assert_malformed(&line(&format!("T _ {body_and_tail}")), Reason::NoIds);
    }
}

#[test]
fn a_base_id_has_at_most_65_536_bytes() {
    let [longest, too_long] = [65_536, 65_537].map(|length| "r".repeat(length));
    for parent in [PARENT, &longest] {
        let whole = line(&format!("T 0.5 {longest} {parent} U n-stop"));
        let record = record(whole.as_bytes());
        assert_eq!([record.base_id, record.parent_id].map(text), [longest.as_str(), parent]);
    }
    for parent in [PARENT, &too_long] {
        assert_malformed(&line(&format!("T 0.5 {too_long} {parent} U n-stop")), Reason::NoIds);
    }
    // Too long for rule 1, which sees two more ids behind it; not so for rule 2, which sees the same text twice.
    let twice = line(&format!("T 0.5 {longest} {longest} P U n-stop"));
    assert_eq!(text(record(twice.as_bytes()).trace_id), PARENT);
}

// ---- The name ----

#[test]
fn the_name_stands_before_the_last_marker_or_before_the_first_with_json() {
    for (duration, tail, name) in [
        ("_", "db-start", "db"),
        ("_", "workflow-start-start", "workflow-start"),
        ("_", "workflow-stop-start", "workflow-stop"),
        ("_", "-start-start", "-start"),
        ("_", " -start", " "),
        ("_", "run my task-start", "run my task"),
        ("_", "x  <- !!!-start", "x  <- !!!"),
        ("_", "db-start {}", "db"),
        ("_", "db-start {\"statement\": \"SELECT 1\"}", "db"),
        ("_", "db-start {\"a\": \"b-start {c}\"}", "db"),
        ("_", "db-start {\"a\": [1, null, NaN], \"b\": \"\\\"}\"}", "db"),
        ("_", "db-stop {} x-start {}", "db-stop {} x"),
        ("_", "-start {}-start {}", "-start {}"),
        ("_", "db-start {} ", "db"),
        ("_", "db-start {\"a\": 1}-start", "db-start {\"a\": 1}"),
        ("_", "db-start{} -start {}", "db-start{} "),
        ("_", "größe-start", "größe"),
        ("_", "}-start", "}"),
        ("0.5", "db-stop", "db"),
        ("0.5", "db-stop  <- !!!", "db"),
        ("0.5", "workflow-start-stop", "workflow-start"),
        ("0.5", "-stop-stop", "-stop"),
        ("0.5", "-stop-stop  <- !!!", "-stop"),
        ("0.5", "x-stop  <- !!!-stop", "x-stop  <- !!!"),
        ("0.5", "db-stop {}", "db"),
        ("0.5", "db-stop { }\t", "db"),
        ("0.5", "db-stop  <- !!! {}", "db"),
        ("0.5", "db-stop  <- !!! {\"a\": \"b-stop {c}\"}", "db"),
        ("0.5", "db-stop  <- !!!{} -stop {}", "db-stop  <- !!!{} "),
        ("0.5", "db-start {} x-stop {}", "db-start {} x"),
        ("0.5", "-stop {} -stop {}", "-stop {} "),
        ("0.5", "-stop  <- !!! {} -stop  <- !!! {}", "-stop  <- !!! {} "),
        ("0.5", "x-stop {y}-stop", "x-stop {y}"),
        ("0.5", "x-stop {y}-stop  <- !!!", "x-stop {y}"),
        ("0.5", "tab\tand \0-stop", "tab\tand \0"),
        (
            "0.5",
            "T 0.5 x P 00000000-0000-0000-0000-000000000000-stop",
            "T 0.5 x P 00000000-0000-0000-0000-000000000000",
        ),
    ] {
        let tail = line(tail);
        let whole = line(&format!("T {duration} B P U {tail}"));
        assert_eq!(text(record(whole.as_bytes()).name), line(name), "{whole}");
    }
}

#[test]
fn a_name_can_be_any_bytes() {
    let name = [b"\xff\xfe\x00 \r".as_slice(), &[0x80; 300]].concat();
    let whole = [line("T 0.5 B P U ").as_bytes(), &name, b"-stop"].concat();
    assert_eq!(record(&whole).name, name);
}

#[test]
fn a_missing_name_makes_a_malformed_record() {
    for (duration, tail) in [
        ("_", ""),
        ("_", "-start"),
        ("_", "-start {}"),
        ("_", "-stop"),
        ("0.5", ""),
        ("0.5", "-stop"),
        ("0.5", "-stop  <- !!!"),
        ("0.5", "-stop {}"),
        ("0.5", "-stop  <- !!! {\"a\": 1}"),
        ("0.5", "-start"),
    ] {
        assert_malformed(&line(&format!("T {duration} B P U {tail}")), Reason::NoName);
    }
}

#[test]
fn a_missing_or_wrong_marker_makes_a_malformed_record() {
    for tail in [
        "db",
        "db-",
        "db-star",
        "db-START",
        "db-start x",
        "db-stop",
        "db-stop {}",
        "db-stop  <- !!!",
        "db-start  <- !!!",
        "db-start  <- !!! {}",
        "db-start{}",
        "db-start  {}",
        "db-start {",
        "db-start {\"a\": 1",
        "db-start []",
        "db-start {}  <- !!!",
        "db-start {} }",
        "db-start {}\"",
        "db-start {{}}",
        "db-start {\\\"a\\\": 1}",
        "db-start {\"a\": \"}",
        "db-start {\"a\": 1,}",
        "db-start {\"a\": 1} {\"b\": 2}",
        "{}",
        " ",
    ] {
        assert_malformed(&line(&format!("T _ B P U {tail}")), Reason::NoStartMarker);
    }
    for tail in [
        "db",
        "db-",
        "db-sto",
        "db-STOP",
        "db-stop x",
        "db-start",
        "db-start {}",
        "db-start  <- !!!",
        "db-stop <- !!!",
        "db-stop   <- !!!",
        "db-stop  <- !!",
        "db-stop  <- !!!!",
        "db-stop  <- !!!  <- !!!",
        "db-stop{}",
        "db-stop  {}",
        "db-stop  <- !!!{}",
        "db-stop  <- !!!  {}",
        "db-stop {",
        "db-stop {\"a\": 1",
        "db-stop []",
        "db-stop {}  <- !!!",
        "{}",
    ] {
        assert_malformed(&line(&format!("T 0.5 B P U {tail}")), Reason::NoStopMarker);
    }
}

// ---- Prefixes ----

#[test]
fn a_record_can_stand_behind_a_prefix() {
    for prefix in [
        "26-11-23 06:34:58 - ",
        "540 139967625459392 ",
        "2026-11-23 06:34:58,532 139967625459392 INFO profiler [-] ",
        "2026-11-23T06:34:58.532521 INFO ",
        "2026-11-23T06:34:58.532521 0.5",
        "2026-11-23T06:34:58.532521",
        "12",
        "x",
        "\u{feff}",
        "\0\0\0\0\0\0\0\0",
        "\t",
        "\r",
    ] {
        for record_alone in ["T _ B P U db-start {}", "T 0.5 my request P U db-stop  <- !!!"].map(line) {
            let prefixed = format!("{prefix}{record_alone}");
            assert_eq!(record(prefixed.as_bytes()), record(record_alone.as_bytes()), "{prefixed}");
        }
    }
}

#[test]
fn a_record_begins_at_the_first_head_that_makes_one() {
    // What comes first is no record, so the record behind it counts.
    for torn in ["2026-13-23T06:18:09.822513 0.5 ", "2026-11-23T06:18:09.822 0.5 ", "T 1.5e+16 ", "T _ "] {
        let whole = line("T 0.5 r P U db-stop");
        let both = format!("{}{whole}", line(torn));
        let (record_behind, torn) = record_and_torn(both.as_bytes());
        assert_eq!(record_behind, record(whole.as_bytes()), "{both}");
        assert!(torn.len() <= 1);
    }
    // The first head makes a record, but its base_id contains the second one.
    for torn in ["T 0.5 ", "T 0.5 07210e9e-c0", "T 0.5 B", "T 0.5 B ac9a9d8d", "T 0.5 B P", "T 0.5 B P 8a3a"] {
        let whole = line("2026-11-23T06:18:10 0.25 r P U db-stop");
        let both = format!("{}{whole}", line(torn));
        let expected = (record(whole.as_bytes()), vec![Reason::HeadInside]);
        assert_eq!(record_and_torn(both.as_bytes()), expected, "{both}");
    }
    // The first head asks for another marker than the line has.
    let both = line("T 0.5 x T _ y P U db-start");
    assert_eq!(text(record_and_torn(both.as_bytes()).0.base_id), "y");
}

#[test]
fn the_reason_is_that_of_the_first_head() {
    for (pattern, reason) in [
        ("2026-13-23T06:18:09.8 1e+99 T 0.5 B", Reason::TimeDoesNotExist),
        ("2026-11-23T06:18:09.8 1e+99 T 0.5 B", Reason::FractionNotSixDigits),
        ("T 1e+99 2026-13-23T06:18:09.8 0.5 B", Reason::DurationOutOfRange),
        ("T 0.5 2026-13-23T06:18:09.8 0.5 B", Reason::NoIds),
        ("T 0.5 B P U T _ r U db-start", Reason::NoStopMarker),
        ("T 0.5 B P U -stop {} T 0.5 B", Reason::NoStopMarker),
        ("prefix 0.5 T _ B P U db-stop", Reason::NoStartMarker),
        ("T 0.5 x 2026-13-23T06:18:09 0.5 y P U db-stop", Reason::HeadInside),
        ("T 0.5 x 2026-11-23T06:18:09.8 0.5 y P U db-stop", Reason::HeadInside),
        ("T 0.5 x T 1e+99 y P U db-stop", Reason::HeadInside),
        ("T 0.5 x T _ y P U db-stop", Reason::HeadInside),
        ("T _ x T 0.5 y P U db-start", Reason::HeadInside),
        ("T 0.5 T 0.25 x T 0.25 x U db-stop", Reason::HeadInside),
    ] {
        assert_malformed(&line(pattern), reason);
    }
}

/// A whole record behind a torn one, however far the torn one came.
#[test]
fn a_torn_record_leaves_the_whole_one_behind_it() {
    let whole = line("2026-11-23T06:18:10 0.25 B P U db-stop");
    let torn = line("T 0.5 B P U task-ru");
    for len in 0..=torn.len() {
        let both = format!("{}{whole}", &torn[..len]);
        let (record, reasons) = record_and_torn(both.as_bytes());
        assert_eq!(text(record.name), "db", "{both}");
        assert_eq!(text(record.base_id), BASE, "{both}");
        assert_eq!(record.duration_ns, Some(250_000_000), "{both}");
        // Before its head is whole, nothing tells it from a prefix.
        let has_head = len >= line("T 0.5 ").len();
        assert_eq!(reasons, vec![Reason::HeadInside; usize::from(has_head)], "{both}");
    }
}

/// A torn record behind a whole one, however far it came.
#[test]
fn a_torn_record_leaves_the_whole_one_before_it() {
    for whole in ["T 0.25 B P U db-stop", "T 0.25 B P U db-stop  <- !!!", "T _ my id my id U db-start {\"a\": \"b\"}"] {
        let (whole, torn) = (line(whole), line("T 0.5 B P U task-run"));
        for len in "YYYY-MM-DDT".len()..=torn.len() {
            let both = format!("{whole}{}", &torn[..len]);
            let (record, reasons) = record_and_torn(both.as_bytes());
            assert_eq!(text(record.name), "db", "{both}");
            assert_eq!(reasons.len(), 1, "{both}");
        }
    }
}

#[test]
fn all_whole_records_of_a_line_count() {
    let [a, b, c] =
        ["T _ B P U a-start", "T 0.5 my request my request U b-stop", "T 0.25 B P U c d-stop  <- !!!"].map(line);
    let json = line("T 0.5 B P U j-stop {\"sql\": \"x-stop {y}\"}");
    let log_in_json = line(&format!("T 0.5 B P U l-stop {{\"line\": \"{}\"}}", line("T 0.5 r r U x-stop")));
    let torn = line("T 0.5 B P U workflow-handler-start-workfl");
    let (name, reason) = (|name: &str| Ok(name.to_owned()), Err(Reason::HeadInside));
    let prefix = "2026-11-23 06:34:58.532 540 INFO mistral [-] ";
    let other_time = "2026-11-24 16:00:00.001 7 DEBUG mistral [-] ";
    for (line, expected) in [
        (format!("{a}{b}"), vec![name("a"), name("b")]),
        (format!("{a}{b}{c}"), vec![name("a"), name("b"), name("c d")]),
        (format!("{c}{a}"), vec![name("c d"), name("a")]),
        (format!("{a} \t{b}\0\0{c}\u{feff}{a}"), vec![name("a"), name("b"), name("c d"), name("a")]),
        (format!("{json}{a}"), vec![name("j"), name("a")]),
        (format!("{json} {json}"), vec![name("j"), name("j")]),
        (format!("{a}{json}"), vec![name("a"), name("j")]),
        (format!("{log_in_json}{b}"), vec![name("l"), name("b")]),
        (format!("{torn}{a}{b}"), vec![reason.clone(), name("a"), name("b")]),
        (format!("{a}{torn}{b}"), vec![name("a"), reason.clone(), name("b")]),
        (format!("{torn}{torn}{a}"), vec![reason.clone(), reason.clone(), name("a")]),
        (format!("{prefix}{a}{prefix}{b}"), vec![name("a"), name("b")]),
        (format!("{prefix}{json}{other_time}{c}{prefix}{a}"), vec![name("j"), name("c d"), name("a")]),
        (format!("{prefix}{torn}{other_time}{a}"), vec![reason.clone(), name("a")]),
        // Nothing tells that this is a prefix.
        (format!("{a}{prefix}{b}"), vec![reason.clone(), name("b")]),
        (format!("{}{a}", &json[..json.len() - 4]), vec![reason.clone(), name("a")]),
        (format!("{a}2026-11-23T06:18"), vec![name("a"), Err(Reason::CutShort)]),
        (format!("{a}{}", line("T 0.5 B P")), vec![name("a"), Err(Reason::NoIds)]),
    ] {
        assert_eq!(pieces(&line), expected, "{line}");
        assert_eq!(pieces(&format!("{line}\r")), expected, "{line}");
    }
}

/// A head in a name that begins no record is a part of the name.
#[test]
fn a_name_can_hold_heads() {
    for name in ["at T 0.5 x", "at T", "T 0.5 x T 0.5 y", "T _ "] {
        let name = line(name);
        let whole = format!("{}{name}-stop", line("T 0.5 B P U "));
        assert_eq!(pieces(&whole), [Ok(name.clone())], "{whole}");
        let glued = format!("{whole}{}", line("T _ B P U a-start"));
        assert_eq!(pieces(&glued), [Ok(name), Ok("a".to_owned())], "{glued}");
    }
}

#[test]
fn what_closes_a_wrapping_can_follow_a_record() {
    let [with, without] = ["T 0.5 B P U j-stop {\"a\": 1}", "T 0.5 B P U j-stop"].map(line);
    for (before, behind) in [
        ("\"", "\""),
        ("[", "]"),
        ("msg='", "' "),
        ("(<{\"", "\"}>)"),
        ("{\"n\": 1, \"log\": ", ", \"stream\": \"stdout\"}"),
    ] {
        let wrapped = |record: &str| format!("{before}{record}{behind}");
        let is_record = |line: &str| matches!(parse_line(line.as_bytes()), Line::Record(_));
        let is_value = behind.starts_with(',');
        assert_eq!(is_record(&wrapped(&with)), !is_value, "{}", wrapped(&with));
        assert_eq!(is_record(&wrapped(&without)), !is_value, "{}", wrapped(&without));
        assert!(!is_record(&format!("{with}{behind}")) || behind.trim().is_empty());
    }
    let in_json = |record: &str| format!("{{\"log\": \"{}\\n\", \"stream\": \"stdout\"}}", line(record));
    let in_text = in_json("T 0.5 B P U j-stop {}");
    assert_eq!(pieces(&in_text), [Ok("j".to_owned())]);
    assert_malformed(in_text.strip_suffix('}').unwrap(), Reason::NoStopMarker);
    let escaped = in_json("T 0.5 B P U j-stop {\\\"a\\\": 1}");
    assert_malformed(&escaped, Reason::NoStopMarker);
}

#[test]
fn any_number_of_heads_is_tried() {
    let whole = line("T 0.25 r P U db-stop");
    for torn in ["T 0.5 ", "T _ x ", "2026-13-23T06:18:09 0.5 "] {
        let behind = line(torn).repeat(100) + &whole;
        let (found, reasons) = record_and_torn(behind.as_bytes());
        assert_eq!((found, reasons.len()), (record(whole.as_bytes()), 100), "{torn}");
    }
    let glued = whole.repeat(100);
    assert_eq!(pieces(&glued), vec![Ok("db".to_owned()); 100]);
}

/// A prefix may hold a time and a number, and is torn nevertheless only if a record could begin so.
#[test]
fn the_time_of_a_prefix_is_no_torn_record() {
    let whole = line("2026-11-23T06:34:58.532 0.5 T 0.25 r P U db-stop");
    assert_eq!(pieces(&whole), [Ok("db".to_owned())]);
}

// ---- Heads cut short ----

#[test]
fn every_beginning_of_a_head_is_a_head_cut_short() {
    let heads = [
        "T 0.006782 ",
        "T -12.5e-005 ",
        "T 5e-05 ",
        "T _ ",
        "2026-11-23T06:18:09 -5e+10 ",
        "2026-11-23T06:18:09.8225134 0.5 ",
        "9999-99-99T99:99:99.1 0.5 ",
    ];
    for head in heads.map(line) {
        for length in 0.."YYYY-MM-DDT".len() {
            assert_other(&head[..length]);
        }
        for length in "YYYY-MM-DDT".len()..head.len() {
            assert_malformed(&head[..length], Reason::CutShort);
            assert_other(&format!("x{}", &head[..length]));
            assert_other(&format!("{}x", &head[..length]));
        }
        assert_ne!(parse_line(head.as_bytes()), Line::Malformed(Reason::CutShort), "a whole head");
    }
}

#[test]
fn what_could_not_become_a_head_is_not_cut_short() {
    for line in [
        "2026-11-23T06-",
        "2026-11-23T06:18:09.8:",
        "2026-11-23T06:18:09Z",
        "2026-11-23T06:18:09 .",
        "2026-11-23T06:18:09 0,",
        "2026-11-23T06:18:09 1 ",
        "2026-11-23T06:18:09 1.e",
        "2026-11-23T06:18:09 1e1",
        "2026-11-23T06:18:09 1e-1 ",
        "2026-11-23T06:18:09 1e-1234",
        "2026-11-23T06:18:09  0",
        "2026-11-23T06:18:09 \t",
    ] {
        assert_other(line);
    }
}

// ---- Limits ----

const FOUR_MIB: usize = 4_194_304;

/// A record of so many bytes, thanks to the length of its name.
fn record_of_length(length: usize) -> String {
    let without_name = line("T 0.5 B P U -stop").len();
    line(&format!("T 0.5 B P U {}-stop", "n".repeat(length - without_name)))
}

#[test]
fn a_line_of_four_mib_is_parsed_and_a_longer_one_is_not() {
    let longest = record_of_length(FOUR_MIB);
    assert_eq!(record(longest.as_bytes()).name.len(), FOUR_MIB - line("T 0.5 B P U -stop").len());
    assert_eq!(record(format!("{longest}\r").as_bytes()), record(longest.as_bytes()));

    let longer = record_of_length(FOUR_MIB + 1);
    assert_eq!(parse_line(longer.as_bytes()), Line::Malformed(Reason::TooLong));
}

#[test]
fn a_line_that_is_too_long_is_malformed_when_a_head_lies_within_its_first_four_mib() {
    let head = line("T 0.5 ");
    let behind = |bytes: usize| "x".repeat(bytes) + &head + "B P U";
    let parse = |line: String| match parse_line(line.as_bytes()) {
        Line::Malformed(reason) => Some(reason),
        Line::Other => None,
        Line::Record(_) | Line::Several(_) => panic!("a record"),
    };
    assert_eq!(parse(behind(FOUR_MIB - head.len())), Some(Reason::TooLong));
    assert_eq!(parse(behind(FOUR_MIB - head.len() + 1)), None);
    assert_eq!(parse("x".repeat(FOUR_MIB + 1)), None);
    assert_eq!(parse(format!("2026-11-23T06:18:09.{}", "1".repeat(FOUR_MIB))), None);
}

// ---- The account ----

#[test]
fn rows_stand_in_the_order_of_their_first_stop_record() {
    let lines =
        ["T _ B P U a-start", "T 0.5 B P U b-stop", "T -0.25 B P U a-stop", "T 1.5 B P U b-stop", "T _ B P U c-start"];
    let account = read(lines.map(line).join("\n").as_bytes(), &Filter::default());
    let [b, a] = account.rows.as_slice() else { panic!("{account:?}") };
    assert_eq!((b.name.as_slice(), b.count(), b.total_ns()), (b"b".as_slice(), 2, 2_000_000_000));
    assert_eq!(
        (b.min_ns(), b.max_ns(), b.sum_of_squares()),
        (500_000_000, 1_500_000_000, Some(2_500_000_000_000_000_000))
    );
    assert_eq!((a.count(), a.total_ns(), a.min_ns(), a.max_ns()), (1, -250_000_000, -250_000_000, -250_000_000));
    assert_eq!((account.lines, account.records, account.spans), (5, 5, 3));
}

#[test]
fn sums_of_the_longest_durations_are_exact() {
    let row = |count| Row { name: b"n".to_vec(), durations_ns: vec![i64::MAX; count], base_ids: Vec::new() };
    assert_eq!(row(1000).total_ns(), i128::from(i64::MAX) * 1000);
    let square = (i64::MAX as u128).pow(2);
    assert_eq!(row(4).sum_of_squares(), Some(square * 4));
    assert_eq!(row(5).sum_of_squares(), None);
}

#[test]
fn a_filter_keeps_one_base_id_and_a_span_of_time() {
    let lines = [
        "2026-11-23T06:18:09 0.5 a P U n-stop",
        "2026-11-23T06:18:09.000001 0.5 a a U n-stop",
        "2026-11-23T06:18:10 0.5 b P U n-stop",
        "2026-11-23T06:18:10.999999 0.5 a P U m-stop",
        "2026-11-23T06:18:11 _ a P U n-start",
        "nothing",
    ];
    let log = lines.map(line).join("\n");
    let kept = |base_id: Option<&str>, since: Option<&str>, until: Option<&str>| {
        let at = |second: &str| format!("2026-11-23T06:18:{second}");
        let filter =
            Filter { base_id: base_id.map(|id| id.as_bytes().to_vec()), since: since.map(at), until: until.map(at) };
        let account = read(log.as_bytes(), &filter);
        assert_eq!((account.lines, account.records, account.other), (6, 5, 1));
        assert_eq!(account.spans + account.filtered, 4);
        (account.spans, account.rows.len())
    };
    assert_eq!(kept(None, None, None), (4, 2));
    assert_eq!(kept(Some("a"), None, None), (3, 2));
    assert_eq!(kept(Some("b"), None, None), (1, 1));
    assert_eq!(kept(Some("c"), None, None), (0, 0));
    assert_eq!(kept(None, Some("09.000000"), None), (4, 2));
    assert_eq!(kept(None, Some("09.000001"), None), (3, 2));
    assert_eq!(kept(None, Some("09.000002"), None), (2, 2));
    assert_eq!(kept(None, None, Some("10.000000")), (2, 1));
    assert_eq!(kept(None, None, Some("10.000001")), (3, 1));
    assert_eq!(kept(None, Some("10.000000"), Some("10.999999")), (1, 1));
    assert_eq!(kept(Some("a"), Some("10.000000"), Some("11.000000")), (1, 1));
    assert_eq!(kept(None, Some("11.000000"), None), (0, 0));
}

// ---- The report ----

#[test]
fn a_report_is_sorted_by_total_and_equal_totals_stand_as_they_came() {
    let lines = [
        "T 0.5 B P U b-stop",
        "T 0.25 B P U a-stop",
        "T -1.0 B P U z-stop",
        "T 1003.012651 B P U c d-stop",
        "T 0.25 B P U a-stop",
    ];
    let account = read(lines.map(line).join("\n").as_bytes(), &Filter::default());
    let expected = "\
Total time | Max time | Avg time | Occurrences | Trace name
-------------------------------------------------------------------------------------------
1003.013     1003.013   1003.013   1             c d
0.500        0.500      0.500      1             b
0.500        0.250      0.250      2             a
-1.000       -1.000     -1.000     1             z
";
    assert_eq!(text_report(&account), expected);
}

#[test]
fn a_report_without_rows_is_its_header() {
    assert_eq!(text_report(&Account::default()).lines().map(str::len).collect::<Vec<_>>(), [59, 91]);
}

// ---- Known logs ----

fn testdata(path: &str) -> PathBuf {
    crate::root().join("testdata").join(path)
}

#[test]
fn the_reports_of_real_logs_are_as_expected() {
    for name in [
        "basic",
        "db",
        "db-errors",
        "killed",
        "long-span",
        "mixed",
        "odd-ids",
        "prefixed",
        "prefixed-plain",
        "prefixed-thread",
        "prefixed-verbose",
    ] {
        let log = fs::read(testdata(&format!("corpus/{name}.log"))).expect(name);
        let expected = fs::read_to_string(testdata(&format!("corpus/{name}.report.txt"))).expect(name);
        let account = read(&log, &Filter::default());
        assert_eq!(text_report(&account), expected, "{name}");
        assert_eq!(account.lines, account.records + account.other + account.malformed.len() as u64, "{name}");
        assert_eq!((account.record_lines, account.torn.len()), (account.records, 0), "{name}");
        // Only a line feed in a base_id breaks records.
        assert_eq!(account.malformed.len(), if name == "odd-ids" { 28 } else { 0 }, "{name}");
    }
}

#[test]
fn each_malformed_log_has_the_one_defect_it_is_named_after() {
    let mut found = Vec::new();
    for name in malformed_logs() {
        let log = fs::read(testdata(&format!("malformed/{name}"))).unwrap();
        let account = read(&log, &Filter::default());
        let [Malformed { line, offset, reason }] = account.malformed.as_slice() else {
            panic!("{name} must have one defect: {:?}", account.malformed)
        };
        found.push(format!("{name}\t{line}\t{offset}\t{reason:?}"));
        assert_eq!((account.lines, account.records, account.other), (4, 3, 0), "{name}");
        assert_eq!(account.rows.len(), 2, "{name}");
    }
    assert_eq!(found, expected_places());
}

/// The first four columns of the table: the others, the message and the exit code, are the command's.
fn expected_places() -> Vec<String> {
    let table = fs::read_to_string(testdata("malformed/expected.tsv")).unwrap();
    let places = table.lines().map(|row| row.split('\t').take(4).collect::<Vec<_>>().join("\t"));
    places.skip(1).collect()
}

fn malformed_logs() -> BTreeSet<String> {
    let entries = fs::read_dir(testdata("malformed")).unwrap();
    let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    names.filter(|name| name.strip_suffix(".log").is_some()).collect()
}

// ---- The logs of the property tests ----

#[test]
fn generated_lines_are_of_every_shape() {
    const LINES: usize = 8000;
    let mut runner = TestRunner::deterministic();
    let strategy = naive::logs::line();
    let (mut records, mut others, mut several, mut reasons) = (0, 0, Vec::new(), Vec::new());
    for _ in 0..LINES {
        let line = strategy.new_tree(&mut runner).unwrap().current().leak();
        match parse_line(line) {
            Line::Record(_) => records += 1,
            Line::Several(pieces) => several.push(pieces),
            Line::Other => others += 1,
            Line::Malformed(reason) => reasons.push(reason),
        }
    }
    assert!((LINES * 6 / 10..LINES * 8 / 10).contains(&records), "{records} records");
    assert!((LINES / 20..LINES / 4).contains(&others), "{others} other lines");
    let whole = |pieces: &&Vec<naive::Piece<'_>>| pieces.iter().filter(|piece| piece.record.is_ok()).count() > 1;
    let torn = |pieces: &&Vec<naive::Piece<'_>>| pieces.iter().any(|piece| piece.record.is_err());
    assert!(several.iter().filter(whole).count() >= LINES / 100, "too few lines of several records");
    assert!(several.iter().filter(torn).count() >= LINES / 100, "too few lines with a torn record");
    for reason in [
        Reason::TimeDoesNotExist,
        Reason::FractionNotSixDigits,
        Reason::DurationOutOfRange,
        Reason::NoIds,
        Reason::NoName,
        Reason::NoStartMarker,
        Reason::NoStopMarker,
        Reason::HeadInside,
        Reason::CutShort,
        Reason::DurationNoNumber,
    ] {
        assert!(reasons.iter().filter(|&&found| found == reason).count() >= 10, "too few lines with {reason:?}");
    }
}

proptest! {
    #[test]
    fn every_line_of_a_generated_log_is_counted_once(log in naive::logs::log()) {
        let account = read(&log, &Filter::default());
        let line_feeds = log.iter().filter(|&&byte| byte == b'\n').count();
        let unended = usize::from(log.last().is_some_and(|&byte| byte != b'\n'));
        prop_assert_eq!(account.lines as usize, line_feeds + unended);
        prop_assert_eq!(account.lines, account.record_lines + account.other + account.malformed.len() as u64);
        prop_assert_eq!(account.spans, account.rows.iter().map(Row::count).sum::<u64>());
        for malformed in &account.malformed {
            prop_assert!(malformed.offset == 0 || log[malformed.offset as usize - 1] == b'\n');
        }
    }

    #[test]
    fn a_record_is_made_of_pieces_of_its_line_in_their_order(line in naive::logs::line()) {
        for record in parse_line(&line).records() {
            let ids = [record.base_id, record.parent_id, record.trace_id, record.name].join(&b' ');
            prop_assert!(line.windows(ids.len()).any(|window| window == ids));
            prop_assert!(line.windows(record.timestamp.len()).any(|window| window == record.timestamp));
            prop_assert!(record.trace_id.len() == 36 && !record.base_id.is_empty() && !record.name.is_empty());
            prop_assert!(record.parent_id.len() == 36 || record.parent_id == record.base_id);
        }
    }
}
