//! The fields of spans are the JSON that Python writes of them, byte for byte.

use std::fmt::{self, Debug};

use serde_json::{Value, json};
use tracerank_record::Profiler;
use tracing::field::{Empty, display};
use tracing::subscriber::with_default;
use tracing::{Span, info_span};
use tracing_subscriber::layer::SubscriberExt;

use super::{Folder, KEYS, Peer, config};

/// The JSON in the lines of the spans that `open` opens, in their order: of all starts, and of all stops.
fn recorded(open: impl FnOnce()) -> [Vec<String>; 2] {
    let folder = Folder::new();
    let profiler = Profiler::from_config(config(&folder.path("x.log")).with_fields(true)).unwrap();
    let request = profiler.request(KEYS[0]).unwrap();
    with_default(tracing_subscriber::registry().with(profiler.layer()), || request.in_scope(open));
    profiler.flush();
    let log = String::from_utf8(folder.read("x.log")).unwrap();
    [" span-start ", " span-stop "].map(|marker| {
        let jsons = log.lines().filter_map(|line| line.split_once(marker));
        jsons.map(|(_, json)| json.to_owned()).collect()
    })
}

/// The lines that Python writes of spans that have one field each.
fn python(values: impl IntoIterator<Item = Value>) -> Vec<String> {
    let objects: Vec<Value> = values.into_iter().map(|value| json!({ "value": value })).collect();
    Peer::start().ask(&json!(["dumps", objects]))
}

/// All characters that a JSON could write in another way, and some that it could not.
fn texts() -> Vec<String> {
    let characters = ('\0'..'\u{300}').chain("\u{2028}\u{2029}\u{feff}\u{ffff}\u{1f600}\u{10ffff}任務".chars());
    let mut texts: Vec<String> = characters.map(|character| format!("a{character}b")).collect();
    texts.push(texts.concat());
    texts.extend(["", " ", "{\"a\": 1}", "x-start {", "  <- !!!", r"\u0041\n\"].map(str::to_owned));
    texts
}

#[test]
#[ignore = "needs osprofiler: scripts/osprofiler"]
fn texts_of_all_characters() {
    struct Debugged<'a>(&'a str);

    impl Debug for Debugged<'_> {
        fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
            out.write_str(self.0)
        }
    }

    let [starts, _] = recorded(|| {
        for text in texts() {
            let text = text.as_str();
            let _ = (info_span!("span", value = text), info_span!("span", value = %text));
            let _ = info_span!("span", value = ?Debugged(text));
        }
    });
    let expected = python(texts().iter().flat_map(|text| [json!(text), json!(text), json!(text)]));
    assert_eq!(starts.len(), expected.len());
    for (json, expected) in starts.iter().zip(&expected) {
        assert_eq!(json, expected);
    }
}

#[test]
#[ignore = "needs osprofiler: scripts/osprofiler"]
fn numbers_of_all_magnitudes() {
    let powers = (-330..310).map(|power| format!("1e{power}").parse::<f64>().unwrap());
    let near = powers.flat_map(|power| [1.0, 1.1, 1.0 / 3.0, 9.0].map(|factor| power * factor));
    let more = [0.0, -0.0, 0.5, -1.5, 1e15 - 0.5, 123_456_789_012_345_680.0, f64::MIN_POSITIVE, f64::MAX, f64::MIN];
    let floats: Vec<f64> = near.filter(|float| float.is_finite()).chain(more).collect();
    let [starts, _] = recorded(|| floats.iter().for_each(|float| drop(info_span!("span", value = *float))));
    let expected = python(floats.iter().map(|float| json!(float)));
    assert_eq!(starts.len(), expected.len());
    for (json, expected) in starts.iter().zip(&expected) {
        assert_eq!(json, expected);
    }
    // JSON has no such numbers; Python writes some all the same, which only Python reads.
    let [starts, _] =
        recorded(|| drop((info_span!("span", value = f64::NAN), info_span!("span", value = f64::INFINITY))));
    assert_eq!(starts, [r#"{"value": null}"#; 2]);
}

#[test]
#[ignore = "needs osprofiler: scripts/osprofiler"]
fn whole_numbers_and_bools() {
    let [starts, _] = recorded(|| {
        let _ = (info_span!("span", value = u64::MAX), info_span!("span", value = i64::MIN));
        let _ = (info_span!("span", value = true), info_span!("span", value = -7_i8));
    });
    assert_eq!(starts, python([json!(u64::MAX), json!(i64::MIN), json!(true), json!(-7)]));
    let [starts, _] = recorded(|| drop((info_span!("span", value = u128::MAX), info_span!("span", value = i128::MIN))));
    assert_eq!(starts, [u128::MAX.to_string(), i128::MIN.to_string()].map(|number| format!("{{\"value\": {number}}}")));
}

/// Fields in their order, and those that are recorded later in the line of the stop.
#[test]
#[ignore = "needs osprofiler: scripts/osprofiler"]
fn several_fields() {
    #[derive(Debug)]
    #[allow(dead_code)]
    struct Task<'a> {
        name: &'a str,
    }

    let [starts, stops] = recorded(|| {
        let task = Task { name: "größe \"7\"\n" };
        let span = info_span!("span", z = 1, "größe m²" = 0.5, task = ?task, late = Empty, a.b = true, never = Empty);
        span.record("late", 1e-7);
        span.record("task", display("again"));
        let nothing = info_span!("span");
        nothing.record("late", 1);
        let error: &(dyn std::error::Error + 'static) = &fmt::Error;
        drop((span, nothing, info_span!("span", error), Span::none()));
    });
    let task = "Task { name: \"größe \\\"7\\\"\\n\" }";
    // One after the other: the objects of serde_json are sorted.
    let values = json!([1, 0.5, task, true, 1e-7, "again", fmt::Error.to_string(), "größe m²"]);
    let [one, half, task, yes, late, again, error, key]: [String; 8] = Peer::start().ask(&json!(["dumps", values]));
    let start = format!(r#"{{"z": {one}, {key}: {half}, "task": {task}, "a.b": {yes}}}"#);
    assert_eq!(starts, [start, format!(r#"{{"error": {error}}}"#)]);
    assert_eq!(stops, [format!(r#"{{"late": {late}, "task": {again}}}"#)]);
}
