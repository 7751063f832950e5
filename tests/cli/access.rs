//! Access logs: found without a flag, ranked by route, and honest about all that has no ids.

use std::fs;

use crate::common::ways::gzip;
use crate::common::{Folder, names_of, testdata};

/// A folder with an access log of two endpoints, one of them slower in the second half.
fn folder() -> Folder {
    let folder = Folder::new();
    folder.write("access.log", log(100));
    folder
}

fn log(lines: usize) -> String {
    let line = |nth: usize| {
        let (second, minute) = (nth % 60, nth / 60);
        let path = if nth.is_multiple_of(4) { format!("/api/orders/{nth}?x=1") } else { "/health".to_owned() };
        let seconds = if nth.is_multiple_of(4) { "0.200" } else { "0.001" };
        format!(
            "203.0.113.7 - - [12/Mar/2026:10:{minute:02}:{second:02} +0000] \"GET {path} HTTP/1.1\" 200 512 \"-\" \"curl/8\" {seconds}\n"
        )
    };
    (0..lines).map(line).collect()
}

#[test]
fn routes_are_ranked_without_a_flag() {
    let folder = folder();
    folder.write("access.log.gz", gzip(log(100).as_bytes()));
    for input in ["access.log", "access.log.gz", "--no-mmap access.log"] {
        let ran = folder.run(&format!("report -v {input}")).done().saying("log format: access");
        assert_eq!(names_of(ran.text()), ["GET /api/orders/{n}", "GET /health"]);
        assert!(ran.text().contains("5.000        0.200      0.200      25            GET /api/orders/{n}"));
    }
    let ran = folder.feed("report -", log(100).as_bytes()).quiet();
    assert_eq!(names_of(ran.text()), ["GET /api/orders/{n}", "GET /health"]);
}

#[test]
fn a_format_can_be_forced_and_is_complained_of_if_it_has_no_record() {
    let folder = folder();
    let ran = folder.run("report --log-format access access.log").quiet();
    assert_eq!(names_of(ran.text()).len(), 2);
    let ran = folder.run("report --log-format osprofiler access.log").refused(2).saying("holds no record");
    ran.saying("hint: it begins like a log of the format access: --log-format access reads it");
    folder.write("mistral.log", fs::read(testdata("corpus/basic.log")).unwrap());
    let ran = folder.run("report --log-format access mistral.log").refused(2);
    ran.saying("hint: without --log-format, the format of each input is found by its content");
    folder
        .run("report --log-format nginx access.log")
        .refused(2)
        .saying("[possible values: osprofiler, osprofiler-events, otlp, access");
}

#[test]
fn inputs_have_formats_of_their_own() {
    let folder = folder();
    folder.write("mistral.log", fs::read(testdata("corpus/basic.log")).unwrap());
    let both = folder.run("report -v access.log mistral.log").done().saying("log formats: access (1), osprofiler (1)");
    let names = names_of(both.text());
    assert!(names.contains(&"GET /health") && names.contains(&"task-run"), "{names:?}");
}

#[test]
fn malformed_records_are_told_and_bad_to_the_strict() {
    let folder = folder();
    let torn = "203.0.113.7 - - [12/Mar/2026:10:00:01 +0000] \"GET /he\n";
    folder.write("access.log", log(100) + torn);
    let begins = log(100).len();
    let place = format!("access.log:101 (byte {begins}): it breaks off");
    folder.run("report access.log").done().saying(&format!("1 malformed record: {place}"));
    let strict = folder.run("report --strict access.log");
    assert_eq!(strict.code, Some(1));
}

#[test]
fn time_filters_and_percentiles_work_and_no_span_has_a_base_id() {
    let folder = folder();
    let ran = folder.run("report --since 2026-03-12T10:01 -c count,p95,name access.log").quiet();
    assert!(ran.text().contains("   10   200.000  GET /api/orders/{n}"), "{}", ran.text());
    folder.run("report --base-id x access.log").done().saying("no span is left: the filters leave out all 100");
}

#[test]
fn a_filter_that_a_format_can_not_answer_is_told() {
    let folder = folder();
    folder.write("mistral.log", fs::read(testdata("corpus/basic.log")).unwrap());
    let warning = "tracerank: warning: access.log: records of the log format access have no ids: \
                   --base-id leaves all of them out\nhint: give it without --base-id\n";
    for command in ["report", "report -c self,name", "tree", "slowest"] {
        let ran = folder.run(&format!("{command} --base-id x access.log mistral.log")).done().saying(warning);
        assert!(!ran.stderr.contains("mistral.log: records"), "{}", ran.stderr);
    }
    assert!(!folder.run("report -q --base-id x access.log").done().stderr.contains("hint"));
    assert!(!folder.run("report --since 2026-01-01 access.log").done().stderr.contains("hint"));
}

#[test]
fn slowest_lists_spans_without_ids_and_show_says_why_it_can_not() {
    let folder = folder();
    let ran = folder.run("slowest -n 1 -f csv access.log").quiet();
    let row = "2026-03-12T09:59:59.800000,200000000,200000000,0,,,GET /api/orders/{n}";
    assert_eq!(ran.text().lines().nth(1), Some(row));
    folder.run("show 203.0.113.7 access.log").refused(2).saying("records of the log format access have no ids");
}

#[test]
fn show_reads_no_log_whose_records_have_no_ids() {
    let folder = folder();
    folder.write("other.log", log(1000));
    folder.run("show -v 203.0.113.7 access.log other.log").refused(2).saying("tracerank: 0 bytes searched");
    let mistral = fs::read(testdata("corpus/basic.log")).unwrap();
    folder.write("mistral.log", &mistral);
    let base_id = String::from_utf8_lossy(&mistral).split_ascii_whitespace().nth(1).unwrap().to_owned();
    let of_one = folder.run(&format!("show {base_id} mistral.log")).done().stdout;
    assert_eq!(folder.run(&format!("show {base_id} access.log mistral.log other.log")).done().stdout, of_one);
}

#[test]
fn a_span_in_one_line_is_one_record_of_its_trace_group() {
    let folder = folder();
    folder.run("tree -v access.log").done().saying("100 trace groups, the largest with 1 record\n");
    folder.write("mistral.log", fs::read(testdata("corpus/basic.log")).unwrap());
    let groups = |input: &str| {
        let ran = folder.run(&format!("tree -v {input}")).done();
        ran.stderr.lines().find_map(|line| Some(line.split_once("the largest with ")?.1.to_owned())).unwrap()
    };
    assert_eq!(groups("access.log mistral.log access.log --duplicates allow"), groups("mistral.log"));
}

#[test]
fn the_tree_has_roots_alone() {
    let folder = folder();
    let ran = folder.run("tree access.log").quiet();
    let lines: Vec<&str> = ran.text().lines().skip(2).collect();
    assert_eq!(lines.len(), 2);
    assert!(lines[0].ends_with("  GET /api/orders/{n}") && lines[1].ends_with("  GET /health"), "{lines:?}");
}

#[test]
fn a_summary_is_as_good_as_the_log() {
    let folder = folder();
    folder.run("summarize access.log -o access.trk").done();
    for options in ["", "-c p50,p99,max,count,name", "-f json"] {
        let of_log = folder.run(&format!("report {options} access.log")).done().stdout;
        assert_eq!(folder.run(&format!("report {options} access.trk")).done().stdout, of_log, "{options}");
    }
    let of_parts = ["0..4000", "4000.."].map(|range| {
        let part = format!("part-{}.trk", range.len());
        folder.run(&format!("summarize --range {range} access.log -o {part}")).done();
        part
    });
    let of_log = folder.run("report access.log").done().stdout;
    assert_eq!(folder.run(&format!("report {}", of_parts.join(" "))).done().stdout, of_log);
}

#[test]
fn comparisons_say_that_nothing_tells_which_spans_are_independent() {
    let folder = folder();
    folder.write("new.log", log(400));
    let note = "All spans of a run are of one trace group, or of none: nothing tells which of them are independent.";
    for command in ["diff access.log new.log", "check access.log new.log"] {
        let ran = folder.run(command);
        assert_eq!(ran.code, Some(3), "{command}");
        assert!(ran.text().contains(note), "{}", ran.text());
    }
}
