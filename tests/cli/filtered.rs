//! Filters mean the same in every command: they say which spans count, and self times are those of all spans.

use std::collections::BTreeMap;

use tracerank_testing::naive::spans::{Kind, Node, Span, read, tree_of};
use tracerank_testing::timeline::{Timeline, timeline};

use crate::common::parsed::json;
use crate::common::trees::json_tree;
use crate::common::{Folder, Ran, corpus, files_ending_in};

/// ```text
/// ms   0    5    10   15   20   25   30
///      request─────────────────
///       handler─────────────
///         run───────
///          query
///                     run
///                      query
///                              call──── (asynchronous)
/// ```
fn draw(t: &mut Timeline) {
    let handler = t.span("request", |t| {
        t.wait(1);
        let handler = t.start("handler");
        t.within(&handler, |t| {
            t.wait(2);
            t.span("run", |t| {
                t.wait(1);
                t.span("query", |t| t.wait(5));
                t.wait(4);
            });
            t.wait(2);
            t.span("run", |t| {
                t.wait(1);
                t.span("query", |t| t.wait(2));
            });
        });
        t.wait(3);
        t.stop(&handler);
        t.wait(3);
        handler
    });
    t.within(&handler, |t| t.span("call", |t| t.wait(8)));
}

fn folder() -> Folder {
    let folder = Folder::new();
    folder.write("log", &timeline(draw)[0]);
    folder
}

/// Path, count, and total, self time and subtree in milliseconds.
fn nodes(ran: &Ran) -> Vec<String> {
    let ms = |ns: i128| ns / 1_000_000;
    let line = |node: &Node| {
        let path = node.path.iter().map(|name| String::from_utf8_lossy(name)).collect::<Vec<_>>().join(";");
        let Node { count, total_ns, self_ns, subtree_ns, .. } = *node;
        format!("{path} {count} {} {} {}", ms(total_ns), ms(self_ns), ms(subtree_ns))
    };
    json_tree(&ran.stdout).nodes.iter().map(line).collect()
}

#[track_caller]
fn assert_tree(options: &str, expected: &[&str]) {
    assert_eq!(nodes(&folder().run(&format!("tree -f json {options} log")).quiet()), expected, "{options}");
}

#[test]
fn what_is_below_a_span_without_a_node_hangs_at_the_nearest_node_above_it() {
    let whole = [
        "request 1 24 4 32",
        "request;handler 1 20 7 28",
        "request;handler;run 2 13 6 13",
        "request;handler;run;query 2 7 7 7",
        "request;handler;call 1 8 8 8",
    ];
    assert_tree("", &whole);
    assert_tree("--min-duration 0s", &whole);
    assert_tree("--exclude ^(handler|run)$", &["request 1 24 4 19", "request;call 1 8 8 8", "request;query 2 7 7 7"]);
    assert_tree("--name ^query$", &["query 2 7 7 7"]);
    assert_tree("--name run|query", &["run 2 13 6 13", "run;query 2 7 7 7"]);
    assert_tree(
        "--min-duration 5ms",
        &[
            "request 1 24 4 29",
            "request;handler 1 20 7 25",
            "request;handler;run 1 10 5 10",
            "request;handler;run;query 1 5 5 5",
            "request;handler;call 1 8 8 8",
        ],
    );
    let long = ["request 1 24 4 17", "request;call 1 8 8 8", "request;run 1 10 5 5"];
    assert_tree("--min-duration 6ms --exclude handler", &long);
    // The last one stops after the request.
    assert_tree("--since 2026-11-23T12:00:00.030", &["call 1 8 8 8"]);
}

#[test]
fn only_spans_of_at_least_a_duration_count() {
    let folder = folder();
    let report = |options: &str| {
        let ran = folder.run(&format!("report -q -f csv -c count,total,self,max,name -s name {options} log")).done();
        ran.text().lines().skip(1).map(|line| line.replace("000000", "")).collect::<Vec<_>>()
    };
    let all = ["1,8,8,8,call", "1,20,7,20,handler", "2,7,7,5,query", "1,24,4,24,request", "2,13,6,10,run"];
    assert_eq!(report("--min-duration 0s"), all);
    assert_eq!(report("--min-duration 2ms"), all);
    let longer = ["1,8,8,8,call", "1,20,7,20,handler", "1,5,5,5,query", "1,24,4,24,request", "1,10,5,10,run"];
    let shortest = ["1,8,8,8,call", "1,20,7,20,handler", "1,5,5,5,query", "1,24,4,24,request", "2,13,6,10,run"];
    assert_eq!(report("--min-duration 2001us"), shortest);
    assert_eq!(report("--min-duration 5ms"), longer);
    assert_eq!(report("--min-duration 0.02s --name a"), ["1,20,7,20,handler"]);
    assert_eq!(report("--min-duration 2m"), [""; 0]);
    let input = json(&folder.run("report -f json --min-duration 5ms log").quiet().stdout).input;
    assert_eq!((input["spans"], input["filtered"]), (5, 2));
    let slowest = folder.run("slowest --name . -f csv --min-duration 8ms log").quiet();
    let listed: Vec<_> = slowest.text().lines().skip(1).map(|row| row.rsplit(',').next().unwrap()).collect();
    assert_eq!(listed, ["request", "handler", "run", "call"]);
    // All that is below a span is, whether it passes or not.
    assert!(slowest.text().lines().nth(1).unwrap().contains(",6,"), "{}", slowest.text());
}

#[test]
fn a_duration_that_is_none_is_refused() {
    for command in ["report", "tree", "slowest", "summarize -o out"] {
        for duration in ["10", "-1ms", "ms", "1x", ""] {
            let arguments: Vec<&str> = command.split(' ').chain(["--min-duration", duration, "log"]).collect();
            Folder::new().run_with(&arguments).refused(2).saying("not a duration of zero or more with its unit");
        }
    }
}

#[test]
fn a_summary_knows_the_shortest_duration_that_it_was_made_with() {
    let folder = folder();
    folder.run("summarize --min-duration 5ms -o long.trk log").quiet();
    folder.run("summarize -o all.trk log").quiet();
    let expected = folder.run("report -c count,total,p50,name --min-duration 5ms log").quiet();
    assert_eq!(folder.run("report -c count,total,p50,name long.trk").quiet().text(), expected.text());
    let ran = folder.run("report long.trk all.trk").refused(2);
    ran.saying("--min-duration 5ms");
    folder.run("report --min-duration 5ms all.trk").refused(2);
}

/// A filter, and the same for the naive engine.
type Case = (&'static str, fn(&Span) -> bool);

const CASES: [Case; 6] = [
    ("--min-duration 1ms", |span| lasted(span, 1_000_000)),
    ("--min-duration 20ms", |span| lasted(span, 20_000_000)),
    ("--name ^(engine|action)", |span| span.name.starts_with(b"engine") || span.name.starts_with(b"action")),
    ("--exclude handler", |span| !has(span, "handler")),
    ("--min-duration 500us --exclude ^task", |span| lasted(span, 500_000) && !span.name.starts_with(b"task")),
    ("--name run --exclude action", |span| has(span, "run") && !has(span, "action")),
];

fn lasted(span: &Span, least_ns: i64) -> bool {
    span.kind != Kind::Unfinished && span.duration_ns >= Some(least_ns)
}

fn has(span: &Span, part: &str) -> bool {
    String::from_utf8_lossy(&span.name).contains(part)
}

/// The self times of a name in the tree are those in the report, and the tree is that of the naive engine.
#[test]
fn tree_and_report_agree_on_genuine_logs_under_every_filter() {
    for name in files_ending_in(".log", "corpus") {
        let folder = Folder::new();
        let bytes = corpus(name.trim_end_matches(".log"));
        folder.write("log", &bytes);
        let forest = read(&[&bytes]);
        for (filter, keeps) in CASES {
            let tree = json_tree(&folder.run(&format!("tree -q -f json {filter} log")).done().stdout);
            let naive = tree_of(&forest, keeps);
            assert_eq!(tree.nodes, naive, "{name} {filter}");
            let ran = folder.run(&format!("report -q -f json -c self,count,name {filter} log")).done();
            let report = json(&ran.stdout);
            let mut of_tree: BTreeMap<&[u8], (i128, u64)> = BTreeMap::new();
            for node in &tree.nodes {
                let (self_ns, count) = of_tree.entry(node.path.last().unwrap()).or_default();
                *self_ns += node.self_ns;
                *count += node.count;
            }
            // A node of no span is the place of an unfinished one.
            of_tree.retain(|_, (_, count)| *count > 0);
            let of_report =
                report.rows.iter().map(|row| (&*row.name, (row.integer("self_ns"), row.integer("count") as u64)));
            assert_eq!(of_tree, of_report.collect(), "{name} {filter}");
            assert_eq!(tree.input, report.input, "{name} {filter}");
        }
    }
}
