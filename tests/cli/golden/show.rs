//! Trace groups of genuine logs as trees, in every format: the golden files, read back and held against the records.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::fs;

use serde_json::Value;

use crate::common::ways::{Prepared, Way};
use crate::common::{corpus, files_ending_in, testdata};

const FORMATS: [(&str, &str); 4] = [("text", "txt"), ("json", "json"), ("dot", "dot"), ("chrome", "chrome.json")];

/// A log, and the beginning of an id in it.
const TREES: [(&str, &str); 12] = [
    ("basic", "43a4ee48"),
    ("basic", "7048bb13"),
    ("db", "c9b14dfb"),
    ("db-errors", "e2682b3b"),
    ("killed", "ccbdcf37"),
    ("killed", "331127ea"),
    ("long-span", "30f7dbc2"),
    ("mixed", "eab7a0f0"),
    ("odd-ids", "tab"),
    ("odd-ids", "f515e2bb"),
    ("prefixed", "8a0c6828"),
    ("prefixed-plain", "8a0c6828"),
];

/// Logs with the records of `prefixed` behind other prefixes.
const ALIKE: [&str; 3] = ["prefixed-plain", "prefixed-thread", "prefixed-verbose"];

fn path(log: &str, id: &str, extension: &str) -> std::path::PathBuf {
    testdata(&format!("golden/show/{log}-{id}.{extension}"))
}

fn golden(log: &str, id: &str, extension: &str) -> String {
    fs::read_to_string(path(log, id, extension)).expect(log)
}

fn golden_json(log: &str, id: &str, extension: &str) -> Value {
    serde_json::from_str(&golden(log, id, extension)).unwrap()
}

// ---- One and the same bytes ----

/// With `WRITE_GOLDEN=1` the files are written anew.
#[test]
fn every_format_is_as_it_was_in_every_way() {
    for (log, id) in TREES {
        let prepared = Prepared::new(&corpus(log));
        for (format, extension) in FORMATS {
            if std::env::var_os("WRITE_GOLDEN").is_some() {
                let ran = prepared.run(Way::File, &format!("show {id} -f {format}")).done();
                fs::write(path(log, id, extension), ran.text()).unwrap();
            }
            let expected = golden(log, id, extension);
            for way in Way::KINDS {
                for threads in [1, 7] {
                    let ran = prepared.run(way, &format!("show {id} -f {format} --threads {threads}")).done();
                    assert!(ran.text() == expected, "{log} {id} {format} {way:?} {threads}:\n{}", ran.text());
                }
            }
        }
    }
}

#[test]
fn every_log_is_tested() {
    let tested: HashSet<String> =
        TREES.iter().map(|(log, _)| *log).chain(ALIKE).map(|log| format!("{log}.log")).collect();
    assert_eq!(files_ending_in(".log", "corpus").into_iter().collect::<HashSet<_>>(), tested);
}

#[test]
fn prefixes_make_no_difference() {
    let expected = golden("prefixed", "8a0c6828", "json");
    for log in ALIKE {
        let ran = Prepared::new(&corpus(log)).run(Way::File, "show 8a0c6828 -f json").done();
        assert_eq!(ran.text(), expected, "{log}");
    }
}

// ---- They are right ----

/// A record as its line has it: (`trace_id`, `parent_id`, name, is it a start, duration in microseconds), by plain splitting.
struct Seen {
    trace_id: String,
    parent_id: String,
    name: String,
    duration: Option<f64>,
}

/// The records of a group, by what stands around the three ids; in these logs no name ends in a second marker.
fn records(log: &str, base_id: &str) -> Vec<Seen> {
    let text = String::from_utf8_lossy(&corpus(log)).into_owned();
    let of_group = |line: &str| -> Option<Seen> {
        let (head, rest) = line.split_once(&format!(" {base_id} "))?;
        let mut words = rest.splitn(3, ' ');
        let (parent_id, trace_id, tail) = (words.next()?, words.next()?, words.next()?);
        let tail = tail.split(" {").next()?.trim_end_matches("  <- !!!");
        let name = tail.strip_suffix("-start").or_else(|| tail.strip_suffix("-stop"))?;
        let duration = if tail.ends_with("-stop") { head.rsplit(' ').next()?.parse().ok() } else { None };
        Some(Seen {
            trace_id: trace_id.to_owned(),
            parent_id: if parent_id == base_id { base_id.to_owned() } else { parent_id.to_owned() },
            name: name.to_owned(),
            duration,
        })
    };
    text.lines().filter_map(of_group).collect()
}

/// Groups whose base id is a UUID, and where it can be read from the tree.
fn groups() -> impl Iterator<Item = (&'static str, &'static str, String, Vec<Seen>)> {
    TREES.into_iter().filter(|(_, id)| *id != "tab").map(|(log, id)| {
        let text = golden(log, id, "txt");
        let base_id = text.lines().next().unwrap().strip_prefix("trace group ").unwrap().to_owned();
        let records = records(log, &base_id);
        assert!(!records.is_empty(), "{log} {id}");
        (log, id, base_id, records)
    })
}

/// All nodes with their parents' ids.
fn nodes(report: &Value) -> Vec<(&Value, Option<&str>)> {
    let top = report["children"].as_array().unwrap();
    let mut stack: Vec<(&Value, Option<&str>)> = top.iter().map(|node| (node, None)).collect();
    let mut all = Vec::new();
    while let Some((node, parent)) = stack.pop() {
        all.push((node, parent));
        let id = node["trace_id"].as_str();
        stack.extend(node["children"].as_array().unwrap().iter().map(|child| (child, id)));
    }
    all
}

#[test]
fn json_has_each_span_below_its_parent() {
    for (log, id, base_id, records) in groups() {
        let report = golden_json(log, id, "json");
        let spans: HashMap<&str, &Seen> = records.iter().map(|seen| (seen.trace_id.as_str(), seen)).collect();
        let nodes = nodes(&report);
        assert_eq!(nodes.len(), spans.len(), "{log} {id}");
        for (node, parent) in &nodes {
            let seen = spans[node["trace_id"].as_str().unwrap()];
            assert_eq!(node["parent_id"], seen.parent_id.as_str());
            let expected = spans.contains_key(seen.parent_id.as_str()).then_some(seen.parent_id.as_str());
            assert_eq!(*parent, expected.filter(|parent| *parent != base_id));
            assert_eq!(node["info"]["name"], seen.name.split('-').next().unwrap());
        }
        let counts = report["stats"].as_object().unwrap().values().map(|of| of["count"].as_u64().unwrap());
        assert_eq!(counts.sum::<u64>(), spans.len() as u64);
    }
}

#[test]
fn text_has_each_span_with_its_duration() {
    for (log, id, _, records) in groups() {
        let text = golden(log, id, "txt");
        let rows = text.lines().skip(4).filter(|row| !row.contains("· gap") && !row.contains("… "));
        let ms = |row: &str| row.split_whitespace().nth(1).unwrap().parse::<f64>().ok();
        let mut shown: Vec<i64> = rows.clone().filter_map(ms).map(|ms| (ms * 1000.0).round() as i64).collect();
        let mut logged: Vec<i64> =
            records.iter().filter_map(|seen| seen.duration).map(|seconds| (seconds * 1e6).round() as i64).collect();
        shown.sort_unstable();
        logged.sort_unstable();
        assert_eq!(shown, logged, "{log} {id}");
        let ids: HashSet<&str> = records.iter().map(|seen| seen.trace_id.as_str()).collect();
        assert_eq!(rows.count(), ids.len(), "{log} {id}");
    }
}

/// Of complete events on a track, any two lie within each other or apart: that is how they are drawn.
#[test]
fn chrome_has_tracks_on_which_nothing_collides() {
    for (log, id) in TREES {
        let report = golden_json(log, id, "chrome.json");
        let events = report["traceEvents"].as_array().unwrap();
        let mut tracks: BTreeMap<u64, Vec<(f64, f64)>> = BTreeMap::new();
        for event in events.iter().filter(|event| event["ph"] == "X") {
            let (ts, dur) = (event["ts"].as_f64().unwrap(), event["dur"].as_f64().unwrap());
            assert!(ts >= 0.0 && dur >= 0.0 && event["pid"] == 1, "{event}");
            tracks.entry(event["tid"].as_u64().unwrap()).or_default().push((ts, ts + dur));
        }
        for spans in tracks.values() {
            for (nth, (begin, end)) in spans.iter().enumerate() {
                for (other_begin, other_end) in &spans[nth + 1..] {
                    let apart = end <= other_begin || other_end <= begin;
                    let within =
                        (begin <= other_begin && other_end <= end) || (other_begin <= begin && end <= other_end);
                    assert!(apart || within, "{log} {id}: {begin}..{end} and {other_begin}..{other_end}");
                }
            }
        }
        let named: BTreeSet<u64> = events
            .iter()
            .filter(|event| event["ph"] == "M" && event["name"] == "thread_name")
            .map(|event| event["tid"].as_u64().unwrap())
            .collect();
        assert_eq!(named, tracks.into_keys().collect::<BTreeSet<_>>());
    }
}

/// A node each, and an arrow for each but the roots; nothing outside of quotes but what is meant to be.
#[test]
fn dot_has_the_same_spans_and_edges() {
    for (log, id) in TREES {
        let dot = golden(log, id, "dot");
        let json = golden_json(log, id, "json");
        let nodes = nodes(&json);
        let of = |has: fn(&str) -> bool| dot.lines().filter(|line| has(line)).count();
        assert_eq!(of(|line| line.contains("tooltip=")), nodes.len());
        let children = nodes.iter().filter(|(_, parent)| parent.is_some()).count();
        assert_eq!(of(|line| line.contains(" -> ")), children, "{log} {id}");
        assert!(dot.starts_with("digraph trace {\n") && dot.ends_with("\n}\n"));
    }
}
