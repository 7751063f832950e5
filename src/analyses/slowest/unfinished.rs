//! Finds the spans that have started and never stopped.

use std::cmp::Ordering;

use super::first::{First, Names, list_bytes, rows_bytes};
use crate::engine::Engine;
use crate::error::Error;
use crate::input::Source;
use crate::render::time::time_text;
use crate::spans::{Analysis, Forest, Nodes, Partition, Started, Texts, TreeReading};

/// A span that has no stop.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenSpan {
    /// The time of its start, in microseconds since 1970.
    pub(crate) began_us: i64,
    /// The input that its start stands in, by number.
    pub source: usize,
    /// The line of its start, from 1.
    pub line: u64,
    /// The trace group.
    pub base_id: Box<[u8]>,
    /// The span itself.
    pub trace_id: Box<[u8]>,
    /// The trace name.
    pub name: Box<[u8]>,
}

impl OpenSpan {
    /// The time of its start, as a log has it: UTC, with six digits of a fraction. None where the calendar has no year
    /// of four digits for it.
    pub fn timestamp(&self) -> Option<String> {
        time_text(self.began_us)
    }
}

impl Engine {
    /// Reads all of `sources`, and returns the unfinished spans whose names are kept, at most `top` of them, those that
    /// started first. Memory is limited as in [`grow`](Self::grow).
    pub fn unfinished(
        &self,
        sources: &[Source],
        limit: usize,
        top: usize,
        keeps: &(dyn Fn(&[u8]) -> bool + Sync),
    ) -> Result<(TreeReading, Vec<OpenSpan>), Error> {
        self.grow_with(sources, limit, None, Nodes::All, FindUnfinished { top, names: Names::new(keeps) })
    }
}

struct FindUnfinished<'a> {
    top: usize,
    names: Names<'a>,
}

/// A span that may be among the first.
#[derive(Debug, Clone)]
struct Candidate {
    began_us: i64,
    name: u32,
    /// The key of the trace id.
    key: u64,
    started: Started,
    /// The base id and the trace id, once they were read.
    ids: Option<[Box<[u8]>; 2]>,
}

/// Orders spans by the times of their starts, and then as these stand in the input.
fn order(one: &Candidate, other: &Candidate) -> Ordering {
    let rank = |of: &Candidate| (of.began_us, of.started.source, of.started.line, of.started.identity, of.key);
    rank(one).cmp(&rank(other))
}

impl Analysis for FindUnfinished<'_> {
    type Part = First<Candidate>;
    type Found = Vec<OpenSpan>;

    const ASKS_FOR_IDS: bool = true;
    const ASKS_FOR_STARTS: bool = true;

    fn learn_names(&mut self, names: &[Box<[u8]>]) {
        self.names.learn(names);
    }

    fn wants_ids(&self, name: u32, _: impl FnOnce() -> bool) -> bool {
        self.names.keep(name)
    }

    fn candidates(&self, partition: &Partition) -> usize {
        partition.open()
    }

    fn list_bytes(&self, candidates: usize, threads: usize) -> usize {
        list_bytes(candidates, self.top, threads)
    }

    fn rows(&self, part: &Self::Part) -> (usize, usize) {
        (part.len(), rows_bytes(part.len()))
    }

    fn visit(&self, forest: &Forest<'_>, found: &mut Self::Part) {
        for open in forest.unfinished().filter(|open| self.names.keep(open.name)) {
            let Some(started) = forest.started(open.number) else { continue };
            let (began_us, name, key) = (open.began_us, open.name, open.key);
            found.add(Candidate { began_us, name, key, started, ids: None }, self.top, order);
        }
    }

    fn settle(&self, found: &mut Self::Part, texts: &Texts) {
        found.cut(self.top, order);
        for candidate in found.iter_mut().filter(|candidate| candidate.ids.is_none()) {
            candidate.ids = Some(texts.ids_of(candidate.started.identity, candidate.key).into());
        }
    }

    fn merge(&self, found: &mut Self::Part, other: Self::Part) {
        other.into_inner().into_iter().for_each(|candidate| found.add(candidate, self.top, order));
    }

    fn found(self, mut found: Self::Part, names: &[Box<[u8]>]) -> Vec<OpenSpan> {
        found.cut(self.top, order);
        let told = |Candidate { began_us, name, started, ids, .. }: Candidate| {
            let [base_id, trace_id] = ids.unwrap_or_default();
            let name = names.get(name as usize).cloned().unwrap_or_default();
            OpenSpan { began_us, source: started.source as usize, line: started.line, base_id, trace_id, name }
        };
        found.into_inner().into_iter().map(told).collect()
    }
}
