//! The report for spreadsheets and data frames: RFC 4180, a header, the fields of the JSON report.

use std::io::{self, Write};

use ::csv::{Terminator, WriterBuilder};

use super::columns::{Cell, Column};
use super::{Report, escape};

pub(super) fn write(report: &Report<'_>, columns: &[Column], out: &mut dyn Write) -> io::Result<()> {
    let mut writer = WriterBuilder::new().terminator(Terminator::Any(b'\n')).from_writer(out);
    writer.write_record(columns.iter().map(|column| column.field()))?;
    for cells in report.cells(columns) {
        writer.write_record(cells.into_iter().map(|cell| match cell {
            Cell::Count(count) => count.to_string(),
            Cell::Time(ns) => ns.to_string(),
            Cell::Mean(number) | Cell::Percent(number) => number.to_string(),
            Cell::Name(name) => escape::utf8(name).into_owned(),
        }))?;
    }
    writer.flush()
}
