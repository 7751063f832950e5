//! The report for a merge request or a wiki: a table of GitHub-flavoured Markdown.

use std::io::{self, Write};

use super::Report;
use super::columns::{Cell, Column};
use crate::render::escape;

pub(super) fn write(report: &Report<'_>, columns: &[Column], out: &mut dyn Write) -> io::Result<()> {
    write_line(out, columns.iter().map(|column| column.header()))?;
    write_line(out, columns.iter().map(|column| if *column == Column::Name { "---" } else { "---:" }.to_owned()))?;
    for cells in report.cells(columns) {
        write_line(
            out,
            cells.into_iter().zip(columns).map(|(cell, column)| match cell {
                Cell::Name(name) => escape::markdown(name),
                _ => cell.show(*column),
            }),
        )?;
    }
    Ok(())
}

/// A line of a table.
pub(crate) fn write_line(out: &mut dyn Write, cells: impl Iterator<Item = String>) -> io::Result<()> {
    for cell in cells {
        write!(out, "| {cell} ")?;
    }
    writeln!(out, "|")
}
