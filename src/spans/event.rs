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

/// The records of a stretch of input, in its order.
#[derive(Debug)]
pub(crate) struct Collected {
    share: Share,
    events: Vec<Event>,
    /// Their trace ids, if these are wanted.
    ids: Vec<TraceId>,
    /// How many there are of each partition.
    counts: Vec<u32>,
}

impl Collected {
    /// Nothing yet, and only of a share of the trace groups.
    pub(crate) fn new(share: Share) -> Self {
        Self { share, events: Vec::new(), ids: Vec::new(), counts: vec![0; PARTITIONS] }
    }

    /// Adds a record of the share.
    #[inline(always)]
    pub(crate) fn push(&mut self, event: Event) {
        self.counts[self.share.partition_of(event.group)] += 1;
        self.events.push(event);
    }

    /// Adds the trace id of the record that was added last: that of each one, or of none.
    #[inline]
    pub(crate) fn push_id(&mut self, id: TraceId) {
        self.ids.push(id);
    }

    /// Sorts the records by partition, with one copy into the memory of a batch that is needed no more; then there are none.
    pub(crate) fn sort(&mut self, unused: Batch) -> Batch {
        let Batch { events: mut sorted, ids: mut sorted_ids, mut ends } = unused;
        ends.clear();
        let mut end = 0;
        // From counts to beginnings, which the copy turns into ends.
        ends.extend(self.counts.iter_mut().map(|count| {
            let begin = end;
            end += std::mem::take(count);
            begin
        }));
        if let Some(any) = self.events.first() {
            sorted.resize(self.events.len(), *any);
        }
        sorted_ids.resize(self.ids.len(), TraceId::default());
        let mut place_of = |event: &Event| {
            let at = &mut ends[self.share.partition_of(event.group)];
            *at += 1;
            *at as usize - 1
        };
        if self.ids.is_empty() {
            self.events.iter().for_each(|event| sorted[place_of(event)] = *event);
        }
        for (event, id) in self.events.iter().zip(&self.ids) {
            let at = place_of(event);
            (sorted[at], sorted_ids[at]) = (*event, *id);
        }
        self.events.clear();
        self.ids.clear();
        Batch { events: sorted, ids: sorted_ids, ends }
    }
}

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
    /// The events of a partition, and their trace ids if these are wanted.
    pub(crate) fn of(&self, partition: usize) -> (&[Event], &[TraceId]) {
        let begin = partition.checked_sub(1).map_or(0, |before| self.ends[before]);
        let range = begin as usize..self.ends[partition] as usize;
        (&self.events[range.clone()], self.ids.get(range).unwrap_or_default())
    }
}
