//! A comparison for spreadsheets and data frames: a row for each name, with the figures of the JSON form.

use std::io::{self, Write};

use super::Options;
use super::json::{Figures, Number, field};
use crate::analyses::diff::compare::Change;
use crate::analyses::diff::estimate::Measure;
use crate::analyses::diff::names::{Diff, Named};
use crate::analyses::diff::verdict::Calls;
use crate::analyses::report::csv::{plain, writer};
use crate::render::escape;

/// What there is of each measure.
const FIGURES: [&str; 8] = ["base", "new", "ratio", "low", "high", "p", "adjusted_p", "shift"];

pub(super) fn write(diff: &Diff, options: &Options, out: &mut dyn Write) -> io::Result<()> {
    let mut writer = writer(out);
    writer.write_record(header()).map_err(plain)?;
    for named in diff.shown(options) {
        writer.write_record(row(named)).map_err(plain)?;
    }
    writer.flush()
}

fn header() -> impl Iterator<Item = String> {
    let own = ["name", "verdict", "calls", "count_base", "count_new", "total_ns_base", "total_ns_new"];
    let of_measures =
        Measure::ALL.into_iter().flat_map(|measure| FIGURES.map(|what| format!("{}_{what}", field(measure))));
    own.into_iter().map(str::to_owned).chain(of_measures)
}

fn row(named: &Named) -> impl Iterator<Item = String> {
    let own = [
        escape::csv(&named.name),
        named.comparison.verdict.as_str().to_owned(),
        named.comparison.calls.map_or("", Calls::as_str).to_owned(),
        several(&named.base_counts),
        named.new_count.to_string(),
        several(&named.base_totals_ns),
        named.new_total_ns.to_string(),
    ];
    own.into_iter().chain(Measure::ALL.into_iter().flat_map(|measure| figures(&named.comparison[measure])))
}

/// The numbers of several bases, with a blank between them.
fn several(numbers: &[impl ToString]) -> String {
    numbers.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ")
}

fn figures(change: &Change) -> [String; FIGURES.len()] {
    let Figures { base, new, ratio, low, high, p, adjusted_p, shift } = Figures::new(change);
    let number = |number: Option<Number>| number.map_or_else(String::new, |number| number.to_string());
    let shift = shift.unwrap_or_default().to_owned();
    let [base, new, ratio, low, high, p, adjusted_p] = [base, new, ratio, low, high, p, adjusted_p].map(number);
    [base, new, ratio, low, high, p, adjusted_p, shift]
}
