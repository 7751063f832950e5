//! The shares of `tracerank tree`: of self time, below asynchronous calls too, and the same in every format.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::time::{Duration, Instant};

use tracerank_testing::naive::spans::Node;
use tracerank_testing::timeline::timeline;

use crate::common::parsed::json;
use crate::common::trees::{JsonTree, folded, frames, json_tree, speedscope};
use crate::common::{Folder, Ran, corpus};

fn basic() -> Folder {
    let folder = Folder::new();
    folder.write("log", corpus("basic"));
    folder
}

fn tree(folder: &Folder, options: &str) -> JsonTree {
    json_tree(&folder.run(&format!("tree -f json {options} log")).done().stdout)
}

fn names(node: &Node) -> Vec<String> {
    node.path.iter().map(|name| String::from_utf8(name.clone()).unwrap()).collect()
}

/// Sums up stacks as a flame graph does: the time of each path and of all below it.
fn widths(stacks: impl IntoIterator<Item = (Vec<String>, i128)>) -> BTreeMap<Vec<String>, i128> {
    let mut widths = BTreeMap::new();
    for (names, own) in stacks {
        for depth in 0..=names.len() {
            *widths.entry(names[..depth].to_vec()).or_default() += own;
        }
    }
    widths
}

/// The shares and names of the lines for single paths.
fn lines(ran: &Ran) -> Vec<(String, String)> {
    let lines = ran.text().lines().skip(2).filter(|line| !line.contains('…'));
    let of_line = |line: &str| {
        let name = line[76..].trim_start_matches(|c: char| " │├└─".contains(c));
        let name = name.split("  async").next().unwrap_or_default();
        (line[11..20].trim().to_owned(), name.to_owned())
    };
    lines.map(of_line).collect()
}

// ---- One share in all formats ----

#[test]
fn every_format_tells_the_same_shares() {
    let folder = basic();
    for part in ["", "--focus engine-on-action-complete", "--callers engine-on-action-complete", "--depth 4"] {
        let run = |format: &str| folder.run(&format!("tree -f {format} -m 0 {part} log")).done();
        let json = tree(&folder, part);
        let percent = |ns: i128| 100.0 * ns as f64 / json.subtree_total_ns as f64;
        let expected: Vec<_> = json
            .nodes
            .iter()
            .map(|node| (format!("{:.2}%", percent(node.subtree_ns)), names(node).pop().unwrap()))
            .collect();
        assert_eq!(lines(&run("text")), expected, "{part}");

        let exact = widths(speedscope(&run("speedscope").stdout));
        let stacks = folded(run("folded").text()).into_iter();
        let rounded = widths(stacks.map(|(names, us)| (names, i128::from(us) * 1000)));
        assert_eq!(exact[&vec![]], json.subtree_total_ns, "{part}");
        for node in &json.nodes {
            let of = |widths: &BTreeMap<_, i128>| widths.get(&names(node)).copied().unwrap_or(0);
            assert_eq!(of(&exact), node.subtree_ns, "{part} {node:?}");
            assert!((of(&rounded) - node.subtree_ns).abs() <= 1000, "{part} {node:?}");
        }

        let svg = run("svg");
        let titles: Vec<String> = frames(svg.text()).into_iter().map(|frame| frame.title).collect();
        for node in json.nodes.iter().filter(|node| percent(node.subtree_ns) > 1.0) {
            let (name, share) = (names(node).pop().unwrap(), percent(node.subtree_ns));
            let is_its = |title: &String| {
                title.starts_with(&format!("{name} ("))
                    && title.rsplit_once(", ").is_some_and(|(_, percent)| {
                        percent.trim_end_matches("%)").parse::<f64>().is_ok_and(|found| (found - share).abs() < 0.006)
                    })
            };
            assert!(titles.iter().any(is_its), "{part} {name} {share}");
        }
    }
}

#[test]
fn every_format_says_what_shares_are_of() {
    let folder = basic();
    for (part, whole) in [
        ("", "all self time"),
        ("--focus task-run", "the self time of task-run and all below it"),
        ("--callers task-run", "the self time of task-run and all below it"),
    ] {
        let run = |format: &str| folder.run(&format!("tree -f {format} {part} log")).done();
        assert!(run("text").text().starts_with(&format!("100% is {whole}: ")), "{part}");
        assert_eq!(tree(&folder, part).percent_of, whole);
        assert!(run("svg").text().contains(&format!("shares are of {whole}<")), "{part}");
        assert!(run("speedscope").text().contains(&format!("\"name\":\"{whole}\"")), "{part}");
    }
    let ran = folder.run("tree --focus task-run log").done();
    assert!(ran.text().lines().next().unwrap().ends_with(": 1.997 s, which is 4.21% of all self time"));
}

#[test]
fn the_report_has_the_same_base() {
    let folder = basic();
    let tree = tree(&folder, "");
    let report = json(&folder.run("report -f json -c name,self,self% log").done().stdout);
    assert_eq!(report.rows.iter().map(|row| row.integer("self_ns")).sum::<i128>(), tree.self_total_ns);
    let table = folder.run("report -c self%,name -s self% log").done();
    let largest = table.text().lines().nth(2).unwrap().split_whitespace().collect::<Vec<_>>();
    let of_name = tree.nodes.iter().filter(|node| node.path.last().unwrap() == largest[1].as_bytes());
    let self_ns: i128 = of_name.map(|node| node.self_ns).sum();
    assert_eq!(largest[0], format!("{:.2}", 100.0 * self_ns as f64 / tree.self_total_ns as f64));
}

// ---- Asynchronous calls ----

/// What is below them is 70 % of this log, and no part of the duration of any root span.
#[test]
fn asynchronous_calls_are_not_left_out_for_the_small_total_above_them() {
    let ran = basic().run("tree -m 3 log").done();
    let lines: Vec<&str> = ran.text().lines().collect();
    assert!(lines[2].contains(" 70.87% ") && lines[2].ends_with("  executor-client-run-action"), "{}", ran.text());
    let call = "└─ default-executor-run-action  async 89 of 96";
    assert!(lines[3].contains(" 70.30% ") && lines[3].ends_with(call), "{}", ran.text());
    let of_line = |line: &&&str| line[12..19].trim().parse::<f64>().unwrap();
    let summed: Vec<f64> = lines[2..].iter().filter(|line| line.contains('…')).map(|line| of_line(&line)).collect();
    assert!(summed.iter().all(|percent| *percent < 6.0), "{}", ran.text());
}

/// ```text
/// a=
///    b========
/// c===
///     d=  (twice, once while c is open)
/// ```
fn called() -> Folder {
    let folder = Folder::new();
    let log = timeline(|t| {
        let a = t.start("a");
        t.wait(1);
        t.stop(&a);
        t.within(&a, |t| t.span("b", |t| t.wait(8)));
        let c = t.start("c");
        t.wait(2);
        t.within(&c, |t| t.span("d", |t| t.wait(1)));
        t.stop(&c);
        t.within(&c, |t| t.span("d", |t| t.wait(2)));
    });
    folder.write("log", &log[0]);
    folder
}

#[test]
fn asynchronous_calls_are_marked() {
    let found: Vec<_> =
        tree(&called(), "").nodes.iter().map(|node| (names(node).join(";"), node.count, node.asynchronous)).collect();
    let of = |path: &str, count, asynchronous| (path.to_owned(), count, asynchronous);
    assert_eq!(found, [of("a", 1, 0), of("a;b", 1, 1), of("c", 1, 0), of("c;d", 2, 1)]);
    let ends = |options: &str| {
        let ran = called().run(&format!("tree {options} log")).quiet();
        ran.text().lines().skip(2).map(|line| line[76..].to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(ends(""), ["a", "└─ b  async", "c", "└─ d  async 1 of 2"]);
    // The edge is between the two, whichever is above.
    assert_eq!(ends("--callers d"), ["d", "└─ c  async 1 of 2"]);
    assert_eq!(ends("--focus d"), ["d"]);
}

// ---- What is left out ----

/// By their totals, `a` would be 25 % of the roots' and `c` the rest.
#[test]
fn paths_are_left_out_and_sorted_by_their_subtree() {
    let nodes =
        |options: &str| tree(&called(), options).nodes.iter().map(|node| names(node).join(";")).collect::<Vec<_>>();
    assert_eq!(nodes("-m 0"), ["a", "a;b", "c", "c;d"]);
    // Of 14 ms, a has 9, b 8, c 5 and d 3.
    assert_eq!(nodes("-m 30"), ["a", "a;b", "c"]);
    assert_eq!(nodes("-m 50"), ["a", "a;b"]);
    assert_eq!(nodes("-m 60"), ["a"]);
}

#[test]
fn json_says_what_it_leaves_out() {
    let all = |path: &[&str]| path.iter().map(|name| name.as_bytes().to_vec()).collect::<Vec<_>>();
    let ms = 1_000_000;
    assert_eq!(tree(&called(), "").omitted, []);
    assert_eq!(tree(&called(), "-m 30").omitted, [(all(&["c"]), 1, 3 * ms)]);
    assert_eq!(tree(&called(), "-m 60").omitted, [(all(&[]), 2, 5 * ms), (all(&["a"]), 1, 8 * ms)]);
    assert_eq!(tree(&called(), "-d 1").omitted, [(all(&["a"]), 1, 8 * ms), (all(&["c"]), 1, 3 * ms)]);
}

#[test]
fn nodes_and_what_is_left_out_add_up() {
    let folder = basic();
    let whole = tree(&folder, "");
    for options in ["-d 1", "-d 3", "-m 5", "-m 100", "-d 2 -m 1"] {
        let json = tree(&folder, options);
        let omitted: u64 = json.omitted.iter().map(|(_, nodes, _)| nodes).sum();
        assert_eq!(json.nodes.len() as u64 + omitted, whole.nodes.len() as u64, "{options}");
        let omitted_ns: i128 = json.omitted.iter().map(|(.., ns)| ns).sum();
        let shown_ns: i128 = json.nodes.iter().map(|node| node.self_ns).sum();
        assert_eq!(shown_ns + omitted_ns, whole.self_total_ns, "{options}");
    }
}

// ---- Deep trees ----

/// Spans each within the one before it, of which each has a microsecond of its own.
fn chain(spans: u32, name: impl Fn(u32) -> String) -> Folder {
    let base = "4e648e13-f0c0-4862-a183-bc631e572f30";
    let uuid = |number: u32| format!("f12e75d5-5d59-4cbc-b74d-{number:012x}");
    let mut log = String::new();
    for at in (0..spans).rev() {
        let parent = if at == 0 { base.to_owned() } else { uuid(at - 1) };
        let (us, id, name) = (spans - at, uuid(at), name(at));
        writeln!(log, "2026-11-23T06:18:09.805785 0.{us:06} {base} {parent} {id} {name}-stop").unwrap();
    }
    let folder = Folder::new();
    folder.write("log", log);
    folder
}

/// The time and the size are those of so many lines, and not of the square of them.
#[test]
fn deep_trees_are_written_as_fast_as_flat_ones() {
    const SPANS: u32 = 40_000;
    let folder = chain(SPANS, |_| "a".to_owned());
    for format in ["text", "json", "folded", "svg", "speedscope"] {
        let begin = Instant::now();
        let ran = folder.run(&format!("tree -f {format} -m 0 log")).quiet();
        assert!(begin.elapsed() < Duration::from_secs(20), "{format}: {:?}", begin.elapsed());
        assert!(ran.stdout.len() < 20_000_000, "{format}: {} bytes", ran.stdout.len());
    }
    let stacks = folded(folder.run("tree -f folded log").quiet().text());
    let (deepest, us) = stacks.last().unwrap();
    assert_eq!((deepest.last().unwrap().as_str(), *us), ("(38000 deeper paths)", 38_000));
    assert_eq!(stacks.iter().map(|(_, us)| us).sum::<u64>(), u64::from(SPANS));
    let ran = folder.run("tree --callers a log").done();
    ran.saying(
        "tracerank: warning: 39750 spans have more callers above them than can be shown: only the next ones are\n",
    );
}

#[test]
fn deep_lines_tell_their_level_in_a_number() {
    let ran = chain(20_000, |at| format!("name-{at}")).run("tree -m 0 --memory-limit 64M log").quiet();
    let lines: Vec<&str> = ran.text().lines().skip(2).collect();
    assert_eq!(lines.len(), 20_000);
    assert!(lines[63].ends_with("   └─ name-63"), "{}", lines[63]);
    assert!(lines[64].ends_with("   └─ (level 65) name-64"), "{}", lines[64]);
    assert!(lines[19_999].ends_with("└─ (level 20000) name-19999"), "{}", lines[19_999]);
    assert!(lines.iter().all(|line| line.chars().count() < 330));
}
