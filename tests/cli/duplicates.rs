//! Records that are there more than once: told in every command that counts, dropped or allowed on request.

use std::fs;

use crate::common::ways::gzip;
use crate::common::{Folder, Ran, corpus, names_of, testdata};

/// Mistral's logs as its own sample of a logging configuration leaves them: each record is in two of them.
fn var_log_mistral() -> String {
    testdata("cases/var-log-mistral").display().to_string()
}

fn count_of(ran: &Ran, name: &str) -> u64 {
    let report: serde_json::Value = serde_json::from_slice(&ran.stdout).unwrap();
    let rows = report["rows"].as_array().unwrap();
    rows.iter().find(|row| row["name"] == name).map_or(0, |row| row["count"].as_u64().unwrap())
}

#[test]
fn two_logs_of_the_same_records_are_told() {
    let folder = Folder::new();
    let directory = var_log_mistral();
    let ran = folder.run(&format!("report -f json {directory}")).done();
    assert_eq!(count_of(&ran, "engine-start-workflow"), 6);
    let ran = ran.saying("warning: 9 spans are counted again (50.0 % of all): ").saying("mistral.log and ");
    let ran =
        ran.saying("mistral_osprofile.log hold the same records\n").saying("hint: --duplicates drop counts each once");
    ran.saying("propagate=0");
    let strict = folder.run(&format!("report --strict {directory}")).saying("counted again");
    assert_eq!(strict.code, Some(1));
    let dropped = folder.run(&format!("report -f json --duplicates drop {directory}")).quiet();
    assert_eq!(count_of(&dropped, "engine-start-workflow"), 3);
    let allowed = folder.run(&format!("report -f json --duplicates allow {directory}")).quiet();
    assert_eq!(count_of(&allowed, "engine-start-workflow"), 6);
}

#[test]
fn every_command_that_counts_tells_them() {
    let folder = Folder::new();
    folder.write("twice.log", corpus("basic").repeat(2));
    for command in ["report", "report -s self", "report -c p95,name", "tree", "slowest", "summarize -o twice.trk"] {
        let ran = folder.run(&format!("{command} twice.log")).done();
        let ran = ran.saying("3996 spans are counted again (50.0 % of all): twice.log holds records twice");
        assert!(ran.stderr.contains("about "), "the log has more spans than the sample holds: {command}");
        assert_eq!(folder.run(&format!("{command} --strict twice.log")).code, Some(1));
    }
    let summary = folder.run("report twice.trk").done();
    summary
        .saying("counted again")
        .saying("hint: a summary can't drop them: summarize the logs with --duplicates drop");
}

#[test]
fn summaries_and_compressed_copies_overlap() {
    let folder = Folder::new();
    let log = corpus("basic");
    folder.write("m.log.1", &log);
    folder.write("m.log.1.gz", gzip(&log));
    folder.run("report m.log.1 m.log.1.gz").done().saying("m.log.1 and m.log.1.gz hold the same records");
    // As a summary of a differently wrapped log, which no fingerprint recognises.
    let wrapped: Vec<u8> =
        log.split_inclusive(|byte| *byte == b'\n').flat_map(|line| [b"INFO: ", line].concat()).collect();
    folder.write("wrapped.log", wrapped);
    folder.run("summarize wrapped.log -o wrapped.trk").quiet();
    folder.run("report wrapped.trk m.log.1").done().saying("wrapped.trk and m.log.1 hold the same records");
    folder.run("summarize m.log.1 wrapped.log -o both.trk").done().saying("hold the same records");
    folder.run("summarize --duplicates drop m.log.1 wrapped.log -o once.trk").quiet();
    let once = folder.run("report once.trk").quiet();
    assert_eq!(once.text(), folder.run("report m.log.1").quiet().text());
}

#[test]
fn each_line_twice_is_one_log_when_dropped() {
    let folder = Folder::new();
    let (twice, plain) = (testdata("cases/each-line-twice.log"), testdata("cases/plain.log"));
    let ran =
        folder.run(&format!("report {}", twice.display())).done().saying("9 spans are counted again (50.0 % of all)");
    assert_eq!(names_of(ran.text()).len(), 3);
    let plain = folder.run(&format!("report {}", plain.display())).quiet();
    let dropped = folder.run(&format!("report -v --duplicates drop {}", twice.display())).done();
    assert_eq!(dropped.text(), plain.text());
    dropped.saying("9 spans, 0 filtered out, 9 counted before");
}

#[test]
fn what_has_no_single_records_is_not_dropped() {
    let folder = Folder::new();
    folder.write("basic.log", corpus("basic"));
    folder.run("summarize basic.log -o basic.trk").quiet();
    let ran = folder.run("report --duplicates drop basic.trk").refused(2);
    ran.saying("basic.trk: is a summary, which has no single records, so its repeated records can't be dropped");
    folder.write("access.log", fs::read(testdata("access/nginx.log")).unwrap());
    let ran = folder.run("report --duplicates drop access.log").refused(2);
    ran.saying("access.log: has records without ids, so its repeated records can't be dropped");
    // Equal requests are no copies.
    folder.write("access-twice.log", fs::read(testdata("access/nginx.log")).unwrap().repeat(2));
    assert!(!folder.run("report access-twice.log").stderr.contains("again"));
}

#[test]
fn copies_of_logs_without_ids_are_told_by_all_of_their_bytes() {
    let folder = Folder::new();
    let log = fs::read(testdata("access/nginx.log")).unwrap();
    folder.write("a.log", &log);
    folder.write("a.log.gz", gzip(&log));
    let ran = folder.run("report a.log a.log.gz").done();
    ran.saying("a.log.gz is a copy of a.log, and is counted, too\nhint: --duplicates allow counts all of it");
    assert_eq!(folder.run("report --strict a.log a.log.gz").code, Some(1));
    assert!(!folder.run("report --duplicates allow a.log a.log.gz").stderr.contains("copy"));
    // Both ends are the same, and a digit between them is not.
    let mut other = log.clone();
    let middle = other.len() / 2;
    let digit = middle + other[middle..].iter().position(|byte| *byte == b'7').unwrap();
    other[digit] = b'8';
    folder.write("b.log", other);
    assert!(!folder.run("report a.log b.log").stderr.contains("copy"));
}

#[test]
fn only_the_same_spans_are_the_same_run() {
    let folder = Folder::new();
    // 4 KiB at both ends are the same.
    let other = b"INFO started\n".repeat(400);
    let log = corpus("basic");
    let slower = |line: &str| match line
        .split(' ')
        .nth(1)
        .and_then(|duration| Some((duration, duration.parse::<f64>().ok()?)))
    {
        Some((duration, seconds)) => line.replacen(duration, &format!("{:.6}", seconds * 10.0), 1),
        None => line.to_owned(),
    };
    let slower: String = str::from_utf8(&log).unwrap().split_inclusive('\n').map(slower).collect();
    folder.write("base.log", [&other, log.as_slice(), &other].concat());
    folder.write("slower.log", [&other, slower.as_bytes(), &other].concat());
    assert!(!folder.run("check base.log slower.log").stderr.contains("shares content"));
    folder.write("copy.log", [b"INFO another beginning\n", log.as_slice()].concat());
    folder.run("check base.log copy.log").saying("copy.log: shares content with the base base.log");
}

#[test]
fn genuine_logs_have_none() {
    let folder = Folder::new();
    for name in ["basic", "db", "db-errors", "killed", "mixed", "odd-ids", "prefixed", "long-span"] {
        folder.write("log", corpus(name));
        let ran = folder.run("report log");
        assert!(!ran.stderr.contains("counted again"), "{name}");
    }
}

#[test]
fn summaries_of_different_filters_do_not_add_up() {
    let folder = Folder::new();
    folder.write("a.log", corpus("basic"));
    folder.write("b.log", corpus("mixed"));
    folder.run("summarize --since 2026-01-01 a.log -o a.trk").done();
    folder.run("summarize b.log -o b.trk").quiet();
    let ran = folder.run("report a.trk b.trk").refused(2);
    ran.saying("b.trk: was made with no filter, and a.trk with --since 2026-01-01T00:00:00.000000Z");
    folder.run("summarize --since 2026-01-01 b.log -o b.trk").done();
    folder.run("report a.trk b.trk").done();
    folder.run("summarize a.trk b.trk -o both.trk").done();
    folder.run("report both.trk a.log").refused(2).saying("a.log: was made with no filter, and both.trk with --since");
}

/// A log in which each line stands twice, two logs of the same records, and a log that is there twice.
fn copies(folder: &Folder, log: &[u8]) -> Vec<&'static str> {
    let lines = log.split_inclusive(|byte| *byte == b'\n');
    folder.write("each.log", lines.flat_map(|line| [line, line].concat()).collect::<Vec<u8>>());
    folder.write("one.log", log);
    folder.write("wrapped.log", [b"INFO started\n", log].concat());
    folder.write("twice.log", log.repeat(2));
    vec!["each.log", "one.log wrapped.log", "twice.log", "--no-mmap each.log", "--threads 1 one.log wrapped.log"]
}

#[test]
fn commands_of_spans_drop_them_too() {
    let folder = Folder::new();
    let log = corpus("basic");
    folder.write("plain.log", &log);
    let request = "ccbdcf37-ceac-4841-a590-e05f339f9cdd";
    for command in [
        "tree -f json",
        "tree -f folded",
        "slowest -f json --sort self",
        "report -f csv -c self,total,p95,count,name",
        "show -f json",
    ] {
        let id = if command.starts_with("show") { request } else { "" };
        let without_input = |text: &str| text.find("\"trees\"").map_or(text.to_owned(), |at| text[at..].to_owned());
        let plain = without_input(folder.run(&format!("{command} {id} plain.log")).done().text());
        for copy in copies(&folder, &log) {
            let dropped = folder.run(&format!("{command} --duplicates drop {id} {copy}"));
            assert!(!dropped.stderr.contains("again"), "{command} {copy}: {}", dropped.stderr);
            let (mine, theirs) = (without_input(dropped.done().text()), plain.clone());
            assert!(same_but_account(&mine, &theirs), "{command} {copy}");
        }
    }
    let shown = folder.run(&format!("show {request} one.log wrapped.log")).done();
    shown.saying("counted again (50.0 % of all): one.log and wrapped.log hold the same records");
}

/// Compares answers, but for the account of the lines that they were made of.
fn same_but_account(one: &str, other: &str) -> bool {
    let parsed = |text: &str| {
        let mut value: serde_json::Value = serde_json::from_str(text).ok()?;
        let fields = value.as_object_mut()?;
        ["input", "files", "sources"].iter().for_each(|field| drop(fields.remove(*field)));
        Some(value)
    };
    match (parsed(one), parsed(other)) {
        (Some(one), Some(other)) => one == other,
        _ => one == other,
    }
}
