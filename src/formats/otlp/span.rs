//! A span: the members of its object.

use super::{NO_MEMBER, NO_TIME};
use crate::formats::json::{Broken, Cursor, Text, integer};
use crate::record::{Ids, Kind, Reason, Record};

/// The members of a span that are looked at, each if it is there.
#[derive(Debug, Default)]
pub(super) struct OtlpSpan<'a> {
    trace_id: Option<Text<'a>>,
    span_id: Option<Text<'a>>,
    parent_id: Option<Text<'a>>,
    name: Option<Text<'a>>,
    /// Nanoseconds since 1970, as text or number.
    start: Option<Text<'a>>,
    end: Option<Text<'a>>,
}

/// Memory for texts with escapes.
#[derive(Debug, Default)]
pub(super) struct Rooms {
    name: Vec<u8>,
    ids: [Vec<u8>; 3],
}

/// The name of a span that has none.
const NO_NAME: &[u8] = b"(no name)";

impl<'a> OtlpSpan<'a> {
    /// Reads the object at a cursor; none if there is another value.
    #[inline]
    pub(super) fn read(cursor: &mut Cursor<'a>) -> Result<Option<Self>, Broken> {
        let mut span = Self::default();
        let is_object = cursor.members(|cursor, key| {
            match key.raw() {
                b"traceId" => span.trace_id = cursor.text()?,
                b"spanId" => span.span_id = cursor.text()?,
                b"parentSpanId" => span.parent_id = cursor.text()?,
                b"name" => span.name = cursor.text()?,
                b"startTimeUnixNano" => span.start = cursor.scalar()?,
                b"endTimeUnixNano" => span.end = cursor.scalar()?,
                _ => {}
            }
            Ok(())
        })?;
        Ok(is_object.then_some(span))
    }

    /// Gives the record; `object` is all of the span.
    #[inline]
    pub(super) fn record(self, object: &'a [u8], rooms: &'a mut Rooms) -> Result<Record<'a>, Reason> {
        let Rooms { name: of_name, ids: [of_trace, of_span, of_parent] } = rooms;
        let id = |text: Option<Text<'a>>, room| text.map(|text| text.read(room)).filter(|id| !id.is_empty());
        let (base, trace) = id(self.trace_id, of_trace).zip(id(self.span_id, of_span)).ok_or(NO_MEMBER)?;
        let parent = id(self.parent_id, of_parent).unwrap_or(base);
        let (start, end) = self.start.zip(self.end).ok_or(NO_MEMBER)?;
        let time = |text: Text<'_>| integer(text.raw()).and_then(|ns| i64::try_from(ns).ok()).ok_or(NO_TIME);
        let (start, end) = (time(start)?, time(end)?);
        // A span that has not ended has no end, or this one.
        if end == 0 {
            return Err(NO_MEMBER);
        }
        let name = self.name.map(|name| name.read(of_name)).filter(|name| !name.is_empty());
        Ok(Record {
            kind: Kind::Whole,
            time_us: Some(end / 1000),
            time_rest_ns: (end % 1000) as u16,
            duration_ns: Some(end - start),
            ids: Some(Ids { base, parent, trace }),
            name: name.unwrap_or(NO_NAME),
            tail: None,
            json: object,
        })
    }
}
