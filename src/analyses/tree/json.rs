//! The tree for programs: nodes within nodes.

use std::io::{self, Write};

use super::View;
use crate::render::escape;
use crate::render::{Audience, Renderer, Style};
use crate::spans::TreeNode;

pub(super) const RENDERER: Renderer<View> = Renderer {
    name: "json",
    help: "One object: schema, input (the account of lines), the total of the root spans, nested nodes; in nanoseconds",
    audience: Audience::Program,
    write,
};

/// The version of this format. It changes when a field is removed or gets another meaning.
const SCHEMA: u32 = 1;

/// Writes nodes one after the other, since a tree can be deeper than the stack. Only their fields are left to the
/// library.
fn write(view: &View, _: &Style, out: &mut dyn Write) -> io::Result<()> {
    write!(out, "{{\"schema\":{SCHEMA},\"input\":")?;
    serde_json::to_writer(&mut *out, &view.account)?;
    write!(out, ",\"roots_total_ns\":{},\"roots\":[", view.roots_ns)?;
    let mut depth = 0;
    let mut is_first = true;
    for place in view.places.iter().zip(&view.is_hidden).filter(|(_, is_hidden)| !**is_hidden).map(|(place, _)| place) {
        for _ in place.depth..depth {
            write!(out, "]}}")?;
        }
        if !is_first && place.depth < depth {
            write!(out, ",")?;
        }
        is_first = false;
        depth = place.depth + 1;
        write_open(place, out)?;
    }
    for _ in 0..depth {
        write!(out, "]}}")?;
    }
    writeln!(out, "\n]}}")
}

/// A node up to the beginning of its children.
fn write_open(place: &TreeNode, out: &mut dyn Write) -> io::Result<()> {
    let TreeNode { count, total_ns, self_ns, max_ns, ref name, .. } = *place;
    write!(out, "\n{{\"name\":")?;
    serde_json::to_writer(&mut *out, &escape::utf8(name))?;
    if std::str::from_utf8(name).is_err() {
        write!(out, ",\"name_hex\":\"{}\"", escape::hex(name))?;
    }
    let max = max_ns.map_or("null".to_owned(), |ns| ns.to_string());
    write!(out, ",\"count\":{count},\"total_ns\":{total_ns},\"self_ns\":{self_ns},\"max_ns\":{max},\"children\":[")
}
