//! From records to spans: pairs starts with stops.

use std::ops::Range;

use ahash::{AHashMap, AHashSet};

use super::event::{Event, Run, START};
use super::groups::GROUP;
use super::identity::{Identities, Started};
use super::kept::KeptRecords;
use super::key::ROOT;
use super::open::OpenSpans;
use super::share::PARTITIONS;
use super::span::{Span, Spans, Stop};
use super::untold::Untold;
use super::{table_bytes, table_bytes_ahead};

/// Stands in the place of a parent's number: the span is a root, its parent_id is its base_id.
pub(super) const IS_ROOT: u32 = u32::MAX;
/// Its parent was not open when it began: until trees grow, [`Partition::late`] has the parent's key.
pub(super) const IS_LATE: u32 = u32::MAX - 1;
/// Its parent is in no input.
pub(super) const IS_MISSING: u32 = u32::MAX - 2;
/// It is a root to break a cycle.
pub(super) const IS_CYCLE: u32 = u32::MAX - 3;
/// It is a part of another span.
pub(super) const IS_GONE: u32 = u32::MAX - 4;
/// Below this a parent's number is one.
pub(super) const FIRST_NO_PARENT: u32 = IS_GONE;

/// The most records before a window: it has far less than the rest of 32 bits.
const MOST_RECORDS: u32 = FIRST_NO_PARENT - (1 << 30);

/// Bytes of a shadowed span, estimated: its place in a table, and a list of its own.
const SHADOWED: usize = 160;
/// Bytes that a span takes in addition when trees grow: its node and group, a union, two bits of sieves for each of its
/// bits, and in a ranking the number of spans below it.
const TO_GROW: usize = 48;
/// Bytes that a span without an open parent takes then, estimated: its parent among the candidates, of which there are
/// some more, and their list while it grows.
const LATE: usize = 64;

/// Bytes that a record takes at least, when trees grow: a half of its span.
pub(super) const LEAST_OF_RECORD: usize = 16 + TO_GROW / 2;

/// The spans of some trace groups.
#[derive(Debug, Default)]
pub(crate) struct Partition {
    pub(super) spans: Spans,
    open: OpenSpans,
    /// Open spans whose trace id a later one has, too, by key. They are no parents of later spans, and are closed when
    /// that one is. Hardly any log has such.
    shadowed: AHashMap<u64, Vec<u32>>,
    /// Spans whose parents were not open when they began, in their order, and the keys of these parents.
    pub(super) late: Vec<(u32, u64)>,
    /// Spans that have no parent so far, late ones and roots, in their order, and the keys of their groups. All other
    /// spans are of their parents' groups.
    pub(super) tops: Vec<(u32, u64)>,
    /// The ids of spans that an analysis may ask for, by key.
    pub(super) identities: Identities,
    /// The starts of open spans that an analysis may ask for, by number.
    pub(super) starts: AHashMap<u32, Started>,
    /// Number of records; those that are whole spans count twice, as a start and a stop.
    records: u32,
    /// Runs of records that are whole spans: all or none, in nearly any log.
    wholes: Vec<Range<u32>>,
    /// Records that are taken once all of their input is read.
    pub(super) kept: KeptRecords,
    /// The first record of each input, and the input.
    pub(super) sources: Vec<(u32, u32)>,
    /// The records that were taken, if each is taken once.
    once: Option<AHashSet<RecordKey>>,
    /// What is known of records that tell no durations, if there are any.
    pub(super) untold: Option<Box<Untold>>,
}

/// A record, as far as it tells one from another: trace id, time, duration and name.
type RecordKey = (u64, i64, i64, u32);

impl Partition {
    /// Makes an empty partition, which takes each record once if it is told to.
    pub(crate) fn new(takes_once: bool) -> Self {
        Self { once: takes_once.then(AHashSet::new), ..Self::default() }
    }

    /// Estimates its memory: more than any limit if it has more records than can be told apart, four billion.
    pub(crate) fn bytes(&self) -> usize {
        if self.records >= MOST_RECORDS {
            return usize::MAX / PARTITIONS;
        }
        self.spans.bytes()
            + self.open.bytes()
            + self.shadowed.len() * SHADOWED
            + (self.late.capacity() + self.tops.capacity()) * size_of::<(u32, u64)>()
            + self.identities.bytes()
            + table_bytes_ahead::<(u32, Started)>(self.starts.len(), self.starts.capacity())
            + self.wholes.capacity() * size_of::<Range<u32>>()
            + self.kept.bytes()
            + self.once.as_ref().map_or(0, |once| table_bytes::<RecordKey>(once.capacity()))
    }

    /// Estimates the additional memory while its trees grow.
    pub(crate) fn bytes_to_grow(&self) -> usize {
        self.bytes_to_grow_with(self.tops.len())
    }

    /// Estimates the same more closely, which takes a look at each span that has no parent so far: many can be of one
    /// trace group.
    #[cold]
    pub(crate) fn close_bytes_to_grow(&self) -> usize {
        let of_next = |of: &&[(u32, u64)]| of[0].1 != of[1].1;
        let groups = self.tops.windows(2).filter(of_next).count() + usize::from(!self.tops.is_empty());
        self.bytes_to_grow_with(groups)
    }

    fn bytes_to_grow_with(&self, most_groups: usize) -> usize {
        let to_grow = self.spans.len() * TO_GROW + self.late.len() * LATE + most_groups * GROUP;
        to_grow + self.identities.len() * Identities::SORTED + self.kept.bytes_to_settle()
    }

    /// Counts its records.
    pub(super) fn records(&self) -> u64 {
        self.records.into()
    }

    /// Counts its spans.
    pub(crate) fn spans(&self) -> usize {
        self.spans.len()
    }

    /// Counts the spans whose ids are kept.
    pub(crate) fn identified(&self) -> usize {
        self.identities.len()
    }

    /// Counts the spans whose starts are kept.
    pub(crate) fn open(&self) -> usize {
        self.starts.len()
    }

    /// Counts its trace groups, or more.
    pub(crate) fn most_groups(&self) -> usize {
        self.tops.len()
    }

    /// Says whether all its spans are of one trace group.
    pub(crate) fn is_one_group(&self) -> bool {
        let mut groups = self.groups();
        let first = groups.next();
        groups.all(|group| Some(group) == first)
    }

    /// Lists the trace groups of its spans, some of them more than once.
    pub(super) fn groups(&self) -> impl Iterator<Item = u64> + '_ {
        self.tops.iter().map(|(_, group)| *group).chain(self.kept.groups())
    }

    /// Takes the next records of an input; inputs come one after the other.
    #[inline(always)]
    pub(crate) fn take(&mut self, run: Run<'_>, source: u32) {
        self.take_with(run, source, |_, _, _| (), |_, _, _| ());
    }

    /// Takes records. `started` is told of each start, and `stopped` of each stop: its number among the events, and the
    /// number of its span.
    #[inline(always)]
    pub(super) fn take_with(
        &mut self,
        run: Run<'_>,
        source: u32,
        started: impl Fn(&mut Self, usize, u32),
        stopped: impl Fn(&mut Self, usize, u32),
    ) {
        if !run.events.is_empty() && self.sources.last().is_none_or(|(_, last)| *last != source) {
            self.sources.push((self.records, source));
        }
        if self.once.is_some() {
            return self.take_new(run, started, stopped);
        }
        for (nth, event) in run.events.iter().enumerate() {
            let started = |partition: &mut Self, at| started(partition, nth, at);
            self.take_event(event, run.group, started, |partition, at| stopped(partition, nth, at));
        }
    }

    #[inline(always)]
    fn take_event(
        &mut self,
        event: &Event,
        group: u64,
        started: impl Fn(&mut Self, u32),
        stopped: impl Fn(&mut Self, u32),
    ) {
        if let Some((began_us, stopped_us)) = event.times() {
            let at = if event.is_one_record() {
                self.take_whole(event, group, began_us, stopped_us)
            } else {
                self.start_and_stop(event, group, began_us, (stopped_us, 0))
            };
            stopped(self, at);
            self.records += 1;
        } else if event.duration_ns == START {
            let at = self.start(event, group);
            started(self, at);
        } else {
            let at = self.stop(event, group);
            stopped(self, at);
        }
        self.records += 1;
    }

    /// Takes the records that were not taken before.
    #[cold]
    #[inline(never)]
    fn take_new(
        &mut self,
        run: Run<'_>,
        started: impl Fn(&mut Self, usize, u32),
        stopped: impl Fn(&mut Self, usize, u32),
    ) {
        for (nth, event) in run.events.iter().enumerate() {
            let started = |partition: &mut Self, at| started(partition, nth, at);
            let stopped = |partition: &mut Self, at| stopped(partition, nth, at);
            if event.is_one_record() {
                if self.is_new(event) {
                    self.take_event(event, run.group, started, stopped);
                }
                continue;
            }
            for record in event.records() {
                if self.is_new(&record) {
                    self.take_event(&record, run.group, started, stopped);
                } else if record.is_stop() {
                    self.note_dropped();
                }
            }
        }
    }

    fn is_new(&mut self, event: &Event) -> bool {
        let Event { trace, time_us, duration_ns, name, .. } = *event;
        self.once.as_mut().is_none_or(|once| once.insert((trace, time_us, duration_ns, name)))
    }

    /// Takes a record that is a whole span.
    fn take_whole(&mut self, event: &Event, group: u64, began_us: i64, stopped_us: i64) -> u32 {
        let (place, end) = (self.records, self.records + 2);
        match self.wholes.last_mut() {
            Some(last) if last.end == place => last.end = end,
            _ => self.wholes.push(place..end),
        }
        self.start_and_stop(event, group, began_us, (stopped_us, event.rest_ns()))
    }

    /// Says whether some records are whole spans.
    pub(super) fn has_wholes(&self) -> bool {
        !self.wholes.is_empty()
    }

    /// Counts the records of a span.
    #[inline(always)]
    pub(super) fn records_of(&self, span: &Span) -> u64 {
        let has_both = span.stop.is_some_and(|stop| stop.place != span.first);
        1 + u64::from(has_both && (self.wholes.is_empty() || !self.is_one_record(span.first)))
    }

    pub(super) fn is_one_record(&self, place: u32) -> bool {
        let after = self.wholes.partition_point(|run| run.start <= place);
        after.checked_sub(1).is_some_and(|at| self.wholes[at].contains(&place))
    }

    /// Takes a start and its stop as if they came one after the other.
    #[inline(always)]
    fn start_and_stop(&mut self, event: &Event, group: u64, began_us: i64, stopped: (i64, u16)) -> u32 {
        let (time_us, rest_ns) = stopped;
        let stop = Stop { place: self.records + 1, time_us, rest_ns, duration_ns: event.duration_ns };
        let at = self.push(event, group, began_us, Some(stop));
        if let Some(shadowed) = self.open.find(event.trace) {
            self.open.remove(event.trace);
            self.shadow(event.trace, shadowed);
        }
        at
    }

    fn start(&mut self, event: &Event, group: u64) -> u32 {
        let at = self.push(event, group, event.time_us, None);
        if let Some(shadowed) = self.open.insert(event.trace, at) {
            self.shadow(event.trace, shadowed);
        }
        at
    }

    #[cold]
    fn shadow(&mut self, trace: u64, shadowed: u32) {
        self.shadowed.entry(trace).or_default().push(shadowed);
    }

    fn stop(&mut self, event: &Event, group: u64) -> u32 {
        let stop = Stop { place: self.records, time_us: event.time_us, rest_ns: 0, duration_ns: event.duration_ns };
        if let Some(at) = self.close(event.trace) {
            self.spans.close(at, event.name, stop);
            at
        } else {
            self.cut_off(event, group, stop)
        }
    }

    #[cold]
    fn cut_off(&mut self, event: &Event, group: u64, stop: Stop) -> u32 {
        self.push(event, group, event.time_us, Some(stop))
    }

    /// Closes the latest span that is open and has a key, and gives its number.
    fn close(&mut self, trace: u64) -> Option<u32> {
        match self.open.remove(trace) {
            None if !self.shadowed.is_empty() => self.shadowed.get_mut(&trace)?.pop(),
            removed => removed,
        }
    }

    #[inline(always)]
    fn push(&mut self, event: &Event, group: u64, first_us: i64, stop: Option<Stop>) -> u32 {
        let at = self.spans.len() as u32;
        let parent = self.parent(event, group, at);
        let Event { trace, name, .. } = *event;
        self.spans.push(trace, &Span { parent, name, first: self.records, stop }, first_us);
        at
    }

    #[inline(always)]
    fn parent(&mut self, event: &Event, group: u64, at: u32) -> u32 {
        let is_root = event.parent == ROOT;
        if !is_root && let Some(parent) = self.open.find(event.parent) {
            return parent;
        }
        self.tops.push((at, group));
        if is_root {
            return IS_ROOT;
        }
        self.late.push((at, event.parent));
        IS_LATE
    }

    /// Finds the input that a record came from.
    pub(super) fn source_of(&self, place: u32) -> u32 {
        let before = self.sources.partition_point(|(first, _)| *first <= place);
        before.checked_sub(1).map_or(0, |at| self.sources[at].1)
    }
}
