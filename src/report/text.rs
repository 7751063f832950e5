//! The report for people.

use std::io::{self, Write};

use super::Report;
use super::columns::Column;
use crate::shown::Terminal;

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
const BETWEEN_CELLS: &str = "\t";

/// Any columns, as wide as they need to be: numbers to the right, names to the left.
pub(super) fn write_aligned(report: &Report<'_>, columns: &[Column], out: &mut dyn Write) -> io::Result<()> {
    let headers: Vec<String> = columns.iter().map(|column| column.header()).collect();
    // Each row is made once, since percentiles are dear, and is one string, since there can be a million of them.
    let mut rows = vec![headers.join(BETWEEN_CELLS)];
    rows.extend(report.cells(columns).map(|cells| {
        let shown: Vec<String> = cells.into_iter().zip(columns).map(|(cell, column)| cell.show(*column)).collect();
        shown.join(BETWEEN_CELLS)
    }));
    let mut widths = vec![0; columns.len()];
    for row in &rows {
        for (width, cell) in widths.iter_mut().zip(row.split(BETWEEN_CELLS)) {
            *width = cell.chars().count().max(*width);
        }
    }
    rows.iter().try_for_each(|row| write_line(out, columns, &widths, row.split(BETWEEN_CELLS)))
}

fn write_line<'a>(
    out: &mut dyn Write,
    columns: &[Column],
    widths: &[usize],
    cells: impl Iterator<Item = &'a str>,
) -> io::Result<()> {
    for (at, ((column, width), cell)) in columns.iter().zip(widths).zip(cells).enumerate() {
        let before = if at == 0 { "" } else { "  " };
        // The width of a format string can't be more than 65,535; a name's can.
        let padding = " ".repeat(width.saturating_sub(cell.chars().count()));
        match column {
            Column::Name if at + 1 == columns.len() => write!(out, "{before}{cell}")?,
            Column::Name => write!(out, "{before}{cell}{padding}")?,
            _ => write!(out, "{before}{padding}{cell}")?,
        }
    }
    writeln!(out)
}
