//! The report of a summary: its rows, their order and the columns.

mod columns;
mod text;

use std::sync::Arc;
use tracerank_summary::{Account, Row, Summary, Wanted};

use regex::bytes::Regex;

pub use columns::{Column, Sort};

use crate::render::input::InputAccount;
use crate::render::table::{self, Cell, Tabular};
use crate::render::{Model, Renderer};
use crate::spans::CallTree;
use columns::{Shares, Values};

impl Model for Report {
    const RENDERERS: &'static [Renderer<Self>] =
        &[text::RENDERER, table::json::renderer(), table::csv::renderer(), table::markdown::renderer()];
}

/// The part of a summary that is shown, and its order.
#[derive(Debug, Clone)]
pub struct Options {
    /// The columns in their order, each once.
    pub columns: Vec<Column>,
    /// The order of the rows. Rows that are equal in it stand as their names first occurred.
    pub sort: Sort,
    /// The largest number of rows.
    pub top: Option<usize>,
    /// Keeps only names that match.
    pub name: Option<Regex>,
    /// Leaves out names that match.
    pub exclude: Option<Regex>,
}

impl Default for Options {
    /// The report of Mistral's own script.
    fn default() -> Self {
        Self { columns: Column::DEFAULT.to_vec(), sort: Sort::default(), top: None, name: None, exclude: None }
    }
}

impl Options {
    /// The data that a report needs in its summary.
    pub fn wanted(&self) -> Wanted {
        let columns = || self.columns.iter().chain([&self.sort.column]);
        Wanted {
            histograms: columns().any(|column| column.is_percentile()),
            squares: columns().any(|column| *column == Column::Stddev),
            shards: false,
        }
    }

    /// Tells whether a report needs to know whose child a span is.
    pub fn needs_tree(&self) -> bool {
        self.columns.iter().chain([&self.sort.column]).any(|column| column.needs_tree())
    }
}

/// A report, ready to be written.
///
/// ```
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use tracerank::analyses::report::{Options, Report};
/// use tracerank::engine::Engine;
/// use tracerank::render::Model;
/// use tracerank_summary::Wanted;
///
/// let log = std::fs::read("testdata/corpus/basic.log")?;
/// let (summary, account) = Engine::default().scan_bytes(&log, 0..log.len(), Wanted::ALL);
/// let report = Report::new(summary, account, &Options::default(), None);
/// let mut text = Vec::new();
/// report.write_as("text", &mut text)?;
/// assert_eq!(text, std::fs::read("testdata/corpus/basic.report.txt")?);
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct Report {
    summary: Arc<Summary>,
    input: InputAccount,
    columns: Vec<Column>,
    /// The rows that are shown, in their order.
    rows: Vec<u32>,
    shares: Option<Shares>,
}

impl Report {
    /// Selects and sorts the rows. Spans that the name filters leave out are moved from the account's spans to its
    /// filtered ones. `tree` is for the columns that [need it](Options::needs_tree). Without it they are unknown.
    pub fn new(
        summary: impl Into<Arc<Summary>>,
        input: impl Into<InputAccount>,
        options: &Options,
        tree: Option<&CallTree>,
    ) -> Self {
        let (summary, mut input) = (summary.into(), input.into());
        let mut rows = summary.in_order();
        rows.retain(|id| {
            let row = summary.row(*id);
            let kept = options.name.as_ref().is_none_or(|name| name.is_match(row.name))
                && !options.exclude.as_ref().is_some_and(|name| name.is_match(row.name));
            if !kept {
                input.account.spans -= row.stats.count();
                input.account.filtered += row.stats.count();
            }
            kept
        });
        let shares = tree.map(|tree| Shares::new(tree, &summary));
        options.sort.apply(&mut rows, &summary, shares.as_ref());
        rows.truncate(options.top.unwrap_or(usize::MAX));
        Self { summary, input, columns: options.columns.clone(), rows, shares }
    }

    /// The account of the input, with the name filters in it.
    pub fn account(&self) -> Account {
        self.input.account
    }

    fn shown(&self) -> impl Iterator<Item = Row<'_>> {
        self.rows.iter().map(|id| self.summary.row(*id))
    }
}

impl Tabular for Report {
    fn columns(&self) -> Vec<table::Column> {
        self.columns.iter().map(|column| column.described()).collect()
    }

    fn rows(&self) -> impl Iterator<Item = Vec<Cell<'_>>> {
        self.rows.iter().map(|id| {
            let values = Values::new(*id, &self.summary, &self.columns, self.shares.as_ref());
            self.columns.iter().map(|column| values.cell(*column)).collect()
        })
    }

    fn input(&self) -> Option<&InputAccount> {
        Some(&self.input)
    }
}
