//! Records that wait until all of their input is read, because it is known only then in which order they are taken.

use super::event::Event;
use super::identity::TraceId;
use super::order::Moment;

/// A record that waits.
#[derive(Debug, Clone, Copy)]
pub(super) struct KeptRecord {
    pub(super) event: Event,
    pub(super) group: u64,
    /// The trace id, if it is wanted.
    pub(super) id: TraceId,
    /// The number of its line, if it is wanted.
    pub(super) line: u64,
}

/// The records of one input that wait.
#[derive(Debug, Default)]
pub(super) struct KeptRecords {
    pub(super) source: u32,
    pub(super) records: Vec<KeptRecord>,
}

/// Bytes that a record takes in addition while they are sorted and handed on, estimated: half of itself, its event,
/// id and line once more, and a half of its span.
const TO_SETTLE: usize =
    size_of::<KeptRecord>() / 2 + size_of::<Event>() + size_of::<TraceId>() + size_of::<u64>() + 32;

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
    pub(super) fn are_of_another(&self, source: u32) -> bool {
        !self.records.is_empty() && self.source != source
    }
}

impl KeptRecord {
    pub(super) fn moment(&self) -> Moment {
        let Self { event, group, .. } = *self;
        let Event { trace, parent, time_us, .. } = event;
        Moment { group, time_us, is_stop: event.is_stop(), trace, parent }
    }
}
