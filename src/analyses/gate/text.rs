//! The answer for people: a line for each finding, then the outcome.

use std::io::{self, Write};

use super::Gate;
use crate::render::display::Terminal;
use crate::render::{Audience, Renderer, Style};

pub(super) const RENDERER: Renderer<Gate> =
    Renderer { name: "text", help: "A line for each finding, then the outcome", audience: Audience::Terminal, write };

fn write(gate: &Gate, _: &Style, out: &mut dyn Write) -> io::Result<()> {
    for finding in &gate.findings {
        writeln!(out, "{}: {}: {finding}", finding.what, Terminal(&finding.name))?;
    }
    writeln!(out, "{}: {}", gate.outcome.title(), gate.conclusion())?;
    gate.notes().iter().try_for_each(|note| writeln!(out, "{note}"))
}
