//! The report for people.

use std::io::{self, Write};

use super::{Column, Report};
use crate::render::display::Terminal;
use crate::render::{Renderer, Style, table};

pub(super) const RENDERER: Renderer<Report> = Renderer { write, ..table::text::renderer() };

fn write(report: &Report, style: &Style, out: &mut dyn Write) -> io::Result<()> {
    if report.columns == Column::DEFAULT { write_classic(report, out) } else { table::text::write(report, style, out) }
}

const CLASSIC_HEADER: &str = "Total time | Max time | Avg time | Occurrences | Trace name";
const CLASSIC_RULE: usize = 91;

/// Writes exactly the table of Mistral's `rank_profiled_methods.py`, wherever that is right.
fn write_classic(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "{CLASSIC_HEADER}\n{:-<CLASSIC_RULE$}", "")?;
    for row in report.shown() {
        // Python adds floats. A float decides here, too, how a half is rounded.
        let total = row.stats.total_ns() as f64 / 1e9;
        let max = row.stats.max_ns() as f64 / 1e9;
        let count = row.stats.count();
        let seconds = |seconds: f64| format!("{seconds:.3}");
        let (total, max, avg) = (seconds(total), seconds(max), seconds(total / count as f64));
        writeln!(out, "{total:<12} {max:<10} {avg:<10} {count:<13} {}", Terminal(row.name))?;
    }
    Ok(())
}
