//! `tracerank diff`: what it says of two runs, and how it ends.

use serde_json::Value;

use crate::common::runs::{Work, rootless, run_log, work};
use crate::common::{Folder, Ran, start, stop};

/// Enough for a verdict.
const MANY: u64 = 200;
/// Too few for one.
const FEW: u64 = 20;

/// What requests of the base do.
fn usual() -> Vec<Work> {
    vec![work("engine-run", 2, 20_000), work("db-query", 3, 2_000)]
}

/// A folder with the logs `base` and `new`.
fn folder_with(base: &[u8], new: &[u8]) -> Folder {
    let folder = Folder::new();
    folder.write("base", base);
    folder.write("new", new);
    folder
}

/// A folder with two runs of as many requests.
fn folder_of(base: &[Work], new: &[Work]) -> Folder {
    folder_with(&run_log(MANY, base, 1), &run_log(MANY, new, 2))
}

fn slower() -> Folder {
    folder_of(&usual(), &[work("engine-run", 2, 30_000), work("db-query", 3, 2_000)])
}

fn json(ran: &Ran) -> Value {
    serde_json::from_slice(&ran.stdout).expect("JSON")
}

fn diffed(folder: &Folder, arguments: &str) -> Value {
    json(&folder.run(&format!("diff base new -f json {arguments}")).done())
}

/// The names with their verdicts, in their order.
fn verdicts(diff: &Value) -> Vec<(&str, &str)> {
    let names = diff["names"].as_array().unwrap().iter();
    names.map(|name| (name["name"].as_str().unwrap(), name["verdict"].as_str().unwrap())).collect()
}

fn named<'a>(diff: &'a Value, name: &str) -> &'a Value {
    diff["names"].as_array().unwrap().iter().find(|named| named["name"] == name).expect(name)
}

// ---- Verdicts ----

#[test]
fn what_became_slower_is_found_and_nothing_else() {
    let diff = diffed(&slower(), "");
    assert_eq!(verdicts(&diff)[0], ("engine-run", "slower"));
    assert!(verdicts(&diff)[1..].iter().all(|(_, verdict)| *verdict == "no_change"), "{diff}");
    let mean = &named(&diff, "engine-run")["measures"]["mean_ns"];
    let [ratio, low, high] = ["ratio", "low", "high"].map(|field| mean[field].as_f64().unwrap());
    assert!(1.48 < low && low < ratio && ratio < high && high < 1.52, "{mean}");
    assert_eq!(mean["shift"], "up");
    assert!(mean["adjusted_p"].as_f64().unwrap() < 1e-6);
    assert_eq!(diff["summary"]["slower"], 1);
    assert_eq!((diff["summary"]["no_change"].as_u64(), diff["summary"]["telling"].as_bool()), (Some(2), Some(true)));
}

#[test]
fn the_other_way_round_it_is_faster() {
    let diff = json(&slower().run("diff new base -f json").done());
    assert_eq!(verdicts(&diff)[0], ("engine-run", "faster"));
    let total = &named(&diff, "engine-run")["measures"]["total_ns_per_root"];
    assert_eq!(total["shift"], "down");
}

#[test]
fn a_log_against_itself_has_no_change() {
    let folder = slower();
    let diff = json(&folder.run("diff base base -f json").done());
    assert_eq!(verdicts(&diff), [("db-query", "no_change"), ("engine-run", "no_change"), ("request", "no_change")]);
    for measure in named(&diff, "db-query")["measures"].as_object().unwrap().values() {
        assert_eq!((measure["ratio"].as_f64(), &measure["base"]), (Some(1.0), &measure["new"]));
    }
}

#[test]
fn more_calls_are_reported_on_their_own() {
    // So cheap that their time is below the floor.
    let cheap = |calls| [work("engine-run", 2, 20_000), work("db-query", calls, 100)];
    let folder = folder_of(&cheap(2), &cheap(4));
    let diff = diffed(&folder, "");
    let query = named(&diff, "db-query");
    assert_eq!((query["verdict"].as_str(), query["calls"].as_str()), (Some("no_change"), Some("more")));
    let calls = &query["measures"]["calls_per_root"];
    assert_eq!(
        (calls["base"].as_f64(), calls["new"].as_f64(), calls["ratio"].as_f64()),
        (Some(2.0), Some(4.0), Some(2.0))
    );
    assert_eq!(
        (diff["summary"]["calls"]["more"].as_u64(), diff["summary"]["calls"]["fewer"].as_u64()),
        (Some(1), Some(0))
    );
    let text = folder.run("diff base new").quiet();
    assert!(
        text.text().contains("\nmore calls: db-query  +100.0 % calls/root, time below the floor\n"),
        "{}",
        text.text()
    );
    assert!(text.text().contains("; calls: 1 more, 0 fewer\n"));
}

#[test]
fn names_on_one_side_are_new_or_gone() {
    let folder =
        folder_of(&[usual(), vec![work("old", 1, 500)]].concat(), &[usual(), vec![work("fresh", 1, 400)]].concat());
    let diff = diffed(&folder, "");
    let (old, fresh) = (named(&diff, "old"), named(&diff, "fresh"));
    assert_eq!((old["verdict"].as_str(), fresh["verdict"].as_str()), (Some("gone"), Some("new")));
    for measure in ["calls_per_root", "mean_ns", "p50_ns", "p95_ns", "p99_ns", "total_ns_per_root"] {
        let (old, fresh) = (&old["measures"][measure], &fresh["measures"][measure]);
        assert!(old["base"].is_number() && old["new"].is_null() && old["ratio"].is_null(), "{old}");
        assert!(fresh["base"].is_null() && fresh["new"].is_number() && fresh["p"].is_null(), "{fresh}");
    }
    assert!(old["calls"].is_null() && fresh["calls"].is_null());
}

#[test]
fn the_largest_change_of_total_time_comes_first() {
    let base = [work("a", 1, 20_000), work("b", 1, 500_000), work("c", 1, 20_000), work("d", 1, 3_000)];
    let new = [work("a", 1, 30_000), work("b", 1, 900_000), work("c", 1, 100_000)];
    let folder = folder_of(&base, &new);
    let diff = diffed(&folder, "");
    let found = [("b", "slower"), ("c", "slower"), ("a", "slower"), ("d", "gone"), ("request", "no_change")];
    assert_eq!(verdicts(&diff), found);
}

// ---- Too little data ----

#[test]
fn too_little_data_ends_with_3() {
    let folder = folder_with(&run_log(FEW, &usual(), 1), &run_log(FEW, &usual(), 2));
    let ran = folder.run("diff base new");
    assert_eq!((ran.code, ran.stderr.as_str()), (Some(3), ""));
    let said = "Too little data to tell: names with enough of it hold only 0.0 % of the base's time.\n";
    assert!(ran.text().contains(said), "{}", ran.text());
    assert!(ran.text().contains("\ntoo little data: engine-run\n"));
    for arguments in ["diff base new -f json", "diff base new -f markdown", "diff base new -o out"] {
        let ran = folder.run(arguments);
        assert_eq!(ran.code, Some(3));
        ran.saying_only("tracerank: warning: too little data to tell whether anything changed\n");
    }
    assert_eq!(folder.read("out"), folder.run("diff base new").stdout);
    assert!(
        verdicts(&json(&folder.run("diff base new -f json"))).iter().all(|(_, verdict)| *verdict == "too_little_data")
    );
}

/// Names with too little data do not matter while they hold less than half of the base's time.
#[test]
fn the_share_of_time_decides_what_is_too_little() {
    for (micros, code) in [(100_000, 0), (900_000, 3)] {
        let rare = Work { one_in: 10, ..work("rare", 1, micros) };
        let works = [usual(), vec![rare]].concat();
        let ran = folder_of(&works, &works).run("diff base new -f json");
        assert_eq!(ran.code, Some(code), "{}", ran.stderr);
        let diff = json(&ran);
        assert_eq!(named(&diff, "rare")["verdict"], "too_little_data");
        // Without it, a request takes 2 × 20 + 3 × 2 + 10 ms.
        let expected = 56.0 / (56.0 + micros as f64 / 10_000.0);
        assert!((diff["summary"]["share_compared"].as_f64().unwrap() - expected).abs() < 0.01, "{diff}");
    }
}

#[test]
fn runs_without_a_name_in_common_can_not_be_told() {
    let folder = folder_with(&run_log(MANY, &[work("a", 1, 20_000)], 1), &run_log(MANY, &[work("b", 1, 20_000)], 2));
    let ran = folder.run("diff base new --names ^[ab]$ -f json");
    assert_eq!(ran.code, Some(3));
    assert_eq!(verdicts(&json(&ran)), [("a", "gone"), ("b", "new")]);
}

#[test]
fn without_roots_only_times_can_be_compared() {
    let folder = folder_with(&rootless(&run_log(MANY, &usual(), 1)), &run_log(MANY, &usual(), 2));
    let ran = folder.run("diff base new");
    assert_eq!(ran.code, Some(3));
    assert!(ran.text().contains("A run has no root span"), "{}", ran.text());
    assert_eq!(folder.run("diff base new --per request").code, Some(0));
}

// ---- What it can't do ----

#[test]
fn what_can_not_be_done_ends_with_2() {
    let folder = slower();
    folder.write("text", "hello\n");
    for (arguments, said) in [
        ("diff base", "<NEW>"),
        ("diff base new third", "unexpected argument 'third'"),
        ("diff base nosuch", "tracerank: nosuch: can't be opened: No such file"),
        ("diff nosuch1 nosuch2", "nosuch1: can't be opened"),
        ("diff nosuch1 nosuch2", "nosuch2: can't be opened"),
        ("diff - -", "tracerank: standard input can't be both BASE and NEW\nhint: "),
        ("diff base text", "tracerank: text: holds no record"),
        ("diff text base", "tracerank: text: holds no record"),
        ("diff base -", "tracerank: standard input: holds no record"),
        (
            "diff base new --per engine",
            "tracerank: --per: there is no span named engine in the base and the new run\nhint: ",
        ),
        ("diff base new --names ^no", "tracerank: --names: no trace name matches ^no\nhint: "),
        ("diff base new --names (", "--names"),
        ("diff base new --margin 5", "the percent sign is missing: 5%"),
        ("diff base new --margin -5%", "--margin"),
        ("diff base new --margin x%", "not a percentage"),
        ("diff base new --floor -1ms", "not a duration of zero or more"),
        ("diff base new --floor 5", "such as 200us, 1ms or 1.5s"),
        ("diff base new --top -1", "-1"),
        ("diff base new --format pdf", "[possible values: text, json, csv, markdown]"),
    ] {
        folder.run(arguments).refused(2).saying(said);
    }
}

#[test]
fn the_side_that_lacks_the_divisor_is_named() {
    let folder =
        folder_of(&[usual(), vec![work("old", 1, 500)]].concat(), &[usual(), vec![work("fresh", 1, 400)]].concat());
    folder.run("diff base new --per old").refused(2).saying("there is no span named old in the new run");
    folder.run("diff base new --per fresh").refused(2).saying("there is no span named fresh in the base");
}

#[test]
fn strict_ends_with_1_and_yet_compares() {
    let folder = slower();
    folder.write("new", [folder.read("new"), start("b")[..40].to_vec()].concat());
    let ran = folder.run("diff base new --strict -f json").saying("1 malformed record: new:1");
    assert_eq!((ran.code, verdicts(&json(&ran))[0]), (Some(1), ("engine-run", "slower")));
    // What is wrong comes before what can't be told, and what failed before both.
    folder.write("few", stop("a", "0.5"));
    assert_eq!(folder.run("diff few new --strict").code, Some(1));
    assert_eq!(folder.run("diff few new").code, Some(3));
    folder.write("text", "hello\n");
    folder.run("diff text new --strict").refused(2).saying("text: holds no record").saying("1 malformed record");
}

#[test]
fn a_run_that_fails_leaves_the_old_file_whole() {
    let folder = slower();
    folder.write("out", "old");
    folder.run("diff base nosuch -o out").refused(2);
    folder.run("diff base new --per nosuch -o out").refused(2);
    folder.feed("diff base - -o out", b"hello\n").refused(2);
    assert_eq!(folder.read("out"), b"old");
    folder.run("diff base new -o base").refused(2).saying("base: is an input, too");
    folder.run("diff base new -o new").refused(2).saying("new: is an input, too");
    folder.run("diff base new -o out").quiet();
    assert_eq!(folder.read("out"), folder.run("diff base new").quiet().stdout);
}

#[test]
fn outputs_that_end_early() {
    let folder = slower();
    for format in ["text", "json", "csv", "markdown"] {
        let ran = folder.run(&format!("diff base new -f {format} -o /dev/full")).refused(2);
        ran.saying_only("tracerank: /dev/full: can't be written: No space left on device\n");
        let closed = folder.shell(&format!("{{ tracerank diff base new -f {format}; echo $? >&2; }} | true"));
        assert_eq!(closed.stderr, "0\n", "{format}");
    }
}

// ---- Inputs ----

#[test]
fn either_side_can_be_anything_that_is_read() {
    let folder = slower();
    let (base, new) = (folder.read("base"), folder.read("new"));
    let figures = |ran: Ran| json(&ran.done())["names"].clone();
    let expected = figures(folder.run("diff base new -f json"));
    assert_eq!(figures(folder.feed("diff - new -f json", &base)), expected);
    assert_eq!(figures(folder.feed("diff base - -f json", &new)), expected);
    let middle = base.len() / 2 + base[base.len() / 2..].iter().position(|byte| *byte == b'\n').unwrap() + 1;
    folder.write("logs/log.1", &base[..middle]);
    folder.write("logs/log", &base[middle..]);
    assert_eq!(figures(folder.run("diff logs new -f json")), expected);
    assert_eq!(figures(folder.shell("gzip -c new > new.gz; tracerank diff base new.gz -f json --no-mmap")), expected);
}

#[test]
fn threads_make_no_difference() {
    let folder = slower();
    let outputs = ["text", "json", "csv", "markdown"].map(|format| {
        let one = folder.run(&format!("diff base new -f {format} --threads 1")).quiet().stdout;
        assert_eq!(one, folder.run(&format!("diff base new -f {format} --threads 7")).quiet().stdout);
        one
    });
    assert!(outputs.iter().all(|output| output.ends_with(b"\n")));
}

#[test]
fn verbose_tells_what_was_read_of_each() {
    let ran = slower().run("diff base new -v").done();
    assert_eq!(ran.stderr.matches("1200 spans, 0 filtered out").count(), 2, "{}", ran.stderr);
}

// ---- Options ----

#[test]
fn per_makes_runs_of_different_length_comparable() {
    // Twice as many jobs for each request, and so twice as much of everything.
    let of = |jobs| [work("job", jobs, 1_000), work("step", 3 * jobs, 5_000)];
    let folder = folder_of(&of(1), &of(2));
    let by_root = diffed(&folder, "");
    assert_eq!(
        (named(&by_root, "step")["calls"].as_str(), named(&by_root, "step")["verdict"].as_str()),
        (Some("more"), Some("slower"))
    );
    assert!(by_root["per"]["name"].is_null());
    let by_job = diffed(&folder, "--per job");
    assert_eq!(named(&by_job, "step")["calls"], "no_change");
    assert_eq!(named(&by_job, "step")["verdict"], "no_change");
    assert_eq!(named(&by_job, "step")["measures"]["calls_per_root"]["new"], 3);
    assert_eq!(by_job["per"], serde_json::json!({"name": "job", "count": {"base": [200], "new": 400}}));
    let text = folder.run("diff base new --per job").quiet();
    assert!(
        text.text().contains("base  base: 1,000 spans, 200 units\nnew   new: 1,800 spans, 400 units\n"),
        "{}",
        text.text()
    );
    assert!(text.text().contains("a unit is a span of job") && text.text().contains("\n  calls/unit "));
}

#[test]
fn top_hides_names_and_counts_them() {
    let folder = slower();
    let diff = diffed(&folder, "-n 1");
    assert_eq!(verdicts(&diff), [("engine-run", "slower")]);
    assert_eq!(diff["summary"]["no_change"], 2);
    let text = folder.run("diff base new --top 1").quiet();
    assert!(text.text().contains("\n… and 2 more names, whose total changed less\n"), "{}", text.text());
    assert!(text.text().contains("\n1 slower, 0 faster, 2 no change, "));
    assert_eq!(verdicts(&diffed(&folder, "--top 0")), []);
    assert_eq!(verdicts(&diffed(&folder, "--top 99")).len(), 3);
}

#[test]
fn names_are_chosen_before_they_are_judged() {
    let folder = slower();
    for flag in ["--names", "--name"] {
        let diff = diffed(&folder, &format!("{flag} ^db"));
        assert_eq!(verdicts(&diff), [("db-query", "no_change")]);
        assert_eq!(diff["summary"]["slower"], 0);
        // What it is divided by is still there.
        assert_eq!(named(&diff, "db-query")["measures"]["calls_per_root"]["base"], 3);
    }
    assert_eq!(verdicts(&diffed(&folder, "--names (?i)^ENGINE")), [("engine-run", "slower")]);
}

#[test]
fn margin_and_floor_decide_what_matters() {
    let folder = slower();
    let verdict = |arguments: &str| diffed(&folder, arguments)["names"][0]["verdict"].as_str().unwrap().to_owned();
    // 20 → 30 ms, twice a root.
    assert_eq!(verdict("--margin 45%"), "slower");
    assert_eq!(verdict("--margin 55%"), "no_change");
    assert_eq!(verdict("--floor 19ms"), "slower");
    assert_eq!(verdict("--floor 0.021s"), "no_change");
    let diff = diffed(&folder, "--margin 2.5% --floor 200us");
    let settings = &diff["settings"];
    assert_eq!((settings["margin"].as_f64(), settings["floor_ns"].as_u64()), (Some(0.025), Some(200_000)));
    let text = folder.run("diff base new --floor 1s").quiet();
    assert!(text.text().contains("\nno change: engine-run, time below the floor\n"), "{}", text.text());
}

#[test]
fn one_base_can_not_tell_drift() {
    let folder = slower();
    for format in ["text", "json", "markdown"] {
        let ran = folder.run(&format!("diff base new -f {format}")).quiet();
        let said = "With a single base, a change of the program can't be told from drift of the machine.";
        assert!(ran.text().contains(said), "{}", ran.text());
    }
}

// ---- Colours ----

#[test]
fn text_is_coloured_where_it_is_asked_for() {
    let folder = slower();
    let plain = folder.run("diff base new").quiet();
    assert!(!plain.text().contains('\x1b'));
    assert_eq!(folder.run("diff base new --color never").quiet().stdout, plain.stdout);
    let coloured = folder.run("diff base new --color always").quiet();
    assert!(coloured.text().contains("\x1b[1;31mslower\x1b[0m: \x1b[1mengine-run\x1b[0m  +"), "{}", coloured.text());
    let codes = ["\x1b[0m", "\x1b[1m", "\x1b[2m", "\x1b[1;31m", "\x1b[1;32m", "\x1b[1;33m"];
    let stripped = codes.into_iter().fold(coloured.text().to_owned(), |text, code| text.replace(code, ""));
    assert_eq!(stripped, plain.text());
    for format in ["json", "csv", "markdown"] {
        let ran = folder.run(&format!("diff base new -f {format} --color always")).quiet();
        assert!(!ran.text().contains('\x1b'));
    }
}

// ---- Names out of logs ----

/// A name, as a terminal is shown it, and as a spreadsheet is.
const HOSTILE: [(&[u8], &str, &str); 7] = [
    (b"\x1b[31mred\x1b[0m", r"\x1b[31mred\x1b[0m", r"\x1b[31mred\x1b[0m"),
    (b"carriage\rreturn", r"carriage\x0dreturn", r"carriage\x0dreturn"),
    (b"invalid\xff", r"invalid\xff", r"invalid\xff"),
    ("bidi\u{202e}txt".as_bytes(), r"bidi\u{202e}txt", r"bidi\u{202e}txt"),
    (b"a|b </details><script> `c` **d**", "a|b </details><script> `c` **d**", "a|b </details><script> `c` **d**"),
    (b"=cmd()", "=cmd()", "'=cmd()"),
    (b"\"quoted\", comma", "\"quoted\", comma", "\"quoted\", comma"),
];

fn hostile() -> Folder {
    let works: Vec<Work> = HOSTILE.iter().map(|(name, ..)| work(name, 1, 1_000)).collect();
    folder_with(&run_log(FEW, &works, 1), &run_log(FEW, &works, 2))
}

#[test]
fn text_and_markdown_show_names_without_harm() {
    let folder = hostile();
    let (text, markdown) = (folder.run("diff base new"), folder.run("diff base new -f markdown"));
    for (_, shown, _) in HOSTILE {
        assert!(text.text().contains(&format!("\ntoo little data: {shown}\n")), "{shown}: {}", text.text());
        let escaped =
            shown.chars().flat_map(|c| [Some('\\').filter(|_| r"\`*_[]<>|&~$".contains(c)), Some(c)]).flatten();
        let escaped: String = escaped.collect();
        assert!(
            markdown.text().contains(&format!("| {escaped} | too little data |")),
            "{escaped}: {}",
            markdown.text()
        );
    }
    for ran in [text, markdown] {
        assert!(!ran.text().contains(|c: char| (c.is_control() && c != '\n') || c == '\u{202e}'));
    }
}

#[test]
fn json_has_names_exactly_and_csv_without_formulas() {
    let folder = hostile();
    let diff = json(&folder.run("diff base new -f json"));
    let ran = folder.run("diff base new -f csv");
    let mut reader = csv::Reader::from_reader(ran.stdout.as_slice());
    let cells: Vec<String> = reader.records().map(|row| row.unwrap()[0].to_owned()).collect();
    for (name, shown, cell) in HOSTILE {
        match std::str::from_utf8(name) {
            Ok(text) => assert!(named(&diff, text)["name_hex"].is_null()),
            Err(_) => assert_eq!(named(&diff, shown)["name_hex"], "696e76616c6964ff"),
        }
        assert!(cells.iter().any(|found| found == cell), "{cell}: {cells:?}");
    }
}

#[test]
fn the_divisor_and_the_paths_are_shown_without_harm() {
    let folder = hostile();
    std::fs::rename(folder.path("base"), folder.path("b\x1b|se")).unwrap();
    for format in ["text", "markdown"] {
        let ran = folder.run_with(&["diff", "-f", format, "b\x1b|se", "new", "--per", "\x1b[31mred\x1b[0m"]);
        assert_eq!(ran.code, Some(3), "{}", ran.stderr);
        assert!(!ran.text().contains('\x1b'), "{}", ran.text());
        assert!(ran.text().contains("x1b"));
    }
    let ran = folder.run_with(&["diff", "new", "new", "--per", "\x1b[31m"]).refused(2);
    ran.saying(r"--per: there is no span named \x1b[31m in");
}
