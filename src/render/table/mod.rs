//! Tables of typed columns and cells. CSV, JSON rows, Markdown and aligned text are written from them, each in one
//! place.

pub mod csv;
pub mod json;
pub mod markdown;
mod number;
pub mod text;

use std::borrow::Cow;

use crate::render::display::Terminal;
use crate::render::input::InputAccount;
use crate::render::time::time_text;

pub(crate) use number::Number;

/// A column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    /// Its name in JSON and CSV: times carry their unit, which is nanoseconds.
    pub field: Cow<'static, str>,
    /// Its name for people.
    pub title: Cow<'static, str>,
    /// The kind of all its cells, but for unknown ones.
    pub kind: Kind,
}

impl Column {
    /// A column whose names are known to the program.
    pub const fn new(field: &'static str, title: &'static str, kind: Kind) -> Self {
        Self { field: Cow::Borrowed(field), title: Cow::Borrowed(title), kind }
    }

    /// Its name and unit, above a table for people.
    pub fn header(&self) -> String {
        match self.kind {
            Kind::Duration(Unit::Seconds) | Kind::Mean(Unit::Seconds) => format!("{} (s)", self.title),
            Kind::Duration(Unit::Milliseconds) | Kind::Mean(Unit::Milliseconds) => format!("{} (ms)", self.title),
            Kind::Percent => format!("{} (%)", self.title),
            _ => self.title.clone().into_owned(),
        }
    }
}

/// The kind of a column's cells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// [`Cell::Count`].
    Count,
    /// [`Cell::Duration`], and the unit in which people read it.
    Duration(Unit),
    /// [`Cell::Mean`], and the unit in which people read it.
    Mean(Unit),
    /// [`Cell::Percent`].
    Percent,
    /// [`Cell::Number`].
    Number,
    /// [`Cell::Numbers`].
    Numbers,
    /// [`Cell::Flag`].
    Flag,
    /// [`Cell::Time`].
    Time,
    /// [`Cell::Text`].
    Text,
}

impl Kind {
    /// Tells whether it stands to the left, as text does, and not to the right, as numbers do.
    pub fn is_left(self) -> bool {
        matches!(self, Self::Flag | Self::Time | Self::Text)
    }
}

/// The unit of a duration for people.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// For sums.
    Seconds,
    /// For single durations.
    Milliseconds,
}

/// A value, exact.
#[derive(Debug, Clone, PartialEq)]
pub enum Cell<'a> {
    /// A number of things.
    Count(u64),
    /// Nanoseconds.
    Duration(i128),
    /// Nanoseconds of a mean, or another figure that need not be whole.
    Mean(f64),
    /// Of a hundred.
    Percent(f64),
    /// Any finite number.
    Number(f64),
    /// Several whole ones.
    Numbers(Vec<i128>),
    /// Yes or no.
    Flag(bool),
    /// Microseconds since 1970, UTC; unknown where the calendar has no year of four digits.
    Time(i64),
    /// Any bytes: a trace name, an id, a word.
    Text(Cow<'a, [u8]>),
    /// There is none, or none is known.
    Unknown,
}

impl<'a> Cell<'a> {
    /// A text that is borrowed.
    pub fn text(text: &'a (impl AsRef<[u8]> + ?Sized)) -> Self {
        Self::Text(Cow::Borrowed(text.as_ref()))
    }

    /// The cell of what may be missing.
    pub fn or_unknown<T>(value: Option<T>, cell: impl FnOnce(T) -> Self) -> Self {
        value.map_or(Self::Unknown, cell)
    }

    /// The cell with its text.
    pub fn into_owned(self) -> Cell<'static> {
        match self {
            Self::Count(count) => Cell::Count(count),
            Self::Duration(ns) => Cell::Duration(ns),
            Self::Mean(ns) => Cell::Mean(ns),
            Self::Percent(percent) => Cell::Percent(percent),
            Self::Number(number) => Cell::Number(number),
            Self::Numbers(numbers) => Cell::Numbers(numbers),
            Self::Flag(flag) => Cell::Flag(flag),
            Self::Time(us) => Cell::Time(us),
            Self::Text(text) => Cell::Text(Cow::Owned(text.into_owned())),
            Self::Unknown => Cell::Unknown,
        }
    }

    /// As people read it under its column's [header](Column::header), its text as `escape` shows it.
    fn show(&self, kind: Kind, escape: impl FnOnce(&[u8]) -> String) -> String {
        let unit = match kind {
            Kind::Duration(Unit::Seconds) | Kind::Mean(Unit::Seconds) => 1e9,
            _ => 1e6,
        };
        match self {
            Self::Count(count) => count.to_string(),
            Self::Duration(ns) => format!("{:.3}", *ns as f64 / unit),
            Self::Mean(ns) => format!("{:.3}", ns / unit),
            Self::Percent(percent) => format!("{percent:.2}"),
            Self::Number(number) => Number(*number).to_string(),
            Self::Numbers(numbers) => several(numbers),
            Self::Flag(flag) => yes_or_no(*flag).to_owned(),
            Self::Time(us) => time_text(*us).unwrap_or_else(|| UNKNOWN.to_owned()),
            Self::Text(text) => escape(text),
            Self::Unknown => UNKNOWN.to_owned(),
        }
    }

    fn show_plainly(&self, kind: Kind) -> String {
        self.show(kind, |text| Terminal(text).to_string())
    }
}

/// An unknown value, for people.
const UNKNOWN: &str = "-";

/// Numbers with a blank between them.
fn several(numbers: &[i128]) -> String {
    numbers.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ")
}

fn yes_or_no(flag: bool) -> &'static str {
    if flag { "yes" } else { "no" }
}

/// A table that owns all that is in it.
#[derive(Debug, Clone, PartialEq)]
pub struct Table {
    /// The columns, in their order.
    pub columns: Vec<Column>,
    /// The cells of each row, one for each column.
    pub rows: Vec<Vec<Cell<'static>>>,
}

/// A result that can be written as a table.
///
/// Renderers take the rows one by one: those of a million names, with all columns, are some hundreds of megabytes as a
/// [`Table`], and there is no need for more than one of them at a time.
///
/// ```
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use tracerank::analyses::report::{Options, Report};
/// use tracerank::engine::Engine;
/// use tracerank::render::table::{Cell, Tabular};
/// use tracerank_summary::Wanted;
///
/// let log = std::fs::read("testdata/corpus/basic.log")?;
/// let (summary, account) = Engine::default().scan_bytes(&log, 0..log.len(), Wanted::ALL);
/// let table = Report::new(summary, account, &Options::default(), None).table();
/// assert_eq!(table.columns[0].field, "total_ns");
/// assert!(matches!(table.rows[0][0], Cell::Duration(ns) if ns > 0));
/// # Ok(())
/// # }
/// ```
pub trait Tabular {
    /// The columns, in their order.
    fn columns(&self) -> Vec<Column>;

    /// The rows, in their order, each made when it is asked for.
    fn rows(&self) -> impl Iterator<Item = Vec<Cell<'_>>>;

    /// The account of the one input that it was made of, which stands in JSON before the rows.
    fn input(&self) -> Option<&InputAccount> {
        None
    }

    /// All of it.
    fn table(&self) -> Table {
        let own = |row: Vec<Cell<'_>>| row.into_iter().map(Cell::into_owned).collect();
        Table { columns: self.columns(), rows: self.rows().map(own).collect() }
    }
}

impl Tabular for Table {
    fn columns(&self) -> Vec<Column> {
        self.columns.clone()
    }

    fn rows(&self) -> impl Iterator<Item = Vec<Cell<'_>>> {
        self.rows.iter().cloned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::{Renderer, Style};

    /// A column and a cell of each kind, a row without any, and a text that each output has to escape in its way.
    fn table() -> Table {
        let columns = vec![
            Column::new("count", "count", Kind::Count),
            Column::new("total_ns", "total", Kind::Duration(Unit::Seconds)),
            Column::new("avg_ns", "avg", Kind::Mean(Unit::Milliseconds)),
            Column::new("share", "share", Kind::Percent),
            Column::new("ratio", "ratio", Kind::Number),
            Column::new("counts", "counts", Kind::Numbers),
            Column::new("fails", "fails", Kind::Flag),
            Column::new("began", "began", Kind::Time),
            Column::new("name", "name", Kind::Text),
        ];
        let known = vec![
            Cell::Count(7),
            Cell::Duration(1_500_000_000),
            Cell::Mean(2_500_000.5),
            Cell::Percent(12.345),
            Cell::Number(2.0),
            Cell::Numbers(vec![3, -4]),
            Cell::Flag(true),
            Cell::Time(1_582_790_665_954_502),
            Cell::text(b"=a|b\xff").into_owned(),
        ];
        let unknown = columns.iter().map(|_| Cell::Unknown).collect();
        Table { columns, rows: vec![known, unknown] }
    }

    fn written(renderer: &Renderer<Table>) -> String {
        let mut out = Vec::new();
        (renderer.write)(&table(), &Style::PLAIN, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn text_is_aligned() {
        assert_eq!(
            written(&text::renderer()),
            "count  total (s)  avg (ms)  share (%)  ratio  counts  fails  began                       name\n    \
             7      1.500     2.500      12.35      2    3 -4  yes    2020-02-27T08:04:25.954502  =a|b\\xff\n    \
             -          -         -          -      -       -  -      -                           -\n"
        );
    }

    #[test]
    fn csv_has_exact_values_and_no_formula() {
        assert_eq!(
            written(&csv::renderer()),
            "count,total_ns,avg_ns,share,ratio,counts,fails,began,name\n\
             7,1500000000,2500000.5,12.345,2,3 -4,yes,2020-02-27T08:04:25.954502,'=a|b\\xff\n\
             ,,,,,,,,\n"
        );
    }

    #[test]
    fn json_has_types_and_the_bytes_of_what_is_no_text() {
        assert_eq!(
            written(&json::renderer()),
            "{\"schema\":1,\"rows\":[\n\
             {\"count\":7,\"total_ns\":1500000000,\"avg_ns\":2500000.5,\"share\":12.345,\"ratio\":2,\"counts\":[3,-4],\"fails\":true,\
             \"began\":\"2020-02-27T08:04:25.954502\",\"name\":\"=a|b\\\\xff\",\"name_hex\":\"3d617c62ff\"},\n\
             {\"count\":null,\"total_ns\":null,\"avg_ns\":null,\"share\":null,\"ratio\":null,\"counts\":null,\"fails\":null,\
             \"began\":null,\"name\":null}\n]}\n"
        );
    }

    #[test]
    fn markdown_says_which_columns_stand_to_the_left() {
        let markdown = written(&markdown::renderer());
        let lines: Vec<&str> = markdown.lines().collect();
        assert_eq!(lines[1], "| ---: | ---: | ---: | ---: | ---: | ---: | --- | --- | --- |");
        assert!(lines[2].ends_with(r"| 2020-02-27T08:04:25.954502 | =a\|b\\xff |"), "{markdown}");
    }
}
