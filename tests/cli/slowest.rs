//! `tracerank slowest`: the slowest spans one by one.

use tracerank_testing::timeline::{Timeline, timeline};

use crate::common::{Folder, LEAST_MEMORY, MANY_SPANS, Ran, corpus, long_spans, unfinished};

/// ```text
/// ms  0    10   20   30   40   50   60   70   80
///     request──────────────
///       work──────────
///           query
///                           request────
///                            work─
///                                       lost (its parent is in no input)
///                                            open …
/// ```
fn draw(t: &mut Timeline) {
    t.span("request", |t| {
        t.wait(2);
        t.span("work", |t| {
            t.wait(5);
            t.span("query", |t| t.wait(10));
            t.wait(3);
        });
        t.wait(10);
    });
    t.group(|t| {
        t.span("request", |t| {
            t.wait(1);
            t.span("work", |t| t.wait(4));
            t.wait(8);
        });
        let elsewhere = t.handle("elsewhere");
        t.within(&elsewhere, |t| t.span("lost", |t| t.wait(5)));
        t.start("open");
    });
}

fn folder() -> Folder {
    let folder = Folder::new();
    folder.write("log", &timeline(draw)[0]);
    folder
}

/// Duration, self time, spans below and name of each row.
fn rows(ran: &Ran) -> Vec<String> {
    let mut reader = csv::Reader::from_reader(ran.text().as_bytes());
    let ms = |ns: &str| ns.parse::<i64>().unwrap() / 1_000_000;
    reader
        .records()
        .map(|row| {
            let row = row.unwrap();
            format!("{} {} {} {}", ms(&row[1]), ms(&row[2]), &row[3], &row[6])
        })
        .collect()
}

#[track_caller]
fn assert_rows(options: &str, expected: &[&str]) {
    assert_eq!(
        rows(&folder().run(&format!("slowest -f csv {options} log")).done().saying_only(&unfinished(1, 7))),
        expected,
        "{options}"
    );
}

#[test]
fn root_spans_unless_names_are_given() {
    assert_rows("", &["30 12 2 request", "13 9 1 request", "5 5 0 lost"]);
    assert_rows("--name ^work$", &["18 8 1 work", "4 4 0 work"]);
    assert_rows(
        "--name .",
        &["30 12 2 request", "18 8 1 work", "13 9 1 request", "10 10 0 query", "5 5 0 lost", "4 4 0 work"],
    );
    assert_rows("--exclude ^lost$", &["30 12 2 request", "13 9 1 request"]);
    assert_rows("--name . --exclude e", &["18 8 1 work", "5 5 0 lost", "4 4 0 work"]);
}

#[test]
fn by_every_column_in_both_directions() {
    assert_rows("-s self", &["30 12 2 request", "13 9 1 request", "5 5 0 lost"]);
    assert_rows("-s duration:asc", &["5 5 0 lost", "13 9 1 request", "30 12 2 request"]);
    assert_rows(
        "-s below --name .",
        &["30 12 2 request", "18 8 1 work", "13 9 1 request", "10 10 0 query", "4 4 0 work", "5 5 0 lost"],
    );
    assert_rows("-s timestamp -n 2", &["30 12 2 request", "13 9 1 request"]);
    assert_rows("-s timestamp:desc -n 2", &["5 5 0 lost", "13 9 1 request"]);
    let folder = folder();
    folder.run("slowest -s nme log").refused(2).saying("there are: duration, self, below, timestamp");
    folder.run("slowest -s self:up log").refused(2).saying("there are: asc, desc");
}

#[test]
fn as_many_as_are_asked_for() {
    assert_rows("-n 1", &["30 12 2 request"]);
    assert_rows("-n 0", &[]);
    assert_rows("--top 100000000000", &["30 12 2 request", "13 9 1 request", "5 5 0 lost"]);
    let folder = Folder::new();
    folder.write("log", corpus("basic"));
    assert_eq!(folder.run("slowest log").quiet().text().lines().count(), 11);
}

#[test]
fn of_a_trace_group_and_of_a_time() {
    let folder = Folder::new();
    folder.write("log", corpus("basic"));
    let run = |options: &str| folder.run(&format!("slowest -n 1000 -f csv {options} log"));
    let cells = |ran: &Ran, at: usize| -> Vec<String> {
        let mut reader = csv::Reader::from_reader(ran.text().as_bytes());
        reader.records().map(|row| row.unwrap()[at].to_owned()).collect()
    };
    let all = run("").quiet();
    assert_eq!(cells(&all, 0).len(), 264);
    let of_group = run("--base-id 4e648e13-f0c0-4862-a183-bc631e572f30").quiet();
    let count = cells(&all, 4).iter().filter(|id| *id == "4e648e13-f0c0-4862-a183-bc631e572f30").count();
    assert_eq!(cells(&of_group, 4), vec!["4e648e13-f0c0-4862-a183-bc631e572f30"; count]);
    let [before, after] =
        ["--until 2026-11-23T06:18:30", "--since 2026-11-23T06:18:30"].map(|time| cells(&run(time).quiet(), 5));
    assert!(before.len() > 20 && after.len() > 20);
    let mut both = [before, after].concat();
    let mut ids = cells(&all, 5);
    both.sort();
    ids.sort();
    assert_eq!(both, ids);
}

#[test]
fn nothing_to_list_is_said() {
    let folder = folder();
    let ran = folder.run("slowest --name ^nothing$ log").done().saying("no span is left: the filters leave out all ");
    assert_eq!(ran.text().lines().count(), 1);
    folder.write("other", "nothing\n");
    folder.run("slowest other").refused(2);
    folder.run("slowest missing").refused(2).saying("missing");
}

#[test]
fn standard_input_compressed_logs_and_several() {
    let log = corpus("basic");
    let folder = Folder::new();
    folder.write("log", &log);
    folder.write("log.gz", crate::common::ways::gzip(&log));
    let cut = log.len() / 2 + memchr::memchr(b'\n', &log[log.len() / 2..]).unwrap() + 1;
    folder.write("parts/a.log", &log[..cut]);
    folder.write("parts/b.log", &log[cut..]);
    let expected = folder.run("slowest log").quiet();
    for ran in [
        folder.feed("slowest -", &log),
        folder.run("slowest log.gz"),
        folder.run("slowest --no-mmap log"),
        folder.run("slowest parts"),
    ] {
        assert_eq!(ran.quiet().text(), expected.text());
    }
}

#[test]
fn little_memory_changes_nothing_but_the_readings() {
    let folder = Folder::new();
    folder.write("log", [corpus("basic"), long_spans(MANY_SPANS, 1000)].concat());
    for options in ["-n 50", "-n 50 --name . -s below"] {
        let expected = folder.run(&format!("slowest {options} log")).done().saying_only(
            "tracerank: warning: 40000 of 44004 spans (90 %) have no start: the log may begin after it; give rotated logs, \
             too\n",
        );
        let ran = folder
            .run(&format!("slowest -v {options} --memory-limit {LEAST_MEMORY} log"))
            .done()
            .saying(" times, since the spans of all trace groups need more memory than the limit");
        assert_eq!(ran.text(), expected.text());
    }
    let log = folder.read("log");
    folder.feed(&format!("slowest --memory-limit {LEAST_MEMORY} -"), &log).refused(2).saying("standard input");
}

#[test]
fn a_list_that_does_not_fit_into_the_memory_limit_is_refused() {
    let folder = Folder::new();
    folder.write("log", long_spans(MANY_SPANS, 1000));
    for command in ["slowest", "slowest -f json --name ."] {
        folder
            .run(&format!("{command} -n 1000000 --memory-limit {LEAST_MEMORY} log"))
            .refused(2)
            .saying("rows and more does not fit into the 16 MB memory limit\n")
            .saying("hint: ask for fewer rows with --top, or allow more with --memory-limit\n");
    }
    folder.run(&format!("slowest --by base_id -n 1000000 --memory-limit {LEAST_MEMORY} log")).quiet();
    folder.run("slowest -n 1000000 --memory-limit 200MB log").quiet();
}

#[test]
fn names_and_ids_do_nothing_to_a_terminal() {
    let folder = Folder::new();
    let id = "f12e75d5-5d59-4cbc-b74d-357f19290dd7";
    let line = format!("2026-11-23T06:18:09.000000 1.0 \x1b[31mred \x1b[31mred {id} na\x1b[2Jme-stop\n");
    folder.write("log", line);
    let ran = folder.run("slowest log").quiet();
    assert!(ran.text().contains(r"\x1b[31mred") && ran.text().contains(r"na\x1b[2Jme"), "{}", ran.text());
    assert!(!ran.text().contains('\x1b'));
}

#[test]
fn ids_of_capital_letters_stay_as_they_are() {
    let folder = Folder::new();
    let id = "F12E75D5-5D59-4CBC-B74D-357F19290DD7";
    folder.write("log", format!("2026-11-23T06:18:09.000000 1.0 {id} {id} {id} name-stop\n"));
    let ran = folder.run("slowest -f csv log").quiet();
    assert_eq!(
        ran.text().lines().nth(1).unwrap(),
        format!("2026-11-23T06:18:08.000000,1000000000,1000000000,0,{id},{id},name")
    );
}

/// The time zone of an access log can take a time out of the years that have four digits.
#[test]
fn a_year_without_four_digits_is_unknown() {
    let folder = Folder::new();
    for (time, shown) in [
        ("31/Dec/9999:23:59:59 -0500", None),
        ("01/Jan/0000:00:30:00 +0100", None),
        ("31/Dec/9999:23:59:59 +0000", Some("9999-12-31T23:59:58.000000")),
    ] {
        let line = format!("203.0.113.7 - - [{time}] \"GET /a HTTP/1.1\" 200 512 \"-\" \"curl/8\" 1.000\n");
        folder.write("log", line.repeat(10));
        let first = |format: &str, row: usize| {
            let ran = folder.run(&format!("slowest -n 1 -f {format} log")).quiet();
            ran.text().lines().nth(row).unwrap().to_owned()
        };
        assert!(first("text", 1).starts_with(&format!("{} ", shown.unwrap_or("-"))), "{}", first("text", 1));
        assert!(first("csv", 1).starts_with(&format!("{},1000000000,", shown.unwrap_or_default())));
        let json = shown.map_or("null".to_owned(), |shown| format!("{shown:?}"));
        assert!(first("json", 1).starts_with(&format!("{{\"timestamp\":{json},")), "{}", first("json", 1));
    }
}
