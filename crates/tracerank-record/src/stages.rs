//! The stages of recording one by one, for tests and benches. Not for use: they change whenever recording does.

use crate::line::{self, Identity, Parent, TraceId};

/// A span that is over.
#[derive(Debug, Clone, Copy)]
pub struct Span<'a> {
    /// The id of its trace group.
    pub base_id: &'a str,
    /// The id of its parent; the `base_id` if it has none.
    pub parent_id: &'a str,
    /// Its own id.
    pub trace_id: &'a str,
    /// Its name.
    pub name: &'a str,
    /// The time at which it began, in microseconds since 1970.
    pub started_at: u64,
    /// The time at which it ended, in microseconds since 1970.
    pub stopped_at: u64,
    /// Its duration, in microseconds.
    pub took: u64,
    /// Its fields: an object of JSON, or nothing.
    pub json: &'a str,
}

impl Span<'_> {
    /// Its two lines, each with its line feed; nothing if an id is none.
    pub fn lines(&self) -> Option<[String; 2]> {
        let trace_id = TraceId::parse(self.trace_id)?;
        let parent =
            if self.parent_id == self.base_id { Parent::None } else { Parent::Span(TraceId::parse(self.parent_id)?) };
        let identity = Identity { base_id: self.base_id, parent: &parent, trace_id: &trace_id, name: self.name };
        let (mut start, mut stop) = (Vec::new(), Vec::new());
        line::write_start(&mut start, self.started_at, identity, self.json.as_bytes());
        line::write_stop(&mut stop, self.stopped_at, self.took, identity, self.json.as_bytes());
        Some([String::from_utf8(start).ok()?, String::from_utf8(stop).ok()?])
    }
}
