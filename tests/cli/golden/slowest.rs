//! The slowest spans of logs of testdata/corpus, in every format: the same bytes as ever, right, and their ids lead somewhere.

use std::cmp::Reverse;
use std::fs;

use jiff::Timestamp;
use serde_json::Value;
use tracerank_testing::naive::spans::{Forest, Kind, read};

use crate::common::{Folder, corpus, files_ending_in, testdata};

const FORMATS: [(&str, &str); 4] = [("text", "txt"), ("json", "json"), ("csv", "csv"), ("markdown", "md")];
const LOGS: [&str; 5] = ["basic", "db-errors", "killed", "mixed", "odd-ids"];

#[test]
fn every_file_is_tested() {
    assert_eq!(files_ending_in(".txt", "golden/slowest"), LOGS.map(|log| format!("{log}.txt")));
    assert_eq!(files_ending_in("", "golden/slowest").len(), LOGS.len() * FORMATS.len());
}

fn golden(log: &str, extension: &str) -> String {
    fs::read_to_string(testdata(&format!("golden/slowest/{log}.{extension}"))).expect(log)
}

fn rows(log: &str) -> Vec<Value> {
    let list: Value = serde_json::from_str(&golden(log, "json")).unwrap();
    assert_eq!((&list["schema"], list["input"]["bytes"].as_u64()), (&1.into(), Some(corpus(log).len() as u64)));
    list["rows"].as_array().unwrap().clone()
}

/// With `WRITE_GOLDEN=1` the files are written anew.
#[test]
fn every_format_is_as_it_was() {
    for log in LOGS {
        let folder = Folder::new();
        folder.write("log", corpus(log));
        for (format, extension) in FORMATS {
            let ran = folder.run(&format!("slowest -f {format} log")).done();
            if std::env::var_os("WRITE_GOLDEN").is_some() {
                fs::write(testdata(&format!("golden/slowest/{log}.{extension}")), &ran.stdout).unwrap();
            }
            assert!(ran.text() == golden(log, extension), "{log} {format}:\n{}", ran.text());
        }
    }
}

/// How many spans are below one.
fn below(forest: &Forest, of: usize) -> usize {
    let is_below =
        |at: &usize| std::iter::successors(forest.spans[*at].parent, |at| forest.spans[*at].parent).any(|at| at == of);
    (0..forest.spans.len()).filter(is_below).count()
}

#[test]
fn they_are_the_slowest_roots_of_the_naive_engine() {
    for log in LOGS {
        let forest = read(&[&corpus(log)]);
        let mut roots: Vec<_> = forest.spans.iter().enumerate().filter(|(_, span)| span.parent.is_none()).collect();
        roots.retain(|(_, span)| span.kind != Kind::Unfinished);
        roots.sort_by_key(|(_, span)| Reverse(span.duration_ns));
        let rows = rows(log);
        assert_eq!(rows.len(), roots.len().min(10));
        for (row, (_, root)) in rows.iter().zip(&roots) {
            assert_eq!(row["duration_ns"].as_i64(), root.duration_ns);
        }
        for row in &rows {
            let is_it = |(_, span): &&(usize, &tracerank_testing::naive::spans::Span)| {
                row["trace_id"].as_str().unwrap().as_bytes() == span.trace_id
            };
            let (at, span) = roots.iter().find(is_it).expect("a root");
            let texts = [("base_id", &span.group), ("name", &span.name)];
            assert!(texts.iter().all(|(field, text)| row[*field].as_str().unwrap().as_bytes() == text.as_slice()));
            assert_eq!(row["duration_ns"].as_i64(), span.duration_ns);
            assert_eq!(row["self_ns"].as_i64(), span.self_ns);
            assert_eq!(row["spans_below"].as_u64(), Some(below(&forest, *at) as u64));
            let stamp: Timestamp = format!("{}Z", row["timestamp"].as_str().unwrap()).parse().unwrap();
            let year_zero: Timestamp = "0000-01-01T00:00:00Z".parse().unwrap();
            let stopped = span.stop.unwrap().time_ns;
            assert_eq!(stamp.duration_since(year_zero).as_nanos() + i128::from(span.duration_ns.unwrap()), stopped);
        }
    }
}

#[test]
fn every_format_tells_the_same() {
    let text_of = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let ms = |value: &Value| format!("{:.3}", value.as_i64().unwrap() as f64 / 1e6);
    for log in LOGS {
        let rows = rows(log);
        let fields = ["timestamp", "duration_ns", "self_ns", "spans_below", "base_id", "trace_id", "name"];
        let expected: Vec<Vec<String>> =
            rows.iter().map(|row| fields.iter().map(|field| text_of(&row[*field])).collect()).collect();
        let csv = golden(log, "csv");
        let mut reader = csv::Reader::from_reader(csv.as_bytes());
        assert_eq!(reader.headers().unwrap().iter().collect::<Vec<_>>(), fields);
        let of_csv: Vec<Vec<String>> =
            reader.records().map(|row| row.unwrap().iter().map(str::to_owned).collect()).collect();
        assert_eq!(of_csv, expected);
        let for_people = rows.iter().zip(&expected).map(|(row, cells)| {
            let mut cells = cells.clone();
            (cells[1], cells[2]) = (ms(&row["duration_ns"]), ms(&row["self_ns"]));
            cells.join(" ")
        });
        let for_people: Vec<String> = for_people.collect();
        let words = |line: &str| line.split([' ', '|']).filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ");
        assert_eq!(golden(log, "txt").lines().skip(1).map(words).collect::<Vec<_>>(), for_people);
        let unescaped = golden(log, "md").replace('\\', "");
        assert_eq!(unescaped.lines().skip(2).map(words).collect::<Vec<_>>(), for_people);
    }
}

#[test]
fn every_id_can_be_shown() {
    for log in LOGS {
        let folder = Folder::new();
        folder.write("log", corpus(log));
        for row in rows(log) {
            let [base_id, trace_id, name] = ["base_id", "trace_id", "name"].map(|field| row[field].as_str().unwrap());
            let of_group = folder.run_with(&["show", base_id, "log"]).done();
            assert!(of_group.text().contains(base_id) && of_group.text().contains(name));
            let of_span = folder.run_with(&["show", trace_id, "log"]).done();
            assert!(of_span.text().contains(trace_id) && of_span.text().contains(name), "{}", of_span.text());
        }
    }
}
