//! One defect a file: the command reports what else is in the file, and says where the defect is and what.

use std::fmt::Write;
use std::fs;

use tracerank_testing::naive::{self, Filter, text_report};

use crate::common::{Folder, LEAST_MEMORY, MANY_SPANS, Ran, files_ending_in, long_spans, stop, testdata, tracerank};

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

// ---- The list of all ----

const HEAD: &str = "file\tline\toffset\treason\ttext\n";
const WHY: &str = "base, parent and trace id are not all there";

/// A log whose records are malformed in part, each of these with its number, and the list of them.
fn damaged(file: &str, lines: usize) -> (Vec<u8>, String) {
    let (mut log, mut list) = (Vec::new(), String::new());
    for line in 1..=lines {
        if line % 3 == 0 {
            let text = format!("2026-11-23T06:18:09.822513 0.5 number {line:06}-stop");
            writeln!(list, "{file}\t{line}\t{}\t{WHY}\t{text}", log.len()).unwrap();
            log.extend(format!("{text}\n").bytes());
        } else {
            log.extend(stop("a", "0.5"));
        }
    }
    (log, list)
}

#[test]
fn all_malformed_records_are_listed_in_their_order() {
    let folder = Folder::new();
    let ((one, of_one), (two, of_two)) = (damaged("one", 100_000), damaged("two", 10));
    folder.write("one", one);
    folder.write("two", two);
    let expected = [HEAD, &of_one, &of_two].concat();
    for arguments in ["report", "report --no-mmap", "tree", "slowest", "report -s self", "summarize -o sum"] {
        for threads in [1, 4] {
            let ran = folder.run(&format!("{arguments} one two --malformed list --threads {threads}")).done();
            ran.saying("33336 malformed records: one:3 (byte 298): ");
            assert!(folder.read("list") == expected.as_bytes(), "{arguments} {threads}");
        }
    }
    let plain = folder.run("report one two").done();
    assert_eq!(folder.run("report one two --malformed list").done().text(), plain.text());
    let ran = folder.feed("report - two --malformed list", &folder.read("one")).done();
    assert_eq!(ran.text(), plain.text());
    let expected = [HEAD, &of_one.replace("one\t", "-\t"), &of_two].concat();
    assert!(folder.read("list") == expected.as_bytes());
    let ran = folder.run("report two one -o report --malformed -").done();
    assert!(ran.text() == [HEAD, &of_two, &of_one].concat());
}

/// Several readings tell each record once.
#[test]
fn what_is_read_again_is_listed_once() {
    let folder = Folder::new();
    let (log, list) = damaged("log", 20_000);
    folder.write("log", [log, long_spans(MANY_SPANS, 1000)].concat());
    let ran = folder.run(&format!("tree log -v --memory-limit {LEAST_MEMORY} --malformed list")).done();
    ran.saying("tracerank: read ");
    assert!(folder.read("list") == [HEAD, &list].concat().as_bytes());
}

#[test]
fn long_and_wild_texts_are_shown_short_and_harmless() {
    let folder = Folder::new();
    let wild = "2026-11-23T06:18:09.822513 0.5 \t\x1b[31m ".to_owned() + &"x".repeat(5000) + "-stop\n";
    folder.write("log", [stop("a", "0.5"), wild.into_bytes()].concat());
    folder.run("report log --malformed list").done();
    let list = String::from_utf8(folder.read("list")).unwrap();
    let row: Vec<&str> = list.lines().nth(1).unwrap().split('\t').collect();
    assert_eq!(row[..3], ["log", "2", "149"]);
    assert!(row.len() == 5 && row[4].contains(r"\x09\x1b[31m") && row[4].len() < 250, "{row:?}");
}

#[test]
fn the_list_can_go_only_where_nothing_else_goes() {
    let folder = Folder::new();
    let (log, _) = damaged("log", 30);
    folder.write("log", log);
    folder.run("report log --malformed -").refused(2).saying("standard output: the answer and the list of --malformed");
    folder.run("report log -o out --malformed out").refused(2).saying("can't go to one place");
    folder.run("report log --malformed log").refused(2).saying("log: is an input, too");
    folder.run("summarize log -o sum").done();
    folder.run("report sum --malformed list").refused(2).saying("only the first malformed records are");
    assert_eq!(folder.names(), ["log", "sum"]);
}

/// Where most can't be read, the list tells why.
#[test]
fn a_list_is_there_without_an_answer() {
    let folder = Folder::new();
    folder.write("log", b"2026-11-23T06:18:09.822513 0.5 broken-stop\n".repeat(5));
    folder.run("report log --malformed list").refused(2);
    assert_eq!(String::from_utf8(folder.read("list")).unwrap().lines().count(), 6);
}
