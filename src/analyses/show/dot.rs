//! A tree as a graph for Graphviz: dashed arrows lead to asynchronous spans, dashed boxes are unfinished.

use std::io::{self, Write};

use super::time::{Rounded, timestamp};
use super::view::{Hidden, Node, View};
use crate::render::display::Terminal;
use crate::render::escape::xml;
use crate::render::{Audience, Renderer, Style};

pub(super) const RENDERER: Renderer<View> =
    Renderer { name: "dot", help: "Graph for Graphviz", audience: Audience::Program, write };

fn write(view: &View, _: &Style, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "digraph trace {{")?;
    writeln!(out, "  graph [rankdir=LR, labelloc=t, label=\"{}\"];", title(view))?;
    writeln!(out, "  node [shape=box, style=solid, fontname=\"sans-serif\"];")?;
    for (at, node) in view.nodes.iter().enumerate() {
        write_node(view, at, node, out)?;
    }
    write_hidden("hidden", None, view.hidden_tops, out)?;
    writeln!(out, "}}")
}

fn title(view: &View) -> String {
    let time = Rounded(view.axis.len());
    format!("{}\\n{} + {time}", label(&view.trace.base_id), timestamp(view.axis.begin))
}

fn write_node(view: &View, at: usize, node: &Node, out: &mut dyn Write) -> io::Result<()> {
    let span = view.span(node);
    let name = label(view.trace.name(node.span));
    let (times, style) = match span.duration_ns {
        Some(ns) => (format!("{}, self {}", Rounded(ns.into()), Rounded(span.member.self_ns.into())), "solid"),
        None => ("unfinished".to_owned(), "dashed"),
    };
    let cut = if span.is_cut_off() { ", cut off" } else { "" };
    let early = if span.member.is_early { ", began before its parent" } else { "" };
    let id = label(view.trace.first(node.span).trace_id());
    writeln!(out, "  n{at} [label=\"{name}\\n{times}{cut}{early}\", tooltip=\"{id}\", style={style}];")?;
    if let Some(parent) = node.parent {
        let how = if span.member.is_asynchronous { " [style=dashed, label=\"async\"]" } else { "" };
        writeln!(out, "  n{parent} -> n{at}{how};")?;
    }
    write_hidden(&format!("n{at}_hidden"), Some(at), node.hidden, out)
}

fn write_hidden(name: &str, below: Option<usize>, hidden: Hidden, out: &mut dyn Write) -> io::Result<()> {
    let Hidden { count, total_ns } = hidden;
    if count == 0 {
        return Ok(());
    }
    let spans = if count == 1 { "span" } else { "spans" };
    writeln!(out, "  {name} [label=\"… {count} {spans}\\n{}\", shape=plaintext];", Rounded(total_ns))?;
    below.map_or(Ok(()), |parent| writeln!(out, "  n{parent} -> {name} [style=dotted];"))
}

/// Text within the quotes of a label, where backslashes, quotes and entities mean something, and which Graphviz writes
/// into SVG.
fn label(text: &[u8]) -> String {
    xml(&Terminal(text).to_string()).replace('&', "&amp;").replace('\\', "\\\\").replace('"', "\\\"")
}
