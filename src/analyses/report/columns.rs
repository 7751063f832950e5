//! The columns: their names, their values, and the order that they give the rows.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::str::FromStr;

use tracerank_summary::{Row, Summary};

use crate::analyses::sort::{self, Direction, SortKey, find};
use crate::render::Audience;
use crate::render::table::{self, Cell, Kind, Unit};
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
    /// The percentile, in tenths, as [`Ordered`](tracerank_summary::Ordered) defines it.
    Percentile(u16),
    /// The number of spans.
    Count,
    /// The share of the sum of the durations of all root spans.
    Percent,
    /// The sum of the self times: of the durations without the time of child spans.
    SelfTime,
    /// The share of all self time.
    SelfPercent,
    /// The sum of the durations of the spans without a span of the same name above them.
    TotalOuter,
    /// The trace name.
    Name,
}

impl Column {
    /// The median.
    pub const P50: Self = Self::Percentile(500);
    /// The 90th percentile.
    pub const P90: Self = Self::Percentile(900);
    /// The 95th percentile.
    pub const P95: Self = Self::Percentile(950);
    /// The 99th percentile.
    pub const P99: Self = Self::Percentile(990);

    /// All columns, of percentiles the usual ones.
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

    /// The columns that need only a summary, in the order of the machine-readable formats.
    pub const FLAT: [Self; 11] = {
        let mut flat = [Self::Name; 11];
        let (head, _) = Self::ALL.split_at(flat.len());
        flat.copy_from_slice(head);
        flat
    };

    /// The columns of a report for people: those of Mistral's own script.
    pub const DEFAULT: [Self; 5] = [Self::Total, Self::Max, Self::Avg, Self::Count, Self::Name];

    /// Its name on the command line and in headers.
    pub fn as_str(self) -> Cow<'static, str> {
        let name = match self {
            Self::Percentile(permille) => return percentile_name(permille).into(),
            Self::Total => "total",
            Self::Min => "min",
            Self::Max => "max",
            Self::Avg => "avg",
            Self::Stddev => "stddev",
            Self::Count => "count",
            Self::Percent => "percent",
            Self::SelfTime => "self",
            Self::SelfPercent => "self%",
            Self::TotalOuter => "total-outer",
            Self::Name => "name",
        };
        name.into()
    }

    /// The columns of a report for which none were chosen.
    pub fn usual(audience: Audience) -> &'static [Self] {
        match audience {
            Audience::Terminal | Audience::Page => &Self::DEFAULT,
            Audience::Program => &Self::FLAT,
        }
    }

    /// Its names and its kind: people read sums in seconds, other times in milliseconds.
    pub(super) fn described(self) -> table::Column {
        const SUM: Kind = Kind::Duration(Unit::Seconds);
        const TIME: Kind = Kind::Duration(Unit::Milliseconds);
        const MEAN: Kind = Kind::Mean(Unit::Milliseconds);
        let (field, title, kind) = match self {
            Self::Total => ("total_ns", "total", SUM),
            Self::Min => ("min_ns", "min", TIME),
            Self::Max => ("max_ns", "max", TIME),
            Self::Avg => ("avg_ns", "avg", MEAN),
            Self::Stddev => ("stddev_ns", "stddev", MEAN),
            Self::Percentile(permille) => {
                let name = percentile_name(permille);
                return table::Column { field: format!("{name}_ns").into(), title: name.into(), kind: TIME };
            }
            Self::Count => ("count", "count", Kind::Count),
            Self::Percent => ("percent", "percent", Kind::Percent),
            Self::SelfTime => ("self_ns", "self", SUM),
            Self::SelfPercent => ("self_percent", "self", Kind::Percent),
            Self::TotalOuter => ("total_outer_ns", "total-outer", SUM),
            Self::Name => ("name", "name", Kind::Text),
        };
        table::Column::new(field, title, kind)
    }

    /// Tells whether it depends on the parents of spans, which a summary does not have.
    pub fn needs_tree(self) -> bool {
        matches!(self, Self::Percent | Self::SelfTime | Self::SelfPercent | Self::TotalOuter)
    }

    pub(super) fn is_percentile(self) -> bool {
        matches!(self, Self::Percentile(_))
    }
}

/// Names the column of a percentile: `p95` or `p99.9`.
fn percentile_name(permille: u16) -> String {
    match permille % 10 {
        0 => format!("p{}", permille / 10),
        tenth => format!("p{}.{tenth}", permille / 10),
    }
}

/// Reads `p95` or `p99.9`: more than 0 and less than 100, with at most one decimal.
fn percentile(name: &str) -> Option<u16> {
    let number = name.strip_prefix(['p', 'P'])?;
    let (whole, tenth) = number.split_once('.').unwrap_or((number, "0"));
    let are_digits = [whole, tenth].iter().all(|text| text.bytes().all(|byte| byte.is_ascii_digit()));
    if !are_digits || !(1..=2).contains(&whole.len()) || tenth.len() != 1 {
        return None;
    }
    let permille = whole.parse::<u16>().ok()? * 10 + tenth.parse::<u16>().ok()?;
    (permille > 0).then_some(permille)
}

impl FromStr for Column {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        find(text)
    }
}

impl SortKey for Column {
    fn all() -> impl Iterator<Item = (&'static str, Self)> {
        const NAMES: [&str; 15] = [
            "name",
            "count",
            "total",
            "min",
            "max",
            "avg",
            "stddev",
            "p50",
            "p90",
            "p95",
            "p99",
            "self",
            "self%",
            "total-outer",
            "percent",
        ];
        NAMES.into_iter().zip(Self::ALL)
    }

    fn other(name: &str) -> Option<Self> {
        let is_median = name.eq_ignore_ascii_case("median");
        if is_median { Some(Self::P50) } else { percentile(name).map(Self::Percentile) }
    }

    /// Numbers descend and names ascend.
    fn usual_direction(self) -> Direction {
        if self == Self::Name { Direction::Ascending } else { Direction::Descending }
    }
}

/// Orders two cells of one column.
fn order(one: &Cell<'_>, other: &Cell<'_>) -> Ordering {
    match (one, other) {
        (Cell::Count(one), Cell::Count(other)) => one.cmp(other),
        (Cell::Duration(one), Cell::Duration(other)) => one.cmp(other),
        (Cell::Mean(one), Cell::Mean(other)) | (Cell::Percent(one), Cell::Percent(other)) => one.total_cmp(other),
        (Cell::Text(one), Cell::Text(other)) => one.cmp(other),
        (Cell::Unknown, Cell::Unknown) => Ordering::Equal,
        (Cell::Unknown, _) => Ordering::Less,
        (_, Cell::Unknown) => Ordering::Greater,
        // One column's cells are otherwise all of one kind.
        _ => Ordering::Equal,
    }
}

/// The values that the cells of one row are taken from.
pub(super) struct Values<'a> {
    row: Row<'a>,
    /// Of the columns with a percentile, in their order, each and its value.
    percentiles: Vec<(u16, i64)>,
    shares: Option<(&'a Shares, Figures)>,
}

impl<'a> Values<'a> {
    /// Takes the values of a row, for these columns only.
    pub(super) fn new(id: u32, summary: &'a Summary, columns: &[Column], shares: Option<&'a Shares>) -> Self {
        let row = summary.row(id);
        let permille = |column: &Column| if let Column::Percentile(permille) = column { Some(*permille) } else { None };
        let wanted: Vec<u16> = columns.iter().filter_map(permille).collect();
        let percentiles = if wanted.is_empty() { Vec::new() } else { percentiles(&row, wanted) };
        Self { row, percentiles, shares: shares.map(|shares| (shares, shares.of_rows[id as usize])) }
    }

    pub(super) fn cell(&self, column: Column) -> Cell<'a> {
        let stats = self.row.stats;
        match column {
            Column::Percentile(wanted) => {
                let found = self.percentiles.iter().find(|(permille, _)| *permille == wanted);
                Cell::or_unknown(found, |(_, ns)| Cell::Duration((*ns).into()))
            }
            Column::Min => Cell::Duration(stats.min_ns().into()),
            Column::Max => Cell::Duration(stats.max_ns().into()),
            Column::Avg => Cell::Mean(stats.avg_ns()),
            Column::Stddev => Cell::or_unknown(stats.stddev_ns(), Cell::Mean),
            Column::Count => Cell::Count(stats.count()),
            Column::Name => Cell::text(self.row.name),
            _ if column.needs_tree() => self.share(column),
            _ => Cell::Duration(stats.total_ns()),
        }
    }

    fn share(&self, column: Column) -> Cell<'a> {
        let Some((shares, figures)) = &self.shares else { return Cell::Unknown };
        match column {
            Column::SelfTime => Cell::Duration(figures.self_ns),
            Column::TotalOuter => Cell::Duration(figures.total_outer_ns),
            Column::SelfPercent => Cell::Percent(percent(figures.self_ns, shares.self_ns)),
            _ => Cell::Percent(percent(self.row.stats.total_ns(), shares.roots_ns)),
        }
    }
}

/// Finds the durations of percentiles.
fn percentiles(row: &Row<'_>, wanted: Vec<u16>) -> Vec<(u16, i64)> {
    let quantiles: Vec<f64> = wanted.iter().map(|permille| f64::from(*permille) / 1000.0).collect();
    wanted.into_iter().zip(row.each_quantile_ns(&quantiles)).collect()
}

/// The figures that a tree has of the names of a summary.
#[derive(Debug)]
pub(super) struct Shares {
    /// The figures of each name, by its number in the summary.
    of_rows: Vec<Figures>,
    roots_ns: i128,
    self_ns: i128,
}

impl Shares {
    pub(super) fn new(tree: &CallTree, summary: &Summary) -> Self {
        let of_names = tree.figures();
        let of_row = |id| of_names.get(summary.row(id).name).copied().unwrap_or_default();
        let of_rows = (0..summary.len() as u32).map(of_row).collect();
        Self { of_rows, roots_ns: tree.roots_total_ns(), self_ns: tree.self_total_ns() }
    }
}

/// A share in percent; zero of nothing.
fn percent(part: i128, whole: i128) -> f64 {
    if whole == 0 { 0.0 } else { 100.0 * part as f64 / whole as f64 }
}

/// The order of the rows.
pub type Sort = sort::Sort<Column>;

impl Default for Sort {
    /// The largest total first.
    fn default() -> Self {
        Self { column: Column::Total, direction: Direction::Descending }
    }
}

impl Sort {
    /// Sorts ids, which are in the order of first occurrence. Equal ones stay in this order.
    pub(super) fn apply(self, ids: &mut [u32], summary: &Summary, shares: Option<&Shares>) {
        let cell = |id: u32| Values::new(id, summary, &[self.column], shares).cell(self.column);
        let direct = |order: Ordering| match self.direction {
            Direction::Ascending => order,
            Direction::Descending => order.reverse(),
        };
        if self.column.is_percentile() {
            // Percentiles are expensive: each is computed once.
            let cells: Vec<Cell<'_>> = (0..summary.len() as u32).map(cell).collect();
            ids.sort_by(|one, other| direct(order(&cells[*one as usize], &cells[*other as usize])));
        } else {
            ids.sort_by(|one, other| direct(order(&cell(*one), &cell(*other))));
        }
    }
}
