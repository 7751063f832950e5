//! Tables for programs: one object, with a line for each row. Times are integer nanoseconds.

use std::io::{self, Write};

use serde::ser::{Serialize, SerializeMap, Serializer};

use super::{Cell, Column, Number, Tabular};
use crate::render::json::{serialize_text, write_field, write_list};
use crate::render::time::time_text;
use crate::render::{Audience, Renderer, Style};

/// The version of this format. It changes when a field is removed or gets another meaning.
const SCHEMA: u32 = 1;

/// The renderer of models that are tables.
pub const fn renderer<M: Tabular>() -> Renderer<M> {
    Renderer {
        name: "json",
        help: "One object: schema, input (the account of lines), rows; times in nanoseconds",
        audience: Audience::Program,
        write,
    }
}

/// Writes the object of the account, if there is one, and of the rows.
pub fn write<M: Tabular>(model: &M, _: &Style, out: &mut dyn Write) -> io::Result<()> {
    write_field(out, "{\"schema\":", &SCHEMA)?;
    if let Some(input) = model.input() {
        write_field(out, ",\"input\":", input)?;
    }
    let columns = model.columns();
    write_list(out, ",\"rows\":", model.rows().map(|cells| Row { columns: &columns, cells }))?;
    writeln!(out, "}}")
}

struct Row<'a> {
    columns: &'a [Column],
    cells: Vec<Cell<'a>>,
}

impl Serialize for Row<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        for (column, cell) in self.columns.iter().zip(&self.cells) {
            let field = &*column.field;
            match cell {
                Cell::Count(count) => map.serialize_entry(field, count)?,
                Cell::Duration(ns) => map.serialize_entry(field, ns)?,
                Cell::Mean(number) | Cell::Percent(number) => map.serialize_entry(field, number)?,
                Cell::Number(number) => map.serialize_entry(field, &Number(*number))?,
                Cell::Numbers(numbers) => map.serialize_entry(field, numbers)?,
                Cell::Flag(flag) => map.serialize_entry(field, flag)?,
                Cell::Time(us) => map.serialize_entry(field, &time_text(*us))?,
                Cell::Text(text) => serialize_text(&mut map, field, text)?,
                Cell::Unknown => map.serialize_entry(field, &())?,
            }
        }
        map.end()
    }
}
