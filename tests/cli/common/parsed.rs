//! Reports read back by parsers that have nothing to do with those who wrote them, and held against the naive engine.

use std::collections::BTreeMap;

use serde_json::Value;
use tracerank_testing::naive::{Account, Row};

/// A row of a report, its numbers as they are written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parsed {
    pub name: Vec<u8>,
    pub numbers: BTreeMap<String, String>,
}

impl Parsed {
    pub fn integer(&self, field: &str) -> i128 {
        self.numbers[field].parse().expect(field)
    }

    pub fn float(&self, field: &str) -> f64 {
        self.numbers[field].parse().expect(field)
    }
}

/// A JSON report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Json {
    pub input: BTreeMap<String, u64>,
    /// The earliest and the latest time of the records.
    pub times: [Option<String>; 2],
    pub rows: Vec<Parsed>,
}

impl Json {
    pub fn names(&self) -> Vec<&str> {
        self.rows.iter().map(|row| std::str::from_utf8(&row.name).unwrap()).collect()
    }
}

// ---- Parsers ----

/// Reads a JSON report.
pub fn json(report: &[u8]) -> Json {
    let Value::Object(mut report) = serde_json::from_slice(report).expect("it is JSON") else { panic!("no object") };
    assert_eq!(report.keys().collect::<Vec<_>>(), ["input", "rows", "schema"]);
    assert_eq!(report["schema"], 1);
    let (input, times) = input(report["input"].take());
    let rows: Vec<BTreeMap<String, Value>> = serde_json::from_value(report["rows"].take()).expect("rows");
    Json { input, times, rows: rows.into_iter().map(json_row).collect() }
}

/// Reads the counts of an account, and the times in it.
pub fn input(mut input: Value) -> (BTreeMap<String, u64>, [Option<String>; 2]) {
    let fields = input.as_object_mut().expect("an object");
    let times = ["first", "last"].map(|end| fields.remove(end).map(|time| time.as_str().expect("text").to_owned()));
    assert!(times.iter().flatten().all(|time| time.len() == "2026-11-23T06:18:09.822513Z".len()), "{times:?}");
    (serde_json::from_value(input).expect("counts"), times)
}

fn json_row(mut row: BTreeMap<String, Value>) -> Parsed {
    let shown = row.remove("name").map_or_else(Vec::new, |name| name.as_str().expect("text").as_bytes().to_vec());
    let name = match row.remove("name_hex") {
        Some(hex) => from_hex(hex.as_str().expect("text")),
        None => shown,
    };
    Parsed { name, numbers: row.into_iter().map(|(field, number)| (field, number.to_string())).collect() }
}

fn from_hex(hex: &str) -> Vec<u8> {
    let digits = hex.as_bytes().chunks(2);
    digits.map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).expect("hexadecimal")).collect()
}

/// Reads a CSV report.
pub fn csv(report: &[u8]) -> Vec<Parsed> {
    let mut reader = csv::Reader::from_reader(report);
    let header = reader.headers().expect("a header").clone();
    let row = |record: Result<csv::StringRecord, csv::Error>| {
        let record = record.expect("CSV");
        let cells = header.iter().zip(&record);
        let mut numbers: BTreeMap<_, _> = cells.map(|(field, cell)| (field.to_owned(), cell.to_owned())).collect();
        Parsed { name: numbers.remove("name").unwrap_or_default().into_bytes(), numbers }
    };
    reader.records().map(row).collect()
}

/// A Markdown table: its header and its rows, without what is escaped.
pub fn markdown(report: &str) -> (Vec<String>, Vec<Vec<String>>) {
    let mut lines = report.lines();
    let header = markdown_cells(lines.next().expect("a header"));
    for cell in markdown_cells(lines.next().expect("a line of dashes")) {
        assert!(["---", "---:"].contains(&cell.as_str()), "{cell}");
    }
    let rows: Vec<_> = lines.map(markdown_cells).collect();
    assert!(rows.iter().all(|row| row.len() == header.len()));
    (header, rows)
}

/// The cells of a line: cut at pipes that no backslash escapes, without the blanks around them and without backslashes.
fn markdown_cells(line: &str) -> Vec<String> {
    let line = line.strip_prefix('|').and_then(|line| line.strip_suffix('|')).expect("pipes around a row");
    let (mut cells, mut raw, mut characters) = (Vec::new(), String::new(), line.chars());
    while let Some(character) = characters.next() {
        match character {
            '|' => cells.push(std::mem::take(&mut raw)),
            '\\' => match characters.next() {
                Some(escaped) if escaped.is_ascii_punctuation() => raw.push(escaped),
                other => panic!("{other:?} behind a backslash"),
            },
            '<' | '>' | '`' | '*' | '_' | '[' | ']' | '&' => panic!("{character} is not escaped"),
            _ => raw.push(character),
        }
    }
    cells.push(raw);
    cells.into_iter().map(|cell| cell.trim_matches(' ').to_owned()).collect()
}

// ---- Against the naive engine ----

/// A report of one file says what the naive engine says of the file's bytes.
#[track_caller]
pub fn assert_is_report_of(report: &Json, account: &Account, log: &[u8]) {
    assert_input_is(&report.input, account, log);
    assert_rows_are(&report.rows, account);
}

#[track_caller]
fn assert_input_is(input: &BTreeMap<String, u64>, account: &Account, log: &[u8]) {
    let expected = [
        ("files", 1),
        ("bytes", log.len() as u64),
        ("lines", account.lines),
        ("records", account.records),
        ("other", account.other),
        ("malformed", account.malformed.len() as u64),
        ("spans", account.spans),
        ("filtered", account.filtered),
        ("record_lines", account.record_lines),
        ("torn", account.torn.len() as u64),
    ];
    assert_eq!(*input, expected.map(|(field, count)| (field.to_owned(), count)).into());
}

/// All fields of all rows, in the order of a report without options.
#[track_caller]
pub fn assert_rows_are(rows: &[Parsed], account: &Account) {
    let mut expected: Vec<&Row> = account.rows.iter().collect();
    expected.sort_by_key(|row| std::cmp::Reverse(row.total_ns()));
    let names = |names: &mut dyn Iterator<Item = &Vec<u8>>| -> Vec<String> {
        names.map(|name| name.escape_ascii().to_string()).collect()
    };
    assert_eq!(names(&mut rows.iter().map(|row| &row.name)), names(&mut expected.iter().map(|row| &row.name)));
    for (row, expected) in rows.iter().zip(expected) {
        assert_integers_are(row, expected);
        assert_floats_are(row, expected);
        assert_percentiles_are(row, expected);
    }
}

#[track_caller]
fn assert_integers_are(row: &Parsed, expected: &Row) {
    for (field, number) in [
        ("count", expected.count().into()),
        ("total_ns", expected.total_ns()),
        ("min_ns", expected.min_ns().into()),
        ("max_ns", expected.max_ns().into()),
    ] {
        assert_eq!(row.integer(field), number, "{field} of {}", row.name.escape_ascii());
    }
}

#[track_caller]
fn assert_floats_are(row: &Parsed, expected: &Row) {
    let (count, total) = (expected.count() as f64, expected.total_ns() as f64);
    let square = expected.total_ns().pow(2) as u128;
    let variance = u128::from(expected.count()) * expected.sum_of_squares().unwrap() - square;
    for (field, number) in [("avg_ns", total / count), ("stddev_ns", (variance as f64).sqrt() / count)] {
        let off = (row.float(field) - number).abs();
        assert!(off <= 1e-12 * number.abs(), "{field} of {}: {number}", row.name.escape_ascii());
    }
}

/// As docs/percentiles.md says.
#[track_caller]
fn assert_percentiles_are(row: &Parsed, expected: &Row) {
    for (field, permille) in [("p50_ns", 500), ("p90_ns", 900), ("p95_ns", 950), ("p99_ns", 990)] {
        let (truth, reach) = expected.percentile(permille);
        let found = row.integer(field);
        let name = row.name.escape_ascii();
        assert!((found - i128::from(truth)).abs() <= reach.into(), "{field} of {name}: {found}, not {truth} ± {reach}");
        assert!(found >= expected.min_ns().into() && found <= expected.max_ns().into(), "{field} of {name}: {found}");
    }
}
