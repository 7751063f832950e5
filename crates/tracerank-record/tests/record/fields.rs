//! The content beside the times: fields as JSON, if asked for; and names that could break a line.

use std::fs;

use tracing::{field, info_span, instrument};

use crate::recorded::{Recording, only, spans};

#[instrument(name = "login")]
fn login(user: &str, password: &str) {
    let _ = (user, password);
}

#[test]
fn arguments_are_hidden() {
    let recording = Recording::new();
    recording.inside(|| {
        login("anna", "hunter2");
        let span = info_span!("late", token = field::Empty);
        span.record("token", "hunter2");
    });
    let text = fs::read_to_string(recording.path()).unwrap();
    assert!(!text.contains("anna") && !text.contains("hunter2"), "{text}");
}

#[test]
fn fields_as_python_would_write_them() {
    let recording = Recording::with(|config| config.with_fields(true));
    recording.inside(|| {
        login("größe \"1\"\n\u{1f600}", "hunter2");
        info_span!("numbers", a = -1, b = 2.5, c = true, d = u128::MAX, e = f64::NAN).in_scope(|| ());
        info_span!("shown", debug = ?Some("x"), display = %"y").in_scope(|| ());
        info_span!("bare").in_scope(|| ());
    });
    let spans = spans(&recording.lines());
    let json = |name| only(&spans, name).start.json.clone();
    assert_eq!(json("login").unwrap(), r#"{"user": "gr\u00f6\u00dfe \"1\"\n\ud83d\ude00", "password": "hunter2"}"#);
    assert_eq!(
        json("numbers").unwrap(),
        r#"{"a": -1, "b": 2.5, "c": true, "d": 340282366920938463463374607431768211455, "e": null}"#
    );
    assert_eq!(json("shown").unwrap(), r#"{"debug": "Some(\"x\")", "display": "y"}"#);
    assert_eq!(json("bare"), None);
}

#[test]
fn what_becomes_known_later_stands_where_the_span_stops() {
    let recording = Recording::with(|config| config.with_fields(true));
    recording.inside(|| {
        let span = info_span!("db", statement = "SELECT 1", rows = field::Empty, error = field::Empty);
        span.in_scope(|| span.record("rows", 7).record("error", "none"));
    });
    let spans = spans(&recording.lines());
    let span = only(&spans, "db");
    assert_eq!(span.start.json.as_deref(), Some(r#"{"statement": "SELECT 1"}"#));
    assert_eq!(span.stop.json.as_deref(), Some(r#"{"rows": 7, "error": "none"}"#));
}

/// A span of any name is two lines, which the engine reads as one span of that name.
#[test]
fn hostile_names_are_read_back() {
    use tracerank::formats::osprofiler::parse;
    use tracerank::record::Line;

    let recording = Recording::with(|config| config.with_fields(true));
    let uuid = "603f1fab-be78-438d-af13-d94ed3b7e416";
    recording.inside(|| {
        info_span!("größe 任務 🦀").in_scope(|| ());
        info_span!("").in_scope(|| ());
        info_span!("a\nb\r\0").in_scope(|| ());
        info_span!("603f1fab-be78-438d-af13-d94ed3b7e416 603f1fab-be78-438d-af13-d94ed3b7e416 x").in_scope(|| ());
        info_span!("2020-02-27T08:04:25.961298 1.0 a 603f1fab-be78-438d-af13-d94ed3b7e416 603f1fab-be78-438d-af13-d94ed3b7e416 x-stop").in_scope(|| ());
        info_span!("x-start {", a = 1).in_scope(|| ());
        info_span!("x-stop  <- !!!").in_scope(|| ());
        info_span!("x {}", a = 1).in_scope(|| ());
        info_span!("-start").in_scope(|| ());
        info_span!(" ").in_scope(|| ());
    });
    recording.profiler.flush();
    let log = fs::read(recording.path()).unwrap();
    let mut names = Vec::new();
    for line in log.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
        match parse(line) {
            Line::Record(record) if record.duration_ns.is_some() => {
                names.push(String::from_utf8_lossy(record.name).into_owned());
            }
            Line::Record(_) => {}
            other => panic!("{other:?}: {}", String::from_utf8_lossy(line)),
        }
    }
    assert_eq!(
        names,
        [
            "größe 任務 🦀".to_owned(),
            "(unnamed)".to_owned(),
            r"a\nb\r\u{0}".to_owned(),
            format!("{uuid}_{uuid}_x"),
            format!("2020-02-27T08:04:25.961298_1.0_a_{uuid}_{uuid}_x-stop"),
            "x-start {".to_owned(),
            "x-stop  <- !!!".to_owned(),
            "x {}".to_owned(),
            "-start".to_owned(),
            " ".to_owned(),
        ]
    );
}
