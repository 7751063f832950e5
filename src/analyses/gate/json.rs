//! The answer for programs: one object, a finding and a name a line.

use std::borrow::Cow;
use std::io::{self, Write};

use serde::Serialize;

use super::{About, Checked, Compared, Finding, Gate};
use crate::analyses::diff::Measure;
use crate::analyses::diff::render::json::{Entry, Figures, Judged, Run, Tally, Units, write_field};
use crate::render::table::Number;
use crate::render::{Audience, Renderer, Style, escape};

/// The version of this format; it changes when something is taken away or gets another meaning.
const SCHEMA: u32 = 1;

pub(super) const RENDERER: Renderer<Gate> = Renderer {
    name: "json",
    help: "One object: schema, outcome, findings, and all names as in tracerank diff",
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

/// A list, an item a line.
fn write_list(out: &mut dyn Write, before: &str, items: impl Iterator<Item = impl Serialize>) -> io::Result<()> {
    write!(out, "{before}[")?;
    for (at, item) in items.enumerate() {
        write_field(out, if at == 0 { "\n" } else { ",\n" }, &item)?;
    }
    write!(out, "\n]")
}

/// A finding. What it does not have is null: a change has no limit, and a budget no base.
#[derive(Serialize)]
struct Found<'a> {
    what: &'static str,
    fails: bool,
    name: Cow<'a, str>,
    /// JSON has no bytes: of a name that is no text, this is what it was.
    #[serde(skip_serializing_if = "Option::is_none")]
    name_hex: Option<String>,
    measure: Option<&'static str>,
    /// Of base, new and limit; null for numbers of spans.
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
        let Finding { what, fails, name, about } = finding;
        let (is_time, change, limit, budget) = match about {
            About::Change(measure, change, _) => (*measure != Measure::Calls, Some(change), None, None),
            About::Limit(budget, limit, _) => (limit.quantity.is_time(), None, Some(limit), Some(budget)),
            About::Budget(budget) => (false, None, None, Some(budget)),
        };
        let figures = change.map(Figures::new);
        let number = |of: fn(&Figures) -> Option<Number>| figures.as_ref().and_then(of);
        Self {
            what: what.as_str(),
            fails: *fails,
            name: escape::utf8(name),
            name_hex: hex(name),
            measure: finding.measure(),
            unit: is_time.then_some("ns"),
            base: number(|figures| figures.base),
            new: number(|figures| figures.new).or(finding.value().map(Number)),
            ratio: number(|figures| figures.ratio),
            low: number(|figures| figures.low),
            high: number(|figures| figures.high),
            limit: limit.map(|limit| Number(limit.most)),
            budget: budget.map(|budget| budget.name.as_str()),
        }
    }
}

fn hex(name: &[u8]) -> Option<String> {
    std::str::from_utf8(name).is_err().then(|| escape::hex(name))
}

/// A limit that a name was held against, kept or not.
#[derive(Serialize)]
struct Held<'a> {
    name: Cow<'a, str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    name_hex: Option<String>,
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
            name: escape::utf8(name),
            name_hex: hex(name),
            budget: &budget.name,
            measure: limit.quantity.as_str(),
            unit: limit.quantity.is_time().then_some("ns"),
            value: value.map(Number),
            limit: Number(limit.most),
        }
    }
}
