//! Chrome's trace events, as Perfetto reads them: a complete event (`"ph":"X"`) for each span, in microseconds from the
//! first.

use std::borrow::Cow;
use std::io::{self, Write};
use std::ops::Not;

use serde::{Serialize, Serializer};
use serde_json::{Value, json, to_writer};

use super::time::{Time, timestamp};
use super::tracks::tracks;
use super::view::{Node, View};
use crate::render::escape;
use crate::render::{Audience, Renderer, Style};

pub(super) const RENDERER: Renderer<View> = Renderer {
    name: "chrome",
    help: "Trace events of Chrome, for Perfetto; times in microseconds",
    audience: Audience::Program,
    write,
};

fn write(view: &View, _: &Style, out: &mut dyn Write) -> io::Result<()> {
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
    let mut line = Vec::new();
    for (node, track) in view.nodes.iter().zip(tracks) {
        line.clear();
        to_writer(&mut line, &Event::new(view, node, track))?;
        out.write_all(b",\n")?;
        out.write_all(&line)?;
    }
    writeln!(out, "\n]}}")
}

/// Names a track, or sets its place.
fn meta(what: &str, track: usize, args: &Value) -> Value {
    json!({ "name": what, "ph": "M", "pid": 1, "tid": track + 1, "args": args })
}

/// A complete event.
#[derive(Serialize)]
struct Event<'a> {
    name: Cow<'a, str>,
    cat: &'static str,
    ph: &'static str,
    ts: Micros,
    dur: Micros,
    pid: usize,
    tid: usize,
    args: Args<'a>,
}

/// The other data of a span.
#[derive(Serialize)]
struct Args<'a> {
    trace_id: Cow<'a, str>,
    parent_id: Cow<'a, str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    self_us: Option<Micros>,
    #[serde(skip_serializing_if = "Not::not")]
    asynchronous: bool,
    #[serde(skip_serializing_if = "Not::not")]
    unfinished: bool,
    #[serde(skip_serializing_if = "Not::not")]
    cut_off: bool,
    #[serde(skip_serializing_if = "Not::not")]
    outlives_parent: bool,
    #[serde(skip_serializing_if = "Not::not")]
    began_before_parent: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    hidden_spans: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    hidden_us: Option<Micros>,
}

impl<'a> Event<'a> {
    fn new(view: &'a View, node: &Node, track: usize) -> Self {
        let span = view.span(node);
        Self {
            name: escape::utf8(view.trace.name(node.span)),
            cat: if span.member.is_asynchronous { "async" } else { "span" },
            ph: "X",
            ts: Micros(span.begin - view.axis.begin),
            dur: Micros(view.axis.end_of(span) - span.begin),
            pid: 1,
            tid: track + 1,
            args: Args::new(view, node),
        }
    }
}

impl<'a> Args<'a> {
    fn new(view: &'a View, node: &Node) -> Self {
        let (span, first) = (view.span(node), view.trace.first(node.span));
        let hidden = Some(node.hidden).filter(|hidden| hidden.count > 0);
        Self {
            trace_id: escape::utf8(first.trace_id()),
            parent_id: escape::utf8(first.parent_id()),
            self_us: span.duration_ns.map(|_| Micros(span.member.self_ns.into())),
            asynchronous: span.member.is_asynchronous,
            unfinished: span.duration_ns.is_none(),
            cut_off: span.is_cut_off(),
            outlives_parent: span.member.is_outliving,
            began_before_parent: span.member.is_early,
            hidden_spans: hidden.map(|hidden| hidden.count),
            hidden_us: hidden.map(|hidden| Micros(hidden.total_ns)),
        }
    }
}

/// Nanoseconds, written as microseconds, which are nearly always whole.
struct Micros(Time);

impl Serialize for Micros {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match i64::try_from(self.0 / 1000) {
            Ok(us) if self.0 % 1000 == 0 => serializer.serialize_i64(us),
            _ => serializer.serialize_f64(self.0 as f64 / 1000.0),
        }
    }
}
