//! Durations that records do not tell: the time from the start of a span to its stop.
//!
//! A format whose stop records tell none has its records kept until all of an input is read, and gets most durations
//! there (`settle`). Those of spans that start in one input and stop in another are found here.

use super::event::{Event, Run, UNTOLD, between};
use super::partition::{IS_GONE, Partition};
use super::span::{Span, Stop};

impl Partition {
    /// Notes a record that tells no duration, if it should.
    pub(super) fn note_untold(&mut self, event: &Event) {
        if event.duration_ns == UNTOLD {
            self.untold.get_or_insert_default();
        }
    }

    /// Takes records, and notes the positions of spans: the run has those of all its records.
    pub(super) fn take_with_places(&mut self, run: Run<'_>, source: u32) {
        let place = |nth: usize| run.places.get(nth).copied().unwrap_or_default();
        let started = |partition: &mut Self, nth: usize, at: u32| {
            partition.untold.iter_mut().for_each(|untold| _ = untold.starts.insert(at, place(nth)));
        };
        let stopped = |partition: &mut Self, nth: usize, at: u32| {
            let (name, stop) = (partition.spans.name(at), partition.spans.stop(at));
            let Some((untold, stop)) = partition.untold.as_mut().zip(stop) else { return };
            match untold.starts.remove(&at) {
                Some(start) => untold.note_first(name, start.min(place(nth))),
                None => _ = untold.stops.insert(stop.place, place(nth)),
            }
        };
        self.take_with(run, source, started, stopped);
    }

    /// Counts the stops that were dropped, since they were there before.
    pub(super) fn dropped(&self) -> u64 {
        self.untold.as_ref().map_or(0, |untold| untold.dropped)
    }

    /// Sets whether the next records tell no durations.
    pub(super) fn expect_untold(&mut self, is_untold: bool) {
        self.untold.iter_mut().for_each(|untold| untold.is_now = is_untold);
    }

    /// Counts a stop that was dropped, if its format tells no durations.
    pub(super) fn note_dropped(&mut self) {
        self.untold.iter_mut().for_each(|untold| untold.dropped += u64::from(untold.is_now));
    }

    /// Says whether there is a stop that does not tell its duration.
    pub(super) fn has_untold(&self) -> bool {
        self.untold.is_some()
    }

    /// Gives the stops that tell no duration and have no start, by their numbers as spans, once all are paired.
    pub(super) fn lone(&self) -> &[u32] {
        self.untold.as_ref().map_or(&[], |untold| &untold.lone)
    }

    /// Gives the position at which spans of a name first occur whose records tell no durations.
    pub(super) fn first_position(&self, name: u32) -> u64 {
        self.untold.as_ref().and_then(|untold| untold.firsts.get(&name)).copied().unwrap_or(u64::MAX)
    }

    /// Pairs what is still to be paired, now that all records are there.
    pub(super) fn pair_up(&mut self) {
        self.pair_across_inputs();
        if self.has_untold() {
            self.tell_durations();
        }
    }

    /// Gives the spans that still lack it their durations. A stop without a start tells no more of a span than a start
    /// without a stop does.
    #[cold]
    fn tell_durations(&mut self) {
        let mut lone = Vec::new();
        for at in self.numbers() {
            let span = self.spans.get(at);
            let Some(stop) = span.stop.filter(|stop| stop.duration_ns == UNTOLD && span.parent != IS_GONE) else {
                continue;
            };
            let stop = if span.is_cut_off() {
                lone.push(at);
                None
            } else {
                self.untold.iter_mut().for_each(|untold| {
                    let position = untold.stops.get(&stop.place).copied();
                    position.into_iter().for_each(|position| untold.note_first(span.name, position));
                });
                let duration_ns = between(self.spans.first_us(at), stop.time_us);
                Some(Stop { duration_ns, ..stop })
            };
            self.spans.set(at, &Span { stop, ..span });
        }
        self.untold.iter_mut().for_each(|untold| untold.lone.append(&mut lone));
    }
}
