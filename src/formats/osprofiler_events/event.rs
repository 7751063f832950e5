//! An event: the members of its object.

use super::{NO_MARKER, NO_MEMBER};
use crate::formats::json::{Broken, Cursor, NoTime, Text, iso_time};
use crate::record::{Ids, Kind, Reason, Record};

/// The members of an object that are those of an event, each if it is there.
#[derive(Debug, Default)]
pub(super) struct EventObject<'a> {
    name: Option<Text<'a>>,
    base_id: Option<Text<'a>>,
    parent_id: Option<Text<'a>>,
    trace_id: Option<Text<'a>>,
    timestamp: Option<Text<'a>>,
    /// What Mistral's log has at the end of a line.
    db: Option<&'a [u8]>,
}

/// Memory for texts with escapes, which those of osprofiler never have.
#[derive(Debug, Default)]
pub(super) struct Rooms {
    name: Vec<u8>,
    ids: [Vec<u8>; 3],
    timestamp: Vec<u8>,
}

impl<'a> EventObject<'a> {
    /// Reads the object at a cursor.
    #[inline]
    pub(super) fn read(cursor: &mut Cursor<'a>) -> Result<Self, Broken> {
        let mut event = Self::default();
        cursor.members(|cursor, key| {
            if key.is(b"name") {
                event.name = cursor.text()?;
            } else if key.is(b"base_id") {
                event.base_id = cursor.text()?;
            } else if key.is(b"parent_id") {
                event.parent_id = cursor.text()?;
            } else if key.is(b"trace_id") {
                event.trace_id = cursor.text()?;
            } else if key.is(b"timestamp") {
                event.timestamp = cursor.text()?;
            } else if key.is(b"info") {
                cursor.members(|cursor, key| {
                    if key.is(b"db") {
                        event.db = cursor.object()?;
                    }
                    Ok(())
                })?;
            }
            Ok(())
        })?;
        Ok(event)
    }

    /// Says whether the object has what tells an event from others.
    pub(super) fn is_marked(&self) -> bool {
        self.base_id.is_some() && self.trace_id.is_some()
    }

    /// Gives the record.
    pub(super) fn record(self, rooms: &'a mut Rooms) -> Result<Record<'a>, Reason> {
        let Rooms { name: of_name, ids: [of_base, of_parent, of_trace], timestamp: of_timestamp } = rooms;
        let name = self.name.ok_or(NO_MEMBER)?.read(of_name);
        let id = |text: Option<Text<'a>>, room| text.map(|text| text.read(room)).filter(|id| !id.is_empty());
        let ids = id(self.base_id, of_base).zip(id(self.parent_id, of_parent)).zip(id(self.trace_id, of_trace));
        let ((base, parent), trace) = ids.ok_or(NO_MEMBER)?;
        let timestamp = self.timestamp.ok_or(NO_MEMBER)?.read(of_timestamp);
        let (time_us, _) = iso_time(timestamp).map_err(|wrong| match wrong {
            NoTime::Shape => NO_MEMBER,
            NoTime::Calendar => Reason::TIME_DOES_NOT_EXIST,
        })?;
        let (kind, name) = match (name.strip_suffix(b"-start"), name.strip_suffix(b"-stop")) {
            (Some(name), _) => (Kind::Start, name),
            (None, Some(name)) => (Kind::Stop, name),
            (None, None) => return Err(NO_MARKER),
        };
        if name.is_empty() {
            return Err(NO_MEMBER);
        }
        Ok(Record {
            kind,
            time_us: Some(time_us),
            time_rest_ns: 0,
            duration_ns: None,
            ids: Some(Ids { base, parent, trace }),
            name,
            tail: None,
            json: self.db.unwrap_or_default(),
        })
    }
}
