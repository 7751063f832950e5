//! From a summary to a report: which rows, in which order, with which columns; one file a renderer.

mod columns;
pub(crate) mod csv;
pub(crate) mod json;
pub(crate) mod markdown;
pub(crate) mod text;

use std::io::{self, Write};

use regex::bytes::Regex;
use tracerank_summary::{Account, Row, Summary, Wanted};

pub use columns::{Column, Direction, Sort};

use crate::spans::CallTree;
use columns::{Cell, Shares, Values};

/// What a report is written as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Format {
    /// For people. With the default columns: byte for byte what Mistral's own script writes.
    #[default]
    Text,
    /// One object, a row a line; times in integer nanoseconds.
    Json,
    /// RFC 4180, with a header; the same fields as in JSON. Names are as in text, with an apostrophe before what a spreadsheet would take for a formula.
    Csv,
    /// A table of GitHub-flavoured Markdown.
    Markdown,
}

/// What of a summary is shown, and how.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// The columns in their order, each once; none stands for the format's default.
    pub columns: Vec<Column>,
    /// The order of the rows. Rows that are equal in it stand as their names first occurred.
    pub sort: Sort,
    /// At most so many rows.
    pub top: Option<usize>,
    /// Only the names in which this matches.
    pub name: Option<Regex>,
    /// Not the names in which this matches.
    pub exclude: Option<Regex>,
}

impl Options {
    /// What a report in `format` needs of its summary.
    pub fn wanted(&self, format: Format) -> Wanted {
        let mut columns = self.columns_of(format);
        columns.push(self.sort.column);
        Wanted {
            histograms: columns.iter().any(|column| column.is_percentile()),
            squares: columns.contains(&Column::Stddev),
            shards: false,
        }
    }

    /// Whether a report in `format` needs to know whose child a span is.
    pub fn needs_tree(&self, format: Format) -> bool {
        self.sort.column.needs_tree() || self.columns_of(format).into_iter().any(Column::needs_tree)
    }

    fn columns_of(&self, format: Format) -> Vec<Column> {
        match format {
            _ if !self.columns.is_empty() => self.columns.clone(),
            Format::Text | Format::Markdown => Column::DEFAULT.to_vec(),
            Format::Json | Format::Csv => Column::FLAT.to_vec(),
        }
    }
}

/// A report, ready to be written.
///
/// ```
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use tracerank::analyses::report::{Format, Options, Report};
/// use tracerank::engine::Engine;
///
/// let log = std::fs::read("testdata/corpus/basic.log")?;
/// let (summary, account) = Engine::default().scan_bytes(&log, 0..log.len(), Wanted::ALL);
/// let options = Options::default();
/// let report = Report::new(&summary, account, &options, None);
/// let mut text = Vec::new();
/// report.write(Format::Text, &mut text)?;
/// assert_eq!(text, std::fs::read("testdata/corpus/basic.report.txt")?);
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct Report<'a> {
    summary: &'a Summary,
    account: Account,
    options: &'a Options,
    /// The rows that are shown, in their order.
    rows: Vec<u32>,
    shares: Option<Shares<'a>>,
}

impl<'a> Report<'a> {
    /// Selects and sorts the rows. What the name filters leave out is moved from the account's spans to its filtered ones. `tree` is for the columns that
    /// [need it](Options::needs_tree); without it they are unknown.
    pub fn new(summary: &'a Summary, mut account: Account, options: &'a Options, tree: Option<&'a CallTree>) -> Self {
        let mut rows = summary.in_order();
        rows.retain(|id| {
            let row = summary.row(*id);
            let kept = options.name.as_ref().is_none_or(|name| name.is_match(row.name))
                && !options.exclude.as_ref().is_some_and(|name| name.is_match(row.name));
            if !kept {
                account.spans -= row.stats.count();
                account.filtered += row.stats.count();
            }
            kept
        });
        let shares = tree.map(Shares::new);
        options.sort.apply(&mut rows, summary, shares.as_ref());
        rows.truncate(options.top.unwrap_or(usize::MAX));
        Self { summary, account, options, rows, shares }
    }

    /// The account of the input, with the name filters in it.
    pub fn account(&self) -> Account {
        self.account
    }

    /// Writes the report.
    pub fn write(&self, format: Format, out: &mut dyn Write) -> io::Result<()> {
        let columns = self.options.columns_of(format);
        match format {
            Format::Text if columns == Column::DEFAULT => text::write_classic(self, out),
            Format::Text => text::write_aligned(self, &columns, out),
            Format::Json => json::write(self, &columns, out),
            Format::Csv => csv::write(self, &columns, out),
            Format::Markdown => markdown::write(self, &columns, out),
        }
    }

    fn rows(&self) -> impl Iterator<Item = Row<'a>> + '_ {
        self.rows.iter().map(|id| self.summary.row(*id))
    }

    /// The cells of all rows, row by row.
    fn cells<'b>(&'b self, columns: &'b [Column]) -> impl Iterator<Item = Vec<Cell<'b>>> + 'b {
        self.rows().map(move |row| {
            let values = Values::new(row, columns, self.shares.as_ref());
            columns.iter().map(|column| values.cell(*column)).collect()
        })
    }
}
