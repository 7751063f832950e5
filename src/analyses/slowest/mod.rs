//! The list of the slowest spans or requests, or of unfinished spans: a row for each.

mod first;
mod ranking;
mod requests;
mod unfinished;

pub use ranking::{Measure, Ranking, SlowSpan};
pub use requests::SlowGroup;
pub use unfinished::OpenSpan;

use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use super::sort::{Direction, SortKey};
use crate::render::input::InputAccount;
use crate::render::table::{self, Cell, Column, Kind, Tabular, Unit};
use crate::render::{Model, Renderer};

/// The rows of a list, ready to be written.
#[derive(Debug)]
pub struct Listing {
    /// The rows.
    pub rows: Rows,
    /// The account of the input.
    pub input: InputAccount,
}

/// Rows of one kind, in their order.
#[derive(Debug)]
pub enum Rows {
    /// The first spans of a ranking.
    Spans(Vec<SlowSpan>),
    /// The first trace groups of a ranking.
    Groups(Vec<SlowGroup>),
    /// Unfinished spans, and the inputs by number.
    Unfinished(Vec<OpenSpan>, Vec<PathBuf>),
}

impl Rows {
    /// Tells whether there is none.
    pub fn is_empty(&self) -> bool {
        match self {
            Self::Spans(spans) => spans.is_empty(),
            Self::Groups(groups) => groups.is_empty(),
            Self::Unfinished(spans, _) => spans.is_empty(),
        }
    }
}

impl Model for Listing {
    const RENDERERS: &'static [Renderer<Self>] =
        &[table::text::renderer(), table::json::renderer(), table::csv::renderer(), table::markdown::renderer()];
}

const TIMESTAMP: Column = Column::new("timestamp", "timestamp", Kind::Time);
const DURATION: Column = Column::new("duration_ns", "duration", Kind::Duration(Unit::Milliseconds));
const SELF: Column = Column::new("self_ns", "self", Kind::Duration(Unit::Milliseconds));
const BASE_ID: Column = Column::new("base_id", "base_id", Kind::Text);
const TRACE_ID: Column = Column::new("trace_id", "trace_id", Kind::Text);
const NAME: Column = Column::new("name", "name", Kind::Text);

impl Tabular for Listing {
    fn columns(&self) -> Vec<Column> {
        let count = |field, title| Column::new(field, title, Kind::Count);
        match &self.rows {
            Rows::Spans(_) => {
                vec![TIMESTAMP, DURATION, SELF, count("spans_below", "spans below"), BASE_ID, TRACE_ID, NAME]
            }
            Rows::Groups(_) => vec![TIMESTAMP, DURATION, SELF, count("spans", "spans"), BASE_ID, NAME],
            Rows::Unfinished(..) => {
                vec![TIMESTAMP, BASE_ID, TRACE_ID, Column::new("place", "input:line", Kind::Text), NAME]
            }
        }
    }

    fn rows(&self) -> impl Iterator<Item = Vec<Cell<'_>>> {
        let rows: Box<dyn Iterator<Item = Vec<Cell<'_>>>> = match &self.rows {
            Rows::Spans(spans) => Box::new(spans.iter().map(span_cells)),
            Rows::Groups(groups) => Box::new(groups.iter().map(group_cells)),
            Rows::Unfinished(spans, inputs) => Box::new(spans.iter().map(|span| open_cells(span, inputs))),
        };
        rows
    }

    fn input(&self) -> Option<&InputAccount> {
        Some(&self.input)
    }
}

fn span_cells(span: &SlowSpan) -> Vec<Cell<'_>> {
    vec![
        Cell::Time(span.began_us),
        Cell::Duration(span.duration_ns.into()),
        Cell::Duration(span.self_ns.into()),
        Cell::Count(span.spans_below.into()),
        Cell::text(&span.base_id),
        Cell::text(&span.trace_id),
        Cell::text(&span.name),
    ]
}

fn group_cells(group: &SlowGroup) -> Vec<Cell<'_>> {
    vec![
        Cell::Time(group.began_us),
        Cell::Duration(group.duration_ns.into()),
        Cell::Duration(group.self_ns),
        Cell::Count(group.spans),
        Cell::text(&group.base_id),
        Cell::text(&group.name),
    ]
}

fn open_cells<'a>(span: &'a OpenSpan, inputs: &[PathBuf]) -> Vec<Cell<'a>> {
    let path = inputs.get(span.source).map_or_else(|| Path::new(""), PathBuf::as_path);
    let place = [path.as_os_str().as_bytes(), format!(":{}", span.line).as_bytes()].concat();
    vec![
        Cell::Time(span.began_us),
        Cell::text(&span.base_id),
        Cell::text(&span.trace_id),
        Cell::Text(place.into()),
        Cell::text(&span.name),
    ]
}

impl SortKey for Measure {
    fn all() -> impl Iterator<Item = (&'static str, Self)> {
        let all = [
            ("duration", Self::Duration),
            ("self", Self::SelfTime),
            ("below", Self::SpansBelow),
            ("timestamp", Self::Timestamp),
        ];
        all.into_iter()
    }

    /// Timestamps ascend and all else descends.
    fn usual_direction(self) -> Direction {
        if self == Self::Timestamp { Direction::Ascending } else { Direction::Descending }
    }
}
