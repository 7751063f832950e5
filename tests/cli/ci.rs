//! The recipe for CI in docs/ci: the script, and the workflow that runs it.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::Command;

use crate::common::requests::{requests, slowed};
use crate::common::{Folder, Ran, TRACERANK, corpus, run};

fn recipe(name: &str) -> String {
    format!("{}/docs/ci/{name}", env!("CARGO_MANIFEST_DIR"))
}

/// A folder in which `tracerank` is the command.
fn folder() -> Folder {
    let folder = Folder::new();
    fs::create_dir(folder.path("bin")).unwrap();
    symlink(TRACERANK, folder.path("bin/tracerank")).unwrap();
    folder
}

fn command(folder: &Folder, program: &str) -> Command {
    let mut command = Command::new(program);
    let path = format!("{}:{}", folder.path("bin").display(), std::env::var("PATH").unwrap());
    command.current_dir(folder.root()).env("PATH", path).env_remove("GITHUB_ACTIONS");
    command
}

/// Runs the script.
fn gate(folder: &Folder, arguments: &str) -> Ran {
    let mut command = command(folder, &recipe("gate.sh"));
    command.args(arguments.split_whitespace());
    run(command, b"")
}

fn bases(folder: &Folder) -> Vec<String> {
    let entries = fs::read_dir(folder.path("bases")).unwrap();
    let mut names: Vec<String> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[test]
fn the_script_keeps_bases_and_holds_runs_against_them() {
    let folder = folder();
    folder.write("run.log", corpus("basic"));
    let ran = gate(&folder, "run.log bases").quiet();
    assert_eq!((ran.text(), bases(&folder).len()), ("PASS: there is no base yet\n", 0));
    gate(&folder, "--main run.log bases").quiet();
    let first = bases(&folder);
    assert_eq!(first.len(), 1);
    // Some hundred lines of one minute are too little to tell, on the main branch and elsewhere.
    let ran = gate(&folder, "run.log bases");
    assert_eq!((ran.code, bases(&folder)), (Some(3), first.clone()), "{}", ran.stderr);
    assert!(ran.text().contains("TOO LITTLE DATA: ") && ran.text().contains("drift of the machine"), "{}", ran.text());
    assert_eq!(gate(&folder, "--main run.log bases").code, Some(3));
    assert_eq!(bases(&folder), first, "what tells nothing is no base");
    assert!(String::from_utf8(folder.read("check.xml")).unwrap().contains("<testsuite name=\"tracerank.check\""));
    assert!(String::from_utf8(folder.read("check.md")).unwrap().starts_with("**TOO LITTLE DATA: "));
}

#[test]
fn the_script_finds_what_got_slower() {
    let folder = folder();
    let mut first = Vec::new();
    for (seed, expected) in [(11, 1), (12, 2), (1, 3), (2, 3), (3, 3)] {
        folder.write("run.log", requests(seed, 200));
        gate(&folder, "--main run.log bases").quiet();
        let bases = bases(&folder);
        assert_eq!(bases.len(), expected);
        first = if first.is_empty() { bases } else { first };
    }
    assert!(!bases(&folder).contains(&first[0]), "the oldest base goes");
    folder.write("run.log", requests(4, 200));
    gate(&folder, "run.log bases").quiet();
    folder.write("run.log", slowed(&requests(4, 200), "task-handler-run-task", 1.4));
    let ran = gate(&folder, "run.log bases");
    assert_eq!(ran.code, Some(1), "{}", ran.stderr);
    assert!(ran.text().contains("\nFAIL: 1 of 7 names got slower"), "{}", ran.text());
    assert_eq!(gate(&folder, "run.log bases --margin 100%").code, Some(0));
}

#[test]
fn the_script_fails_as_the_command_does() {
    let folder = folder();
    folder.write("run.log", corpus("basic"));
    folder.write("text", "hello\n");
    folder.write("budget.toml", "[[budget]]\nname = \"task-run\"\nmax = \"1us\"\n");
    assert_eq!(gate(&folder, "run.log").code, Some(2));
    assert_eq!(gate(&folder, "nosuch bases").code, Some(2));
    gate(&folder, "--main run.log bases").quiet();
    assert_eq!(gate(&folder, "--main text bases").code, Some(2));
    assert_eq!(gate(&folder, "run.log run.log").code, Some(2), "a file is no directory of bases");
    let mut none = command(&folder, &recipe("gate.sh"));
    none.args(["run.log", "bases"]).env("KEEP", "-1");
    assert_eq!(run(none, b"").code, Some(2));
    assert_eq!(bases(&folder).len(), 1);
    assert_eq!(gate(&folder, "run.log none --budget budget.toml").code, Some(1));
    let mut lenient = command(&folder, &recipe("gate.sh"));
    lenient.args(["run.log", "bases"]).env("TOO_LITTLE", "pass");
    assert_eq!(run(lenient, b"").code, Some(0));
}

#[test]
fn on_github_there_are_annotations() {
    let folder = folder();
    folder.write("run.log", corpus("basic"));
    gate(&folder, "--main run.log bases").quiet();
    let mut command = command(&folder, &recipe("gate.sh"));
    command.args(["run.log", "bases"]).env("GITHUB_ACTIONS", "true");
    let ran = run(command, b"");
    assert!(ran.text().contains("::warning title=tracerank%3A TOO LITTLE DATA::"), "{}", ran.text());
}

#[test]
fn the_budget_of_the_page_is_one() {
    let page = fs::read_to_string(format!("{}/docs/ci.md", env!("CARGO_MANIFEST_DIR"))).unwrap();
    let budget = page.split("```toml\n").nth(1).and_then(|rest| rest.split("```").next()).unwrap();
    let folder = Folder::new();
    folder.write("run.log", corpus("basic"));
    folder.write("budget.toml", budget);
    let ran = folder.run("check --budget budget.toml run.log");
    assert_eq!(ran.code, Some(1), "{}", ran.stderr);
    assert!(ran.text().contains("over budget: engine-on-action-complete: mean: 337.754 ms, the limit is 50.000 ms\n"));
}

/// The steps of the workflow that are commands, in their order.
fn steps(workflow: &str) -> Vec<&str> {
    workflow.lines().filter_map(|line| line.trim().strip_prefix("run: ")).collect()
}

#[test]
fn the_workflow_runs_the_script() {
    let workflow = fs::read_to_string(recipe("gate.yml")).unwrap();
    let steps = steps(&workflow);
    let [install, benchmark, check, show] = steps.as_slice() else { panic!("{steps:?}") };
    assert!(install.ends_with("tracerank") && benchmark.starts_with("./benchmark"));
    assert_eq!(check.split(' ').next(), Some("docs/ci/gate.sh"));
    assert!(Path::new(&recipe("gate.sh")).is_file());

    let folder = folder();
    folder.write("trace.log", corpus("basic"));
    fs::create_dir_all(folder.path("docs/ci")).unwrap();
    fs::copy(recipe("gate.sh"), folder.path("docs/ci/gate.sh")).unwrap();
    for (main, code) in [("--main", 0), ("--main", 3), ("", 3)] {
        let run_step = |step: &str| {
            let mut command = command(&folder, "bash");
            command.args(["-e", "-c", step]).env("MAIN", main).env("OUT", "check").env("GITHUB_ACTIONS", "true");
            command.env("GITHUB_STEP_SUMMARY", folder.path("summary.md"));
            run(command, b"")
        };
        let ran = run_step(check);
        assert_eq!(ran.code, Some(code), "{}", ran.stderr);
        run_step(show).quiet();
    }
    assert!(String::from_utf8(folder.read("summary.md")).unwrap().contains("**TOO LITTLE DATA: "));
    assert!(folder.path("check/check.xml").is_file());
}
