//! Lets records wait, and takes those that waited in the order that their input has.

use ahash::AHashMap;

use super::analysis::Analysis;
use super::event::{Event, Run, START, UNTOLD, between};
use super::identity::TraceId;
use super::kept::{KeptRecord, KeptRecords};
use super::order::{Order, sort_by_time};
use super::partition::Partition;

impl Partition {
    /// Takes the next records of an input, or lets them wait. Those of the inputs before it wait no longer.
    pub(crate) fn take_or_keep(
        &mut self,
        run: Run<'_>,
        source: u32,
        waits: bool,
        orders: &[Order],
        analysis: &impl Analysis,
    ) {
        if self.kept.are_of_another(source) {
            self.settle(orders, analysis);
        }
        if waits {
            self.keep(run, source);
        } else {
            self.take_asked(run, source, analysis);
        }
        self.expect_untold(false);
    }

    fn keep(&mut self, run: Run<'_>, source: u32) {
        self.kept.source = source;
        for (nth, event) in run.events.iter().enumerate() {
            let id = run.ids.get(nth).copied().unwrap_or_default();
            let line = run.places.get(nth).copied().unwrap_or_default();
            self.note_untold(event);
            let keep = |event| KeptRecord { event, group: run.group, id, line };
            // The time of a span in one record tells all of its order, to the nanosecond.
            if event.is_one_record() {
                self.kept.records.push(keep(*event));
            } else {
                self.kept.records.extend(event.records().map(keep));
            }
        }
    }

    /// Takes the records that wait, in the order that their input has.
    pub(crate) fn settle(&mut self, orders: &[Order], analysis: &impl Analysis) {
        let KeptRecords { source, mut records } = std::mem::take(&mut self.kept);
        if let Some(Order::Times { newest_first }) = orders.get(source as usize) {
            sort_by_time(&mut records, *newest_first, KeptRecord::moment);
        }
        if self.has_untold() {
            self.expect_untold(records.iter().any(|kept| kept.event.duration_ns == UNTOLD));
            tell_durations(&mut records);
        }
        for of_group in records.chunk_by(|one, other| one.group == other.group) {
            let events: Vec<Event> = of_group.iter().map(|kept| kept.event).collect();
            let ids: Vec<TraceId> = of_group.iter().map(|kept| kept.id).collect();
            let places: Vec<u64> = of_group.iter().map(|kept| kept.line).collect();
            let run = Run { group: of_group[0].group, events: &events, ids: &ids, places: &places };
            self.take_asked(run, source, analysis);
        }
        self.expect_untold(false);
    }

    fn take_asked<A: Analysis>(&mut self, run: Run<'_>, source: u32, analysis: &A) {
        if A::ASKS_FOR_IDS {
            self.take_with_ids(run, source, analysis);
        } else if self.has_untold() {
            self.take_with_places(run, source);
        } else {
            self.take(run, source);
        }
    }
}

/// Gives each stop that does not tell its duration the time since its start, which is the latest that is open, as
/// everywhere. Those whose start is in another input are left.
fn tell_durations(records: &mut [KeptRecord]) {
    let mut open: AHashMap<u64, Vec<i64>> = AHashMap::new();
    for Event { trace, time_us, duration_ns, .. } in records.iter_mut().map(|kept| &mut kept.event) {
        if *duration_ns == START {
            open.entry(*trace).or_default().push(*time_us);
        } else if let Some(starts) = open.get_mut(trace) {
            let started_us = starts.pop();
            if starts.is_empty() {
                open.remove(trace);
            }
            if let Some(started_us) = started_us.filter(|_| *duration_ns == UNTOLD) {
                *duration_ns = between(started_us, *time_us);
            }
        }
    }
}
