//! `tracerank slowest --by base_id`, which lists whole requests, and `--unfinished`, which lists spans without a stop.

use std::collections::BTreeMap;

use tracerank_testing::naive::spans::{Forest, Kind, Span, read};
use tracerank_testing::timeline::{Timeline, timeline};

use crate::common::{Folder, LEAST_MEMORY, MANY_SPANS, Ran, corpus, files_ending_in, long_spans};

/// ```text
/// ms   0    5    10   15   20   25   30   35
///      request───
///            call (asynchronous)────────────
///                          waits …
///      (other) request────────
///                    open …
/// ```
fn draw(t: &mut Timeline) {
    t.group(|t| {
        let request = t.start("request");
        let other = t.group(|t| t.start("request"));
        t.wait(8);
        t.stop(&request);
        t.within(&request, |t| {
            let call = t.start("call");
            t.wait(7);
            t.within(&other, |t| t.start("open"));
            t.wait(5);
            t.stop(&other);
            t.within(&call, |t| t.start("waits"));
            t.wait(10);
            t.stop(&call);
        });
    });
}

fn folder() -> Folder {
    let folder = Folder::new();
    folder.write("log", &timeline(draw)[0]);
    folder
}

/// The rows of a list in CSV, each by the names of its columns.
fn rows(ran: &Ran) -> Vec<BTreeMap<String, String>> {
    let mut reader = csv::Reader::from_reader(ran.text().as_bytes());
    reader.deserialize().map(|row| row.unwrap()).collect()
}

fn cells(ran: &Ran, columns: &[&str]) -> Vec<String> {
    rows(ran)
        .iter()
        .map(|row| columns.iter().map(|column| row[*column].as_str()).collect::<Vec<_>>().join(" "))
        .collect()
}

// ---- Whole requests ----

#[test]
fn a_request_lasts_from_its_first_span_to_its_last_stop() {
    let folder = folder();
    let columns = ["timestamp", "duration_ns", "self_ns", "spans", "name"];
    let list = |options: &str| cells(&folder.run(&format!("slowest -q -f csv {options} log")).done(), &columns);
    let [slow, other] = [
        "2026-11-23T12:00:00.000000 30000000 30000000 2 request",
        "2026-11-23T12:00:00.000000 20000000 20000000 1 request",
    ];
    assert_eq!(list("--by base_id"), [slow, other]);
    assert_eq!(list("--by base_id -n 1"), [slow]);
    assert_eq!(list("--by base_id -s duration:asc"), [other, slow]);
    assert_eq!(list("--by base_id -s below -n 1"), [slow]);
    // The slowest root span is that of the other request.
    let roots = folder.run("slowest -q -f csv log").done();
    assert_eq!(cells(&roots, &["duration_ns"]), ["20000000", "8000000"]);
    // Filters say which spans count.
    assert_eq!(list("--by base_id --name ^call$"), ["2026-11-23T12:00:00.008000 22000000 22000000 1 call"]);
    assert_eq!(list("--by base_id --min-duration 21ms"), ["2026-11-23T12:00:00.008000 22000000 22000000 1 call"]);
    let text = folder.run("slowest -q --by base_id log").done();
    let header = "timestamp                   duration (ms)  self (ms)  spans  base_id";
    assert!(text.text().starts_with(header), "{}", text.text());
    folder.run("slowest --by name log").refused(2).saying("base_id");
}

/// Wall time, self time and number of spans of each trace group.
fn naive_groups(forest: &Forest) -> BTreeMap<String, [i128; 3]> {
    let mut groups: BTreeMap<&[u8], Vec<&Span>> = BTreeMap::new();
    forest.spans.iter().for_each(|span| groups.entry(&span.group).or_default().push(span));
    let began = |span: &Span| match span.duration_ns {
        Some(duration_ns @ 0..) => span.stop.unwrap().time_ns - i128::from(duration_ns),
        _ => span.first.time_ns,
    };
    let figures = |spans: &[&Span]| {
        let stopped = spans.iter().filter_map(|span| span.stop).map(|stop| stop.time_ns).max()?;
        let began = spans.iter().map(|span| began(span)).min()?;
        let self_ns = spans.iter().filter_map(|span| span.self_ns).map(i128::from).sum();
        let count = spans.iter().filter(|span| span.kind != Kind::Unfinished).count() as i128;
        Some([stopped - began, self_ns, count])
    };
    // As a list shows it.
    let shown = |group: &[u8]| String::from_utf8_lossy(group).replace('\t', "\\x09");
    groups.iter().filter_map(|(group, spans)| Some((shown(group), figures(spans)?))).collect()
}

#[test]
fn requests_of_genuine_logs_are_those_of_the_naive_engine() {
    for name in files_ending_in(".log", "corpus") {
        let folder = Folder::new();
        let bytes = corpus(name.trim_end_matches(".log"));
        folder.write("log", &bytes);
        let listed = rows(&folder.run("slowest -q --by base_id -f csv -n 100000 log").done());
        let figures = |row: &BTreeMap<String, String>| {
            ["duration_ns", "self_ns", "spans"].map(|column| row[column].parse::<i128>().unwrap())
        };
        assert!(listed.is_sorted_by_key(|row| -figures(row)[0]), "{name}");
        let found = listed.iter().map(|row| (row["base_id"].clone(), figures(row)));
        assert_eq!(found.collect::<BTreeMap<_, _>>(), naive_groups(&read(&[&bytes])), "{name}");
    }
}

// ---- Spans without a stop ----

#[test]
fn spans_without_a_stop_are_listed_with_their_place() {
    let folder = folder();
    let columns = ["timestamp", "name", "place"];
    let list = |options: &str| cells(&folder.run(&format!("slowest -q -f csv {options}")).done(), &columns);
    let [open, waits] = ["2026-11-23T12:00:00.015000 open log:5", "2026-11-23T12:00:00.020000 waits log:7"];
    assert_eq!(list("--unfinished log"), [open, waits]);
    assert_eq!(list("--unfinished log -n 1"), [open]);
    assert_eq!(list("--unfinished log --name ^w"), [waits]);
    assert_eq!(list("--unfinished log --exclude ^w"), [open]);
    let json = folder.run("slowest -q --unfinished -f json log").done();
    assert!(json.text().contains("\"place\":\"log:5\",\"name\":\"open\""), "{}", json.text());
    let text = folder.run("slowest -q --unfinished log").done();
    assert!(
        text.text()
            .lines()
            .next()
            .unwrap()
            .split_whitespace()
            .eq("timestamp base_id trace_id input:line name".split(' '))
    );
    let markdown = folder.run("slowest -q --unfinished -f markdown log").done();
    assert!(markdown.text().contains("| log:7 | waits |"), "{}", markdown.text());
    for option in ["--by base_id", "--sort self", "--since 2026-01-01", "--until 2026-01-01", "--min-duration 1s"] {
        folder.run(&format!("slowest --unfinished {option} log")).refused(2).saying("cannot be used with");
    }
}

#[test]
fn that_no_span_is_unfinished_is_good_news() {
    let folder = Folder::new();
    folder.write("log", &timeline(|t| t.span("a", |t| t.wait(1)))[0]);
    let ran = folder.run("slowest --unfinished --strict log").quiet();
    assert_eq!(ran.text().lines().count(), 1);
    folder.run("slowest --unfinished --base-id nobody log").done().saying("no span is left");
}

/// The start of each is in its line, whatever way the log is read.
#[test]
fn unfinished_spans_of_genuine_logs_are_those_of_the_naive_engine() {
    for name in files_ending_in(".log", "corpus") {
        let folder = Folder::new();
        let bytes = corpus(name.trim_end_matches(".log"));
        folder.write("log", &bytes);
        folder.write("log.gz", crate::common::ways::gzip(&bytes));
        let lines: Vec<&[u8]> = bytes.split(|byte| *byte == b'\n').collect();
        let forest = read(&[&bytes]);
        let unfinished = forest.spans.iter().filter(|span| span.kind == Kind::Unfinished);
        let mut expected: Vec<String> =
            unfinished.map(|span| String::from_utf8_lossy(&span.trace_id).into_owned()).collect();
        expected.sort();
        let options = "slowest -q --unfinished -f csv -n 100000";
        let piped = folder.feed(&format!("{options} -"), &bytes).done();
        for ran in [
            folder.run(&format!("{options} log")).done(),
            folder.run(&format!("{options} log.gz")).done(),
            folder.run(&format!("{options} --no-mmap --threads 3 log")).done(),
            piped,
        ] {
            let listed = rows(&ran);
            assert!(listed.is_sorted_by_key(|row| row["timestamp"].clone()), "{name}");
            for row in &listed {
                let (_, line) = row["place"].rsplit_once(':').unwrap();
                let line = lines[line.parse::<usize>().unwrap() - 1];
                let has = |what: &str| memchr::memmem::find(line, what.as_bytes()).is_some();
                assert!(
                    has(&row["trace_id"]) && has(&format!("{}-start", row["name"])) && has(&row["base_id"]),
                    "{row:?}"
                );
            }
            let mut found: Vec<String> = listed.into_iter().map(|mut row| row.remove("trace_id").unwrap()).collect();
            found.sort();
            assert_eq!(found, expected, "{name}");
        }
    }
}

#[test]
fn lists_of_logs_out_of_order_and_with_little_memory_are_the_same() {
    let folder = Folder::new();
    let log = corpus("killed");
    folder.write("log", &log);
    folder.write("reversed", log.split_inclusive(|byte| *byte == b'\n').rev().flatten().copied().collect::<Vec<_>>());
    folder.write("large", [log, long_spans(MANY_SPANS, 1000)].concat());
    let columns = ["timestamp", "trace_id", "name"];
    let list = |options: &str| folder.run(&format!("slowest -q --unfinished -f csv -n 1000 {options}")).done();
    let expected = list("log");
    assert!(rows(&expected).len() > 9);
    let mut reversed = cells(&list("reversed"), &columns);
    let mut in_order = cells(&expected, &columns);
    reversed.sort();
    in_order.sort();
    assert_eq!(reversed, in_order);
    let limited = list(&format!("--memory-limit {LEAST_MEMORY} large"));
    assert_eq!(limited.text().replace("large:", "log:"), expected.text());
    let by = |options: &str| folder.run(&format!("slowest -q --by base_id -f csv -n 50 {options} large")).done();
    assert_eq!(by(&format!("--memory-limit {LEAST_MEMORY}")).text(), by("").text());
}
