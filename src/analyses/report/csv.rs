//! The report for spreadsheets and data frames: RFC 4180, a header, the fields of the JSON report. Names can't harm a spreadsheet; JSON has them exactly.

use std::io::{self, Write};

use ::csv::{Terminator, WriterBuilder};

use super::Report;
use super::columns::{Cell, Column};
use crate::render::escape;

pub(super) fn write(report: &Report<'_>, columns: &[Column], out: &mut dyn Write) -> io::Result<()> {
    let mut writer = writer(out);
    writer.write_record(columns.iter().map(|column| column.field())).map_err(plain)?;
    for cells in report.cells(columns) {
        let fields = cells.into_iter().map(|cell| match cell {
            Cell::Count(count) => count.to_string(),
            Cell::Time(ns) => ns.to_string(),
            Cell::Mean(number) | Cell::Percent(number) => number.to_string(),
            Cell::Name(name) => escape::csv(name),
            Cell::Unknown => String::new(),
        });
        writer.write_record(fields).map_err(plain)?;
    }
    writer.flush()
}

/// What writes CSV as RFC 4180 has it, but for the ends of lines, which are those of Linux.
pub(crate) fn writer(out: &mut dyn Write) -> ::csv::Writer<&mut dyn Write> {
    WriterBuilder::new().terminator(Terminator::Any(b'\n')).from_writer(out)
}

/// The error of the output itself: a closed pipe has to be seen as one.
pub(crate) fn plain(error: ::csv::Error) -> io::Error {
    match error.into_kind() {
        ::csv::ErrorKind::Io(error) => error,
        _ => io::ErrorKind::InvalidData.into(),
    }
}
