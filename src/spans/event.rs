//! Events: records as the span engine needs them, on their way from the parsing threads to the partitions.

use super::identity::TraceId;
use super::key::Keys;
use super::share::{PARTITIONS, Share};
use crate::engine::offset_of;

/// One or two records of a trace group: the span, its time and its duration. 40 bytes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Event {
    /// The key of the trace id.
    pub(crate) trace: u64,
    /// The key of the parent id; [`ROOT`](super::key::ROOT) where that is the base id.
    pub(crate) parent: u64,
    /// The timestamp, in microseconds since 1970; that of the start if it is there. A record that is a whole span tells
    /// when it stopped.
    pub(crate) time_us: i64,
    /// The duration; [`START`] in a start record, and [`UNTOLD`] in a stop record that does not tell it.
    pub(crate) duration_ns: i64,
    /// The number of the name.
    pub(crate) name: u32,
    /// The microseconds from the start to its stop, if that is the next record of all; else [`ALONE`], or [`WHOLE`] and
    /// the nanoseconds of the time beyond its microseconds.
    stop_after_us: i32,
}

/// Stands in the place of a duration: this is a start record.
pub(crate) const START: i64 = i64::MIN;
/// Stands in the same place: this is a stop record, and the duration is the time since its start.
pub(crate) const UNTOLD: i64 = i64::MIN + 1;
/// Stands in the place of the time between a start and its stop: there is one of them only.
const ALONE: i32 = i32::MIN;
/// Stands in the same place: one record is all of the span.
const WHOLE: i32 = i32::MIN + 1;
/// The first number after those of whole spans.
const AFTER_WHOLE: i32 = WHOLE + 1000;

impl Event {
    /// Makes an event of one record.
    #[inline(always)]
    pub(crate) fn new(Keys { trace, parent, .. }: Keys, time_us: i64, duration_ns: i64, name: u32) -> Self {
        Self { trace, parent, time_us, duration_ns, name, stop_after_us: ALONE }
    }

    /// Makes an event of a record that is a whole span, which stopped at a time: microseconds, and nanoseconds beyond.
    pub(crate) fn of_whole(keys: Keys, stopped: (i64, u16), duration_ns: i64, name: u32) -> Self {
        let (stopped_us, rest_ns) = stopped;
        let stop_after_us = WHOLE + i32::from(rest_ns.min(999));
        Self { stop_after_us, ..Self::new(keys, stopped_us, duration_ns, name) }
    }

    /// Gives the times when its span started and stopped, if both are in it.
    #[inline(always)]
    pub(super) fn times(&self) -> Option<(i64, i64)> {
        match self.stop_after_us {
            ALONE => None,
            WHOLE..AFTER_WHOLE => Some((began_us(self.time_us, self.rest_ns(), self.duration_ns), self.time_us)),
            after_us => Some((self.time_us, self.time_us + i64::from(after_us))),
        }
    }

    /// Gives the nanoseconds of the time of a whole span beyond its microseconds.
    pub(super) fn rest_ns(&self) -> u16 {
        if self.is_one_record() { (self.stop_after_us - WHOLE) as u16 } else { 0 }
    }

    /// Says whether one record is all of its span.
    #[inline(always)]
    pub(super) fn is_one_record(&self) -> bool {
        (WHOLE..AFTER_WHOLE).contains(&self.stop_after_us)
    }

    /// Says whether it is a stop record, or a whole span.
    pub(super) fn is_stop(&self) -> bool {
        self.duration_ns != START
    }

    /// Gives the start and the stop in it as events of their own, or the one record that it is.
    pub(super) fn records(self) -> impl Iterator<Item = Self> {
        let alone = |time_us, duration_ns| Self { time_us, duration_ns, stop_after_us: ALONE, ..self };
        let (first, second) = match self.times() {
            None => (self, None),
            Some((began_us, stopped_us)) => (alone(began_us, START), Some(alone(stopped_us, self.duration_ns))),
        };
        [first].into_iter().chain(second)
    }

    /// Joins a stop record to this start record, if it belongs to it; says whether it did.
    #[inline(always)]
    fn join(&mut self, stop: &Self) -> bool {
        if self.trace != stop.trace
            || self.duration_ns != START
            || stop.duration_ns == START
            || self.name != stop.name
            || self.parent != stop.parent
        {
            return false;
        }
        let after_us = stop.time_us - self.time_us;
        let is_kept = after_us == i64::from(after_us as i32) && after_us as i32 >= AFTER_WHOLE;
        if !is_kept || stop.is_one_record() {
            return false;
        }
        (self.duration_ns, self.stop_after_us) = (stop.duration_ns, after_us as i32);
        true
    }
}

/// Gives the microsecond in which a span began, by the time of its stop and its duration; a negative one is none.
pub(crate) fn began_us(stopped_us: i64, rest_ns: u16, duration_ns: i64) -> i64 {
    stopped_us.saturating_add((i64::from(rest_ns) - duration_ns.max(0)).div_euclid(1000))
}

/// Gives the nanoseconds from one time to another.
pub(crate) fn between(started_us: i64, stopped_us: i64) -> i64 {
    // A span of 292 years takes as long as one can.
    stopped_us.saturating_sub(started_us).saturating_mul(1000).max(UNTOLD + 1)
}

/// Records of one trace group that stand together.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Run<'a> {
    /// The key of the base id.
    pub(crate) group: u64,
    pub(crate) events: &'a [Event],
    /// Their trace ids, if these are wanted.
    pub(crate) ids: &'a [TraceId],
    /// The numbers of their lines, if these are wanted.
    pub(crate) places: &'a [u64],
}

impl Run<'_> {
    /// Counts its records. Those that are whole spans count twice, as a start and a stop.
    pub(super) fn records(self) -> u64 {
        self.events.iter().map(|event| 1 + u64::from(event.times().is_some())).sum()
    }
}

/// The records of a stretch of input, in its order. Each stays where it was written. Only the places where runs begin
/// and end are sorted by partition.
///
/// Neighbours are mostly alike. Of the lines of genuine logs, 82 to 94 % are of the trace group of the line before. Of
/// the spans, 49 to 62 % stop in the line after their start. Two such records become one event here: a span that
/// nothing can look for while it is open.
#[derive(Debug)]
pub(crate) struct Batch {
    share: Share,
    events: Vec<Event>,
    /// Their trace ids, if these are wanted.
    ids: Vec<TraceId>,
    /// Their positions, and then the numbers of their lines, if these are wanted.
    places: Vec<u64>,
    /// The trace group of each run, and where it begins; in the order of the input.
    runs: Vec<(u64, u32)>,
    /// The group of the last one.
    last: u64,
    /// The runs of each partition, one partition after the other.
    sorted: Vec<u32>,
    /// The end of each partition's runs.
    ends: Vec<u32>,
}

impl Batch {
    /// Makes an empty batch for a share of the trace groups.
    pub(crate) fn new(share: Share) -> Self {
        let (events, ids, places) = (Vec::new(), Vec::new(), Vec::new());
        Self { share, events, ids, places, runs: Vec::new(), last: 0, sorted: Vec::new(), ends: Vec::new() }
    }

    /// Adds a record of a trace group of the share; says whether it has a place of its own.
    #[inline(always)]
    pub(crate) fn push(&mut self, group: u64, event: Event) -> bool {
        if group != self.last || self.runs.is_empty() {
            self.last = group;
            // A stretch has far fewer records than 32 bits can count.
            self.runs.push((group, self.events.len() as u32));
        } else if self.events.last_mut().is_some_and(|last| last.join(&event)) {
            return false;
        }
        self.events.push(event);
        true
    }

    /// Counts the events.
    pub(crate) fn len(&self) -> usize {
        self.events.len()
    }

    /// Adds the trace id of the event that was added last. Either all events have theirs, or none has.
    #[inline]
    pub(crate) fn push_id(&mut self, id: TraceId) {
        self.ids.push(id);
    }

    /// Adds the position of the event that was added last. Either all events have theirs, or none has.
    #[inline]
    pub(crate) fn push_place(&mut self, position: u64) {
        self.places.push(position);
    }

    /// Puts the numbers of lines in the place of positions. `lines` are the lines of the stretch, from an offset in its
    /// source on. Numbers count from 0.
    pub(crate) fn number_lines(&mut self, lines: &[u8], offset: u64) {
        let (mut seen, mut line) = (0, 0);
        for place in &mut self.places {
            let at = (offset_of(*place).saturating_sub(offset) as usize).clamp(seen, lines.len());
            line += memchr::memchr_iter(b'\n', &lines[seen..at]).count() as u64;
            seen = at;
            *place = line;
        }
    }

    /// Adds the number of the first line of the stretch to those of its lines.
    pub(crate) fn number_from(&mut self, first: u64) {
        self.places.iter_mut().for_each(|line| *line += first);
    }

    /// Sorts the runs, now that all records are there.
    pub(crate) fn sort(&mut self) {
        let Self { share, runs, sorted, ends, .. } = self;
        ends.clear();
        ends.resize(PARTITIONS, 0);
        runs.iter().for_each(|(group, _)| ends[share.partition_of(*group)] += 1);
        let mut end = 0;
        for count in ends.iter_mut() {
            // Turns counts into beginnings, which the copy turns into ends.
            end += std::mem::replace(count, end);
        }
        sorted.resize(runs.len(), 0);
        for (number, (group, _)) in (0..).zip(runs) {
            let place = &mut ends[share.partition_of(*group)];
            sorted[*place as usize] = number;
            *place += 1;
        }
    }

    /// Gives the runs of a partition in their order.
    pub(crate) fn of(&self, partition: usize) -> impl Iterator<Item = Run<'_>> {
        let first = partition.checked_sub(1).map_or(0, |before| self.ends[before]);
        self.sorted[first as usize..self.ends[partition] as usize].iter().map(|number| self.run(*number as usize))
    }

    #[inline]
    fn run(&self, number: usize) -> Run<'_> {
        let (group, begin) = self.runs[number];
        let end = self.runs.get(number + 1).map_or(self.events.len(), |(_, begin)| *begin as usize);
        let run = begin as usize..end;
        let places = self.places.get(run.clone()).unwrap_or_default();
        Run { group, events: &self.events[run.clone()], ids: self.ids.get(run).unwrap_or_default(), places }
    }

    /// Gives the same memory with nothing in it.
    pub(crate) fn cleared(mut self) -> Self {
        self.events.clear();
        self.ids.clear();
        self.places.clear();
        self.runs.clear();
        self.sorted.clear();
        self
    }
}
