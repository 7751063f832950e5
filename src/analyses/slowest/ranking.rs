//! Ranks spans: selects the slowest, and orders them.

use std::cmp::{Ordering, Reverse};

use super::first::{First, Names, list_bytes, rows_bytes};
use crate::engine::Engine;
use crate::error::Error;
use crate::input::Source;
use crate::render::time::time_text;
use crate::spans::{Analysis, Forest, Identity, Nodes, Partition, Texts, TreeReading};

/// The measure that spans are ordered by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Measure {
    /// Their durations.
    #[default]
    Duration,
    /// Their self times.
    SelfTime,
    /// The number of spans below them; of trace groups, that of their spans.
    SpansBelow,
    /// The times at which they began.
    Timestamp,
}

/// The first of all spans in some order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ranking {
    /// The measure that they are ordered by. Of equal spans, the one that began first is first.
    pub measure: Measure,
    /// True if the largest come first.
    pub is_descending: bool,
    /// The largest number of spans.
    pub top: usize,
    /// True if only spans without a parent count.
    pub only_roots: bool,
}

/// A span of a ranking.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SlowSpan {
    /// The time at which it began, in microseconds since 1970: its duration before its stop; of a negative duration, at
    /// its first record.
    pub(crate) began_us: i64,
    /// Its duration, in nanoseconds.
    pub duration_ns: i64,
    /// Its self time: the part of its duration in which no child of it ran, in nanoseconds.
    pub self_ns: i64,
    /// The number of spans below it, unfinished ones among them.
    pub spans_below: u32,
    /// The trace group.
    pub base_id: Box<[u8]>,
    /// The span itself.
    pub trace_id: Box<[u8]>,
    /// The trace name.
    pub name: Box<[u8]>,
}

impl SlowSpan {
    /// The time at which it began, as a log has it: UTC, with six digits of a fraction. None where the calendar has no
    /// year of four digits for it.
    pub fn timestamp(&self) -> Option<String> {
        time_text(self.began_us)
    }
}

impl Engine {
    /// Reads all of `sources`, and returns the first spans of a ranking among those whose names are kept. Memory is
    /// limited as in [`grow`](Self::grow).
    pub fn slowest(
        &self,
        sources: &[Source],
        limit: usize,
        ranking: Ranking,
        keeps: &(dyn Fn(&[u8]) -> bool + Sync),
    ) -> Result<(TreeReading, Vec<SlowSpan>), Error> {
        self.grow_with(sources, limit, None, Nodes::All, RankSpans { ranking, names: Names::new(keeps) })
    }
}

/// Ranks the spans of the names that are kept.
struct RankSpans<'a> {
    ranking: Ranking,
    names: Names<'a>,
}

/// A span that may be among the first.
#[derive(Debug, Clone)]
struct Candidate {
    began_us: i64,
    duration_ns: i64,
    self_ns: i64,
    spans_below: u32,
    name: u32,
    /// The key of the trace id.
    key: u64,
    identity: Identity,
    /// The index of its stop among the records of the partition.
    place: u32,
    /// The base id and the trace id, once they were read.
    ids: Option<[Box<[u8]>; 2]>,
}

impl RankSpans<'_> {
    fn add(&self, candidates: &mut First<Candidate>, candidate: Candidate) {
        candidates.add(candidate, self.ranking.top, |one, other| order(one, other, self.ranking));
    }

    fn cut(&self, candidates: &mut First<Candidate>) {
        candidates.cut(self.ranking.top, |one, other| order(one, other, self.ranking));
    }
}

impl Analysis for RankSpans<'_> {
    type Part = First<Candidate>;
    type Found = Vec<SlowSpan>;

    const ASKS_FOR_IDS: bool = true;

    fn learn_names(&mut self, names: &[Box<[u8]>]) {
        self.names.learn(names);
    }

    fn wants_ids(&self, name: u32, may_be_root: impl FnOnce() -> bool) -> bool {
        self.names.keep(name) && (!self.ranking.only_roots || may_be_root())
    }

    fn candidates(&self, partition: &Partition) -> usize {
        partition.identified()
    }

    fn list_bytes(&self, candidates: usize, threads: usize) -> usize {
        list_bytes(candidates, self.ranking.top, threads)
    }

    fn bytes_to_visit(&self, partition: &Partition) -> usize {
        // Three numbers a span to count those below it, and what is free behind the last of them.
        partition.spans() * 4 * size_of::<u32>()
    }

    fn rows(&self, part: &First<Candidate>) -> (usize, usize) {
        (part.len(), rows_bytes(part.len()))
    }

    fn visit(&self, forest: &Forest<'_>, candidates: &mut First<Candidate>) {
        let below = forest.below();
        let ranks = |is_root: bool| is_root || !self.ranking.only_roots;
        for span in forest.spans().filter(|span| ranks(span.is_root) && self.names.keep(span.name)) {
            let candidate = Candidate {
                began_us: forest.began_us(&span),
                duration_ns: span.stop.duration_ns,
                self_ns: forest.self_ns(&span),
                spans_below: below[span.number as usize],
                name: span.name,
                key: forest.key(&span),
                identity: forest.identity(&span),
                place: span.stop.place,
                ids: None,
            };
            self.add(candidates, candidate);
        }
    }

    fn settle(&self, candidates: &mut First<Candidate>, texts: &Texts) {
        self.cut(candidates);
        for candidate in candidates.iter_mut().filter(|candidate| candidate.ids.is_none()) {
            candidate.ids = Some(texts.ids_of(candidate.identity, candidate.key).into());
        }
    }

    fn merge(&self, candidates: &mut First<Candidate>, other: First<Candidate>) {
        other.into_inner().into_iter().for_each(|candidate| self.add(candidates, candidate));
    }

    fn found(self, mut candidates: First<Candidate>, names: &[Box<[u8]>]) -> Vec<SlowSpan> {
        self.cut(&mut candidates);
        let with_name = |candidate: Candidate| {
            let Candidate { began_us, duration_ns, self_ns, spans_below, name, ids, .. } = candidate;
            let name = names.get(name as usize).cloned().unwrap_or_default();
            let [base_id, trace_id] = ids.unwrap_or_default();
            SlowSpan { began_us, duration_ns, self_ns, spans_below, base_id, trace_id, name }
        };
        candidates.into_inner().into_iter().map(with_name).collect()
    }
}

/// Orders spans in the same way for any number of threads and readings. Of equal spans, the one that began first is
/// first; then their ids decide, and then the order of their records.
fn order(one: &Candidate, other: &Candidate, ranking: Ranking) -> Ordering {
    let rest = |of: &Candidate| (of.began_us, of.identity, of.key, of.place);
    let by_measure = ranking.order(&measures(one), &measures(other));
    by_measure.then_with(|| rest(one).cmp(&rest(other)))
}

fn measures(of: &Candidate) -> [i64; 4] {
    [of.duration_ns, of.self_ns, of.spans_below.into(), of.began_us]
}

impl Ranking {
    /// Gives the place of the measure among duration, self time, number of spans and beginning.
    pub(super) fn measure_at(self) -> usize {
        match self.measure {
            Measure::Duration => 0,
            Measure::SelfTime => 1,
            Measure::SpansBelow => 2,
            Measure::Timestamp => 3,
        }
    }

    fn order(self, one: &[i64; 4], other: &[i64; 4]) -> Ordering {
        let at = self.measure_at();
        if self.is_descending { Reverse(one[at]).cmp(&Reverse(other[at])) } else { one[at].cmp(&other[at]) }
    }
}
