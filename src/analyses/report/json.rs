//! The report for programs: one object, a row a line.

use std::io::{self, Write};

use serde::ser::{Serialize, SerializeMap, Serializer};
use tracerank_summary::Account;

use super::Report;
use super::columns::{Cell, Column};
use crate::render::escape;

/// The version of this format; it changes when something is taken away or gets another meaning.
const SCHEMA: u32 = 1;

pub(super) fn write(report: &Report<'_>, columns: &[Column], out: &mut dyn Write) -> io::Result<()> {
    write_object(out, &report.account, report.cells(columns).map(|cells| Row { columns, cells }))
}

/// The object of an account and of rows, each on a line of its own.
pub(crate) fn write_object<R: Serialize>(
    out: &mut dyn Write,
    account: &Account,
    rows: impl Iterator<Item = R>,
) -> io::Result<()> {
    write!(out, "{{\"schema\":{SCHEMA},\"input\":")?;
    serde_json::to_writer(&mut *out, account)?;
    write!(out, ",\"rows\":[")?;
    for (at, row) in rows.enumerate() {
        out.write_all(if at == 0 { b"\n" } else { b",\n" })?;
        serde_json::to_writer(&mut *out, &row)?;
    }
    writeln!(out, "\n]}}")
}

/// An entry of a text. JSON has no bytes: where it is none, another one says in hexadecimal digits what it was.
pub(crate) fn serialize_text<M: SerializeMap>(map: &mut M, field: &str, text: &[u8]) -> Result<(), M::Error> {
    map.serialize_entry(field, &escape::utf8(text))?;
    if std::str::from_utf8(text).is_err() {
        map.serialize_entry(&format!("{field}_hex"), &escape::hex(text))?;
    }
    Ok(())
}

struct Row<'a> {
    columns: &'a [Column],
    cells: Vec<Cell<'a>>,
}

impl Serialize for Row<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        for (column, cell) in self.columns.iter().zip(&self.cells) {
            let field = column.field();
            match *cell {
                Cell::Count(count) => map.serialize_entry(field, &count)?,
                Cell::Time(ns) => map.serialize_entry(field, &ns)?,
                Cell::Mean(number) | Cell::Percent(number) => map.serialize_entry(field, &number)?,
                Cell::Unknown => map.serialize_entry(field, &())?,
                Cell::Name(name) => serialize_text(&mut map, field, name)?,
            }
        }
        map.end()
    }
}
