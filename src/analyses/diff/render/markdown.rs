//! A comparison for a merge request: what it comes to, a table of the names that changed, and the rest folded away.

use std::io::{self, Write};

use super::figures::{self, NOTHING, ORDER, count};
use super::{Origin, Origins, View};
use crate::analyses::diff::measure::Measure;
use crate::analyses::diff::names::{Diff, Named, Per};
use crate::render::display::Shown;
use crate::render::table::markdown::{write_head, write_line};
use crate::render::{Audience, Renderer, Style, escape};

pub(super) const RENDERER: Renderer<View> = Renderer {
    name: "markdown",
    help: "Table for a merge request: the names that changed, with the others folded away",
    audience: Audience::Page,
    write,
};

fn write(view: &View, _: &Style, out: &mut dyn Write) -> io::Result<()> {
    let View { diff, origins, .. } = view;
    writeln!(out, "**{}**\n", figures::tally(diff))?;
    write_origins(diff, origins, out)?;
    let (changed, same): (Vec<&Named>, Vec<&Named>) = view.shown().iter().partition(|named| named.is_changed());
    if !changed.is_empty() {
        writeln!(out)?;
        write_table(diff, &changed, out)?;
    }
    if !same.is_empty() {
        let names = if same.len() == 1 { "name" } else { "names" };
        let what = format!("{} {names} without a change, or with too little data to tell", count(same.len() as u64));
        writeln!(out, "\n<details>\n<summary>{what}</summary>\n")?;
        write_table(diff, &same, out)?;
        writeln!(out, "\n</details>")?;
    }
    let hidden = diff.names.len() - changed.len() - same.len();
    if hidden > 0 {
        writeln!(out, "\n… and {} more, whose total changed less", count(hidden as u64))?;
    }
    writeln!(out, "\n{}", figures::share(diff))?;
    diff.notes().iter().try_for_each(|note| writeln!(out, "{note}"))
}

fn write_origins(diff: &Diff, origins: &Origins, out: &mut dyn Write) -> io::Result<()> {
    let line = |label: &str, origin: &Origin, units: u64| {
        let path = escape::markdown(Shown(&origin.path).to_string().as_bytes());
        format!(
            "- {label}: {path} ({} spans, {} {}s)",
            count(origin.account.spans),
            count(units),
            figures::unit(&diff.per)
        )
    };
    for (base, units) in origins.bases.iter().zip(&diff.base_units) {
        writeln!(out, "{}", line("base", base, *units))?;
    }
    writeln!(out, "{}", line("new", &origins.new, diff.new_units))?;
    match &diff.per {
        Per::Root => Ok(()),
        Per::Name(name) => writeln!(out, "- a unit is a span of {}", escape::markdown(name)),
    }
}

/// Writes a table of names.
pub(crate) fn write_table(diff: &Diff, names: &[&Named], out: &mut dyn Write) -> io::Result<()> {
    let unit = figures::unit(&diff.per);
    let of_measures = ORDER.map(|measure| match measure {
        Measure::Total => format!("total per {unit} (ms)"),
        Measure::Calls => format!("calls per {unit}"),
        _ => format!("{} (ms)", measure.as_str()),
    });
    let of_names = ["name", "verdict"].map(|header| (header.to_owned(), true));
    let figures = of_measures.into_iter().chain(["count".to_owned()]).map(|header| (header, false));
    write_head(out, of_names.into_iter().chain(figures))?;
    names.iter().try_for_each(|named| write_line(out, row(named)))
}

fn row(named: &Named) -> impl Iterator<Item = String> {
    let besides = [figures::calls(named), figures::below_floor(named)].into_iter().flatten().map(str::to_owned);
    let verdict: Vec<String> = [figures::verdict(named.comparison.verdict)].into_iter().chain(besides).collect();
    let counts = format!("{} → {}", figures::counts(&named.base_counts), count(named.new_count));
    let own = [escape::markdown(&named.name), verdict.join(", ")];
    own.into_iter().chain(ORDER.map(|measure| cell(named, measure))).chain([counts])
}

/// Both figures, and beneath them the change with its interval; in bold if it is one.
fn cell(named: &Named, measure: Measure) -> String {
    let change = &named.comparison[measure];
    if change.base.is_none() && change.new.is_none() {
        return NOTHING.to_owned();
    }
    let both = format!("{} → {}", figures::value(measure, change.base), figures::value(measure, change.new));
    let Some(ratio) = change.ratio.map(figures::change_percent) else { return both };
    let interval = change.certainty.map_or_else(String::new, |certainty| {
        format!(" ({} … {})", figures::change_percent(certainty.low), figures::change_percent(certainty.high))
    });
    let ratio = if change.shift.is_some() { format!("**{ratio} %**") } else { format!("{ratio} %") };
    format!("{both}<br>{ratio}{interval}")
}
