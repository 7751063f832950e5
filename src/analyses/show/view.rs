//! Selects the spans of a trace that are shown: down to some depth, and not too short ones.

use std::collections::HashMap;

use super::Options;
use super::time::Time;
use super::trace::{Span, Trace};

/// A trace as it is shown, ready to be written.
#[derive(Debug)]
pub struct View {
    pub(super) trace: Trace,
    /// All requested spans, shown or not, those above before those below.
    pub(super) selected: Vec<usize>,
    /// The shown spans in time order, each with all shown spans below it before the next one.
    pub(super) nodes: Vec<Node>,
    /// Topmost spans that are not shown.
    pub(super) hidden_tops: Hidden,
    /// The time of all the selected spans.
    pub(super) axis: Axis,
    /// The time of each topmost span with all spans below it.
    of_tops: HashMap<usize, Axis>,
}

/// A stretch of time: from the beginning of the first of some spans to the end of the last.
#[derive(Debug, Clone, Copy)]
pub(super) struct Axis {
    pub(super) begin: Time,
    pub(super) end: Time,
}

impl Axis {
    /// Its length.
    pub(super) fn len(self) -> Time {
        self.end - self.begin
    }

    /// The end of a span on it, as far as is known: an unfinished one goes on for as long as anything is seen.
    pub(super) fn end_of(self, span: &Span) -> Time {
        if span.duration_ns.is_some() { span.end } else { self.end }
    }

    fn join(self, other: Self) -> Self {
        Self { begin: self.begin.min(other.begin), end: self.end.max(other.end) }
    }
}

/// A span that is shown.
#[derive(Debug, Clone, Copy)]
pub(super) struct Node {
    pub(super) span: usize,
    /// The topmost of the spans above it, or itself.
    pub(super) top: usize,
    /// The number of spans above it.
    pub(super) depth: usize,
    /// The shown span that is directly above it.
    pub(super) parent: Option<usize>,
    /// The spans below it that are not shown.
    pub(super) hidden: Hidden,
}

/// Spans that are not shown.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Hidden {
    /// The number of spans, with all below them.
    pub(super) count: usize,
    /// The sum of the durations of the topmost of them, in nanoseconds.
    pub(super) total_ns: i128,
}

impl View {
    /// Selects the spans that are shown.
    pub fn new(trace: Trace, options: &Options) -> Self {
        let selected = trace.selected();
        let weights = Weights::new(&trace, &selected, options);
        let of_tops = axes_of(&trace, &selected);
        let axis = trace.tops.iter().filter_map(|top| of_tops.get(top).copied()).reduce(Axis::join);
        let axis = axis.unwrap_or(Axis { begin: 0, end: 0 });
        let (nodes, hidden_tops) = nodes_of(&trace, &weights, options.depth.unwrap_or(usize::MAX));
        Self { trace, selected, nodes, hidden_tops, axis, of_tops }
    }

    /// The time axis of a node: the time of its tree, or that of all spans for a topmost one, so that short trees far
    /// apart are visible.
    pub(super) fn axis_of(&self, node: &Node) -> Axis {
        if node.depth == 0 { self.axis } else { self.axis_below(node) }
    }

    /// The same for the spans below it.
    pub(super) fn axis_below(&self, node: &Node) -> Axis {
        self.axis_from(node.top)
    }

    /// The time of a topmost span and all spans below it.
    pub(super) fn axis_from(&self, top: usize) -> Axis {
        self.of_tops.get(&top).copied().unwrap_or(self.axis)
    }

    /// The span of a node.
    pub(super) fn span(&self, node: &Node) -> &Span {
        &self.trace.spans[node.span]
    }
}

/// For each span, the number of spans with all below it, and whether it or one below it is long enough.
struct Weights {
    count: Vec<usize>,
    is_long: Vec<bool>,
}

impl Weights {
    fn new(trace: &Trace, selected: &[usize], options: &Options) -> Self {
        let spans = &trace.spans;
        let (mut count, mut is_long) = (vec![1; spans.len()], vec![false; spans.len()]);
        // Those below come before those above.
        for at in selected.iter().rev() {
            let span = &spans[*at];
            is_long[*at] = span.duration_ns.is_none_or(|ns| ns.max(0) >= options.min_duration_ns);
            for child in &span.children {
                count[*at] += count[*child];
                is_long[*at] |= is_long[*child];
            }
        }
        Self { count, is_long }
    }
}

/// The time of each of the topmost spans with all below it.
fn axes_of(trace: &Trace, selected: &[usize]) -> HashMap<usize, Axis> {
    let mut axes: Vec<Axis> = trace.spans.iter().map(|span| Axis { begin: span.begin, end: span.end }).collect();
    // Those below come before those above.
    for at in selected.iter().rev() {
        axes[*at] = trace.spans[*at].children.iter().fold(axes[*at], |axis, child| axis.join(axes[*child]));
    }
    trace.tops.iter().map(|top| (*top, axes[*top])).collect()
}

fn nodes_of(trace: &Trace, weights: &Weights, levels: usize) -> (Vec<Node>, Hidden) {
    let spans = &trace.spans;
    let (shown_tops, hidden_tops) = choose(trace, weights, &trace.tops, levels > 0);
    let mut nodes = Vec::new();
    let mut stack: Vec<_> = shown_tops.into_iter().rev().map(|at| (at, at, 0, None)).collect();
    while let Some((span, top, depth, parent)) = stack.pop() {
        let (shown, hidden) = choose(trace, weights, &spans[span].children, depth + 1 < levels);
        let here = Some(nodes.len());
        nodes.push(Node { span, top, depth, parent, hidden });
        stack.extend(shown.into_iter().rev().map(|at| (at, top, depth + 1, here)));
    }
    (nodes, hidden_tops)
}

/// Selects those of some spans that are shown, and sums up the others.
fn choose(trace: &Trace, weights: &Weights, of: &[usize], within_depth: bool) -> (Vec<usize>, Hidden) {
    let (shown, others): (Vec<usize>, Vec<usize>) = of.iter().partition(|at| within_depth && weights.is_long[**at]);
    let hidden = others.into_iter().fold(Hidden::default(), |hidden, at| Hidden {
        count: hidden.count + weights.count[at],
        total_ns: hidden.total_ns + trace.spans[at].duration_ns.map_or(0, |ns| i128::from(ns.max(0))),
    });
    (shown, hidden)
}
