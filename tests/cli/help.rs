//! What the command says of itself: help, manual pages, completions, and what it does not understand.

use crate::common::{Folder, Ran};

const GLOBAL: [&str; 9] =
    ["--threads", "--no-mmap", "--strict", "--progress", "--color", "--profile-self", "--quiet", "--verbose", "--help"];

const REPORT: [&str; 13] = [
    "--mistral-conf",
    "--output",
    "--format",
    "--columns",
    "--sort",
    "--top",
    "--name",
    "--exclude",
    "--base-id",
    "--since",
    "--until",
    "--duplicates",
    "--malformed",
];

const DIFF: [&str; 7] = ["--output", "--format", "--top", "--per", "--names", "--margin", "--floor"];

const CHECK: [&str; 9] =
    ["--budget", "--fail-on", "--per", "--names", "--margin", "--floor", "--output", "--format", "--export"];

const SUMMARIZE: [&str; 7] =
    ["--mistral-conf", "--output", "--range", "--duplicates", "--base-id", "--since", "--until"];

const SHOW: [&str; 7] = ["--mistral-conf", "--output", "--format", "--depth", "--min-duration", "--duplicates", "<ID>"];

const SLOWEST: [&str; 11] = [
    "--mistral-conf",
    "--output",
    "--format",
    "--sort",
    "--top",
    "--memory-limit",
    "--name",
    "--exclude",
    "--base-id",
    "--since",
    "--until",
];

const TREE: [&str; 9] = [
    "--output",
    "--format",
    "--depth",
    "--min-percent",
    "--focus",
    "--callers",
    "--memory-limit",
    "--base-id",
    "--since",
];

const COMMANDS: [&str; 11] =
    ["report", "tree", "slowest", "show", "diff", "check", "summarize", "plan", "formats", "completions", "man"];

fn run(arguments: &str) -> Ran {
    Folder::new().run(arguments)
}

fn assert_has(text: &str, words: &[&str]) {
    for word in words {
        assert!(text.contains(word), "{word} is missing in:\n{text}");
    }
}

// ---- Help ----

#[test]
fn help_of_each_command_explains_every_flag_and_the_exit_codes() {
    for command in [""].iter().chain(&COMMANDS) {
        let ran = run(&format!("{command} --help")).quiet();
        assert_has(ran.text(), &GLOBAL);
        assert_has(ran.text(), &["Usage: tracerank", "Exit codes:\n", "\n  0  ", "\n  1  ", "\n  2  "]);
        assert!(ran.text().lines().all(|line| line.chars().count() <= 100), "{command}");
    }
}

#[test]
fn help_lists_the_commands() {
    assert_has(run("--help").quiet().text(), &COMMANDS);
    assert_eq!(run("help").quiet().text(), run("--help").quiet().text());
}

#[test]
fn help_of_the_report_explains_what_is_its_own() {
    let ran = run("report --help").quiet();
    assert_has(ran.text(), &REPORT);
    assert_has(ran.text(), &["-o,", "-f,", "-c,", "-s,", "-n,", "text", "json", "csv", "markdown", "Examples:\n"]);
    // How exact percentiles are, what times look like, what a directory means.
    assert_has(ran.text(), &["0.8 %", "2026-11-23T06:18:00Z", "rotated ones oldest first", "UTC"]);
    assert_eq!(run("help report").quiet().text(), ran.text());
}

#[test]
fn help_of_one_tree_explains_what_is_its_own() {
    let ran = run("show --help").quiet();
    assert_has(ran.text(), &SHOW);
    assert_has(ran.text(), &["-o,", "-f,", "text", "json", "dot", "chrome", "osprofiler trace show", "Examples:\n"]);
    // What ids are, and what is marked.
    assert_has(ran.text(), &["base id", "trace id", "asynchronous", "unfinished", "gaps", "docs/spans.md"]);
    assert_eq!(run("help show").quiet().text(), ran.text());
}

#[test]
fn help_of_all_trees_and_of_the_slowest_spans_explains_what_is_their_own() {
    let ran = run("tree --help").quiet();
    assert_has(ran.text(), &TREE);
    assert_has(
        ran.text(),
        &["calling-context tree", "folded", "svg", "speedscope", "[default: 0.5 for text", "Examples:\n"],
    );
    let ran = run("slowest --help").quiet();
    assert_has(ran.text(), &SLOWEST);
    assert_has(ran.text(), &["root span", "duration, self, below", "[default: 10]", "tracerank show", "Examples:\n"]);
}

#[test]
fn help_of_the_comparison_explains_what_is_its_own() {
    let ran = run("diff --help").quiet();
    assert_has(ran.text(), &DIFF);
    assert_has(
        ran.text(),
        &["<BASE> <NEW>", "-o,", "-f,", "-n,", "text", "json", "csv", "markdown", "Examples:\n", "\n  3  "],
    );
    assert_has(ran.text(), &["95 %", "5%", "1ms", "engine-start-workflow", "docs/statistics.md", "p99 is shown"]);
    assert_eq!(run("help diff").quiet().text(), ran.text());
}

#[test]
fn help_of_the_gate_explains_what_is_its_own() {
    let ran = run("check --help").quiet();
    assert_has(ran.text(), &CHECK);
    assert_has(
        ran.text(),
        &["[BASE]... <NEW>", "-o,", "-f,", "text", "json", "markdown", "junit", "github", "\n  3  "],
    );
    assert_has(ran.text(), &["[[budget]]", "count_per_root", "mean,p50,p95,total", "junit=check.xml", "Examples:\n"]);
    assert_eq!(run("help check").quiet().text(), ran.text());
}

#[test]
fn help_of_summaries_explains_what_is_their_own() {
    let ran = run("summarize --help").quiet();
    assert_has(ran.text(), &SUMMARIZE);
    assert_has(ran.text(), &["-o,", "FROM..TO", "Examples:\n", "to the byte", "Spans by time and by base id"]);
    assert_eq!(run("help summarize").quiet().text(), ran.text());
    let ran = run("plan --help").quiet();
    assert_has(ran.text(), &["<INPUT>...", "--parts <N>", "\"range\"", "jq", "Examples:\n"]);
}

#[test]
fn short_help_is_short() {
    for (command, flags) in [
        ("report", REPORT.as_slice()),
        ("diff", &DIFF),
        ("check", &CHECK),
        ("show", &SHOW),
        ("tree", &TREE),
        ("slowest", &SLOWEST),
    ] {
        let (short, long) = (run(&format!("{command} -h")).quiet(), run(&format!("{command} --help")).quiet());
        assert!(short.text().lines().count() < long.text().lines().count());
        assert_has(short.text(), flags);
    }
}

#[test]
fn the_version_is_that_of_the_package() {
    assert_eq!(run("--version").quiet().text(), format!("tracerank {}\n", env!("CARGO_PKG_VERSION")));
}

// ---- Shells ----

#[test]
fn completions_for_each_shell_know_every_flag() {
    for (shell, begin) in [
        ("bash", "_tracerank() {"),
        ("zsh", "#compdef tracerank"),
        ("fish", "# Print an optspec"),
        ("elvish", "\nuse builtin;"),
        ("powershell", "\nusing namespace"),
    ] {
        let ran = run(&format!("completions {shell}")).quiet();
        assert!(ran.text().starts_with(begin), "{shell}: {:.100}", ran.text());
        let flags = REPORT.iter().chain(&DIFF).chain(&CHECK).chain(&SHOW[..6]).chain(&GLOBAL);
        // fish writes `-l name` for `--name`.
        let flags: Vec<&str> = flags.map(|flag| flag.trim_start_matches("--")).collect();
        assert_has(ran.text(), &flags);
        assert_has(ran.text(), &COMMANDS);
    }
}

#[test]
fn bash_can_read_its_completions() {
    let ran = Folder::new().shell("command -v bash > /dev/null || exit 0; tracerank completions bash | bash -n");
    assert_eq!(ran.quiet().text(), "");
}

#[test]
fn completions_for_no_shell_are_refused() {
    run("completions").refused(2).saying("<SHELL>");
    run("completions cmd.exe").refused(2).saying("[possible values: bash, elvish, fish, powershell, zsh]");
}

// ---- Manual pages ----

#[test]
fn manual_pages_explain_every_flag() {
    for (command, flags) in [
        ("", [].as_slice()),
        ("report", &REPORT),
        ("show", &SHOW[..6]),
        ("diff", &DIFF),
        ("check", &CHECK),
        ("completions", &[]),
        ("man", &[]),
    ] {
        let title = if command.is_empty() { "tracerank" } else { command };
        let ran = run(&format!("man {command}")).quiet();
        let page = ran.text().replace("\\-", "-");
        let head = page.lines().find(|line| line.starts_with(".TH ")).unwrap();
        assert!(head.contains(title), "{head}");
        assert_has(&page, &[".SH NAME", ".SH SYNOPSIS", ".SH OPTIONS"]);
        assert_has(&page, &GLOBAL);
        assert_has(&page, flags);
    }
}

#[test]
fn the_manual_page_of_the_report_has_its_exit_codes_and_examples() {
    let title = concat!(".TH tracerank-report 1  \"tracerank ", env!("CARGO_PKG_VERSION"));
    assert_has(run("man report").quiet().text(), &[title, ".SH EXAMPLES", ".SH EXIT CODES"]);
    assert_has(run("man diff").quiet().text(), &[".TH tracerank-diff 1", ".SH EXAMPLES", ".SH EXIT CODES"]);
    assert_has(run("man check").quiet().text(), &[".TH tracerank-check 1", ".SH EXAMPLES", ".SH EXIT CODES"]);
    assert_has(run("man").quiet().text(), &[".SH EXIT CODES"]);
}

#[test]
fn a_manual_page_of_nothing_is_refused() {
    run("man nothing").refused(2).saying("tracerank: there is no command \"nothing\"\nhint: ");
}

// ---- What it does not understand ----

#[test]
fn wrong_usage_ends_with_2() {
    for (arguments, said) in [
        ("", "Usage: tracerank"),
        ("nothing", "unrecognized subcommand 'nothing'"),
        ("report --nothing log", "unexpected argument '--nothing'"),
        ("report --threads 0 log", "--threads"),
        ("report --threads x log", "--threads"),
        ("report --threads -1 log", "-1"),
        ("report --format pdf log", "[possible values: text, json, csv, markdown]"),
        ("report --progress often log", "[possible values: auto, always, never]"),
        ("report --color blue log", "[possible values: auto, always, never]"),
        ("report -q -v log", "cannot be used with"),
        ("report -o", "--output <FILE>"),
        ("show", "<ID>"),
        ("show x --format csv log", "[possible values: text, json, dot, chrome]"),
        ("show x --depth 0 log", "--depth"),
        ("show x --min-duration 5 log", "not a duration of zero or more with its unit"),
        ("report -f json -f csv log", "--format"),
    ] {
        run(arguments).refused(2).saying(said);
    }
}

#[test]
fn help_offers_summaries_where_they_are_read() {
    for command in ["report", "summarize", "plan", "check"] {
        for option in ["-h", "--help"] {
            let ran = Folder::new().run(&format!("{command} {option}")).quiet();
            assert!(ran.text().contains("saved summar"), "{command} {option}");
        }
    }
    for command in ["tree", "slowest", "show"] {
        let ran = Folder::new().run(&format!("{command} -h")).quiet();
        assert!(
            !ran.text().contains("summar") && ran.text().contains("Logs, compressed logs, directories"),
            "{command}"
        );
        let ran = Folder::new().run(&format!("{command} --help")).quiet();
        assert!(ran.text().contains("Saved summaries are not"), "{command}");
    }
}

#[test]
fn the_option_that_is_nearest_is_suggested() {
    let folder = Folder::new();
    for (arguments, option) in [
        ("report --tpo 3", "--top"),
        ("log --tpo 3", "--top"),
        ("slowest --sotr self", "--sort"),
        ("report --thraeds 1", "--threads"),
        ("report --ouput x", "--output"),
        ("tree --min-precent 1", "--min-percent"),
    ] {
        folder.write("log", b"");
        folder.run(arguments).refused(2).saying(&format!("a similar argument exists: '{option}'"));
    }
    let ran = folder.run("report --xyzzy log").refused(2);
    assert!(!ran.stderr.contains("similar"), "{}", ran.stderr);
}
