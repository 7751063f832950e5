//! The trees of logs of testdata/corpus, in every format: the same bytes as ever, and they are right.

use std::collections::BTreeMap;
use std::fs;

use tracerank_testing::naive::spans::{Node, read, roots_total_ns, tree};

use crate::common::trees::{Frame, folded, frames, json_tree, speedscope};
use crate::common::{Folder, corpus, files_ending_in, testdata};

const FORMATS: [(&str, &str); 5] =
    [("text", "txt"), ("json", "json"), ("folded", "folded"), ("svg", "svg"), ("speedscope", "speedscope.json")];

macro_rules! logs {
    ($($test:ident = $log:literal,)+) => {
        const LOGS: &[&str] = &[$($log),+];

        $(#[test]
        fn $test() {
            is_as_it_was($log);
            is_right($log);
        })+
    };
}

logs! {
    basic = "basic",
    db_errors = "db-errors",
    killed = "killed",
}

#[test]
fn every_file_is_tested() {
    assert_eq!(files_ending_in(".txt", "golden/tree"), LOGS.iter().map(|log| format!("{log}.txt")).collect::<Vec<_>>());
    assert_eq!(files_ending_in("", "golden/tree").len(), LOGS.len() * FORMATS.len());
}

fn golden(log: &str, extension: &str) -> String {
    fs::read_to_string(testdata(&format!("golden/tree/{log}.{extension}"))).expect(log)
}

/// With `WRITE_GOLDEN=1` the files are written anew.
fn is_as_it_was(log: &str) {
    let folder = Folder::new();
    folder.write("log", corpus(log));
    for (format, extension) in FORMATS {
        let ran = folder.run(&format!("tree -f {format} log")).done();
        if std::env::var_os("WRITE_GOLDEN").is_some() {
            fs::write(testdata(&format!("golden/tree/{log}.{extension}")), &ran.stdout).unwrap();
        }
        assert!(ran.text() == golden(log, extension), "{format}:\n{}", ran.text());
    }
}

fn is_right(log: &str) {
    let bytes = corpus(log);
    let forest = read(&[&bytes]);
    let nodes = tree(&forest);
    let json = json_tree(golden(log, "json").as_bytes());
    assert_eq!(json.nodes, nodes);
    assert_eq!(json.roots_total_ns, roots_total_ns(&forest));
    assert_eq!((json.input["spans"], json.input["bytes"]), (forest.counts.spans, bytes.len() as u64));
    assert_eq!((json.self_total_ns, json.subtree_total_ns), (own_ns(&nodes), own_ns(&nodes)));
    assert_eq!((json.percent_of.as_str(), json.omitted.len()), ("all self time", 0));
    assert_text_is(&golden(log, "txt"), &nodes);
    assert_speedscope_is(&golden(log, "speedscope.json"), &nodes);
    assert_folded_is(&golden(log, "folded"), &nodes);
    assert_flames_are(&frames(&golden(log, "svg")), &golden(log, "folded"));
}

/// The names of a path. Those of the corpus are harmless, and the same in every format.
fn names(node: &Node) -> Vec<String> {
    node.path.iter().map(|name| String::from_utf8(name.clone()).unwrap()).collect()
}

fn own_ns(nodes: &[Node]) -> i128 {
    nodes.iter().map(|node| node.self_ns).sum()
}

// ---- Text ----

/// From which share on a path has a line of its own.
const WORTH_A_LINE: f64 = 0.5;

/// A line for each path that is worth one, in the order of the tree, and all others in lines that say how many.
fn assert_text_is(text: &str, nodes: &[Node]) {
    let own_ns = own_ns(nodes);
    assert_eq!(text.lines().next().unwrap(), format!("100% is all self time: {:.3} s", own_ns as f64 / 1e9));
    let percent = |ns: i128| 100.0 * ns as f64 / own_ns as f64;
    // Below a path that has none, none has a line.
    let is_shown = |node: &&Node| {
        let above = nodes.iter().filter(|other| node.path.starts_with(&other.path));
        above.map(|other| percent(other.subtree_ns)).all(|share| share >= WORTH_A_LINE)
    };
    let (lines, rest): (Vec<&str>, Vec<&str>) = text.lines().skip(2).partition(|line| !line.contains('…'));
    let shown: Vec<&Node> = nodes.iter().filter(is_shown).collect();
    assert_eq!(lines.len(), shown.len());
    for (line, node) in lines.into_iter().zip(&shown) {
        let (figures, name) = line.split_at(76);
        let [subtree, total, own] =
            [node.subtree_ns, node.total_ns, node.self_ns].map(|ns| format!("{:.3}", ns as f64 / 1e9));
        let average = format!("{:.3}", node.total_ns as f64 / node.count as f64 / 1e6);
        let longest = format!("{:.3}", node.max_ns.unwrap() as f64 / 1e6);
        let share = format!("{:.2}%", percent(node.subtree_ns));
        let expected = [subtree, share, own, total, node.count.to_string(), average, longest];
        assert_eq!(figures.split_whitespace().collect::<Vec<_>>(), expected, "{line}");
        let indent = 3 * (node.path.len() - 1);
        let how = match node.asynchronous {
            0 => String::new(),
            all if all == node.count => "  async".to_owned(),
            some => format!("  async {some} of {}", node.count),
        };
        let expected = format!("{}{how}", String::from_utf8_lossy(node.path.last().unwrap()));
        assert_eq!(name.chars().skip(indent).collect::<String>(), expected, "{line}");
    }
    let paths =
        |line: &str| line.split('…').nth(1).unwrap().split_whitespace().next().unwrap().parse::<usize>().unwrap();
    assert_eq!(rest.into_iter().map(paths).sum::<usize>(), nodes.len() - shown.len());
}

// ---- Stacks ----

fn assert_speedscope_is(file: &str, nodes: &[Node]) {
    let with_time = nodes.iter().filter(|node| node.self_ns > 0);
    let expected: Vec<_> = with_time.map(|node| (names(node), node.self_ns)).collect();
    assert_eq!(speedscope(file.as_bytes()), expected);
}

fn assert_folded_is(stacks: &str, nodes: &[Node]) {
    let stacks = folded(stacks);
    let weights: BTreeMap<_, _> = stacks.iter().cloned().collect();
    assert_eq!(weights.len(), stacks.len(), "each path once");
    for node in nodes {
        let us = weights.get(&names(node)).copied().unwrap_or(0);
        assert!((i128::from(us) * 1000 - node.self_ns).abs() <= 1000, "{node:?}");
    }
    assert!(weights.keys().all(|stack| nodes.iter().any(|node| names(node) == *stack)));
    let us: u64 = stacks.iter().map(|(_, us)| us).sum();
    assert!((i128::from(us) * 1000 - own_ns(nodes)).abs() <= 500, "{us}");
}

// ---- The flame graph ----

/// A frame for each path that is wide enough to be seen, as wide as what is spent in it and below it, within that of the path above it.
fn assert_flames_are(frames: &[Frame], stacks: &str) {
    let stacks = folded(stacks);
    let total: u64 = stacks.iter().map(|(_, us)| us).sum();
    let mut widths: BTreeMap<Vec<String>, u64> = BTreeMap::new();
    for (names, us) in &stacks {
        for depth in 0..=names.len() {
            *widths.entry(names[..depth].to_vec()).or_default() += us;
        }
    }
    let title = |(names, us): (&Vec<String>, &u64)| {
        let share = 100.0 * *us as f64 / total as f64;
        let (name, share) = match names.last() {
            Some(name) => (name.as_str(), format!("{share:.2}")),
            None => ("all", "100".to_owned()),
        };
        format!("{name} ({} µs, {share}%)", grouped(*us))
    };
    // Narrower than a hundredth of a percent, a frame is left out.
    let is_seen = |(_, us): &(&Vec<String>, &u64)| **us as f64 >= total as f64 / 1e4;
    let mut expected: Vec<String> = widths.iter().filter(is_seen).map(title).collect();
    let mut found: Vec<String> = frames.iter().map(|frame| frame.title.clone()).collect();
    expected.sort();
    found.sort();
    assert_eq!(found, expected);
    for frame in frames.iter().filter(|frame| frame.width < total) {
        let inside = |above: &&Frame| above.x <= frame.x && frame.x + frame.width <= above.x + above.width;
        assert!(frames.iter().filter(inside).any(|above| above.y == frame.y + 16), "{frame:?}");
    }
}

/// 1234567 as 1,234,567.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let groups = digits.as_bytes().rchunks(3).rev().map(|group| std::str::from_utf8(group).unwrap());
    groups.collect::<Vec<_>>().join(",")
}
