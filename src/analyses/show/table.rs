//! A trace as a table: a row for each span.

use super::time::Time;
use super::view::View;
use crate::render::table::{Cell, Column, Kind, Tabular, Unit};

impl Tabular for View {
    fn columns(&self) -> Vec<Column> {
        vec![
            Column::new("row", "row", Kind::Count),
            Column::new("parent", "parent", Kind::Count),
            Column::new("depth", "depth", Kind::Count),
            Column::new("name", "name", Kind::Text),
            Column::new("trace_id", "trace_id", Kind::Text),
            Column::new("parent_id", "parent_id", Kind::Text),
            Column::new("began", "began", Kind::Time),
            Column::new("offset_ns", "offset", Kind::Duration(Unit::Milliseconds)),
            Column::new("duration_ns", "duration", Kind::Duration(Unit::Milliseconds)),
            Column::new("self_ns", "self", Kind::Duration(Unit::Milliseconds)),
            Column::new("is_asynchronous", "asynchronous", Kind::Flag),
            Column::new("is_cut_off", "cut off", Kind::Flag),
            Column::new("outlives_parent", "outlives parent", Kind::Flag),
            Column::new("hidden_spans", "hidden spans", Kind::Count),
        ]
    }

    /// The spans that are shown, each before those below it. A row has its number, from zero, and the number of the row
    /// that it is directly below. An unfinished span has no duration.
    fn rows(&self) -> impl Iterator<Item = Vec<Cell<'_>>> {
        self.nodes.iter().zip(0..).map(|(node, row)| {
            let (span, first) = (self.span(node), self.trace.first(node.span));
            let self_ns = span.duration_ns.map(|_| span.member.self_ns);
            vec![
                Cell::Count(row),
                Cell::or_unknown(node.parent, |parent| Cell::Count(parent as u64)),
                Cell::Count(node.depth as u64),
                Cell::text(self.trace.name(node.span)),
                Cell::text(first.trace_id()),
                Cell::text(first.parent_id()),
                Cell::or_unknown(unix_us(span.begin), Cell::Time),
                Cell::Duration(span.begin - self.axis.begin),
                Cell::or_unknown(span.duration_ns, |ns| Cell::Duration(ns.into())),
                Cell::or_unknown(self_ns, |ns| Cell::Duration(ns.into())),
                Cell::Flag(span.member.is_asynchronous),
                Cell::Flag(span.is_cut_off()),
                Cell::Flag(span.member.is_outliving),
                Cell::Count(node.hidden.count as u64),
            ]
        })
    }
}

/// A time in microseconds since 1970, if these fit.
fn unix_us(time: Time) -> Option<i64> {
    i64::try_from(time.div_euclid(1000)).ok()
}
