//! Where inside what the time goes: `tracerank tree`.

use std::fs;

use proptest::prelude::*;
use tracerank_testing::naive::spans::{Node, read, tree};
use tracerank_testing::odd::odd_records;
use tracerank_testing::timeline::{Timeline, timeline};

use crate::common::parsed::json;
use crate::common::trees::{folded, frames, json_tree, speedscope};
use crate::common::ways::gzip;
use crate::common::{Folder, LEAST_MEMORY, MANY_SPANS, Ran, corpus, long_spans, start, stop, stops, unfinished};

const FORMATS: [&str; 5] = ["text", "json", "folded", "svg", "speedscope"];

/// ```text
/// request=============
///  query===           mail=
///      task========     mail========
///        query==
///              request>
/// ```
fn draw(t: &mut Timeline) {
    let request = t.start("request");
    t.within(&request, |t| {
        t.wait(1);
        t.span("query", |t| t.wait(4));
        t.span("task", |t| {
            t.wait(2);
            t.span("query", |t| t.wait(3));
            t.wait(4);
            t.start("request");
        });
        t.wait(6);
    });
    t.stop(&request);
    t.within(&request, |t| {
        t.span("mail", |t| t.wait(2));
        t.span("mail", |t| t.wait(10));
    });
}

fn folder() -> Folder {
    let folder = Folder::new();
    folder.write("log", &timeline(draw)[0]);
    folder
}

fn folder_of(log: impl FnOnce(&mut Timeline)) -> Folder {
    let folder = Folder::new();
    folder.write("log", &timeline(log)[0]);
    folder
}

fn nodes(ran: Ran) -> Vec<Node> {
    json_tree(&ran.done().stdout).nodes
}

/// A line a node: path, count, total, self and max in milliseconds.
#[track_caller]
fn assert_nodes(ran: Ran, expected: &[&str]) {
    let line = |node: &Node| {
        let path = String::from_utf8(node.path.join(&b';')).unwrap();
        let max = node.max_ns.map_or("-".to_owned(), |ns| (ns / 1_000_000).to_string());
        format!("{path} {} {} {} {max}", node.count, node.total_ns / 1_000_000, node.self_ns / 1_000_000)
    };
    assert_eq!(nodes(ran).iter().map(line).collect::<Vec<_>>(), expected);
}

// ---- Text ----

#[test]
fn each_path_has_a_line() {
    let expected = "100% is all self time: 0.032 s
subtree (s)        %   self (s)  total (s)     count   avg (ms)   max (ms)  name
      0.032  100.00%      0.007      0.020         1     20.000     20.000  request
      0.012   37.50%      0.012      0.012         2      6.000     10.000  ├─ mail  async
      0.009   28.12%      0.006      0.009         1      9.000      9.000  ├─ task
      0.003    9.38%      0.003      0.003         1      3.000      3.000  │  ├─ query
      0.000    0.00%      0.000      0.000         0          -          -  │  └─ request
      0.004   12.50%      0.004      0.004         1      4.000      4.000  └─ query
";
    let ran = folder().run("tree --min-percent 0 log").done().saying_only(&unfinished(1, 7));
    assert_eq!(ran.text(), expected);
}

#[test]
fn what_is_small_is_left_out_and_said_to_be() {
    let expected = "100% is all self time: 0.032 s
subtree (s)        %   self (s)  total (s)     count   avg (ms)   max (ms)  name
      0.032  100.00%      0.007      0.020         1     20.000     20.000  request
      0.012   37.50%      0.012      0.012         2      6.000     10.000  ├─ mail  async
      0.009   28.12%      0.006      0.009         1      9.000      9.000  ├─ task
      0.003    9.38%      0.003      0.003         1                        │  └─ … 2 paths more
      0.004   12.50%      0.004      0.004         1      4.000      4.000  └─ query
";
    let folder = folder();
    for share in ["10", "12.5", "12.5%", "12.50 %"] {
        let ran = folder.run_with(&["tree", "--min-percent", share, "log"]).done().saying_only(&unfinished(1, 7));
        assert_eq!(ran.text(), expected, "{share}");
    }
    let usual = folder.run("tree log").done().saying_only(&unfinished(1, 7));
    assert_eq!(usual.text(), folder.run("tree -m 0.5 log").done().saying_only(&unfinished(1, 7)).text());
    assert!(
        usual.text().ends_with(
            " │  └─ … 1 path more
      0.004   12.50%      0.004      0.004         1      4.000      4.000  └─ query\n"
        ),
        "{}",
        usual.text()
    );
}

#[test]
fn so_many_levels() {
    let lines = |depth: &str| {
        let ran = folder().run(&format!("tree -d {depth} log")).done().saying_only(&unfinished(1, 7));
        ran.text().lines().skip(2).map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(
        lines("1"),
        [
            "      0.032  100.00%      0.007      0.020         1     20.000     20.000  request",
            "      0.025   78.12%      0.025      0.025         5                        └─ … 5 paths more",
        ]
    );
    let names: Vec<_> = lines("2").iter().map(|line| line[76..].to_owned()).collect();
    assert_eq!(names, ["request", "├─ mail  async", "├─ task", "│  └─ … 2 paths more", "└─ query"]);
    let usual = folder().run("tree log").done().saying_only(&unfinished(1, 7));
    assert_eq!(lines("4"), usual.text().lines().skip(2).collect::<Vec<_>>());
}

#[test]
fn depths_and_shares_that_are_none_are_refused() {
    for option in ["--depth=0", "--depth=-1", "--depth=x", "-m=-1", "-m=101", "-m=nan", "-m=x", "-m=%"] {
        let shown = folder().run(&format!("tree {option} log")).refused(2);
        assert!(shown.stderr.starts_with("error: invalid value"), "{}", shown.stderr);
    }
}

/// The sums of the columns self and count.
fn sums(text: &str) -> (i64, u64) {
    let rows = text.lines().skip(2).map(|line| {
        let figures: Vec<&str> = line.split_whitespace().collect();
        (figures[2].replace('.', "").parse::<i64>().unwrap(), figures[4].parse::<u64>().unwrap())
    });
    rows.fold((0, 0), |(own, count), row| (own + row.0, count + row.1))
}

/// Whatever is left out, nothing is lost: lines of what is left out count with the others.
#[test]
fn what_is_shown_and_what_is_left_out_add_up() {
    let folder = Folder::new();
    folder.write("log", corpus("basic"));
    let run = |options: &str| folder.run(&format!("tree {options} log")).done();
    let whole = json_tree(&run("-f json").stdout);
    let self_ms = whole.nodes.iter().map(|node| node.self_ns).sum::<i128>() as i64 / 1_000_000;
    for options in ["-m 0", "", "-m 5", "-m 100", "-d 1", "-d 3", "-d 3 -m 2"] {
        let ran = run(options);
        let (own, count) = sums(ran.text());
        // Half a millisecond a line.
        assert!(own.abs_diff(self_ms) as usize <= ran.text().lines().count().div_ceil(2), "{options}: {own} {self_ms}");
        assert_eq!(count, whole.input["spans"], "{options}");
        let weights: i128 = speedscope(&run(&format!("-f speedscope {options}")).stdout).iter().map(|it| it.1).sum();
        assert_eq!(weights, whole.nodes.iter().map(|node| node.self_ns).sum::<i128>(), "{options}");
    }
}

/// Below a path that is shown, what is left out is its own; roots have nothing above them.
#[test]
fn what_is_left_out_of_stacks_is_a_part_of_what_it_is_below() {
    let folder = folder_of(|t| {
        draw(t);
        t.span("small", |t| t.wait(1));
        t.span("tiny", |t| t.wait(1));
    });
    let ran = folder.run("tree -f folded -m 30 log").done().saying_only(&unfinished(1, 9));
    assert_eq!(ran.text(), "request 20000\nrequest;mail 12000\n(others) 2000\n");
    let ran = folder.run("tree -f folded -d 1 log").done().saying_only(&unfinished(1, 9));
    assert_eq!(ran.text(), "request 32000\nsmall 1000\ntiny 1000\n");
}

// ---- Parts ----

/// ```text
/// a=========
///  b===
///   a==
///      b==
///           b===
/// ```
fn recursive() -> Folder {
    folder_of(|t| {
        t.span("a", |t| {
            t.wait(1);
            t.span("b", |t| {
                t.wait(1);
                t.span("a", |t| t.wait(3));
            });
            t.span("b", |t| t.wait(3));
            t.wait(2);
        });
        t.span("b", |t| t.wait(4));
    })
}

#[test]
fn the_whole_tree() {
    let expected = ["a 1 10 3 10", "a;b 2 7 4 4", "a;b;a 1 3 3 3", "b 1 4 4 4"];
    assert_nodes(recursive().run("tree -f json log"), &expected);
}

/// What occurs within itself stays there.
#[test]
fn what_is_below_a_name_wherever_it_occurs() {
    assert_nodes(recursive().run("tree -f json --focus b log"), &["b 3 11 8 4", "b;a 1 3 3 3"]);
    assert_nodes(recursive().run("tree -f json --focus a log"), &["a 1 10 3 10", "a;b 2 7 4 4", "a;b;a 1 3 3 3"]);
    let ran = recursive().run("tree --focus b log").quiet();
    assert!(ran.text().lines().nth(2).unwrap().contains(" 100.00% "), "{}", ran.text());
}

/// Each path says how much of the name's own figures comes by that way.
#[test]
fn what_is_above_a_name() {
    assert_nodes(recursive().run("tree -f json --callers b log"), &["b 3 11 8 4", "b;a 2 7 4 4"]);
    assert_nodes(recursive().run("tree -f json --callers a log"), &["a 2 13 6 10", "a;b 1 3 3 3", "a;b;a 1 3 3 3"]);
    // As stacks: each way once, with all that is below the name, but for what is below the name once more.
    assert_eq!(recursive().run("tree -f folded --callers a log").quiet().text(), "a 7000\na;b;a 3000\n");
    assert_eq!(recursive().run("tree -f folded --callers a -d 2 log").quiet().text(), "a 7000\na;b 3000\n");
}

#[test]
fn callers_that_are_left_out_are_counted_once() {
    let ran = recursive().run("tree --callers a -d 1 log").quiet();
    let lines: Vec<&str> = ran.text().lines().skip(2).collect();
    assert_eq!(
        lines,
        [
            "      0.010  100.00%      0.006      0.013         2      6.500     10.000  a",
            "      0.003   30.00%      0.003      0.003         1                        └─ … 2 paths more",
        ]
    );
}

#[test]
fn parts_of_a_genuine_log_agree_with_the_flat_report() {
    let folder = Folder::new();
    folder.write("log", corpus("killed"));
    let report = json(&folder.run("report -f json -c name,count,total,self log").done().stdout);
    for row in &report.rows {
        let name = String::from_utf8(row.name.clone()).unwrap();
        let callers = nodes(folder.run(&format!("tree -f json --callers {name} log")));
        let [count, total_ns, self_ns] = ["count", "total_ns", "self_ns"].map(|field| row.integer(field));
        let root = &callers[0];
        assert_eq!((i128::from(root.count), root.total_ns, root.self_ns), (count, total_ns, self_ns), "{name}");
        let focus = nodes(folder.run(&format!("tree -f json --focus {name} log")));
        let inside = focus.iter().filter(|node| node.path.last() == Some(&row.name));
        assert_eq!(inside.map(|node| node.self_ns).sum::<i128>(), self_ns, "{name}");
        assert!(focus.iter().all(|node| node.path[0] == row.name));
        // All below the name is the same time, whichever way it is told.
        assert_eq!(focus[0].subtree_ns, root.subtree_ns, "{name}");
        assert_eq!(focus.iter().map(|node| node.self_ns).sum::<i128>(), root.subtree_ns, "{name}");
    }
}

#[test]
fn a_regular_expression_works_where_no_name_is_exactly_that() {
    let folder = Folder::new();
    folder.write("log", stops(&["task-run", "task-run-all", "task.run", "engine"]));
    let roots = |arguments: &str| {
        let nodes = nodes(folder.run(&format!("tree -f json {arguments} log")));
        nodes.into_iter().map(|node| String::from_utf8(node.path[0].clone()).unwrap()).collect::<Vec<_>>()
    };
    for option in ["--focus", "--callers"] {
        assert_eq!(roots(&format!("{option} task.run")), ["task.run"]);
        assert_eq!(roots(&format!("{option} task-run")), ["task-run"]);
        let mut several = roots(&format!("{option} ^task-"));
        several.sort();
        assert_eq!(several, ["task-run", "task-run-all"]);
        let ran = folder.run(&format!("tree {option} task-rn log")).refused(2);
        ran.saying("there is no span named task-rn\nhint: did you mean task-run, ");
    }
}

#[test]
fn a_name_that_is_not_there_is_refused() {
    for option in ["--focus", "--callers"] {
        let ran = folder().run(&format!("tree {option} Query log")).refused(2);
        ran.saying_only("tracerank: there is no span named Query\nhint: did you mean query?\n");
        folder().run(&format!("tree {option} xyz log")).refused(2).saying_only(
            "tracerank: there is no span named xyz\n\
            hint: NAME is a trace name or a regular expression: tracerank report -c count,name LOG shows all names\n",
        );
    }
    folder().run_with(&["tree", "--focus", "a\x1b[31m", "log"]).refused(2).saying("no span named a\\x1b[31m\n");
    folder().run("tree --focus query --callers task log").refused(2).saying("cannot be used with");
}

// ---- Filters ----

#[test]
fn the_tree_of_one_trace_group() {
    let mut base_id = String::new();
    let folder = folder_of(|t| {
        draw(t);
        t.group(|t| {
            base_id = t.handle("other").base_id;
            t.span("other", |t| t.span("query", |t| t.wait(7)));
        });
    });
    let ran = folder.run(&format!("tree -f json --base-id {base_id} log"));
    assert_nodes(ran, &["other 1 7 0 7", "other;query 1 7 7 7"]);
    let ran = folder.run("tree -f json --base-id nobody log").done();
    let tree = json_tree(&ran.stdout);
    assert_eq!((tree.nodes, tree.roots_total_ns, tree.input["spans"]), (vec![], 0, 0));
}

/// The spans are those that stopped then. Of others a start may be left, which counts nothing.
#[test]
fn the_tree_of_a_time() {
    let folder = folder_of(|t| {
        t.span("a", |t| t.wait(400));
        t.span("b", |t| t.wait(400));
        t.span("c", |t| t.wait(400));
    });
    for (options, expected) in [
        ("--since 2026-11-23T12:00:00.8", ["b 1 400 400 400", "c 1 400 400 400"].as_slice()),
        ("--until 2026-11-23T12:00:00.8", &["a 1 400 400 400"]),
        ("--since 2026-11-23T12:00:00.5 --until 2026-11-23T12:00:01", &["b 1 400 400 400"]),
    ] {
        let found = nodes(folder.run(&format!("tree -f json {options} log")));
        let line = |node: &Node| {
            format!(
                "{} 1 {} {} {}",
                String::from_utf8_lossy(&node.path[0]),
                node.total_ns / 1_000_000,
                node.self_ns / 1_000_000,
                node.max_ns.unwrap() / 1_000_000
            )
        };
        let found: Vec<_> = found.iter().filter(|node| node.count > 0).map(line).collect();
        assert_eq!(found, expected, "{options}");
    }
}

// ---- Names ----

const HOSTILE: [&[u8]; 6] =
    [b"a;b", b"x\x1b[31m\x07", b"bad\xff", b"<script>alert(1)</script> & \"'", b"retry 2", "größe \u{202e}".as_bytes()];

fn hostile() -> Folder {
    let folder = Folder::new();
    folder.write("log", HOSTILE.map(|name| stop(name, "0.5")).concat());
    folder
}

#[test]
fn names_do_nothing_to_a_terminal() {
    for format in ["text", "folded", "svg"] {
        for colour in ["never", "always"] {
            let ran = hostile().run(&format!("tree -f {format} --color {colour} log")).done();
            let text = ran.text().replace("\x1b[1m", "").replace("\x1b[2m", "").replace("\x1b[0m", "");
            let is_harmless =
                |c: char| c == '\n' || (format == "svg" && c == '\t') || !c.is_control() && c != '\u{202e}';
            assert!(text.chars().all(is_harmless), "{format}: {text}");
        }
    }
}

#[test]
fn names_stay_apart_in_stacks() {
    let ran = hostile().run("tree -f folded log").quiet();
    let stacks = folded(ran.text());
    assert!(stacks.iter().all(|(names, us)| names.len() == 1 && *us == 500_000), "{stacks:?}");
    let mut names: Vec<&str> = stacks.iter().map(|(names, _)| names[0].as_str()).collect();
    names.sort_unstable();
    let expected =
        ["<script>alert(1)</script> & \"'", "a:b", r"bad\xff", "größe \\u{202e}", "retry_2", r"x\x1b[31m\x07"];
    assert_eq!(names, expected);
}

/// As JSON is for programs, it has names as they are, and those that are no text as digits.
#[test]
fn names_are_whole_in_json() {
    let mut found: Vec<_> =
        nodes(hostile().run("tree -f json log")).into_iter().map(|node| node.path[0].clone()).collect();
    let mut expected = HOSTILE.map(<[u8]>::to_vec);
    found.sort();
    expected.sort();
    assert_eq!(found, expected);
    let ran = hostile().run("tree -f json log").quiet();
    assert!(ran.text().contains(r#"{"name":"bad\\xff","name_hex":"626164ff","#), "{}", ran.text());
    assert_eq!(ran.text().matches("name_hex").count(), 1);
}

#[test]
fn names_are_text_in_a_flame_graph() {
    let ran = hostile().run("tree -f svg log").quiet();
    assert!(!ran.text().contains("<script>alert"), "{}", ran.text());
    let titles: Vec<String> = frames(ran.text()).into_iter().map(|frame| frame.title).collect();
    for name in ["a:b", "<script>alert(1)</script> & \"'", r"bad\xff", r"x\x1b[31m\x07", "retry_2", "größe \\u{202e}"]
    {
        assert!(titles.contains(&format!("{name} (500,000 µs, 16.67%)")), "{name}: {titles:?}");
    }
    assert_eq!(titles.len(), HOSTILE.len() + 1);
}

/// XML has no place for two code points, whatever stands for them.
#[test]
fn a_flame_graph_of_any_names_is_xml() {
    let folder = Folder::new();
    folder.write("log", [stop("a\u{fffe}b", "1.0"), stop("a\u{ffff}b", "1.0")].concat());
    let ran = folder.run("tree -f svg log").quiet();
    assert!(!ran.text().contains(['\u{fffe}', '\u{ffff}']));
    let titles: Vec<String> = frames(ran.text()).into_iter().map(|frame| frame.title).collect();
    assert!(titles.iter().any(|title| title.starts_with(r"a\u{fffe}b ")), "{titles:?}");
}

#[test]
fn names_are_whole_for_speedscope() {
    let samples = speedscope(&hostile().run("tree -f speedscope log").quiet().stdout);
    let names: Vec<_> = samples.iter().map(|(names, _)| names[0].as_str()).collect();
    for name in ["a;b", "x\x1b[31m\x07", "retry 2", r"bad\xff"] {
        assert!(names.contains(&name), "{names:?}");
    }
}

#[test]
fn an_option_can_name_any_text() {
    let ran = hostile().run_with(&["tree", "-f", "json", "--focus", "a;b", "log"]);
    assert_eq!(nodes(ran).len(), 1);
}

/// What is far deeper than any program's stack is written all the same.
#[test]
fn a_tree_of_many_levels() {
    const LEVELS: usize = 1_500;
    let folder = folder_of(|t| {
        let mut open = vec![t.start("a")];
        for _ in 1..LEVELS {
            let above = open.last().unwrap().clone();
            open.push(t.within(&above, |t| t.start("a")));
        }
        t.wait(1);
        open.iter().rev().for_each(|span| t.stop(span));
    });
    let ran = folder.run("tree -m 0 log").quiet();
    assert_eq!(ran.text().lines().count(), 2 + LEVELS);
    let ran = folder.run("tree -f json log").quiet();
    assert_eq!(ran.text().matches("\"name\":\"a\"").count(), LEVELS);
    for format in ["folded", "svg", "speedscope"] {
        folder.run(&format!("tree -f {format} log")).quiet();
    }
    assert_eq!(folded(folder.run("tree -f folded log").quiet().text()), [(vec!["a".to_owned(); LEVELS], 1000)]);
}

// ---- Inputs ----

#[test]
fn a_summary_is_refused() {
    let folder = folder();
    folder.run("summarize log -o saved.trk").done();
    for arguments in ["saved.trk", "log saved.trk", "--focus query saved.trk", "--base-id x saved.trk"] {
        let ran = folder.run(&format!("tree {arguments}")).refused(2);
        let ran =
            ran.saying("tracerank: saved.trk: is a summary, in which spans are not told by time, base id or parent\n");
        ran.saying("hint: ask the log that it was made of: ").saying(" log\n");
    }
}

#[test]
fn standard_input_and_compressed_logs() {
    let log = corpus("odd-ids");
    let folder = Folder::new();
    folder.write("log", &log);
    folder.write("log.gz", gzip(&log));
    let expected = folder.run("tree -m 0 log").done();
    for ran in [folder.feed("tree -m 0", &log), folder.feed("tree -m 0 -", &gzip(&log)), folder.run("tree -m 0 log.gz")]
    {
        assert_eq!(ran.done().text(), expected.text());
    }
}

/// Each trace group is in both logs: starts in one, the stops of some spans in the other.
#[test]
fn rotated_logs_in_both_orders() {
    let logs = timeline(|t| {
        for _ in 0..3 {
            t.group(|t| {
                let request = t.start("request");
                t.within(&request, |t| {
                    let task = t.start("task");
                    t.within(&task, |t| t.span("query", |t| t.wait(3)));
                    t.wait(2);
                    t.input(1);
                    t.within(&task, |t| t.span("query", |t| t.wait(4)));
                    t.stop(&task);
                    t.wait(5);
                });
                t.stop(&request);
                t.input(0);
            });
        }
    });
    let folder = Folder::new();
    folder.write("log.1", &logs[0]);
    folder.write("log", &logs[1]);
    for format in FORMATS {
        let run = |logs: &str| folder.run(&format!("tree -f {format} {logs}")).quiet().stdout;
        assert_eq!(run("log.1 log"), run("log log.1"), "{format}");
    }
    let expected = ["request 3 42 15 14", "request;task 3 27 6 9", "request;task;query 6 21 21 4"];
    assert_nodes(folder.run("tree -f json log log.1"), &expected);
    folder.run("tree -v log.1 log").done().saying("tracerank: 3 trace groups in more than one input\n");
}

#[test]
fn genuine_logs_in_both_orders() {
    let folder = Folder::new();
    folder.write("1", corpus("odd-ids"));
    folder.write("2", corpus("long-span"));
    for format in FORMATS {
        let run = |logs: &str| folder.run(&format!("tree -f {format} {logs}")).done().stdout;
        assert!(run("1 2") == run("2 1"), "{format}");
    }
}

#[test]
fn a_log_without_a_record() {
    let folder = Folder::new();
    folder.write("text", "hello\n");
    folder.write("out", "old");
    for format in FORMATS {
        folder.run(&format!("tree -f {format} text")).refused(2).saying("tracerank: text: holds no record\nhint: ");
        folder.run(&format!("tree -f {format} text -o out")).refused(2);
        folder.feed(&format!("tree -f {format}"), b"").refused(2).saying("standard input: holds no record");
    }
    folder.run("tree --focus a text").refused(2).saying("tracerank: text: holds no record\n");
    assert_eq!(folder.read("out"), b"old");
}

/// They make places and count nothing.
#[test]
fn a_log_of_starts_only() {
    let folder = Folder::new();
    folder.write("log", [start("a"), start("b")].concat());
    let none = "      0.000    0.00%      0.000      0.000         0          -          -  ";
    let ran =
        folder.run("tree -v log").done().saying("tracerank: 2 spans have no stop (unfinished) and are not counted\n");
    assert_eq!(ran.text().lines().skip(2).collect::<Vec<_>>(), [format!("{none}a"), format!("{none}b")]);
    assert_nodes(folder.run("tree -f json log"), &["a 0 0 0 -", "b 0 0 0 -"]);
    assert_eq!(folder.run("tree -f folded log").done().saying_only(&unfinished(2, 2)).text(), "");
    assert_eq!(speedscope(&folder.run("tree -f speedscope log").done().saying_only(&unfinished(2, 2)).stdout), []);
    assert!(!frames(folder.run("tree -f svg log").done().saying_only(&unfinished(2, 2)).text()).is_empty());
}

// ---- Memory and threads ----

#[test]
fn a_trace_group_that_takes_too_much_memory_is_refused() {
    let folder = Folder::new();
    folder.write("log", long_spans(MANY_SPANS, 1));
    folder.run(&format!("tree --memory-limit {LEAST_MEMORY} log")).refused(2).saying_only(
        "tracerank: one trace group does not fit into the 16 MB memory limit\n\
        hint: allow more with --memory-limit\n",
    );
    let ran = folder.feed(&format!("tree --memory-limit {LEAST_MEMORY}"), &long_spans(MANY_SPANS, 1000)).refused(2);
    ran.saying_only(
        "tracerank: standard input: can't be read again, and the spans do not fit into the 16 MB memory limit\n\
        hint: give the log as a file, or allow more with --memory-limit\n",
    );
}

#[test]
fn a_limit_that_cannot_be_kept_is_refused() {
    let folder = Folder::new();
    folder.write("log", corpus("basic"));
    for (limit, shown) in [("1", "1 bytes"), ("15999999", "15 MB"), ("100K", "100 kB")] {
        folder.run(&format!("tree --memory-limit {limit} log")).refused(2).saying_only(&format!(
            "tracerank: {shown} of memory are too little to read a log with: 16 MB are enough\n\
            hint: allow more with --memory-limit\n"
        ));
    }
    folder.run(&format!("tree --memory-limit {LEAST_MEMORY} log")).quiet();
    // Where it would change nothing, too.
    folder.run("report --memory-limit 5 log").refused(2).saying("5 bytes of memory are too little");
    folder.run(&format!("report --memory-limit {LEAST_MEMORY} log")).quiet();
}

/// Each has a path of its own, and there is no other reading in which there would be fewer.
#[test]
fn more_names_than_there_is_memory_for_are_refused() {
    let folder = Folder::new();
    let name = |at: u32| stop(format!("{at}{}", "x".repeat(500)), "1.0");
    folder.write("log", (0..3000).flat_map(name).collect::<Vec<_>>());
    folder.run(&format!("tree --memory-limit {LEAST_MEMORY} log")).refused(2).saying_only(
        "tracerank: the names and paths of the call tree do not fit into the 16 MB memory limit\n\
        hint: allow more with --memory-limit\n",
    );
}

#[test]
fn too_little_memory_for_all_of_them_changes_nothing() {
    let folder = Folder::new();
    folder.write("log", [corpus("basic"), long_spans(MANY_SPANS, 1000)].concat());
    for format in ["text", "json"] {
        let expected = folder.run(&format!("tree -v -f {format} log")).done();
        assert!(!expected.stderr.contains(" times, since"), "{}", expected.stderr);
        let ran = folder.run(&format!("tree -v -f {format} --memory-limit {LEAST_MEMORY} log")).done();
        assert!(ran.stdout == expected.stdout, "{format}");
        ran.saying(" times, since the spans of all trace groups need more memory than the limit\n");
    }
}

#[test]
fn threads_change_nothing() {
    let folder = Folder::new();
    folder.write("1", corpus("killed"));
    folder.write("2", corpus("odd-ids"));
    for format in FORMATS {
        let run = |threads: u32| folder.run(&format!("tree -f {format} --threads {threads} 1 2")).done().stdout;
        let expected = run(1);
        assert!([2, 7].map(run).iter().all(|found| *found == expected), "{format}");
    }
}

// ---- Where it goes ----

#[test]
fn a_file_is_written_whole_or_not_at_all() {
    let folder = folder();
    folder.write("cut.gz", &gzip(&corpus("odd-ids"))[..5_000]);
    for format in FORMATS {
        folder.run(&format!("tree -f {format} log -o out")).done().saying_only(&unfinished(1, 7));
        assert_eq!(
            folder.read("out"),
            folder.run(&format!("tree -f {format} log")).done().saying_only(&unfinished(1, 7)).stdout,
            "{format}"
        );
        fs::write(folder.path("out"), "old").unwrap();
        for arguments in ["cut.gz", "log nosuch", "--focus nobody log", "--memory-limit 1 log"] {
            folder.run(&format!("tree -f {format} {arguments} -o out")).refused(2);
            assert_eq!(folder.read("out"), b"old", "{format} {arguments}");
        }
    }
    folder.run("tree log -o log").refused(2).saying("is an input, too");
    assert_eq!(folder.names(), ["cut.gz", "log", "out"]);
}

#[test]
fn a_closed_pipe_ends_it_quietly() {
    let folder = Folder::new();
    folder.write("log", corpus("basic"));
    for format in FORMATS {
        let script = format!("{{ tracerank tree -f {format} log; echo $? >code; }} | head -c 10 >head; cat code");
        assert_eq!(folder.shell(&script).quiet().text(), "0\n", "{format}");
    }
}

// ---- Invariants ----

/// A span, and what it calls one after the other; all of them wait in between.
#[derive(Debug, Clone)]
struct Nested {
    name: usize,
    ms: i64,
    calls: Vec<Nested>,
}

fn nested() -> impl Strategy<Value = Vec<Nested>> {
    let leaf = (0..4_usize, 0..20_i64).prop_map(|(name, ms)| Nested { name, ms, calls: Vec::new() });
    let span = leaf.prop_recursive(6, 40, 4, |inner| {
        let calls = prop::collection::vec(inner, 0..4);
        (0..4_usize, 0..20_i64, calls).prop_map(|(name, ms, calls)| Nested { name, ms, calls })
    });
    prop::collection::vec(span, 1..5)
}

fn write_nested(t: &mut Timeline, span: &Nested) {
    t.span(["a", "b", "c", "d"][span.name], |t| {
        for call in &span.calls {
            t.wait(span.ms);
            write_nested(t, call);
        }
        t.wait(span.ms);
    });
}

/// Names with count, total and self.
type Rows = Vec<(Vec<u8>, [i128; 3])>;

/// The tree of a log, and the flat report's figures.
fn tree_and_rows(log: &[u8]) -> (Vec<Node>, Rows) {
    let folder = Folder::new();
    folder.write("log", log);
    let report = json(&folder.run("report -f json -c name,count,total,self log").done().stdout);
    let figures = report.rows.into_iter().map(|row| {
        let figures = ["count", "total_ns", "self_ns"].map(|field| row.integer(field));
        (row.name, figures)
    });
    (nodes(folder.run("tree -f json log")), figures.collect())
}

fn assert_adds_up(nodes: &[Node], rows: &[(Vec<u8>, [i128; 3])]) {
    for (name, expected) in rows {
        let mut found = [0; 3];
        for node in nodes.iter().filter(|node| node.path.last() == Some(name)) {
            found = [found[0] + i128::from(node.count), found[1] + node.total_ns, found[2] + node.self_ns];
        }
        assert_eq!(found, *expected, "{}", String::from_utf8_lossy(name));
    }
    let counts: i128 = rows.iter().map(|(_, [count, ..])| count).sum();
    assert_eq!(nodes.iter().map(|node| i128::from(node.count)).sum::<i128>(), counts);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, ..ProptestConfig::default() })]

    /// All of a root's time is somebody's own.
    #[test]
    fn self_times_of_nested_spans_add_up_to_their_roots(spans in nested()) {
        let log = timeline(|t| spans.iter().for_each(|span| t.group(|t| write_nested(t, span)))).remove(0);
        let (nodes, rows) = tree_and_rows(&log);
        assert_adds_up(&nodes, &rows);
        for node in &nodes {
            assert!((0..=node.total_ns).contains(&node.self_ns), "{node:?}");
            let below = |other: &&Node| other.path.starts_with(&node.path);
            assert_eq!(nodes.iter().filter(below).map(|node| node.self_ns).sum::<i128>(), node.total_ns, "{node:?}");
        }
    }

    #[test]
    fn trees_of_odd_logs_add_up_to_the_report(log in odd_records().prop_filter("no record", |log| !log.is_empty())) {
        let (nodes, rows) = tree_and_rows(&log);
        assert_adds_up(&nodes, &rows);
        assert_eq!(nodes, tree(&read(&[&log])));
    }
}
