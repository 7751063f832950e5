//! Tables for a merge request or a wiki: GitHub-flavoured Markdown.

use std::io::{self, Write};

use super::Tabular;
use crate::render::{Audience, Renderer, Style, escape};

/// The renderer of models that are tables.
pub const fn renderer<M: Tabular>() -> Renderer<M> {
    Renderer { name: "markdown", help: "Table for merge requests and wikis", audience: Audience::Page, write }
}

/// Writes a header and a line for each row.
pub fn write<M: Tabular>(model: &M, _: &Style, out: &mut dyn Write) -> io::Result<()> {
    let columns = model.columns();
    write_head(out, columns.iter().map(|column| (column.header(), column.kind.is_left())))?;
    for cells in model.rows() {
        let shown = cells.iter().zip(&columns).map(|(cell, column)| cell.show(column.kind, escape::markdown));
        write_line(out, shown)?;
    }
    Ok(())
}

/// Writes the header of a table, and the line beneath it with the alignment of the columns.
pub(crate) fn write_head(out: &mut dyn Write, headers: impl Iterator<Item = (String, bool)>) -> io::Result<()> {
    let (headers, is_left): (Vec<String>, Vec<bool>) = headers.unzip();
    write_line(out, headers)?;
    write_line(out, is_left.into_iter().map(|is_left| if is_left { "---" } else { "---:" }.to_owned()))
}

/// A line of a table, its cells escaped.
pub(crate) fn write_line(out: &mut dyn Write, cells: impl IntoIterator<Item = String>) -> io::Result<()> {
    for cell in cells {
        write!(out, "| {cell} ")?;
    }
    writeln!(out, "|")
}
