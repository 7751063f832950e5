//! Columns of the report for which spans are put into trees: self, self%, total-outer, percent.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use proptest::prelude::*;
use tracerank_testing::naive::spans::{Figures, Forest, Span, figures_of, read, roots_total_ns_of};
use tracerank_testing::odd::odd_records;
use tracerank_testing::timeline::timeline;

use crate::common::parsed::{csv, json, markdown};
use crate::common::{Folder, corpus};

const COLUMNS: &str = "self,self%,total-outer,percent,name";
const OF_TREE: [&str; 4] = ["self", "self%", "total-outer", "percent"];

/// What a row has to hold.
#[derive(Debug, Clone, PartialEq)]
struct Expected {
    name: String,
    self_ns: i128,
    self_percent: f64,
    total_outer_ns: i128,
    percent: f64,
    total_ns: i128,
}

/// The rows of a log by the naive engine, the largest total first.
fn expected(log: &[u8]) -> Vec<Expected> {
    expected_of(&read(&[log]), |_| true)
}

/// Those of the spans that are kept, which stay parents and children of all others.
fn expected_of(forest: &Forest, keeps: impl Fn(&Span) -> bool) -> Vec<Expected> {
    let figures = figures_of(forest, &keeps);
    let (roots_ns, self_ns) = (roots_total_ns_of(forest, &keeps), figures.iter().map(|row| row.self_ns).sum());
    let row = |row: &Figures| Expected {
        name: String::from_utf8(row.name.clone()).unwrap(),
        self_ns: row.self_ns,
        self_percent: percent(row.self_ns, self_ns),
        total_outer_ns: row.total_outer_ns,
        percent: percent(row.total_ns, roots_ns),
        total_ns: row.total_ns,
    };
    let mut rows: Vec<Expected> = figures.iter().map(row).collect();
    rows.sort_by_key(|row| Reverse(row.total_ns));
    rows
}

fn percent(part: i128, whole: i128) -> f64 {
    if whole == 0 { 0.0 } else { 100.0 * part as f64 / whole as f64 }
}

/// The cells that a table for people has.
fn cells(row: &Expected) -> Vec<String> {
    let seconds = |ns: i128| format!("{:.3}", ns as f64 / 1e9);
    let percent = |percent: f64| format!("{percent:.2}");
    let Expected { self_ns, self_percent, total_outer_ns, percent: share, .. } = *row;
    vec![seconds(self_ns), percent(self_percent), seconds(total_outer_ns), percent(share), row.name.clone()]
}

fn sorted(mut rows: Vec<Vec<String>>) -> Vec<Vec<String>> {
    rows.sort();
    rows
}

// ---- The right figures ----

fn report_agrees_with_the_naive_engine(log: &str) {
    let bytes = corpus(log);
    let folder = Folder::new();
    folder.write("log", &bytes);
    let expected = expected(&bytes);
    let run = |format: &str| folder.run(&format!("report -f {format} -c {COLUMNS} log")).done();

    let wanted = sorted(expected.iter().map(cells).collect());
    let (header, rows) = markdown(run("markdown").text());
    assert_eq!(header, ["self (s)", "self (%)", "total-outer (s)", "percent (%)", "name"]);
    assert_eq!(sorted(rows), wanted);
    let text = run("text");
    let rows = text.text().lines().skip(1).map(|line| line.split_whitespace().map(str::to_owned).collect());
    assert_eq!(sorted(rows.collect()), wanted);

    let expected: BTreeMap<_, _> = expected.iter().map(|row| (row.name.as_bytes(), row)).collect();
    for rows in [json(&run("json").stdout).rows, csv(&run("csv").stdout)] {
        assert_eq!(rows.len(), expected.len());
        for row in rows {
            let Expected { self_ns, self_percent, total_outer_ns, percent, .. } = *expected[row.name.as_slice()];
            assert_eq!((row.integer("self_ns"), row.integer("total_outer_ns")), (self_ns, total_outer_ns));
            assert!((row.float("self_percent") - self_percent).abs() < 1e-9, "{row:?}");
            assert!((row.float("percent") - percent).abs() < 1e-9, "{row:?}");
            assert_eq!(row.numbers.len(), 4);
        }
    }
}

#[test]
fn basic_in_all_formats() {
    report_agrees_with_the_naive_engine("basic");
}

#[test]
fn killed_in_all_formats() {
    report_agrees_with_the_naive_engine("killed");
}

/// ```text
/// a===========
///  a======
///   b==
/// ```
#[test]
fn a_name_within_itself() {
    let folder = Folder::new();
    folder.write(
        "log",
        &timeline(|t| {
            t.span("a", |t| {
                t.wait(1);
                t.span("a", |t| {
                    t.wait(1);
                    t.span("b", |t| t.wait(3));
                    t.wait(3);
                });
                t.wait(4);
            });
        })[0],
    );
    let ran = folder.run(&format!("report -c count,total,{COLUMNS} log")).quiet();
    let expected = "\
count  total (s)  self (s)  self (%)  total-outer (s)  percent (%)  name
    2      0.019     0.009     75.00            0.012       158.33  a
    1      0.003     0.003     25.00            0.003        25.00  b
";
    let spaced =
        |text: &str| text.lines().map(|line| line.split_whitespace().collect::<Vec<_>>().join(" ")).collect::<Vec<_>>();
    assert_eq!(spaced(ran.text()), spaced(expected));
}

// ---- Order and rows ----

#[test]
fn each_of_them_sorts_both_ways() {
    let bytes = corpus("killed");
    let folder = Folder::new();
    folder.write("log", &bytes);
    let expected: BTreeMap<_, _> = expected(&bytes).into_iter().map(|row| (row.name.clone(), row)).collect();
    for column in OF_TREE {
        for (direction, is_downwards) in [("", true), (":desc", true), (":asc", false)] {
            let report = json(&folder.run(&format!("report -f json -c name -s {column}{direction} log")).done().stdout);
            let values: Vec<i128> = report
                .names()
                .into_iter()
                .map(|name| match column {
                    "total-outer" => expected[name].total_outer_ns,
                    "percent" => expected[name].total_ns,
                    _ => expected[name].self_ns,
                })
                .collect();
            assert_eq!(values.len(), expected.len());
            let is_sorted = values.is_sorted_by(|one, other| if is_downwards { one >= other } else { one <= other });
            assert!(is_sorted, "{column}{direction}: {values:?}");
        }
    }
}

/// Who is left out is still a child: filters of names take rows away, and change no other.
#[test]
fn filters_of_names_change_no_figure() {
    let folder = Folder::new();
    folder.write("log", corpus("basic"));
    let rows =
        |filter: &str| json(&folder.run(&format!("report -f json -c {COLUMNS} {filter} log")).done().stdout).rows;
    let all = rows("");
    let is_task = |name: &[u8]| name.starts_with(b"task-");
    let tasks: Vec<_> = all.iter().filter(|row| is_task(&row.name)).cloned().collect();
    let others: Vec<_> = all.iter().filter(|row| !is_task(&row.name)).cloned().collect();
    assert!(!tasks.is_empty() && !others.is_empty());
    assert_eq!(rows("--name ^task-"), tasks);
    assert_eq!(rows("--exclude ^task-"), others);
    assert_eq!(rows("-n 3"), all[..3]);
}

/// ```text
/// one group: a=====    another: a===
///             b==
/// ```
#[test]
fn the_figures_of_one_trace_group() {
    let mut base_id = String::new();
    let logs = timeline(|t| {
        t.span("a", |t| {
            t.wait(3);
            t.span("b", |t| t.wait(2));
        });
        t.group(|t| {
            base_id = t.handle("a").base_id;
            t.span("a", |t| t.wait(3));
        });
    });
    let folder = Folder::new();
    folder.write("log", &logs[0]);
    let ran = folder.run(&format!("report -f csv -c self,total-outer,percent,name --base-id {base_id} log")).quiet();
    assert_eq!(ran.text(), "self_ns,total_outer_ns,percent,name\n3000000,3000000,100,a\n");
}

/// The first millisecond of the timelines.
const NOON: &str = "2026-11-23T12:00:00Z";

fn assert_filtered_is(log: &[u8], [since, until]: [Option<i64>; 2], of_first_group: bool, name: Option<&str>) {
    let forest = read(&[log]);
    let noon: jiff::Timestamp = NOON.parse().unwrap();
    let year_zero: jiff::Timestamp = "0000-01-01T00:00:00Z".parse().unwrap();
    let time_ns = |ms: i64| noon.as_nanosecond() - year_zero.as_nanosecond() + i128::from(ms) * 1_000_000;
    let base_id = of_first_group.then(|| forest.spans.first().map(|span| span.group.clone())).flatten();
    let keeps = |span: &Span| {
        let stopped_ns = span.stop.unwrap().time_ns;
        base_id.as_ref().is_none_or(|base_id| span.group == *base_id)
            && since.is_none_or(|since| stopped_ns >= time_ns(since))
            && until.is_none_or(|until| stopped_ns < time_ns(until))
    };
    let expected = expected_of(&forest, keeps);
    let expected: Vec<_> = expected.iter().filter(|row| name.is_none_or(|name| row.name == name)).collect();

    let mut arguments = vec![format!("report -f json -c {COLUMNS} log")];
    let time = |ms: i64| noon.checked_add(jiff::SignedDuration::from_millis(ms)).unwrap();
    let option = |ms: i64| time(ms).strftime("%Y-%m-%dT%H:%M:%S.%6f").to_string();
    arguments.extend(since.map(|ms| format!("--since {}", option(ms))));
    arguments.extend(until.map(|ms| format!("--until {}", option(ms))));
    arguments.extend(base_id.iter().map(|id| format!("--base-id {}", String::from_utf8_lossy(id))));
    arguments.extend(name.map(|name| format!("--name {name}")));
    let folder = Folder::new();
    folder.write("log", log);
    let ran = folder.run(&arguments.join(" "));
    let rows = if ran.stdout.is_empty() { vec![] } else { json(&ran.stdout).rows };
    let rows: BTreeMap<_, _> = rows.iter().map(|row| (row.name.as_slice(), row)).collect();

    assert_eq!(rows.len(), expected.len(), "{arguments:?}");
    for Expected { name, self_ns, self_percent, total_outer_ns, percent, .. } in expected {
        let row = rows[name.as_bytes()];
        assert_eq!(
            (row.integer("self_ns"), row.integer("total_outer_ns")),
            (*self_ns, *total_outer_ns),
            "{arguments:?}"
        );
        assert!((row.float("self_percent") - self_percent).abs() < 1e-9, "{arguments:?} {row:?}");
        assert!((row.float("percent") - percent).abs() < 1e-9, "{arguments:?} {row:?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(100) })]

    /// Which spans count is one thing, whose children they are another.
    #[test]
    fn filters_of_spans_change_no_tree(
        log in odd_records(),
        times in prop::array::uniform2(prop::option::of(0..25_i64)),
        of_first_group: bool,
        name in prop::option::of(prop::sample::select(vec!["a", "b"])),
    ) {
        assert_filtered_is(&log, times, of_first_group, name);
    }
}

// ---- Where they are not ----

#[test]
fn json_and_csv_have_them_only_if_asked() {
    let folder = Folder::new();
    folder.write("log", corpus("odd-ids"));
    for row in [
        json(&folder.run("report -f json log").done().stdout).rows,
        csv(&folder.run("report -f csv log").done().stdout),
    ]
    .concat()
    {
        for field in ["self_ns", "self_percent", "total_outer_ns", "percent"] {
            assert!(!row.numbers.contains_key(field), "{row:?}");
        }
    }
}

/// A summary has no parents in it: neither a column nor an order can come of it, and not by halves either.
#[test]
fn a_summary_is_refused() {
    let folder = Folder::new();
    folder.write("basic.log", corpus("basic"));
    folder.write("killed.log", corpus("killed"));
    folder.run("summarize basic.log -o basic.trk").done();
    for column in OF_TREE {
        for arguments in [format!("-c {column} basic.trk"), format!("-s {column} basic.trk killed.log")] {
            let ran = folder.run(&format!("report {arguments}")).refused(2);
            let ran = ran
                .saying("tracerank: basic.trk: is a summary, in which spans are not told by time, base id or parent\n");
            ran.saying("hint: ask the log that it was made of: ").saying("basic.log\n");
        }
    }
    folder.run("report -c total,count,name basic.trk").done();
}
