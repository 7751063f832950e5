//! A record that is kept beyond its line.

use std::ops::Range;

use crate::formats::osprofiler::{Record, Stamp, json_of};

/// The start or the stop of a span of the trace group that was looked for.
#[derive(Debug, Clone)]
pub struct Kept {
    /// Which source it came from, and where its line begins there.
    pub(crate) source: usize,
    pub(crate) offset: u64,
    /// The timestamp, in microseconds since 0000-03-01.
    pub(crate) time_us: i64,
    /// The duration in nanoseconds; only a stop record has one.
    pub(crate) duration_ns: Option<i64>,
    stamp: Stamp,
    /// Parent id, trace id, name and JSON, one behind the other: one piece of memory instead of four.
    text: Box<[u8]>,
    /// Where the first three of them end.
    ends: [u32; 3],
}

impl Kept {
    /// Of a record that stands in `line`, which begins at `offset` of a source.
    pub(super) fn new(line: &[u8], record: &Record<'_>, source: usize, offset: u64) -> Self {
        let stamp = Stamp::new(record.timestamp);
        let parts = [record.parent_id, record.trace_id, record.name, json_of(line, record).unwrap_or_default()];
        let mut ends = [0; 3];
        let mut end = 0;
        for (at, part) in ends.iter_mut().zip(parts) {
            // A line has 4 MiB at most.
            end += part.len() as u32;
            *at = end;
        }
        let text = parts.concat().into();
        Self { source, offset, time_us: stamp.micros(), duration_ns: record.duration_ns, stamp, text, ends }
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

    /// The JSON behind the marker; empty if there is none.
    pub(crate) fn json(&self) -> &[u8] {
        self.part(self.ends[2]..self.text.len() as u32)
    }

    /// UTC, with six digits of a fraction.
    pub(crate) fn timestamp(&self) -> &str {
        std::str::from_utf8(&self.stamp.0).unwrap_or_default()
    }
}
