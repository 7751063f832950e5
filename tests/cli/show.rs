//! One tree: found by its id, shown in time order, cut where it was asked for, in forms that can't harm anybody.

use std::fmt::Write;

use serde_json::Value;

use crate::common::ways::{Prepared, Way};
use crate::common::{BASE, Folder, LEAST_MEMORY, MANY_SPANS, Ran, corpus, long_spans};

// ---- Logs ----

/// The trace id of a number.
fn id(number: u32) -> String {
    format!("{number:08x}-0000-4000-8000-000000000000")
}

/// A log that is written record by record, of one trace group.
#[derive(Default)]
struct Log(Vec<u8>);

impl Log {
    fn record(&mut self, base: &str, at_ms: u32, duration: &str, parent: &str, trace: u32, tail: &[u8]) {
        let (seconds, ms, trace) = (at_ms / 1000, at_ms % 1000, id(trace));
        let time = format!("2026-11-23T06:18:{seconds:02}.{ms:03}000");
        self.0.extend(format!("{time} {duration} {base} {parent} {trace} ").bytes().chain(tail.iter().copied()));
        self.0.push(b'\n');
    }

    fn start(mut self, at_ms: u32, parent: u32, trace: u32, name: impl AsRef<[u8]>) -> Self {
        let parent = if parent == 0 { BASE.to_owned() } else { id(parent) };
        self.record(BASE, at_ms, "        ", &parent, trace, &[name.as_ref(), b"-start"].concat());
        self
    }

    fn stop(mut self, at_ms: u32, took_ms: u32, parent: u32, trace: u32, name: impl AsRef<[u8]>) -> Self {
        let parent = if parent == 0 { BASE.to_owned() } else { id(parent) };
        let duration = format!("{}.{:03}", took_ms / 1000, took_ms % 1000);
        self.record(BASE, at_ms, &duration, &parent, trace, &[name.as_ref(), b"-stop"].concat());
        self
    }

    /// A root span of another trace group.
    fn of_group(mut self, base: &str, trace: u32) -> Self {
        self.record(base, 500, "0.5", base, trace, b"elsewhere-stop");
        self
    }

    fn folder(&self) -> Folder {
        let folder = Folder::new();
        folder.write("log", &self.0);
        folder
    }

    fn show(&self, arguments: &str) -> Ran {
        self.folder().run(&format!("show {arguments} log"))
    }
}

/// ```text
///  root   |------------------------------| 0..1000
///  first    |-----|                        100..300
///  inner      |-|                          150..200
///  second                |---------|       500..800
///  later                                      |---| 1200..1400, asynchronous, below second
/// ```
fn tree() -> Log {
    Log::default()
        .start(0, 0, 1, "root")
        .start(100, 1, 2, "first")
        .start(150, 2, 3, "inner")
        .stop(200, 50, 2, 3, "inner")
        .stop(300, 200, 1, 2, "first")
        .start(500, 1, 4, "second")
        .stop(800, 300, 1, 4, "second")
        .stop(1000, 1000, 0, 1, "root")
        .start(1200, 4, 5, "later")
        .stop(1400, 200, 4, 5, "later")
        .of_group("another", 9)
}

fn parsed(ran: Ran) -> Value {
    serde_json::from_slice(&ran.quiet().stdout).unwrap()
}

// ---- Text ----

#[test]
fn a_tree_in_time_order_with_gaps_and_marks() {
    let expected = format!(
        "trace group {BASE}
2026-11-23T06:18:00.000000 + 1.40 s: 5 spans, 1 root, 1 asynchronous

  offset  duration      self  id        0                 1.40 s  milliseconds
"
    ) + "   0.000  1000.000   500.000  00000001  ━━━━━━━━━━━━━━━━━╸        root
   0.000                                ··                        ├─ · gap 100 ms
 100.000   200.000   150.000  00000002   ╺━━━╸                    ├─ first
 150.000    50.000    50.000  00000003    ╺╸                      │ ├─ inner
 200.000                                   ···                    │ └─ · gap 100 ms
 300.000                                     ····                 ├─ · gap 200 ms
 500.000   300.000   300.000  00000004          ╺━━━━━            ├─ second
1200.000   200.000   200.000  00000005                      ╶───  │ └─ later  async
 800.000                                             ·····        └─ · gap 200 ms
";
    assert_eq!(tree().show(BASE).quiet().text(), expected);
}

#[test]
fn a_span_alone_is_the_whole_axis() {
    let ran = tree().show(&id(2)).quiet();
    let head = format!("first  span {} of trace group {BASE}\n2026-11-23T06:18:00.100000 + 200 ms: 2 spans\n", id(2));
    assert!(ran.text().starts_with(&head), "{}", ran.text());
    assert!(
        ran.text().contains("\n   0.000   200.000   150.000  00000002  ━━━━━━━━━━━━━━━━━━━━━━━━  first\n"),
        "{}",
        ran.text()
    );
    assert!(!ran.text().contains("root"));
}

/// The ids of the rows of a tree as text.
fn ids_of(text: &str) -> Vec<&str> {
    let spans = text.lines().skip(4).filter(|row| !row.contains("· gap") && !row.contains("… "));
    spans.map(|row| row.split_whitespace().nth(3).unwrap()).collect()
}

#[test]
fn each_row_has_the_id_that_shows_it() {
    let folder = tree().folder();
    let whole = folder.run(&format!("show {BASE} log")).quiet();
    assert_eq!(ids_of(whole.text()), [1, 2, 3, 4, 5].map(|n| id(n)[..8].to_owned()));
    for (id, name) in ids_of(whole.text()).iter().zip(["root", "first", "inner", "second", "later"]) {
        let ran = folder.run(&format!("show {id} log")).quiet();
        assert!(ran.text().starts_with(&format!("{name}  span {id}")), "{}", ran.text());
    }
}

#[test]
fn ids_that_begin_alike_are_longer() {
    let traces = [1, 2].map(|n| format!("00000000-0000-4{n}00-8000-000000000000"));
    let stop = |trace: &String| format!("2026-11-23T06:18:01.000000 0.5 {BASE} {BASE} {trace} work-stop\n");
    let folder = Folder::new();
    folder.write("log", traces.iter().map(stop).collect::<String>());
    let ran = folder.run(&format!("show {BASE} log")).quiet();
    assert_eq!(ids_of(ran.text()), ["00000000-0000-41", "00000000-0000-42"]);
    folder.run("show 00000000-0000-41 log").quiet();
}

#[test]
fn unfinished_cut_off_missing_and_outliving_spans_are_marked() {
    let log = Log::default()
        .start(0, 0, 1, "root")
        .start(100, 1, 2, "child")
        .stop(200, 200, 0, 1, "root")
        .stop(400, 300, 1, 2, "child")
        .stop(500, 50, 8, 3, "cut")
        .start(600, 0, 4, "open");
    let ran = log.show(BASE).quiet();
    assert!(ran.text().contains("4 spans, 3 roots, 1 unfinished, 1 cut off\n"), "{}", ran.text());
    for end in ["child  outlives its parent\n", "cut  cut off  parent missing\n", "open  unfinished\n"] {
        assert!(ran.text().contains(end), "{end} {}", ran.text());
    }
    assert!(ran.text().contains("\n 600.000         -         -  "), "{}", ran.text());
}

#[test]
fn a_cycle_is_shown_once() {
    let log = Log::default().stop(100, 50, 2, 1, "one").stop(200, 50, 1, 2, "two").stop(300, 50, 3, 3, "own parent");
    for (format, before) in
        [("text", " "), ("json", "\"info\":{\"name\":\""), ("dot", "label=\""), ("chrome", "\"name\":\"")]
    {
        let ran = log.show(&format!("{BASE} -f {format}")).quiet();
        let found = ["one", "two", "own parent"].map(|name| ran.text().matches(&format!("{before}{name}")).count());
        assert_eq!(found, [1, 1, 1], "{format}: {}", ran.text());
    }
    assert!(log.show(BASE).quiet().text().contains("one  cut off  in a cycle\n"));
}

#[test]
fn colours_are_for_terminals_and_for_those_who_ask() {
    assert!(!tree().show(BASE).quiet().text().contains('\x1b'));
    let ran = tree().show(&format!("{BASE} --color always")).quiet();
    assert!(ran.text().contains("\x1b[1;33masync\x1b[0m"), "{}", ran.text());
    assert!(!tree().show(&format!("{BASE} --color always -f json")).quiet().text().contains('\x1b'));
}

// ---- What is left out ----

#[test]
fn what_is_below_the_depth_is_counted() {
    let ran = tree().show(&format!("{BASE} --depth 2")).quiet();
    assert!(ran.text().contains("│ └─ … 1 span below, 50.0 ms\n"), "{}", ran.text());
    assert!(!ran.text().contains("inner"));
    let ran = tree().show(&format!("{BASE} --depth 1")).quiet();
    assert!(ran.text().ends_with(" └─ … 4 spans below, 500 ms\n"), "{}", ran.text());
    assert_eq!(tree().show(&format!("{BASE} --depth 9")).quiet().text(), tree().show(BASE).text());
}

#[test]
fn short_spans_are_counted_unless_something_long_is_below() {
    let ran = tree().show(&format!("{BASE} --min-duration 201ms")).quiet();
    assert!(ran.text().contains("└─ … 2 spans below, 200 ms\n"), "{}", ran.text());
    assert!(ran.text().contains("└─ … 1 span below, 200 ms\n"), "{}", ran.text());
    assert!(!["first", "inner", "later"].iter().any(|name| ran.text().contains(name)), "{}", ran.text());
    // A span of 200 ms is no shorter than that.
    let ran = tree().show(&format!("{BASE} --min-duration 200ms")).quiet();
    assert!(["first", "later"].iter().all(|name| ran.text().contains(name)), "{}", ran.text());
    let long_below = Log::default().start(0, 0, 1, "short").stop(1, 1, 0, 1, "short").stop(900, 800, 1, 2, "long");
    let ran = long_below.show(&format!("{BASE} --min-duration 500ms")).quiet();
    assert!(ran.text().contains("short\n") && ran.text().contains("└─ long"), "{}", ran.text());
    let ran = tree().show(&format!("{BASE} --min-duration 1h")).quiet();
    assert!(ran.text().ends_with("  … 5 spans, 1.00 s\n"), "{}", ran.text());
}

#[test]
fn other_formats_leave_out_the_same() {
    let options = format!("{BASE} --depth 2 --min-duration 250ms");
    let json = parsed(tree().show(&format!("{options} -f json")));
    let root = &json["children"][0];
    assert_eq!(root["children"].as_array().unwrap().len(), 1);
    assert_eq!(root["children"][0]["children"], Value::Array(Vec::new()));
    let counts = json["stats"].as_object().unwrap().values().map(|of| of["count"].as_u64().unwrap());
    assert_eq!(counts.sum::<u64>(), 5);
    let dot = tree().show(&format!("{options} -f dot")).quiet();
    assert!(dot.text().contains("n0_hidden [label=\"… 2 spans\\n200 ms\""), "{}", dot.text());
    let chrome = parsed(tree().show(&format!("{options} -f chrome")));
    let events: Vec<_> = chrome["traceEvents"].as_array().unwrap().iter().filter(|event| event["ph"] == "X").collect();
    assert_eq!(events.len(), 2);
    assert_eq!((&events[0]["args"]["hidden_spans"], &events[0]["args"]["hidden_us"]), (&2.into(), &200_000.into()));
}

/// Not by recursion, and not with a line as long as the tree is deep.
#[test]
fn a_tree_as_deep_as_it_has_spans() {
    const DEEP: u32 = 20_000;
    let mut log = Log::default();
    for trace in 1..=DEEP {
        log = log.start(trace / 1000, trace - 1, trace, "down");
    }
    let folder = log.folder();
    for format in ["text", "json", "dot", "chrome"] {
        let ran = folder.run(&format!("show {BASE} -f {format} log")).quiet();
        assert!(ran.text().matches("down").count() >= DEEP as usize, "{format}");
        assert!(ran.text().len() < DEEP as usize * 700, "{format}: {}", ran.text().len());
    }
}

// ---- Ids ----

#[test]
fn a_unique_beginning_is_enough() {
    let log = tree();
    for (beginning, whole) in [(&BASE[..5], BASE), ("00000002-", &id(2)), ("anot", "another")] {
        assert_eq!(log.show(beginning).quiet().text(), log.show(whole).quiet().text());
    }
}

#[test]
fn a_beginning_of_several_ids_is_refused_with_some_of_them() {
    let expected = format!(
        "tracerank: 0000000: several ids begin with it: {} (span), {} (span), {} (span), {} (span), {} (span), …\n\
         hint: give more of the id\n",
        id(1),
        id(2),
        id(3),
        id(4),
        id(5)
    );
    tree().show("0000000").refused(2).saying_only(&expected);
    let log = Log::default().of_group("alike-1", 7).of_group("alike-2", 8);
    log.show("alike").refused(2).saying("several ids begin with it: alike-1 (trace group), alike-2 (trace group)\n");
}

#[test]
fn a_whole_id_comes_before_longer_ones_and_a_group_before_a_span() {
    let log = Log::default().of_group("run-10", 7).of_group("run-1", 8).of_group("run-1", 6).of_group("run-12", 9);
    for threads in [1, 3] {
        let ran = log.show(&format!("run-1 --threads {threads}")).quiet();
        assert!(ran.text().starts_with("trace group run-1\n"), "{}", ran.text());
        assert!(ran.text().contains(": 2 spans"), "{}", ran.text());
    }
    let log = tree().of_group(&id(2), 10);
    assert!(log.show(&id(2)).quiet().text().starts_with(&format!("trace group {}\n", id(2))));
}

#[test]
fn ids_with_blanks_and_of_bytes_that_are_no_text() {
    let folder = Folder::new();
    folder.write("log", corpus("odd-ids"));
    let ran = folder.run_with(&["show", "my run 7", "log"]);
    assert!(ran.text().starts_with("trace group my run 7\n") && ran.text().contains("engine-start-workflow"));
    let mut log = Log::default();
    log.record("\u{1b}[2J evil", 500, "0.5", &id(3), 4, b"name-stop");
    let folder = log.folder();
    let ran = folder.run_with(&["show", "\u{1b}[2J e", "log"]).quiet();
    assert!(ran.text().starts_with("trace group \\x1b[2J evil\n"), "{}", ran.text());
    let ran = folder.run_with(&["show", "\u{1b}[2J x", "log"]).refused(2);
    ran.saying("tracerank: \\x1b[2J x: no id in the log begins with this");
}

#[test]
fn an_id_of_several_groups_names_them() {
    let log = Log::default().of_group("here", 7).of_group("there", 7);
    let expected = "spans of several trace groups have this id: here, there\nhint: show one of the groups\n";
    log.show(&id(7)).refused(2).saying(expected);
}

#[test]
fn what_a_whole_id_means_all_of_the_log_tells() {
    // So long that the search for the span ends before it has seen all.
    let filled = |mut log: Log| {
        log.0.extend(b"nothing of that id\n".repeat((9 << 20) / 19));
        log
    };
    let [here, there] = ["a request that is here", "a request that is there"];
    let log = |last: &str, trace: u32| filled(filled(Log::default()).of_group(here, 7)).of_group(last, trace).folder();
    for threads in [1, 3] {
        let show = |log: &Folder| log.run(&format!("show {} log -v --threads {threads}", id(7)));
        let ran = show(&log(here, 8)).done();
        assert!(
            ran.text().starts_with(&format!("elsewhere  span {} of trace group {here}\n", id(7))),
            "{}",
            ran.text()
        );
        let expected =
            format!("spans of several trace groups have this id: {here}, {there}\nhint: show one of the groups\n");
        show(&log(there, 7)).refused(2).saying(&expected);
        let ran = show(&log(&id(7), 9)).done();
        assert!(ran.text().starts_with(&format!("trace group {}\n", id(7))), "{}", ran.text());
        let ran = log(here, 8).run_with(&["show", here, "log", "--threads", &threads.to_string()]).done();
        assert!(ran.text().contains(": 2 spans"), "{}", ran.text());
    }
}

#[test]
fn the_case_of_an_id_does_not_matter() {
    let expected = tree().show(BASE).quiet();
    for id in [BASE.to_uppercase(), BASE[..8].to_uppercase()] {
        assert_eq!(tree().show(&id).quiet().text(), expected.text(), "{id}");
    }
}

#[test]
fn nothing_of_that_id() {
    let expected = "tracerank: nobody: no id in the log begins with this, neither of a trace group nor of a span\n\
                    hint: give all rotated logs, or their directory\n";
    tree().show("nobody").refused(2).saying_only(expected);
    // In a name it is no id.
    tree().show("elsewhere").refused(2).saying_only(&expected.replace("nobody", "elsewhere"));
    let log = Log::default().stop(500, 50, 8, 3, "cut");
    log.show(&id(8)).refused(2).saying("the span is in no input, only its children are\nhint: ");
    tree().folder().run_with(&["show", "", "log"]).refused(2).saying("tracerank: the id is empty\nhint: ");
}

#[test]
fn an_input_that_is_no_log_is_named() {
    let folder = Folder::new();
    folder.write("log", "{\"level\": \"INFO\"}\n");
    folder
        .run("show x log")
        .refused(2)
        .saying("tracerank: log: looks like JSON\n")
        .saying("x: no id in the log begins with this");
}

// ---- Inputs ----

#[test]
fn a_log_is_searched_however_it_is_read() {
    // Several chunks and blocks: the trees of one group lie in all of them.
    let prepared = Prepared::repeated(&[tree().0, corpus("basic")].concat(), 8);
    let expected = prepared.run(Way::File, &format!("show {BASE} -f json")).done();
    assert_eq!(expected.text().matches("\"name\":\"root\"").count(), 8);
    for way in Way::ALL {
        for threads in way.threads() {
            let ran = prepared.run(way, &format!("show {BASE} -f json --threads {threads}")).done();
            assert!(ran.text() == expected.text(), "{way:?} {threads}");
        }
    }
}

#[test]
fn standard_input_is_read_once() {
    let log = tree();
    let ran = Folder::new().feed(&format!("show {}", &BASE[..6]), &log.0).quiet();
    assert_eq!(ran.text(), log.show(BASE).text());
    let expected = format!(
        "tracerank: standard input: can't be read again for the trace group that the id is of\n\
         hint: give the log as a file, or show all of the group: {BASE}\n"
    );
    Folder::new().feed(&format!("show {}", id(2)), &log.0).refused(2).saying_only(&expected);
}

#[test]
fn a_tree_can_be_spread_over_inputs() {
    let log = tree();
    let folder = log.folder();
    let lines: Vec<&[u8]> = log.0.split_inclusive(|byte| *byte == b'\n').collect();
    folder.write("rotated/log.1", lines[..5].concat());
    folder.write("rotated/log", lines[5..].concat());
    let expected = folder.run(&format!("show {BASE} log")).quiet();
    for inputs in ["rotated", "rotated/log rotated/log.1"] {
        assert_eq!(folder.run(&format!("show {BASE} {inputs}")).quiet().text(), expected.text(), "{inputs}");
    }
}

#[test]
fn a_span_is_found_in_more_inputs_than_stay_mapped() {
    let log = tree();
    let folder = log.folder();
    let expected = folder.run(&format!("show {} log", id(2))).quiet();
    // Each record has a log of its own, and others have none of the group.
    for (nth, line) in log.0.split_inclusive(|byte| *byte == b'\n').enumerate() {
        folder.write(&format!("many/{:03}", nth * 30), line);
        for other in 1..30 {
            let others = Log::default().of_group(&id(900 + other), 1000 + other).0;
            folder.write(&format!("many/{:03}", nth * 30 + other as usize), others);
        }
    }
    assert_eq!(folder.run(&format!("show {} many", id(2))).quiet().text(), expected.text());
}

#[test]
fn a_summary_has_no_trees() {
    let folder = tree().folder();
    folder.run("summarize log -o log.trk").quiet();
    let ran = folder.run(&format!("show {BASE} log.trk")).refused(2);
    ran.saying("tracerank: log.trk: is a summary, in which spans are not told by time, base id or parent\nhint: ");
}

#[test]
fn torn_records_of_the_group_are_told() {
    let mut log = tree();
    write!(Utf8(&mut log.0), "2026-11-23T06:18:01.000000 0.5 {BASE} torn\n2026-11-23T06:18:01.0 other\n").unwrap();
    let ran = log.show(BASE).done();
    assert!(ran.stderr.starts_with("tracerank: warning: 1 malformed record: log (byte "), "{}", ran.stderr);
    assert_eq!(log.show(&format!("{BASE} --strict")).code, Some(1));
}

struct Utf8<'a>(&'a mut Vec<u8>);

impl Write for Utf8<'_> {
    fn write_str(&mut self, text: &str) -> std::fmt::Result {
        self.0.extend_from_slice(text.as_bytes());
        Ok(())
    }
}

#[test]
fn verbose_says_how_much_was_searched() {
    let ran = tree().show(&format!("{BASE} -v")).done();
    assert!(ran.stderr.contains(&format!("tracerank: {} bytes searched, ", tree().0.len())), "{}", ran.stderr);
    let ran = tree().show(&format!("{} -v", id(2))).done();
    assert!(ran.stderr.contains(&format!("tracerank: {} bytes searched, ", 2 * tree().0.len())), "{}", ran.stderr);
}

// ---- Outputs ----

#[test]
fn a_file_is_whole_or_as_it_was() {
    let folder = tree().folder();
    for format in ["text", "json", "dot", "chrome"] {
        let expected = folder.run(&format!("show {BASE} log -f {format}")).quiet();
        assert_eq!(folder.run(&format!("show {BASE} log -f {format} -o out")).quiet().text(), "");
        assert_eq!(folder.read("out"), expected.stdout, "{format}");
    }
    let before = folder.read("out");
    folder.run("show nobody log -o out").refused(2);
    assert_eq!(folder.read("out"), before);
    assert_eq!(folder.names(), ["log", "out"]);
    folder.run(&format!("show {BASE} log -o log")).refused(2).saying("is an input, too");
}

#[test]
fn names_can_harm_nobody() {
    const NAMES: [&[u8]; 6] = [
        b"\x1b]0;title\x07",
        b"quote\" \\n \\",
        "\u{202e}txt".as_bytes(),
        b"bad\xff",
        b"&lt; <script>",
        b"\"]; evil [label=\"",
    ];
    let mut log = Log::default();
    for (trace, name) in (1..).zip(NAMES) {
        log = log.stop(100 * trace, 50, 0, trace, name);
    }
    let text = log.show(BASE).quiet();
    assert!(!text.text().contains(['\x1b', '\x07', '\u{202e}']), "{}", text.text());
    assert!(text.text().contains("\\x1b]0;title\\x07") && text.text().contains("bad\\xff"));

    let json = parsed(log.show(&format!("{BASE} -f json")));
    let names: Vec<&str> =
        json["children"].as_array().unwrap().iter().map(|node| node["info"]["name"].as_str().unwrap()).collect();
    let expected = NAMES.map(|name| std::str::from_utf8(name).unwrap_or("bad\\xff"));
    assert_eq!(names, expected);
    let chrome = parsed(log.show(&format!("{BASE} -f chrome")));
    let events = chrome["traceEvents"].as_array().unwrap().iter().filter(|event| event["ph"] == "X");
    assert_eq!(events.map(|event| event["name"].as_str().unwrap()).collect::<Vec<_>>(), expected);

    let dot = log.show(&format!("{BASE} -f dot")).quiet();
    assert!(!dot.text().contains(['\x1b', '\x07', '\u{202e}']));
    // Between its quotes, each label is one string.
    assert!(dot.text().contains(r#"label="quote\" \\n \\\n50.0 ms"#), "{}", dot.text());
    assert!(dot.text().contains(r#"label="\"]; evil [label=\"\n50.0 ms"#), "{}", dot.text());
    assert!(dot.text().contains("&amp;lt; <script>"), "{}", dot.text());
}

/// The structure that osprofiler's own command reads; `scripts/show_osprofiler` compares all of it with what osprofiler makes.
#[test]
fn json_is_what_osprofiler_prints() {
    let mut log = Log::default().start(1, 0, 1, "engine-start");
    log.record(BASE, 2, "        ", &id(1), 2, b"db-start {\"statement\": \"SELECT 1\", \"params\": {}}");
    log.record(BASE, 3, "0.001", &id(1), 2, b"db-stop  <- !!! {\"torn\": ");
    // Python writes more words than JSON has.
    log.record(BASE, 4, "0.001", &id(1), 2, b"db-stop  <- !!! {\"number\": NaN}");
    let payload = |name: &str, parent: &str, trace: u32, ms: u32| {
        let time = format!("2026-11-23T06:18:00.00{ms}000");
        serde_json::json!({ "name": name, "base_id": BASE, "trace_id": id(trace), "parent_id": parent, "timestamp": time })
    };
    let mut start = payload("db-start", &id(1), 2, 2);
    start["info"] = serde_json::json!({ "db": { "statement": "SELECT 1", "params": {} } });
    let expected = serde_json::json!({
        "info": { "name": "total", "started": 0, "finished": 3, "last_trace_started": 1 },
        "children": [{
            "info": { "name": "engine", "meta.raw_payload.engine-start-start": payload("engine-start-start", BASE, 1, 1), "started": 0, "finished": 0 },
            "trace_id": id(1), "parent_id": BASE,
            "children": [{
                "info": {
                    "name": "db", "meta.raw_payload.db-start": start, "started": 1,
                    "meta.raw_payload.db-stop": payload("db-stop", &id(1), 2, 4), "finished": 3,
                },
                "trace_id": id(2), "parent_id": id(1), "children": [],
            }],
        }],
        "stats": { "engine": { "count": 1, "duration": 0 }, "db": { "count": 1, "duration": 2 } },
    });
    let ran = log.show(&format!("{BASE} -f json -q")).done();
    assert_eq!(serde_json::from_slice::<Value>(&ran.stdout).unwrap(), expected);
}

#[test]
fn an_input_in_the_place_of_the_id_is_told() {
    let folder = Folder::new();
    folder.write("mistral.log", corpus("basic"));
    folder.run("show mistral.log").refused(2).saying_only(
        "tracerank: there is no id before the input mistral.log\n\
        hint: tracerank show ID INPUT, or ID - for standard input; tracerank slowest INPUT lists ids\n",
    );
    folder.feed("show mistral.log -", &corpus("basic")).refused(2).saying("mistral.log");
}

// ---- Memory ----

#[test]
fn a_trace_group_that_does_not_fit_into_the_memory_limit_is_refused() {
    let folder = Folder::new();
    folder.write("log", [long_spans(MANY_SPANS, 1), corpus("basic")].concat());
    let large = "f12e75d5-5d59-4cbc-b74d-000000000000";
    for command in [format!("show {large}"), format!("show {} -f json", &large[..30])] {
        folder.run(&format!("{command} --memory-limit {LEAST_MEMORY} log")).refused(2).saying_only(
            "tracerank: one trace group does not fit into the 16 MB memory limit\nhint: allow more with --memory-limit\n",
        );
    }
    folder.run(&format!("show {large} --depth 1 --memory-limit 200MB log")).done();
    // The others do.
    let small = "4e648e13-f0c0-4862-a183-bc631e572f30";
    let expected = folder.run(&format!("show {small} log")).quiet();
    let ran = folder.run(&format!("show {small} --memory-limit {LEAST_MEMORY} log")).quiet();
    assert_eq!(ran.text(), expected.text());
    folder.run(&format!("show {small} --memory-limit 1M log")).refused(2).saying("too little to read a log with");
}
