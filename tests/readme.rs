//! What the README shows is what happens.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
#![cfg(feature = "cli")]

mod common;

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::Command;

use common::runs::{run_log, work};

/// The blocks of a language, without their fences.
fn blocks(language: &str) -> Vec<String> {
    let readme = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md")).unwrap();
    let fence = format!("```{language}\n");
    readme.split(&fence).skip(1).map(|rest| rest.split("```").next().unwrap_or_default().to_owned()).collect()
}

/// A shell in which `tracerank` is ours.
fn shell(script: &str, directory: &Path) -> Command {
    let binary = Path::new(env!("CARGO_BIN_EXE_tracerank")).parent().unwrap();
    let path = format!("{}:{}", binary.display(), std::env::var("PATH").unwrap());
    let mut command = Command::new("sh");
    command.args(["-euc", script]).current_dir(directory).env("PATH", path);
    command
}

/// Times and speeds differ from run to run.
fn without_times(text: &str) -> String {
    let lines = text.lines().map(|line| match (line.find(" bytes in "), line.rfind(" GB/s")) {
        (Some(_), Some(_)) => line.split(", ").next().unwrap_or_default(),
        _ => line,
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// A folder with the repository's logs, and with two that can be compared: of 200 requests each, which call the last name more often in the second.
fn logs() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    symlink(Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata"), folder.path().join("testdata")).unwrap();
    for (log, seed, micros, calls) in [("before.log", 1, 20_000, 2), ("after.log", 2, 25_000, 4)] {
        let (complete, run) = (work("engine-on-action-complete", 2, micros), work("task-handler-run-task", 1, 30_000));
        let works = [complete, run, work("task-handler-get-task", calls, 300)];
        fs::write(folder.path().join(log), run_log(200, &works, seed)).unwrap();
    }
    folder
}

#[test]
fn the_console_shows_what_the_command_prints() {
    let folder = logs();
    for block in blocks("console") {
        let (command, expected) = block.strip_prefix("$ ").and_then(|block| block.split_once('\n')).unwrap();
        let output = shell(command, folder.path()).output().unwrap();
        let shown = [output.stdout, output.stderr].concat();
        assert_eq!(without_times(&String::from_utf8(shown).unwrap()), without_times(expected), "{command}");
    }
}

#[test]
fn the_summaries_are_made() {
    let folder = logs();
    fs::copy(folder.path().join("testdata/corpus/basic.log"), folder.path().join("mistral.log")).unwrap();
    let before = "tracerank summarize testdata/corpus/prefixed.log -o run-16.trk";
    assert!(shell(before, folder.path()).status().unwrap().success());
    let of_log = shell("tracerank report mistral.log", folder.path()).output().unwrap().stdout;
    for block in blocks("sh").into_iter().filter(|block| block.contains("tracerank summarize mistral.log")) {
        let here = block.lines().filter(|line| !line.starts_with("ssh ")).collect::<Vec<_>>().join("\n");
        let output = shell(&here, folder.path()).output().unwrap();
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success() && errors.is_empty(), "{here}: {errors}");
        let report = String::from_utf8(output.stdout).unwrap();
        assert!(report.ends_with(std::str::from_utf8(&of_log).unwrap()), "{report}");
        if let Some((_, shown)) = here.lines().next().unwrap().split_once("# {") {
            assert_eq!(report.lines().next().unwrap(), format!("{{{}", shown.trim_end_matches(" …")));
        }
    }
}

#[test]
fn the_comparisons_are_made() {
    let folder = logs();
    let comparisons = blocks("sh").into_iter().find(|block| block.contains("tracerank diff")).unwrap();
    let output = shell(&format!("{JQ}{comparisons}"), folder.path()).output().unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && errors.is_empty(), "{errors}");
    let table = fs::read_to_string(folder.path().join("diff.md")).unwrap();
    assert!(table.starts_with("**1 slower, 0 faster, 3 no change, "), "{table}");
}

/// Three runs before that are like the last one, with its budget.
#[test]
fn the_gates_are_passed() {
    let folder = logs();
    let after = folder.path().join("after.log");
    for log in ["monday.log", "tuesday.log", "wednesday.log", "before.log"] {
        fs::copy(&after, folder.path().join(log)).unwrap();
    }
    fs::write(folder.path().join("budget.toml"), &blocks("toml")[0]).unwrap();
    let gates = blocks("sh").into_iter().find(|block| block.contains("tracerank check")).unwrap();
    let output = shell(&gates, folder.path()).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let table = fs::read_to_string(folder.path().join("check.md")).unwrap();
    assert!(table.starts_with("**PASS: none of 4 names got slower"), "{table}");
    assert!(folder.path().join("check.xml").is_file());
}

/// Not every machine has it.
const JQ: &str = "command -v jq >/dev/null || jq() { cat; }\n";

/// The questions, put to a log in a folder of its own; the other machine is this one.
#[test]
fn the_questions_are_answered() {
    let folder = tempfile::tempdir().unwrap();
    let log = fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/corpus/basic.log")).unwrap();
    fs::create_dir(folder.path().join("log")).unwrap();
    fs::write(folder.path().join("mistral.log"), &log).unwrap();
    fs::write(folder.path().join("log/mistral.log"), &log).unwrap();
    fs::write(folder.path().join("log/mistral.log.1"), &log).unwrap();
    let questions = blocks("sh").into_iter().find(|block| block.contains("ssh host")).unwrap();
    let ssh = "ssh() { shift; gzip -c log/mistral.log; }\n";
    let script = format!("{ssh}{JQ}{}", questions.replace("/var/log/mistral ", "log "));
    let output = shell(&script, folder.path()).output().unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && errors.is_empty(), "{errors}");
    let report = fs::read_to_string(folder.path().join("report.md")).unwrap();
    assert!(report.starts_with("| total (s) |"), "{report}");
}
