//! The spans of a partition one by one, each with its parent, for those who look at each.

use super::counts::Counts;
use super::forest::GrowthScratch;
use super::partition::{IS_CYCLE, IS_GONE, IS_MISSING, IS_ROOT, Partition};
use super::tree::Tree;

/// A span among the others of its trace group.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Member {
    /// Its parent.
    pub(crate) parent: Parent,
    /// The number of its first record among those that the partition took.
    pub(crate) first: usize,
    /// The number of its stop record; none if it is unfinished, and the first record's if it is cut off.
    pub(crate) stop: Option<usize>,
    /// The part of its duration in which no child of it runs, in nanoseconds; zero if it is unfinished.
    pub(crate) self_ns: i64,
    /// It began after its parent stopped.
    pub(crate) is_asynchronous: bool,
    /// It stopped after its parent did.
    pub(crate) is_outliving: bool,
    /// It began before its parent.
    pub(crate) is_early: bool,
}

/// The parent of a span.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Parent {
    /// Another span, by its place among the members.
    Span(usize),
    /// None: its parent_id is its base_id.
    Root,
    /// A span that is in no input.
    Missing,
    /// A span below it: it is the root of a cycle.
    Cycle,
}

impl Partition {
    /// Gives its spans in the order of their first records, now that all records are there.
    pub(crate) fn into_family(mut self) -> Vec<Member> {
        self.pair_up();
        // Cycles are broken on the way; the paths of names don't matter here.
        let mut scratch = GrowthScratch::default();
        self.grow(None, &mut Tree::default(), &mut Counts::default(), &mut scratch);
        let mut kept: Vec<u32> = self.numbers().filter(|at| self.spans.parent(*at) != IS_GONE).collect();
        kept.sort_unstable_by_key(|at| self.spans.get(*at).first);
        let mut places = vec![0; self.spans.len()];
        for (place, at) in kept.iter().enumerate() {
            places[*at as usize] = place;
        }
        let member = |at: u32| {
            let span = self.spans.get(at);
            let mut counts = Counts::default();
            self.child(at, &span, &mut counts);
            let parent = match span.parent {
                IS_ROOT => Parent::Root,
                IS_MISSING => Parent::Missing,
                IS_CYCLE => Parent::Cycle,
                parent => Parent::Span(places[parent as usize]),
            };
            Member {
                parent,
                first: span.first as usize,
                stop: span.stop.map(|stop| stop.place as usize),
                self_ns: span.stop.map_or(0, |stop| stop.duration_ns.max(0) - scratch.covered_ns(at)),
                is_asynchronous: counts.asynchronous > 0,
                is_outliving: counts.outliving > 0,
                is_early: counts.early > 0,
            }
        };
        kept.into_iter().map(member).collect()
    }
}
