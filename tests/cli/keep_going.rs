//! `--keep-going`: an answer from the inputs that can be read. `--allow-empty`: inputs that hold no record.

use serde_json::Value;

use crate::common::ways::{gzip, xz, zstd};
use crate::common::{BASE, Folder, LEAST_MEMORY, MANY_SPANS, Ran, long_spans, names_of, stop, stops};

/// The first part of a file.
fn torn(content: &[u8]) -> Vec<u8> {
    content[..content.len() / 2].to_vec()
}

/// A folder with two good logs and, between them, one of many lines that is damaged far behind its beginning.
fn with_damage() -> Folder {
    let folder = Folder::new();
    folder.write("good/a.log", stops(&["one", "two"]));
    folder.write("good/c.log", stops(&["three"]));
    for name in ["a.log", "c.log"] {
        folder.write(&format!("logs/{name}"), folder.read(&format!("good/{name}")));
    }
    folder.write("logs/b.log.gz", torn(&gzip(&long_spans(MANY_SPANS, 100))));
    folder
}

fn parse(json: &[u8]) -> Value {
    serde_json::from_slice(json).expect("it is JSON")
}

/// The line that a run ended with on standard error.
fn last_line(ran: &Ran) -> &str {
    ran.stderr.lines().last().unwrap_or_default()
}

/// Whatever comes before the damage, no line of the file counts.
#[test]
fn a_damaged_file_of_a_directory_is_left_out_wholly_and_named() {
    let folder = with_damage();
    folder.run("report logs").refused(2).saying("logs/b.log.gz: the gzip data is damaged");
    for options in ["--threads 1", "--threads 2", "--threads 7", "--no-mmap", "--strict", "-c self,count,name"] {
        let ran = folder.run(&format!("report --keep-going {options} -f json logs -o out.json")).refused(2);
        assert_eq!(last_line(&ran), "tracerank: 1 of 3 inputs could not be read whole: logs/b.log.gz");
        assert_eq!(ran.stderr.lines().count(), 3, "{}", ran.stderr);
        let ran = ran.saying("tracerank: logs/b.log.gz: the gzip data is damaged or breaks off after byte ");
        ran.saying("\nhint: read the intact part through a pipe: zcat FILE | tracerank report\n");
        let (mut found, expected) =
            (parse(&folder.read("out.json")), folder.run(&format!("report {options} -f json good")));
        let failed = found["input"].as_object_mut().unwrap().remove("failed").unwrap();
        assert_eq!(found, parse(&expected.done().stdout));
        let [only] = failed.as_array().unwrap().as_slice() else { panic!("{failed}") };
        assert_eq!(only["path"], "logs/b.log.gz");
        assert!(only["error"].as_str().unwrap().starts_with("the gzip data is damaged or breaks off"), "{only}");
    }
}

#[test]
fn every_command_answers_without_what_is_damaged() {
    let folder = with_damage();
    for command in
        ["report", "tree", "tree -f folded", "slowest", "slowest -f csv", &format!("show {BASE}"), "show 0721"]
    {
        let expected = folder.run(&format!("{command} good")).done();
        let ran = folder.run(&format!("{command} --keep-going logs"));
        assert_eq!((ran.code, ran.text()), (Some(2), expected.text()), "{command}: {}", ran.stderr);
        assert_eq!(last_line(&ran), "tracerank: 1 of 3 inputs could not be read whole: logs/b.log.gz");
        ran.without_debris();
    }
    folder.run("summarize --keep-going logs -o part.trk").refused(2).saying("1 of 3 inputs");
    assert_eq!(folder.run("report part.trk").quiet().text(), folder.run("report good").quiet().text());
    // What the id is of is in the damaged file only.
    folder.run("show --keep-going f12e75d5 logs").refused(2).saying("no id in the log begins with this");
}

#[test]
fn later_readings_leave_it_out_as_the_first_one_does() {
    let folder = with_damage();
    for name in ["logs/large.log", "good/large.log"] {
        folder.write(name, long_spans(MANY_SPANS, 1000));
    }
    let options = format!("--memory-limit {LEAST_MEMORY} -v --threads 2");
    for damaged in ["logs/b.log.gz", "logs/0.gz"] {
        let expected = folder.run(&format!("tree {options} good")).done().saying("tracerank: read ");
        let ran = folder.run(&format!("tree {options} --keep-going logs")).saying("tracerank: read ");
        assert_eq!((ran.code, ran.text()), (Some(2), expected.text()), "{}", ran.stderr);
        assert_eq!(ran.stderr.matches("is damaged or breaks off").count(), 1);
        assert!(
            last_line(&ran).ends_with(&format!("1 of 4 inputs could not be read whole: {damaged}")),
            "{}",
            ran.stderr
        );
        // One that fails at once.
        if damaged == "logs/b.log.gz" {
            std::fs::remove_file(folder.path(damaged)).unwrap();
            folder.write("logs/0.gz", torn(&gzip(&stops(&["small"]))));
        }
    }
}

#[test]
fn each_kind_of_damage_is_told_and_left_out() {
    let folder = Folder::new();
    folder.write("good.log", stops(&["good"]));
    folder.write("cut.xz", torn(&xz(&stops(&["xz"]))));
    folder.write("cut.zst", torn(&zstd(&stops(&["zstd"]))));
    folder.run("summarize good.log -o cut.trk").quiet();
    folder.write("cut.trk", torn(&folder.read("cut.trk")));
    let broken = b"2026-11-23T06:18:09.822513 0.5 07210e9e x-stop\n".repeat(2);
    folder.write("mostly.log", [stops(&["mostly"]), broken].concat());
    folder.write("text", "no log\n");
    let ran =
        folder.run("report --keep-going -o out cut.xz missing mostly.log cut.zst good.log cut.trk text").refused(2);
    assert_eq!(names_of(&String::from_utf8(folder.read("out")).unwrap()), ["good"]);
    for what in [
        "missing: can't be opened: No such file or directory\n",
        "cut.xz: the xz data is damaged",
        "cut.zst: the zstd data is damaged",
        "mostly.log: 2 of 3 records can't be read, too many for an answer\n",
        "cut.trk: ",
        "text: holds no record\n",
    ] {
        assert_eq!(ran.stderr.matches(&format!("tracerank: {what}")).count(), 1, "{what}: {}", ran.stderr);
    }
    let last = "tracerank: 6 of 7 inputs could not be read whole: missing, cut.xz, mostly.log, cut.zst, cut.trk, …";
    assert_eq!(last_line(&ran), last);
}

#[test]
fn without_any_input_that_can_be_read_nothing_is_written() {
    let folder = Folder::new();
    folder.write("cut.gz", torn(&gzip(&stops(&["a"]))));
    folder.write("text", "no log\n");
    folder.write("out", "as it was");
    for inputs in ["cut.gz", "cut.gz text", "missing", "text"] {
        folder.run(&format!("report --keep-going -o out {inputs}")).refused(2);
        assert_eq!(folder.read("out"), b"as it was", "{inputs}");
    }
}

#[test]
fn beside_an_input_that_is_read_once_the_lines_before_the_damage_count_and_are_told() {
    let folder = with_damage();
    let log = long_spans(MANY_SPANS, 100);
    let ran = folder.feed("report --keep-going -f json - good", &torn(&gzip(&log)));
    assert_eq!(ran.code, Some(2), "{}", ran.stderr);
    let found = parse(&ran.stdout);
    let lines = found["input"]["lines"].as_u64().unwrap() - 3;
    assert!(lines > 1000 && lines < u64::from(2 * MANY_SPANS));
    assert_eq!(found["rows"].as_array().unwrap().len(), 4);
    let error = found["input"]["failed"][0]["error"].as_str().unwrap();
    assert!(error.ends_with(&format!("; the {lines} lines before that count")), "{error}");
    assert_eq!(last_line(&ran), "tracerank: 1 of 3 inputs could not be read whole: standard input");
    ran.saying(error);
}

#[test]
fn comparisons_do_not_judge_by_a_part() {
    let folder = with_damage();
    folder.run("check --keep-going good logs").refused(2).saying("a gate does not judge by a part of a run");
    folder.run("diff --keep-going good logs").refused(2).saying("runs of which a part is missing are not comparable");
    folder.run("check good logs").refused(2).saying("logs/b.log.gz: the gzip data is damaged");
}

#[test]
fn an_input_without_a_record_can_be_allowed() {
    let folder = Folder::new();
    folder.write("good.log", stop("good", "0.5"));
    folder.write("text", "no log\n");
    folder.write("empty", "");
    folder.write("empty.gz", gzip(b""));
    folder.write("logs/text", "no log\n");
    std::fs::create_dir(folder.path("none")).unwrap();
    for input in ["text", "empty", "empty.gz", "logs"] {
        folder
            .run(&format!("report {input}"))
            .refused(2)
            .saying("--allow-empty takes an input without a record as empty");
        folder.run(&format!("check good.log {input}")).refused(2).saying("holds no record");
        for (command, lines) in [("report", 2), ("tree", 3), ("slowest -f csv", 1), ("tree --focus x", 3)] {
            let ran = folder.run(&format!("{command} --allow-empty {input}")).quiet();
            assert!(ran.text().lines().count() <= lines, "{command}: {}", ran.text());
        }
        folder.run(&format!("report --strict --allow-empty {input}")).quiet();
        let ran = folder.run(&format!("report --allow-empty good.log {input}")).quiet();
        assert_eq!(names_of(ran.text()), ["good"]);
        folder.run(&format!("summarize --allow-empty {input} -o empty.trk")).quiet();
        folder.run("report empty.trk").refused(2).saying("is a summary without a record\nhint: --allow-empty takes");
        folder.run("report --allow-empty empty.trk").quiet();
    }
    assert_eq!(names_of(folder.run("report --allow-empty none good.log").quiet().text()), ["good"]);
    folder.run("report --allow-empty none").quiet();
    folder.run("summarize --allow-empty --range 0..3 text -o part.trk").quiet();
    folder.run("report --allow-empty missing").refused(2).saying("missing: can't be opened");
    // Damage is no emptiness.
    folder.write("cut.gz", torn(&gzip(&stops(&["a"]))));
    folder.run("report --allow-empty cut.gz").refused(2).saying("is damaged");
    let ran = folder.run("report --allow-empty --keep-going cut.gz text good.log");
    assert_eq!((ran.code, names_of(ran.text())), (Some(2), vec!["good"]), "{}", ran.stderr);
    assert_eq!(last_line(&ran), "tracerank: 1 of 3 inputs could not be read whole: cut.gz");
}
