//! Records to events: all that the span engine needs.

use super::lines::{Lines, tail_of};
use super::sink::Sink;
use crate::format::standard::{IDS, Isa, Minute, Standard, TAIL, WINDOW};
use crate::format::{Record, Stamp};
use crate::spans::key::{ID, in_group, of_group, of_usual};
use crate::spans::{Batch, Event, ROOT, START, Share, Tails};

/// Collects the events of a share of the trace groups, and hands all records on to another sink.
pub(super) struct Events<'a, S> {
    tails: Tails<'a>,
    share: Share,
    collected: Vec<Event>,
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
    pub(super) fn new(tails: Tails<'a>, share: Share, next: S) -> Self {
        Self { tails, share, collected: Vec::new(), minute: ([0; 16], 0), times: Times::default(), next }
    }

    /// What was collected since the last time.
    pub(super) fn take(&mut self) -> (Batch, Times) {
        let batch = Batch::new(&self.collected, self.share);
        self.collected.clear();
        (batch, std::mem::take(&mut self.times))
    }

    /// Where all records went.
    pub(super) fn into_next(self) -> S {
        self.next
    }

    #[inline(always)]
    fn minute_us(&mut self, minute: &Minute) -> i64 {
        if self.minute.0 != *minute {
            self.minute = (*minute, minute_us(minute));
        }
        self.minute.1
    }

    #[inline(always)]
    fn push(&mut self, event: Event) {
        self.times.add(event.time_us);
        self.collected.push(event);
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
        let Some((of_base, rest)) = window.get(ids..).and_then(<[u8]>::split_first_chunk::<ID>) else { return false };
        let Some((of_parent, rest)) = rest.get(1..).and_then(<[u8]>::split_first_chunk::<ID>) else { return false };
        let Some(of_trace) = rest.get(1..).and_then(<[u8]>::first_chunk::<ID>) else { return false };
        if !self.next.take_standard(isa, lines, window, line, at) {
            return false;
        }
        let (Some(minute), Some(second)) = (window.first_chunk(), window[17..].first_chunk()) else { return false };
        let time_us = self.minute_us(minute) + second_us(second);
        let group = of_usual(0, of_base);
        if self.share.has(group) {
            let trace = of_usual(group, of_trace);
            let parent = if of_parent == of_base { ROOT } else { of_usual(group, of_parent) };
            self.push(Event { group, trace, parent, time_us, duration_ns, name });
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
        if self.share.has(group) {
            let trace = in_group(group, record.trace_id);
            let parent = if record.parent_id == record.base_id { ROOT } else { in_group(group, record.parent_id) };
            let duration_ns = record.duration_ns.unwrap_or(START);
            self.push(Event { group, trace, parent, time_us, duration_ns, name });
        } else {
            self.times.add(time_us);
        }
    }

    fn end(&mut self, spans: u64) {
        self.next.end(spans);
    }
}

/// The microseconds from 0000-03-01 to a time that exists.
pub(super) fn time_us(Stamp(stamp): &Stamp) -> i64 {
    let (Some(minute), Some(second)) = (stamp.first_chunk(), stamp[17..].first_chunk()) else { return 0 };
    minute_us(minute) + second_us(second)
}

/// The microseconds from 0000-03-01 to a minute that exists, in the proleptic Gregorian calendar: years begin in March, so that the 29th of February ends one.
/// (The arithmetic is that of H. Hinnant, "chrono-compatible low-level date algorithms".)
fn minute_us(minute: &Minute) -> i64 {
    let number =
        |at: usize| i64::from(minute[at].wrapping_sub(b'0')) * 10 + i64::from(minute[at + 1].wrapping_sub(b'0'));
    let (year, month, day) = (number(0) * 100 + number(2), number(5), number(8));
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let days =
        365 * year + year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400) + (153 * month + 2) / 5 + day - 1;
    ((days * 24 + number(11)) * 60 + number(14)) * 60_000_000
}

/// The microseconds of `SS.ffffff`, which are digits: two of them by themselves, and the others at once, first pairs, then fours.
#[inline(always)]
fn second_us(text: &[u8; 9]) -> i64 {
    let mut fraction = [b'0'; 8];
    fraction[2..].copy_from_slice(&text[3..]);
    let digits = u64::from_le_bytes(fraction) & 0x0F0F_0F0F_0F0F_0F0F;
    let pairs = (digits * 10 + (digits >> 8)) & 0x00FF_00FF_00FF_00FF;
    let fours = (pairs * 100 + (pairs >> 16)) & 0x0000_FFFF_0000_FFFF;
    let micros = (fours * 10_000 + (fours >> 32)) & 0xFFFF_FFFF;
    let seconds = i64::from(text[0] & 15) * 10 + i64::from(text[1] & 15);
    seconds * 1_000_000 + micros as i64
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::DateTime;
    use jiff::tz::TimeZone;
    use proptest::prelude::*;

    fn time_us(stamp: &[u8]) -> i64 {
        super::time_us(&Stamp::new(stamp))
    }

    proptest! {
        #[test]
        fn times_are_those_of_the_calendar(day in 0_i64..3_652_000, micros in 0_i64..86_400_000_000) {
            let epoch: DateTime = "0000-03-01T00:00:00".parse().unwrap();
            let time = epoch.to_zoned(TimeZone::UTC).unwrap().timestamp() + jiff::SignedDuration::from_micros(day * 86_400_000_000 + micros);
            let stamp = time.strftime("%Y-%m-%dT%H:%M:%S.%6f").to_string();
            prop_assert_eq!(time_us(stamp.as_bytes()), day * 86_400_000_000 + micros, "{}", stamp);
        }
    }

    #[test]
    fn the_first_two_months_of_all() {
        assert_eq!(time_us(b"0000-02-29T23:59:59.999999"), -1);
        assert_eq!(time_us(b"0000-01-01T00:00:00.000000"), -60 * 86_400_000_000);
    }

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
