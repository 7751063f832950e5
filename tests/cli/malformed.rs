//! One defect a file: the command reports what else is in the file, and says where the defect is and what.

use std::fs;

use tracerank_testing::naive::{self, Filter, text_report};

use crate::common::{Folder, Ran, files_ending_in, stop, testdata, tracerank};

/// A row of testdata/malformed/expected.tsv.
struct Expected {
    file: String,
    line: u64,
    offset: u64,
    message: String,
    /// With `--strict`.
    exit: i32,
}

fn table() -> Vec<Expected> {
    let table = fs::read_to_string(testdata("malformed/expected.tsv")).expect("a table");
    table.lines().skip(1).map(row).collect()
}

fn row(row: &str) -> Expected {
    let [file, line, offset, _, message, exit] = row.split('\t').collect::<Vec<_>>()[..] else { panic!("{row}") };
    Expected {
        file: file.to_owned(),
        line: line.parse().expect("a number"),
        offset: offset.parse().expect("a number"),
        message: message.to_owned(),
        exit: exit.parse().expect("a number"),
    }
}

fn run(arguments: &[&str]) -> Ran {
    let mut command = tracerank(&testdata("malformed"));
    command.arg("report").args(arguments);
    crate::common::run(command, b"")
}

impl Expected {
    fn warning(&self) -> String {
        let Self { file, line, offset, message, .. } = self;
        format!("tracerank: warning: 1 malformed record: {file}:{line} (byte {offset}): {message}\n")
    }

    fn report(&self) -> String {
        let log = fs::read(testdata(&format!("malformed/{}", self.file))).expect("a log");
        text_report(&naive::read(&log, &Filter::default()))
    }
}

#[test]
fn every_file_is_in_the_table() {
    let table: Vec<String> = table().into_iter().map(|expected| expected.file).collect();
    assert_eq!(table, files_ending_in(".log", "malformed"));
    assert!(table.len() >= 40);
}

#[test]
fn every_defect_is_reported_with_its_place() {
    for expected in table() {
        let ran = run(&[&expected.file]).done().saying_only(&expected.warning());
        assert_eq!(ran.text(), expected.report(), "{}", expected.file);
    }
}

#[test]
fn strict_makes_every_defect_an_exit_code() {
    for expected in table() {
        let ran = run(&["--strict", &expected.file]).saying_only(&expected.warning());
        assert_eq!((ran.code, ran.text()), (Some(expected.exit), expected.report().as_str()), "{}", expected.file);
    }
}

#[test]
fn all_of_them_together_are_one_warning_with_the_first_three_places() {
    let table = table();
    let files: Vec<&str> = table.iter().map(|expected| expected.file.as_str()).collect();
    let places: Vec<String> = table[..3]
        .iter()
        .map(|Expected { file, line, offset, message, .. }| format!("{file}:{line} (byte {offset}): {message}"))
        .collect();
    let warning = format!("tracerank: warning: {} malformed records: {}; …\n", table.len(), places.join("; "));
    let files = [vec!["--duplicates", "allow"], files].concat();
    run(&files).done().saying_only(&warning);
}

/// The table has a line for each defect but this one, whose log would be too large for a repository.
#[test]
fn a_line_of_more_than_4_mib_is_a_defect_too() {
    let folder = Folder::new();
    let long = [b"2026-11-23T06:18:09.822513 0.006782 ".as_slice(), &vec![b'x'; 4 << 20], b"\n"].concat();
    folder.write("long.log", [stop("a", "0.5"), long, stop("a", "0.5")].concat());
    let warning = "tracerank: warning: 1 malformed record: long.log:2 (byte 149): it is longer than 4 MiB\n";
    folder.run("report long.log").done().saying_only(warning);
    let ran = folder.run("report --strict long.log").saying_only(warning);
    assert_eq!(ran.code, Some(1));
}
