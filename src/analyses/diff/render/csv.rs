//! A comparison for spreadsheets and data frames: a row for each name, with the figures of the JSON form.

use super::View;
use super::json::field;
use crate::analyses::diff::compare::{Certainty, Change};
use crate::analyses::diff::estimate::Measure;
use crate::analyses::diff::verdict::{Calls, Shift};
use crate::render::Renderer;
use crate::render::table::{self, Cell, Column, Kind, Tabular, Unit};

pub(super) const RENDERER: Renderer<View> = Renderer {
    help: "With a header and a row for each name; the figures of the JSON form. Names are as in text, with an apostrophe before what a spreadsheet would take for a formula",
    ..table::csv::renderer()
};

/// What there is of each measure.
const FIGURES: [(&str, Kind); 8] = [
    ("base", Kind::Number),
    ("new", Kind::Number),
    ("ratio", Kind::Number),
    ("low", Kind::Number),
    ("high", Kind::Number),
    ("p", Kind::Number),
    ("adjusted_p", Kind::Number),
    ("shift", Kind::Text),
];

impl Tabular for View {
    fn columns(&self) -> Vec<Column> {
        let own = [
            ("name", Kind::Text),
            ("verdict", Kind::Text),
            ("calls", Kind::Text),
            ("count_base", Kind::Numbers),
            ("count_new", Kind::Count),
            ("total_ns_base", Kind::Numbers),
            ("total_ns_new", Kind::Duration(Unit::Milliseconds)),
        ];
        let own = own.into_iter().map(|(name, kind)| Column::new(name, name, kind));
        let of_measures = Measure::ALL.into_iter().flat_map(|measure| {
            FIGURES.map(|(what, kind)| {
                let name = format!("{}_{what}", field(measure));
                Column { field: name.clone().into(), title: name.into(), kind }
            })
        });
        own.chain(of_measures).collect()
    }

    /// A row for each name that is shown. Of counts and totals in bases there is one number for each base.
    fn rows(&self) -> impl Iterator<Item = Vec<Cell<'_>>> {
        self.shown().iter().map(|named| {
            let own = [
                Cell::text(&named.name),
                Cell::text(named.comparison.verdict.as_str()),
                Cell::or_unknown(named.comparison.calls, |calls| Cell::text(Calls::as_str(calls))),
                Cell::Numbers(named.base_counts.iter().map(|count| i128::from(*count)).collect()),
                Cell::Count(named.new_count),
                Cell::Numbers(named.base_totals_ns.clone()),
                Cell::Duration(named.new_total_ns),
            ];
            own.into_iter().chain(Measure::ALL.into_iter().flat_map(|of| figures(&named.comparison[of]))).collect()
        })
    }
}

fn figures(change: &Change) -> [Cell<'static>; FIGURES.len()] {
    let number = |number: Option<f64>| Cell::or_unknown(number, Cell::Number);
    let certain = |figure: fn(&Certainty) -> f64| number(change.certainty.as_ref().map(figure));
    [
        number(change.base),
        number(change.new),
        number(change.ratio),
        certain(|certainty| certainty.low),
        certain(|certainty| certainty.high),
        certain(|certainty| certainty.p),
        number(change.adjusted_p),
        Cell::or_unknown(change.shift, |shift| Cell::text(Shift::as_str(shift))),
    ]
}
