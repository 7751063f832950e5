//! An analysis of whole trace groups: it learns from spans in their trees, beside the tree itself.

use super::counts::Counts;
use super::event::{Run, began_us};
use super::forest::GrowthScratch;
use super::identity::{Identity, Started, Texts};
use super::partition::{FIRST_NO_PARENT, IS_CYCLE, IS_GONE, IS_MISSING, IS_ROOT, Partition};
use super::passing::Passing;
use super::span::Stop;
use super::tree::Tree;

/// Learns from the spans of each partition, in any order. Its parts merge, so that threads, readings and machines can
/// share the work.
pub(crate) trait Analysis: Send + Sync {
    /// The result from some trace groups.
    type Part: Default + Send;
    /// The result from all.
    type Found: Send;

    /// Says whether it may ask for the ids of spans.
    const ASKS_FOR_IDS: bool;
    /// Says whether it may ask for the starts of unfinished spans, too.
    const ASKS_FOR_STARTS: bool = false;

    /// Learns the names that have come, given all of them by number.
    fn learn_names(&mut self, names: &[Box<[u8]>]);

    /// Says whether it may ask for the ids of a span of this name.
    fn wants_ids(&self, name: u32, may_be_root: impl FnOnce() -> bool) -> bool;

    /// Counts what may enter a list of a partition's spans.
    fn candidates(&self, _: &Partition) -> usize {
        0
    }

    /// Estimates the most memory of a list that so many spans may enter, with that of the answer.
    fn list_bytes(&self, _candidates: usize, _threads: usize) -> usize {
        0
    }

    /// Estimates the memory that it takes to learn from a partition.
    fn bytes_to_visit(&self, _: &Partition) -> usize {
        0
    }

    /// Counts the rows in a part, and estimates the memory that they take to the end.
    fn rows(&self, _: &Self::Part) -> (usize, usize) {
        (0, 0)
    }

    /// Learns from the trees of a partition.
    fn visit(&self, forest: &Forest<'_>, part: &mut Self::Part);

    /// Reads the ids that it needs: after a reading, they are forgotten.
    fn settle(&self, part: &mut Self::Part, texts: &Texts);

    /// Adds another part.
    fn merge(&self, part: &mut Self::Part, other: Self::Part);

    /// Makes the answer of the part of all trace groups.
    fn found(self, part: Self::Part, names: &[Box<[u8]>]) -> Self::Found;
}

/// The empty analysis, where the tree alone is asked for.
impl Analysis for () {
    type Part = ();
    type Found = ();

    const ASKS_FOR_IDS: bool = false;

    fn learn_names(&mut self, _: &[Box<[u8]>]) {}

    fn wants_ids(&self, _: u32, _: impl FnOnce() -> bool) -> bool {
        false
    }

    fn visit(&self, _: &Forest<'_>, (): &mut ()) {}

    fn settle(&self, (): &mut (), _: &Texts) {}

    fn merge(&self, (): &mut (), (): ()) {}

    fn found(self, (): (), _: &[Box<[u8]>]) {}
}

/// The trees, counts and part of an analysis to which partitions are added, one after the other.
#[derive(Default)]
pub(crate) struct Growth<P> {
    pub(crate) tree: Tree,
    pub(crate) counts: Counts,
    /// The part of an [`Analysis`].
    pub(crate) part: P,
    scratch: GrowthScratch,
}

impl Partition {
    /// Adds its spans to a tree, now that all records are there: those that pass. Then it is analysed.
    /// `look` may look at it, too.
    pub(crate) fn finish<A: Analysis>(
        mut self,
        passing: Option<&Passing>,
        growth: &mut Growth<A::Part>,
        analysis: &A,
        look: impl FnOnce(&Forest<'_>),
    ) {
        let Growth { tree, counts, part, scratch } = growth;
        self.pair_up();
        let [cut_off, unfinished] = [counts.cut_off, counts.unfinished];
        self.grow(passing, tree, counts, scratch);
        if counts.cut_off > cut_off && counts.unfinished > unfinished {
            counts.reversed += self.reversed();
        }
        let lone = self.lone().len() as u64;
        (counts.unfinished, counts.lone) = (counts.unfinished - lone, counts.lone + lone);
        self.identities.sort();
        let forest = Forest { partition: &self, scratch, passing };
        analysis.visit(&forest, part);
        look(&forest);
        counts.repeated += self.repeated();
    }

    /// Takes the next records of an input, and keeps the ids of those that an analysis may ask for.
    pub(crate) fn take_with_ids<A: Analysis>(&mut self, run: Run<'_>, source: u32, analysis: &A) {
        let identity = |nth: usize| Identity { trace: run.ids[nth], group: run.group };
        let started = |partition: &mut Self, nth: usize, at| {
            if A::ASKS_FOR_STARTS && analysis.wants_ids(run.events[nth].name, || true) {
                let line = run.places.get(nth).copied().unwrap_or_default();
                partition.starts.insert(at, Started { identity: identity(nth), source, line });
            }
        };
        let stopped = |partition: &mut Self, nth: usize, at| {
            if A::ASKS_FOR_STARTS {
                partition.starts.remove(&at);
            } else {
                partition.identify(at, run.events[nth].name, identity(nth), analysis);
            }
        };
        self.take_with(run, source, started, stopped);
    }

    /// Keeps the ids of a span that has stopped, if an analysis may ask for them.
    fn identify(&mut self, at: u32, name: u32, identity: Identity, analysis: &impl Analysis) {
        let parent = self.spans.parent(at);
        // A start in another input may say that a span without a start is a root.
        let may_be_root = || parent >= FIRST_NO_PARENT || self.spans.get(at).is_cut_off();
        if analysis.wants_ids(name, may_be_root) {
            self.identities.insert(self.spans.key(at), identity);
        }
    }
}

/// An unfinished span that passes the filters.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Unfinished {
    /// Its number in the partition.
    pub(crate) number: u32,
    /// The key of its trace id.
    pub(crate) key: u64,
    /// The number of its name.
    pub(crate) name: u32,
    /// The time of its start, in microseconds since 1970.
    pub(crate) began_us: i64,
}

/// The spans of a partition, now that their trees are known.
pub(crate) struct Forest<'a> {
    pub(super) partition: &'a Partition,
    pub(super) scratch: &'a GrowthScratch,
    pub(super) passing: Option<&'a Passing>,
}

/// A span that has a stop, and passes the filters.
#[derive(Debug, Clone, Copy)]
pub(crate) struct TreeSpan {
    /// Its number in the partition.
    pub(crate) number: u32,
    /// It has no parent.
    pub(crate) is_root: bool,
    /// The number of its name.
    pub(crate) name: u32,
    pub(crate) stop: Stop,
}

impl Forest<'_> {
    /// Gives all that have a stop, and pass the filters.
    pub(crate) fn spans(&self) -> impl Iterator<Item = TreeSpan> + '_ {
        let spans = &self.partition.spans;
        self.partition.numbers().filter_map(|number| {
            let span = spans.get(number);
            let passes = |passing: &Passing| passing.passes(span.name, span.stop);
            let stop = span.stop.filter(|_| span.parent != IS_GONE && self.passing.is_none_or(passes))?;
            let is_root = [IS_ROOT, IS_MISSING, IS_CYCLE].contains(&span.parent);
            Some(TreeSpan { number, is_root, name: span.name, stop })
        })
    }

    /// Gives all that have no stop, and pass the filters.
    pub(crate) fn unfinished(&self) -> impl Iterator<Item = Unfinished> + '_ {
        let spans = &self.partition.spans;
        self.partition.numbers().filter_map(|number| {
            let span = spans.get(number);
            let passes = |passing: &Passing| passing.passes(span.name, None);
            let is_it = span.stop.is_none()
                && span.parent != IS_GONE
                && self.passing.is_none_or(passes)
                && self.partition.lone().binary_search(&number).is_err();
            let (key, began_us) = (spans.key(number), spans.first_us(number));
            is_it.then_some(Unfinished { number, key, name: span.name, began_us })
        })
    }

    /// Gives the start of an unfinished span, if it was asked for.
    pub(crate) fn started(&self, number: u32) -> Option<Started> {
        self.partition.starts.get(&number).copied()
    }

    /// Gives the keys of the trace groups, by number.
    pub(crate) fn groups(&self) -> Vec<u64> {
        self.scratch.groups.keys()
    }

    /// Gives the number of a span's trace group.
    pub(crate) fn group_of(&self, number: u32) -> usize {
        self.scratch.group_of(number)
    }

    /// Gives the key of a span's trace id.
    pub(crate) fn key(&self, span: &TreeSpan) -> u64 {
        self.partition.spans.key(span.number)
    }

    /// Gives the ids of a span, if they were asked for when it stopped.
    pub(crate) fn identity(&self, span: &TreeSpan) -> Identity {
        self.partition.identities.find(self.key(span)).unwrap_or(Identity::UNKNOWN)
    }

    /// Gives the part of a span's duration in which no child of it ran, in nanoseconds.
    pub(crate) fn self_ns(&self, span: &TreeSpan) -> i64 {
        span.stop.duration_ns.max(0) - self.scratch.covered_ns(span.number)
    }

    /// Gives the time when a span began, in microseconds since 1970: its duration before its stop; of a negative
    /// duration, that of its first record.
    pub(crate) fn began_us(&self, span: &TreeSpan) -> i64 {
        match span.stop.duration_ns {
            ..0 => self.partition.spans.first_us(span.number),
            lasted => began_us(span.stop.time_us, span.stop.rest_ns, lasted),
        }
    }

    /// Gives the same time to the nanosecond.
    pub(crate) fn began_ns(&self, span: &TreeSpan) -> i128 {
        match span.stop.duration_ns {
            ..0 => i128::from(self.partition.spans.first_us(span.number)) * 1000,
            lasted => span.stop.time_ns() - i128::from(lasted),
        }
    }

    /// Counts the spans below each span, by number, unfinished ones among them.
    pub(crate) fn below(&self) -> Vec<u32> {
        let partition = self.partition;
        let parent_of = |at: u32| Some(partition.spans.parent(at)).filter(|parent| *parent < FIRST_NO_PARENT);
        let mut below = vec![0; partition.spans.len()];
        // Children that have not been added.
        let mut missing = vec![0_u32; partition.spans.len()];
        partition.numbers().filter_map(parent_of).for_each(|parent| missing[parent as usize] += 1);
        let leaves: Vec<u32> = partition.numbers().filter(|at| missing[*at as usize] == 0).collect();
        for leaf in leaves {
            let mut at = leaf;
            while let Some(parent) = parent_of(at) {
                below[parent as usize] += 1 + below[at as usize];
                missing[parent as usize] -= 1;
                if missing[parent as usize] > 0 {
                    break;
                }
                at = parent;
            }
        }
        below
    }
}
