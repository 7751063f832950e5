//! The report for spreadsheets and data frames: RFC 4180, a header, the fields of the JSON report. Names can't harm a spreadsheet; JSON has them exactly.

use std::io::{self, Write};

use ::csv::{Terminator, WriterBuilder};

use super::columns::{Cell, Column};
use super::{Report, escape};

pub(super) fn write(report: &Report<'_>, columns: &[Column], out: &mut dyn Write) -> io::Result<()> {
    let mut writer = WriterBuilder::new().terminator(Terminator::Any(b'\n')).from_writer(out);
    writer.write_record(columns.iter().map(|column| column.field())).map_err(plain)?;
    for cells in report.cells(columns) {
        let fields = cells.into_iter().map(|cell| match cell {
            Cell::Count(count) => count.to_string(),
            Cell::Time(ns) => ns.to_string(),
            Cell::Mean(number) | Cell::Percent(number) => number.to_string(),
            Cell::Name(name) => escape::csv(name),
        });
        writer.write_record(fields).map_err(plain)?;
    }
    writer.flush()
}

/// The error of the output itself: a closed pipe has to be seen as one.
fn plain(error: ::csv::Error) -> io::Error {
    match error.into_kind() {
        ::csv::ErrorKind::Io(error) => error,
        _ => io::ErrorKind::InvalidData.into(),
    }
}
