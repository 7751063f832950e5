//! Events of osprofiler as JSON, as its drivers hand them to Redis and other stores: an object a line, or all of them in
//! a list.
//!
//! ```text
//! {"name": "wsgi-stop", "base_id": "…", "parent_id": "…", "trace_id": "…", "timestamp": "2026-08-20T06:18:00.297000", "info": {…}}
//! ```
//!
//! They tell no durations: a span lasts from its start to its stop. They stand in any order, in Redis the newest first.

mod event;

use std::sync::Arc;

use super::detect::has_record;
use super::json::{Broken, Cursor};
use super::{LineOrder, LogFormat, Registered};
use crate::input::Sample;
use crate::record::{Line, MAX_LINE, Piece, Reason, Scratch};
use event::{EventObject, Rooms};

/// The events of osprofiler, one by one.
#[derive(Debug, Clone, Copy)]
pub struct OsprofilerEvents;

/// Its entry of the registry.
pub(super) const REGISTERED: Registered = Registered {
    help: "events of osprofiler as JSON, such as those in Redis: an object a line, in any order",
    make: || Arc::new(OsprofilerEvents),
};

/// The object has the ids of an event, and is no JSON from some place on.
pub const NO_JSON: Reason = Reason::new("NoJson", "it has the members of an event and is no JSON");
/// Another member of an event is not there, or is no text.
pub const NO_MEMBER: Reason = Reason::new("NoMember", "its name, its time or one of its ids is missing");
/// The name does not say which end of a span it is.
pub const NO_MARKER: Reason = Reason::new("NoMarker", "its name ends in neither -start nor -stop");

/// The keys that tell an event from other objects.
const MARKS: [&[u8]; 2] = [b"\"base_id\"", b"\"trace_id\""];

impl LogFormat for OsprofilerEvents {
    fn name(&self) -> &'static str {
        "osprofiler-events"
    }

    fn parse<'a>(&self, line: &'a [u8], scratch: &'a mut Scratch) -> Line<'a> {
        let Some(begin) = first_object(line) else { return Line::Other };
        if line.len() > MAX_LINE {
            return judge_long(&line[..MAX_LINE]);
        }
        let rest = &line[begin..];
        let mut cursor = Cursor::new(rest);
        let event = match EventObject::read(&mut cursor) {
            Ok(event) => event,
            Err(broken) => return judge(rest, broken),
        };
        match rest[cursor.at()..].trim_ascii() {
            b"" | b"," | b"]" => {}
            [b',', rest @ ..] if is_marked(rest) => return Line::Several,
            _ => return judge(rest, Broken::Wrong(cursor.at())),
        }
        if !event.is_marked() {
            return Line::Other;
        }
        let Scratch { memory, .. } = scratch;
        event.record(memory.of::<Rooms>()).map_or_else(Line::Malformed, Line::Record)
    }

    /// A list of events in one line.
    fn pieces(&self, line: &[u8], scratch: &mut Scratch, take: &mut dyn FnMut(Piece<'_>)) {
        let mut begin = first_object(line).unwrap_or(line.len());
        while begin < line.len() {
            let rest = &line[begin..];
            let mut cursor = Cursor::new(rest);
            let event = match EventObject::read(&mut cursor) {
                Ok(event) => event,
                Err(broken) => {
                    if let Line::Malformed(reason) = judge(rest, broken) {
                        let reason = if line.len() > MAX_LINE { Reason::TOO_LONG } else { reason };
                        take(Piece { range: begin..line.len(), record: Err(reason) });
                    }
                    return;
                }
            };
            let end = begin + cursor.at();
            if event.is_marked() {
                take(Piece { range: begin..end, record: event.record(scratch.memory.of::<Rooms>()) });
            }
            match first_object(&line[end..]) {
                Some(next) => begin = end + next,
                None => return,
            }
        }
    }

    /// The ids together are a sure mark.
    fn claims(&self, sample: &Sample<'_>) -> bool {
        has_record(sample, self)
    }

    fn has_durations(&self) -> bool {
        false
    }

    fn line_order(&self) -> LineOrder {
        LineOrder::Any
    }
}

/// Finds the object that a text begins with, after the bracket or the comma of a list around it.
fn first_object(text: &[u8]) -> Option<usize> {
    let blanks = |at: usize| at + text[at..].iter().take_while(|byte| byte.is_ascii_whitespace()).count();
    let mut at = blanks(0);
    if matches!(text.get(at), Some(b'[' | b',')) {
        at = blanks(at + 1);
    }
    (text.get(at) == Some(&b'{')).then_some(at)
}

/// Says whether a text has the keys of an event, whatever it is otherwise.
fn is_marked(text: &[u8]) -> bool {
    MARKS.iter().all(|mark| memchr::memmem::find(text, mark).is_some())
}

/// Judges the beginning of a line that is too long. A list can have many whole events in it.
#[cold]
fn judge_long(line: &[u8]) -> Line<'static> {
    match line.trim_ascii_start().first() {
        _ if !is_marked(line) => Line::Other,
        Some(b'[') => Line::Several,
        _ => Line::Malformed(Reason::TOO_LONG),
    }
}

/// Judges a text that is no whole object: it may have been one of an event.
#[cold]
fn judge(text: &[u8], broken: Broken) -> Line<'static> {
    let has_mark = MARKS.iter().any(|mark| memchr::memmem::find(text, mark).is_some());
    match broken {
        Broken::Ends if has_mark => Line::Malformed(Reason::CUT_SHORT),
        Broken::Wrong(_) if has_mark => Line::Malformed(NO_JSON),
        _ => Line::Other,
    }
}
