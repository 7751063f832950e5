//! From spans to trees: the parent of each span, and its own time.

use std::collections::{HashMap, HashSet, VecDeque};
use std::ops::Range;

use super::counts::Counts;
use super::groups::Groups;
use super::partition::{FIRST_NO_PARENT, IS_CYCLE, IS_GONE, IS_LATE, IS_MISSING, Partition};
use super::passing::Passing;
use super::sieve::Sieve;
use super::span::{Span, Stop};
use super::tree::{TOP, Tree};

/// Stands in the place of a node: it is not known yet.
const NO_NODE: u32 = u32::MAX;
/// The span is on the path that is being climbed.
const CLIMBED: u32 = u32::MAX - 1;

/// Memory for the branches of a partition while its trees grow. The next partition takes it over, which takes 3 % from
/// the time of `tree`: an allocator gives pieces of this size back, and the system hands them out page by page.
#[derive(Default)]
pub(super) struct GrowthScratch {
    branches: Vec<Branch>,
    /// The trace groups of the partition.
    pub(super) groups: Groups,
}

/// A span while trees grow: half of a cache line.
#[derive(Debug, Clone, Copy)]
struct Branch {
    place: TreePosition,
    /// The time that its children cover.
    union: Union,
}

/// The position of a span in the tree.
#[derive(Debug, Clone, Copy)]
struct TreePosition {
    /// The node of its path.
    node: u32,
    /// The number of its trace group.
    group: u32,
}

impl Branch {
    const UNKNOWN: Self = Self { place: TreePosition { node: NO_NODE, group: 0 }, union: Union::EMPTY };
}

impl GrowthScratch {
    /// Gives the part of a span's time that is covered by those of its children that count.
    pub(super) fn covered_ns(&self, at: u32) -> i64 {
        self.branches[at as usize].union.length
    }

    /// Gives the number of a span's trace group.
    pub(super) fn group_of(&self, at: u32) -> usize {
        self.branches[at as usize].place.group as usize
    }
}

/// A partition while positions are found in it.
struct Climb {
    /// Spans whose parents were found late, and these parents.
    late: InOrder<u32>,
    /// Spans that may have no parent, and the keys of their groups.
    tops: InOrder<u64>,
    groups: Groups,
    /// Spans that have no position yet, each below the next one.
    path: Vec<u32>,
}

/// Values of some spans, by their numbers. Nearly always they are asked for in their order.
struct InOrder<T> {
    list: Vec<(u32, T)>,
    next: usize,
}

impl<T: Copy> InOrder<T> {
    fn new(list: Vec<(u32, T)>) -> Self {
        Self { list, next: 0 }
    }

    fn find(&mut self, at: u32) -> Option<T> {
        /// Entries that are looked at one by one.
        const NEAR: usize = 8;
        let near = self.list.iter().enumerate().skip(self.next).take(NEAR).find(|(_, (of, _))| *of == at);
        let place = match near {
            Some((place, _)) => place,
            None => self.list.binary_search_by_key(&at, |(of, _)| *of).ok()?,
        };
        self.next = place + 1;
        Some(self.list[place].1)
    }
}

impl Partition {
    pub(super) fn numbers(&self) -> Range<u32> {
        0..self.spans.len() as u32
    }

    /// Pairs stops without a start with starts without a stop in later inputs.
    pub(super) fn pair_across_inputs(&mut self) {
        if self.sources.len() < 2 {
            return;
        }
        let mut unfinished: HashMap<u64, VecDeque<u32>> = HashMap::new();
        let mut cut_off = Vec::new();
        for at in self.numbers() {
            let span = self.spans.get(at);
            if span.stop.is_none() {
                unfinished.entry(self.spans.key(at)).or_default().push_back(at);
            } else if span.is_cut_off() {
                cut_off.push(at);
            }
        }
        for at in cut_off {
            let span = self.spans.get(at);
            let Some(starts) = unfinished.get_mut(&self.spans.key(at)) else { continue };
            let source = self.source_of(span.first);
            // Both come in the order of inputs: a start that is too early for this stop is so for the next ones.
            while starts.front().is_some_and(|start| self.source_of(self.spans.first(*start)) <= source) {
                starts.pop_front();
            }
            if let Some(start) = starts.pop_front() {
                let whole = Span { name: span.name, stop: span.stop, ..self.spans.get(start) };
                self.spans.set(start, &whole);
                self.spans.set_parent(at, IS_GONE);
            }
        }
        self.late.retain(|(at, _)| self.spans.parent(*at) != IS_GONE);
    }

    /// Finds the parents that were not open when their children began: they were closed, or came later, or are missing.
    /// Gives the children in their order, each with the number of its parent.
    ///
    /// Looks at keys alone: a span itself is not in a cache until trees grow.
    fn find_late_parents(&mut self) -> Vec<(u32, u32)> {
        if self.late.is_empty() {
            return Vec::new();
        }
        let mut sieve = Sieve::new(self.late.len());
        self.late.iter().for_each(|(_, key)| _ = sieve.insert(*key));
        let mut found: Vec<(u64, u32)> = Vec::new();
        self.spans.each_key(|at, key| {
            if sieve.may_have(key) && self.is_there(at) {
                found.push((key, at));
            }
        });
        found.sort_unstable();
        let parent_of = |(at, key): (u32, u64)| {
            // Numbers are in the order of first records.
            let next = found.partition_point(|of| *of < (key, at));
            let with_key = |at: usize| found.get(at).filter(|(of, _)| *of == key);
            let parent = next.checked_sub(1).and_then(with_key).or_else(|| with_key(next));
            (at, parent.map_or(IS_MISSING, |(_, parent)| *parent))
        };
        std::mem::take(&mut self.late).into_iter().map(parent_of).collect()
    }

    /// Adds its spans to a tree, and leaves in `scratch` how much of each span's interval its children cover together,
    /// of those that count. Cycles are broken on the way.
    ///
    /// All in one pass: a span's own time is first all of it, and each child takes its part away. Only spans that pass
    /// are added to the tree.
    pub(super) fn grow(
        &mut self,
        passing: Option<&Passing>,
        tree: &mut Tree,
        counts: &mut Counts,
        scratch: &mut GrowthScratch,
    ) {
        if self.has_wholes() {
            self.grow_with::<true>(passing, tree, counts, scratch);
        } else {
            self.grow_with::<false>(passing, tree, counts, scratch);
        }
    }

    /// Does the same with `WHOLES` where one record can be all of a span: these have times that tell their order to the
    /// nanosecond, instead of the order of lines.
    fn grow_with<const WHOLES: bool>(
        &mut self,
        passing: Option<&Passing>,
        tree: &mut Tree,
        counts: &mut Counts,
        scratch: &mut GrowthScratch,
    ) {
        let (late, tops) = (InOrder::new(self.find_late_parents()), InOrder::new(std::mem::take(&mut self.tops)));
        let GrowthScratch { branches, groups } = scratch;
        // Those of the partition before are no longer needed.
        *groups = Groups::default();
        refill(branches, self.spans.len(), Branch::UNKNOWN);
        let mut climb = Climb { late, tops, groups: Groups::default(), path: Vec::new() };
        let mut is_ordered = true;
        for at in self.numbers() {
            let mut span = self.spans.get(at);
            if span.parent == IS_GONE {
                continue;
            }
            let passes = passing.is_none_or(|passing| passing.passes(span.name, span.stop));
            let mut place = branches[at as usize].place;
            if place.node == NO_NODE {
                // Nearly always the parent came before.
                match branches.get(span.parent as usize) {
                    Some(Branch { place: above, .. }) if above.node < CLIMBED => {
                        let node = match passing {
                            Some(passing) if passing.has_only_counted && !passes => above.node,
                            _ => tree.child(above.node, span.name),
                        };
                        place = TreePosition { node, group: above.group };
                        branches[at as usize].place = place;
                    }
                    _ => place = self.place(at, branches, passing, tree, &mut climb),
                }
            }
            if span.parent == IS_LATE {
                span.parent = self.spans.parent(at);
            }
            self.count(&span, place.group, &mut climb.groups);
            record(&span, place.node, passes, tree, counts);
            let (parent, stop, begin, end) = match self.child_of::<WHOLES>(at, &span, counts) {
                Some(Child::Within { parent, stop, interval: Some((begin, end)) }) => (parent, stop, begin, end),
                Some(Child::Asynchronous) => {
                    if passes {
                        tree.note_asynchronous(place.node);
                    }
                    continue;
                }
                _ => continue,
            };
            let passes = |passing: &Passing| passing.passes(self.spans.name(parent), Some(stop));
            let Branch { place: above, union } = &mut branches[parent as usize];
            match union.add(begin, end) {
                None => is_ordered = false,
                Some(more) if passing.is_none_or(passes) => tree.cover(above.node, more),
                Some(_) => {}
            }
        }
        climb.groups.tell(counts);
        *groups = climb.groups;
        if !is_ordered {
            for of_one in self.unordered::<WHOLES>(branches).chunk_by(|(one, _), (other, _)| one == other) {
                let parent = of_one[0].0;
                let mut union = Union::EMPTY;
                of_one.iter().for_each(|(_, (begin, end))| _ = union.add(*begin, *end));
                let branch = &mut branches[parent as usize];
                let before = std::mem::replace(&mut branch.union, union).length;
                if passing.is_none_or(|passing| passing.passes(self.spans.name(parent), self.spans.stop(parent))) {
                    tree.cover(branch.place.node, union.length - before);
                }
            }
        }
    }

    /// Counts the records of a span with those of its trace group.
    #[inline(always)]
    fn count(&self, span: &Span, group: u32, groups: &mut Groups) {
        groups.count(group, self.records_of(span));
        if self.sources.len() > 1 {
            groups.note(group, self.source_of(span.first));
            groups.note(group, self.source_of(span.stop.map_or(span.first, |stop| stop.place)));
        }
    }

    /// Finds the position of a span that is not at its parent's: it has no parent, or a late one, or one that has no
    /// position yet. Then all above it get positions, too.
    #[inline(never)]
    fn place(
        &mut self,
        at: u32,
        branches: &mut [Branch],
        passing: Option<&Passing>,
        tree: &mut Tree,
        climb: &mut Climb,
    ) -> TreePosition {
        self.climb(at, branches, climb);
        while let Some(at) = climb.path.pop() {
            let (parent, name) = (self.spans.parent(at), self.spans.name(at));
            let above = if parent < FIRST_NO_PARENT {
                branches[parent as usize].place
            } else {
                let group = climb.tops.find(at).unwrap_or_default();
                TreePosition { node: TOP, group: climb.groups.number(group, self.source_of(self.spans.first(at))) }
            };
            let is_left_out =
                |passing: &Passing| passing.has_only_counted && !passing.passes(name, self.spans.stop(at));
            let node = if passing.is_some_and(is_left_out) { above.node } else { tree.child(above.node, name) };
            branches[at as usize].place = TreePosition { node, group: above.group };
        }
        branches[at as usize].place
    }

    /// Lists the spans from one up to the first whose parent has a position, or has no parent.
    fn climb(&mut self, at: u32, branches: &mut [Branch], climb: &mut Climb) {
        let mut next = at;
        let parent = loop {
            branches[next as usize].place.node = CLIMBED;
            climb.path.push(next);
            let mut parent = self.spans.parent(next);
            if parent == IS_LATE {
                parent = climb.late.find(next).unwrap_or(IS_MISSING);
                self.spans.set_parent(next, parent);
            }
            match branches.get(parent as usize).map(|branch| branch.place.node) {
                Some(NO_NODE) => next = parent,
                Some(CLIMBED) => break parent,
                _ => return,
            }
        };
        // All spans from the parent on are a cycle.
        let begin = climb.path.iter().position(|on_path| *on_path == parent).unwrap_or(0);
        let root = climb.path[begin..].iter().copied().min().unwrap_or(next);
        self.spans.set_parent(root, IS_CYCLE);
        climb.path.drain(..).for_each(|on_path| branches[on_path as usize].place.node = NO_NODE);
        self.climb(at, branches, climb);
    }

    /// Collects the intervals of children that did not begin in the order of their records, with those of all their
    /// siblings. They are sorted by parent.
    fn unordered<const WHOLES: bool>(&self, branches: &[Branch]) -> Vec<(u32, (i64, i64))> {
        let mut intervals = Vec::new();
        self.spans.each_parent(|at, parent| {
            let is_unordered = branches.get(parent as usize).is_some_and(|branch| branch.union.is_unordered());
            let child = || self.child_of::<WHOLES>(at, &self.spans.get(at), &mut Counts::default());
            if is_unordered && let Some(Child::Within { interval: Some(interval), .. }) = child() {
                intervals.push((parent, interval));
            }
        });
        intervals.sort_unstable();
        intervals
    }

    /// Says whether a span's time may be a part of its parent's, and which part that is; none if one of both has no
    /// stop, or there is no parent.
    pub(super) fn child(&self, at: u32, span: &Span, counts: &mut Counts) -> Option<Child> {
        if self.has_wholes() {
            self.child_of::<true>(at, span, counts)
        } else {
            self.child_of::<false>(at, span, counts)
        }
    }

    #[inline(always)]
    fn child_of<const WHOLES: bool>(&self, at: u32, span: &Span, counts: &mut Counts) -> Option<Child> {
        let parent = span.parent;
        if parent >= FIRST_NO_PARENT {
            return None;
        }
        let stop = span.stop?;
        let of_parent = self.spans.stop(parent)?;
        if WHOLES && (self.is_one_record(span.first) || self.is_one_record(self.spans.first(parent))) {
            return Some(child_in_time(stop, (parent, of_parent), counts));
        }
        counts.early += u64::from(begins_before(stop, of_parent) && self.is_early(at, span, parent, of_parent));
        if !self.began_before(at, span, of_parent) {
            counts.asynchronous += 1;
            return Some(Child::Asynchronous);
        }
        counts.outliving += u64::from(stop.time_us > of_parent.time_us);
        Some(Child::Within { parent, stop: of_parent, interval: clipped(stop, of_parent) })
    }

    /// Says whether a child whose interval begins before its parent's began before it: their start records must say so,
    /// too, where there are both. (The intervals of some genuine spans do, by microseconds.)
    #[cold]
    fn is_early(&self, at: u32, child: &Span, parent: u32, of_parent: Stop) -> bool {
        let have_both = !child.is_cut_off() && of_parent.place != self.spans.first(parent);
        let have_intervals = child.stop.is_some_and(|stop| stop.duration_ns >= 0) && of_parent.duration_ns >= 0;
        have_intervals && (!have_both || self.spans.first_us(at) < self.spans.first_us(parent))
    }

    /// Says whether a child began while its parent was open.
    #[inline]
    fn began_before(&self, at: u32, child: &Span, stop: Stop) -> bool {
        if self.sources.len() < 2 || self.source_of(child.first) == self.source_of(stop.place) {
            child.first < stop.place
        } else {
            self.spans.first_us(at) <= stop.time_us
        }
    }

    /// Counts the spans whose trace id an earlier span has. Those that may are sieved out, and then looked at.
    pub(super) fn repeated(&self) -> u64 {
        let mut sieve = Sieve::new(self.spans.len());
        let mut suspects = Vec::new();
        self.spans.each_key(|_, key| {
            if sieve.insert(key) {
                suspects.push(key);
            }
        });
        let mut sieve = Sieve::new(suspects.len());
        suspects.iter().for_each(|key| _ = sieve.insert(*key));
        let mut found = Vec::new();
        self.spans.each_key(|at, key| {
            if sieve.may_have(key) && self.is_there(at) {
                found.push(key);
            }
        });
        found.sort_unstable();
        found.windows(2).filter(|pair| pair[0] == pair[1]).count() as u64
    }

    /// Counts the cut-off spans whose trace id an unfinished span has, too.
    #[cold]
    pub(super) fn reversed(&self) -> u64 {
        let all = || self.numbers().filter(|at| self.is_there(*at)).map(|at| (at, self.spans.get(at)));
        let unfinished = all().filter(|(_, span)| span.stop.is_none());
        let unfinished: HashSet<u64> = unfinished.map(|(at, _)| self.spans.key(at)).collect();
        all().filter(|(at, span)| span.is_cut_off() && unfinished.contains(&self.spans.key(*at))).count() as u64
    }

    /// Says whether a span is not a part of another one.
    #[inline]
    fn is_there(&self, at: u32) -> bool {
        self.sources.len() < 2 || self.spans.parent(at) != IS_GONE
    }
}

/// A span that has a parent. Both have stopped.
pub(super) enum Child {
    /// It began while its parent was open.
    Within {
        parent: u32,
        /// The parent's stop.
        stop: Stop,
        /// The part of the parent's time that it takes.
        interval: Option<(i64, i64)>,
    },
    /// It began after its parent stopped.
    Asynchronous,
}

/// Says the same of two spans by their times alone.
fn child_in_time(child: Stop, (parent, stop): (u32, Stop), counts: &mut Counts) -> Child {
    let rest = i64::from(child.rest_ns) - i64::from(stop.rest_ns);
    let end = child.time_us.saturating_sub(stop.time_us).saturating_mul(1000).saturating_add(rest);
    let (begin, first) = (end.saturating_sub(child.duration_ns.max(0)), -stop.duration_ns.max(0));
    counts.early += u64::from(begin < first);
    if begin > 0 {
        counts.asynchronous += 1;
        return Child::Asynchronous;
    }
    counts.outliving += u64::from(end > 0);
    let (begin, end) = (begin.max(first), end.min(0));
    Child::Within { parent, stop, interval: (begin < end).then_some((begin, end)) }
}

/// Makes room for `len` values, and no more, since a partition can hold a tenth of all.
fn refill<T: Clone>(room: &mut Vec<T>, len: usize, value: T) {
    room.clear();
    room.reserve_exact(len);
    room.resize(len, value);
}

/// Counts a span, and adds it to its node if it passes.
#[inline(always)]
fn record(span: &Span, node: u32, passes: bool, tree: &mut Tree, counts: &mut Counts) {
    if span.parent >= FIRST_NO_PARENT {
        counts.missing_parents += u64::from(span.parent == IS_MISSING);
        counts.cycles += u64::from(span.parent == IS_CYCLE);
        counts.roots += u64::from(span.stop.is_some());
    }
    let Some(stop) = span.stop else {
        counts.unfinished += 1;
        return;
    };
    counts.spans += 1;
    counts.cut_off += u64::from(stop.place == span.first);
    if passes {
        tree.record(node, stop.duration_ns);
    }
}

/// Says whether a child's duration before its stop is earlier than that of its parent.
#[inline(always)]
fn begins_before(child: Stop, parent: Stop) -> bool {
    let end = child.time_us.saturating_sub(parent.time_us).saturating_mul(1000);
    end.saturating_sub(child.duration_ns) < -parent.duration_ns.max(0)
}

/// Clips a child's interval to its parent's, both less the parent's stop, in nanoseconds; none if nothing of it is
/// left.
///
/// Sums that saturate are more than 292 years from the stop, and clipped.
fn clipped(child: Stop, parent: Stop) -> Option<(i64, i64)> {
    let end = child.time_us.saturating_sub(parent.time_us).saturating_mul(1000);
    let begin = end.saturating_sub(child.duration_ns).max(-parent.duration_ns.max(0));
    (child.duration_ns > 0 && begin < end.min(0)).then_some((begin, end.min(0)))
}

/// The union of some intervals, which come in nearly the order of their beginnings.
#[derive(Debug, Clone, Copy)]
struct Union {
    /// Its length.
    length: i64,
    /// The last part of it that has no gap.
    last: (i64, i64),
}

impl Union {
    const EMPTY: Self = Self { length: 0, last: (i64::MIN, i64::MIN) };
    /// Stands in the place of a last part: an interval began before it.
    const UNORDERED: (i64, i64) = (i64::MAX, i64::MAX);

    /// Adds an interval, and gives the length by which the union grew; none if it begins where it is no longer known
    /// what is covered.
    #[inline]
    fn add(&mut self, begin: i64, end: i64) -> Option<i64> {
        let (first, reached) = self.last;
        if begin < first {
            self.last = Self::UNORDERED;
            return None;
        }
        let is_apart = begin > reached;
        let more = (end - begin.max(reached)).max(0);
        self.length += more;
        self.last = (if is_apart { begin } else { first }, end.max(reached));
        Some(more)
    }

    fn is_unordered(&self) -> bool {
        self.last == Self::UNORDERED
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_union_is_as_long_as_there_are_points_in_it(mut intervals in prop::collection::vec((0_i64..40, 1_i64..10), 0..12), is_sorted in any::<bool>()) {
            if is_sorted {
                intervals.sort_unstable();
            }
            let mut union = Union::EMPTY;
            let added: Vec<_> = intervals.iter().map(|(begin, length)| union.add(*begin, begin + length)).collect();
            let all = !added.contains(&None);
            let points = (0..50).filter(|point| intervals.iter().any(|(begin, length)| (*begin..begin + length).contains(point)));
            prop_assert!(all || !is_sorted);
            prop_assert_eq!(union.is_unordered(), !all);
            if all {
                prop_assert_eq!(union.length, points.count() as i64);
                prop_assert_eq!(union.length, added.into_iter().flatten().sum::<i64>());
            }
        }
    }
}
