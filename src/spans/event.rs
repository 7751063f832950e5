//! What a record is to the span engine, and how records get from the threads that parse to the partitions.

use super::identity::TraceId;
use super::share::{PARTITIONS, Share};

/// A record: which span of which trace group, when, and how long.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Event {
    /// The key of the base id.
    pub(crate) group: u64,
    /// The key of the trace id.
    pub(crate) trace: u64,
    /// The key of the parent id; [`ROOT`] where that is the base id.
    pub(crate) parent: u64,
    /// The timestamp, in microseconds since 0000-03-01.
    pub(crate) time_us: i64,
    /// The duration; [`START`] in a start record.
    pub(crate) duration_ns: i64,
    /// The number of the name.
    pub(crate) name: u32,
}

/// In the place of a parent's key.
pub(crate) const ROOT: u64 = 0;
/// In the place of a duration.
pub(crate) const START: i64 = i64::MIN;

/// The records of a stretch of input, in its order within each partition.
#[derive(Debug, Default)]
pub(crate) struct Batch {
    events: Vec<Event>,
    /// Their trace ids, if these are wanted.
    ids: Vec<TraceId>,
    /// Where the events of each partition end.
    ends: Vec<u32>,
}

impl Batch {
    /// Sorts events by partition: counts, and then one copy into the memory of a batch that is needed no more.
    pub(crate) fn new(events: &[Event], ids: &[TraceId], share: Share, unused: Self) -> Self {
        let Self { events: mut sorted, ids: mut sorted_ids, .. } = unused;
        let mut ends = vec![0_u32; PARTITIONS];
        for event in events {
            ends[share.partition_of(event.group)] += 1;
        }
        let mut end = 0;
        // From counts to beginnings, which the copy turns into ends.
        for count in &mut ends {
            end += std::mem::replace(count, end);
        }
        if let Some(any) = events.first() {
            sorted.resize(events.len(), *any);
        }
        sorted_ids.resize(ids.len(), TraceId::default());
        for (nth, event) in events.iter().enumerate() {
            let at = &mut ends[share.partition_of(event.group)];
            sorted[*at as usize] = *event;
            if let Some(id) = ids.get(nth) {
                sorted_ids[*at as usize] = *id;
            }
            *at += 1;
        }
        Self { events: sorted, ids: sorted_ids, ends }
    }

    /// The events of a partition, and their trace ids if these are wanted.
    pub(crate) fn of(&self, partition: usize) -> (&[Event], &[TraceId]) {
        let begin = partition.checked_sub(1).map_or(0, |before| self.ends[before]);
        let range = begin as usize..self.ends[partition] as usize;
        (&self.events[range.clone()], self.ids.get(range).unwrap_or_default())
    }
}
