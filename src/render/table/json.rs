//! Tables for programs: one object, a row a line; times in integer nanoseconds.

use std::io::{self, Write};

use serde::ser::{Serialize, SerializeMap, Serializer};

use super::{Cell, Column, Number, Tabular, timestamp};
use crate::render::{Audience, Renderer, Style, escape};

/// The version of this format; it changes when something is taken away or gets another meaning.
const SCHEMA: u32 = 1;

/// The renderer of what is a table.
pub const fn renderer<M: Tabular>() -> Renderer<M> {
    Renderer {
        name: "json",
        help: "One object: schema, input (the account of lines), rows",
        audience: Audience::Program,
        write,
    }
}

/// Writes the object of the account, if there is one, and of the rows.
pub fn write<M: Tabular>(model: &M, _: &Style, out: &mut dyn Write) -> io::Result<()> {
    write!(out, "{{\"schema\":{SCHEMA}")?;
    if let Some(account) = model.input() {
        write!(out, ",\"input\":")?;
        serde_json::to_writer(&mut *out, account)?;
    }
    write!(out, ",\"rows\":[")?;
    let columns = model.columns();
    for (at, cells) in model.rows().enumerate() {
        out.write_all(if at == 0 { b"\n" } else { b",\n" })?;
        serde_json::to_writer(&mut *out, &Row { columns: &columns, cells: &cells })?;
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
            let field = &*column.field;
            match cell {
                Cell::Count(count) => map.serialize_entry(field, count)?,
                Cell::Duration(ns) => map.serialize_entry(field, ns)?,
                Cell::Mean(number) | Cell::Percent(number) => map.serialize_entry(field, number)?,
                Cell::Number(number) => map.serialize_entry(field, &Number(*number))?,
                Cell::Numbers(numbers) => map.serialize_entry(field, numbers)?,
                Cell::Flag(flag) => map.serialize_entry(field, flag)?,
                Cell::Time(us) => map.serialize_entry(field, &timestamp(*us))?,
                Cell::Text(text) => serialize_text(&mut map, field, text)?,
                Cell::Unknown => map.serialize_entry(field, &())?,
            }
        }
        map.end()
    }
}

/// An entry of a text. JSON has no bytes: where it is none, another one says in hexadecimal digits what it was.
fn serialize_text<M: SerializeMap>(map: &mut M, field: &str, text: &[u8]) -> Result<(), M::Error> {
    map.serialize_entry(field, &escape::utf8(text))?;
    if std::str::from_utf8(text).is_err() {
        map.serialize_entry(&format!("{field}_hex"), &escape::hex(text))?;
    }
    Ok(())
}
