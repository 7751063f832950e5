//! Chrome's trace events, as Perfetto reads them: a complete event (`"ph":"X"`) for each span, in microseconds from the first.

use std::io::{self, Write};

use serde_json::{Map, Value, json};

use super::time::{Time, timestamp};
use super::tracks::tracks;
use super::view::{Hidden, Node, View};
use crate::escape;

pub(super) fn write(view: &View<'_>, out: &mut dyn Write) -> io::Result<()> {
    let tracks = tracks(view);
    let base_id = escape::utf8(&view.trace.base_id);
    writeln!(out, "{{\"displayTimeUnit\":\"ms\",")?;
    writeln!(out, "\"otherData\":{},", json!({ "base_id": base_id, "started": timestamp(view.axis.begin) }))?;
    write!(out, "\"traceEvents\":[\n{}", meta("process_name", 0, &json!({ "name": base_id })))?;
    for track in 0..tracks.iter().max().map_or(0, |last| last + 1) {
        let name = format!("track {}", track + 1);
        write!(out, ",\n{}", meta("thread_name", track, &json!({ "name": name })))?;
        write!(out, ",\n{}", meta("thread_sort_index", track, &json!({ "sort_index": track })))?;
    }
    for (node, track) in view.nodes.iter().zip(tracks) {
        write!(out, ",\n{}", event(view, node, track))?;
    }
    writeln!(out, "\n]}}")
}

/// What tracks are called, and where they stand.
fn meta(what: &str, track: usize, args: &Value) -> Value {
    json!({ "name": what, "ph": "M", "pid": 1, "tid": track + 1, "args": args })
}

fn event(view: &View<'_>, node: &Node, track: usize) -> Value {
    let span = view.span(node);
    let first = view.trace.first(node.span);
    let mut args = Map::new();
    let mut say = |key: &str, value: Value| args.insert(key.to_owned(), value);
    say("trace_id", escape::utf8(first.trace_id()).into());
    say("parent_id", escape::utf8(first.parent_id()).into());
    if span.duration_ns.is_some() {
        say("self_us", micros(span.member.self_ns.into()));
    }
    for (is, mark) in [
        (span.member.is_asynchronous, "asynchronous"),
        (span.duration_ns.is_none(), "unfinished"),
        (span.is_cut_off(), "cut_off"),
        (span.member.is_outliving, "outlives_parent"),
    ] {
        if is {
            say(mark, true.into());
        }
    }
    let Hidden { count, total_ns } = node.hidden;
    if count > 0 {
        say("hidden_spans", count.into());
        say("hidden_us", micros(total_ns));
    }
    json!({
        "name": escape::utf8(view.trace.name(node.span)),
        "cat": if span.member.is_asynchronous { "async" } else { "span" },
        "ph": "X",
        "ts": micros(span.begin - view.axis.begin),
        "dur": micros(view.axis.end_of(span) - span.begin),
        "pid": 1,
        "tid": track + 1,
        "args": args,
    })
}

/// Nanoseconds as microseconds, which are nearly always whole.
fn micros(ns: Time) -> Value {
    match i64::try_from(ns / 1000) {
        Ok(us) if ns % 1000 == 0 => us.into(),
        _ => (ns as f64 / 1000.0).into(),
    }
}
