//! The columns: their names, their values, and the order that they give the rows.

use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::str::FromStr;

use tracerank_summary::{Row, Summary};

use crate::render::display::Terminal;
use crate::spans::{CallTree, Figures};

/// A column of the report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Column {
    /// The sum of the durations.
    #[default]
    Total,
    /// The shortest duration.
    Min,
    /// The longest duration.
    Max,
    /// The mean duration.
    Avg,
    /// The standard deviation of the durations.
    Stddev,
    /// The duration that half of the spans do not exceed.
    P50,
    /// The duration that 90 % of the spans do not exceed.
    P90,
    /// The duration that 95 % of the spans do not exceed.
    P95,
    /// The duration that 99 % of the spans do not exceed.
    P99,
    /// How many spans there are.
    Count,
    /// The share of the sum of the durations of all root spans.
    Percent,
    /// The sum of the self times: what is left of the durations without those of children.
    SelfTime,
    /// The share of all self time.
    SelfPercent,
    /// The sum of the durations of spans that have none of the same name above them.
    TotalOuter,
    /// The trace name.
    Name,
}

/// The quantiles of the percentile columns.
const QUANTILES: [f64; 4] = [0.50, 0.90, 0.95, 0.99];

impl Column {
    /// All columns.
    pub const ALL: [Self; 15] = [
        Self::Name,
        Self::Count,
        Self::Total,
        Self::Min,
        Self::Max,
        Self::Avg,
        Self::Stddev,
        Self::P50,
        Self::P90,
        Self::P95,
        Self::P99,
        Self::SelfTime,
        Self::SelfPercent,
        Self::TotalOuter,
        Self::Percent,
    ];

    /// Those that need no more than a summary, in the order in which the machine-readable formats have them.
    pub const FLAT: [Self; 11] = {
        let mut flat = [Self::Name; 11];
        let (head, _) = Self::ALL.split_at(flat.len());
        flat.copy_from_slice(head);
        flat
    };

    /// What a report for people shows: what Mistral's own script does.
    pub const DEFAULT: [Self; 5] = [Self::Total, Self::Max, Self::Avg, Self::Count, Self::Name];

    /// Its name on the command line and in headers.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Total => "total",
            Self::Min => "min",
            Self::Max => "max",
            Self::Avg => "avg",
            Self::Stddev => "stddev",
            Self::P50 => "p50",
            Self::P90 => "p90",
            Self::P95 => "p95",
            Self::P99 => "p99",
            Self::Count => "count",
            Self::Percent => "percent",
            Self::SelfTime => "self",
            Self::SelfPercent => "self%",
            Self::TotalOuter => "total-outer",
            Self::Name => "name",
        }
    }

    /// Its name in JSON and CSV: times carry their unit.
    pub(super) fn field(self) -> &'static str {
        match self {
            Self::Total => "total_ns",
            Self::Min => "min_ns",
            Self::Max => "max_ns",
            Self::Avg => "avg_ns",
            Self::Stddev => "stddev_ns",
            Self::P50 => "p50_ns",
            Self::P90 => "p90_ns",
            Self::P95 => "p95_ns",
            Self::P99 => "p99_ns",
            Self::SelfTime => "self_ns",
            Self::SelfPercent => "self_percent",
            Self::TotalOuter => "total_outer_ns",
            Self::Count | Self::Percent | Self::Name => self.as_str(),
        }
    }

    /// Its name and unit above a table for people: totals in seconds, the rest in milliseconds.
    pub(super) fn header(self) -> String {
        match self {
            Self::Total | Self::SelfTime | Self::TotalOuter => format!("{} (s)", self.as_str()),
            Self::Percent => "percent (%)".to_owned(),
            Self::SelfPercent => "self (%)".to_owned(),
            Self::Count | Self::Name => self.as_str().to_owned(),
            _ => format!("{} (ms)", self.as_str()),
        }
    }

    /// Whether it is about whose child a span is, which a summary does not tell.
    pub fn needs_tree(self) -> bool {
        matches!(self, Self::Percent | Self::SelfTime | Self::SelfPercent | Self::TotalOuter)
    }

    pub(super) fn is_percentile(self) -> bool {
        self.quantile().is_some()
    }

    /// Which of [`QUANTILES`] it shows.
    fn quantile(self) -> Option<usize> {
        [Self::P50, Self::P90, Self::P95, Self::P99].iter().position(|column| *column == self)
    }
}

impl FromStr for Column {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let known = Self::ALL.into_iter().find(|column| column.as_str() == text.trim());
        known.ok_or_else(|| {
            format!("there is no column {text:?}; there are: {}", Self::ALL.map(Self::as_str).join(", "))
        })
    }
}

/// One value of the report, exact.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Cell<'a> {
    Count(u64),
    /// Nanoseconds.
    Time(i128),
    /// Nanoseconds, of a mean.
    Mean(f64),
    /// Of a hundred.
    Percent(f64),
    Name(&'a [u8]),
    /// Nobody has looked.
    Unknown,
}

impl Cell<'_> {
    /// As a table for people shows it under [`Column::header`].
    pub(super) fn show(self, column: Column) -> String {
        let is_sum = matches!(column, Column::Total | Column::SelfTime | Column::TotalOuter);
        let unit = if is_sum { 1e9 } else { 1e6 };
        match self {
            Self::Count(count) => count.to_string(),
            Self::Time(ns) => format!("{:.3}", ns as f64 / unit),
            Self::Mean(ns) => format!("{:.3}", ns / unit),
            Self::Percent(percent) => format!("{percent:.2}"),
            Self::Name(name) => Terminal(name).to_string(),
            Self::Unknown => "-".to_owned(),
        }
    }

    fn order(&self, other: &Self) -> Ordering {
        match (self, other) {
            (Self::Count(one), Self::Count(other)) => one.cmp(other),
            (Self::Time(one), Self::Time(other)) => one.cmp(other),
            (Self::Mean(one), Self::Mean(other)) | (Self::Percent(one), Self::Percent(other)) => one.total_cmp(other),
            (Self::Name(one), Self::Name(other)) => one.cmp(other),
            // One column's cells are all of one kind.
            _ => Ordering::Equal,
        }
    }
}

/// What the cells of one row are taken from.
pub(super) struct Values<'a> {
    row: Row<'a>,
    quantiles: [i64; 4],
    shares: Option<&'a Shares<'a>>,
}

impl<'a> Values<'a> {
    /// Of a row, for these columns and no others.
    pub(super) fn new(row: Row<'a>, columns: &[Column], shares: Option<&'a Shares<'a>>) -> Self {
        let wanted = columns.iter().any(|column| column.is_percentile());
        let quantiles = if wanted { row.quantiles_ns(QUANTILES) } else { [0; 4] };
        Self { row, quantiles, shares }
    }

    pub(super) fn cell(&self, column: Column) -> Cell<'a> {
        let stats = self.row.stats;
        if let Some(quantile) = column.quantile() {
            return Cell::Time(self.quantiles[quantile].into());
        }
        match column {
            Column::Min => Cell::Time(stats.min_ns().into()),
            Column::Max => Cell::Time(stats.max_ns().into()),
            Column::Avg => Cell::Mean(stats.avg_ns()),
            Column::Stddev => Cell::Mean(stats.stddev_ns()),
            Column::Count => Cell::Count(stats.count()),
            _ if column.needs_tree() => self.shares.map_or(Cell::Unknown, |shares| shares.cell(column, self.row)),
            Column::Name => Cell::Name(self.row.name),
            _ => Cell::Time(stats.total_ns()),
        }
    }
}

/// What a tree says of names.
#[derive(Debug)]
pub(super) struct Shares<'a> {
    of_names: BTreeMap<&'a [u8], Figures>,
    roots_ns: i128,
    self_ns: i128,
}

impl<'a> Shares<'a> {
    pub(super) fn new(tree: &'a CallTree) -> Self {
        let of_names = tree.figures();
        let self_ns = of_names.values().map(|figures| figures.self_ns).sum();
        Self { of_names, roots_ns: tree.roots_total_ns(), self_ns }
    }

    fn cell<'b>(&self, column: Column, row: Row<'_>) -> Cell<'b> {
        let figures = self.of_names.get(row.name).copied().unwrap_or_default();
        match column {
            Column::SelfTime => Cell::Time(figures.self_ns),
            Column::TotalOuter => Cell::Time(figures.total_outer_ns),
            Column::SelfPercent => Cell::Percent(percent(figures.self_ns, self.self_ns)),
            _ => Cell::Percent(percent(row.stats.total_ns(), self.roots_ns)),
        }
    }
}

/// How many of a hundred; zero of nothing.
fn percent(part: i128, whole: i128) -> f64 {
    if whole == 0 { 0.0 } else { 100.0 * part as f64 / whole as f64 }
}

/// Upwards or downwards.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// Smallest first.
    Ascending,
    /// Largest first.
    Descending,
}

/// The order of the rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sort {
    /// What they are ordered by.
    pub column: Column,
    /// Which end comes first.
    pub direction: Direction,
}

impl Default for Sort {
    /// The largest total first.
    fn default() -> Self {
        Self { column: Column::Total, direction: Direction::Descending }
    }
}

impl Sort {
    /// Sorts ids, which are in the order of first occurrence, and leaves those in this order that are equal.
    pub(super) fn apply(self, ids: &mut [u32], summary: &Summary, shares: Option<&Shares<'_>>) {
        let cell = |id: &u32| Values::new(summary.row(*id), &[self.column], shares).cell(self.column);
        let direct = |order: Ordering| match self.direction {
            Direction::Ascending => order,
            Direction::Descending => order.reverse(),
        };
        if self.column.is_percentile() {
            // Percentiles are dear: each is computed once.
            let cells: Vec<Cell<'_>> = (0..summary.len() as u32).map(|id| cell(&id)).collect();
            ids.sort_by(|one, other| direct(cells[*one as usize].order(&cells[*other as usize])));
        } else {
            ids.sort_by(|one, other| direct(cell(one).order(&cell(other))));
        }
    }
}

impl FromStr for Sort {
    type Err = String;

    /// `COLUMN`, `COLUMN:asc` or `COLUMN:desc`; without a direction, numbers go down and names up.
    fn from_str(text: &str) -> Result<Self, String> {
        let (column, direction) = match text.split_once(':') {
            Some((column, direction)) => (column, Some(direction)),
            None => (text, None),
        };
        let column: Column = column.parse()?;
        let direction = match direction {
            Some("asc") => Direction::Ascending,
            Some("desc") => Direction::Descending,
            None => {
                if column == Column::Name {
                    Direction::Ascending
                } else {
                    Direction::Descending
                }
            }
            Some(other) => return Err(format!("there is no direction {other:?}; there are: asc, desc")),
        };
        Ok(Self { column, direction })
    }
}
