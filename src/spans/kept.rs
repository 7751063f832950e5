//! Records that wait until all of their input is read, because it is known only then in which order they are taken.

use super::analysis::Analysis;
use super::event::{Event, Run};
use super::identity::TraceId;
use super::order::{Moment, Order, sort_by_time};
use super::partition::Partition;

/// A record that waits.
#[derive(Debug, Clone, Copy)]
struct KeptRecord {
    event: Event,
    group: u64,
    /// The trace id, if it is wanted.
    id: TraceId,
    /// It is one of two halves of a record that is a whole span.
    is_whole: bool,
}

/// The records of one input that wait.
#[derive(Debug, Default)]
pub(super) struct KeptRecords {
    source: u32,
    records: Vec<KeptRecord>,
}

/// Bytes that a record takes in addition while they are sorted and handed on, estimated: half of itself, its event and
/// id once more, and a half of its span.
const TO_SETTLE: usize = size_of::<KeptRecord>() / 2 + size_of::<Event>() + size_of::<TraceId>() + 32;

impl KeptRecords {
    /// Counts the bytes of their memory.
    pub(super) fn bytes(&self) -> usize {
        self.records.capacity() * size_of::<KeptRecord>()
    }

    /// Estimates the additional memory while they are handed on.
    pub(super) fn bytes_to_settle(&self) -> usize {
        self.records.len() * TO_SETTLE
    }

    /// Gives the key of each one's trace group.
    pub(super) fn groups(&self) -> impl Iterator<Item = u64> + '_ {
        self.records.iter().map(|kept| kept.group)
    }

    /// Says whether records of another input than this one wait.
    fn are_of_another(&self, source: u32) -> bool {
        !self.records.is_empty() && self.source != source
    }
}

impl KeptRecord {
    fn moment(&self) -> Moment {
        let Self { event, group, .. } = *self;
        let Event { trace, parent, time_us, .. } = event;
        Moment { group, time_us, is_stop: event.is_stop(), trace, parent }
    }
}

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
    }

    fn keep(&mut self, run: Run<'_>, source: u32) {
        self.kept.source = source;
        for (nth, event) in run.events.iter().enumerate() {
            let id = run.ids.get(nth).copied().unwrap_or_default();
            let (group, is_whole) = (run.group, event.is_one_record());
            let records = event.records().map(|event| KeptRecord { event, group, id, is_whole });
            self.kept.records.extend(records);
        }
    }

    /// Takes the records that wait, in the order that their input has.
    pub(crate) fn settle(&mut self, orders: &[Order], analysis: &impl Analysis) {
        let KeptRecords { source, mut records } = std::mem::take(&mut self.kept);
        if let Some(Order::Times { newest_first }) = orders.get(source as usize) {
            sort_by_time(&mut records, *newest_first, KeptRecord::moment);
        }
        for of_group in records.chunk_by(|one, other| one.group == other.group) {
            let events: Vec<Event> = of_group.iter().map(|kept| kept.event).collect();
            let ids: Vec<TraceId> = of_group.iter().map(|kept| kept.id).collect();
            for (nth, _) in of_group.iter().enumerate().filter(|(_, kept)| kept.is_whole) {
                self.note_whole(nth as u32, 1);
            }
            self.take_asked(Run { group: of_group[0].group, events: &events, ids: &ids }, source, analysis);
        }
    }

    fn take_asked<A: Analysis>(&mut self, run: Run<'_>, source: u32, analysis: &A) {
        if A::ASKS_FOR_IDS { self.take_with_ids(run, source, analysis) } else { self.take(run, source) }
    }
}
