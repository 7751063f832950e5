//! Logs of databases: records of any number of lines, against their twins, and genuine logs against reports of a script.

mod naive;

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use naive::Naive;
use proptest::prelude::*;
use proptest::sample::select;
use tracerank::formats::{LogFormat, detect, find, postgres::NOT_OF_A_STATEMENT};
use tracerank::input::Sample;
use tracerank::record::{MAX_LINE, Reason, Scratch};

const NAMES: [&str; 4] = ["postgres", "postgres-csv", "postgres-json", "mysql-slow"];

fn format(name: &str) -> Arc<dyn LogFormat> {
    find(name).unwrap()
}

/// Joins the lines of a log to records, as any reader does.
fn records(log: &[u8], format: &dyn LogFormat) -> Vec<Vec<u8>> {
    let (mut records, mut before): (Vec<Vec<u8>>, Option<&[u8]>) = (Vec::new(), None);
    for line in log.strip_suffix(b"\n").unwrap_or(log).split(|byte| *byte == b'\n') {
        match records.last_mut() {
            Some(record) if format.joins_lines() && before.is_some_and(|before| format.goes_on(before, line)) => {
                record.push(b'\n');
                record.extend(line);
            }
            _ => records.push(line.to_vec()),
        }
        before = Some(line);
    }
    records
}

/// A record as its format reads it, after others, and as its twin does.
fn same(name: &str, record: &[u8], scratch: &mut Scratch) -> Naive {
    let found = Naive::of(&format(name).parse(record, scratch));
    let expected = match name {
        "postgres" => naive::postgres(record),
        "postgres-csv" => naive::postgres_csv(record),
        "postgres-json" => naive::postgres_json(record).unwrap_or_else(|| found.clone()),
        _ => naive::mysql_slow(record),
    };
    assert_eq!(found, expected, "{name}: found and expected in {}", record.escape_ascii());
    found
}

#[track_caller]
fn parse(name: &str, record: impl AsRef<[u8]>) -> Naive {
    same(name, record.as_ref(), &mut Scratch::default())
}

#[track_caller]
fn is_record(format: &str, record: impl AsRef<[u8]>, time_us: Option<i64>, duration_ns: i64, name: &str) {
    assert_eq!(
        parse(format, record),
        Naive::Record { time_us, duration_ns, name: name.as_bytes().escape_ascii().to_string() }
    );
}

#[track_caller]
fn is_malformed(format: &str, record: impl AsRef<[u8]>, reason: Reason) {
    assert_eq!(parse(format, record), Naive::Malformed(reason));
}

/// 2026-03-12T10:00:01Z.
const SECOND: i64 = 1_773_309_601_000_000;

// ---- Genuine logs ----

fn testdata(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata").join(path)
}

/// The names of a log with their counts, totals and maxima, by its format.
fn rows(format: &dyn LogFormat, log: &[u8]) -> Vec<String> {
    let mut rows: HashMap<String, (u64, i64, i64)> = HashMap::new();
    let mut scratch = Scratch::default();
    for record in records(log, format) {
        let line = format.parse(&record, &mut scratch);
        if let tracerank::record::Line::Record(record) = line {
            let name = serde_json::to_string(&String::from_utf8_lossy(record.name)).unwrap();
            let (count, total, max) = rows.entry(name).or_default();
            let ns = record.duration_ns.unwrap();
            (*count, *total, *max) = (*count + 1, *total + ns, ns.max(*max));
        } else {
            assert_eq!(line, tracerank::record::Line::Other, "{}", record.escape_ascii());
        }
    }
    let mut rows: Vec<_> =
        rows.into_iter().map(|(name, (count, total, max))| format!("{name}\t{count}\t{total}\t{max}")).collect();
    rows.sort();
    rows
}

fn samples() -> Vec<(&'static str, PathBuf)> {
    let folders = ["postgres", "mysql-slow"].map(|name| testdata("formats").join(name));
    let files = folders.iter().flat_map(|folder| fs::read_dir(folder).unwrap()).map(|entry| entry.unwrap().path());
    let named = files.filter_map(|path| {
        let is_postgres = path.parent().unwrap().ends_with("postgres");
        let name = match path.extension()?.to_str()? {
            "csv" => "postgres-csv",
            "json" => "postgres-json",
            "log" if is_postgres => "postgres",
            "log" => "mysql-slow",
            _ => return None,
        };
        Some((name, path))
    });
    named.collect()
}

#[test]
fn genuine_logs_have_the_rows_of_the_script() {
    let samples = samples();
    assert!(samples.len() >= 8, "{samples:?}");
    for (name, path) in samples {
        let expected = fs::read_to_string(format!("{}.tsv", path.display())).unwrap();
        let mut expected: Vec<_> = expected.lines().map(str::to_owned).collect();
        expected.sort();
        let log = fs::read(&path).unwrap();
        assert_eq!(rows(&*format(name), &log), expected, "{}", path.display());
        let with_returns = String::from_utf8(log).unwrap().replace('\n', "\r\n");
        assert_eq!(rows(&*format(name), with_returns.as_bytes()), expected, "{} with CRLF", path.display());
    }
}

#[test]
fn the_three_destinations_of_postgres_have_the_same_rows() {
    let read = |name: &str| fs::read(testdata("formats/postgres").join(name)).unwrap();
    let text = rows(&*format("postgres"), &read("statements.log"));
    assert_eq!(rows(&*format("postgres-csv"), &read("statements.csv")), text);
    assert_eq!(rows(&*format("postgres-json"), &read("statements.json")), text);
    assert_eq!(
        rows(&*format("postgres-json"), &read("plans-json.json")),
        rows(&*format("postgres"), &read("plans-json.log"))
    );
}

#[test]
fn each_fingerprint_of_a_log_has_one_row() {
    let log = fs::read(testdata("cases/postgres.log")).unwrap();
    let found = rows(&*format("postgres"), &log);
    let count = |row: &String| row.split('\t').nth(1).unwrap().parse::<usize>().unwrap();
    assert_eq!(found.iter().map(count).sum::<usize>(), 400);
    for start in ["\"begin\"", "\"commit\"", "\"delete from carts where updated_at < ? and id = ?\""] {
        assert_eq!(found.iter().filter(|row| row.starts_with(start)).count(), 1, "{start} in {found:#?}");
    }
    let log = fs::read(testdata("cases/mysql-slow.log")).unwrap();
    let found = rows(&*format("mysql-slow"), &log);
    assert_eq!(found.iter().map(count).sum::<usize>(), 200);
    assert!(
        found.iter().any(|row| row.starts_with("\"update stock set qty = qty - ? where sku = ?\"\t")),
        "{found:#?}"
    );
}

#[test]
fn each_sample_is_of_its_format_alone() {
    for (name, path) in samples() {
        let log = fs::read(&path).unwrap();
        let is_expected = |found: &str| found == name;
        let found = detect(&Sample::of(&log)).unwrap();
        assert!(is_expected(found.name()), "{} is {}", path.display(), found.name());
    }
    for (folder, name) in [("access", "access"), ("corpus", "osprofiler")] {
        for entry in fs::read_dir(testdata(folder)).unwrap() {
            let log = fs::read(entry.unwrap().path()).unwrap_or_default();
            for other in NAMES {
                assert!(!format(other).claims(&Sample::of(&log)), "{other} claims a log of {name}");
            }
        }
    }
}

// ---- PostgreSQL ----

#[test]
fn a_prefix_is_any_text_with_or_without_a_time() {
    let record = "LOG:  duration: 12.418 ms  statement: SELECT 1";
    for (prefix, time_us) in [
        ("2026-03-12 10:00:01.482 UTC [1823] app@shop ", Some(SECOND + 482_000)),
        ("2026-03-12 10:00:01 UTC:10.0.0.7(5555):app@shop:[1823]:", Some(SECOND)),
        ("2026-03-12 15:30:01 +0530 ", Some(SECOND)),
        ("[1823] 2026-03-12 10:00:01.482 CET ", Some(SECOND + 482_000)),
        ("1773309601.482 [1823] ", Some(SECOND + 482_000)),
        ("[1823]: [3-1] user=app,db=shop,app=psql,client=10.0.0.7 ", None),
        ("app: x:  ", None),
        ("", None),
    ] {
        is_record("postgres", format!("{prefix}{record}"), time_us, 12_418_000, "select ?");
    }
    is_malformed("postgres", format!("2026-02-30 10:00:01 UTC {record}"), Reason::TIME_DOES_NOT_EXIST);
}

#[test]
fn the_forms_of_a_message_have_names_of_their_own() {
    for (message, name) in [
        ("1.000 ms", "(no statement)"),
        ("1.000 ms  statement: SELECT a\n\t  FROM b", "select a from b"),
        ("1.000 ms  statement: ;", "(no statement)"),
        ("1.000 ms  execute <unnamed>: SELECT $1", "select ?"),
        ("1.000 ms  execute S_1/C_2: SELECT $1", "select ?"),
        ("1.000 ms  execute fetch from S_1/C_2: SELECT $1", "fetch"),
        ("1.000 ms  parse S_1: SELECT $1", "parse: select ?"),
        ("1.000 ms  bind S_1/C_2: SELECT $1", "bind: select ?"),
        (
            "1.000 ms  plan:\n\tQuery Text: SELECT a\n\t  FROM b;\n\tSeq Scan on b  (cost=0.00..1.00 rows=1 width=4)",
            "plan: select a from b",
        ),
        (
            "1.000 ms  plan:\n\tQuery Text: SELECT $1\n\tQuery Parameters: $1 = '7'\n\tResult  (cost=0.00..",
            "plan: select ?",
        ),
        (
            "1.000 ms  plan:\n\t{\n\t  \"Query Text\": \"SELECT \\\"A\\\"\\n FROM \\u00e4\",\n\t  \"Plan\": {",
            "plan: select \"A\" from ä",
        ),
        (
            "1.000 ms  plan:\n\tQuery Text: \"SELECT 'a'\\nFROM b\"\n\tPlan: \n\t  Node Type: \"Result\"",
            "plan: select ? from b",
        ),
        ("1.000 ms  plan:\n\tQuery Text: SELECT 1", "plan: select ?"),
        ("1.000 ms  plan:", "plan: (no statement)"),
        ("1.000 ms  plan:\n\t<explain xmlns=\"http://www.postgresql.org/2009/explain\">", "plan: (no statement)"),
        ("1.000 ms  fastpath function call: \"lo_open\" (OID 952)", "fastpath function call: \"lo_open\" (oid ?)"),
    ] {
        is_record("postgres", format!("LOG:  duration: {message}"), None, 1_000_000, name);
        let fields = message.replace("\n\t", "\n").replace('"', "\"\"");
        let line =
            format!("2026-03-12 10:00:01.000 UTC,\"app\",,,,,,,,,,LOG,00000,\"duration: {fields}\",,,,,,,,,\"psql\"");
        is_record("postgres-csv", line, Some(SECOND), 1_000_000, name);
        let message = serde_json::to_string(&format!("duration: {}", message.replace("\n\t", "\n"))).unwrap();
        let line = format!(
            "{{\"timestamp\":\"2026-03-12 10:00:01.000 UTC\",\"error_severity\":\"LOG\",\"message\":{message}}}"
        );
        is_record("postgres-json", line, Some(SECOND), 1_000_000, name);
    }
}

#[test]
fn other_messages_are_no_records() {
    for record in [
        "2026-03-12T10:00:01.482Z stderr F 2026-03-12 10:00:01 UTC LOG:  duration: 1.000 ms",
        r#"{"log":"2026-03-12 10:00:01 UTC LOG:  duration: 1.000 ms  statement: SELECT 1\n","stream":"stderr"}"#,
        "LOG:  statement: SELECT 'LOG:  duration: 1.000 ms  statement: SELECT 1'",
        "2026-03-12 10:00:01 UTC ERROR:  syntax error at \"LOG:  duration: 1.000 ms\"",
        "STATEMENT:  SELECT 1\n\tLOG:  duration: 1.000 ms  statement: SELECT 1",
        "LOG:  duration of the checkpoint: 1 ms",
        "DEBUG5:  LOG:  duration: 1.000 ms",
        "log:  duration: 1.000 ms",
        "",
    ] {
        assert_eq!(parse("postgres", record), Naive::Other, "{record}");
    }
    let other = r#"2026-03-12 10:00:01 UTC,"a,LOG,00000,""duration: 1 ms",,,,,,,,,,ERROR,42601,"syntax error""#;
    assert_eq!(parse("postgres-csv", other), Naive::Other);
    for line in [
        r#"{"timestamp":"2026-03-12 10:00:01 UTC","error_severity":"ERROR","message":"duration: 1 ms","x":"\"error_severity\":\"LOG\""}"#,
        r#"{"message":"duration: 1.2 ms  statement: SELECT 1"}"#,
        r#"["error_severity","LOG","message","duration: 1.2 ms"]"#,
    ] {
        assert_eq!(parse("postgres-json", line), Naive::Other, "{line}");
    }
}

#[test]
fn a_message_that_breaks_off_is_malformed() {
    let record = "LOG:  duration: 12.418 ms  execute S_1: SELECT 1";
    let (begin, unit, name) =
        ("LOG:  duration: ".len(), record.find("ms").unwrap() + 2, record.find("SELECT").unwrap());
    for len in begin..name {
        let found = parse("postgres", &record[..len]);
        if len == unit || len == unit + 1 || len == unit + 2 {
            assert!(matches!(&found, Naive::Record { name, .. } if name == "(no statement)"), "{found:?}");
        } else {
            assert_eq!(found, Naive::Malformed(Reason::CUT_SHORT), "{}", &record[..len]);
        }
    }
    for (message, reason) in [
        ("1.2 s  statement: SELECT 1", Reason::DURATION_NO_NUMBER),
        ("x ms", Reason::DURATION_NO_NUMBER),
        ("1..2 ms", Reason::DURATION_NO_NUMBER),
        ("-1.000 ms", Reason::DURATION_NO_NUMBER),
        ("9223372036855.000 ms", Reason::DURATION_OUT_OF_RANGE),
        ("1.000 ms  Anweisung: SELECT 1", NOT_OF_A_STATEMENT),
        ("1.000 ms statement: SELECT 1", NOT_OF_A_STATEMENT),
        ("1.000 ms  plan:\n\t{\n\t  \"Query Text\": \"SELECT", Reason::CUT_SHORT),
    ] {
        is_malformed("postgres", format!("LOG:  duration: {message}"), reason);
    }
    let line = "2026-03-12 10:00:01 UTC,,,,,,,,,,,LOG,00000,\"duration: 1.000 ms  statement: SELECT \"\"a";
    is_malformed("postgres-csv", line, Reason::CUT_SHORT);
    is_malformed("postgres-csv", format!("{line}\"\""), Reason::CUT_SHORT);
}

#[test]
fn lines_go_on_as_postgres_writes_them() {
    let text = format("postgres");
    assert!(text.goes_on(b"LOG:  duration: 1 ms  statement: SELECT", b"\t1"));
    assert!(text.goes_on(b"LOG:  duration: 1 ms  statement: SELECT", b""), "its tab was cut off");
    assert!(!text.goes_on(b"\t1", b"LOG:  duration: 1 ms"));
    assert!(!text.goes_on(b"\t1", b" x"));
    let csv = format("postgres-csv");
    assert!(csv.goes_on(b"", b"FROM b"));
    assert!(csv.goes_on(b"", b"2026-03-12 10:00:01.482 UTC"));
    assert!(!csv.goes_on(b"", b"2026-03-12 10:00:01.482 UTC,\"app\",\"shop\",1823"));
    assert!(!csv.goes_on(b"", b"2026-03-12 10:00:01.482 UTC,,,1823"));
}

#[test]
fn a_record_of_more_than_4_mib_is_not_parsed() {
    let long = "x".repeat(MAX_LINE);
    let line = format!("LOG:  duration: 1.000 ms  statement: SELECT {long}");
    let parsed = |name: &str, line: &str| Naive::of(&format(name).parse(line.as_bytes(), &mut Scratch::default()));
    assert_eq!(parsed("postgres", &line), Naive::Malformed(Reason::TOO_LONG));
    assert_eq!(parsed("postgres", &long), Naive::Other);
    let head = "# User@Host: a\n# Query_time: 1.0  Lock_time: 0\nSET timestamp=1;\n";
    assert_eq!(parsed("mysql-slow", &format!("{head}SELECT {long};")), Naive::Malformed(Reason::TOO_LONG));
}

// ---- MySQL and MariaDB ----

const HEAD: &str = "# User@Host: app[app] @ web-1 [10.0.0.7]  Id: 115\n# Query_time: 0.684781  Lock_time: 0.000012 Rows_sent: 1  Rows_examined: 6171\n";

#[test]
fn a_time_is_the_end_and_else_the_timestamp_is() {
    for (head, time_us) in [
        ("# Time: 2026-03-12T10:00:01.045396Z\n", Some(SECOND + 45_396)),
        ("# Time: 2026-03-12T11:00:01.045396+01:00\n", Some(SECOND + 45_396)),
        // MariaDB, and MySQL before 5.7: a local time, to which the timestamp is equal.
        ("# Time: 260312  9:05:01\n", Some(1_773_309_600_000_000)),
        ("", Some(1_773_309_600_000_000)),
    ] {
        let record = format!("{head}{HEAD}SET timestamp=1773309600;\nSELECT id FROM products_12 WHERE id = 7;");
        is_record("mysql-slow", &record, time_us, 684_781_000, "select id from products_12 where id = ?");
        is_record(
            "mysql-slow",
            record.replace('\n', "\r\n"),
            time_us,
            684_781_000,
            "select id from products_12 where id = ?",
        );
    }
    is_record("mysql-slow", format!("{HEAD}SELECT 1;"), None, 684_781_000, "select ?");
    is_malformed("mysql-slow", format!("# Time: 2026-02-30T10:00:01Z\n{HEAD}SELECT 1;"), Reason::TIME_DOES_NOT_EXIST);
}

#[test]
fn lines_before_a_statement_are_none_of_it() {
    for (rest, name) in [
        ("use shop;\nSET timestamp=1;\nSELECT 1;", "select ?"),
        ("SET last_insert_id=7,insert_id=8,timestamp=1;\nSELECT 1;", "select ?"),
        (
            "# Thread_id: 5  Schema: shop  QC_hit: No\n# Rows_affected: 0\n#   InnoDB_pages_distinct: 1\nSET timestamp=1;\nSELECT 1;",
            "select ?",
        ),
        (
            "# explain: id\tselect_type\n# explain: 1\tSIMPLE\n#\nuse `a b`;\nSET timestamp=1;\nSELECT\n\n 1;",
            "select ?",
        ),
        ("SET timestamp=1;\nSET timestamp=2;", "set timestamp=?"),
        ("SET timestamp=1;\nuse shop;", "use shop"),
        ("SET timestamp=1;\n# administrator command: Quit;", "administrator command: Quit"),
        ("# administrator command: Ping;", "administrator command: Ping"),
        ("SET timestamp=1;\n# why\nSELECT \"a\", `B 1`, 'it\\'s';", "select ?, `B 1`, ?"),
        ("SET timestamp=1;\nSELECT 1;\nwhat follows", "select ?"),
        ("SET timestamp=1;\n;", "(no statement)"),
    ] {
        let time_us = if rest.contains("timestamp") { Some(1_000_000) } else { None };
        is_record("mysql-slow", format!("{HEAD}{rest}"), time_us, 684_781_000, name);
    }
}

#[test]
fn a_slow_record_that_breaks_off_is_malformed() {
    let record = format!("# Time: 2026-03-12T10:00:01.045396Z\n{HEAD}use shop;\nSET timestamp=1773309600;\nSELECT 1;");
    for len in 0..record.len() {
        let found = parse("mysql-slow", &record[..len]);
        let expected = match len {
            ..9 => Naive::Other,
            // The time is all of it, and none: it is not there yet.
            _ if len < 27 => Naive::Malformed(Reason::CUT_SHORT),
            _ => match &found {
                Naive::Malformed(reason) if *reason == Reason::DURATION_NO_NUMBER => found.clone(),
                _ => Naive::Malformed(Reason::CUT_SHORT),
            },
        };
        assert_eq!(found, expected, "{}", &record[..len]);
    }
    for number in ["x", "-1.0", "1.2.3"] {
        let record = format!("{HEAD}SELECT 1;").replace("0.684781", number);
        is_malformed("mysql-slow", record, Reason::DURATION_NO_NUMBER);
    }
    is_malformed(
        "mysql-slow",
        format!("{HEAD}SELECT 1;").replace("0.684781", "18446744073709.5"),
        Reason::DURATION_OUT_OF_RANGE,
    );
}

#[test]
fn a_record_begins_with_its_user_or_the_time_before_it() {
    let slow = format("mysql-slow");
    let user = b"# User@Host: app[app] @ web-1 [10.0.0.7]";
    assert!(slow.goes_on(b"# Time: 2026-03-12T10:00:01.045396Z", user));
    assert!(!slow.goes_on(b"SELECT 1;", user));
    assert!(!slow.goes_on(b"SELECT 1;", b"# Time: 260312 10:00:00"));
    assert!(slow.goes_on(b"SELECT '", b"# Time: now"));
    assert!(slow.goes_on(user, b"# Query_time: 0.1  Lock_time: 0"));
    let server: [&[u8]; 3] = [
        b"/usr/sbin/mysqld, Version: 8.0.36 (MySQL Community Server - GPL). started with:",
        b"Tcp port: 3306  Unix socket: /var/run/mysqld/mysqld.sock",
        b"Time                 Id Command    Argument",
    ];
    for line in server.into_iter().chain([b"Time\t\t    Id Command\tArgument\r".as_slice()]) {
        assert!(!slow.goes_on(b"SELECT 1;", line), "{}", line.escape_ascii());
        assert_eq!(parse("mysql-slow", line), Naive::Other);
    }
}

// ---- Damage ----

/// Logs of pieces that are likely to be read wrongly.
fn damaged(name: &'static str) -> impl Strategy<Value = Vec<u8>> {
    let path =
        samples().into_iter().find(|(found, path)| *found == name && !path.ends_with("durations.log")).unwrap().1;
    let log = fs::read(path).unwrap();
    let pieces: Vec<&'static [u8]> = vec![
        b"LOG:  duration: ",
        b"ERROR:  ",
        b"\n\t",
        b"\n",
        b"\r\n",
        b"\"",
        b"\"\"",
        b"'",
        b"\\",
        b" ms",
        b"  ",
        b"statement: ",
        b"parse ",
        b": ",
        b"plan:",
        b"Query Text: ",
        b"  (cost=",
        b"2026-02-30 10:00:01",
        b"1773309601.482",
        b",LOG,00000,\"duration: ",
        b"# Time: ",
        b"# User@Host: ",
        b"# Query_time: ",
        b"SET timestamp=12;",
        b"use x;",
        b";",
        b"# administrator command: ",
        b"\xFF",
        b"\0",
        b"9",
        b".",
        b",",
        b"+01:00",
        b" +05",
        b"Query Parameters: ",
    ];
    let changes = prop::collection::vec((any::<prop::sample::Index>(), 0..40_usize, select(pieces)), 0..4);
    (any::<prop::sample::Index>(), changes, 1..3000_usize).prop_map(move |(at, changes, len)| {
        let begin = at.index(log.len());
        let mut part = log[begin..log.len().min(begin + len)].to_vec();
        for (at, removed, piece) in changes {
            let at = at.index(part.len() + 1);
            let end = part.len().min(at + removed);
            part.splice(at..end, piece.iter().copied());
        }
        part
    })
}

fn all_same(name: &str, log: &[u8]) {
    let mut scratch = Scratch::default();
    for record in records(log, &*format(name)) {
        same(name, &record, &mut scratch);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn damaged_text_of_postgres_is_read_as_by_its_twin(log in damaged("postgres")) {
        all_same("postgres", &log);
    }

    #[test]
    fn damaged_csv_of_postgres_is_read_as_by_its_twin(log in damaged("postgres-csv")) {
        all_same("postgres-csv", &log);
    }

    #[test]
    fn damaged_json_of_postgres_is_read_as_by_its_twin(log in damaged("postgres-json")) {
        all_same("postgres-json", &log);
    }

    #[test]
    fn a_damaged_slow_log_is_read_as_by_its_twin(log in damaged("mysql-slow")) {
        all_same("mysql-slow", &log);
    }

    #[test]
    fn any_bytes_are_read(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        for name in NAMES {
            all_same(name, &bytes);
        }
    }
}
