//! Records to events: all that the span engine needs.

use crate::engine::scanner::{Lines, tail_of};
use crate::engine::sink::Sink;
use crate::formats::osprofiler::fast::{IDS, Isa, Minute, Standard, TAIL, WINDOW};
use crate::formats::osprofiler::{Record, Stamp, minute_us, second_us};
use crate::spans::key::{ID, Keys, hash, hash_usual};
use crate::spans::{Batch, Event, Identifier, START, Share, Tails};

/// Collects the events of a share of the trace groups, and hands all records on to another sink.
pub(crate) struct Events<'a, S> {
    tails: Tails<'a>,
    /// Where ids are to be shown.
    identifier: Option<Identifier<'a>>,
    share: Share,
    /// The key of the only trace group that is wanted.
    only: Option<u64>,
    batch: Batch,
    /// The beginning of the last known minute, in microseconds.
    minute_us: i64,
    times: Times,
    next: S,
}

/// What the timestamps of a stretch of input are like.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Times {
    /// Of the first and of the last record; if there is none, the latest and the earliest time there is.
    pub(crate) first: i64,
    pub(crate) last: i64,
    /// How many records are earlier than the one before them.
    pub(crate) steps_back: u64,
}

impl Default for Times {
    fn default() -> Self {
        Self { first: i64::MAX, last: i64::MIN, steps_back: 0 }
    }
}

impl Times {
    #[inline(always)]
    fn add(&mut self, time_us: i64) {
        if self.last == i64::MIN {
            self.first = time_us;
        }
        self.steps_back += u64::from(time_us < self.last);
        self.last = time_us;
    }

    /// Adds those of the stretch that follows.
    pub(crate) fn append(&mut self, next: Self) {
        if next.last > i64::MIN {
            self.add(next.first);
            self.last = next.last;
            self.steps_back += next.steps_back;
        }
    }
}

impl<'a, S> Events<'a, S> {
    pub(crate) fn new(
        tails: Tails<'a>,
        identifier: Option<Identifier<'a>>,
        share: Share,
        only: Option<u64>,
        next: S,
    ) -> Self {
        let (batch, times) = (Batch::new(share), Times::default());
        Self { tails, identifier, share, only, batch, minute_us: 0, times, next }
    }

    /// What was collected since the last time; what follows goes into the memory of a batch that is needed no more.
    pub(crate) fn take(&mut self, spare: Batch) -> (Batch, Times) {
        self.batch.sort();
        (std::mem::replace(&mut self.batch, spare.cleared()), std::mem::take(&mut self.times))
    }

    /// Where all records went.
    pub(crate) fn into_next(self) -> S {
        self.next
    }

    #[inline(always)]
    fn wants(&self, group: u64) -> bool {
        self.share.has(group) && self.only.is_none_or(|only| only == group)
    }

    /// Takes a record of a trace group that is wanted.
    #[inline(always)]
    fn push(&mut self, keys: Keys, [base_id, trace_id]: [&[u8]; 2], time_us: i64, duration_ns: i64, name: u32) {
        let is_new = self.batch.push(keys.group, Event::new(keys, time_us, duration_ns, name));
        if let Some(identifier) = &mut self.identifier
            && is_new
        {
            identifier.note_group(keys.group, base_id);
            self.batch.push_id(identifier.trace(keys.group, keys.trace, trace_id));
        }
    }
}

impl<S: Sink> Sink for Events<'_, S> {
    fn begin(&mut self, position: u64) {
        self.next.begin(position);
    }

    fn know_minute(&mut self, minute: &Minute) {
        self.minute_us = minute_us(minute);
        self.next.know_minute(minute);
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
        let Some([base_id, parent_id, trace_id]) = window.get(ids..).and_then(<[u8]>::first_chunk).and_then(three)
        else {
            return false;
        };
        if !self.next.take_standard(isa, lines, window, line, at) {
            return false;
        }
        let Some(second) = window[17..].first_chunk() else { return false };
        let time_us = self.minute_us + second_us(second);
        self.times.add(time_us);
        let group = hash_usual(base_id);
        if self.wants(group) {
            let keys = Keys::new(group, hash_usual(parent_id), hash_usual(trace_id));
            self.push(keys, [base_id, trace_id], time_us, duration_ns, name);
        }
        true
    }

    fn take_record(&mut self, lines: &mut Lines<'_>, line: &[u8], record: &Record<'_>, at: usize) {
        self.next.take_record(lines, line, record, at);
        let name = self.tails.learn(record.name, tail_of(line, record.name));
        let time_us = Stamp::new(record.timestamp).micros();
        self.times.add(time_us);
        let Record { base_id, parent_id, trace_id, .. } = *record;
        let group = hash(base_id);
        if self.wants(group) {
            let keys = Keys::new(group, hash(parent_id), hash(trace_id));
            self.push(keys, [base_id, trace_id], time_us, record.duration_ns.unwrap_or(START), name);
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
            assert_eq!((joined.steps_back, joined.first, joined.last), (3, 5, 1), "{cut}");
        }
    }
}
