//! The tree for programs: nodes within nodes.

use std::io::{self, Write};

use super::{Omitted, View};
use crate::render::escape;
use crate::render::{Audience, Renderer, Style};
use crate::spans::TreeNode;

pub(super) const RENDERER: Renderer<View> = Renderer {
    name: "json",
    help: "One object: schema, input (the account of lines), sums of the tree, nested nodes; times in nanoseconds",
    audience: Audience::Program,
    write,
};

/// The version of this format. It changes when a field is removed or gets another meaning.
const SCHEMA: u32 = 1;

/// Writes nodes one after the other, since a tree can be deeper than the stack. Only their fields are left to the
/// library.
fn write(view: &View, _: &Style, out: &mut dyn Write) -> io::Result<()> {
    write!(out, "{{\"schema\":{SCHEMA},\"input\":")?;
    serde_json::to_writer(&mut *out, &view.input)?;
    let View { roots_ns, self_ns, subtrees_ns, .. } = *view;
    write!(out, ",\"roots_total_ns\":{roots_ns},\"self_total_ns\":{self_ns},\"subtree_total_ns\":{subtrees_ns}")?;
    write!(out, ",\"percent_of\":")?;
    serde_json::to_writer(&mut *out, &view.whole())?;
    write_omitted(view, None, out)?;
    write!(out, ",\"roots\":[")?;
    let mut depth = 0;
    let mut is_first = true;
    for (at, place) in view.places.iter().enumerate().filter(|(at, _)| !view.is_hidden[*at]) {
        for _ in place.depth..depth {
            write!(out, "]}}")?;
        }
        if !is_first && place.depth < depth {
            write!(out, ",")?;
        }
        is_first = false;
        depth = place.depth + 1;
        write_open(view, at, out)?;
    }
    for _ in 0..depth {
        write!(out, "]}}")?;
    }
    writeln!(out, "\n]}}")
}

/// A node up to the beginning of its children.
fn write_open(view: &View, at: usize, out: &mut dyn Write) -> io::Result<()> {
    let TreeNode { count, total_ns, self_ns, subtree_ns, max_ns, asynchronous, ref name, .. } = view.places[at];
    write!(out, "\n{{\"name\":")?;
    serde_json::to_writer(&mut *out, &escape::utf8(name))?;
    if std::str::from_utf8(name).is_err() {
        write!(out, ",\"name_hex\":\"{}\"", escape::hex(name))?;
    }
    write!(out, ",\"count\":{count},\"total_ns\":{total_ns},\"self_ns\":{self_ns},\"subtree_ns\":{subtree_ns}")?;
    write!(out, ",\"subtree_percent\":")?;
    serde_json::to_writer(&mut *out, &view.percent(subtree_ns))?;
    let max = max_ns.map_or("null".to_owned(), |ns| ns.to_string());
    write!(out, ",\"max_ns\":{max},\"asynchronous\":{asynchronous}")?;
    write_omitted(view, Some(at), out)?;
    write!(out, ",\"children\":[")
}

/// Says what is left out below a node, or above all, if anything is.
fn write_omitted(view: &View, parent: Option<usize>, out: &mut dyn Write) -> io::Result<()> {
    match view.omitted(parent) {
        Omitted { paths: 0, .. } => Ok(()),
        Omitted { paths, subtree_ns } => {
            write!(out, ",\"omitted\":{{\"nodes\":{paths},\"subtree_ns\":{subtree_ns}}}")
        }
    }
}
