//! The tree for people.

use std::io::{self, Write};

use super::{Omitted, Part, Siblings, View, percent};
use crate::render::display::Terminal;
use crate::render::style::{Paint, Tone};
use crate::render::{Audience, Renderer, Style};
use crate::spans::TreeNode;

pub(super) const RENDERER: Renderer<View> = Renderer {
    name: "text",
    help: "A line for each path; sums in seconds, other times in milliseconds",
    audience: Audience::Terminal,
    write,
};

/// Paths of at least this share are highlighted, in percent.
const MUCH: f64 = 10.0;
/// Paths below this share are faint.
const LITTLE: f64 = 1.0;

/// The largest number of levels that are told by an indentation: a line is no longer than that, however deep it is.
const INDENTED: usize = 64;

/// The lines that are still to be written below a path.
struct Level<'a> {
    rest: Siblings<'a>,
    /// The length of the lines before names of this level.
    before: usize,
}

fn write(view: &View, style: &Style, out: &mut dyn Write) -> io::Result<()> {
    let paint = style.paint();
    writeln!(out, "{}", paint.tone(Tone::Faint, whole(view)))?;
    let titles = figures(["subtree (s)", "%", "self (s)", "total (s)", "count", "avg (ms)", "max (ms)"]);
    writeln!(out, "{}", paint.tone(Tone::Faint, format!("{titles}  name")))?;
    let mut before = String::new();
    let mut open = vec![Level { rest: view.below(None), before: 0 }];
    while let Some(level) = open.last_mut() {
        let Some(at) = level.rest.next() else {
            open.pop();
            continue;
        };
        before.truncate(level.before);
        if view.is_hidden[at] {
            // What stands after it is smaller, or as deep.
            let hidden = std::iter::once(at).chain(level.rest.by_ref());
            write_hidden(view, paint, &before, hidden, out)?;
            continue;
        }
        let (own, below) = lines(open.len() - 1, level_is_over(&open));
        write_place(view, paint, at, &format!("{before}{own}"), out)?;
        before.push_str(below);
        open.push(Level { rest: view.below(Some(at)), before: before.len() });
    }
    Ok(())
}

fn level_is_over(open: &[Level<'_>]) -> bool {
    open.last().is_none_or(|level| level.rest.is_empty())
}

/// Says what shares are of.
fn whole(view: &View) -> String {
    let seconds = view.subtrees_ns as f64 / 1e9;
    let of_all = match view.part {
        Part::All => String::new(),
        Part::Below(_) | Part::Above(_) => {
            format!(", which is {:.2}% of all self time", percent(view.subtrees_ns, view.self_ns))
        }
    };
    format!("100% is {}: {seconds:.3} s{of_all}", view.whole())
}

/// Aligns the figures of a line.
fn figures([subtree, percent, own, total, count, average, longest]: [&str; 7]) -> String {
    format!("{subtree:>11} {percent:>8} {own:>10} {total:>10} {count:>9} {average:>10} {longest:>10}")
}

fn seconds(ns: i128) -> String {
    format!("{:.3}", ns as f64 / 1e9)
}

/// The lines before a name, and those before the names below it, after those that the level has in common.
fn lines(depth: usize, is_last: bool) -> (String, &'static str) {
    if depth == 0 {
        return (String::new(), "");
    }
    let (own, below) = if is_last { ("└─ ", "   ") } else { ("├─ ", "│  ") };
    if depth < INDENTED { (own.to_owned(), below) } else { (format!("{own}(level {}) ", depth + 1), "") }
}

fn write_place(view: &View, paint: Paint, at: usize, lines: &str, out: &mut dyn Write) -> io::Result<()> {
    let TreeNode { count, total_ns, self_ns, subtree_ns, max_ns, asynchronous, ref name, .. } = view.places[at];
    let percent = view.percent(subtree_ns);
    let milliseconds = |ns: f64| format!("{:.3}", ns / 1e6);
    let figures = figures([
        &seconds(subtree_ns),
        &format!("{percent:.2}%"),
        &seconds(self_ns),
        &seconds(total_ns),
        &count.to_string(),
        &if count > 0 { milliseconds(total_ns as f64 / count as f64) } else { "-".to_owned() },
        &max_ns.map_or("-".to_owned(), |ns| milliseconds(ns as f64)),
    ]);
    let tone = if percent >= MUCH {
        Tone::Strong
    } else if percent < LITTLE {
        Tone::Faint
    } else {
        Tone::Plain
    };
    let (lines, name) = (paint.tone(Tone::Faint, lines), paint.tone(tone, Terminal(name)));
    let how = match asynchronous {
        0 => String::new(),
        all if all == count => "  async".to_owned(),
        some => format!("  async {some} of {count}"),
    };
    writeln!(out, "{}  {lines}{name}{}", paint.tone(tone, figures), paint.tone(Tone::Faint, how))
}

/// Writes a line for the paths left out below a path.
fn write_hidden(
    view: &View,
    paint: Paint,
    before: &str,
    hidden: impl Iterator<Item = usize>,
    out: &mut dyn Write,
) -> io::Result<()> {
    let (mut total_ns, mut self_ns, mut count) = (0, 0, 0);
    let Omitted { paths, subtree_ns } = view.sum(hidden.inspect(|at| {
        total_ns += view.places[*at].total_ns;
        // Those further below are a part of it.
        let end = if view.is_inverted() { at + 1 } else { view.ends[*at] };
        for place in &view.places[*at..end] {
            self_ns += place.self_ns;
            count += place.count;
        }
    }));
    let percent = format!("{:.2}%", view.percent(subtree_ns));
    let figures =
        figures([&seconds(subtree_ns), &percent, &seconds(self_ns), &seconds(total_ns), &count.to_string(), "", ""]);
    let plural = if paths == 1 { "" } else { "s" };
    writeln!(out, "{}", paint.tone(Tone::Faint, format!("{figures}  {before}└─ … {paths} path{plural} more")))
}
