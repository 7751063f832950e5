//! The tree for people.

use std::io::{self, Write};

use super::View;
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

const HEADER: &str = "  total (s)  total %    self (s)     count   avg (ms)   max (ms)  ";

/// Paths of at least this share of the roots' total are highlighted, in percent.
const MUCH: f64 = 10.0;
/// Paths below this share are faint.
const LITTLE: f64 = 1.0;

fn write(view: &View, style: &Style, out: &mut dyn Write) -> io::Result<()> {
    let paint = style.paint();
    writeln!(out, "{}", paint.tone(Tone::Faint, format!("{HEADER}name").trim_end()))?;
    // Lists of the paths that are still to be shown, each with the lines before it.
    let mut stack = vec![(view.below(None).collect::<Vec<_>>().into_iter(), String::new())];
    while let Some((rest, before)) = stack.last_mut() {
        let Some(at) = rest.next() else {
            stack.pop();
            continue;
        };
        let before = before.clone();
        if view.is_hidden[at] {
            let others = rest.by_ref().collect::<Vec<_>>();
            write_hidden(view, paint, &before, [at].into_iter().chain(others), out)?;
            continue;
        }
        let is_last = rest.as_slice().is_empty();
        let (own, below) = lines(&before, stack.len() == 1, is_last);
        write_place(view, paint, &view.places[at], &own, out)?;
        stack.push((view.below(Some(at)).collect::<Vec<_>>().into_iter(), below));
    }
    Ok(())
}

/// The lines before a name, and those before the names below it.
fn lines(before: &str, is_root: bool, is_last: bool) -> (String, String) {
    match (is_root, is_last) {
        (true, _) => (String::new(), String::new()),
        (false, true) => (format!("{before}└─ "), format!("{before}   ")),
        (false, false) => (format!("{before}├─ "), format!("{before}│  ")),
    }
}

fn write_place(view: &View, paint: Paint, place: &TreeNode, lines: &str, out: &mut dyn Write) -> io::Result<()> {
    let TreeNode { count, total_ns, self_ns, max_ns, .. } = *place;
    let percent = view.percent(total_ns);
    let average = if count > 0 { format!("{:.3}", total_ns as f64 / count as f64 / 1e6) } else { "-".to_owned() };
    let longest = max_ns.map_or("-".to_owned(), |ns| format!("{:.3}", ns as f64 / 1e6));
    let (total, own) = (total_ns as f64 / 1e9, self_ns as f64 / 1e9);
    let figures = format!("{total:>11.3} {percent:>7.2}% {own:>11.3} {count:>9} {average:>10} {longest:>10}");
    let tone = if percent >= MUCH {
        Tone::Strong
    } else if percent < LITTLE {
        Tone::Faint
    } else {
        Tone::Plain
    };
    let lines = paint.tone(Tone::Faint, lines);
    writeln!(out, "{}  {lines}{}", paint.tone(tone, figures), paint.tone(tone, Terminal(&place.name)))
}

/// Writes a line for the paths left out below a path.
fn write_hidden(
    view: &View,
    paint: Paint,
    before: &str,
    hidden: impl Iterator<Item = usize>,
    out: &mut dyn Write,
) -> io::Result<()> {
    let (mut paths, mut total_ns, mut self_ns, mut count) = (0_u64, 0, 0, 0);
    for at in hidden {
        total_ns += view.places[at].total_ns;
        for (nth, place) in std::iter::once(&view.places[at]).chain(inside(view, at)).enumerate() {
            paths += 1;
            if nth == 0 || !view.is_inverted {
                self_ns += place.self_ns;
                count += place.count;
            }
        }
    }
    let (total, percent, own) = (total_ns as f64 / 1e9, view.percent(total_ns), self_ns as f64 / 1e9);
    let plural = if paths == 1 { "" } else { "s" };
    let line = format!(
        "{total:>11.3} {percent:>7.2}% {own:>11.3} {count:>9} {:>10} {:>10}  {before}└─ … {paths} path{plural} more",
        "", ""
    );
    writeln!(out, "{}", paint.tone(Tone::Faint, line))
}

/// All places below a place.
fn inside(view: &View, at: usize) -> impl Iterator<Item = &TreeNode> {
    let depth = view.places[at].depth;
    view.places[at + 1..].iter().take_while(move |place| place.depth > depth)
}
