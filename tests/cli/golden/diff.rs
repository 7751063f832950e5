//! Two runs with a change of every kind, compared in every format: the golden files, read back and held against the logs.

use std::fs;

use serde_json::Value;
use tracerank_testing::naive::{self, Account, Filter, Row};

use crate::common::runs::{Work, run_log, work};
use crate::common::{Folder, testdata};

const FORMATS: [(&str, &str); 4] = [("text", "txt"), ("json", "json"), ("csv", "csv"), ("markdown", "md")];

/// In the base, and in the new run.
fn works() -> [Vec<Work>; 2] {
    let rare = Work { one_in: 10, ..work("rare", 1, 100_000) };
    let same = [work("same", 2, 5_000), rare];
    let base = [work("slower", 2, 20_000), work("faster", 1, 30_000), work("more", 2, 300), work("gone", 1, 4_000)];
    let new =
        [work("slower", 2, 25_000), work("faster", 1, 20_000), work("more", 4, 300), work("new | or not", 1, 2_000)];
    [[base.as_slice(), &same].concat(), [new.as_slice(), &same].concat()]
}

/// What has to come of that.
const VERDICTS: [(&str, &str, Option<&str>); 8] = [
    ("slower", "slower", Some("no_change")),
    ("faster", "faster", Some("no_change")),
    ("gone", "gone", None),
    ("new | or not", "new", None),
    ("more", "no_change", Some("more")),
    ("rare", "too_little_data", None),
    ("request", "no_change", Some("no_change")),
    ("same", "no_change", Some("no_change")),
];

fn logs() -> [Vec<u8>; 2] {
    let [base, new] = works();
    [run_log(200, &base, 1), run_log(200, &new, 2)]
}

fn golden(extension: &str) -> String {
    fs::read_to_string(testdata(&format!("golden/diff/changes.{extension}"))).expect(extension)
}

fn golden_json() -> Value {
    serde_json::from_str(&golden("json")).unwrap()
}

/// With `WRITE_GOLDEN=1` the files are written anew.
#[test]
fn every_format_is_as_it_was() {
    let folder = Folder::new();
    let [base, new] = logs();
    folder.write("base.log", base);
    folder.write("new.log", new);
    for (format, extension) in FORMATS {
        let ran = folder.run(&format!("diff base.log new.log -f {format}")).quiet();
        if std::env::var_os("WRITE_GOLDEN").is_some() {
            fs::write(testdata(&format!("golden/diff/changes.{extension}")), &ran.stdout).unwrap();
        }
        let expected = golden(extension);
        let alike = match extension {
            "json" => is_near(&serde_json::from_slice(&ran.stdout).unwrap(), &golden_json()),
            "csv" => is_near(&csv_of(ran.text()), &csv_of(&expected)),
            _ => ran.text() == expected,
        };
        assert!(alike, "{format}:\n{}", ran.text());
    }
}

/// The same but for the last digits, which are the math library's.
fn is_near(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::Number(one), Value::Number(other)) => {
            let (one, other) = (one.as_f64().unwrap(), other.as_f64().unwrap());
            (one - other).abs() <= 1e-9 * one.abs().max(other.abs()).max(1e-3)
        }
        (Value::Array(one), Value::Array(other)) => {
            one.len() == other.len() && one.iter().zip(other).all(|(one, other)| is_near(one, other))
        }
        (Value::Object(one), Value::Object(other)) => {
            one.len() == other.len() && one.iter().all(|(key, value)| other.get(key).is_some_and(|v| is_near(value, v)))
        }
        _ => one == other,
    }
}

/// A row is an object of strings and numbers.
fn csv_of(text: &str) -> Value {
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let header = reader.headers().unwrap().clone();
    let cell = |cell: &str| match cell.parse::<f64>() {
        Ok(number) => Value::from(number),
        Err(_) if cell.is_empty() => Value::Null,
        Err(_) => Value::from(cell),
    };
    let rows = reader.records().map(|row| {
        let row = row.unwrap();
        header.iter().zip(&row).map(|(field, value)| (field.to_owned(), cell(value))).collect()
    });
    Value::Array(rows.collect())
}

// ---- They are right ----

#[test]
fn each_name_came_to_what_was_done_to_it() {
    let golden = golden_json();
    let names = golden["names"].as_array().unwrap();
    let mut found: Vec<_> = names
        .iter()
        .map(|name| (name["name"].as_str().unwrap(), name["verdict"].as_str().unwrap(), name["calls"].as_str()))
        .collect();
    let mut expected = VERDICTS;
    found.sort_unstable();
    expected.sort_unstable();
    assert_eq!(found, expected);
    let costs: Vec<f64> = names.iter().map(|name| cost(&name["measures"]["total_ns_per_root"])).collect();
    assert!(costs.is_sorted_by(|a, b| a >= b), "{costs:?}");
}

fn cost(total: &Value) -> f64 {
    (total["new"].as_f64().unwrap_or(0.0) - total["base"].as_f64().unwrap_or(0.0)).abs()
}

#[test]
fn figures_are_those_of_the_naive_engine() {
    let golden = golden_json();
    let accounts = logs().map(|log| naive::read(&log, &Filter::default()));
    for name in golden["names"].as_array().unwrap() {
        let rows = accounts.each_ref().map(|account| row_of(account, name["name"].as_str().unwrap()));
        let exact = |side: Value, of: fn(&Row) -> i128, row: Option<&Row>| {
            assert_eq!(side.as_i64().map(i128::from), Some(row.map_or(0, of)), "{name}");
        };
        for (field, of) in
            [("count", (|row| row.count().into()) as fn(&Row) -> i128), ("total_ns", |row| row.total_ns())]
        {
            exact(name[field]["base"][0].clone(), of, rows[0]);
            exact(name[field]["new"].clone(), of, rows[1]);
        }
        for (side, row) in ["base", "new"].into_iter().zip(rows) {
            assert_side_is(&name["measures"], side, row);
        }
    }
}

fn row_of<'a>(account: &'a Account, name: &str) -> Option<&'a Row> {
    account.rows.iter().find(|row| row.name == name.as_bytes())
}

fn assert_side_is(measures: &Value, side: &str, row: Option<&Row>) {
    let figure = |measure: &str| measures[measure][side].as_f64();
    let Some(row) = row else {
        assert!(measures.as_object().unwrap().values().all(|measure| measure[side].is_null()), "{measures}");
        return;
    };
    let (count, total) = (row.count() as f64, row.total_ns() as f64);
    for (measure, expected) in
        [("calls_per_root", count / 200.0), ("mean_ns", total / count), ("total_ns_per_root", total / 200.0)]
    {
        assert!((figure(measure).unwrap() / expected - 1.0).abs() < 1e-12, "{measure} {measures}");
    }
    let mut sorted = row.durations_ns.clone();
    sorted.sort_unstable();
    for (measure, share) in [("p50_ns", 50), ("p95_ns", 95), ("p99_ns", 99)] {
        let truth = sorted[(sorted.len() * share).div_ceil(100) - 1] as f64;
        assert!((figure(measure).unwrap() / truth - 1.0).abs() < 1.0 / 64.0, "{measure} {measures}");
    }
}

/// A cell for each figure of the JSON form, and the same in it.
#[test]
fn csv_says_what_json_says() {
    let (json, csv) = (golden_json(), csv_of(&golden("csv")));
    let (names, rows) = (json["names"].as_array().unwrap(), csv.as_array().unwrap());
    assert_eq!(names.len(), rows.len());
    for (name, row) in names.iter().zip(rows) {
        for field in ["name", "verdict", "calls"] {
            assert_eq!(row[field], name[field]);
        }
        for field in ["count", "total_ns"] {
            assert!(is_near(&row[format!("{field}_base")], &name[field]["base"][0]));
            assert!(is_near(&row[format!("{field}_new")], &name[field]["new"]));
        }
        let figures = name["measures"].as_object().unwrap().iter().flat_map(|(measure, figures)| {
            figures.as_object().unwrap().iter().map(move |(figure, value)| (format!("{measure}_{figure}"), value))
        });
        for (field, value) in figures {
            assert!(is_near(&row[&field], value), "{field}: {row}");
        }
        assert_eq!(row.as_object().unwrap().len(), 7 + 6 * 8);
    }
}

/// Of GitHub's Markdown: a line of dashes below the header, and as many cells in each row; what changed in the first table.
#[test]
fn markdown_has_two_tables() {
    let markdown = golden("md");
    let (changed, same) = markdown.split_once("<details>\n<summary>").unwrap();
    let rows = |table: &str| -> Vec<Vec<String>> {
        let lines = table.lines().filter(|line| line.starts_with('|')).map(|line| line.replace("\\|", "¦"));
        lines.map(|line| line.trim_matches('|').split('|').map(|cell| cell.trim().to_owned()).collect()).collect()
    };
    let (changed, same) = (rows(changed), rows(same));
    for table in [&changed, &same] {
        assert!(table.iter().all(|row| row.len() == 9), "{table:?}");
        assert!(table[1].iter().all(|cell| ["---", "---:"].contains(&cell.as_str())));
    }
    let names = |table: &[Vec<String>]| table[2..].iter().map(|row| row[0].clone()).collect::<Vec<_>>();
    assert_eq!(names(&changed), ["faster", "slower", "gone", "new ¦ or not", "more"]);
    let mut rest = names(&same);
    rest.sort_unstable();
    assert_eq!(rest, ["rare", "request", "same"]);
}
