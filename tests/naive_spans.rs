//! The naive span engine against docs/spans.md, rule by rule, and against genuine logs whose self times are known.
//!
//! What judges the real engine has to be judged first. In the timelines a column is a millisecond: `a====` is a span that
//! takes as many as it has characters (its name is one of them), indented below its parent; `>` is a start without a stop, `<` a stop
//! without a start, and `|` a span that takes no time.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod naive;
#[path = "common/timeline.rs"]
mod timeline;

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use naive::spans::{Counts, Forest, Kind, Root, Span, figures, read, roots_total_ns, tree};
use proptest::prelude::*;
use timeline::{Timeline, timeline};

const MS: i128 = 1_000_000;

fn read_all(logs: &[Vec<u8>]) -> Forest {
    let inputs: Vec<&[u8]> = logs.iter().map(Vec::as_slice).collect();
    read(&inputs)
}

fn draw(draw: impl FnOnce(&mut Timeline)) -> Forest {
    read_all(&timeline(draw))
}

/// The only span of a name.
#[track_caller]
fn the<'a>(forest: &'a Forest, name: &str) -> &'a Span {
    let mut spans = forest.spans.iter().filter(|span| span.name == name.as_bytes());
    let span = spans.next().expect(name);
    assert!(spans.next().is_none(), "{name} is not the only one");
    span
}

#[track_caller]
fn parent<'a>(forest: &'a Forest, name: &str) -> &'a Span {
    &forest.spans[the(forest, name).parent.expect(name)]
}

/// The names of all spans of that name and their self times in milliseconds, in order.
#[track_caller]
fn assert_self_ms(forest: &Forest, expected: &[(&str, Option<i64>)]) {
    let names = forest.spans.iter().map(|span| std::str::from_utf8(&span.name).unwrap());
    let self_times = forest.spans.iter().map(|span| span.self_ns.map(|ns| ns / MS as i64));
    let found: Vec<_> = names.zip(self_times).collect();
    assert_eq!(found, expected);
}

/// A line a node: path, count, total, self and max in milliseconds.
#[track_caller]
fn assert_tree(forest: &Forest, expected: &[&str]) {
    let line = |node: &naive::spans::Node| {
        let path = String::from_utf8(node.path.join(&b';')).unwrap();
        let max = node.max_ns.map_or("-".to_owned(), |ns| (i128::from(ns) / MS).to_string());
        format!("{path} {} {} {} {max}", node.count, node.total_ns / MS, node.self_ns / MS)
    };
    assert_eq!(tree(forest).iter().map(line).collect::<Vec<_>>(), expected);
}

/// A line a name: count, total, self, total-outer in milliseconds.
#[track_caller]
fn assert_figures(forest: &Forest, expected: &[&str]) {
    let line = |row: &naive::spans::Figures| {
        let name = String::from_utf8(row.name.clone()).unwrap();
        format!("{name} {} {} {} {}", row.count, row.total_ns / MS, row.self_ns / MS, row.total_outer_ns / MS)
    };
    assert_eq!(figures(forest).iter().map(line).collect::<Vec<_>>(), expected);
}

// ---- Genuine logs ----

fn corpus(file: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("testdata/corpus").join(file)
}

fn read_corpus(file: &str) -> Forest {
    read(&[&fs::read(corpus(file)).unwrap()])
}

#[track_caller]
fn assert_genuine(log: &str) {
    let forest = read_corpus(&format!("{log}.log"));
    let row = |row: &naive::spans::Figures| {
        format!("{}\t{}\t{}\t{}", str::from_utf8(&row.name).unwrap(), row.count, row.total_ns, row.self_ns)
    };
    let mut found: Vec<_> = figures(&forest).iter().map(row).collect();
    let expected = fs::read_to_string(corpus(&format!("{log}.self.tsv"))).unwrap();
    let mut expected: Vec<_> = expected.lines().map(str::to_owned).collect();
    found.sort();
    expected.sort();
    assert_eq!(found, expected);
    assert_script_agrees(log, &forest);
}

/// The script that the benchmarks compare with prints the same tree.
#[track_caller]
fn assert_script_agrees(log: &str, forest: &Forest) {
    let script = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("scripts/tree_python.py");
    let Ok(printed) = Command::new("python3").arg(script).arg(corpus(&format!("{log}.log"))).output() else {
        eprintln!("no python3: its tree is not compared");
        return;
    };
    let line = |node: &naive::spans::Node| {
        let path = String::from_utf8(node.path.join(&b';')).unwrap();
        let max = node.max_ns.map_or(String::new(), |ns| ns.to_string());
        format!("{}\t{}\t{}\t{max}\t{path}\n", node.count, node.total_ns, node.self_ns)
    };
    let expected: String = tree(forest).iter().map(line).collect();
    assert_eq!(String::from_utf8(printed.stdout).unwrap(), expected, "{}", String::from_utf8_lossy(&printed.stderr));
}

#[test]
fn self_times_of_the_basic_log_are_those_known() {
    assert_genuine("basic");
}

#[test]
fn self_times_of_the_killed_log_are_those_known() {
    assert_genuine("killed");
}

#[test]
fn counts_of_the_genuine_logs() {
    for log in ["basic", "killed"] {
        println!("{:?}", read_corpus(&format!("{log}.log")).counts);
    }
}
