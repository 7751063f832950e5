//! A comparison for spreadsheets and data frames: a row for each name, with the figures of the JSON form.

use super::View;
use super::json::field;
use crate::analyses::diff::compare::Change;
use crate::analyses::diff::measure::Measure;
use crate::render::Renderer;
use crate::render::table::{self, Cell, Column, Kind, Tabular, Unit};

pub(super) const RENDERER: Renderer<View> = Renderer {
    help: "A header, then a row for each name with the figures of the JSON output. Names are escaped as in text; \
           an apostrophe stands before a name that a spreadsheet would take for a formula",
    ..table::csv::renderer()
};

/// A figure of a measure.
type Figure = fn(&Change) -> Cell<'static>;

/// All figures of each measure, as in JSON.
const FIGURES: [(&str, Kind, Figure); 8] = [
    ("base", Kind::Number, |change| number(change.base)),
    ("new", Kind::Number, |change| number(change.new)),
    ("ratio", Kind::Number, |change| number(change.ratio)),
    ("low", Kind::Number, |change| number(change.certainty.map(|certainty| certainty.low))),
    ("high", Kind::Number, |change| number(change.certainty.map(|certainty| certainty.high))),
    ("p", Kind::Number, |change| number(change.certainty.map(|certainty| certainty.p))),
    ("adjusted_p", Kind::Number, |change| number(change.adjusted_p)),
    ("shift", Kind::Text, |change| Cell::or_unknown(change.shift, |shift| Cell::text(shift.as_str()))),
];

fn number(number: Option<f64>) -> Cell<'static> {
    Cell::or_unknown(number, Cell::Number)
}

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
            FIGURES.map(|(what, kind, _)| {
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
                Cell::or_unknown(named.comparison.calls, |calls| Cell::text(calls.as_str())),
                Cell::Numbers(named.base_counts.iter().map(|count| i128::from(*count)).collect()),
                Cell::Count(named.new_count),
                Cell::Numbers(named.base_totals_ns.clone()),
                Cell::Duration(named.new_total_ns),
            ];
            let changes = Measure::ALL.into_iter().map(|measure| &named.comparison[measure]);
            own.into_iter().chain(changes.flat_map(|change| FIGURES.map(|(.., figure)| figure(change)))).collect()
        })
    }
}
