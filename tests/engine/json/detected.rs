//! Which format each sample is of, and that it is of no other.

use std::fs;
use std::path::Path;

use tracerank::formats::{FORMATS, detect};
use tracerank::input::Sample;

/// Files of testdata, and the formats that claim them.
const SAMPLES: &[(&str, &[&str])] = &[
    ("corpus/basic.log", &["osprofiler"]),
    ("corpus/mixed.log", &["osprofiler"]),
    ("access/nginx.log", &["access"]),
    ("formats/otlp/otlp.jsonl", &["otlp"]),
    ("formats/json-access/nginx.jsonl", &["access-json"]),
    ("formats/osprofiler-events/events.ndjson", &["osprofiler-events"]),
];

fn content(path: &str) -> Vec<u8> {
    fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata").join(path)).unwrap()
}

#[test]
fn each_sample_is_claimed_by_its_format_alone() {
    for (path, expected) in SAMPLES {
        let content = content(path);
        let formats: Vec<_> = FORMATS.iter().map(|format| (format.make)()).collect();
        let claiming = formats.iter().filter(|format| format.claims(&Sample::of(&content)));
        assert_eq!(claiming.map(|format| format.name()).collect::<Vec<_>>(), *expected, "{path}");
    }
}

#[test]
fn one_record_among_other_lines_is_enough() {
    let other = "{\"level\": \"info\", \"msg\": \"ready\"}\nplain text\n".repeat(50);
    for path in ["formats/otlp/otlp.jsonl", "formats/osprofiler-events/events.ndjson"] {
        let content = content(path);
        let line = content.split_inclusive(|byte| *byte == b'\n').next().unwrap();
        let log = [other.as_bytes(), line, other.as_bytes()].concat();
        let name = detect(&Sample::of(&content)).unwrap().name();
        assert_eq!(detect(&Sample::of(&log)).unwrap().name(), name, "{path}");
    }
    assert_eq!(detect(&Sample::of(other.as_bytes())).unwrap().name(), "osprofiler");
}
