//! The slowest spans: which of all are kept, and in which order.

use std::cmp::{Ordering, Reverse};
use std::ops::Range;

use super::identity::{Identity, Texts};
use super::partition::{FIRST_NO_PARENT, IS_CYCLE, IS_GONE, IS_MISSING, IS_ROOT, Partition};
use crate::formats::osprofiler::time_text;

/// What spans are ordered by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Measure {
    /// How long they took.
    #[default]
    Duration,
    /// How much of that was their own.
    SelfTime,
    /// How many spans are below them.
    SpansBelow,
    /// When they began.
    Timestamp,
}

/// The first of all spans in some order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ranking {
    /// What they are ordered by. Of equals, those come first that began first.
    pub measure: Measure,
    /// Whether the largest come first.
    pub is_descending: bool,
    /// How many.
    pub top: usize,
    /// Only those that have no parent.
    pub only_roots: bool,
}

/// A span that is worth a look.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SlowSpan {
    /// When it began, in microseconds since 0000-03-01: its duration before its stop; of a negative duration, at its first record.
    pub(crate) began_us: i64,
    /// How long it took, in nanoseconds.
    pub duration_ns: i64,
    /// The part of that in which no child of it ran, in nanoseconds.
    pub self_ns: i64,
    /// How many spans are below it, unfinished ones among them.
    pub spans_below: u32,
    /// The trace group.
    pub base_id: Box<[u8]>,
    /// The span itself.
    pub trace_id: Box<[u8]>,
    /// The trace name.
    pub name: Box<[u8]>,
}

impl SlowSpan {
    /// When it began, as a log has it: UTC, with six digits of a fraction. Empty where there is no calendar for it.
    pub fn timestamp(&self) -> String {
        time_text(self.began_us).unwrap_or_default()
    }
}

/// Which spans may be in a ranking.
#[derive(Clone)]
pub(crate) struct Picks<'a> {
    pub(crate) ranking: Ranking,
    /// Whether spans of a name are.
    keeps: &'a (dyn Fn(&[u8]) -> bool + Sync),
    /// The same by the numbers of names, so far as they are known.
    by_number: Vec<bool>,
}

/// A span that may be among the first.
#[derive(Debug, Clone, Copy)]
struct Candidate {
    began_us: i64,
    duration_ns: i64,
    self_ns: i64,
    spans_below: u32,
    name: u32,
    /// The key of the trace id.
    key: u64,
    identity: Identity,
    /// Which record of the partition its stop is.
    place: u32,
}

/// The first of the spans that were seen.
#[derive(Debug, Default)]
pub(crate) struct Slowest {
    candidates: Vec<Candidate>,
}

/// So many more than wanted are collected before those are left out that are not among the first.
const SLACK: usize = 1024;

impl<'a> Picks<'a> {
    pub(crate) fn new(ranking: Ranking, keeps: &'a (dyn Fn(&[u8]) -> bool + Sync)) -> Self {
        Self { ranking, keeps, by_number: Vec::new() }
    }

    /// Learns the names that have come, given all.
    pub(crate) fn learn(&mut self, names: &[Box<[u8]>]) {
        let new = names.iter().skip(self.by_number.len());
        self.by_number.extend(new.map(|name| (self.keeps)(name)));
    }

    fn keeps_name(&self, number: u32) -> bool {
        self.by_number.get(number as usize).copied().unwrap_or(false)
    }
}

impl Partition {
    /// Keeps the ids of a span that has stopped, if it may be in the ranking.
    pub(super) fn identify(&mut self, at: u32, name: u32, identity: Identity, picks: &Picks<'_>) {
        let parent = self.spans.parent(at);
        // A start in another input may say that a span without a start is a root.
        let may_be_root = || parent >= FIRST_NO_PARENT || self.spans.get(at).is_cut_off();
        if picks.keeps_name(name) && (!picks.ranking.only_roots || may_be_root()) {
            self.identities.insert(self.spans.key(at), identity);
        }
    }

    /// Adds its spans to a ranking, now that their parents are known: those with a stop at a time that is kept.
    pub(super) fn rank(
        &self,
        kept: &Range<i64>,
        self_ns: impl Fn(u32, i64) -> i64,
        picks: &Picks<'_>,
        slowest: &mut Slowest,
    ) {
        let below = self.below();
        for at in self.numbers() {
            let span = self.spans.get(at);
            let Some(stop) = span.stop.filter(|stop| kept.contains(&stop.time_us)) else { continue };
            let is_root = [IS_ROOT, IS_MISSING, IS_CYCLE].contains(&span.parent);
            if span.parent == IS_GONE || (picks.ranking.only_roots && !is_root) || !picks.keeps_name(span.name) {
                continue;
            }
            let key = self.spans.key(at);
            let identity = self.identities.get(&key).copied().unwrap_or(Identity::UNKNOWN);
            // Nothing lasts so long that a time of the log less it would overflow.
            let began_us = match stop.duration_ns {
                ..0 => self.spans.first_us(at),
                lasted => stop.time_us - lasted.cast_unsigned().div_ceil(1000).cast_signed(),
            };
            slowest.add(
                Candidate {
                    began_us,
                    duration_ns: stop.duration_ns,
                    self_ns: self_ns(at, stop.duration_ns),
                    spans_below: below[at as usize],
                    name: span.name,
                    key,
                    identity,
                    place: stop.place,
                },
                picks.ranking,
            );
        }
    }

    /// How many spans are below each.
    fn below(&self) -> Vec<u32> {
        let parent_of = |at: u32| Some(self.spans.parent(at)).filter(|parent| *parent < FIRST_NO_PARENT);
        let mut below = vec![0; self.spans.len()];
        // Children that have not been added.
        let mut missing = vec![0_u32; self.spans.len()];
        self.numbers().filter_map(parent_of).for_each(|parent| missing[parent as usize] += 1);
        let leaves: Vec<u32> = self.numbers().filter(|at| missing[*at as usize] == 0).collect();
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

impl Slowest {
    fn add(&mut self, candidate: Candidate, ranking: Ranking) {
        self.candidates.push(candidate);
        if self.candidates.len() >= ranking.top.saturating_add(SLACK).saturating_mul(2) {
            self.cut(ranking);
        }
    }

    /// Adds what another one has.
    pub(crate) fn merge(&mut self, other: Self, ranking: Ranking) {
        other.candidates.into_iter().for_each(|candidate| self.add(candidate, ranking));
    }

    fn cut(&mut self, ranking: Ranking) {
        self.candidates.sort_unstable_by(|one, other| order(one, other, ranking));
        self.candidates.truncate(ranking.top);
    }
}

/// The first of the spans that some readings saw.
#[derive(Debug, Default)]
pub(crate) struct Ranked {
    spans: Vec<Identified>,
}

#[derive(Debug)]
struct Identified {
    of: Candidate,
    base_id: Box<[u8]>,
    trace_id: Box<[u8]>,
}

impl Ranked {
    /// Adds those of another reading, with the texts that were noted in it.
    pub(crate) fn add(&mut self, mut slowest: Slowest, ranking: Ranking, texts: &Texts) {
        slowest.cut(ranking);
        self.spans.extend(slowest.candidates.into_iter().map(|candidate| {
            let (base_id, trace_id) = texts.ids_of(candidate.identity, candidate.key);
            Identified { of: candidate, base_id, trace_id }
        }));
        self.spans.sort_unstable_by(|one, other| order(&one.of, &other.of, ranking));
        self.spans.truncate(ranking.top);
    }

    /// All, with their names.
    pub(crate) fn into_spans(self, names: &[Box<[u8]>]) -> Vec<SlowSpan> {
        let with_name = |Identified { of, base_id, trace_id }| {
            let Candidate { began_us, duration_ns, self_ns, spans_below, name, .. } = of;
            let name = names.get(name as usize).cloned().unwrap_or_default();
            SlowSpan { began_us, duration_ns, self_ns, spans_below, base_id, trace_id, name }
        };
        self.spans.into_iter().map(with_name).collect()
    }
}

/// The same whatever the threads and readings: of equals, those come first that began first, then by their ids, and by their records' order.
fn order(one: &Candidate, other: &Candidate, ranking: Ranking) -> Ordering {
    let rest = |of: &Candidate| (of.began_us, of.identity, of.key, of.place);
    let by_measure = ranking.order(&measures(one), &measures(other));
    by_measure.then_with(|| rest(one).cmp(&rest(other)))
}

fn measures(of: &Candidate) -> [i64; 4] {
    [of.duration_ns, of.self_ns, of.spans_below.into(), of.began_us]
}

impl Ranking {
    fn order(self, one: &[i64; 4], other: &[i64; 4]) -> Ordering {
        let at = match self.measure {
            Measure::Duration => 0,
            Measure::SelfTime => 1,
            Measure::SpansBelow => 2,
            Measure::Timestamp => 3,
        };
        if self.is_descending { Reverse(one[at]).cmp(&Reverse(other[at])) } else { one[at].cmp(&other[at]) }
    }
}
