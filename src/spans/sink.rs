//! From records to events, as the span engine needs them.

use super::identity::Identifier;
use super::key::{Keys, hash, hash_usual};
use super::names::KnownNames;
use super::{Batch, Event, START, Share, UNTOLD};
use crate::engine::sink::{Ends, Sink, Took};
use crate::formats::Fast;
use crate::record::{Ids, Kind, Record};
use crate::simd::Cpu;

/// Collects the events of a share of the trace groups, and hands all records on to another sink.
pub(crate) struct Events<'a, S> {
    names: KnownNames<'a>,
    /// Notes ids, where they are shown.
    identifier: Option<Identifier<'a>>,
    share: Share,
    /// The key of the only trace group that is wanted.
    only: Option<u64>,
    batch: Batch,
    times: Times,
    /// Notes the positions of events, as those of records that tell no durations are wanted.
    notes_places: bool,
    next: S,
}

/// Stands in the place of a time that a record does not tell: before every calendar, and far from where sums overflow.
const NO_TIME: i64 = i64::MIN / 2;

/// The timestamps of a stretch of input.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Times {
    /// The times of the first and of the last record; if there is none, the latest and the earliest time there is.
    pub(crate) first: i64,
    pub(crate) last: i64,
    /// Number of records that are earlier than the one before them.
    pub(crate) steps_back: u64,
    /// The earliest time of these records, and the latest of those before them.
    earliest: i64,
    latest: i64,
}

impl Default for Times {
    fn default() -> Self {
        Self { first: i64::MAX, last: i64::MIN, steps_back: 0, earliest: i64::MAX, latest: i64::MIN }
    }
}

impl Times {
    #[inline(always)]
    fn add(&mut self, time_us: i64) {
        if self.last == i64::MIN {
            self.first = time_us;
        }
        if time_us < self.last {
            self.step_back(time_us);
        }
        self.last = time_us;
    }

    /// Notes a step back. Records in order need no more than their first and their last time.
    #[cold]
    fn step_back(&mut self, time_us: i64) {
        self.steps_back += 1;
        self.earliest = self.earliest.min(time_us);
        self.latest = self.latest.max(self.last);
    }

    /// Gives the earliest and the latest time of all records, if there is any.
    pub(crate) fn ends(&self) -> Option<[i64; 2]> {
        (self.last > i64::MIN).then(|| [self.first.min(self.earliest), self.last.max(self.latest)])
    }

    /// Adds the timestamps of the stretch that follows.
    pub(crate) fn append(&mut self, next: Self) {
        if next.last > i64::MIN {
            self.add(next.first);
            self.last = next.last;
            self.steps_back += next.steps_back;
            self.earliest = self.earliest.min(next.earliest);
            self.latest = self.latest.max(next.latest);
        }
    }
}

impl<'a, S> Events<'a, S> {
    pub(crate) fn new(
        names: KnownNames<'a>,
        identifier: Option<Identifier<'a>>,
        share: Share,
        only: Option<u64>,
        next: S,
    ) -> Self {
        let (batch, times) = (Batch::new(share), Times::default());
        Self { names, identifier, share, only, batch, times, notes_places: false, next }
    }

    /// Takes all that was collected since the last time. Later events go into the memory of a batch that is no longer
    /// needed.
    pub(crate) fn take(&mut self, spare: Batch) -> (Batch, Times) {
        self.batch.sort();
        (std::mem::replace(&mut self.batch, spare.cleared()), std::mem::take(&mut self.times))
    }

    /// Sets whether the next records tell no durations.
    pub(crate) fn expect_untold(&mut self, is_untold: bool) {
        let is_noted = self.identifier.as_ref().is_some_and(|identifier| identifier.notes_places);
        self.notes_places = is_untold && !is_noted;
    }

    /// Gives the sink that all records went to.
    pub(crate) fn into_next(self) -> S {
        self.next
    }

    #[inline(always)]
    fn wants(&self, group: u64) -> bool {
        self.share.has(group) && self.only.is_none_or(|only| only == group)
    }

    /// Takes an event of a trace group that is wanted.
    #[inline(always)]
    fn push(&mut self, group: u64, event: Event, [base_id, trace_id]: [&[u8]; 2], position: u64) {
        let trace = event.trace;
        let is_new = self.batch.push(group, event);
        if let Some(identifier) = &mut self.identifier
            && is_new
        {
            identifier.note_group(group, base_id);
            self.batch.push_id(identifier.trace(group, trace, trace_id));
            if identifier.notes_places {
                self.batch.push_place(position);
            }
        }
    }
}

impl<S: Sink> Sink for Events<'_, S> {
    fn begin(&mut self, position: u64) {
        self.next.begin(position);
    }

    #[inline(always)]
    fn take_fast<'w, C: Cpu>(&mut self, cpu: C, ends: &mut Ends, record: impl Fast<'w>, position: u64) -> Took {
        let Some((tail, len)) = record.tail() else { return Took::Nothing };
        let Some(name) = self.names.find(cpu, tail, len) else { return Took::Nothing };
        let duration_ns = if record.kind() == Kind::Start {
            START
        } else {
            let Some(ns) = record.duration_ns(cpu) else { return Took::Nothing };
            ns as i64
        };
        let Some([base_id, parent_id, trace_id]) = record.ids() else { return Took::Nothing };
        if self.next.take_fast(cpu, ends, record, position) == Took::Nothing {
            return Took::Nothing;
        }
        let time_us = record.time_us();
        self.times.add(time_us);
        let group = hash_usual(base_id);
        if self.wants(group) {
            let keys = Keys::new(group, hash_usual(parent_id), hash_usual(trace_id));
            self.push(group, Event::new(keys, time_us, duration_ns, name), [base_id, trace_id], position);
        }
        Took::All
    }

    fn take(&mut self, ends: &mut Ends, record: &Record<'_>, position: u64) {
        self.next.take(ends, record, position);
        let name = self.names.learn(record);
        let ids = record.ids;
        record.time_us.into_iter().for_each(|time_us| self.times.add(time_us));
        let time_us = record.time_us.unwrap_or(NO_TIME);
        let keys = match ids {
            Some(Ids { base, parent, trace }) => Keys::new(hash(base), hash(parent), hash(trace)),
            None => Keys::of_nobody(position),
        };
        if !self.wants(keys.group) || ids.is_none() && self.only.is_some() {
            return;
        }
        let texts = ids.map_or([b"".as_slice(); 2], |ids| [ids.base, ids.trace]);
        let event = match (record.kind, record.duration_ns) {
            (Kind::Whole, Some(ns)) => Event::of_whole(keys, (time_us, record.time_rest_ns), ns, name),
            (Kind::Start, _) => Event::new(keys, time_us, START, name),
            (_, duration_ns) => Event::new(keys, time_us, duration_ns.unwrap_or(UNTOLD), name),
        };
        let before = self.batch.len();
        self.push(keys.group, event, texts, position);
        if self.notes_places && self.batch.len() > before {
            self.batch.push_place(position);
        }
    }

    fn end(&mut self, spans: u64) {
        self.next.end(spans);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_back_are_the_same_however_the_input_is_cut() {
        let times = [5, 7, 6, 6, 9, 1, 2, 1];
        let of = |times: &[i64]| {
            let mut all = Times::default();
            times.iter().for_each(|time| all.add(*time));
            all
        };
        for cut in 0..=times.len() {
            let mut joined = of(&times[..cut]);
            joined.append(of(&times[cut..]));
            assert_eq!((joined.steps_back, joined.first, joined.last), (3, 5, 1), "{cut}");
            assert_eq!(joined.ends(), Some([1, 9]), "{cut}");
        }
    }
}
