//! The JSON that `osprofiler trace show --json` prints of a trace, so far as a log has it; `scripts/show_osprofiler`
//! describes the structure and compares.
//!
//! Times are whole milliseconds since the earliest record, cut off, and come from the records' timestamps.

use std::collections::HashMap;
use std::io::{self, Write};

use serde::de::IgnoredAny;
use serde_json::{to_string, to_writer};

use super::view::View;
use crate::analyses::show::StoredRecord;
use crate::render::escape;
use crate::render::{Audience, Renderer, Style};

pub(super) const RENDERER: Renderer<View> = Renderer {
    name: "json",
    help: "The JSON of osprofiler trace show --json: whole milliseconds from the timestamps of the records. \
           Totals and stats include the spans that --depth and --min-duration leave out",
    audience: Audience::Program,
    write,
};

/// A step of writing: the trees can be deeper than a stack.
enum Step {
    Node { at: usize, is_first: bool },
    Close,
}

fn write(view: &View, _: &Style, out: &mut dyn Write) -> io::Result<()> {
    let clock = Clock::new(view);
    let (tops, children) = in_order(view, &clock);
    write!(out, "{{\"info\":{},\"children\":[", total(view, &clock))?;
    let (mut steps, mut line) = (Vec::new(), Vec::new());
    push_all(&mut steps, &tops);
    while let Some(step) = steps.pop() {
        match step {
            Step::Close => out.write_all(b"]}")?,
            Step::Node { at, is_first } => {
                out.write_all(if is_first { b"\n" } else { b",\n" })?;
                line.clear();
                write_node(view, view.nodes[at].span, &clock, &mut line)?;
                out.write_all(&line)?;
                steps.push(Step::Close);
                push_all(&mut steps, &children[at]);
            }
        }
    }
    writeln!(out, "\n],\n\"stats\":{{{}}}}}", stats(view, &clock).join(","))
}

fn push_all(steps: &mut Vec<Step>, nodes: &[usize]) {
    steps.extend(nodes.iter().enumerate().rev().map(|(nth, at)| Step::Node { at: *at, is_first: nth == 0 }));
}

/// The time that others are counted from, in microseconds.
struct Clock(i64);

impl Clock {
    fn new(view: &View) -> Self {
        let records = view.selected.iter().flat_map(|at| [Some(view.trace.first(*at)), view.trace.stop(*at)]).flatten();
        Self(records.map(|record| record.time_us).min().unwrap_or_default())
    }

    fn ms(&self, record: &StoredRecord) -> i64 {
        (record.time_us - self.0) / 1000
    }

    fn started(&self, view: &View, at: usize) -> i64 {
        self.ms(view.trace.first(at))
    }

    fn finished(&self, view: &View, at: usize) -> i64 {
        self.ms(view.trace.stop(at).unwrap_or_else(|| view.trace.first(at)))
    }
}

/// The nodes without one above them, and those below each, as osprofiler orders them: by whole milliseconds, and then
/// by first records.
fn in_order(view: &View, clock: &Clock) -> (Vec<usize>, Vec<Vec<usize>>) {
    let (mut tops, mut children) = (Vec::new(), vec![Vec::new(); view.nodes.len()]);
    let mut in_time: Vec<usize> = (0..view.nodes.len()).collect();
    let span_of = |at: usize| view.nodes[at].span;
    in_time.sort_by_key(|at| (clock.started(view, span_of(*at)), span_of(*at)));
    for at in in_time {
        view.nodes[at].parent.map_or(&mut tops, |parent| &mut children[parent]).push(at);
    }
    (tops, children)
}

/// The `info` of all spans together.
fn total(view: &View, clock: &Clock) -> String {
    let ends = view.selected.iter().flat_map(|at| [clock.started(view, *at), clock.finished(view, *at)]);
    let finished = ends.max().unwrap_or(0);
    let starts = view.selected.iter().filter_map(|at| view.trace.start(*at));
    let last = starts.map(|start| clock.ms(start)).max().map_or("null".to_owned(), |ms| ms.to_string());
    format!("{{\"name\":\"total\",\"started\":0,\"finished\":{finished},\"last_trace_started\":{last}}}")
}

/// Writes a node up to the end of its children.
fn write_node(view: &View, at: usize, clock: &Clock, line: &mut Vec<u8>) -> io::Result<()> {
    let first = view.trace.first(at);
    write!(line, "{{\"info\":{{\"name\":")?;
    quote(short(first.name()), line)?;
    if let Some(start) = view.trace.start(at) {
        write_payload(view, start, "-start", line)?;
    }
    write!(line, ",\"started\":{}", clock.started(view, at))?;
    if let Some(stop) = view.trace.stop(at) {
        write_payload(view, stop, "-stop", line)?;
    }
    write!(line, ",\"finished\":{}}},\"trace_id\":", clock.finished(view, at))?;
    quote(first.trace_id(), line)?;
    line.extend(b",\"parent_id\":");
    quote(first.parent_id(), line)?;
    line.extend(b",\"children\":[");
    Ok(())
}

/// Writes the payload that osprofiler's notifier has of a record.
fn write_payload(view: &View, record: &StoredRecord, marker: &str, line: &mut Vec<u8>) -> io::Result<()> {
    let name = escape::utf8(record.name()) + marker;
    line.push(b',');
    quote(format!("meta.raw_payload.{name}").as_bytes(), line)?;
    for (key, value) in [
        (":{\"name\":", name.as_bytes()),
        (",\"base_id\":", &view.trace.base_id),
        (",\"trace_id\":", record.trace_id()),
        (",\"parent_id\":", record.parent_id()),
    ] {
        line.extend(key.as_bytes());
        quote(value, line)?;
    }
    match record.timestamp() {
        Some(time) => write!(line, ",\"timestamp\":\"{time}\"")?,
        None => write!(line, ",\"timestamp\":null")?,
    }
    if let Some(json) = readable(record.json()).filter(|_| !record.is_whole) {
        write!(line, ",\"info\":{{\"db\":{json}}}")?;
    }
    line.push(b'}');
    Ok(())
}

/// JSON as it stands in a record, unless it was torn.
fn readable(json: &[u8]) -> Option<&str> {
    let text = std::str::from_utf8(json).ok()?;
    serde_json::from_str::<IgnoredAny>(text).is_ok().then_some(text)
}

/// The number of occurrences of each short name, and the sum of its times, in the order in which they first occur.
fn stats(view: &View, clock: &Clock) -> Vec<String> {
    let mut spans = view.selected.clone();
    spans.sort_unstable();
    let (mut places, mut stats) = (HashMap::new(), Vec::new());
    for at in spans {
        let name = short(view.trace.first(at).name());
        let place = *places.entry(name).or_insert(stats.len());
        if place == stats.len() {
            stats.push((name, 0_u64, 0_i64));
        }
        let (_, count, duration) = &mut stats[place];
        *count += 1;
        *duration += clock.finished(view, at) - clock.started(view, at);
    }
    let entry = |(name, count, duration): (&[u8], u64, i64)| {
        format!("{}:{{\"count\":{count},\"duration\":{duration}}}", quoted(name))
    };
    stats.into_iter().map(entry).collect()
}

/// The part of a name that osprofiler keeps: all before its first hyphen.
fn short(name: &[u8]) -> &[u8] {
    name.split(|byte| *byte == b'-').next().unwrap_or(name)
}

fn quoted(text: &[u8]) -> String {
    // A string is always JSON.
    to_string(&escape::utf8(text)).unwrap_or_default()
}

/// The same, after other fields of a line.
fn quote(text: &[u8], line: &mut Vec<u8>) -> io::Result<()> {
    let is_plain = |byte: &u8| matches!(byte, b' '..=b'~') & !matches!(byte, b'"' | b'\\');
    // Nearly every id and name; without a branch for each byte, several are looked at at a time.
    if text.iter().fold(true, |all, byte| all & is_plain(byte)) {
        line.push(b'"');
        line.extend(text);
        line.push(b'"');
        return Ok(());
    }
    Ok(to_writer(line, &escape::utf8(text))?)
}
