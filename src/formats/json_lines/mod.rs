//! Formats whose records are JSON objects, one a line, declared by the paths of their members:
//! `json:name=request.uri:route,dur=duration:s,time=ts:epoch`.
//!
//! ```text
//!  a declaration ──► pattern  compiles it, once ──► Node  keys by depth ──► walk  one pass over each line
//!                                                     values  of members' texts ──┘
//! ```

mod declarations;
mod naming;
mod pattern;
mod values;
mod walk;

use std::sync::Arc;

pub use pattern::JsonPatternError;

use super::detect::is_mostly_records;
use super::json::{Broken, Cursor};
use super::{LineOrder, LogFormat, Registered};
use crate::input::Sample;
use crate::record::{Kind, Line, MAX_LINE, Reason, Record, Scratch};
use declarations::ACCESS;
use naming::NameAt;
use pattern::Pattern;
use walk::{Captured, Node};

/// The object has members of the format, and is no JSON from some place on.
pub const NO_JSON: Reason = Reason::new("NoJson", "it has members of a record and is no JSON");
/// The time is none of its type.
pub const NO_TIME: Reason = Reason::new("NoTime", "its time is none");

/// The entry of the registry of access logs in JSON.
pub(super) const REGISTERED_ACCESS: Registered = Registered { help: ACCESS.help, make: || make(&ACCESS) };

/// A format in patterns of its members.
#[derive(Debug, Clone, Copy)]
struct Declaration {
    name: &'static str,
    help: &'static str,
    /// The first one that a line has all members of counts.
    patterns: &'static [&'static str],
    /// The name of a record whose name is empty.
    nameless: &'static str,
}

/// Compiles a declaration for use. The tests compile all declarations.
fn make(declaration: &Declaration) -> Arc<dyn LogFormat> {
    let Declaration { name, patterns, nameless, .. } = *declaration;
    match JsonLines::of(name, patterns, nameless) {
        Ok(format) => Arc::new(format),
        Err(error) => unreachable!("{name}: {error}"),
    }
}

/// A format of JSON objects, compiled.
#[derive(Debug, Clone)]
pub struct JsonLines {
    name: &'static str,
    patterns: Vec<Pattern>,
    /// The keys that any of the patterns looks for.
    root: Node,
    /// The number of members that they look for.
    slots: usize,
    nameless: &'static [u8],
}

impl JsonLines {
    /// The beginning of every pattern.
    pub const PREFIX: &'static str = "json:";

    /// Compiles a pattern: `json:` and parts with commas between, each `ROLE=PATH:TYPE`.
    ///
    /// A role is `name`, `dur`, `time`, `group`, `id` or `parent`; all others are labels. Several names are one, with
    /// blanks between. A path has the keys of nested objects with points between, `request.uri`; a key with a point in it
    /// stands in double quotes. Where there are several ways to write a member, all of them are given, the first one that
    /// is there counts: `time=time:iso|msec:epoch`.
    ///
    /// The types of durations are `s`, `ms`, `us`, `ns`, `decimal_s` (seconds whose point or exponent tells the unit) and
    /// `dur` (`18.2ms`); those of times are `iso`, `epoch` and `epoch_ms`; those of names `route`, `request`, and none.
    pub fn compile(text: &str) -> Result<Self, JsonPatternError> {
        Self::of("json", &[text], "(no name)")
    }

    fn of(name: &'static str, patterns: &[&str], nameless: &'static str) -> Result<Self, JsonPatternError> {
        let (mut root, mut slots) = (Node::default(), 0);
        let patterns = patterns.iter().map(|text| Pattern::compile(text, &mut root, &mut slots));
        Ok(Self { name, patterns: patterns.collect::<Result<_, _>>()?, root, slots, nameless: nameless.as_bytes() })
    }

    /// Makes the record of a line whose members were captured; none if it lacks some of them.
    #[inline]
    fn record<'a>(
        &self,
        line: &'a [u8],
        captured: &Captured,
        name: &'a mut Vec<u8>,
        rooms: &'a mut [Vec<u8>; 3],
    ) -> Option<Result<Record<'a>, Reason>> {
        let pattern = self.patterns.iter().find(|pattern| pattern.has_all(captured))?;
        Some(self.record_by(pattern, line, captured, name, rooms))
    }

    fn record_by<'a>(
        &self,
        pattern: &Pattern,
        line: &'a [u8],
        captured: &Captured,
        name: &'a mut Vec<u8>,
        rooms: &'a mut [Vec<u8>; 3],
    ) -> Result<Record<'a>, Reason> {
        let duration_ns = Some(pattern.duration_ns(line, captured)?);
        let (time_us, time_rest_ns) = match pattern.time(line, captured)? {
            Some((time_us, rest_ns)) => (Some(time_us), rest_ns),
            None => (None, 0),
        };
        let name = match pattern.name(line, captured, name) {
            NameAt::Line(range) => &line[range],
            NameAt::Scratch => name,
            NameAt::Nowhere => self.nameless,
        };
        let ids = pattern.ids(line, captured, rooms);
        Ok(Record { kind: Kind::Whole, time_us, time_rest_ns, duration_ns, ids, name, tail: None, json: line })
    }

    /// Judges a line that is too long by its beginning.
    #[cold]
    fn parse_long(&self, line: &[u8], captured: &mut Captured) -> Line<'static> {
        _ = self.root.walk(&mut Cursor::new(&line[..MAX_LINE]), captured);
        if captured.has_any() { Line::Malformed(Reason::TOO_LONG) } else { Line::Other }
    }
}

/// Memory from line to line.
#[derive(Debug, Default)]
struct Rooms {
    captured: Captured,
    ids: [Vec<u8>; 3],
}

impl LogFormat for JsonLines {
    fn name(&self) -> &'static str {
        self.name
    }

    fn parse<'a>(&self, line: &'a [u8], scratch: &'a mut Scratch) -> Line<'a> {
        let Scratch { name, memory, .. } = scratch;
        let Rooms { captured, ids } = memory.of::<Rooms>();
        let line = line.trim_ascii_end();
        captured.clear(self.slots);
        if line.first() != Some(&b'{') {
            return Line::Other;
        }
        if line.len() > MAX_LINE {
            return self.parse_long(line, captured);
        }
        let mut cursor = Cursor::new(line);
        let walked = self.root.walk(&mut cursor, captured).and_then(|()| cursor.end());
        match walked {
            Ok(()) => match self.record(line, captured, name, ids) {
                Some(record) => record.map_or_else(Line::Malformed, Line::Record),
                None => Line::Other,
            },
            Err(_) if !captured.has_any() => Line::Other,
            Err(Broken::Ends) => Line::Malformed(Reason::CUT_SHORT),
            Err(Broken::Wrong(_)) => Line::Malformed(NO_JSON),
        }
    }

    fn has_ids(&self) -> bool {
        self.patterns.iter().any(Pattern::has_ids)
    }

    fn has_times(&self) -> bool {
        self.patterns.iter().any(Pattern::has_time)
    }

    fn line_order(&self) -> LineOrder {
        LineOrder::Unused
    }

    /// Its records have no sure mark, so nine of ten lines have to be records.
    fn claims(&self, sample: &Sample<'_>) -> bool {
        is_mostly_records(sample, self)
    }
}
