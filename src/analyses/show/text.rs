//! A tree for people: a line for each span, with its place on the time axis.

use std::fmt::{self, Display, Formatter, Write as _};
use std::io::{self, Write};

use super::rows::{Row, What, rows};
use super::time::{Millis, Rounded, Time, timestamp};
use super::trace::Span;
use super::view::{Axis, Hidden, Node, View};
use crate::render::display::Terminal;
use crate::render::style::{Paint, Tone, Toned};
use crate::render::{Audience, Renderer, Style};
use crate::spans::Parent;

pub(super) const RENDERER: Renderer<View> =
    Renderer { name: "text", help: "A line for each span; times in milliseconds", audience: Audience::Terminal, write };

/// The width of the bar, in characters, where there is room.
const BAR: usize = 24;
/// The least width for names and the lines before them, in characters.
const NAMES: usize = 48;
/// The number of levels of a tree that are drawn; of deeper ones the last, so that a line has an end.
const LEVELS: usize = 48;

fn write(view: &View, style: &Style, out: &mut dyn Write) -> io::Result<()> {
    let look = Look::new(view, style);
    write_head(view, look, out)?;
    let (mut lasts, mut line) = (Vec::new(), String::new());
    for row in rows(view) {
        lasts.truncate(row.depth);
        lasts.push(row.is_last);
        // A line goes out in one piece. It is made of many pieces, and this takes half the time.
        line.clear();
        draw_row(view, &row, Branch(&lasts), look, &mut line).map_err(io::Error::other)?;
        out.write_all(line.as_bytes())?;
    }
    Ok(())
}

/// The look of rows.
#[derive(Debug, Clone, Copy)]
struct Look {
    paint: Paint,
    /// Widths of the columns of times, of ids, and of the bar.
    time: usize,
    id: usize,
    bar: usize,
}

impl Look {
    fn new(view: &View, style: &Style) -> Self {
        let longest = view.nodes.iter().filter_map(|node| view.span(node).duration_ns).map(Time::from);
        let widest = longest.chain([view.axis.len()]).map(|ns| Millis(ns).to_string().len());
        let time = widest.max().unwrap_or(0).max("duration".len());
        let id = view.trace.id_len();
        let left = style.width.unwrap_or(usize::MAX).saturating_sub(3 * (time + 2) + id + 2 + 2 + NAMES);
        Self { paint: style.paint(), time, id, bar: left.clamp(BAR / 3, BAR) }
    }

    fn faint<T: Display>(self, text: T) -> Toned<T> {
        self.paint.tone(Tone::Faint, text)
    }

    fn branch(self, branch: Branch<'_>) -> Toned<Branch<'_>> {
        // The top has nothing to colour.
        self.paint.tone(if branch.0.len() > 1 { Tone::Faint } else { Tone::Plain }, branch)
    }
}

// ---- Head ----

fn write_head(view: &View, look: Look, out: &mut dyn Write) -> io::Result<()> {
    let Look { paint, time, id, bar } = look;
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
    let times = format!("{:>time$}  {:>time$}  {:>time$}", "offset", "duration", "self");
    let columns = format!("{times}  {:id$}  {axis}  milliseconds", "id");
    writeln!(out, "{}", paint.tone(Tone::Faint, columns))
}

/// The number of spans, and of those of each kind.
fn tally(view: &View) -> String {
    let spans = || view.selected.iter().map(|at| &view.trace.spans[*at]);
    let of = |is: fn(&Span) -> bool| spans().filter(|span| is(span)).count();
    let total = view.selected.len();
    let spans = format!("{total} {}", if total == 1 { "span" } else { "spans" });
    let roots = if view.trace.is_part { 0 } else { view.trace.tops.len() };
    let kinds = [
        (roots, if roots == 1 { "root" } else { "roots" }),
        (of(|span| span.member.is_asynchronous), "asynchronous"),
        (of(|span| span.member.is_early), "began before its parent"),
        (of(|span| span.duration_ns.is_none()), "unfinished"),
        (of(Span::is_cut_off), "cut off"),
    ];
    let kinds = kinds.iter().filter(|(count, _)| *count > 0).map(|(count, kind)| format!("{count} {kind}"));
    [spans].into_iter().chain(kinds).collect::<Vec<_>>().join(", ")
}

// ---- Rows ----

fn draw_row(view: &View, row: &Row, branch: Branch<'_>, look: Look, line: &mut String) -> fmt::Result {
    let Look { time, id, bar, .. } = look;
    match &row.what {
        What::Span(node) => draw_span(view, node, branch, look, line),
        What::Gap { begin, end, axis } => {
            let offset = look.faint(format!("{:>time$}", Millis(begin - view.axis.begin)));
            let blank = 2 * (time + 2) + 2 + id + 2;
            let strip = look.faint(Strip::new(*axis, *begin, *end, bar, ['·'; 3]));
            let gap = look.faint(format!("· gap {}", Rounded(end - begin)));
            writeln!(line, "{offset}{:blank$}{strip}  {}{gap}", "", look.branch(branch))
        }
        What::Hidden(Hidden { count, total_ns }) => {
            let spans = if *count == 1 { "span" } else { "spans" };
            let below = if row.depth == 0 { "" } else { " below" };
            let hidden = look.faint(format!("… {count} {spans}{below}, {}", Rounded(*total_ns)));
            let blank = 3 * (time + 2) + id + 2 + bar + 2;
            writeln!(line, "{:blank$}{}{hidden}", "", look.branch(branch))
        }
    }
}

fn draw_span(view: &View, node: &Node, branch: Branch<'_>, look: Look, line: &mut String) -> fmt::Result {
    let Look { paint, time, id, bar } = look;
    let span = view.span(node);
    let short = view.trace.first(node.span).trace_id();
    let short = Terminal(&short[..short.len().min(id)]).to_string();
    let strokes = match (span.duration_ns.is_some(), span.member.is_asynchronous) {
        (true, false) => ['╺', '╸', '━'],
        (true, true) => ['╶', '╴', '─'],
        (false, false) => ['┅'; 3],
        (false, true) => ['┄'; 3],
    };
    write!(line, "{:>time$}  ", Millis(span.begin - view.axis.begin))?;
    match span.duration_ns {
        Some(ns) => write!(line, "{:>time$}  {:>time$}", Millis(ns.into()), Millis(span.member.self_ns.into()))?,
        None => write!(line, "{:>time$}  {:>time$}", "-", "-")?,
    }
    let axis = view.axis_of(node);
    let strip = Strip::new(axis, span.begin, axis.end_of(span), bar, strokes);
    let tone = if node.depth == 0 { Tone::Strong } else { Tone::Plain };
    let name = paint.tone(tone, Terminal(view.trace.name(node.span)));
    write!(line, "  {}  {strip}  {}{name}", look.faint(format!("{short:id$}")), look.branch(branch))?;
    marks(span).try_for_each(|(tone, mark)| write!(line, "  {}", paint.tone(tone, mark)))?;
    writeln!(line)
}

/// The marks of a span that is out of the ordinary.
fn marks(span: &Span) -> impl Iterator<Item = (Tone, &'static str)> {
    let member = &span.member;
    let all = [
        (member.is_asynchronous, Tone::Odd, "async"),
        (span.duration_ns.is_none(), Tone::Bad, "unfinished"),
        (span.is_cut_off(), Tone::Odd, "cut off"),
        (member.is_outliving, Tone::Odd, "outlives its parent"),
        (member.is_early, Tone::Bad, "began before its parent"),
        (member.parent == Parent::Missing, Tone::Faint, "parent missing"),
        (member.parent == Parent::Cycle, Tone::Bad, "in a cycle"),
        (span.duration_ns.is_some_and(|ns| ns < 0), Tone::Odd, "clock set back"),
    ];
    all.into_iter().filter(|(is, ..)| *is).map(|(_, tone, mark)| (tone, mark))
}

/// The place of a span on the time axis, to half a character.
#[derive(Debug, Clone, Copy)]
struct Strip {
    width: usize,
    /// The halves of characters that are covered, from one to before the other.
    from: usize,
    to: usize,
    /// The strokes that fill the right half of a character, the left half, and all of it.
    strokes: [char; 3],
}

impl Strip {
    fn new(axis: Axis, begin: Time, end: Time, width: usize, strokes: [char; 3]) -> Self {
        let (halves, len) = (2 * width as Time, axis.len().max(1));
        let from = ((begin - axis.begin) * halves / len).clamp(0, halves - 1);
        // The shortest span is visible, too.
        let to = (((end - axis.begin) * halves + len - 1) / len).clamp(from + 1, halves);
        Self { width, from: from as usize, to: to as usize, strokes }
    }
}

impl Display for Strip {
    fn fmt(&self, out: &mut Formatter<'_>) -> fmt::Result {
        let [right, left, whole] = self.strokes;
        let is_covered = |half: usize| (self.from..self.to).contains(&half);
        let cell = |at: usize| match [2 * at, 2 * at + 1].map(is_covered) {
            [true, true] => whole,
            [true, false] => left,
            [false, true] => right,
            [false, false] => ' ',
        };
        out.write_str(&(0..self.width).map(cell).collect::<String>())
    }
}

/// The lines of the tree before a name. For each level above, they show whether it is the last of its siblings.
#[derive(Debug, Clone, Copy)]
struct Branch<'a>(&'a [bool]);

impl Display for Branch<'_> {
    fn fmt(&self, out: &mut Formatter<'_>) -> fmt::Result {
        let Some((is_last, above)) = self.0.get(1..).and_then(<[bool]>::split_last) else { return Ok(()) };
        let cut = above.len().saturating_sub(LEVELS);
        if cut > 0 {
            write!(out, "+{cut} ")?;
        }
        above[cut..].iter().try_for_each(|is_last| out.write_str(if *is_last { "  " } else { "│ " }))?;
        out.write_str(if *is_last { "└─ " } else { "├─ " })
    }
}
