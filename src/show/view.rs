//! What of a trace is shown: not below some depth, and not what is too short.

use super::Options;
use super::time::Time;
use super::trace::{Span, Trace};

/// A trace as it is shown.
pub(super) struct View<'a> {
    pub(super) trace: &'a Trace,
    /// All spans that were asked for, shown or not, those above before those below.
    pub(super) selected: Vec<usize>,
    /// The shown spans, each with all that is shown below it before the next one; in time order.
    pub(super) nodes: Vec<Node>,
    /// Topmost spans that are not shown.
    pub(super) hidden_tops: Hidden,
    /// From the beginning of the first of the selected spans to the end of the last.
    pub(super) begin: Time,
    pub(super) end: Time,
}

/// A span that is shown.
#[derive(Debug, Clone, Copy)]
pub(super) struct Node {
    pub(super) span: usize,
    /// How many spans are above it.
    pub(super) depth: usize,
    /// The shown span that is directly above it.
    pub(super) parent: Option<usize>,
    /// What is not shown below it.
    pub(super) hidden: Hidden,
}

/// Spans that are not shown.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Hidden {
    /// How many, all below them included.
    pub(super) count: usize,
    /// The sum of the durations of the topmost of them, in nanoseconds.
    pub(super) total_ns: i128,
}

impl<'a> View<'a> {
    pub(super) fn new(trace: &'a Trace, options: &Options) -> Self {
        let selected = trace.selected();
        let weights = Weights::new(trace, &selected, options);
        let begin = selected.iter().map(|at| trace.spans[*at].begin).min().unwrap_or_default();
        let end = selected.iter().map(|at| trace.spans[*at].end).max().unwrap_or_default();
        let (nodes, hidden_tops) = nodes_of(trace, &weights, options.depth.unwrap_or(usize::MAX));
        Self { trace, selected, nodes, hidden_tops, begin, end }
    }

    /// The span of a node.
    pub(super) fn span(&self, node: &Node) -> &Span {
        &self.trace.spans[node.span]
    }
}

/// Of each span, how many there are with all below it, and whether it is long enough, or one below it is.
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

fn nodes_of(trace: &Trace, weights: &Weights, depth: usize) -> (Vec<Node>, Hidden) {
    let spans = &trace.spans;
    let (shown_tops, hidden_tops) = choose(trace, weights, &trace.tops, depth > 0);
    let mut nodes = Vec::new();
    let mut stack: Vec<_> = shown_tops.into_iter().rev().map(|at| (at, 0, None)).collect();
    while let Some((span, above, parent)) = stack.pop() {
        let (shown, hidden) = choose(trace, weights, &spans[span].children, above + 1 < depth);
        let here = Some(nodes.len());
        nodes.push(Node { span, depth: above, parent, hidden });
        stack.extend(shown.into_iter().rev().map(|at| (at, above + 1, here)));
    }
    (nodes, hidden_tops)
}

/// Which of some spans are shown, and what the others come to.
fn choose(trace: &Trace, weights: &Weights, of: &[usize], within_depth: bool) -> (Vec<usize>, Hidden) {
    let (shown, others): (Vec<usize>, Vec<usize>) = of.iter().partition(|at| within_depth && weights.is_long[**at]);
    let hidden = others.into_iter().fold(Hidden::default(), |hidden, at| Hidden {
        count: hidden.count + weights.count[at],
        total_ns: hidden.total_ns + trace.spans[at].duration_ns.map_or(0, |ns| i128::from(ns.max(0))),
    });
    (shown, hidden)
}
