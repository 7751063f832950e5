//! Lets records wait, and takes those that waited in the order that their input has.

use super::analysis::Analysis;
use super::event::{Event, Run};
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
    }

    fn keep(&mut self, run: Run<'_>, source: u32) {
        self.kept.source = source;
        for (nth, event) in run.events.iter().enumerate() {
            let id = run.ids.get(nth).copied().unwrap_or_default();
            let line = run.places.get(nth).copied().unwrap_or_default();
            let (group, is_whole) = (run.group, event.is_one_record());
            let records = event.records().map(|event| KeptRecord { event, group, id, line, is_whole });
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
            let places: Vec<u64> = of_group.iter().map(|kept| kept.line).collect();
            for (nth, _) in of_group.iter().enumerate().filter(|(_, kept)| kept.is_whole) {
                self.note_whole(nth as u32, 1);
            }
            let run = Run { group: of_group[0].group, events: &events, ids: &ids, places: &places };
            self.take_asked(run, source, analysis);
        }
    }

    fn take_asked<A: Analysis>(&mut self, run: Run<'_>, source: u32, analysis: &A) {
        if A::ASKS_FOR_IDS { self.take_with_ids(run, source, analysis) } else { self.take(run, source) }
    }
}
