//! Ranks whole trace groups, such as requests: by the time from the beginning of their first span to the last stop.

use std::cmp::{Ordering, Reverse};

use super::first::{First, Names, list_bytes, rows_bytes};
use super::ranking::Ranking;
use crate::engine::Engine;
use crate::error::Error;
use crate::input::Source;
use crate::render::time::time_text;
use crate::spans::{Analysis, Forest, Nodes, Partition, Texts, TreeReading};

/// A trace group of a ranking.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SlowGroup {
    /// The time at which its first span began, in microseconds since 1970.
    pub(crate) began_us: i64,
    /// The time from there to its last stop, in nanoseconds.
    pub duration_ns: i64,
    /// The sum of the self times of its spans, in nanoseconds.
    pub self_ns: i128,
    /// The number of its spans, without unfinished ones.
    pub spans: u64,
    /// The trace group.
    pub base_id: Box<[u8]>,
    /// The name of the span that began first.
    pub name: Box<[u8]>,
}

impl SlowGroup {
    /// The time at which its first span began, as a log has it. None where the calendar has no year of four digits for
    /// it.
    pub fn timestamp(&self) -> Option<String> {
        time_text(self.began_us)
    }
}

impl Engine {
    /// Reads all of `sources`, and returns the first trace groups of a ranking. Only spans of names that are kept count
    /// in them. Memory is limited as in [`grow`](Self::grow).
    pub fn slowest_groups(
        &self,
        sources: &[Source],
        limit: usize,
        ranking: Ranking,
        keeps: &(dyn Fn(&[u8]) -> bool + Sync),
    ) -> Result<(TreeReading, Vec<SlowGroup>), Error> {
        self.grow_with(sources, limit, None, Nodes::All, RankGroups { ranking, names: Names::new(keeps) })
    }
}

struct RankGroups<'a> {
    ranking: Ranking,
    names: Names<'a>,
}

/// A trace group that may be among the first.
#[derive(Debug, Clone)]
struct Candidate {
    began_ns: i128,
    stopped_ns: i128,
    self_ns: i128,
    spans: u64,
    /// The name of the span that began first.
    name: u32,
    /// The key of the base id.
    key: u64,
    /// The base id, once it was read.
    base_id: Option<Box<[u8]>>,
}

impl Candidate {
    fn new(key: u64) -> Self {
        let (began_ns, stopped_ns) = (i128::MAX, i128::MIN);
        Self { began_ns, stopped_ns, self_ns: 0, spans: 0, name: 0, key, base_id: None }
    }

    fn begin(&mut self, began_ns: i128, name: u32) {
        if began_ns < self.began_ns {
            (self.began_ns, self.name) = (began_ns, name);
        }
    }

    fn duration_ns(&self) -> i64 {
        (self.stopped_ns - self.began_ns).try_into().unwrap_or(i64::MAX)
    }

    fn measures(&self) -> [i128; 4] {
        [self.stopped_ns - self.began_ns, self.self_ns, self.spans.into(), self.began_ns]
    }
}

impl RankGroups<'_> {
    /// Orders groups in the same way for any number of threads and readings.
    fn order(&self) -> impl Fn(&Candidate, &Candidate) -> Ordering {
        let Ranking { is_descending, .. } = self.ranking;
        let at = self.ranking.measure_at();
        move |one, other| {
            let [of_one, of_other] = [one, other].map(|of| of.measures()[at]);
            let by_measure =
                if is_descending { Reverse(of_one).cmp(&Reverse(of_other)) } else { of_one.cmp(&of_other) };
            by_measure.then_with(|| (one.began_ns, one.key).cmp(&(other.began_ns, other.key)))
        }
    }
}

impl Analysis for RankGroups<'_> {
    type Part = First<Candidate>;
    type Found = Vec<SlowGroup>;

    const ASKS_FOR_IDS: bool = true;

    fn learn_names(&mut self, names: &[Box<[u8]>]) {
        self.names.learn(names);
    }

    fn wants_ids(&self, _: u32, _: impl FnOnce() -> bool) -> bool {
        false
    }

    fn candidates(&self, partition: &Partition) -> usize {
        partition.most_groups()
    }

    fn list_bytes(&self, candidates: usize, threads: usize) -> usize {
        list_bytes(candidates, self.ranking.top, threads)
    }

    fn bytes_to_visit(&self, partition: &Partition) -> usize {
        partition.most_groups() * (size_of::<Candidate>() + size_of::<u64>())
    }

    fn rows(&self, part: &Self::Part) -> (usize, usize) {
        (part.len(), rows_bytes(part.len()))
    }

    fn visit(&self, forest: &Forest<'_>, found: &mut Self::Part) {
        let mut groups: Vec<Candidate> = forest.groups().into_iter().map(Candidate::new).collect();
        for span in forest.spans().filter(|span| self.names.keep(span.name)) {
            let Some(group) = groups.get_mut(forest.group_of(span.number)) else { continue };
            group.begin(forest.began_ns(&span), span.name);
            group.stopped_ns = group.stopped_ns.max(span.stop.time_ns());
            group.self_ns += i128::from(forest.self_ns(&span));
            group.spans += 1;
        }
        for open in forest.unfinished().filter(|open| self.names.keep(open.name)) {
            let Some(group) = groups.get_mut(forest.group_of(open.number)) else { continue };
            group.begin(i128::from(open.began_us) * 1000, open.name);
        }
        for group in groups.into_iter().filter(|group| group.spans > 0) {
            found.add(group, self.ranking.top, self.order());
        }
    }

    fn settle(&self, found: &mut Self::Part, texts: &Texts) {
        found.cut(self.ranking.top, self.order());
        for candidate in found.iter_mut().filter(|candidate| candidate.base_id.is_none()) {
            candidate.base_id = Some(texts.base_id(candidate.key));
        }
    }

    fn merge(&self, found: &mut Self::Part, other: Self::Part) {
        other.into_inner().into_iter().for_each(|candidate| found.add(candidate, self.ranking.top, self.order()));
    }

    fn found(self, mut found: Self::Part, names: &[Box<[u8]>]) -> Vec<SlowGroup> {
        found.cut(self.ranking.top, self.order());
        let told = |candidate: Candidate| SlowGroup {
            began_us: candidate.began_ns.div_euclid(1000) as i64,
            duration_ns: candidate.duration_ns(),
            self_ns: candidate.self_ns,
            spans: candidate.spans,
            base_id: candidate.base_id.unwrap_or_default(),
            name: names.get(candidate.name as usize).cloned().unwrap_or_default(),
        };
        found.into_inner().into_iter().map(told).collect()
    }
}
