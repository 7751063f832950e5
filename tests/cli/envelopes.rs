//! Logs as containers, loggers and shippers wrap them.

use std::fs;

use crate::common::{Folder, testdata};

fn case(name: &str) -> Vec<u8> {
    fs::read(testdata(&format!("cases/{name}"))).unwrap()
}

/// Gives the records of plain.log, each within something.
fn wrapped(wrap: impl Fn(&str) -> String) -> String {
    String::from_utf8(case("plain.log")).unwrap().lines().map(|line| wrap(line) + "\n").collect()
}

fn json(text: &str) -> String {
    serde_json::to_string(text).unwrap()
}

/// Checks that a log has the report and the tree of another one, mapped and streamed.
fn is_read_as(log: &[u8], plain: &[u8]) {
    let folder = Folder::new();
    folder.write("log", log);
    folder.write("plain", plain);
    for command in ["report", "tree", "report -c self,count,name"] {
        let expected = folder.run(&format!("{command} plain")).done().text().to_owned();
        assert_eq!(folder.run(&format!("{command} log")).done().quiet().text(), expected, "{command}");
        assert_eq!(folder.feed(&format!("{command} -"), log).done().quiet().text(), expected, "{command} -");
    }
}

#[test]
fn what_is_around_a_log_makes_no_difference() {
    for name in ["docker-json-file.log", "colour-suffix.log", "fluentd.log"] {
        is_read_as(&case(name), &case("plain.log"));
    }
    is_read_as(&case("docker-json-db.log"), &case("plain-db.log"));
    let plain = case("plain.log");
    let bytes = |line: &str| line.bytes().map(|byte| byte.to_string()).collect::<Vec<_>>().join(",");
    let logs = [
        wrapped(|line| format!("2026-08-20T06:18:00.1Z stdout F {line}")),
        wrapped(|line| format!("2026-08-20T06:18:00.1Z stderr F {}", json(line))),
        wrapped(|line| format!(r#"{{"_source":{{"a":1,"message":{}}},"b":"{{\"message\":\"no\"}}"}}"#, json(line))),
        wrapped(|line| format!(r#"{{"MESSAGE":[{}],"_PID":"7"}}"#, bytes(line))),
        wrapped(|line| format!(r#"["1771568280000000000",{}]"#, json(line))),
        wrapped(|line| format!(r#"1,"INFO",{},"x""#, json(line))),
        wrapped(|line| format!("level=info msg={} x=1", json(line))),
        wrapped(|line| format!(r#"{{"log":{},"stream":"stdout"}}"#, json(&format!("{}\n", json(line))))),
        wrapped(|line| format!("#033[32mINFO#033[0m {line}#033[00m")),
        wrapped(|line| format!("INFO [{line}]\r")),
        wrapped(|line| format!(r#"{{"log":{}}}"#, json(&format!("\u{1b}[1m{line}\u{1b}[0m\n")))),
    ];
    for log in logs {
        is_read_as(log.as_bytes(), &plain);
    }
}

#[test]
fn a_log_that_changes_its_envelope_is_read_to_its_end() {
    let both = [case("docker-json-file.log"), case("plain-db.log")].concat();
    is_read_as(&both, &[case("plain.log"), case("plain-db.log")].concat());
}

#[test]
fn pieces_of_long_lines_are_joined_wherever_a_log_is_cut() {
    let folder = Folder::new();
    let log = case("cri-pieces.log");
    folder.write("log", &log);
    let whole = folder.run("report log").done().quiet().text().to_owned();
    let account = folder.run("report -f json log").done().text().to_owned();
    assert!(account.contains(r#""lines":7,"records":4,"other":0,"malformed":0"#), "{account}");
    assert!(whole.ends_with("1.660        0.830      0.830      2             db\n"), "{whole}");
    // Once mapped, and once streamed.
    for log in [log.clone(), log.repeat(5)] {
        folder.write("log", &log);
        let whole = folder.run("report --duplicates allow log").done().text().to_owned();
        for cut in [1, 40, 16_000, 17_000, 30_000, 47_000, 60_000, log.len() - 5] {
            for (part, range) in [("a", format!("0..{cut}")), ("b", format!("{cut}..{}", log.len()))] {
                for map in ["", "--no-mmap"] {
                    let summarize = format!("summarize --allow-empty {map} --range {range} log -o {part}{map}.trk");
                    folder.run(&summarize);
                }
            }
            for parts in ["a.trk b.trk", "a--no-mmap.trk b--no-mmap.trk"] {
                let ran = folder.run(&format!("report --duplicates allow {parts}"));
                assert_eq!(ran.text(), whole, "{cut} {parts} {}", ran.stderr);
            }
        }
    }
}
