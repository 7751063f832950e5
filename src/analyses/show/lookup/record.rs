//! A record that is kept beyond its line.

use std::ops::Range;

use crate::record::{Ids, Kind, Record};
use crate::render::time::time_text;
use crate::spans::began_us;

/// The start or the stop of a span of the trace group that was looked for.
#[derive(Debug, Clone)]
pub struct StoredRecord {
    /// The source that it came from, and the offset at which its line begins there, or itself if the line has several.
    pub(crate) source: usize,
    pub(crate) offset: u64,
    /// The time, in microseconds since 1970.
    pub(crate) time_us: i64,
    /// The nanoseconds of the time beyond its microseconds.
    pub(crate) rest_ns: u16,
    /// The duration in nanoseconds; only a stop record has one.
    pub(crate) duration_ns: Option<i64>,
    /// It is the stop of a span.
    pub(crate) is_stop: bool,
    /// It is one of both that a record was made into which is all of a span.
    pub(crate) is_whole: bool,
    /// Parent id, trace id, name and JSON, one after the other: one piece of memory instead of four.
    text: Box<[u8]>,
    /// The ends of the first three of them.
    ends: [u32; 3],
}

impl StoredRecord {
    /// Keeps a record with ids, as [`new`](Self::new) does. One that is all of a span is kept as its start and its stop.
    pub(super) fn all_of(
        record: &Record<'_>,
        ids: &Ids<'_>,
        source: usize,
        offset: u64,
    ) -> impl Iterator<Item = Self> + use<> {
        let mut kept = Self::new(record, ids, source, offset);
        let start = kept.duration_ns.filter(|_| record.kind == Kind::Whole).map(|ns| {
            kept.is_whole = true;
            let began_us = began_us(kept.time_us, kept.rest_ns, ns);
            let rest_ns = (i64::from(kept.rest_ns) - ns.max(0)).rem_euclid(1000) as u16;
            let start = Record { json: &[], ..*record };
            let start = Self::new(&start, ids, source, offset);
            Self { time_us: began_us, rest_ns, duration_ns: None, is_stop: false, is_whole: true, ..start }
        });
        start.into_iter().chain([kept])
    }

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
            rest_ns: record.time_rest_ns,
            duration_ns: record.duration_ns,
            is_stop: record.is_end(),
            is_whole: false,
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
