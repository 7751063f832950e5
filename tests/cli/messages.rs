//! What is said on standard error: -v, -q, warnings, --strict, --progress, --color.

use std::io::{Read, Write};
use std::process::Stdio;
use std::sync::mpsc;
use std::thread;

use regex::Regex;

use crate::common::ways::{Prepared, Way};
use crate::common::{Folder, TIMEOUT, corpus, start, stop, stops, tracerank};

/// Ten lines: five records, three other ones and two malformed ones; three spans.
fn log() -> Vec<u8> {
    let malformed = [&stop("a", "0.5")[..90], b"\n2026-11-30T24:00:00 0.5 x\n"].concat();
    [start("a"), b"\nhello\n{}\n".to_vec(), stops(&["a", "b", "a"]), malformed, start("b")].concat()
}

fn folder() -> Folder {
    let folder = Folder::new();
    folder.write("log", log());
    folder
}

const WARNING: &str = "tracerank: warning: 2 malformed records: log:8 (byte 612): base, parent and trace id are not all there; \
                       log:9 (byte 703): the time does not exist\n";

// ---- The account ----

#[test]
fn verbose_tells_what_was_read() {
    let folder = folder();
    let bytes = log().len();
    let ran = folder.run("report -v log").done();
    let (account, warning) = ran.stderr.split_once("tracerank: warning").unwrap();
    assert_eq!(format!("tracerank: warning{warning}"), WARNING);
    let expected = format!(
        "^tracerank: 10 lines = 5 records \\+ 3 other \\+ 2 malformed\n\
         tracerank: 3 spans, 0 filtered out\n\
         tracerank: 2026-11-23T06:18:09.822513Z to 2026-11-23T06:18:09.822513Z, by the first and the last record and \
         one a MiB\n\
         tracerank: {bytes} bytes in 1 files?, [0-9.]+ s, [0-9.]+ GB/s\ntracerank: log format: osprofiler\n$"
    );
    assert!(Regex::new(&expected).unwrap().is_match(account), "{account}");
    assert_eq!(ran.text(), folder.run("report log").text());
}

#[test]
fn verbose_counts_all_inputs_and_what_filters_left_out() {
    let folder = folder();
    folder.write("other", log());
    for (filter, kept) in [("--name a", 4), ("--exclude a", 2), ("--base-id nobody", 0)] {
        let ran = folder.run(&format!("report log other -v {filter}")).done();
        let ran = ran.saying("tracerank: 20 lines = 10 records + 6 other + 4 malformed\n");
        ran.saying(&format!("tracerank: {kept} spans, {} filtered out\n", 6 - kept)).saying(" bytes in 2 files, ");
    }
}

#[test]
fn verbose_tells_it_of_inputs_without_records_too() {
    let ran = Folder::new().feed("report -v", b"hello\n\nhello").refused(2);
    ran.saying("tracerank: 3 lines = 0 records + 3 other + 0 malformed\ntracerank: 0 spans, 0 filtered out\n");
}

#[test]
fn without_verbose_a_good_log_is_no_occasion_for_talk() {
    Folder::new().feed("report", &stops(&["a"])).quiet();
}

// ---- Warnings ----

#[test]
fn malformed_records_make_one_warning() {
    folder().run("report log").done().saying_only(WARNING);
}

#[test]
fn one_malformed_record_is_spoken_of_as_one() {
    let log = [stop("a", "0.5"), b"2026-11-23T\r\n".to_vec()].concat();
    let ran = Folder::new().feed("report", &log).done();
    ran.saying_only("tracerank: warning: 1 malformed record: standard input:2 (byte 149): it breaks off\n");
}

#[test]
fn quiet_leaves_warnings_out_and_errors_not() {
    let folder = folder();
    assert_eq!(folder.run("report -q log").quiet().text(), folder.run("report log").text());
    folder.run("report -q nosuch").refused(2).saying("nosuch: can't be opened");
}

#[test]
fn strict_ends_with_1_and_reports_all_the_same() {
    let folder = folder();
    for (options, said) in [("--strict", WARNING), ("--strict -q", "")] {
        let ran = folder.run(&format!("report {options} log")).saying_only(said);
        assert_eq!((ran.code, ran.text()), (Some(1), folder.run("report log").text()));
    }
    folder.write("good", stops(&["a"]));
    folder.run("report --strict good").quiet();
}

#[test]
fn strict_before_the_command_means_the_same() {
    assert_eq!(folder().run("--strict report log").code, Some(1));
}

#[test]
fn more_than_three_places_are_counted_only() {
    let log = [stops(&["a"]), b"2026-11-23T\n".repeat(5), stops(&["b"; 4])].concat();
    let ran = Folder::new().feed("report", &log).done();
    let places = "standard input:2 (byte 149): it breaks off; standard input:3 (byte 161): it breaks off; \
                  standard input:4 (byte 173): it breaks off";
    ran.saying_only(&format!("tracerank: warning: 5 malformed records: {places}; …\n"));
}

/// In each of four chunks there is something wrong, and the last one is the first to be read through.
#[test]
fn the_first_three_places_of_a_log_of_many_chunks() {
    let piece = [corpus("basic"), b"2026-11-23T06:18:09.822513 0.5\n".to_vec()].concat();
    let long = corpus("basic").iter().filter(|byte| **byte == b'\n').count();
    let prepared = Prepared::repeated_for(&Way::KINDS, &piece, 10);
    for way in Way::KINDS {
        for threads in way.threads() {
            let places: Vec<String> = (1..=3)
                .map(|nth| {
                    let (line, offset) = (nth * (long + 1), nth * piece.len() - 31);
                    format!("{}:{line} (byte {offset}): it breaks off", way.shown())
                })
                .collect();
            let expected = format!("tracerank: warning: 10 malformed records: {}; …\n", places.join("; "));
            let command = format!("report --duplicates allow --threads {threads}");
            prepared.run(way, &command).done().saying_only(&expected);
        }
    }
}

#[test]
fn places_of_several_inputs_stand_in_their_order() {
    let folder = Folder::new();
    let line = stops(&["a"]);
    for name in ["1", "2", "3", "4"] {
        folder.write(name, [line.as_slice(), b"2026-11-23T\n"].concat());
    }
    let ran = folder.run("report 3 1 4 2 --threads 2 --duplicates allow").done();
    let places = "3:2 (byte 149): it breaks off; 1:2 (byte 149): it breaks off; 4:2 (byte 149): it breaks off";
    ran.saying_only(&format!("tracerank: warning: 4 malformed records: {places}; …\n"));
}

// ---- Progress ----

#[test]
fn progress_changes_nothing_on_standard_output() {
    let folder = folder();
    let expected = folder.run("report -q log").quiet();
    for when in ["auto", "always", "never"] {
        let ran = folder.run(&format!("report -q --progress {when} log")).done();
        assert_eq!(ran.text(), expected.text(), "{when}");
        assert!(when == "always" || ran.stderr.is_empty(), "{when}: {}", ran.stderr);
    }
}

/// Standard input stays open until something is shown, so that it does not matter how fast anything is.
#[test]
fn progress_is_always_shown_where_that_is_wanted() {
    let folder = Folder::new();
    let mut command = tracerank(folder.root());
    command.args(["report", "--progress", "always"]);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let (mut stdin, mut stderr) = (child.stdin.take().unwrap(), child.stderr.take().unwrap());
    stdin.write_all(&stops(&["a"])).unwrap();
    let (shown, is_shown) = mpsc::channel();
    thread::spawn(move || shown.send(stderr.read(&mut [0; 100]).unwrap()));
    let shown = is_shown.recv_timeout(TIMEOUT / 12);
    drop(stdin);
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success());
    assert!(shown.is_ok_and(|shown| shown > 0), "nothing was shown");
}

// ---- Colours ----

#[test]
fn messages_are_coloured_on_demand_only() {
    let folder = folder();
    for (options, coloured) in
        [("", false), ("--color auto", false), ("--color never", false), ("--color always", true)]
    {
        let ran = folder.run(&format!("report {options} log")).done();
        assert_eq!(ran.stderr.contains('\u{1b}'), coloured, "{options}");
        assert!(!ran.text().contains('\u{1b}'), "{options}");
        let ran = folder.run(&format!("report {options} nosuch")).refused(2);
        assert_eq!(ran.stderr.contains('\u{1b}'), coloured, "{options}");
    }
}
