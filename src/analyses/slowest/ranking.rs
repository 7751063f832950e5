//! Ranks spans: selects the slowest, and orders them.

use std::cmp::{Ordering, Reverse};

use crate::engine::Engine;
use crate::error::Error;
use crate::input::Source;
use crate::render::time::time_text;
use crate::spans::{Analysis, Forest, Identity, Nodes, Texts, TreeReading};

/// The measure that spans are ordered by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Measure {
    /// Their durations.
    #[default]
    Duration,
    /// Their self times.
    SelfTime,
    /// The number of spans below them.
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
        self.grow_with(sources, limit, None, Nodes::All, RankSpans { ranking, keeps, is_kept: Vec::new() })
    }
}

/// Ranks the spans of the names that are kept.
struct RankSpans<'a> {
    ranking: Ranking,
    /// Tells whether spans of a name are kept.
    keeps: &'a (dyn Fn(&[u8]) -> bool + Sync),
    /// The same by the numbers of names, as far as they are known.
    is_kept: Vec<bool>,
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

/// The first of the spans that were seen, and some more.
#[derive(Debug, Default)]
struct Candidates(Vec<Candidate>);

/// The number of spans collected beyond those wanted, before those are dropped that are not among the first.
const SLACK: usize = 1024;

impl RankSpans<'_> {
    fn keeps_name(&self, number: u32) -> bool {
        self.is_kept.get(number as usize).copied().unwrap_or(false)
    }

    fn add(&self, candidates: &mut Candidates, candidate: Candidate) {
        candidates.0.push(candidate);
        if candidates.0.len() >= self.ranking.top.saturating_add(SLACK).saturating_mul(2) {
            self.cut(candidates);
        }
    }

    fn cut(&self, Candidates(candidates): &mut Candidates) {
        candidates.sort_unstable_by(|one, other| order(one, other, self.ranking));
        candidates.truncate(self.ranking.top);
    }
}

impl Analysis for RankSpans<'_> {
    type Part = Candidates;
    type Found = Vec<SlowSpan>;

    const ASKS_FOR_IDS: bool = true;

    fn learn_names(&mut self, names: &[Box<[u8]>]) {
        let new = names.iter().skip(self.is_kept.len());
        self.is_kept.extend(new.map(|name| (self.keeps)(name)));
    }

    fn wants_ids(&self, name: u32, may_be_root: impl FnOnce() -> bool) -> bool {
        self.keeps_name(name) && (!self.ranking.only_roots || may_be_root())
    }

    fn visit(&self, forest: &Forest<'_>, candidates: &mut Candidates) {
        let below = forest.below();
        let ranks = |is_root: bool| is_root || !self.ranking.only_roots;
        for span in forest.spans().filter(|span| ranks(span.is_root) && self.keeps_name(span.name)) {
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

    fn settle(&self, candidates: &mut Candidates, texts: &Texts) {
        self.cut(candidates);
        for candidate in candidates.0.iter_mut().filter(|candidate| candidate.ids.is_none()) {
            candidate.ids = Some(texts.ids_of(candidate.identity, candidate.key).into());
        }
    }

    fn merge(&self, candidates: &mut Candidates, other: Candidates) {
        other.0.into_iter().for_each(|candidate| self.add(candidates, candidate));
    }

    fn found(self, mut candidates: Candidates, names: &[Box<[u8]>]) -> Vec<SlowSpan> {
        self.cut(&mut candidates);
        let with_name = |candidate: Candidate| {
            let Candidate { began_us, duration_ns, self_ns, spans_below, name, ids, .. } = candidate;
            let name = names.get(name as usize).cloned().unwrap_or_default();
            let [base_id, trace_id] = ids.unwrap_or_default();
            SlowSpan { began_us, duration_ns, self_ns, spans_below, base_id, trace_id, name }
        };
        candidates.0.into_iter().map(with_name).collect()
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
