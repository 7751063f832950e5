//! The parts of a record after its head, each found by the grammar: ids, name and marker, JSON.

use super::fast::KnownMinute;
use super::head::Head;
use super::timestamp::{self, SECONDS_LEN};
use super::{duration, uuid};
use crate::record::{Ids, Kind, Reason, Record};

pub(super) const START: &[u8] = b"-start";
pub(super) const STOP: &[u8] = b"-stop";
/// Mistral's mark on a span of more than half a second.
pub(super) const MARK: &[u8] = b"  <- !!!";

/// The longest `base_id`. Anyone who signs a request chooses it, in an HTTP header; without a bound, a hostile line
/// would take quadratic time.
const MAX_BASE_ID: usize = 64 << 10;

/// A fraction of a second that is neither missing nor six digits long.
pub(super) const FRACTION_NOT_SIX_DIGITS: Reason =
    Reason::new("FractionNotSixDigits", "the fraction of the second does not have six digits");
/// Base, parent and trace id are not all there.
const NO_IDS: Reason = Reason::new("NoIds", "base, parent and trace id are not all there");
/// The same, where all three stand there.
const PARENT_NO_UUID: Reason = Reason::new("NoIds", "the parent id is no UUID");
const TRACE_NO_UUID: Reason = Reason::new("NoIds", "the trace id is no UUID");
/// The marker follows directly on the ids.
const NO_NAME: Reason = Reason::new("NoName", "the trace name is missing");
/// A start record that does not end in `-start`.
const NO_START_MARKER: Reason = Reason::new("NoStartMarker", "no -start at the end of a line without duration");
/// A stop record that does not end in `-stop`.
const NO_STOP_MARKER: Reason = Reason::new("NoStopMarker", "no -stop at the end of a line with a duration");
/// A torn record, with another record's head where the rest of it would have to be.
pub(super) const HEAD_INSIDE: Reason = Reason::new("HeadInside", "another record begins inside it");

/// A record up to its ids.
#[derive(Debug, Clone, Copy)]
pub(super) struct Begun<'a> {
    time_us: i64,
    duration_ns: Option<i64>,
    ids: Ids<'a>,
    /// The offset in the line where the tail begins.
    pub(super) tail: usize,
}

impl<'a> Begun<'a> {
    /// Reads the record that begins with `head`. Its ids have to end before `end`.
    pub(super) fn new(known: &mut KnownMinute, line: &'a [u8], head: &Head<'a>, end: usize) -> Result<Self, Reason> {
        let time_us = known.time_us(head.timestamp).filter(|_| timestamp::has_second(head.timestamp));
        let time_us = time_us.ok_or(Reason::TIME_DOES_NOT_EXIST)?;
        if ![SECONDS_LEN, SECONDS_LEN + ".ffffff".len()].contains(&head.timestamp.len()) {
            return Err(FRACTION_NOT_SIX_DIGITS);
        }
        let duration_ns = match head.duration {
            Some(text) => Some(duration::parse(text).ok_or(Reason::DURATION_OUT_OF_RANGE)?),
            None => None,
        };
        let body = line.get(head.end..end).unwrap_or_default();
        let found = FoundIds::find(body).ok_or_else(|| lack_of_ids(body))?;
        let ids = Ids { base: found.base, parent: found.parent, trace: found.trace };
        Ok(Self { time_us, duration_ns, ids, tail: head.end + found.end })
    }

    pub(super) fn is_stop(&self) -> bool {
        self.duration_ns.is_some()
    }

    /// Gives the record with the rest of it.
    pub(super) fn record(&self, name: &'a [u8], json: &'a [u8]) -> Record<'a> {
        let Self { time_us, duration_ns, ids, .. } = *self;
        let kind = if self.is_stop() { Kind::Stop } else { Kind::Start };
        Record { kind, time_us: Some(time_us), time_rest_ns: 0, duration_ns, ids: Some(ids), name, tail: None, json }
    }
}

struct FoundIds<'a> {
    base: &'a [u8],
    parent: &'a [u8],
    trace: &'a [u8],
    /// The offset in the body where the tail begins.
    end: usize,
}

impl<'a> FoundIds<'a> {
    /// Finds the ids at the beginning of `body`, with any text in the base id.
    fn find(body: &'a [u8]) -> Option<Self> {
        let id = |blank: usize| &body[blank + 1..=blank + uuid::LEN];
        let blanks = memchr::memchr_iter(b' ', body).take_while(|blank| *blank <= 2 * MAX_BASE_ID + 1);
        for blank in blanks.filter(|blank| uuid::stands_between_blanks(&body[*blank..])) {
            let before = &body[..blank];
            let next = blank + 1 + uuid::LEN;
            if (1..=MAX_BASE_ID).contains(&blank) && uuid::stands_between_blanks(&body[next..]) {
                let (parent, trace, end) = (id(blank), id(next), next + uuid::LEN + 2);
                return Some(Self { base: before, parent, trace, end });
            }
            if let Some(base) = doubled(before) {
                let (parent, trace, end) = (base, id(blank), next + 1);
                return Some(Self { base, parent, trace, end });
            }
        }
        None
    }
}

/// Tells why a body does not begin with ids: of three words before another one, one of the last two may be no UUID.
#[cold]
fn lack_of_ids(body: &[u8]) -> Reason {
    let mut words = body.splitn(4, |byte| *byte == b' ').filter(|word| !word.is_empty());
    let words = [(); 4].map(|()| words.next());
    let [Some(base), Some(parent), Some(trace), Some(_)] = words else { return NO_IDS };
    let is_uuid = |word: &[u8]| word.len() == uuid::LEN && uuid::begins(word);
    match (is_uuid(parent) || parent == base, is_uuid(trace)) {
        (true, false) => TRACE_NO_UUID,
        (false, true) => PARENT_NO_UUID,
        _ => NO_IDS,
    }
}

/// Gives `X` of a text `X SP X`.
fn doubled(text: &[u8]) -> Option<&[u8]> {
    let middle = text.len() / 2;
    let (first, second) = text.split_at(middle);
    let second = second.strip_prefix(b" ")?;
    (!first.is_empty() && first == second).then_some(first)
}

/// Gives the marker of a kind of record.
pub(super) fn marker(is_stop: bool) -> &'static [u8] {
    if is_stop { STOP } else { START }
}

/// Gives the name of a tail that ends in its marker.
pub(super) fn name_at_end(tail: &[u8], is_stop: bool) -> Option<&[u8]> {
    let unmarked = if is_stop { tail.strip_suffix(MARK).unwrap_or(tail) } else { tail };
    unmarked.strip_suffix(marker(is_stop))
}

/// Gives the reason why a tail is none of a record.
pub(super) fn reason_of_tail(tail: &[u8], is_stop: bool) -> Reason {
    match name_at_end(tail, is_stop) {
        Some([]) => NO_NAME,
        _ if lacks_only_a_name(tail) => NO_NAME,
        _ if is_stop => NO_STOP_MARKER,
        _ => NO_START_MARKER,
    }
}

/// Says whether a tail is empty, or begins with a marker and is complete but for its name.
fn lacks_only_a_name(tail: &[u8]) -> bool {
    let Some(rest) = tail.strip_prefix(START).or_else(|| tail.strip_prefix(STOP)) else {
        return tail.is_empty();
    };
    let rest = rest.strip_prefix(MARK).unwrap_or(rest);
    rest.is_empty() || (rest.starts_with(b" {") && rest.ends_with(b"}"))
}

/// A marker that JSON follows.
#[derive(Debug, Clone, Copy)]
pub(super) struct Marked {
    /// The offset of the marker.
    pub(super) at: usize,
    /// The offset of the JSON.
    pub(super) json: usize,
}

impl Marked {
    /// Finds the first one of a text that begins at `from` or after it.
    pub(super) fn find(text: &[u8], from: usize, is_stop: bool) -> Option<Self> {
        let marker = marker(is_stop);
        let searched = text.get(from..)?;
        memchr::memchr_iter(b'-', searched).map(|at| from + at).find_map(|at| {
            let rest = text[at..].strip_prefix(marker)?;
            let rest = if is_stop { rest.strip_prefix(MARK).unwrap_or(rest) } else { rest };
            rest.starts_with(b" {").then(|| Self { at, json: text.len() - rest.len() + 1 })
        })
    }
}
