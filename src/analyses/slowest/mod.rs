//! The list of the slowest spans: a row for each.

mod ranking;

pub use ranking::{Measure, Ranking, SlowSpan};

use super::sort::{Direction, SortKey};
use crate::render::input::InputAccount;
use crate::render::table::{self, Cell, Column, Kind, Tabular, Unit};
use crate::render::{Model, Renderer};

/// The rows of a ranking of spans, ready to be written.
#[derive(Debug)]
pub struct Listing {
    /// The spans, in their order.
    pub spans: Vec<SlowSpan>,
    /// The account of the input.
    pub input: InputAccount,
}

impl Model for Listing {
    const RENDERERS: &'static [Renderer<Self>] =
        &[table::text::renderer(), table::json::renderer(), table::csv::renderer(), table::markdown::renderer()];
}

impl Tabular for Listing {
    fn columns(&self) -> Vec<Column> {
        vec![
            Column::new("timestamp", "timestamp", Kind::Time),
            Column::new("duration_ns", "duration", Kind::Duration(Unit::Milliseconds)),
            Column::new("self_ns", "self", Kind::Duration(Unit::Milliseconds)),
            Column::new("spans_below", "spans below", Kind::Count),
            Column::new("base_id", "base_id", Kind::Text),
            Column::new("trace_id", "trace_id", Kind::Text),
            Column::new("name", "name", Kind::Text),
        ]
    }

    fn rows(&self) -> impl Iterator<Item = Vec<Cell<'_>>> {
        self.spans.iter().map(|span| {
            vec![
                Cell::Time(span.began_us),
                Cell::Duration(span.duration_ns.into()),
                Cell::Duration(span.self_ns.into()),
                Cell::Count(span.spans_below.into()),
                Cell::text(&span.base_id),
                Cell::text(&span.trace_id),
                Cell::text(&span.name),
            ]
        })
    }

    fn input(&self) -> Option<&InputAccount> {
        Some(&self.input)
    }
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
