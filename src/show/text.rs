//! A tree for people: a line for each span, with its place on the time axis.

use std::io::{self, Write};

use super::Options;
use super::rows::{Row, What, rows};
use super::time::{Millis, Rounded, Time, timestamp};
use super::trace::Span;
use super::view::{Axis, Hidden, Node, View};
use crate::paint::{Paint, Tone};
use crate::shown::Terminal;
use crate::spans::Parent;

/// How wide the bar is, in characters, where there is room.
const BAR: usize = 24;
/// How much room names and what is in front of them should have at least.
const NAMES: usize = 48;
/// How many levels of a tree are drawn; of deeper ones the last, so that a line has an end.
const LEVELS: usize = 48;

pub(super) fn write(view: &View<'_>, options: &Options, out: &mut dyn Write) -> io::Result<()> {
    let look = Look::new(view, options);
    write_head(view, look, out)?;
    let mut lasts = Vec::new();
    for row in rows(view) {
        lasts.truncate(row.depth);
        lasts.push(row.is_last);
        write_row(view, &row, &branch(&lasts), look, out)?;
    }
    Ok(())
}

/// How rows look.
#[derive(Debug, Clone, Copy)]
struct Look {
    paint: Paint,
    /// Widths of the columns of times, and of the bar.
    time: usize,
    bar: usize,
}

impl Look {
    fn new(view: &View<'_>, options: &Options) -> Self {
        let longest = view.nodes.iter().filter_map(|node| view.span(node).duration_ns).map(Time::from);
        let widest = longest.chain([view.axis.len()]).map(|ns| Millis(ns).to_string().len());
        let time = widest.max().unwrap_or(0).max("duration".len());
        let left = options.width.unwrap_or(usize::MAX).saturating_sub(3 * (time + 2) + 2 + NAMES);
        Self { paint: Paint { coloured: options.coloured }, time, bar: left.clamp(BAR / 3, BAR) }
    }
}

// ---- Head ----

fn write_head(view: &View<'_>, look: Look, out: &mut dyn Write) -> io::Result<()> {
    let Look { paint, time, bar } = look;
    let group = Terminal(&view.trace.base_id);
    match view.trace.tops.first().filter(|_| view.trace.is_part) {
        Some(top) => {
            let (name, id) = (Terminal(view.trace.name(*top)), Terminal(view.trace.first(*top).trace_id()));
            writeln!(out, "{}  span {id} of trace group {group}", paint.tone(Tone::Strong, name))?;
        }
        None => writeln!(out, "trace group {}", paint.tone(Tone::Strong, group))?,
    }
    let axis = Rounded(view.axis.len()).to_string();
    writeln!(out, "{} + {axis}: {}\n", timestamp(view.axis.begin), tally(view))?;
    let axis = format!("0{axis:>width$}", width = bar - 1);
    let columns = format!("{:>time$}  {:>time$}  {:>time$}  {axis}  milliseconds", "offset", "duration", "self");
    writeln!(out, "{}", paint.tone(Tone::Faint, columns))
}

/// How many spans there are, and of which kinds.
fn tally(view: &View<'_>) -> String {
    let spans = || view.selected.iter().map(|at| &view.trace.spans[*at]);
    let of = |is: fn(&Span) -> bool| spans().filter(|span| is(span)).count();
    let total = view.selected.len();
    let spans = format!("{total} {}", if total == 1 { "span" } else { "spans" });
    let roots = if view.trace.is_part { 0 } else { view.trace.tops.len() };
    let kinds = [
        (roots, if roots == 1 { "root" } else { "roots" }),
        (of(|span| span.member.is_asynchronous), "asynchronous"),
        (of(|span| span.duration_ns.is_none()), "unfinished"),
        (of(Span::is_cut_off), "cut off"),
    ];
    let kinds = kinds.iter().filter(|(count, _)| *count > 0).map(|(count, kind)| format!("{count} {kind}"));
    [spans].into_iter().chain(kinds).collect::<Vec<_>>().join(", ")
}

// ---- Rows ----

fn write_row(view: &View<'_>, row: &Row, branch: &str, look: Look, out: &mut dyn Write) -> io::Result<()> {
    let Look { paint, time, bar } = look;
    let faint = |text: &str| if text.is_empty() { String::new() } else { paint.tone(Tone::Faint, text) };
    match &row.what {
        What::Span(node) => write_span(view, node, &faint(branch), look, out),
        What::Gap { begin, end, axis } => {
            let offset = faint(&format!("{:>time$}", Millis(begin - view.axis.begin)));
            let gap = faint(&format!("· gap {}", Rounded(end - begin)));
            let blank = 2 * (time + 2) + 2;
            let place = faint(&place(*axis, *begin, *end, bar, ['·'; 3]));
            writeln!(out, "{offset}{:blank$}{place}  {}{gap}", "", faint(branch))
        }
        What::Hidden(Hidden { count, total_ns }) => {
            let spans = if *count == 1 { "span" } else { "spans" };
            let below = if row.depth == 0 { "" } else { " below" };
            let hidden = faint(&format!("… {count} {spans}{below}, {}", Rounded(*total_ns)));
            let blank = 3 * (time + 2) + bar + 2;
            writeln!(out, "{:blank$}{}{hidden}", "", faint(branch))
        }
    }
}

fn write_span(view: &View<'_>, node: &Node, branch: &str, look: Look, out: &mut dyn Write) -> io::Result<()> {
    let Look { paint, time, bar } = look;
    let span = view.span(node);
    let duration = span.duration_ns.map_or("-".to_owned(), |ns| Millis(ns.into()).to_string());
    let own = span.duration_ns.map_or("-".to_owned(), |_| Millis(span.member.self_ns.into()).to_string());
    let strokes = match (span.duration_ns.is_some(), span.member.is_asynchronous) {
        (true, false) => ['╺', '╸', '━'],
        (true, true) => ['╶', '╴', '─'],
        (false, false) => ['┅'; 3],
        (false, true) => ['┄'; 3],
    };
    let axis = view.axis_of(node);
    let place = place(axis, span.begin, axis.end_of(span), bar, strokes);
    let offset = Millis(span.begin - view.axis.begin);
    let name = Terminal(view.trace.name(node.span)).to_string();
    let tone = if node.depth == 0 { Tone::Strong } else { Tone::Plain };
    let named = [paint.tone(tone, name)].into_iter();
    let marked: Vec<String> = named.chain(marks(span).map(|(tone, mark)| paint.tone(tone, mark))).collect();
    let times = format!("{offset:>time$}  {duration:>time$}  {own:>time$}");
    writeln!(out, "{times}  {place}  {branch}{}", marked.join("  "))
}

/// What is out of the ordinary with a span.
fn marks(span: &Span) -> impl Iterator<Item = (Tone, &'static str)> {
    let member = &span.member;
    let all = [
        (member.is_asynchronous, Tone::Odd, "async"),
        (span.duration_ns.is_none(), Tone::Bad, "unfinished"),
        (span.is_cut_off(), Tone::Odd, "cut off"),
        (member.is_outliving, Tone::Odd, "outlives its parent"),
        (member.parent == Parent::Missing, Tone::Faint, "parent missing"),
        (member.parent == Parent::Cycle, Tone::Bad, "in a cycle"),
        (span.duration_ns.is_some_and(|ns| ns < 0), Tone::Odd, "clock set back"),
    ];
    all.into_iter().filter(|(is, ..)| *is).map(|(_, tone, mark)| (tone, mark))
}

/// The place of a span on the time axis, to half a character: what fills the right half of one, the left half, and all of it.
fn place(axis: Axis, begin: Time, end: Time, width: usize, [right, left, whole]: [char; 3]) -> String {
    let (halves, len) = (2 * width as Time, axis.len().max(1));
    let from = ((begin - axis.begin) * halves / len).clamp(0, halves - 1);
    // As little as it may be, it is seen.
    let to = (((end - axis.begin) * halves + len - 1) / len).clamp(from + 1, halves);
    let covered = from as usize..to as usize;
    let cell = |at: usize| match [2 * at, 2 * at + 1].map(|half| covered.contains(&half)) {
        [true, true] => whole,
        [true, false] => left,
        [false, true] => right,
        [false, false] => ' ',
    };
    (0..width).map(cell).collect()
}

/// The lines of the tree in front of a name: for each level above whether it is the last of its siblings.
fn branch(lasts: &[bool]) -> String {
    let Some((is_last, above)) = lasts.get(1..).and_then(<[bool]>::split_last) else { return String::new() };
    let cut = above.len().saturating_sub(LEVELS);
    let mut branch = if cut > 0 { format!("+{cut} ") } else { String::new() };
    branch.extend(above[cut..].iter().map(|is_last| if *is_last { "  " } else { "│ " }));
    branch.push_str(if *is_last { "└─ " } else { "├─ " });
    branch
}
