//! What a record is to the span engine, and how records get from the threads that parse to the partitions.

use super::identity::TraceId;
use super::share::PARTITIONS;

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

/// The records of a stretch of input, those of each partition in its order.
///
/// Each is written once, behind those of its partition: to collect and then to sort them took 30 instructions a record more.
#[derive(Debug)]
pub(crate) struct Batch {
    events: Box<[Vec<Event>; PARTITIONS]>,
    /// Their trace ids, if these are wanted.
    ids: Box<[Vec<TraceId>; PARTITIONS]>,
}

impl Default for Batch {
    fn default() -> Self {
        Self { events: Box::new([const { Vec::new() }; PARTITIONS]), ids: Box::new([const { Vec::new() }; PARTITIONS]) }
    }
}

impl Batch {
    /// Adds a record of a partition.
    #[inline(always)]
    pub(crate) fn push(&mut self, partition: usize, event: Event) {
        self.events[partition].push(event);
    }

    /// Adds the trace id of the record that was added last to a partition: that of each one, or of none.
    #[inline]
    pub(crate) fn push_id(&mut self, partition: usize, id: TraceId) {
        self.ids[partition].push(id);
    }

    /// The events of a partition, and their trace ids if these are wanted.
    pub(crate) fn of(&self, partition: usize) -> (&[Event], &[TraceId]) {
        (&self.events[partition], &self.ids[partition])
    }

    /// The same memory with nothing in it.
    pub(crate) fn cleared(mut self) -> Self {
        self.events.iter_mut().for_each(Vec::clear);
        self.ids.iter_mut().for_each(Vec::clear);
        self
    }
}
