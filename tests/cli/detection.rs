//! Which log format an input is read as: the same one however it is read, whole or in parts.

use crate::common::ways::gzip;
use crate::common::{Folder, Ran, corpus, names_of};

fn access(lines: usize, agent: &str) -> Vec<u8> {
    let line = format!(
        "203.0.113.7 - - [12/Mar/2026:10:00:01 +0000] \"GET /health HTTP/1.1\" 200 512 \"-\" \"{agent}\" 0.5\n"
    );
    line.repeat(lines).into_bytes()
}

/// A line of the other format.
fn record() -> Vec<u8> {
    let log = corpus("basic");
    let end = log.iter().position(|byte| *byte == b'\n').unwrap();
    log[..=end].to_vec()
}

fn without_end(mut line: Vec<u8>) -> Vec<u8> {
    line.truncate(line.len() - 5);
    line
}

/// A request whose duration has no unit.
fn unfit(lines: usize) -> Vec<u8> {
    String::from_utf8(access(lines, "c")).unwrap().replace(" 0.5\n", " 551\n").into_bytes()
}

/// Logs that a sample could see otherwise when it is taken otherwise, and the number of records.
fn logs() -> Vec<(&'static str, Vec<u8>, usize)> {
    let many = || access(2000, "curl/8");
    vec![
        ("its last line is half written", [access(4, "c"), without_end(access(1, "c"))].concat(), 4),
        ("a record of the other format at the end of 200 KB", [many(), record()].concat(), 1),
        ("such a record without a line feed", [access(20, "c"), without_end(record())].concat(), 20),
        ("many requests without a unit, after 190 KB", [many(), unfit(150)].concat(), 2000),
        ("a record at the end of 500 KB", [many().repeat(3), record()].concat(), 1),
        ("lines of 30 KB", access(20, &"c".repeat(30_000)), 20),
        ("seven lines of 30 KB", access(7, &"c".repeat(30_000)), 7),
        ("lines of 70 KB", access(12, &"c".repeat(70_000)), 12),
        ("a blank beginning", [b"\n".repeat(300_000), access(10, "c")].concat(), 10),
    ]
}

#[track_caller]
fn has_records(ran: &Ran, records: usize, what: &str) {
    let report: serde_json::Value = serde_json::from_slice(&ran.stdout).unwrap_or_else(|_| panic!("{what}: {ran:?}"));
    assert_eq!(report["input"]["records"], records, "{what}");
}

#[test]
fn a_log_is_of_one_format_however_it_is_read() {
    for (what, log, records) in logs() {
        let folder = Folder::new();
        folder.write("log", &log);
        has_records(&folder.run("report -f json log"), records, what);
        has_records(&folder.run("report -f json --no-mmap log"), records, what);
        folder.write("log.gz", gzip(&log));
        has_records(&folder.run("report -f json log.gz"), records, what);
        has_records(&folder.feed("report -f json -", &log), records, what);
    }
}

#[test]
fn parts_are_of_the_format_of_the_whole() {
    for (what, log, records) in logs() {
        let folder = Folder::new();
        folder.write("log", &log);
        let cut = log.len() / 3;
        folder.run(&format!("summarize --range 0..{cut} log -o a.trk"));
        folder.run(&format!("summarize --range {cut}.. log -o b.trk"));
        has_records(&folder.run("report -f json a.trk b.trk"), records, what);
    }
}

#[test]
fn a_beginning_that_tells_nothing_is_passed_over() {
    for blank in [b"\n".as_slice(), b"\0"] {
        let log = [blank.repeat(3 << 20), b"\n".to_vec(), access(4000, "c")].concat();
        let ran = Folder::new().feed("report -", &log).done();
        assert_eq!(names_of(ran.text()), ["GET /health"]);
    }
}
