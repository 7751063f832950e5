//! Spans to trees: who is whose child, and what is a span's own time.

use std::collections::{HashMap, VecDeque};

use super::counts::Counts;
use super::partition::{FIRST_NO_PARENT, IS_CYCLE, IS_GONE, IS_MISSING, IS_ROOT, Partition};
use super::span::{Span, Stop};
use super::tree::{TOP, Tree};

/// In the place of a node: not known yet.
const NO_NODE: u32 = u32::MAX;
/// The span is on the path that is being climbed.
const CLIMBED: u32 = u32::MAX - 1;

impl Partition {
    /// Adds its spans to a tree, now that all records are there.
    pub(crate) fn finish(mut self, tree: &mut Tree, counts: &mut Counts) {
        self.pair_across_inputs();
        self.find_late_parents();
        let nodes = self.place(tree);
        let children = self.counting_children(counts);
        self.record(&nodes, &children, tree, counts);
        counts.repeated += self.repeated();
        self.groups.tell(counts);
    }

    pub(super) fn numbers(&self) -> std::ops::Range<u32> {
        0..self.spans.len() as u32
    }

    /// Pairs the stops that found no start with the starts in later inputs that found no stop.
    pub(super) fn pair_across_inputs(&mut self) {
        if self.sources.len() < 2 {
            return;
        }
        let mut unfinished: HashMap<u64, VecDeque<u32>> = HashMap::new();
        let mut cut_off = Vec::new();
        for at in self.numbers() {
            let span = self.spans.get(at);
            if span.stop.is_none() {
                unfinished.entry(span.trace).or_default().push_back(at);
            } else if span.is_cut_off() {
                cut_off.push(at);
            }
        }
        for at in cut_off {
            let span = self.spans.get(at);
            let Some(starts) = unfinished.get_mut(&span.trace) else { continue };
            let source = self.source_of(span.first);
            let later = starts.iter().position(|start| self.source_of(self.spans.get(*start).first) > source);
            if let Some(start) = later.and_then(|later| starts.remove(later)) {
                let whole = Span { name: span.name, stop: span.stop, ..self.spans.get(start) };
                self.spans.set(start, &whole);
                self.spans.set_parent(at, IS_GONE);
            }
        }
        self.late.retain(|(at, _)| self.spans.parent(*at) != IS_GONE);
    }

    /// Finds the parents that were not open when their children began: they were closed, or came later, or are missing.
    pub(super) fn find_late_parents(&mut self) {
        let mut candidates: HashMap<u64, Vec<(u32, u32)>, ahash::RandomState> = HashMap::default();
        candidates.extend(self.late.iter().map(|(_, key)| (*key, Vec::new())));
        if candidates.is_empty() {
            return;
        }
        for at in self.numbers() {
            if let Some(found) = candidates.get_mut(&self.spans.trace(at))
                && self.spans.parent(at) != IS_GONE
            {
                found.push((self.spans.get(at).first, at));
            }
        }
        for (at, key) in std::mem::take(&mut self.late) {
            let first = self.spans.get(at).first;
            let found = candidates.get(&key).map_or([].as_slice(), Vec::as_slice);
            let before = found.iter().filter(|(of, _)| *of < first).max();
            let parent = before.or(found.iter().min()).map_or(IS_MISSING, |(_, at)| *at);
            self.spans.set_parent(at, parent);
        }
    }

    /// The node of each span's path. Cycles are broken on the way.
    pub(super) fn place(&mut self, tree: &mut Tree) -> Vec<u32> {
        let mut nodes = vec![NO_NODE; self.spans.len()];
        let mut path = Vec::new();
        for at in self.numbers() {
            if nodes[at as usize] == NO_NODE && self.spans.parent(at) != IS_GONE {
                self.climb(at, &mut nodes, &mut path);
            }
            while let Some(at) = path.pop() {
                let parent = self.spans.parent(at);
                let above = if parent < FIRST_NO_PARENT { nodes[parent as usize] } else { TOP };
                nodes[at as usize] = tree.child(above, self.spans.name(at));
            }
        }
        nodes
    }

    /// The spans from one up to the first whose parent has a node, or has no parent.
    fn climb(&mut self, at: u32, nodes: &mut [u32], path: &mut Vec<u32>) {
        let mut next = at;
        loop {
            nodes[next as usize] = CLIMBED;
            path.push(next);
            let parent = self.spans.parent(next);
            if parent >= FIRST_NO_PARENT {
                return;
            }
            match nodes[parent as usize] {
                NO_NODE => next = parent,
                CLIMBED => break,
                _ => return,
            }
        }
        // All from the parent on are a cycle.
        let parent = self.spans.parent(next);
        let begin = path.iter().position(|on_path| *on_path == parent).unwrap_or(0);
        let root = path[begin..].iter().copied().min_by_key(|on_path| self.spans.get(*on_path).first).unwrap_or(next);
        self.spans.set_parent(root, IS_CYCLE);
        path.drain(..).for_each(|on_path| nodes[on_path as usize] = NO_NODE);
        self.climb(at, nodes, path);
    }

    /// For each span, the intervals of the children that count, clipped to its own and less its stop.
    pub(super) fn counting_children(&self, counts: &mut Counts) -> Children {
        let mut ends = vec![0_u32; self.spans.len() + 1];
        let mut of_children = Vec::new();
        for at in self.numbers() {
            let Some((parent, interval)) = self.count_child(at, counts) else { continue };
            if let Some(interval) = interval {
                ends[parent as usize] += 1;
                of_children.push((parent, interval));
            }
        }
        let mut end = 0;
        for count in &mut ends {
            end += std::mem::replace(count, end);
        }
        let mut intervals = vec![(0, 0); of_children.len()];
        for (parent, interval) in of_children {
            let at = &mut ends[parent as usize];
            intervals[*at as usize] = interval;
            *at += 1;
        }
        Children { intervals, ends }
    }

    /// The parent that a child's time may be a part of, and which part that is.
    pub(super) fn count_child(&self, at: u32, counts: &mut Counts) -> Option<(u32, Option<(i64, i64)>)> {
        let parent = self.spans.parent(at);
        if parent >= FIRST_NO_PARENT {
            return None;
        }
        let of_parent = self.spans.get(parent).stop?;
        let span = self.spans.get(at);
        if !self.began_before(&span, of_parent) {
            counts.asynchronous += 1;
            return None;
        }
        let stop = span.stop?;
        counts.outliving += u64::from(stop.time_us > of_parent.time_us);
        Some((parent, clipped(stop, of_parent)))
    }

    /// Whether a child began while its parent was open.
    fn began_before(&self, child: &Span, stop: Stop) -> bool {
        if self.sources.len() < 2 || self.source_of(child.first) == self.source_of(stop.place) {
            child.first < stop.place
        } else {
            child.first_us <= stop.time_us
        }
    }

    /// How many spans have the trace id of another one before them. Those that may are found by one bit for each of many keys, and then looked at.
    fn repeated(&self) -> u64 {
        const BITS_OF_A_SPAN: usize = 16;
        let bits = (self.spans.len() * BITS_OF_A_SPAN).next_power_of_two().max(64);
        let mut seen = vec![0_u64; bits / 64];
        let numbers = || self.numbers().filter(|at| self.spans.parent(*at) != IS_GONE).map(|at| self.spans.trace(at));
        let mut suspects: HashMap<u64, u64, ahash::RandomState> = HashMap::default();
        for key in numbers() {
            let (word, bit) = (&mut seen[key as usize % bits / 64], 1 << (key % 64));
            if *word & bit != 0 {
                suspects.insert(key, 0);
            }
            *word |= bit;
        }
        if suspects.is_empty() {
            return 0;
        }
        let mut repeated = 0;
        for key in numbers() {
            if let Some(count) = suspects.get_mut(&key) {
                repeated += u64::from(*count > 0);
                *count += 1;
            }
        }
        repeated
    }

    fn record(&self, nodes: &[u32], children: &Children, tree: &mut Tree, counts: &mut Counts) {
        for (at, node) in self.numbers().zip(nodes) {
            let parent = self.spans.parent(at);
            if parent == IS_GONE {
                continue;
            }
            counts.missing_parents += u64::from(parent == IS_MISSING);
            counts.cycles += u64::from(parent == IS_CYCLE);
            let span = self.spans.get(at);
            let Some(stop) = span.stop else {
                counts.unfinished += 1;
                continue;
            };
            counts.spans += 1;
            counts.cut_off += u64::from(span.is_cut_off());
            counts.roots += u64::from([IS_ROOT, IS_MISSING, IS_CYCLE].contains(&parent));
            tree.record(*node, stop.duration_ns, children.self_time(at, stop.duration_ns));
        }
    }
}

/// The part of a parent's interval that a child's is, both less the parent's stop, in nanoseconds; none if there is nothing of it.
///
/// Sums that saturate are more than 292 years from the stop, and clipped.
fn clipped(child: Stop, parent: Stop) -> Option<(i64, i64)> {
    let end = child.time_us.saturating_sub(parent.time_us).saturating_mul(1000);
    let begin = end.saturating_sub(child.duration_ns).max(-parent.duration_ns.max(0));
    (child.duration_ns > 0 && begin < end.min(0)).then_some((begin, end.min(0)))
}

/// The intervals of the children that count, by parent.
pub(super) struct Children {
    intervals: Vec<(i64, i64)>,
    /// Where those of each parent end; they begin where those of the one before end.
    ends: Vec<u32>,
}

impl Children {
    /// The part of a span's duration that is in no child.
    pub(super) fn self_time(&self, at: u32, duration_ns: i64) -> i64 {
        let begin = at.checked_sub(1).map_or(0, |before| self.ends[before as usize]);
        let intervals = &self.intervals[begin as usize..self.ends[at as usize] as usize];
        let is_sorted = intervals.is_sorted();
        let covered = match intervals {
            [] => 0,
            [(begin, end)] => end - begin,
            _ if is_sorted => covered(intervals),
            _ => {
                let mut sorted = intervals.to_vec();
                sorted.sort_unstable();
                covered(&sorted)
            }
        };
        duration_ns.max(0) - covered
    }
}

/// The length of a union of intervals, which come by their beginnings.
fn covered(intervals: &[(i64, i64)]) -> i64 {
    let (mut reached, mut sum) = (i64::MIN, 0);
    for (begin, end) in intervals {
        sum += (*end - (*begin).max(reached)).max(0);
        reached = reached.max(*end);
    }
    sum
}
