//! A comparison for people: who was compared, a block for each name, and in the end what it comes to.

use std::io::{self, Write};

use super::figures::{self, NOTHING, ORDER, count};
use super::paint::{Paint, Tone};
use super::{Options, Origin, Origins};
use crate::diff::estimate::Measure;
use crate::diff::names::{Diff, Named, Per};
use crate::diff::verdict::{Shift, Verdict};
use crate::shown::{Shown, Terminal};

pub(super) fn write(diff: &Diff, origins: &Origins, options: &Options, out: &mut dyn Write) -> io::Result<()> {
    let look = Look { unit: figures::unit(&diff.per), paint: Paint { coloured: options.coloured } };
    write_head(diff, origins, out)?;
    let shown = diff.shown(options);
    for named in shown {
        writeln!(out)?;
        write_block(named, look, out)?;
    }
    writeln!(out)?;
    write_tail(diff, diff.names.len() - shown.len(), look, out)
}

/// How blocks look.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Look {
    /// What totals and calls are divided by, in a word.
    pub(crate) unit: &'static str,
    /// The colours.
    pub(crate) paint: Paint,
}

// ---- Head and tail ----

fn write_head(diff: &Diff, origins: &Origins, out: &mut dyn Write) -> io::Result<()> {
    let units = |units: u64| match &diff.per {
        Per::Root => format!("{} roots", count(units)),
        Per::Name(_) => format!("{} units", count(units)),
    };
    for (base, of_base) in origins.bases.iter().zip(&diff.base_units) {
        write_origin("base", base, &units(*of_base), out)?;
    }
    write_origin("new ", &origins.new, &units(diff.new_units), out)?;
    let unit = match &diff.per {
        Per::Root => "a root is a span without a parent".to_owned(),
        Per::Name(name) => format!("a unit is a span of {}", Terminal(name)),
    };
    let total = format_args!("total/{}", figures::unit(&diff.per));
    writeln!(out, "times in ms, largest change of {total} first; {unit}; p99 is not judged")
}

fn write_origin(label: &str, origin: &Origin, units: &str, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "{label}  {}: {} spans, {units}", Shown(&origin.path), count(origin.account.spans))
}

fn write_tail(diff: &Diff, hidden: usize, look: Look, out: &mut dyn Write) -> io::Result<()> {
    if hidden > 0 {
        let names = if hidden == 1 { "name" } else { "names" };
        writeln!(out, "… and {} more {names}, whose total changed less\n", count(hidden as u64))?;
    }
    writeln!(out, "{}", look.paint.tone(Tone::Strong, figures::tally(diff)))?;
    let tone = if diff.is_telling() { Tone::Plain } else { Tone::Odd };
    writeln!(out, "{}", look.paint.tone(tone, figures::share(diff)))?;
    diff.notes().iter().try_for_each(|note| writeln!(out, "{note}"))
}

// ---- A block ----

/// The widths of the columns: what is wider moves the rest of its row. 12 are enough for a day in milliseconds.
const LABEL: usize = 12;
const VALUE: usize = 12;
const RATIO: usize = 8;
const INTERVAL: usize = 16;

/// Writes what there is to say of one name.
pub(crate) fn write_block(named: &Named, look: Look, out: &mut dyn Write) -> io::Result<()> {
    write_title(named, look, out)?;
    let titles = format!(
        "  {:LABEL$}{:>VALUE$}{:>VALUE$}{:>RATIO$}  {:>INTERVAL$}",
        "", "base", "new", "ratio", "95 % interval"
    );
    writeln!(out, "{}", look.paint.tone(Tone::Faint, titles))?;
    ORDER.into_iter().try_for_each(|measure| write_row(named, measure, look, out))?;
    let (base, new) = (figures::counts(&named.base_counts), count(named.new_count));
    writeln!(out, "  {:LABEL$}{base:>VALUE$}{new:>VALUE$}", "count")
}

/// The verdict, the name, and what the change costs.
fn write_title(named: &Named, look: Look, out: &mut dyn Write) -> io::Result<()> {
    let verdict = named.comparison.verdict;
    let tone = match verdict {
        Verdict::Slower => Tone::Bad,
        Verdict::Faster => Tone::Good,
        Verdict::New | Verdict::Gone => Tone::Odd,
        Verdict::NoChange | Verdict::TooLittleData => Tone::Faint,
    };
    let label = look.paint.tone(tone, format_args!("{}:", figures::verdict(verdict)));
    write!(out, "{label} {}", look.paint.tone(Tone::Strong, Terminal(&named.name)))?;
    // Beside "no change" it would be taken for one.
    if let Some(cost) = named.cost_ns().filter(|_| is_certain(named)) {
        write!(out, "  {} ms/{}", figures::cost(cost), look.unit)?;
        if let Some(ratio) = named.comparison[Measure::Total].ratio {
            write!(out, " ({} %)", figures::change_percent(ratio))?;
        }
    }
    figures::besides(named).try_for_each(|besides| write!(out, ", {}", look.paint.tone(Tone::Odd, besides)))?;
    writeln!(out)
}

/// Whether the change of total time is more than what chance may have made of it.
fn is_certain(named: &Named) -> bool {
    !matches!(named.comparison.verdict, Verdict::NoChange | Verdict::TooLittleData)
}

fn write_row(named: &Named, measure: Measure, look: Look, out: &mut dyn Write) -> io::Result<()> {
    let change = &named.comparison[measure];
    let label = match measure {
        Measure::Total | Measure::Calls => format!("{}/{}", measure.as_str(), look.unit),
        _ => measure.as_str().to_owned(),
    };
    let (base, new) = (figures::value(measure, change.base), figures::value(measure, change.new));
    let ratio = change.ratio.map_or(NOTHING.to_owned(), figures::ratio);
    let interval = figures::interval(change).unwrap_or(NOTHING.to_owned());
    write!(out, "  {label:LABEL$}{base:>VALUE$}{new:>VALUE$}{ratio:>RATIO$}  {interval:>INTERVAL$}")?;
    if let Some(shift) = change.shift {
        let tone = match (measure, shift) {
            (Measure::Calls, _) => Tone::Odd,
            (_, Shift::Up) => Tone::Bad,
            (_, Shift::Down) => Tone::Good,
        };
        write!(out, "  {}", look.paint.tone(tone, figures::moved(measure, shift)))?;
    }
    writeln!(out)
}
