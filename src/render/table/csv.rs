//! Tables for spreadsheets and data frames: RFC 4180, a header, the fields of JSON. Names can't harm a spreadsheet;
//! JSON has them exactly.

use std::io::{self, Write};

use ::csv::{Terminator, WriterBuilder};

use super::{Cell, Number, Tabular, several, yes_or_no};
use crate::render::time::time_text;
use crate::render::{Audience, Renderer, Style, escape};

/// The renderer of models that are tables.
pub const fn renderer<M: Tabular>() -> Renderer<M> {
    Renderer {
        name: "csv",
        help: "A header, then the fields of the JSON rows. Names are escaped as in text; an apostrophe stands before a name \
               that a spreadsheet would take for a formula. JSON has names unchanged",
        audience: Audience::Program,
        write,
    }
}

/// Writes a header and a line for each row. Lines end as on Linux.
pub fn write<M: Tabular>(model: &M, _: &Style, out: &mut dyn Write) -> io::Result<()> {
    let mut writer = WriterBuilder::new().terminator(Terminator::Any(b'\n')).from_writer(out);
    writer.write_record(model.columns().iter().map(|column| &*column.field)).map_err(plain)?;
    for cells in model.rows() {
        writer.write_record(cells.iter().map(field)).map_err(plain)?;
    }
    writer.flush()
}

fn field(cell: &Cell<'_>) -> String {
    match cell {
        Cell::Count(count) => count.to_string(),
        Cell::Duration(ns) => ns.to_string(),
        Cell::Mean(number) | Cell::Percent(number) => number.to_string(),
        Cell::Number(number) => Number(*number).to_string(),
        Cell::Numbers(numbers) => several(numbers),
        Cell::Flag(flag) => yes_or_no(*flag).to_owned(),
        Cell::Time(us) => time_text(*us).unwrap_or_default(),
        Cell::Text(text) => escape::csv(text),
        Cell::Unknown => String::new(),
    }
}

/// The error of the output itself, since a closed pipe has to be recognised.
fn plain(error: ::csv::Error) -> io::Error {
    match error.into_kind() {
        ::csv::ErrorKind::Io(error) => error,
        _ => io::ErrorKind::InvalidData.into(),
    }
}
