//! Records to events: all that the span engine needs.

use super::lines::{Lines, tail_of};
use super::sink::Sink;
use crate::format::standard::{IDS, Isa, Minute, Standard, TAIL, WINDOW};
use crate::format::{Record, Stamp, minute_us, second_us};
use crate::spans::key::{ID, in_group, is_same, of_group, of_usual};
use crate::spans::{Batch, Event, Identifier, ROOT, START, Share, Tails};

/// Collects the events of a share of the trace groups, and hands all records on to another sink.
pub(super) struct Events<'a, S> {
    tails: Tails<'a>,
    /// Where ids are to be shown.
    identifier: Option<Identifier<'a>>,
    share: Share,
    /// The key of the only trace group that is wanted.
    only: Option<u64>,
    batch: Batch,
    /// A minute, and its beginning in microseconds.
    minute: (Minute, i64),
    times: Times,
    next: S,
}

/// What the timestamps of a stretch of input are like.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Times {
    /// Of the first and of the last record.
    pub(super) ends: Option<(i64, i64)>,
    /// How many records are earlier than the one before them.
    pub(super) steps_back: u64,
}

impl Times {
    #[inline(always)]
    fn add(&mut self, time_us: i64) {
        let (first, last) = self.ends.unwrap_or((time_us, time_us));
        self.steps_back += u64::from(time_us < last);
        self.ends = Some((first, time_us));
    }

    /// Adds those of the stretch that follows.
    pub(super) fn append(&mut self, next: Self) {
        let Some((first, last)) = next.ends else { return };
        self.add(first);
        self.ends = self.ends.map(|(begin, _)| (begin, last));
        self.steps_back += next.steps_back;
    }
}

impl<'a, S> Events<'a, S> {
    pub(super) fn new(
        tails: Tails<'a>,
        identifier: Option<Identifier<'a>>,
        share: Share,
        only: Option<u64>,
        next: S,
    ) -> Self {
        let (batch, times) = (Batch::default(), Times::default());
        Self { tails, identifier, share, only, batch, minute: ([0; 16], 0), times, next }
    }

    /// What was collected since the last time; what follows goes into the memory of a batch that is needed no more.
    pub(super) fn take(&mut self, spare: Batch) -> (Batch, Times) {
        self.batch.sort();
        (std::mem::replace(&mut self.batch, spare.cleared()), std::mem::take(&mut self.times))
    }

    /// Where all records went.
    pub(super) fn into_next(self) -> S {
        self.next
    }

    #[inline(always)]
    fn wants(&self, group: u64) -> bool {
        self.share.has(group) && self.only.is_none_or(|only| only == group)
    }

    #[inline(always)]
    fn minute_us(&mut self, minute: &Minute) -> i64 {
        if self.minute.0 != *minute {
            self.minute = (*minute, minute_us(minute));
        }
        self.minute.1
    }

    #[inline(always)]
    fn push(&mut self, event: Event, base_id: &[u8], trace_id: &[u8]) {
        self.times.add(event.time_us);
        self.batch.push(self.share.partition_of(event.group), event);
        if let Some(identifier) = &mut self.identifier {
            identifier.note_group(event.group, base_id);
            self.batch.push_id(identifier.trace(event.group, event.trace, trace_id));
        }
    }
}

impl<S: Sink> Sink for Events<'_, S> {
    fn begin(&mut self, position: u64) {
        self.next.begin(position);
    }

    #[inline(always)]
    fn take_standard<I: Isa>(
        &mut self,
        isa: I,
        lines: &mut Lines<'_>,
        window: &[u8; WINDOW],
        line: Standard,
        at: usize,
    ) -> bool {
        let ids = line.ids as usize;
        let name_at = ids + IDS;
        let Some(tail) = window.get(name_at..).and_then(<[u8]>::first_chunk::<TAIL>) else { return false };
        let Some(name) = self.tails.find(isa, tail, line.len as usize - name_at) else { return false };
        let duration_ns = if line.is_start {
            START
        } else {
            let Some(ns) = isa.duration(window, ids) else { return false };
            ns as i64
        };
        let Some([of_base, of_parent, of_trace]) = window.get(ids..).and_then(<[u8]>::first_chunk).and_then(three)
        else {
            return false;
        };
        if !self.next.take_standard(isa, lines, window, line, at) {
            return false;
        }
        let (Some(minute), Some(second)) = (window.first_chunk(), window[17..].first_chunk()) else { return false };
        let time_us = self.minute_us(minute) + second_us(second);
        let group = of_usual(0, of_base);
        if self.wants(group) {
            let trace = of_usual(group, of_trace);
            let parent = if is_same(of_parent, of_base) { ROOT } else { of_usual(group, of_parent) };
            self.push(Event { group, trace, parent, time_us, duration_ns, name }, of_base, of_trace);
        } else {
            self.times.add(time_us);
        }
        true
    }

    fn take_record(&mut self, lines: &mut Lines<'_>, line: &[u8], record: &Record<'_>, at: usize) {
        self.next.take_record(lines, line, record, at);
        let name = self.tails.learn(record.name, tail_of(line, record.name));
        let Stamp(stamp) = Stamp::new(record.timestamp);
        let (Some(minute), Some(second)) = (stamp.first_chunk(), stamp[17..].first_chunk()) else { return };
        let time_us = self.minute_us(minute) + second_us(second);
        let group = of_group(record.base_id);
        if self.wants(group) {
            let trace = in_group(group, record.trace_id);
            let parent = if record.parent_id == record.base_id { ROOT } else { in_group(group, record.parent_id) };
            let duration_ns = record.duration_ns.unwrap_or(START);
            let event = Event { group, trace, parent, time_us, duration_ns, name };
            self.push(event, record.base_id, record.trace_id);
        } else {
            self.times.add(time_us);
        }
    }

    fn end(&mut self, spans: u64) {
        self.next.end(spans);
    }
}

/// Three ids of the usual length with a blank behind each.
#[inline(always)]
fn three(ids: &[u8; IDS]) -> Option<[&[u8; ID]; 3]> {
    const { assert!(IDS == 3 * (ID + 1)) };
    Some([ids.first_chunk()?, ids[ID + 1..].first_chunk()?, ids[2 * (ID + 1)..].first_chunk()?])
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
            assert_eq!((joined.steps_back, joined.ends), (3, Some((5, 1))), "{cut}");
        }
    }
}
