//! The slowest spans as they are shown: a row each.

mod ranking;

pub use ranking::{Measure, Ranking, SlowSpan};

use std::io::{self, Write};

use serde::ser::{Serialize, SerializeMap, Serializer};
use tracerank_summary::Account;

use crate::analyses::report::Format;
use crate::analyses::report::{csv, json, markdown, text};
use crate::render::display::Terminal;
use crate::render::escape;

/// The rows of a ranking of spans, ready to be written.
#[derive(Debug)]
pub struct Listing<'a> {
    /// The spans, in their order.
    pub spans: &'a [SlowSpan],
    /// The account of the input.
    pub account: Account,
}

/// What is above the columns for people, and in CSV. Times carry their unit: milliseconds for people, nanoseconds for programs.
const HEADERS: [&str; 7] = ["timestamp", "duration (ms)", "self (ms)", "spans below", "base_id", "trace_id", "name"];
const FIELDS: [&str; 7] = ["timestamp", "duration_ns", "self_ns", "spans_below", "base_id", "trace_id", "name"];
/// Whether a column stands to the left, as text does.
const IS_TEXT: [bool; 7] = [true, false, false, false, true, true, true];

impl Listing<'_> {
    /// Writes them.
    pub fn write(&self, format: Format, out: &mut dyn Write) -> io::Result<()> {
        match format {
            Format::Text => {
                let rows = self.rows(|text| Terminal(text).to_string());
                let rows: Vec<String> = rows.map(|cells| cells.join(text::BETWEEN_CELLS)).collect();
                text::write_columns(out, &IS_TEXT, &rows)
            }
            Format::Markdown => {
                let mut rows = self.rows(escape::markdown);
                rows.next().map_or(Ok(()), |headers| markdown::write_line(out, headers.into_iter()))?;
                let rules = IS_TEXT.map(|is_text| if is_text { "---" } else { "---:" }.to_owned());
                markdown::write_line(out, rules.into_iter())?;
                rows.try_for_each(|row| markdown::write_line(out, row.into_iter()))
            }
            Format::Csv => self.write_csv(out),
            Format::Json => json::write_object(out, &self.account, self.spans.iter().map(Row)),
        }
    }

    /// Headers and rows for people, names and ids as `escape` shows them.
    fn rows(&self, escape: impl Fn(&[u8]) -> String) -> impl Iterator<Item = [String; 7]> {
        let cells = move |span: &SlowSpan| {
            let [duration, own] = [span.duration_ns, span.self_ns].map(|ns| format!("{:.3}", ns as f64 / 1e6));
            let below = span.spans_below.to_string();
            let [base_id, trace_id, name] = [&span.base_id, &span.trace_id, &span.name].map(|text| escape(text));
            [span.timestamp(), duration, own, below, base_id, trace_id, name]
        };
        std::iter::once(HEADERS.map(str::to_owned)).chain(self.spans.iter().map(cells))
    }

    fn write_csv(&self, out: &mut dyn Write) -> io::Result<()> {
        let mut writer = csv::writer(out);
        writer.write_record(FIELDS).map_err(csv::plain)?;
        for span in self.spans {
            let numbers = [span.duration_ns, span.self_ns, span.spans_below.into()].map(|number| number.to_string());
            let texts = [&span.base_id, &span.trace_id, &span.name].map(|text| escape::csv(text));
            let row = std::iter::once(span.timestamp()).chain(numbers).chain(texts);
            writer.write_record(row).map_err(csv::plain)?;
        }
        writer.flush()
    }
}

/// An object with the fields of CSV.
struct Row<'a>(&'a SlowSpan);

impl Serialize for Row<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self(span) = self;
        let [timestamp, duration, own, below, base_id, trace_id, name] = FIELDS;
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry(timestamp, &span.timestamp())?;
        map.serialize_entry(duration, &span.duration_ns)?;
        map.serialize_entry(own, &span.self_ns)?;
        map.serialize_entry(below, &span.spans_below)?;
        for (field, text) in [(base_id, &span.base_id), (trace_id, &span.trace_id), (name, &span.name)] {
            json::serialize_text(&mut map, field, text)?;
        }
        map.end()
    }
}
