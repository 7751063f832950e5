//! The answer for programs: one object, with a line for each finding and each name.

use std::io::{self, Write};

use serde::Serialize;

use super::finding::Numbers;
use super::{Checked, Compared, Finding, Gate};
use crate::analyses::diff::render::json::{Entry, Judged, Run, Tally, Units};
use crate::render::json::{Name, write_field, write_list};
use crate::render::table::Number;
use crate::render::{Audience, Renderer, Style};

/// The version of this format. It changes when a field is removed or gets another meaning.
const SCHEMA: u32 = 1;

pub(super) const RENDERER: Renderer<Gate> = Renderer {
    name: "json",
    help: "One object: schema, outcome, findings, and all names as in tracerank diff; times in nanoseconds",
    audience: Audience::Program,
    write,
};

fn write(gate: &Gate, _: &Style, out: &mut dyn Write) -> io::Result<()> {
    let bases: Vec<Run<'_>> = gate.origins.bases.iter().map(Run::new).collect();
    write_field(out, "{\"schema\":", &SCHEMA)?;
    write_field(out, ",\"outcome\":", &gate.outcome.as_str())?;
    write_field(out, ",\"conclusion\":", &gate.conclusion())?;
    write_field(out, ",\"base\":", &bases)?;
    write_field(out, ",\"new\":", &Run::new(&gate.origins.new))?;
    write_list(out, ",\"findings\":", gate.findings.iter().map(Found::new))?;
    if let Some(compared) = &gate.compared {
        write_comparison(compared, out)?;
    }
    if let Some(limits) = &gate.limits {
        let checked = limits.names.iter().flat_map(|of| of.checked.iter().map(|checked| Held::new(&of.name, checked)));
        write_list(out, ",\"limits\":", checked)?;
    }
    write_field(out, ",\"notes\":", &gate.notes())?;
    writeln!(out, "}}")
}

/// The comparison, as `tracerank diff` writes it.
fn write_comparison(compared: &Compared, out: &mut dyn Write) -> io::Result<()> {
    let fail_on: Vec<&str> = compared.fail_on.iter().map(|measure| measure.as_str()).collect();
    write_field(out, ",\"fail_on\":", &fail_on)?;
    write_field(out, ",\"per\":", &Units::new(&compared.diff))?;
    write_field(out, ",\"settings\":", &Judged::new(&compared.diff.settings))?;
    write_list(out, ",\"names\":", compared.diff.names.iter().map(Entry::new))?;
    write_field(out, ",\"summary\":", &Tally::new(&compared.diff))
}

/// A finding. Missing numbers are null: a change has no limit, and a budget no base.
#[derive(Serialize)]
struct Found<'a> {
    what: &'static str,
    fails: bool,
    #[serde(flatten)]
    name: Name<'a>,
    measure: Option<&'static str>,
    /// The unit of base, new and limit; null for numbers of spans.
    unit: Option<&'static str>,
    base: Option<Number>,
    new: Option<Number>,
    ratio: Option<Number>,
    low: Option<Number>,
    high: Option<Number>,
    limit: Option<Number>,
    budget: Option<&'a str>,
}

impl<'a> Found<'a> {
    fn new(finding: &'a Finding) -> Self {
        let Numbers { is_time, base, new, ratio, interval, limit, budget } = finding.numbers();
        let [base, new, ratio, limit] = [base, new, ratio, limit].map(|figure| figure.map(Number));
        let (low, high) = interval.map(|(low, high)| (Number(low), Number(high))).unzip();
        Self {
            what: finding.what.as_str(),
            fails: finding.fails,
            name: Name(&finding.name),
            measure: finding.measure(),
            unit: is_time.then_some("ns"),
            base,
            new,
            ratio,
            low,
            high,
            limit,
            budget,
        }
    }
}

/// A limit that a name was checked against.
#[derive(Serialize)]
struct Held<'a> {
    #[serde(flatten)]
    name: Name<'a>,
    budget: &'a str,
    measure: &'static str,
    unit: Option<&'static str>,
    value: Option<Number>,
    limit: Number,
}

impl<'a> Held<'a> {
    fn new(name: &'a [u8], checked: &'a Checked) -> Self {
        let Checked { ref budget, limit, value } = *checked;
        Self {
            name: Name(name),
            budget: &budget.name,
            measure: limit.quantity.as_str(),
            unit: limit.quantity.is_time().then_some("ns"),
            value: value.map(Number),
            limit: Number(limit.most),
        }
    }
}
