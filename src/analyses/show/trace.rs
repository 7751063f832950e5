//! The spans of a trace group, with their parents and times.

use super::time::Time;
use crate::analyses::show::{Group, StoredRecord};
use crate::engine::Problem;
use crate::engine::verdict::is_too_many;
use crate::spans::key::{Keys, hash};
use crate::spans::{Event, Member, Parent, Partition, Run, START};

/// Characters of an id that tell it from most others.
const SHORT_ID: usize = 8;

/// The spans of a trace group, and a selection of them to show.
#[derive(Debug)]
pub struct Trace {
    pub(super) base_id: Box<[u8]>,
    records: Vec<StoredRecord>,
    /// The spans in the order of their first records.
    pub(super) spans: Vec<Span>,
    /// The topmost ones that are to be shown, in time order.
    pub(super) tops: Vec<usize>,
    /// True if a span was asked for, and not the whole group.
    pub(super) is_part: bool,
}

/// A span.
#[derive(Debug)]
pub(super) struct Span {
    pub(super) member: Member,
    /// Its beginning and end: its interval, if it has one. An unfinished span, and one of a negative duration, are no
    /// more than where they started.
    pub(super) begin: Time,
    pub(super) end: Time,
    /// The duration; none if it is unfinished, and negative where a clock was set back.
    pub(super) duration_ns: Option<i64>,
    /// The children, in time order.
    pub(super) children: Vec<usize>,
}

impl Span {
    /// Tells whether it has a stop and no start.
    pub(super) fn is_cut_off(&self) -> bool {
        self.member.stop == Some(self.member.first)
    }
}

impl Trace {
    /// The spans of a group, or the requested one with all spans below it.
    pub fn new(group: Group) -> Self {
        let Group { base_id, span, records } = group;
        let mut spans = spans_of(family(&base_id, &records), &records);
        let roots = add_children(&mut spans);
        let mut trace = Self { base_id, records, spans, tops: roots, is_part: span.is_some() };
        if let Some(id) = span {
            trace.tops = trace.topmost(&id);
        }
        trace
    }

    /// The problem that too many of its spans began before their parents, if they do.
    pub fn early(&self) -> Option<Problem<'static>> {
        let count = self.spans.iter().filter(|span| span.member.is_early).count() as u64;
        let spans = self.spans.iter().filter(|span| span.member.stop.is_some()).count() as u64;
        is_too_many(count, spans).then_some(Problem::Early { count, spans })
    }

    /// The topmost spans with a trace id. (It can be that of several, and of spans below each other.)
    fn topmost(&self, trace_id: &[u8]) -> Vec<usize> {
        let (mut found, mut stack) = (Vec::new(), self.tops.clone());
        stack.reverse();
        while let Some(at) = stack.pop() {
            if self.first(at).trace_id() == trace_id {
                found.push(at);
            } else {
                stack.extend(self.spans[at].children.iter().rev());
            }
        }
        found.sort_by_key(|at| (self.spans[*at].begin, *at));
        found
    }

    /// The first record of a span: its start, if there is one.
    pub(super) fn first(&self, at: usize) -> &StoredRecord {
        &self.records[self.spans[at].member.first]
    }

    /// The stop record of a span.
    pub(super) fn stop(&self, at: usize) -> Option<&StoredRecord> {
        self.spans[at].member.stop.map(|stop| &self.records[stop])
    }

    /// The start record of a span.
    pub(super) fn start(&self, at: usize) -> Option<&StoredRecord> {
        (!self.spans[at].is_cut_off()).then(|| self.first(at))
    }

    /// The trace name of a span.
    pub(super) fn name(&self, at: usize) -> &[u8] {
        self.stop(at).unwrap_or_else(|| self.first(at)).name()
    }

    /// The number of characters by which all ids of the group are told apart: eight as a rule.
    pub(super) fn id_len(&self) -> usize {
        let mut ids: Vec<&[u8]> = (0..self.spans.len()).map(|at| self.first(at).trace_id()).collect();
        ids.push(&self.base_id);
        ids.sort_unstable();
        ids.dedup();
        let common = |pair: &[&[u8]]| pair[0].iter().zip(pair[1]).take_while(|(one, other)| one == other).count();
        ids.windows(2).map(|pair| common(pair) + 1).fold(SHORT_ID, usize::max)
    }

    /// The spans that are to be shown, those above before those below, and otherwise in no order of use.
    pub(super) fn selected(&self) -> Vec<usize> {
        let mut selected = self.tops.clone();
        let mut next = 0;
        while let Some(at) = selected.get(next) {
            selected.extend(&self.spans[*at].children);
            next += 1;
        }
        selected
    }
}

/// The family that the span engine makes of the records.
fn family(base_id: &[u8], records: &[StoredRecord]) -> Vec<Member> {
    let group = hash(base_id);
    let event = |record: &StoredRecord| {
        let keys = Keys::new(group, hash(record.parent_id()), hash(record.trace_id()));
        match record.duration_ns {
            Some(ns) if record.is_whole => Event::of_whole(keys, (record.time_us, record.rest_ns), ns, 0),
            duration_ns => Event::new(keys, record.time_us, duration_ns.unwrap_or(START), 0),
        }
    };
    let mut partition = Partition::default();
    // The records by the numbers that the partition gives them: a whole span is one event, and counts as two.
    let mut taken = Vec::new();
    let is_event = |record: &&StoredRecord| record.is_stop || !record.is_whole;
    for of_source in records.chunk_by(|a, b| a.source == b.source) {
        let events: Vec<Event> = of_source.iter().filter(is_event).map(event).collect();
        let run = Run { group, events: &events, ids: &[], places: &[] };
        partition.take(run, of_source.first().map_or(0, |record| record.source as u32));
    }
    for (at, record) in records.iter().enumerate().filter(|(_, record)| is_event(record)) {
        let start = at.checked_sub(1).filter(|at| records[*at].is_whole && !records[*at].is_stop).unwrap_or(at);
        taken.extend(record.is_whole.then_some(start).into_iter().chain([at]));
    }
    let mut members = partition.into_family();
    for member in &mut members {
        (member.first, member.stop) = (taken[member.first], member.stop.map(|stop| taken[stop]));
    }
    members
}

fn spans_of(members: Vec<Member>, records: &[StoredRecord]) -> Vec<Span> {
    let time_of = |record: usize| Time::from(records[record].time_us) * 1000 + Time::from(records[record].rest_ns);
    let span = |member: Member| {
        let duration_ns = member.stop.and_then(|stop| records[stop].duration_ns);
        let first = time_of(member.first);
        let (begin, end) = match (member.stop, duration_ns) {
            (Some(stop), Some(ns)) if ns >= 0 => (time_of(stop) - Time::from(ns), time_of(stop)),
            _ => (first, first),
        };
        Span { member, begin, end, duration_ns, children: Vec::new() }
    };
    members.into_iter().map(span).collect()
}

/// Sets the children of each span, in time order. Returns the roots, in time order.
fn add_children(spans: &mut [Span]) -> Vec<usize> {
    let mut in_time: Vec<usize> = (0..spans.len()).collect();
    // Spans stand in the order of their first records, and a sort leaves equals as they are.
    in_time.sort_by_key(|at| spans[*at].begin);
    let mut roots = Vec::new();
    for at in in_time {
        match spans[at].member.parent {
            Parent::Span(parent) => spans[parent].children.push(at),
            Parent::Root | Parent::Missing | Parent::Cycle => roots.push(at),
        }
    }
    roots
}
