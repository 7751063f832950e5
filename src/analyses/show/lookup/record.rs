//! A record that is kept beyond its line.

use std::ops::Range;

use crate::record::{Ids, Record};
use crate::render::time::time_text;

/// The start or the stop of a span of the trace group that was looked for.
#[derive(Debug, Clone)]
pub struct StoredRecord {
    /// The source that it came from, and the offset at which its line begins there, or itself if the line has several.
    pub(crate) source: usize,
    pub(crate) offset: u64,
    /// The time, in microseconds since 1970.
    pub(crate) time_us: i64,
    /// The duration in nanoseconds; only a stop record has one.
    pub(crate) duration_ns: Option<i64>,
    /// Parent id, trace id, name and JSON, one after the other: one piece of memory instead of four.
    text: Box<[u8]>,
    /// The ends of the first three of them.
    ends: [u32; 3],
}

impl StoredRecord {
    /// Keeps a record with ids, whose line begins at `offset` of a source, or itself if the line has several.
    pub(super) fn new(record: &Record<'_>, ids: &Ids<'_>, source: usize, offset: u64) -> Self {
        let parts = [ids.parent, ids.trace, record.name, record.json];
        let mut ends = [0; 3];
        let mut end = 0;
        for (at, part) in ends.iter_mut().zip(parts) {
            // A line has 4 MiB at most.
            end += part.len() as u32;
            *at = end;
        }
        let text = parts.concat().into();
        Self {
            source,
            offset,
            time_us: record.time_us.unwrap_or_default(),
            duration_ns: record.duration_ns,
            text,
            ends,
        }
    }

    /// Estimates its memory.
    pub(super) fn bytes(&self) -> usize {
        size_of::<Self>() + self.text.len() + 16
    }

    fn part(&self, range: Range<u32>) -> &[u8] {
        self.text.get(range.start as usize..range.end as usize).unwrap_or_default()
    }

    /// The enclosing span's `trace_id`, or the `base_id`.
    pub(crate) fn parent_id(&self) -> &[u8] {
        self.part(0..self.ends[0])
    }

    /// The span.
    pub(crate) fn trace_id(&self) -> &[u8] {
        self.part(self.ends[0]..self.ends[1])
    }

    /// The trace name, without its marker.
    pub(crate) fn name(&self) -> &[u8] {
        self.part(self.ends[1]..self.ends[2])
    }

    /// The JSON after the marker; empty if there is none.
    pub(crate) fn json(&self) -> &[u8] {
        self.part(self.ends[2]..self.text.len() as u32)
    }

    /// UTC, with six digits of a fraction; none where the calendar has no year of four digits for it.
    pub(crate) fn timestamp(&self) -> Option<String> {
        time_text(self.time_us)
    }
}
