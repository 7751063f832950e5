//! The flame graph: by self time, so that the width of a frame is the time that is spent in it and below it.

use std::io::{self, Write};

use inferno::flamegraph::{self, Options, TextTruncateDirection};

use super::View;
use super::folded::each_line;
use crate::render::escape::xml;
use crate::render::{Audience, Renderer, Style};

pub(super) const RENDERER: Renderer<View> =
    Renderer { name: "svg", help: "Interactive flame graph of self time", audience: Audience::Page, write };

fn write(view: &View, _: &Style, out: &mut dyn Write) -> io::Result<()> {
    let mut lines: Vec<String> = Vec::new();
    each_line(view, |stack, us| {
        lines.push(format!("{} {us}", xml(stack)));
        Ok(())
    })?;
    let mut options = Options::default();
    "tracerank: where the time goes".clone_into(&mut options.title);
    options.subtitle = Some(format!("shares are of {}", xml(&view.whole())));
    "µs".clone_into(&mut options.count_name);
    "Trace name:".clone_into(&mut options.name_type);
    // By name and not by chance: the same tree makes the same picture.
    options.hash = true;
    // Names begin with what they are about.
    options.text_truncate_direction = TextTruncateDirection::Right;
    // The library reports an empty picture as an error.
    let lines = if lines.is_empty() { vec!["no time 1".to_owned()] } else { lines };
    // Whole before it is written: a closed pipe has to be seen as one.
    let mut svg = Vec::new();
    flamegraph::from_lines(&mut options, lines.iter().map(String::as_str), &mut svg).map_err(io::Error::other)?;
    out.write_all(&svg)
}
