//! The report for people.

use std::io::{self, Write};

use super::columns::Column;
use super::{Report, escape};

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
        writeln!(out, "{total:<12} {max:<10} {avg:<10} {count:<13} {}", escape::Terminal(row.name))?;
    }
    Ok(())
}

/// Any columns, as wide as they need to be: numbers to the right, names to the left.
pub(super) fn write_aligned(report: &Report<'_>, columns: &[Column], out: &mut dyn Write) -> io::Result<()> {
    let headers: Vec<String> = columns.iter().map(|column| column.header()).collect();
    let mut widths: Vec<usize> = headers.iter().map(|header| header.chars().count()).collect();
    for cells in report.cells(columns) {
        for ((width, cell), column) in widths.iter_mut().zip(cells).zip(columns) {
            *width = (*width).max(cell.show(*column).chars().count());
        }
    }
    write_line(out, columns, &widths, &headers)?;
    for cells in report.cells(columns) {
        let shown: Vec<String> = cells.into_iter().zip(columns).map(|(cell, column)| cell.show(*column)).collect();
        write_line(out, columns, &widths, &shown)?;
    }
    Ok(())
}

fn write_line(out: &mut dyn Write, columns: &[Column], widths: &[usize], cells: &[String]) -> io::Result<()> {
    let mut line = String::new();
    for ((column, width), cell) in columns.iter().zip(widths).zip(cells) {
        if !line.is_empty() {
            line.push_str("  ");
        }
        let padding = " ".repeat(width - width.min(&cell.chars().count()));
        let (before, behind) = if *column == Column::Name { ("", padding.as_str()) } else { (padding.as_str(), "") };
        line.extend([before, cell, behind]);
    }
    writeln!(out, "{}", line.trim_end())
}
