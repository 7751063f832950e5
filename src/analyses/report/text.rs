//! The report for people.

use std::io::{self, Write};

use super::Report;
use super::columns::Column;
use crate::render::display::Terminal;

const CLASSIC_HEADER: &str = "Total time | Max time | Avg time | Occurrences | Trace name";
const CLASSIC_RULE: usize = 91;

/// Exactly what Mistral's `rank_profiled_methods.py` writes, wherever that is right.
pub(super) fn write_classic(report: &Report<'_>, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "{CLASSIC_HEADER}\n{:-<CLASSIC_RULE$}", "")?;
    for row in report.rows() {
        // Python adds floats; a float is what decides here, too, how a half is rounded.
        let total = row.stats.total_ns() as f64 / 1e9;
        let max = row.stats.max_ns() as f64 / 1e9;
        let count = row.stats.count();
        let seconds = |seconds: f64| format!("{seconds:.3}");
        let (total, max, avg) = (seconds(total), seconds(max), seconds(total / count as f64));
        writeln!(out, "{total:<12} {max:<10} {avg:<10} {count:<13} {}", Terminal(row.name))?;
    }
    Ok(())
}

/// What is in no cell: names are shown without tabs.
pub(crate) const BETWEEN_CELLS: &str = "\t";

/// Any columns.
pub(super) fn write_aligned(report: &Report<'_>, columns: &[Column], out: &mut dyn Write) -> io::Result<()> {
    let is_text: Vec<bool> = columns.iter().map(|column| *column == Column::Name).collect();
    let headers: Vec<String> = columns.iter().map(|column| column.header()).collect();
    // Each row is made once, since percentiles are dear, and is one string, since there can be a million of them.
    let mut rows = vec![headers.join(BETWEEN_CELLS)];
    rows.extend(report.cells(columns).map(|cells| {
        let shown: Vec<String> = cells.into_iter().zip(columns).map(|(cell, column)| cell.show(*column)).collect();
        shown.join(BETWEEN_CELLS)
    }));
    write_columns(out, &is_text, &rows)
}

/// Columns as wide as they need to be: numbers to the right, texts to the left. The cells of a row stand between [tabs](BETWEEN_CELLS).
pub(crate) fn write_columns(out: &mut dyn Write, is_text: &[bool], rows: &[String]) -> io::Result<()> {
    let mut widths = vec![0; is_text.len()];
    for row in rows {
        for (width, cell) in widths.iter_mut().zip(row.split(BETWEEN_CELLS)) {
            *width = cell.chars().count().max(*width);
        }
    }
    rows.iter().try_for_each(|row| write_line(out, is_text, &widths, row.split(BETWEEN_CELLS)))
}

fn write_line<'a>(
    out: &mut dyn Write,
    is_text: &[bool],
    widths: &[usize],
    cells: impl Iterator<Item = &'a str>,
) -> io::Result<()> {
    for (at, ((is_text_cell, width), cell)) in is_text.iter().zip(widths).zip(cells).enumerate() {
        let before = if at == 0 { "" } else { "  " };
        // The width of a format string can't be more than 65,535; a name's can.
        let padding = " ".repeat(width.saturating_sub(cell.chars().count()));
        match is_text_cell {
            true if at + 1 == is_text.len() => write!(out, "{before}{cell}")?,
            true => write!(out, "{before}{cell}{padding}")?,
            false => write!(out, "{before}{padding}{cell}")?,
        }
    }
    writeln!(out)
}
