//! The examples of the README and of the pages in docs/ do what the text says.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use crate::common::runs::{run_log, work};
use crate::common::shell;

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

/// The README, then the pages by name.
fn pages() -> Vec<PathBuf> {
    let files = fs::read_dir(Path::new(ROOT).join("docs")).unwrap().map(|entry| entry.unwrap().path());
    let mut pages: Vec<_> = files.filter(|path| path.extension().is_some_and(|extension| extension == "md")).collect();
    pages.sort();
    pages.insert(0, Path::new(ROOT).join("README.md"));
    pages
}

/// The blocks of a language on all pages, without their fences.
fn blocks(language: &str) -> Vec<String> {
    let texts = pages().into_iter().map(|page| fs::read_to_string(page).unwrap());
    texts.flat_map(|text| blocks_of(&text, language)).collect()
}

fn blocks_of(page: &str, language: &str) -> Vec<String> {
    let fence = format!("```{language}\n");
    page.split(&fence).skip(1).map(|rest| rest.split("```").next().unwrap_or_default().to_owned()).collect()
}

/// The blocks of shell commands that run tracerank, here or on another machine.
fn examples() -> Vec<String> {
    let is_ours = |line: &str| line.starts_with("tracerank ") || line.starts_with("ssh host ");
    blocks("sh").into_iter().filter(|block| block.lines().all(is_ours)).collect()
}

/// The commands of a console block, each with the output that is shown after it.
fn commands(block: &str) -> Vec<(&str, &str)> {
    let block = block.strip_prefix("$ ").unwrap();
    block.split("\n$ ").map(|step| step.split_once('\n').unwrap_or((step, ""))).collect()
}

/// Times and speeds differ from run to run.
fn without_times(text: &str) -> String {
    let lines = text.lines().map(|line| match (line.find(" bytes in "), line.rfind(" GB/s")) {
        (Some(_), Some(_)) => line.split(", ").next().unwrap_or_default(),
        _ => line,
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// A folder with the repository's logs.
fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    symlink(Path::new(ROOT).join("testdata"), folder.path().join("testdata")).unwrap();
    folder
}

/// Two logs of 200 requests each. In the second, one name takes longer, and another one is called more often.
///
/// With `WRITE_GOLDEN=1` the files are written anew.
#[test]
fn the_logs_to_compare_are_as_made() {
    for (log, seed, micros, calls) in [("before.log", 1, 20_000, 2), ("after.log", 2, 25_000, 4)] {
        let (complete, run) = (work("engine-on-action-complete", 2, micros), work("task-handler-run-task", 1, 30_000));
        let works = [complete, run, work("task-handler-get-task", calls, 300)];
        let (path, made) = (Path::new(ROOT).join("testdata/compare").join(log), run_log(200, &works, seed));
        if std::env::var_os("WRITE_GOLDEN").is_some() {
            fs::write(&path, &made).unwrap();
        }
        assert!(fs::read(&path).unwrap() == made, "{log}");
    }
}

#[test]
fn the_console_shows_what_the_command_prints() {
    let blocks = blocks("console");
    assert!(blocks.len() >= 10, "{}", blocks.len());
    for block in blocks {
        let folder = folder();
        for (command, expected) in commands(&block) {
            let output = shell(command, folder.path()).output().unwrap();
            let shown = [output.stdout, output.stderr].concat();
            assert_eq!(without_times(&String::from_utf8(shown).unwrap()), without_times(expected), "{command}");
        }
    }
}

#[test]
fn the_summaries_are_made() {
    let folder = folder();
    fs::copy(folder.path().join("testdata/corpus/basic.log"), folder.path().join("mistral.log")).unwrap();
    let before = "tracerank summarize testdata/corpus/prefixed.log -o run-16.trk";
    assert!(shell(before, folder.path()).status().unwrap().success());
    let of_log = shell("tracerank report mistral.log", folder.path()).output().unwrap().stdout;
    let summaries: Vec<_> = examples().into_iter().filter(|block| block.contains("tracerank summarize")).collect();
    assert!(summaries.len() >= 2, "{summaries:?}");
    for block in summaries {
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
    let folder = folder();
    let comparisons = examples().into_iter().find(|block| block.contains("tracerank diff")).unwrap();
    let output = shell(&format!("{JQ}{comparisons}"), folder.path()).output().unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && errors.is_empty(), "{errors}");
    let table = fs::read_to_string(folder.path().join("diff.md")).unwrap();
    assert!(table.starts_with("**1 slower, 0 faster, 3 no change, "), "{table}");
}

/// All runs are alike, and within the budget of the page about CI.
#[test]
fn the_gates_are_passed() {
    let gates: Vec<_> = examples().into_iter().filter(|block| block.contains("tracerank check")).collect();
    assert!(gates.iter().any(|block| block.contains("tracerank check --fail-on")), "{gates:?}");
    let budget = blocks_of(&fs::read_to_string(Path::new(ROOT).join("docs/ci.md")).unwrap(), "toml").remove(0);
    for block in gates {
        let folder = folder();
        let run = folder.path().join("testdata/compare/after.log");
        for log in ["monday.log", "tuesday.log", "wednesday.log", "before.log", "after.log", "base.log", "new.log"] {
            fs::copy(&run, folder.path().join(log)).unwrap();
        }
        let summaries = "for day in monday tuesday wednesday; do tracerank summarize $day.log -o $day.trk; done";
        assert!(shell(summaries, folder.path()).status().unwrap().success());
        fs::write(folder.path().join("budget.toml"), &budget).unwrap();
        let output = shell(&block, folder.path()).output().unwrap();
        assert!(output.status.success(), "{block}: {}", String::from_utf8_lossy(&output.stderr));
        if block.contains("--export") {
            let table = fs::read_to_string(folder.path().join("check.md")).unwrap();
            assert!(table.starts_with("**PASS: none of 4 names got slower"), "{table}");
            assert!(folder.path().join("check.xml").is_file());
        }
    }
}

#[test]
fn the_links_lead_to_files() {
    let mut links = 0;
    for page in pages() {
        let text = fs::read_to_string(&page).unwrap();
        let targets = text.split("](").skip(1).filter_map(|rest| rest.split(')').next());
        for target in targets.filter(|target| !target.starts_with("https://")) {
            let (file, heading) = target.split_once('#').unwrap_or((target, ""));
            let file = page.parent().unwrap().join(file);
            assert!(file.exists(), "{}: {target}", page.display());
            if !heading.is_empty() {
                let linked = fs::read_to_string(&file).unwrap().to_lowercase();
                assert!(linked.contains(&format!("# {}\n", heading.replace('-', " "))), "{}: {target}", page.display());
            }
            links += 1;
        }
    }
    assert!(links >= 20, "{links}");
}

/// Not every machine has it.
const JQ: &str = "command -v jq >/dev/null || jq() { cat; }\n";

/// The questions, put to a log in a folder of its own; the other machine is this one.
#[test]
fn the_questions_are_answered() {
    let folder = tempfile::tempdir().unwrap();
    let log = fs::read(Path::new(ROOT).join("testdata/corpus/basic.log")).unwrap();
    fs::create_dir(folder.path().join("log")).unwrap();
    fs::write(folder.path().join("mistral.log"), &log).unwrap();
    let half = log.len() / 2 + log[log.len() / 2..].iter().position(|byte| *byte == b'\n').unwrap() + 1;
    let (older, newer) = log.split_at(half);
    fs::write(folder.path().join("log/mistral.log"), newer).unwrap();
    fs::write(folder.path().join("log/mistral.log.1"), older).unwrap();
    let others = ["tracerank summarize", "tracerank diff", "tracerank check"];
    let is_question = |block: &String| !others.iter().any(|other| block.contains(other));
    let questions: Vec<_> = examples().into_iter().filter(is_question).collect();
    assert!(questions.iter().any(|block| block.contains("ssh host cat")), "{questions:?}");
    for block in questions {
        let ssh = "ssh() { shift; gzip -c log/mistral.log; }\n";
        let script = format!("{ssh}{JQ}{}", block.replace("/var/log/mistral ", "log "));
        let output = shell(&script, folder.path()).output().unwrap();
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success() && errors.is_empty(), "{block}: {errors}");
    }
    let report = fs::read_to_string(folder.path().join("report.md")).unwrap();
    assert!(report.starts_with("| total (s) |"), "{report}");
}
