//! A comparison for people: who was compared, a block for each name, and in the end what it comes to.

use std::io::{self, Write};

use super::figures::{self, NOTHING, ORDER, count};
use super::{Origin, Origins, View};
use crate::analyses::diff::measure::Measure;
use crate::analyses::diff::names::{Diff, Named, Per};
use crate::analyses::diff::verdict::{Shift, Verdict};
use crate::render::display::{Shown, Terminal};
use crate::render::style::{Paint, Tone};
use crate::render::{Audience, Renderer, Style};

pub(super) const RENDERER: Renderer<View> = Renderer {
    name: "text",
    help: "A block for each name; times in milliseconds",
    audience: Audience::Terminal,
    write,
};

fn write(view: &View, style: &Style, out: &mut dyn Write) -> io::Result<()> {
    let View { diff, origins, .. } = view;
    let look = Look { unit: figures::unit(&diff.per), paint: style.paint() };
    write_head(diff, origins, out)?;
    let shown = view.shown();
    for named in shown {
        writeln!(out)?;
        write_block(named, look, out)?;
    }
    writeln!(out)?;
    write_hidden(diff.names.len() - shown.len(), out)?;
    write_changed(shown, look, out)?;
    write_tail(diff, look, out)
}

/// The look of blocks.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Look {
    /// The divisor of totals and calls, in a word.
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

fn write_hidden(hidden: usize, out: &mut dyn Write) -> io::Result<()> {
    match hidden {
        0 => Ok(()),
        1 => writeln!(out, "… and 1 more name, whose total changed less\n"),
        _ => writeln!(out, "… and {} more names, whose total changed less\n", count(hidden as u64)),
    }
}

/// Names what changed once more, where the blocks have run off the screen.
fn write_changed(shown: &[Named], look: Look, out: &mut dyn Write) -> io::Result<()> {
    const A_SCREEN: usize = 4;
    if shown.len() <= A_SCREEN || !shown.iter().any(Named::is_changed) {
        return Ok(());
    }
    writeln!(out, "What changed:")?;
    shown.iter().filter(|named| named.is_changed()).try_for_each(|named| write_title(named, look, out))?;
    writeln!(out)
}

fn write_tail(diff: &Diff, look: Look, out: &mut dyn Write) -> io::Result<()> {
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

/// Writes the verdict of the name, the name, and the size of the change.
fn write_title(named: &Named, look: Look, out: &mut dyn Write) -> io::Result<()> {
    write!(out, "{} {}", label(named, look), look.paint.tone(Tone::Strong, Terminal(&named.name)))?;
    let [total, calls] = [Measure::Total, Measure::Calls].map(|measure| {
        let ratio = named.comparison[measure].ratio.map(figures::change_percent);
        ratio.map(|percent| format!("{percent} %"))
    });
    // Beside "no change" it would be taken for one.
    let is_certain = !matches!(named.comparison.verdict, Verdict::NoChange | Verdict::TooLittleData);
    if let Some(cost) = named.cost_ns().filter(|_| is_certain) {
        write!(out, "  {} ms/{}", figures::cost(cost), look.unit)?;
        total.map_or(Ok(()), |percent| write!(out, " ({percent})"))?;
    } else if let Some(percent) = calls.filter(|_| figures::calls(named).is_some()) {
        write!(out, "  {percent} calls/{}", look.unit)?;
    }
    figures::below_floor(named).map_or(Ok(()), |below| write!(out, ", {below}"))?;
    writeln!(out)
}

/// The verdict on time, and that on calls; if only that on calls is one, it stands alone.
fn label(named: &Named, look: Look) -> String {
    let (verdict, calls) = (named.comparison.verdict, figures::calls(named));
    let tone = match verdict {
        Verdict::Slower => Tone::Bad,
        Verdict::Faster => Tone::Good,
        Verdict::New | Verdict::Gone => Tone::Odd,
        Verdict::NoChange | Verdict::TooLittleData => Tone::Faint,
    };
    let of_time = Some(figures::verdict(verdict)).filter(|_| calls.is_none() || verdict != Verdict::NoChange);
    let of_time = of_time.map(|verdict| look.paint.tone(tone, verdict).to_string());
    let of_calls = calls.map(|calls| look.paint.tone(Tone::Odd, calls).to_string());
    let labels: Vec<String> = of_time.into_iter().chain(of_calls).collect();
    labels.join(", ") + ":"
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
