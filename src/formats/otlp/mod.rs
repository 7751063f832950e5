//! Spans of OpenTelemetry, as the collector's file exporter writes them: JSON lines, many spans in each.
//!
//! ```text
//! {"resourceSpans":[{"resource":{…},"scopeSpans":[{"scope":{…},"spans":[{"traceId":"…","spanId":"…","parentSpanId":"",
//!  "name":"GET /cart","startTimeUnixNano":"1773309601000000000","endTimeUnixNano":"1773309601008887000",…}]}]}]}
//! ```
//!
//! A span is a record that is all of it. Its trace group is its trace, and ids are shown as they stand: hex digits as a
//! rule, and base64 where protobuf's own JSON wrote them.

mod span;

use std::sync::Arc;

use super::json::{Broken, Cursor};
use super::{LineOrder, LogFormat, Registered};
use crate::input::Sample;
use crate::record::{Line, MAX_LINE, Piece, Reason, Scratch};
use span::{OtlpSpan, Rooms};

/// The JSON lines of the OpenTelemetry collector.
#[derive(Debug, Clone, Copy)]
pub struct Otlp;

/// Its entry of the registry.
pub(super) const REGISTERED: Registered = Registered {
    help: "spans of OpenTelemetry in JSON lines, as the collector's file exporter writes them",
    make: || Arc::new(Otlp),
};

/// The line is no JSON from some place on.
pub const NO_JSON: Reason = Reason::new("NoJson", "it holds spans and is no JSON from here on");
/// Something that every span has is not there.
pub const NO_MEMBER: Reason = Reason::new("NoMember", "an id of the span, its start or its end is missing");
/// A time is no number of nanoseconds that fits 63 bits.
pub const NO_TIME: Reason = Reason::new("NoTime", "the span's start or end is no time in nanoseconds");

/// The key that all lines begin with.
const MARK: &[u8] = b"resourceSpans";

impl LogFormat for Otlp {
    fn name(&self) -> &'static str {
        "otlp"
    }

    /// A line begins with its mark, or is none. All else is left to the walk over its spans.
    fn parse<'a>(&self, line: &'a [u8], _: &'a mut Scratch) -> Line<'a> {
        if begins_with_mark(line) { Line::Several } else { Line::Other }
    }

    fn pieces(&self, line: &[u8], scratch: &mut Scratch, take: &mut dyn FnMut(Piece<'_>)) {
        let mut walk = Walk { line, rooms: scratch.memory.of(), take, next: 0 };
        let mut cursor = Cursor::new(line);
        let walked = walk.document(&mut cursor).and_then(|()| cursor.end());
        if let Err(broken) = walked {
            let reason = match broken {
                Broken::Ends if line.len() > MAX_LINE => Reason::TOO_LONG,
                Broken::Ends => Reason::CUT_SHORT,
                Broken::Wrong(_) => NO_JSON,
            };
            let begin = walk.next.min(line.len());
            (walk.take)(Piece { range: begin..line.len(), record: Err(reason) });
        }
    }

    /// The key that lines begin with is a sure mark.
    fn claims(&self, sample: &Sample<'_>) -> bool {
        sample.lines().any(begins_with_mark)
    }

    /// A span in one record needs no order.
    fn line_order(&self) -> LineOrder {
        LineOrder::Unused
    }
}

/// Says whether a line is an object whose first key is that of all such lines.
#[inline]
fn begins_with_mark(line: &[u8]) -> bool {
    let inside = line.trim_ascii_start().strip_prefix(b"{").map(<[u8]>::trim_ascii_start);
    let key = inside.and_then(|inside| inside.strip_prefix(b"\"")).and_then(|inside| inside.strip_prefix(MARK));
    key.is_some_and(|rest| rest.first() == Some(&b'"'))
}

/// A walk over the spans of a line.
struct Walk<'w, 'a> {
    line: &'a [u8],
    rooms: &'w mut Rooms,
    take: &'w mut dyn FnMut(Piece<'_>),
    /// The offset of the first byte behind the spans that were taken.
    next: usize,
}

impl<'a> Walk<'_, 'a> {
    fn document(&mut self, cursor: &mut Cursor<'a>) -> Result<(), Broken> {
        let at = cursor.at();
        let is_object = cursor.members(|cursor, key| {
            if key.is(MARK) {
                cursor.elements(|cursor| self.resource(cursor))?;
            }
            Ok(())
        })?;
        if is_object { Ok(()) } else { Err(Broken::Wrong(at)) }
    }

    fn resource(&mut self, cursor: &mut Cursor<'a>) -> Result<(), Broken> {
        cursor.members(|cursor, key| {
            // Collectors before 2022 wrote the second one.
            if key.is(b"scopeSpans") || key.is(b"instrumentationLibrarySpans") {
                cursor.elements(|cursor| self.scope(cursor))?;
            }
            Ok(())
        })?;
        Ok(())
    }

    fn scope(&mut self, cursor: &mut Cursor<'a>) -> Result<(), Broken> {
        cursor.members(|cursor, key| {
            if key.is(b"spans") {
                cursor.elements(|cursor| self.span(cursor))?;
            }
            Ok(())
        })?;
        Ok(())
    }

    #[inline]
    fn span(&mut self, cursor: &mut Cursor<'a>) -> Result<(), Broken> {
        let begin = cursor.at();
        self.next = begin;
        let Some(span) = OtlpSpan::read(cursor)? else { return Ok(()) };
        let range = begin..cursor.at();
        self.next = range.end;
        let record = span.record(&self.line[range.clone()], self.rooms);
        (self.take)(Piece { range, record });
        Ok(())
    }
}
