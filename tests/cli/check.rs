//! The gate: what it finds, how it ends, and where its answer goes.

use std::fs;
use std::os::unix::fs::symlink;
use std::sync::LazyLock;

use quick_junit::{NonSuccessKind, Report, TestCaseStatus};
use serde_json::Value;

use crate::common::requests::{NAMES, ROOT, halves, requests, slowed};
use crate::common::{Folder, Ran, corpus, stop, testdata};

/// What was slowed down, and it takes enough time to matter.
const PLANTED: &str = "task-handler-run-task";

/// The halves of one log: the same program, other requests.
static HALVES: LazyLock<[Vec<u8>; 2]> = LazyLock::new(|| halves(&requests(7, 700)));

/// The second half, in which one name takes 15 % longer.
static SLOW: LazyLock<Vec<u8>> = LazyLock::new(|| slowed(&HALVES[1], PLANTED, 1.15));

/// base.log and same.log are one program, in slow.log one name takes 15 % longer, and few.log is too short to tell.
fn folder() -> Folder {
    let folder = Folder::new();
    let [base, same] = &*HALVES;
    folder.write("base.log", base);
    folder.write("same.log", same);
    folder.write("slow.log", &*SLOW);
    folder.write("few.log", corpus("basic"));
    folder
}

fn ends_with(ran: Ran, code: i32) -> Ran {
    assert_eq!(ran.code, Some(code), "{}{}", ran.text(), ran.stderr);
    ran.without_debris()
}

/// What the gate says of itself as JSON, whatever it ends with.
fn answer(folder: &Folder, arguments: &str) -> Value {
    serde_json::from_slice(&folder.run(&format!("check -f json {arguments}")).stdout).expect("it is JSON")
}

/// What was found, each with its name and measure.
fn found(answer: &Value) -> Vec<String> {
    let findings = answer["findings"].as_array().unwrap().iter();
    let word = |finding: &Value, field: &str| finding[field].as_str().unwrap_or_default().to_owned();
    findings.map(|of| ["what", "name", "measure"].map(|field| word(of, field)).join(" ")).collect()
}

// ---- Slower, or chance ----

#[test]
fn two_halves_of_a_log_show_no_change() {
    let folder = folder();
    for (base, new) in [("base.log", "same.log"), ("same.log", "base.log")] {
        let ran = ends_with(folder.run(&format!("check {base} {new}")), 0);
        assert!(ran.text().starts_with("PASS: none of 7 names got slower; 100.0 % "), "{}", ran.text());
        let answer = answer(&folder, &format!("{base} {new}"));
        assert_eq!((found(&answer), &answer["outcome"]), (vec![], &"pass".into()));
    }
}

#[test]
fn a_planted_slowdown_is_found_and_nothing_else() {
    let folder = folder();
    let ran = ends_with(folder.run("check base.log slow.log"), 1);
    let (finding, conclusion) = (ran.text().lines().next().unwrap(), ran.text().lines().nth(3).unwrap());
    assert!(finding.starts_with("slower: task-handler-run-task: mean: "), "{}", ran.text());
    assert!(conclusion.starts_with("FAIL: 1 of 7 names got slower; "), "{}", ran.text());
    let answer = answer(&folder, "base.log slow.log");
    // The tail of so few requests is too uncertain.
    let expected = ["mean", "p50", "total"].map(|measure| format!("slower {PLANTED} {measure}"));
    assert_eq!((found(&answer), &answer["outcome"]), (expected.to_vec(), &"fail".into()));
    for finding in answer["findings"].as_array().unwrap() {
        let [low, ratio, high] = ["low", "ratio", "high"].map(|field| finding[field].as_f64().unwrap());
        assert!(1.05 < low && low < ratio && ratio < high && (1.10..1.20).contains(&ratio), "{finding}");
    }
}

#[test]
fn what_got_faster_passes() {
    let ran = ends_with(folder().run("check slow.log base.log"), 0);
    assert!(ran.text().starts_with("PASS: "), "{}", ran.text());
}

#[test]
fn each_name_is_found_when_it_is_the_slow_one() {
    let folder = folder();
    for (name, _) in NAMES {
        folder.write("slow.log", slowed(&HALVES[1], name, 1.3));
        let answer = answer(&folder, "--floor 100us base.log slow.log");
        assert!(!found(&answer).is_empty(), "{name}");
        assert!(
            found(&answer).iter().all(|found| found.starts_with(&format!("slower {name} "))),
            "{:?}",
            found(&answer)
        );
    }
}

#[test]
fn one_base_is_said_to_be_one() {
    let folder = folder();
    folder.write("other.log", requests(8, 350));
    for format in ["text", "json", "markdown", "junit", "github"] {
        let one = folder.run(&format!("check -f {format} base.log same.log"));
        let several = folder.run(&format!("check -f {format} base.log other.log same.log"));
        assert!(one.text().contains("drift of the machine"), "{format}: {}", one.text());
        assert!(!several.text().contains("drift of the machine"), "{format}: {}", several.text());
    }
}

/// Bases that differ by a fifth have seen this happen without a reason.
#[test]
fn what_differs_between_bases_widens_the_margin() {
    let folder = folder();
    folder.write("drifted.log", slowed(&requests(8, 350), PLANTED, 1.2));
    ends_with(folder.run("check base.log slow.log"), 1);
    let ran = ends_with(folder.run("check base.log drifted.log slow.log"), 0);
    assert!(ran.text().starts_with("PASS: none of 7 names"), "{}", ran.text());
}

// ---- Options ----

#[test]
fn options_decide_what_fails() {
    let folder = folder();
    for (options, code) in [
        ("--fail-on mean", 1),
        ("--fail-on p50,total", 1),
        ("--fail-on p99", 0),
        ("--fail-on calls", 0),
        ("--margin 5%", 1),
        ("--margin 0%", 1),
        ("--margin 25%", 0),
        ("--floor 0s", 1),
        ("--floor 5ms", 1),
        ("--floor 1s", 0),
        ("--names task", 1),
        ("--names ^task-handler-run-task$", 1),
        ("--names workflow", 0),
        ("--per engine-start-workflow", 1),
    ] {
        let ran = folder.run(&format!("check {options} base.log slow.log"));
        assert_eq!(ran.code, Some(code), "{options}: {}{}", ran.text(), ran.stderr);
    }
}

#[test]
fn each_measure_can_be_what_fails() {
    let folder = folder();
    folder.write("slow.log", slowed(&HALVES[1], PLANTED, 1.6));
    for measure in ["mean", "p50", "p95", "p99", "total"] {
        ends_with(folder.run(&format!("check --fail-on {measure} base.log slow.log")), 1);
        let answer = answer(&folder, &format!("--fail-on {measure} base.log slow.log"));
        assert_eq!(found(&answer), [format!("slower {PLANTED} {measure}")]);
    }
}

/// A mean that went down does not make good a tail that got longer.
#[test]
fn a_longer_tail_is_found_in_what_got_faster() {
    let folder = folder();
    let end = format!(" {PLANTED}-stop\n");
    let lines = std::str::from_utf8(&HALVES[1]).unwrap().split_inclusive('\n');
    let spread = lines.map(|line| match line.split(' ').nth(1) {
        Some(duration) if line.ends_with(&end) => {
            let seconds: f64 = duration.parse().unwrap();
            let factor = if seconds > 0.032 { 1.6 } else { 0.5 };
            line.replacen(duration, &format!("{:.6}", seconds * factor), 1)
        }
        _ => line.to_owned(),
    });
    folder.write("spread.log", spread.collect::<String>());
    ends_with(folder.run("check base.log spread.log"), 1);
    let answer = answer(&folder, "--fail-on mean,mean,p95,p95 base.log spread.log");
    assert_eq!(found(&answer), [format!("slower {PLANTED} p95")]);
    ends_with(folder.run("check --fail-on mean,total base.log spread.log"), 0);
}

/// The same log, in which each span of a name is there twice.
fn doubled(log: &[u8], name: &str) -> Vec<u8> {
    let lines = log.split_inclusive(|byte| *byte == b'\n');
    let marker = format!(" {name}-");
    let twice = |line: &[u8]| line.windows(marker.len()).any(|part| part == marker.as_bytes());
    lines.flat_map(|line| line.repeat(if twice(line) { 2 } else { 1 })).collect()
}

#[test]
fn more_calls_are_a_word_of_their_own() {
    let folder = folder();
    folder.write("more.log", doubled(&HALVES[1], "db-select"));
    let ran = ends_with(folder.run("check --fail-on mean,p95 base.log more.log"), 0);
    assert!(ran.text().starts_with("more calls: db-select: calls per root: "), "{}", ran.text());
    let ran = ends_with(folder.run("check --fail-on calls base.log more.log"), 1);
    assert!(ran.text().contains("\nFAIL: none of 7 names got slower, 1 called more often; "), "{}", ran.text());
    let ran = ends_with(folder.run("check --fail-on calls more.log base.log"), 0);
    assert!(ran.text().starts_with("fewer calls: db-select: calls per root: "), "{}", ran.text());
    // Twice the calls are twice the time.
    assert_eq!(found(&answer(&folder, "base.log more.log"))[0], "slower db-select total");
}

#[test]
fn threads_do_not_change_a_byte() {
    let folder = folder();
    for format in ["text", "json", "markdown", "junit", "github"] {
        let runs = [1, 2, 7]
            .map(|threads| folder.run(&format!("check --threads {threads} -f {format} base.log slow.log")).stdout);
        assert!(runs.iter().all(|run| *run == runs[0]), "{format}");
    }
}

// ---- Budgets ----

const BUDGET: &str = "\
[[budget]]
name = \"task-*\"
p95 = \"200ms\"
count_per_root = 40

[[budget]]
name = \"db-select\"
mean = \"2ms\"
p50 = \"1.5ms\"
p99 = \"10 ms\"
max = \"1s\"
total_per_root = \"50ms\"
count = 100_000
";

#[test]
fn budgets_need_no_base() {
    let folder = folder();
    folder.write("budget.toml", BUDGET);
    let ran = ends_with(folder.run("check --budget budget.toml base.log"), 0);
    assert_eq!(ran.text(), "PASS: none of 3 names with a budget exceeded it\n");
}

#[test]
fn each_limit_is_one() {
    let folder = folder();
    for (limit, shown) in [
        ("mean = \"100us\"", "mean"),
        ("p50 = \"100us\"", "p50"),
        ("p95 = \"100us\"", "p95"),
        ("p99 = \"100us\"", "p99"),
        ("max = \"100us\"", "max"),
        ("total_per_root = \"1ms\"", "total_per_root"),
        ("count = 1000", "count"),
        ("count_per_root = 4.5", "count_per_root"),
    ] {
        folder.write("budget.toml", format!("[[budget]]\nname = \"db-select\"\n{limit}\n"));
        let ran = ends_with(folder.run("check --budget budget.toml base.log"), 1);
        assert!(ran.text().starts_with(&format!("over budget: db-select: {shown}: ")), "{}", ran.text());
        assert!(ran.text().ends_with("FAIL: 1 of 1 name with a budget exceeded it\n"), "{}", ran.text());
        assert_eq!(
            found(&answer(&folder, "--budget budget.toml base.log")),
            [format!("over_budget db-select {shown}")]
        );
    }
}

#[test]
fn a_limit_is_kept_up_to_the_last_nanosecond() {
    let folder = Folder::new();
    folder.write("log", [stop("a", "0.2"), stop("a", "0.4")].concat());
    for (limit, code) in [("400ms", 0), ("0.4s", 0), ("399999us", 1), ("399999999ns", 1), ("400001us", 0)] {
        folder.write("budget.toml", format!("[[budget]]\nname = \"a\"\nmax = \"{limit}\"\n"));
        ends_with(folder.run("check --budget budget.toml log"), code);
    }
}

#[test]
fn patterns_are_whole_names() {
    let folder = Folder::new();
    let names: [&[u8]; 5] = [b"task-run", b"sub-task-run", "größe".as_bytes(), b"a[b]c", b"a\xffz"];
    folder.write("log", names.map(|name| stop(name, "0.5")).concat());
    for (pattern, matched) in [
        ("task-run", 1),
        ("task-*", 1),
        ("*task-*", 2),
        ("*", 5),
        ("gr??e", 1),
        ("gr???e", 0),
        ("a[b]c", 1),
        ("a[b]?", 1),
        ("a*z", 1),
        ("task", 0),
        ("task-run.", 0),
        ("t.*", 0),
    ] {
        folder.write("budget.toml", format!("[[budget]]\nname = \"{pattern}\"\nmax = \"1s\"\n"));
        let ran = ends_with(folder.run("check -f json --budget budget.toml log"), if matched == 0 { 3 } else { 0 });
        let answer: Value = serde_json::from_slice(&ran.stdout).unwrap();
        assert_eq!(answer["limits"].as_array().unwrap().len(), matched, "{pattern}");
    }
}

#[test]
fn a_budget_for_nothing_is_too_little_data() {
    let folder = folder();
    folder.write("budget.toml", "[[budget]]\nname = \"tusk-*\"\np95 = \"200ms\"\n");
    let ran = ends_with(folder.run("check --budget budget.toml base.log"), 3);
    assert_eq!(
        ran.text(),
        "not checked: tusk-*: no trace name matches this budget\n\
         TOO LITTLE DATA: no name has a budget; 1 budget is for no name in this log\n"
    );
    // That there is no such name is no reason to overlook those that there are.
    folder.write(
        "budget.toml",
        format!("{}[[budget]]\nname = \"*\"\nmax = \"1us\"\n", "[[budget]]\nname = \"no\"\nmax = \"1s\"\n"),
    );
    ends_with(folder.run("check --budget budget.toml base.log"), 1);
    // Nor is it one that was not looked for.
    folder.write("budget.toml", BUDGET);
    ends_with(folder.run("check --budget budget.toml --names ^task base.log"), 0);
    let ran = ends_with(folder.run("check --budget budget.toml --names nothing base.log"), 3);
    assert_eq!(ran.text(), "TOO LITTLE DATA: no name has a budget\n");
}

#[test]
fn what_is_per_root_needs_roots() {
    let folder = Folder::new();
    folder.write("log", stop("a", "0.5"));
    folder.write("budget.toml", "[[budget]]\nname = \"a\"\ntotal_per_root = \"1s\"\n");
    let ran = ends_with(folder.run("check --budget budget.toml log"), 3);
    assert!(ran.text().starts_with("not checked: a: total_per_root: there is nothing to divide by"), "{}", ran.text());
    ends_with(folder.run("check --budget budget.toml --per a log"), 0);
}

#[test]
fn budgets_and_bases_go_together() {
    let folder = folder();
    folder.write("budget.toml", BUDGET);
    let ran = ends_with(folder.run("check --budget budget.toml base.log same.log"), 0);
    assert!(ran.text().contains("% of the base's time could be compared; none of 3 names with a budget exceeded it\n"));
    ends_with(folder.run("check --budget budget.toml base.log slow.log"), 1);
    folder.write("budget.toml", "[[budget]]\nname = \"db-select\"\nmax = \"1us\"\n");
    ends_with(folder.run("check --budget budget.toml base.log same.log"), 1);
}

#[test]
fn a_budget_that_is_wrong_is_refused_with_its_place() {
    let folder = folder();
    for (budget, said) in [
        ("", "1:1: there is no [[budget]]"),
        ("[[budgets]]\n", "1:3: unknown field `budgets`"),
        ("[[budget]]\nname = \"a\"\np96 = \"1s\"\n", "3:1: unknown field `p96`"),
        ("[[budget]]\nname = \"a\"\n", "1:1: this budget has no limit"),
        ("\n[[budget]]\nmean = \"1s\"\n", "2:1: missing field `name`"),
        ("[[budget]]\nname = \"a\"\nmean = \"1 lightyear\"\n", "3:8: \"1 lightyear\" is no duration"),
        ("[[budget]]\nname = \"a\"\nmean = \"-1s\"\n", "3:8: \"-1s\" is less than nothing"),
        (
            "[[budget]]\nname = \"a\"\nmean = 200\n",
            "3:8: invalid type: integer `200`, expected a duration with its unit",
        ),
        ("[[budget]]\nname = \"a\"\ncount = -1\n", "3:9: -1 is no number of spans"),
        ("[[budget]]\nname = \"a\"\ncount = nan\n", "3:9: NaN is no number of spans"),
        ("[[budget]]\nname = \"a\"\ncount = \"many\"\n", "3:9: invalid type: string"),
        ("[[budget]]\nname = \"\"\nmax = \"1s\"\n", "1:1: the name of this budget is empty"),
        ("[[budget]]\nname = 5\nmax = \"1s\"\n", "2:8: invalid type: integer `5`"),
        ("all = 5\n[budget]\nname = \"a\"\n", "1:1: unknown field `all`"),
        ("[[budget]]\nname = \"a\nmax = \"1s\"\n", "2:10: "),
        ("[[budget]]\nname = \"größe\"\nmean = \"1s\"\nmean = \"2s\"\n", "4:1: duplicate key"),
    ] {
        folder.write("budget.toml", budget);
        let ran = folder.run("check --budget budget.toml base.log").refused(2);
        assert!(ran.stderr.starts_with(&format!("tracerank: budget.toml:{said}")), "{budget:?}: {}", ran.stderr);
        assert_eq!(ran.stderr.lines().count(), 1, "{}", ran.stderr);
    }
    for single in ["[budget]\nname = \"a\"\nmax = \"1s\"\n", "# Ours\nbudget = 3\n", "budget.name = \"a\"\n"] {
        folder.write("budget.toml", single);
        let ran = folder.run("check --budget budget.toml base.log").refused(2);
        ran.saying(", expected a sequence\nhint: each budget begins with [[budget]], in two pairs of brackets\n");
    }
    folder.run("check --budget - base.log").refused(2).saying("standard input can't be the budget\nhint: ");
    folder.write("budget.toml", b"[[budget]]\nname = \"\xff\"\n");
    folder.run("check --budget budget.toml base.log").refused(2).saying("budget.toml:2:9: this is not UTF-8");
    folder
        .run("check --budget no.toml base.log")
        .refused(2)
        .saying("tracerank: no.toml: can't be opened: No such file");
}

// ---- How it ends ----

#[test]
fn too_little_data_ends_with_3() {
    let folder = folder();
    folder.write("other.log", corpus("db"));
    for runs in ["few.log other.log", "base.log few.log", "few.log base.log"] {
        let ran = ends_with(folder.run(&format!("check {runs}")), 3);
        assert!(
            ran.text().contains("TOO LITTLE DATA: no name has enough of it; 0.0 % of the base's time"),
            "{}",
            ran.text()
        );
    }
}

#[test]
fn what_can_not_be_done_ends_with_2_and_writes_nothing() {
    let folder = folder();
    folder.write("out", "old");
    folder.write("text", "hello\n");
    folder.write("malformed", &stop("a", "0.5")[..90]);
    for (arguments, said) in [
        ("nosuch same.log", "nosuch: can't be opened"),
        ("base.log nosuch", "nosuch: can't be opened"),
        ("text same.log", "text: holds no record"),
        ("base.log text", "text: holds no record"),
        ("slow.log base.log malformed", "malformed: holds no whole record"),
        ("base.log text slow.log", "text: holds no record"),
        ("base.log", "there is only one run, and nothing to compare it with\nhint: "),
        ("--per nothing base.log same.log", "--per: there is no span named nothing"),
        ("--names nothing base.log same.log", "--names: no trace name matches nothing"),
        (
            "--fail-on p96 base.log same.log",
            "there is no measure \"p96\"; there are: calls, mean, p50, p95, p99, total",
        ),
        ("--fail-on mean, base.log same.log", "there is no measure \"\""),
        ("--margin 5 base.log same.log", "--margin"),
        ("--floor 5 base.log same.log", "--floor"),
        ("--names ( base.log same.log", "--names"),
        ("--export junit base.log same.log", "this is not FORMAT=FILE"),
        (
            "--export pdf=a base.log same.log",
            "there is no format \"pdf\"; there are: text, json, markdown, junit, github",
        ),
        ("--export junit=no/such/file base.log same.log", "no/such/file: can't be written"),
        ("--export junit=base.log base.log same.log", "base.log: is an input, too"),
        ("--export json=a --export junit=./a base.log same.log", "./a: two outputs can't go to one place"),
        ("--export json=out base.log same.log", "out: two outputs can't go to one place"),
        ("--export json=- --export text=- base.log same.log", "standard output: two outputs can't go to one place"),
        (
            "--export junit=/dev/stdout --export json=- base.log same.log",
            "standard output: two outputs can't go to one place",
        ),
        (
            "--export junit=/dev/fd/1 --export text=/dev/stdout base.log same.log",
            "standard output: two outputs can't go to one place",
        ),
        ("", "<RUN>..."),
    ] {
        let before = folder.names();
        folder.run(&format!("check -o out --export markdown=new.md {arguments}")).refused(2).saying(said);
        assert_eq!(folder.names(), before, "{arguments}");
        assert_eq!(folder.read("out"), b"old", "{arguments}");
    }
}

#[test]
fn the_budget_is_not_overwritten() {
    let folder = folder();
    folder.write("budget.toml", BUDGET);
    symlink("budget.toml", folder.path("link")).unwrap();
    for output in ["-o budget.toml", "-o link", "--export json=budget.toml"] {
        let ran = folder.run(&format!("check --budget budget.toml {output} base.log")).refused(2);
        ran.saying(": is in use, and would be overwritten\nhint: ");
    }
    let ran = folder.run("check --budget budget.toml --profile-self link base.log").refused(2);
    ran.saying("budget.toml: can't be both the budget and the profile\nhint: ");
    assert_eq!(folder.read("budget.toml"), BUDGET.as_bytes());
}

#[test]
fn strict_is_a_no_as_well() {
    let folder = folder();
    let torn = &stop("a", "0.5")[..90];
    folder.write("torn.log", [&HALVES[1], torn].concat());
    folder.write("torn-few.log", [&corpus("basic"), torn].concat());
    folder.run("check base.log torn.log").done().saying("1 malformed record: torn.log:");
    let ran = ends_with(folder.run("check --strict base.log torn.log"), 1);
    assert!(ran.text().starts_with("PASS"), "{}", ran.text());
    ends_with(folder.run("check --strict base.log torn-few.log"), 1);
    ends_with(folder.run("check base.log torn-few.log"), 3);
}

#[test]
fn a_budget_exceeded_is_worth_more_than_too_little_data() {
    let folder = folder();
    folder.write("budget.toml", "[[budget]]\nname = \"*\"\nmax = \"1us\"\n");
    ends_with(folder.run("check --budget budget.toml base.log few.log"), 1);
}

#[test]
fn a_reader_that_goes_away_changes_no_answer() {
    let folder = folder();
    for (new, code) in [("same.log", 0), ("slow.log", 1), ("few.log", 3)] {
        for options in ["-f json", "-f text", "-o new -f json --export text=-", "--export github=/dev/stdout"] {
            let script = format!("{{ sleep 0.1; tracerank check {options} base.log {new}; echo $? >&2; }} | true");
            folder.shell(&script).saying_only(&format!("{code}\n"));
        }
    }
}

#[test]
fn a_run_held_against_itself_is_a_mistake() {
    let folder = folder();
    symlink("base.log", folder.path("link.log")).unwrap();
    fs::hard_link(folder.path("base.log"), folder.path("hard.log")).unwrap();
    folder.write("logs/a.log", "");
    fs::hard_link(folder.path("base.log"), folder.path("logs/b.log")).unwrap();
    fs::copy(folder.path("base.log"), folder.path("copy.log")).unwrap();
    folder.run("summarize base.log -o base.trk").quiet();
    for new in ["base.log", "link.log", "hard.log", "logs", "copy.log", "base.trk"] {
        let said = format!(
            "tracerank: warning: {new}: shares content with the base base.log: a run that is compared with itself always passes\n"
        );
        let ran = ends_with(folder.run(&format!("check base.log {new}")), 0);
        assert!(ran.stderr.starts_with(&said), "{}", ran.stderr);
        assert_eq!(folder.run(&format!("check -q base.log {new}")).stderr, "");
    }
    let ran = folder.run("check base.log link.log same.log").done();
    ran.saying_only(
        "tracerank: warning: link.log: shares content with the base base.log, which does not show how much runs differ\n",
    );
}

#[test]
fn standard_input_can_be_a_run() {
    let folder = folder();
    ends_with(folder.feed("check base.log -", &HALVES[1]), 0);
    ends_with(folder.feed("check - slow.log", &HALVES[0]), 1);
    folder.feed("check - -", &HALVES[0]).refused(2).saying("standard input can't be more than one run\nhint: ");
}

#[test]
fn directories_can_be_runs() {
    let folder = folder();
    folder.write("base/1.log", &HALVES[0]);
    folder.write("new/1.log", &*SLOW);
    ends_with(folder.run("check base new"), 1);
}

// ---- Where the answer goes ----

#[test]
fn one_run_writes_several_formats() {
    let folder = folder();
    let formats = ["text", "json", "markdown", "junit", "github"];
    let exports = formats.map(|format| format!("--export {format}={format}.out")).join(" ");
    let ran = ends_with(folder.run(&format!("check {exports} base.log slow.log")), 1);
    assert_eq!(ran.text(), folder.run("check base.log slow.log").text());
    for format in formats {
        let expected = folder.run(&format!("check -f {format} base.log slow.log"));
        assert_eq!(folder.read(&format!("{format}.out")), expected.stdout, "{format}");
    }
    let ran = ends_with(folder.run("check -f junit -o check.xml --export text=- base.log slow.log"), 1);
    assert!(ran.text().starts_with("slower: "), "{}", ran.text());
    assert_eq!(folder.read("check.xml"), folder.read("junit.out"));
}

#[test]
fn a_full_device_is_an_error() {
    let folder = folder();
    for format in ["text", "json", "markdown", "junit", "github"] {
        let ran = folder.run(&format!("check -f {format} base.log same.log -o /dev/full")).refused(2);
        ran.saying_only("tracerank: /dev/full: can't be written: No space left on device\n");
    }
    folder.run("check base.log same.log --export json=new --export junit=/dev/full").refused(2);
    assert!(!folder.names().contains(&"new".to_owned()));
}

fn junit(xml: &[u8]) -> Report {
    Report::deserialize(xml).expect("it is JUnit")
}

fn kind(status: &TestCaseStatus) -> &'static str {
    match status {
        TestCaseStatus::Success { .. } => "passed",
        TestCaseStatus::NonSuccess { kind: NonSuccessKind::Failure, .. } => "failed",
        TestCaseStatus::NonSuccess { kind: NonSuccessKind::Error, .. } => "error",
        TestCaseStatus::Skipped { .. } => "skipped",
    }
}

#[test]
fn junit_has_a_case_for_each_name() {
    let folder = folder();
    let report = junit(&folder.run("check -f junit base.log slow.log").stdout);
    assert_eq!((report.tests, report.failures, report.errors), (NAMES.len() + 1, 1, 0));
    let cases = &report.test_suites[0].test_cases;
    for case in cases {
        let expected = if case.name.as_str() == PLANTED { "failed" } else { "passed" };
        assert_eq!(kind(&case.status), expected, "{}", case.name.as_str());
        assert_eq!(case.classname.as_ref().unwrap().as_str(), "tracerank.check");
    }
    assert!(cases.iter().any(|case| case.name.as_str() == ROOT));
}

#[test]
fn junit_skips_what_could_not_be_told() {
    let folder = folder();
    folder.write(
        "budget.toml",
        "[[budget]]\nname = \"no\"\nmax = \"1s\"\n[[budget]]\nname = \"task-run\"\nmax = \"1us\"\n",
    );
    let report = junit(&folder.run("check -f junit --budget budget.toml base.log few.log").stdout);
    let [compared, budgets] = report.test_suites.as_slice() else { panic!("{report:?}") };
    assert!(compared.test_cases.iter().all(|case| kind(&case.status) == "skipped"));
    let of_budgets = budgets.test_cases.iter().map(|case| (case.name.as_str(), kind(&case.status)));
    assert_eq!(of_budgets.collect::<Vec<_>>(), [("task-run", "failed"), ("no", "skipped")]);
}

#[test]
fn a_name_can_harm_no_format() {
    let folder = Folder::new();
    let names: [&[u8]; 8] = [
        b"red\x1b[31m",
        b"a\x08b\x00c",
        b"]]></failure><x a=\"'&",
        b"a|b\r::error::100%",
        b"\xff\xfe",
        "\u{fffe}\u{ffff}\u{202e}".as_bytes(),
        b"::stop-commands::x",
        b"<script>",
    ];
    folder.write("log", names.map(|name| stop(name, "0.5")).concat());
    folder.write("budget.toml", "[[budget]]\nname = \"*\"\nmax = \"1us\"\n");
    let run = |format: &str| ends_with(folder.run(&format!("check --budget budget.toml -f {format} log")), 1);
    for format in ["text", "markdown", "junit", "github"] {
        let ran = run(format);
        assert!(!ran.text().contains(|c: char| c.is_control() && c != '\n'), "{format}: {:?}", ran.text());
        assert!(!ran.text().contains(['\u{202e}', '\u{fffe}', '\u{ffff}']) || format != "junit", "{}", ran.text());
    }
    let report = junit(&run("junit").stdout);
    assert_eq!((report.tests, report.failures), (8, 8));
    assert!(report.test_suites[0].test_cases.iter().any(|case| case.name.as_str() == "]]></failure><x a=\"'&"));
    let github = run("github");
    assert!(github.text().lines().all(|line| line.starts_with("::error title=tracerank%3A ")), "{}", github.text());
    let json: Value = serde_json::from_slice(&run("json").stdout).unwrap();
    assert!(json["findings"].as_array().unwrap().iter().any(|finding| finding["name_hex"] == "fffe"));
    let markdown = run("markdown");
    assert!(!markdown.text().contains("<script>") && !markdown.text().contains("a|b"), "{}", markdown.text());
}

// ---- Golden files ----

/// What once came out; `WRITE_GOLDEN=1` writes it anew.
fn is_golden(name: &str, ran: &Ran) {
    let path = testdata(&format!("golden/check/{name}"));
    if std::env::var_os("WRITE_GOLDEN").is_some() {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, &ran.stdout).unwrap();
    }
    assert_eq!(ran.text(), fs::read_to_string(&path).unwrap(), "{name}");
}

#[test]
fn the_answers_are_the_golden_ones() {
    let folder = folder();
    folder.write("budget.toml", "[[budget]]\nname = \"db-*\"\nmax = \"1ms\"\ncount_per_root = 40\n\n[[budget]]\nname = \"tusk-*\"\np95 = \"200ms\"\n");
    for (format, extension) in [("text", "txt"), ("markdown", "md"), ("junit", "xml"), ("github", "github")] {
        let run = |runs: &str| folder.run(&format!("check -f {format} {runs}"));
        is_golden(&format!("pass.{extension}"), &ends_with(run("base.log same.log"), 0));
        is_golden(&format!("fail.{extension}"), &ends_with(run("--budget budget.toml base.log slow.log"), 1));
    }
    // Without certainties, whose last digits are the math library's.
    let ran = folder.run("check -f json --budget budget.toml few.log few.log");
    is_golden("too-little.json", &ends_with(ran, 3));
    for (format, extension) in [("text", "txt"), ("markdown", "md"), ("junit", "xml"), ("github", "github")] {
        let ran = folder.run(&format!("check -f {format} few.log few.log"));
        is_golden(&format!("too-little.{extension}"), &ends_with(ran, 3));
    }
}

/// Standard output by another name is still the place where it was, and not the beginning of the file.
#[test]
fn standard_output_by_any_name_goes_on_where_it_was() {
    let folder = folder();
    for name in ["-", "/dev/stdout", "/dev/fd/1", "/proc/self/fd/1"] {
        let script = format!("{{ echo before; tracerank check base.log same.log -o {name}; echo behind; }} > out");
        folder.shell(&script).quiet();
        let out = String::from_utf8(folder.read("out")).unwrap();
        assert!(out.starts_with("before\nPASS: ") && out.ends_with("\nbehind\n"), "{name}: {out}");
    }
    let ran = folder.shell("tracerank check base.log slow.log --export github=/dev/stdout > out");
    assert_eq!(ran.code, Some(1));
    let out = String::from_utf8(folder.read("out")).unwrap();
    assert!(out.contains("::error title=") && out.contains("\nFAIL: "), "{out}");
}

#[test]
fn no_file_is_replaced_if_standard_output_can_not_be_written() {
    let folder = folder();
    folder.write("check.xml", "as it was");
    let ran = folder.shell("tracerank check base.log slow.log --export junit=check.xml > /dev/full");
    ran.refused(2).saying("standard output: can't be written");
    assert_eq!(folder.read("check.xml"), b"as it was");
}
