//! Lines of several records, whole and torn, in every command; and logs of which most can't be read.

use crate::common::parsed::json;
use crate::common::{BASE, Folder, PARENT, TRACE, names_of, start, stop, stop_at, stops, testdata};

/// testdata/cases/glued.log, in which a line feed is missing, and the same log with it.
fn glued_and_plain() -> [Folder; 2] {
    let glued = std::fs::read_to_string(testdata("cases/glued.log")).unwrap();
    let plain = glued.replace("task-run-stop2026", "task-run-stop\n2026");
    assert_ne!(glued, plain);
    [glued, plain].map(|log| {
        let folder = Folder::new();
        folder.write("a.log", &log);
        folder.write("b.log", log);
        folder
    })
}

fn unended(mut line: Vec<u8>) -> Vec<u8> {
    assert_eq!(line.pop(), Some(b'\n'));
    line
}

/// A torn record, and a whole one in the same line; then two lines of a record.
fn torn() -> Vec<u8> {
    let torn = stop("task-run", "0.5");
    [&torn[..torn.len() - 6], &stop("a", "0.5"), &stops(&["a", "b"])].concat()
}

const TORN: &str = "tracerank: warning: 1 torn record: a.log:1 (byte 0): another record begins inside it\n";

// ---- Whole records ----

#[test]
fn every_record_of_a_line_counts() {
    let [glued, _] = glued_and_plain();
    let ran = glued.run("report --strict -c count,name -f csv a.log").quiet();
    let rows = "count,name\n2,engine-start-workflow\n2,workflow-handler-start-workflow\n2,task-run\n";
    let mut found: Vec<&str> = ran.text().lines().collect();
    let mut expected: Vec<&str> = rows.lines().collect();
    found.sort_unstable();
    expected.sort_unstable();
    assert_eq!(found, expected);
}

#[test]
fn every_command_sees_what_it_sees_in_the_log_with_its_line_feed() {
    let folders = glued_and_plain();
    for command in [
        "report a.log",
        "report --threads 1 -c self,self%,total,total-outer,percent,count,name -s self a.log",
        "report --no-mmap -f csv a.log",
        "tree a.log",
        "tree -f folded a.log",
        "slowest a.log",
        "slowest --name ^task-run$ --sort self a.log",
        "show 3971d00b-513f-4ea0-89da-a17b15cee28d a.log",
        "show 547e1371-f867-4338-8453-b92e79219369 a.log",
        "show 5d357ffe-4423-460d-9b0e-da407f5e8e61 a.log",
        "diff -f csv a.log b.log",
        "check a.log b.log",
    ] {
        let [glued, plain] = folders.each_ref().map(|folder| folder.run(command));
        assert!(!plain.stdout.is_empty(), "{command}: {}", plain.stderr);
        assert_eq!((glued.code, glued.text()), (plain.code, plain.text()), "{command}");
        assert_eq!(glued.stderr, plain.stderr, "{command}");
    }
}

#[test]
fn a_saved_summary_counts_them_too() {
    let [glued, plain] = glued_and_plain().map(|folder| {
        folder.run("summarize --strict a.log -o a.trk").quiet();
        folder
    });
    assert_eq!(glued.run("report a.trk").quiet().text(), plain.run("report a.log").quiet().text());
    let input = json(&glued.run("report -f json a.trk").quiet().stdout).input;
    let counts = ["lines", "record_lines", "records", "other", "malformed", "torn"].map(|count| input[count]);
    assert_eq!(counts, [11, 11, 12, 0, 0, 0]);
    glued.run("summarize a.trk -o again.trk").quiet();
    assert_eq!(glued.read("again.trk"), glued.read("a.trk"));
}

#[test]
fn the_account_tells_lines_from_records() {
    let [glued, plain] = glued_and_plain();
    let ran = glued.run("report -v a.log").done();
    let ran = ran.saying("tracerank: 11 lines = 11 with records + 0 other + 0 malformed\n");
    ran.saying("tracerank: 12 records in 11 lines, and 0 torn\n");
    plain.run("report -v a.log").done().saying("tracerank: 12 lines = 12 records + 0 other + 0 malformed\n");
}

/// Names of the same total stand in the order in which they first occur.
#[test]
fn records_of_a_line_are_taken_in_their_order() {
    let folder = Folder::new();
    let line = [unended(stop("b", "0.5")), unended(stop("a", "0.5")), stop("c", "0.5"), stop("a", "0.5")].concat();
    folder.write("a.log", [line, stop("b", "0.5"), stop("c", "0.5")].concat());
    for threads in [1, 2] {
        let ran = folder.run(&format!("report --threads {threads} a.log")).quiet();
        assert_eq!(names_of(ran.text()), ["b", "a", "c"]);
    }
}

#[test]
fn a_log_without_a_last_line_feed_and_another_one_behind_it() {
    let folder = Folder::new();
    folder.write("a", unended(stops(&["a", "b"])));
    folder.write("b", [b"\xef\xbb\xbf".to_vec(), stops(&["c"])].concat());
    let ran = folder.shell("cat a b | tracerank report --strict").quiet();
    assert_eq!(names_of(ran.text()), ["a", "b", "c"]);
}

#[test]
fn filters_choose_among_the_records_of_a_line() {
    let folder = Folder::new();
    let early = unended(stop_at("2026-11-23T06:18:09.000000", "one", "a", "0.5"));
    folder.write("a.log", [early, stop_at("2026-11-23T06:18:11.000000", "other", "b", "0.5")].concat());
    for (filter, name) in [("--until 2026-11-23T06:18:10", "a"), ("--base-id other", "b"), ("--name b", "b")] {
        assert_eq!(names_of(folder.run(&format!("report {filter} a.log")).quiet().text()), [name]);
    }
}

// ---- Torn records ----

#[test]
fn a_torn_record_is_told_and_bad_to_strict() {
    let folder = Folder::new();
    folder.write("a.log", torn());
    for command in ["report", "report -c self,name", "tree", "slowest", "summarize -o a.trk"] {
        let ran = folder.run(&format!("{command} a.log")).saying(TORN);
        assert_eq!(ran.code, Some(0), "{command}: {}", ran.stderr);
        let ran = folder.run(&format!("{command} --strict a.log")).saying(TORN);
        assert_eq!(ran.code, Some(1), "{command}: {}", ran.stderr);
        assert_eq!(folder.run(&format!("{command} -q a.log")).done().stderr, "");
    }
    assert_eq!(folder.run("report -f csv -c name,count a.log").done().text(), "name,count\na,2\nb,1\n");
    let ran = folder.run("report --strict a.trk").saying(TORN);
    assert_eq!(ran.code, Some(1));
    let input = json(&folder.run("report -f json a.trk").done().stdout).input;
    assert_eq!(["lines", "record_lines", "records", "torn"].map(|count| input[count]), [3, 3, 3, 1]);
}

#[test]
fn comparisons_tell_torn_records_too() {
    let folder = Folder::new();
    folder.write("a.log", torn());
    folder.write("b.log", stops(&["a", "b"]));
    for command in ["diff a.log b.log", "check a.log b.log"] {
        folder.run(command).saying(TORN);
        let ran = folder.run(&format!("{command} --strict")).saying(TORN);
        assert!(matches!(ran.code, Some(1 | 3)), "{command}: {:?}", ran.code);
    }
}

#[test]
fn a_torn_record_with_the_id_that_is_looked_up_is_told() {
    let folder = Folder::new();
    let other = "5d357ffe-4423-460d-9b0e-da407f5e8e61";
    let torn = &stop("a", "0.5")[..100];
    let whole = format!("2026-11-23T06:18:09 0.5 {other} {other} {TRACE} x-stop\n").into_bytes();
    folder.write("a.log", [torn, &whole, &stop("b", "0.25")].concat());
    let said = "1 torn record: a.log (byte 0): another record begins inside it\n";
    let ran = folder.run(&format!("show --strict {BASE} a.log")).saying(said);
    assert_eq!(ran.code, Some(1));
    // It is in another record of the same line.
    folder.run(&format!("show --strict {other} a.log")).quiet();
}

#[test]
fn malformed_and_torn_records_are_one_warning_in_the_order_of_the_log() {
    let folder = Folder::new();
    let cut = [&stop("x", "0.5")[..60], b"\n"].concat();
    let log = [stops(&["a", "b"]), cut, torn()].concat();
    let (second, third) = (2 * stop("a", "0.5").len(), 2 * stop("a", "0.5").len() + 61);
    folder.write("a.log", log);
    folder.run("report a.log").done().saying_only(&format!(
        "tracerank: warning: 1 malformed and 1 torn records: \
         a.log:3 (byte {second}): base, parent and trace id are not all there; \
         a.log:4 (byte {third}): another record begins inside it\n"
    ));
}

#[test]
fn a_whole_record_before_a_torn_one_is_not_lost() {
    let folder = Folder::new();
    let whole = unended(stop("a", "0.5"));
    let torn = &start("b")[..80];
    folder.write("a.log", [&whole, torn, b"\n", &stop("c", "0.5")].concat());
    let said = format!("1 torn record: a.log:1 (byte {}): base, parent and trace id are not all there\n", whole.len());
    assert_eq!(names_of(folder.run("report a.log").done().saying(&said).text()), ["a", "c"]);
}

// ---- JSON ----

#[test]
fn json_behind_a_record_is_whole_and_the_last_thing_in_its_line() {
    let head = format!("2026-11-23T06:18:09 0.5 {BASE} {PARENT} {TRACE} ");
    let good = stops(&["a", "b"]);
    let read = |tail: &str| {
        let line = format!("{head}{tail}\n");
        let ran = Folder::new().feed("report -f json", &[line.as_bytes(), &good].concat()).done();
        json(&ran.stdout).input["malformed"] == 0
    };
    for tail in [r#"db-stop {"a": "}"}"#, r#"db-stop {"a": "\"}", "b": [{}]} "#, "db-stop {}"] {
        assert!(read(tail), "{tail}");
    }
    for tail in [
        r#"db-stop {"a": "x"}}"#,
        r#"db-stop {\"a\": \"x\"}"#,
        r#"db-stop {"a": "x"}","time":"now"}"#,
        r#"db-stop {"a": {"b": 1}"#,
        r#"db-stop {"a": "x} {"b": 1}"#,
    ] {
        assert!(!read(tail), "{tail}");
    }
}

#[test]
fn what_closes_a_line_after_the_marker_is_no_part_of_it() {
    let read = |prefix: &str, end: &str| {
        let folder = Folder::new();
        let line = stop("a", "0.5");
        let record = std::str::from_utf8(&line).unwrap().trim_end();
        folder.write("log", format!("{prefix}{record}{end}\n"));
        let ran = folder.run("report log");
        ran.code == Some(0) && ran.quiet().text().ends_with("a\n")
    };
    for (prefix, end) in
        [("", " "), ("", "\t"), ("", "  "), ("[", "]"), ("{\"m\": \"", "\"}"), ("('", "') "), ("", "\0\0")]
    {
        assert!(read(prefix, end), "{prefix}…{end}");
    }
    for (prefix, end) in [("", "]"), ("", "\""), ("[", "}"), ("", "."), ("", ",")] {
        assert!(!read(prefix, end), "{prefix}…{end}");
    }
}

// ---- Logs of which most can't be read ----

#[test]
fn half_of_the_records_are_an_answer_and_less_are_none() {
    let folder = Folder::new();
    let cut = [&stop("x", "0.5")[..60], b"\n"].concat();
    let shown = String::from_utf8(cut[..60].to_vec()).unwrap();
    folder.write("half.log", [cut.repeat(2), stops(&["a", "b"])].concat());
    folder.run("report half.log").done().saying("2 malformed records: ");
    folder.write("less.log", [cut.repeat(2), stops(&["a"])].concat());
    let what = "tracerank: less.log: 2 of 3 records can't be read, too many for an answer; its lines look like this: ";
    let hint = "hint: a record is read where nothing stands after it: \
                2020-02-27T08:04:25.961298 0.006782 BASE-ID PARENT-ID TRACE-ID name-stop\n";
    folder.run("report less.log").refused(2).saying(&format!("{what}{shown}\n{hint}"));
    // Torn ones count like malformed ones.
    let torn = &stop("task-run", "0.5")[..100];
    folder.write("torn.log", [torn, torn, &stop("a", "0.5")].concat());
    folder.run("report torn.log").refused(2).saying("torn.log: 2 of 3 records can't be read");
    // A part of a log can be what is damaged of it.
    folder.run("summarize --range 0.. less.log -o part.trk").done();
    folder.run("summarize half.log -o half.trk").done();
    folder.run("report half.trk part.trk").refused(2);
    folder.write("good.log", stops(&["a", "b", "c"]));
    folder.run("summarize good.log -o good.trk").done();
    folder.run("report good.trk part.trk").done();
}
