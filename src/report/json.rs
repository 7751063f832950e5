//! The report for programs: one object, a row a line.

use std::io::{self, Write};

use serde::ser::{Serialize, SerializeMap, Serializer};

use super::Report;
use super::columns::{Cell, Column};
use crate::escape;

/// The version of this format; it changes when something is taken away or gets another meaning.
const SCHEMA: u32 = 1;

pub(super) fn write(report: &Report<'_>, columns: &[Column], out: &mut dyn Write) -> io::Result<()> {
    write!(out, "{{\"schema\":{SCHEMA},\"input\":")?;
    serde_json::to_writer(&mut *out, &report.account)?;
    write!(out, ",\"rows\":[")?;
    for (at, cells) in report.cells(columns).enumerate() {
        out.write_all(if at == 0 { b"\n" } else { b",\n" })?;
        serde_json::to_writer(&mut *out, &Row { columns, cells: &cells })?;
    }
    writeln!(out, "\n]}}")
}

struct Row<'a> {
    columns: &'a [Column],
    cells: &'a [Cell<'a>],
}

impl Serialize for Row<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        for (column, cell) in self.columns.iter().zip(self.cells) {
            let field = column.field();
            match *cell {
                Cell::Count(count) => map.serialize_entry(field, &count)?,
                Cell::Time(ns) => map.serialize_entry(field, &ns)?,
                Cell::Mean(number) | Cell::Percent(number) => map.serialize_entry(field, &number)?,
                Cell::Unknown => map.serialize_entry(field, &())?,
                Cell::Name(name) => {
                    map.serialize_entry(field, &escape::utf8(name))?;
                    // JSON has no bytes: of a name that is no text, this is what it was.
                    if std::str::from_utf8(name).is_err() {
                        map.serialize_entry("name_hex", &escape::hex(name))?;
                    }
                }
            }
        }
        map.end()
    }
}
