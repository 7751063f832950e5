//! The rows of a tree as text: spans, gaps in which no child runs, and the spans that are not shown.

use super::time::Time;
use super::view::{Axis, Hidden, Node, View};

/// A gap is shown if it takes at least this share of the time axis: a bit more than a character of the bar.
const GAPS: Time = 20;

/// A row of a tree.
#[derive(Debug)]
pub(super) struct Row {
    /// The number of spans above it.
    pub(super) depth: usize,
    /// True if no sibling follows.
    pub(super) is_last: bool,
    pub(super) what: What,
}

/// The subject of a row.
#[derive(Debug, Clone, Copy)]
pub(super) enum What {
    Span(Node),
    /// None of the spans below the one above runs here.
    Gap {
        begin: Time,
        end: Time,
        axis: Axis,
    },
    /// Spans that are not shown.
    Hidden(Hidden),
}

/// All rows, from top to bottom.
pub(super) fn rows(view: &View) -> impl Iterator<Item = Row> {
    let mut node_of = vec![None; view.trace.spans.len()];
    view.nodes.iter().for_each(|node| node_of[node.span] = Some(*node));
    let tops = siblings(view, &node_of, &view.trace.tops, None, view.hidden_tops);
    let mut stack = Vec::new();
    stack_up(&mut stack, 0, tops);
    std::iter::from_fn(move || {
        let row: Row = stack.pop()?;
        if let What::Span(node) = row.what {
            let below = siblings(view, &node_of, &view.span(&node).children, Some(&node), node.hidden);
            stack_up(&mut stack, row.depth + 1, below);
        }
        Some(row)
    })
}

fn stack_up(stack: &mut Vec<Row>, depth: usize, siblings: Vec<What>) {
    let last = siblings.len().saturating_sub(1);
    let rows = siblings.into_iter().enumerate().map(|(at, what)| Row { depth, is_last: at == last, what });
    stack.extend(rows.rev());
}

/// The rows below a span, or at the top.
fn siblings(view: &View, node_of: &[Option<Node>], spans: &[usize], above: Option<&Node>, hidden: Hidden) -> Vec<What> {
    let is_any_shown = spans.iter().any(|at| node_of[*at].is_some());
    // If all children came later, the whole span would be a gap.
    let is_any_within = above.is_none() || spans.iter().any(|at| !view.trace.spans[*at].member.is_asynchronous);
    let axis = above.map_or(view.axis, |node| view.axis_below(node));
    let above = above.map(|node| view.span(node));
    let (from, to) = above.map_or((axis.begin, axis.end), |span| (span.begin, axis.end_of(span)));
    let (mut all, mut reached) = (Vec::new(), from);
    let gap = |begin: Time, end: Time| {
        let is_large = is_any_shown && is_any_within && end > begin && (end - begin) * GAPS >= axis.len();
        is_large.then_some(What::Gap { begin, end, axis })
    };
    for at in spans {
        let span = &view.trace.spans[*at];
        all.extend(gap(reached, span.begin.min(to)));
        all.extend(node_of[*at].map(What::Span));
        // Between trees it is quiet only when all of one has ended, what is asynchronous in it included.
        let end = above.map_or_else(|| view.axis_from(*at).end, |_| axis.end_of(span));
        reached = reached.max(end);
    }
    // An unfinished span may have ended long ago.
    if above.is_none_or(|span| span.duration_ns.is_some()) {
        all.extend(gap(reached, to));
    }
    if hidden.count > 0 {
        all.push(What::Hidden(hidden));
    }
    all
}
