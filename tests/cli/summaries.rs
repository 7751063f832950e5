//! Summaries at the command line: made, read wherever a log is, cut, added up, and refused.

use std::collections::BTreeMap;
use std::fs;

use serde_json::Value;
use tracerank_summary::saved::{self, Saved};
use tracerank_summary::{Account, Coverage, Malformed, Summary};

use crate::common::ways::{gzip, zstd};
use crate::common::{Folder, corpus, testdata};

/// A folder with logs of the corpus, and the summary of one of them.
fn folder() -> Folder {
    let folder = Folder::new();
    for name in ["basic", "mixed", "odd-ids"] {
        folder.write(&format!("{name}.log"), corpus(name));
    }
    folder.run("summarize basic.log -o basic.trk").quiet();
    folder
}

// ---- In a log's place ----

#[test]
fn a_summary_is_reported_like_its_log() {
    let folder = folder();
    folder.run("summarize -q mixed.log odd-ids.log -o both.trk").quiet();
    for (log, summary) in [("basic.log", "basic.trk"), ("mixed.log odd-ids.log", "both.trk")] {
        for options in ["", "-f json", "-f csv -s p99", "-f markdown -n 3", "-c stddev,p90,name", "--name ^task"] {
            let (of_log, of_summary) = (format!("report {log} {options}"), format!("report {summary} {options}"));
            let (of_log, of_summary) = (folder.run(&of_log).done(), folder.run(&of_summary).done());
            assert_eq!((of_summary.text(), &of_summary.stderr), (of_log.text(), &of_log.stderr), "{options}");
        }
    }
}

#[test]
fn a_summary_is_read_wherever_a_log_is() {
    let folder = folder();
    let expected = folder.run("report basic.log").quiet();
    let summary = folder.read("basic.trk");
    folder.write("packed.gz", gzip(&summary));
    folder.write("packed.zst", zstd(&summary));
    folder.write("directory/run.trk", &summary);
    for input in ["packed.gz", "packed.zst", "directory", "--no-mmap basic.trk"] {
        assert_eq!(folder.run(&format!("report {input}")).quiet().text(), expected.text(), "{input}");
    }
    assert_eq!(folder.feed("report", &summary).quiet().text(), expected.text());
    assert_eq!(folder.shell("tracerank report < basic.trk").quiet().text(), expected.text());
    assert_eq!(folder.shell("tracerank summarize basic.log -o - | tracerank report -").quiet().text(), expected.text());
}

#[test]
fn summaries_and_logs_add_up() {
    let folder = folder();
    let expected = folder.run("report -f json basic.log mixed.log").done();
    assert_eq!(folder.run("report -f json basic.trk mixed.log").done().text(), expected.text());
    folder.run("summarize basic.trk mixed.log -o both.trk").done();
    assert_eq!(folder.run("report -f json both.trk").done().text(), expected.text());
    // A directory with both kinds.
    let ran = folder.run("report -v both.trk odd-ids.log").done();
    ran.saying("in 3 files").saying("from a summary");
}

/// The values of a column, by name.
fn by_name(folder: &Folder, inputs: &str, column: &str) -> BTreeMap<String, u64> {
    let ran = folder.run(&format!("report -f json -c name,{column} {inputs}")).done();
    let report: Value = serde_json::from_slice(&ran.stdout).unwrap();
    let rows = report["rows"].as_array().unwrap().iter();
    rows.map(|row| (row["name"].to_string(), row[format!("{column}_ns")].as_u64().unwrap())).collect()
}

#[test]
fn a_percentile_has_one_value_wherever_it_is_shown() {
    let folder = Folder::new();
    for log in ["before", "after"] {
        folder.write(&format!("{log}.log"), fs::read(testdata(&format!("compare/{log}.log"))).unwrap());
        folder.run(&format!("summarize {log}.log -o {log}.trk")).quiet();
    }
    folder.run("summarize after.log before.trk -o both.trk").done();
    let both = "before.log after.log";
    for column in ["p50", "p90", "p95", "p99", "p99.9"] {
        let of_logs = by_name(&folder, both, column);
        for inputs in ["after.log before.log", "before.trk after.log", "both.trk", "--no-mmap --threads 1 both.trk"] {
            assert_eq!(by_name(&folder, inputs, column), of_logs, "{column} {inputs}");
        }
    }
    for (base, new) in [("before.log", "after.log"), ("before.trk", "both.trk"), ("both.trk", "after.trk")] {
        let ran = folder.run(&format!("diff -f json {base} {new}")).done();
        let diff: Value = serde_json::from_slice(&ran.stdout).unwrap();
        for column in ["p50", "p95", "p99"] {
            let sides = [("base", by_name(&folder, base, column)), ("new", by_name(&folder, new, column))];
            for (side, of_report) in sides {
                let names = diff["names"].as_array().unwrap().iter();
                let of_diff = names.filter_map(|name| {
                    let ns = name["measures"][format!("{column}_ns")][side].as_f64()?;
                    Some((name["name"].to_string(), ns as u64))
                });
                assert_eq!(of_diff.collect::<BTreeMap<_, _>>(), of_report, "{column} of {side} {base} {new}");
            }
        }
    }
}

#[test]
fn a_budget_looks_at_the_percentile_that_is_reported() {
    let folder = Folder::new();
    folder.write("log", fs::read(testdata("compare/before.log")).unwrap());
    for column in ["p50", "p95", "p99"] {
        for (name, ns) in by_name(&folder, "log", column) {
            for (limit, code) in [(ns, 0), (ns - 1, 1)] {
                folder.write("budget.toml", format!("[[budget]]\nname = {name}\n{column} = \"{limit}ns\"\n"));
                let ran = folder.run("check --budget budget.toml log");
                assert_eq!(ran.code, Some(code), "{column} {limit}: {}", ran.text());
            }
        }
    }
}

#[test]
fn strict_counts_what_was_malformed_when_the_summary_was_made() {
    let folder = folder();
    let said = "28 malformed records: odd-ids.log:323 (byte 54860): base, parent and trace id are not all there";
    let ran = folder.run("summarize --strict odd-ids.log -o odd.trk").saying(said);
    assert_eq!(ran.code, Some(1));
    let ran = folder.run("report --strict odd.trk").saying(said);
    assert_eq!(ran.code, Some(1));
}

/// A reason can be of a later version, or of somebody who means harm.
#[test]
fn any_reason_is_shown_and_none_is_a_command_to_the_terminal() {
    let reason = "it is \x1b[31mred".into();
    let malformed = vec![Malformed { path: "a.log".into(), line: Some(3), offset: 7, reason }];
    let account = Account { bytes: 9, lines: 1, malformed: 1, ..Account::default() };
    let mut file = Vec::new();
    let saved = Saved { summary: Summary::new(), account, malformed, coverage: Coverage::default() };
    saved::write(&saved, &mut file).unwrap();
    let folder = folder();
    folder.write("odd.trk", file);
    let said = r"1 malformed record: a.log:3 (byte 7): it is \x1b[31mred";
    folder.run("report odd.trk basic.log").done().saying(said);
}

// ---- What it is not ----

#[test]
fn what_a_summary_can_not_tell_names_what_can() {
    let folder = folder();
    folder.run("summarize -q basic.trk mixed.log -o both.trk").done();
    for filter in ["--since 2026-11-23", "--until 2026-11-23", "--base-id x"] {
        let said = "tracerank: basic.trk: is a summary, in which spans are not told by time, base id or parent\n\
                    hint: ask the log that it was made of: basic.log\n";
        folder.run(&format!("report {filter} basic.trk")).refused(2).saying_only(said);
        folder
            .run(&format!("report {filter} both.trk"))
            .refused(2)
            .saying("ask the 2 logs that it was made of: basic.log, …");
    }
}

#[test]
fn nothing_is_counted_twice() {
    let folder = folder();
    let said = "tracerank: basic.log: bytes 0 to 1439553 of basic.log are in basic.trk, too, and would be counted twice\n\
                hint: --duplicates allow counts all of it\n";
    folder.run("report basic.trk basic.log").refused(2).saying_only(said);
    folder.run("summarize basic.trk basic.log -o twice.trk").refused(2).saying_only(said);
    assert_eq!(folder.names(), ["basic.log", "basic.trk", "mixed.log", "odd-ids.log"]);
    folder.write("copy.log", corpus("basic"));
    folder.run("report basic.trk copy.log").refused(2).saying("of copy.log are in basic.trk, too");
    folder.write("packed.gz", gzip(&corpus("basic")));
    folder.run("report basic.trk packed.gz").refused(2).saying("are in basic.trk, too");
    folder.write("copy.trk", folder.read("basic.trk"));
    folder.run("report basic.trk copy.trk").refused(2).saying("of basic.log are in basic.trk, too");
    let twice = folder.run("report -f json --duplicates allow basic.trk copy.log").quiet();
    assert!(twice.text().contains("\"lines\":16000"));
}

/// A log that begins and ends like another one of the same length, with other durations between.
fn with_other_durations(log: &str) -> String {
    let lines: Vec<&str> = log.split_inclusive('\n').collect();
    let change = |(at, line): (usize, &&str)| {
        let is_between = (100..lines.len() - 100).contains(&at);
        if is_between { line.replacen(" 0.0", " 9.0", 1).replacen(" 0.1", " 9.1", 1) } else { (*line).to_owned() }
    };
    lines.iter().enumerate().map(change).collect()
}

#[test]
fn logs_that_only_begin_and_end_alike_are_two_logs() {
    let folder = folder();
    let log = String::from_utf8(corpus("basic")).unwrap();
    let other = with_other_durations(&log);
    assert!(other.len() == log.len() && other != log);
    folder.write("other.log", &other);
    folder.run("summarize other.log -o other.trk").quiet();
    for inputs in ["basic.trk other.trk", "basic.trk other.log", "other.log basic.trk", "basic.log other.trk"] {
        let ran = folder.run(&format!("report -f json -q {inputs}")).done();
        assert!(ran.text().contains("\"lines\":16000"), "{inputs}");
    }
    folder.run("summarize -q basic.log other.log -o both.trk").done();
    folder.run("report both.trk other.trk").refused(2).saying("would be counted twice");
    folder.run("report both.trk basic.log").refused(2).saying("would be counted twice");
    // A part that is there twice is told, whatever stands beside it.
    folder.run("summarize -q basic.log --range 0..700000 -o part.trk").done();
    folder.run("report basic.trk part.trk").refused(2).saying("bytes 0 to 700000 of basic.log are in basic.trk, too");
    folder.run("report -q other.trk part.trk").done();
}

#[test]
fn logs_without_ids_that_only_begin_and_end_alike_are_two_logs() {
    let folder = Folder::new();
    let line = |n: usize, took: &str| {
        let time = format!("12/Mar/2026:{:02}:{:02}:{:02} +0000", n / 3600, n / 60 % 60, n % 60);
        format!("203.0.113.7 - - [{time}] \"GET /a HTTP/1.1\" 200 512 \"-\" \"curl/8.11\" {took}\n")
    };
    let log = |took: &str| (0..1000).map(|n| line(n, if (200..800).contains(&n) { took } else { "0.041" })).collect();
    let [one, other]: [String; 2] = ["0.043", "0.430"].map(log);
    folder.write("one", &one);
    folder.write("other", &other);
    folder.write("copy", &one);
    for log in ["one", "other", "copy"] {
        folder.run(&format!("summarize {log} -o {log}.trk")).quiet();
    }
    folder.run("report one.trk other.trk").quiet();
    folder.run("summarize one other -o both.trk").quiet();
    folder.run("report one.trk copy.trk").refused(2).saying("would be counted twice");
    folder.run("summarize one copy -o twice.trk").refused(2).saying("would be counted twice");
}

#[test]
fn what_is_not_whole_is_refused() {
    let folder = folder();
    let summary = folder.read("basic.trk");
    let mut damaged = summary.clone();
    damaged[1000] ^= 1;
    let mut newer = summary.clone();
    newer[8] = 3;
    for (content, said) in [
        (
            &summary[..1000],
            "bad.trk: the summary breaks off\nhint: write it again with tracerank summarize, or copy it again\n",
        ),
        (&summary[..12], "bad.trk: the summary breaks off\n"),
        (&damaged, "bad.trk: the summary is damaged: "),
        (
            &newer,
            "bad.trk: it is a summary in format 3, and this version of tracerank reads up to 2\nhint: read it with the version that wrote it, or a later one\n",
        ),
        (&[summary.as_slice(), b"\n"].concat(), "bad.trk: something stands after the end of the summary\n"),
    ] {
        folder.write("bad.trk", content);
        for command in ["report bad.trk", "report basic.log bad.trk", "summarize bad.trk -o other.trk"] {
            folder.run(command).refused(2).saying(said);
        }
    }
    // Shorter than what tells a summary, it is only no log.
    folder.write("bad.trk", &summary[..6]);
    folder.run("report bad.trk").refused(2).saying("bad.trk: holds no record");
    assert!(!folder.names().contains(&"other.trk".to_owned()));
}

// ---- How it is written ----

#[test]
fn a_summary_is_written_whole_or_not_at_all() {
    let folder = folder();
    let before = folder.read("basic.trk");
    folder.write("empty.log", "");
    folder
        .run("summarize empty.log -o basic.trk")
        .refused(2)
        .saying("empty.log: holds no record; it looks like an empty file");
    folder.run("summarize basic.log missing.log -o basic.trk").refused(2).saying("missing.log: can't be opened");
    folder.run("summarize basic.log -o missing/basic.trk").refused(2).saying("can't be written");
    folder
        .run("summarize basic.log -o basic.log")
        .refused(2)
        .saying("basic.log: is an input, too, and would be overwritten");
    folder
        .run("summarize basic.trk -o basic.trk")
        .refused(2)
        .saying("basic.trk: is an input, too, and would be overwritten");
    assert_eq!(folder.read("basic.trk"), before);
    assert_eq!(folder.names(), ["basic.log", "basic.trk", "empty.log", "mixed.log", "odd-ids.log"]);
    if fs::exists("/dev/full").unwrap() {
        folder.run("summarize basic.log -o /dev/full").refused(2).saying("can't be written: No space left on device");
    }
    let ran = folder.shell("tracerank summarize basic.log -o - | head -c 1 > /dev/null");
    assert_eq!(ran.quiet().text(), "");
}

/// A directory that others write summaries to has unfinished ones in it, which are hidden.
/// Each file is possible, and all of them together are not.
#[test]
fn more_than_any_logs_have_is_refused() {
    let folder = folder();
    let most = Account::MOST;
    for (name, account) in [
        ("bytes", Account { bytes: most, ..Account::default() }),
        ("records", Account { lines: most, records: most, ..Account::default() }),
    ] {
        let forged = Saved { summary: Summary::new(), account, malformed: vec![], coverage: Coverage::default() };
        let mut file = Vec::new();
        saved::write(&forged, &mut file).unwrap();
        folder.write(&format!("{name}.trk"), file);
        for other in ["basic.trk", "basic.log"] {
            for command in ["report", "report -f json", "summarize -o sum.trk"] {
                let ran = folder.run(&format!("{command} {other} {name}.trk")).refused(2);
                ran.saying(".trk: with it, the inputs add up to more than any logs have\n");
            }
        }
    }
    assert!(!folder.names().contains(&"sum.trk".to_owned()));
}

#[test]
fn hidden_files_of_a_directory_are_not_read() {
    let folder = folder();
    folder.write("runs/a.trk", folder.read("basic.trk"));
    folder.write("runs/.tracerank-AbCdEf", &folder.read("basic.trk")[..1000]);
    folder.write("runs/.mixed.log", corpus("mixed"));
    assert_eq!(folder.run("report runs").quiet().text(), folder.run("report basic.log").quiet().text());
    folder.run("report runs/.mixed.log").done();
}

#[test]
fn the_same_log_makes_the_same_summary() {
    let folder = folder();
    for threads in [1, 2, 7] {
        folder.run(&format!("summarize --threads {threads} basic.log -o again.trk")).quiet();
        assert_eq!(folder.read("again.trk"), folder.read("basic.trk"));
    }
    assert!(folder.read("basic.trk").len() < 30_000, "a few hundred bytes a name");
}

// ---- Ranges ----

#[test]
fn ranges_of_a_log_make_up_the_log() {
    let folder = folder();
    for (nth, range) in ["..400001", "400001..400001", "400001..1439000", "1439000..9999999999"].iter().enumerate() {
        folder.run(&format!("summarize basic.log --range {range} -o part-{nth}.trk")).quiet();
    }
    let parts = "part-0.trk part-1.trk part-2.trk part-3.trk";
    let expected = folder.run("report -f json basic.log").quiet();
    assert_eq!(folder.run(&format!("report -f json {parts}")).quiet().text(), expected.text());
    folder.run(&format!("summarize {parts} -o whole.trk")).quiet();
    assert_eq!(folder.read("whole.trk"), folder.read("basic.trk"));
    folder.run("report part-1.trk").refused(2).saying("tracerank: part-1.trk: is a summary without a record\n");
    folder
        .run("report part-0.trk basic.log")
        .refused(2)
        .saying("bytes 0 to 400001 of basic.log are in part-0.trk, too");
}

#[test]
fn of_a_part_only_the_byte_of_a_malformed_record_is_known() {
    let folder = folder();
    let ran = folder.run("summarize odd-ids.log --range 54000.. -o part.trk").done();
    ran.saying("28 malformed records: odd-ids.log (byte 54860): base, parent");
    let ran = folder.run("summarize odd-ids.log --range ..54900 -o part.trk").done();
    ran.saying("1 malformed record: odd-ids.log:323 (byte 54860): base, parent");
}

#[test]
fn ranges_that_there_are_not_are_refused() {
    let folder = folder();
    folder.write("packed.gz", gzip(&corpus("basic")));
    let no_ranges = "has no ranges of bytes; only a file has that is neither compressed nor a summary";
    for (arguments, said) in [
        ("basic.log --range 2000000..", "basic.log: it has 1439553 bytes, and no range that begins at 2000000"),
        ("basic.log --range 5..3", "5 is after 3"),
        ("basic.log --range 5", "a range of bytes reads like 0..1000000"),
        ("packed.gz --range 0..5", no_ranges),
        ("basic.trk --range 0..5", no_ranges),
        ("- --range 0..5", no_ranges),
        ("basic.log mixed.log --range 0..5", "--range is for one log"),
    ] {
        folder.run(&format!("summarize {arguments} -o part.trk")).refused(2).saying(said);
    }
    folder.run("summarize basic.log").refused(2).saying("--output <FILE>");
}

// ---- Plans ----

#[test]
fn a_plan_covers_everything_once() {
    let folder = folder();
    folder.write("packed.gz", gzip(&corpus("odd-ids")));
    let ran = folder.run("plan basic.log packed.gz mixed.log basic.trk --parts 3").quiet();
    let lines: Vec<Value> = ran.text().lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines.first().unwrap()["path"], "basic.log");
    let mut ends = BTreeMap::new();
    for line in &lines {
        let (path, bytes) = (line["path"].as_str().unwrap(), line["bytes"].as_u64().unwrap());
        if let Some(range) = line["range"].as_str() {
            let (from, to) = range.split_once("..").unwrap();
            let (from, to): (u64, u64) = (from.parse().unwrap(), to.parse().unwrap());
            assert_eq!((from, to - from), (ends.get(path).copied().unwrap_or(0), bytes));
            ends.insert(path, to);
        } else {
            assert!(["packed.gz", "basic.trk"].contains(&path), "{path}");
            assert_eq!(bytes, folder.read(path).len() as u64);
        }
    }
    assert_eq!(ends, [("basic.log", 1_439_553), ("mixed.log", 1_299_483)].into());
    let parts: Vec<u64> = lines.iter().map(|line| line["part"].as_u64().unwrap()).collect();
    assert!(parts.is_sorted() && parts.first() == Some(&1) && parts.last() == Some(&3), "{parts:?}");
    let sizes = [1, 2, 3].map(|part| {
        let of_part = lines.iter().filter(|line| line["part"] == part);
        of_part.map(|line| line["bytes"].as_u64().unwrap()).sum::<u64>()
    });
    assert!(sizes.iter().max().unwrap() - sizes.iter().min().unwrap() < 40_000, "{sizes:?}");
}

#[test]
fn a_plan_of_many_parts_can_have_parts_without_a_line() {
    let folder = Folder::new();
    folder.write("log", corpus("basic").split_inclusive(|byte| *byte == b'\n').take(3).collect::<Vec<_>>().concat());
    folder.write("empty", "");
    let script = "tracerank plan log empty --parts 20 |
        sed 's/.*\"range\":\"\\([^\"]*\\)\".*/\\1/' |
        while read range; do tracerank summarize log --range $range -o part-$range.trk || exit; done
        tracerank report -f json part-*.trk";
    assert_eq!(folder.shell(script).quiet().text(), folder.run("report -f json log").quiet().text());
}

#[test]
fn what_can_not_be_planned_is_refused() {
    let folder = folder();
    for (arguments, said) in [
        ("--parts 2", "<INPUT>"),
        ("basic.log", "--parts <N>"),
        ("basic.log --parts 0", "0 is not in 1..=1000000"),
        ("- --parts 2", "standard input: is not a file and has no size"),
        ("missing.log --parts 2", "missing.log: can't be opened"),
        ("basic.log basic.log --parts 2", "is the same file as"),
    ] {
        folder.run(&format!("plan {arguments}")).refused(2).saying(said);
    }
}

// ---- Old ones ----

#[test]
fn an_old_summary_is_reported() {
    let folder = Folder::new();
    for format in ["format-1", "format-2"] {
        folder.write("old.trk", fs::read(testdata(&format!("compat/{format}.trk"))).unwrap());
        let json = fs::read_to_string(testdata("compat/report.json")).unwrap();
        let (json, text) = json.split_at(json.find("Total time").unwrap());
        assert_eq!(folder.run("report -q -f json old.trk").quiet().text(), json);
        assert_eq!(folder.run("report -q old.trk").quiet().text(), text);
    }
}
