//! The first and the last time of a log.

use serde_json::Value;

use crate::common::parsed::json;
use crate::common::ways::{Prepared, Way};
use crate::common::{BASE, Folder, corpus, stop_at};

/// A log with a stop each second, from one second to before another.
fn log(from: u32, to: u32) -> Vec<u8> {
    (from..to).flat_map(|second| stop_at(&time(second), BASE, "work", "0.001000")).collect()
}

fn time(second: u32) -> String {
    format!("2026-11-23T{:02}:{:02}:{:02}.000000", second / 3600, second / 60 % 60, second % 60)
}

/// The times that a command tells in JSON.
fn times(folder: &Folder, arguments: &str) -> [String; 2] {
    let ran = folder.run(&format!("{arguments} -q"));
    let answer: Value = serde_json::from_slice(&ran.stdout).expect(&ran.stderr);
    let input = answer.get("input").unwrap_or_else(|| &answer["new"]["input"]);
    ["first", "last"].map(|end| input[end].as_str().expect(end).to_owned())
}

fn ends(from: u32, to: u32) -> [String; 2] {
    [from, to - 1].map(|second| time(second) + "Z")
}

const COMMANDS: [&str; 4] = ["report -f json", "tree -f json", "slowest -f json", "report -s self -f json"];

#[test]
fn every_command_tells_the_times_of_a_log() {
    let folder = Folder::new();
    folder.write("log", [b"other\n".repeat(100), log(5, 60_000), b"other\n".repeat(1000)].concat());
    for command in COMMANDS {
        assert_eq!(times(&folder, &format!("{command} log")), ends(5, 60_000), "{command}");
        let text = folder.run(&format!("{} log -v", command.replace("-f json", ""))).done();
        text.saying(&format!("tracerank: {} to {}", ends(5, 60_000)[0], ends(5, 60_000)[1]));
    }
    folder.run("summarize log -o sum").quiet();
    assert_eq!(times(&folder, "report sum -f json"), ends(5, 60_000));
    assert_eq!(folder.run("report sum -f json").text(), folder.run("report log -f json").text());
    folder.write("other", log(60_000, 60_010));
    for inputs in ["log other", "other log", "other sum", "sum other"] {
        assert_eq!(times(&folder, &format!("report -f json {inputs}")), ends(5, 60_010), "{inputs}");
    }
}

#[test]
fn logs_that_are_not_in_order_tell_them_too() {
    let folder = Folder::new();
    let reversed: Vec<u8> = log(0, 60_000).split_inclusive(|byte| *byte == b'\n').rev().flatten().copied().collect();
    folder.write("reversed", reversed);
    for command in COMMANDS {
        assert_eq!(times(&folder, &format!("{command} reversed")), ends(0, 60_000), "{command}");
    }
    // Of the report, up to a MiB is not looked at.
    folder.write("swapped", [log(30_000, 60_000), log(0, 30_000)].concat());
    for command in &COMMANDS[1..] {
        assert_eq!(times(&folder, &format!("{command} swapped")), ends(0, 60_000), "{command}");
    }
    let [first, last] = times(&folder, "report -f json swapped");
    assert!(first < time(30_000) && last > time(52_000), "{first} {last}");
}

#[test]
fn the_times_are_the_same_in_every_way() {
    let swapped = [log(30_000, 40_000), log(0, 10_000), b"other\n".to_vec()].concat();
    for log in [swapped, corpus("basic"), corpus("mixed")] {
        let prepared = Prepared::new(&log);
        let expected = json(&prepared.run(Way::File, "report -f json").done().stdout).times;
        assert!(expected[0] < expected[1], "{expected:?}");
        for way in Way::KINDS {
            for threads in [1, 7] {
                let ran = prepared.run(way, &format!("report -f json --threads {threads}")).done();
                assert_eq!(json(&ran.stdout).times, expected, "{way:?} {threads}");
            }
        }
    }
}

#[test]
fn a_log_without_records_has_no_times() {
    let folder = Folder::new();
    folder.write("log", b"other\n");
    let ran = folder.run("report log -v");
    assert!(!ran.stderr.contains("Z to "), "{}", ran.stderr);
}
