//! A gate's answer as a table: a row for each finding, with the fields of JSON.

use super::Gate;
use super::finding::Numbers;
use crate::render::table::{Cell, Column, Kind, Tabular};

impl Tabular for Gate {
    fn columns(&self) -> Vec<Column> {
        vec![
            Column::new("what", "what", Kind::Text),
            Column::new("fails", "fails", Kind::Flag),
            Column::new("name", "name", Kind::Text),
            Column::new("measure", "measure", Kind::Text),
            Column::new("unit", "unit", Kind::Text),
            Column::new("base", "base", Kind::Number),
            Column::new("new", "new", Kind::Number),
            Column::new("ratio", "ratio", Kind::Number),
            Column::new("low", "low", Kind::Number),
            Column::new("high", "high", Kind::Number),
            Column::new("limit", "limit", Kind::Number),
            Column::new("budget", "budget", Kind::Text),
        ]
    }

    fn rows(&self) -> impl Iterator<Item = Vec<Cell<'_>>> {
        self.findings.iter().map(|finding| {
            let Numbers { is_time, base, new, ratio, interval, limit, budget } = finding.numbers();
            let number = |number: Option<f64>| Cell::or_unknown(number, Cell::Number);
            vec![
                Cell::text(finding.what.as_str()),
                Cell::Flag(finding.fails),
                Cell::text(&finding.name),
                Cell::or_unknown(finding.measure(), Cell::text),
                Cell::or_unknown(is_time.then_some("ns"), Cell::text),
                number(base),
                number(new),
                number(ratio),
                number(interval.map(|(low, _)| low)),
                number(interval.map(|(_, high)| high)),
                number(limit),
                Cell::or_unknown(budget, Cell::text),
            ]
        })
    }
}
