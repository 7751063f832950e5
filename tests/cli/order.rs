//! Logs that are not in the order of time, and hosts whose clocks differ.

use std::fs;

use tracerank_testing::timeline::timeline;

use crate::common::{Folder, LEAST_MEMORY, corpus, files_ending_in, testdata};

const NEWEST_FIRST: &str = "tracerank: warning: newest-first.log: not in order, 17 of 18 records (94 %) are earlier \
                            than the one before them; taken in the order of their timestamps\n";

/// The commands whose answers depend on the order of records, but for the inputs.
const COMMANDS: [&str; 7] = [
    "report --columns self,total,count,name",
    "tree",
    "tree -f folded",
    "slowest",
    "slowest --name handler --sort self",
    "show 6513270e-269e-4d37-b2a7-4de452e6b438",
    "show 36f675cc -f json",
];

fn cases() -> Folder {
    let folder = Folder::new();
    for name in ["newest-first.log", "plain.log", "clock-host-a.log", "clock-host-b-behind.log"] {
        folder.write(name, fs::read(testdata(&format!("cases/{name}"))).unwrap());
    }
    folder
}

fn reversed(log: &[u8]) -> Vec<u8> {
    log.split_inclusive(|byte| *byte == b'\n').rev().flatten().copied().collect()
}

#[test]
fn a_log_of_newest_first_answers_as_the_log_in_order() {
    let folder = cases();
    for command in COMMANDS {
        let expected = folder.run(&format!("{command} plain.log")).quiet();
        let ran = folder.run(&format!("{command} newest-first.log")).done().saying_only(NEWEST_FIRST);
        assert_eq!(ran.text(), expected.text(), "{command}");
        folder.run(&format!("{command} newest-first.log -q")).quiet();
        let ran = folder.run(&format!("{command} newest-first.log --strict"));
        assert_eq!((ran.code, ran.stderr.as_str()), (Some(1), NEWEST_FIRST), "{command}");
    }
    let tree = folder.run("tree newest-first.log -q").quiet();
    let row = tree.text().lines().find(|line| line.ends_with("engine-start-workflow")).unwrap();
    assert_eq!(row.split_whitespace().nth(2), Some("0.002"), "{row}");
}

/// Sums are the same in any order.
#[test]
fn the_usual_report_says_nothing_of_order() {
    let folder = cases();
    let expected = folder.run("report plain.log").quiet();
    assert_eq!(folder.run("report newest-first.log").quiet().text(), expected.text());
}

#[test]
fn standard_input_and_pipes_are_sorted_too() {
    let folder = cases();
    let log = folder.read("newest-first.log");
    for command in &COMMANDS[..6] {
        let expected = folder.run(&format!("{command} plain.log")).quiet();
        let ran = folder.feed(command, &log).done().saying("standard input: not in order");
        assert_eq!(ran.text(), expected.text(), "{command}");
        let ran =
            folder.shell(&format!("mkfifo pipe; cat newest-first.log > pipe & tracerank {command} pipe; rm pipe"));
        assert_eq!(ran.done().saying("pipe: not in order").text(), expected.text(), "{command}");
    }
}

#[test]
fn each_input_has_its_own_order() {
    let folder = cases();
    let lines = folder.read("plain.log");
    let lines: Vec<&[u8]> = lines.split_inclusive(|byte| *byte == b'\n').collect();
    folder.write("log.1", reversed(&lines[..9].concat()));
    folder.write("log", reversed(&lines[9..].concat()));
    folder.write("rest", lines[9..].concat());
    for command in COMMANDS {
        let expected = folder.run(&format!("{command} plain.log")).quiet();
        let ran = folder.run(&format!("{command} log.1 rest")).done().saying("log.1: not in order, 8 of 9 records");
        assert_eq!(ran.text(), expected.text(), "{command}");
        assert_eq!(folder.run(&format!("{command} log.1 log -q")).quiet().text(), expected.text(), "{command}");
    }
    folder.run("tree log.1 log").saying("2 inputs are not in order, the first is log.1, where 8 of 9 records (88 %)");
}

#[test]
fn whatever_does_not_fit_is_read_again_or_refused() {
    let folder = Folder::new();
    let logs = timeline(|t| {
        for _ in 0..30_000 {
            t.group(|t| {
                t.span("a", |t| {
                    t.wait(1);
                    t.span("b", |t| t.wait(1));
                });
            });
            t.wait(1);
        }
    });
    folder.write("log", &logs[0]);
    folder.write("reversed", reversed(&logs[0]));
    let expected = folder.run("tree log").quiet();
    let limited = format!("tree --memory-limit {LEAST_MEMORY} -v");
    let ran = folder.run(&format!("{limited} reversed")).done();
    assert_eq!(ran.text(), expected.text());
    let times = ran.stderr.lines().find_map(|line| line.strip_prefix("tracerank: read ")).unwrap();
    assert!(times.split(' ').next().unwrap().parse::<u32>().unwrap() > 2, "{times}");
    folder.feed(&format!("tree --memory-limit {LEAST_MEMORY}"), &reversed(&logs[0])).refused(2).saying_only(
        "tracerank: standard input: its records are not in the order of time; they can't be sorted within the 16 MB \
         memory limit, and standard input can't be read again\n\
         hint: give the log as a file, or allow more with --memory-limit\n",
    );
}

/// Newest first, but so many records of each second that few are earlier than the one before them.
#[test]
fn spans_that_are_not_paired_are_told() {
    let folder = Folder::new();
    let logs = timeline(|t| {
        for _ in 0..4 {
            (0..30).for_each(|_| t.span("a", |_| ()));
            t.wait(1000);
        }
    });
    folder.write("log", reversed(&logs[0]));
    let warning = "tracerank: warning: 120 of 120 spans (100 %) stop before they start: their place in the tree and \
                   self times are wrong; give the log in the order of time\n";
    folder.run("tree log").done().saying_only(warning);
    assert_eq!(folder.run("slowest log --strict").saying_only(warning).code, Some(1));
    folder.run("report log --strict").quiet();
}

#[test]
fn a_host_whose_clock_is_behind_is_told_and_marked() {
    let folder = cases();
    let warning = "tracerank: warning: 1 of 2 spans (50 %) began before their parents: the clocks of hosts differ, and \
                   self times are wrong; set the clocks, or read each host alone\n";
    let inputs = "clock-host-a.log clock-host-b-behind.log";
    for command in ["tree", "slowest", "report --columns self,name", "show d45c39a3"] {
        folder.run(&format!("{command} {inputs}")).done().saying_only(warning);
        folder.run(&format!("{command} {inputs} -q")).quiet();
        assert_eq!(folder.run(&format!("{command} {inputs} --strict")).saying_only(warning).code, Some(1), "{command}");
    }
    let shown = folder.run(&format!("show d45c39a3 {inputs} -q")).quiet();
    assert_eq!(shown.text().matches("default-executor-run-action  began before its parent").count(), 1);
    folder.run(&format!("tree -v {inputs}")).saying("tracerank: 1 spans began before their parents: clocks differ\n");
}

/// Ten spans, of which the first few lack their start, and the last few their stop.
fn incomplete(cut_off: usize, unfinished: usize, whole: usize) -> Vec<u8> {
    let log = timeline(|t| {
        (0..cut_off).for_each(|_| _ = t.stop_alone("before", 0));
        (0..whole).for_each(|_| t.span("a", |t| t.wait(1)));
        (0..unfinished).for_each(|_| _ = t.start("after"));
    });
    log.into_iter().next().unwrap()
}

#[test]
fn spans_that_lack_a_start_or_a_stop_are_told_from_one_in_twenty_on() {
    let folder = Folder::new();
    let no_stop = "have no stop: they are not counted; tracerank slowest --unfinished lists them\n";
    let no_start = "have no start: the log may begin after it; give rotated logs, too\n";
    let both = "have no stop, and 2 have no start: logs may be missing; give rotated ones, too; tracerank slowest \
                --unfinished lists them\n";
    for (cut_off, unfinished, whole, said) in [
        (0, 1, 19, format!("tracerank: warning: 1 of 20 spans (5 %) {no_stop}")),
        (0, 1, 20, String::new()),
        (3, 0, 9, format!("tracerank: warning: 3 of 12 spans (25 %) {no_start}")),
        (1, 0, 20, String::new()),
        (2, 5, 13, format!("tracerank: warning: 5 of 20 spans (25 %) {both}")),
        // A few of the one are not told with many of the other.
        (1, 60, 939, format!("tracerank: warning: 60 of 1000 spans (6 %) {no_stop}")),
        // Where there is no start at all, stops are all that is logged.
        (20, 0, 0, String::new()),
    ] {
        folder.write("log", incomplete(cut_off, unfinished, whole));
        for command in ["tree", "slowest", "report -c self,name"] {
            folder.run(&format!("{command} log")).done().saying_only(&said);
            let code = i32::from(!said.is_empty());
            assert_eq!(folder.run(&format!("{command} --strict log")).code, Some(code), "{said}");
        }
        folder.run("report log --strict").quiet();
    }
}

#[test]
fn genuine_logs_are_silent() {
    let folder = Folder::new();
    for name in files_ending_in(".log", "corpus") {
        folder.write(&name, corpus(name.trim_end_matches(".log")));
        for command in ["tree", "slowest", "report -c self,name"] {
            let said = folder.run(&format!("{command} {name}")).done().stderr;
            let is_of_order = |what: &&str| said.contains(*what);
            let found =
                ["not in order", "began before", "before they start", "have no st"].into_iter().find(is_of_order);
            assert_eq!(found, None, "{command} {name}: {said}");
        }
    }
}
