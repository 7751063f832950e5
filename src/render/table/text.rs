//! Tables for people at a terminal.

use std::io::{self, Write};

use super::Tabular;
use crate::render::{Audience, Renderer, Style};

/// The renderer of what is a table.
pub const fn renderer<M: Tabular>() -> Renderer<M> {
    Renderer {
        name: "text",
        help: "Table for people. report with its default columns prints, byte for byte, the table of Mistral's \
               `rank_profiled_methods.py`",
        audience: Audience::Terminal,
        write,
    }
}

/// Between the cells of a row: what is in no cell, since names are shown without tabs.
const BETWEEN_CELLS: &str = "\t";

/// Writes columns as wide as they need to be: numbers to the right, texts to the left.
pub fn write<M: Tabular>(model: &M, _: &Style, out: &mut dyn Write) -> io::Result<()> {
    let columns = model.columns();
    let is_left: Vec<bool> = columns.iter().map(|column| column.kind.is_left()).collect();
    let headers: Vec<String> = columns.iter().map(super::Column::header).collect();
    // Each row is made once, since percentiles are expensive, and is one string, since there can be a million of them.
    let mut rows = vec![headers.join(BETWEEN_CELLS)];
    rows.extend(model.rows().map(|cells| {
        let shown: Vec<String> =
            cells.iter().zip(&columns).map(|(cell, column)| cell.show_plainly(column.kind)).collect();
        shown.join(BETWEEN_CELLS)
    }));
    let mut widths = vec![0; columns.len()];
    for row in &rows {
        for (width, cell) in widths.iter_mut().zip(row.split(BETWEEN_CELLS)) {
            *width = cell.chars().count().max(*width);
        }
    }
    rows.iter().try_for_each(|row| write_line(out, &is_left, &widths, row.split(BETWEEN_CELLS)))
}

fn write_line<'a>(
    out: &mut dyn Write,
    is_left: &[bool],
    widths: &[usize],
    cells: impl Iterator<Item = &'a str>,
) -> io::Result<()> {
    for (at, ((is_left_cell, width), cell)) in is_left.iter().zip(widths).zip(cells).enumerate() {
        let before = if at == 0 { "" } else { "  " };
        // The width of a format string can't be more than 65,535; a name's can.
        let padding = " ".repeat(width.saturating_sub(cell.chars().count()));
        match is_left_cell {
            true if at + 1 == is_left.len() => write!(out, "{before}{cell}")?,
            true => write!(out, "{before}{cell}{padding}")?,
            false => write!(out, "{before}{padding}{cell}")?,
        }
    }
    writeln!(out)
}
