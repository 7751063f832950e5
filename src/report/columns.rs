//! The columns: their names, their values, and the order that they give the rows.

use std::cmp::Ordering;
use std::str::FromStr;

use crate::aggregate::{Row, Summary};
use crate::shown::Terminal;

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
    /// The share of the sum of all rows' totals.
    Percent,
    /// The trace name.
    Name,
}

/// The quantiles of the percentile columns.
const QUANTILES: [f64; 4] = [0.50, 0.90, 0.95, 0.99];

impl Column {
    /// All columns, in the order in which the machine-readable formats have them.
    pub const ALL: [Self; 12] = [
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
        Self::Percent,
    ];

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
            Self::Count | Self::Percent | Self::Name => self.as_str(),
        }
    }

    /// Its name and unit above a table for people: totals in seconds, the rest in milliseconds.
    pub(super) fn header(self) -> String {
        match self {
            Self::Total => "total (s)".to_owned(),
            Self::Percent => "percent (%)".to_owned(),
            Self::Count | Self::Name => self.as_str().to_owned(),
            _ => format!("{} (ms)", self.as_str()),
        }
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
}

impl Cell<'_> {
    /// As a table for people shows it under [`Column::header`].
    pub(super) fn show(self, column: Column) -> String {
        let unit = if column == Column::Total { 1e9 } else { 1e6 };
        match self {
            Self::Count(count) => count.to_string(),
            Self::Time(ns) => format!("{:.3}", ns as f64 / unit),
            Self::Mean(ns) => format!("{:.3}", ns / unit),
            Self::Percent(percent) => format!("{percent:.2}"),
            Self::Name(name) => Terminal(name).to_string(),
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
    all_ns: i128,
}

impl<'a> Values<'a> {
    /// Of a row, for these columns and no others.
    pub(super) fn new(row: Row<'a>, columns: &[Column], all_ns: i128) -> Self {
        let wanted = columns.iter().any(|column| column.is_percentile());
        let quantiles = if wanted { row.quantiles_ns(QUANTILES) } else { [0; 4] };
        Self { row, quantiles, all_ns }
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
            Column::Percent if self.all_ns == 0 => Cell::Percent(0.0),
            Column::Percent => Cell::Percent(100.0 * stats.total_ns() as f64 / self.all_ns as f64),
            Column::Name => Cell::Name(self.row.name),
            _ => Cell::Time(stats.total_ns()),
        }
    }
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
    pub(super) fn apply(self, ids: &mut [u32], summary: &Summary) {
        let cell = |id: &u32| Values::new(summary.row(*id), &[self.column], 1).cell(self.column);
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
