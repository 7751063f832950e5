//! The parser of any line by the whole grammar, which decides. Nothing here trades plainness for speed.

use super::fast::KnownMinute;
use super::head::{self, Head};
use super::timestamp::{self, SECONDS_LEN};
use super::{duration, glued, json, uuid};
use crate::record::{Ids, Kind, Line, MAX_LINE, Reason, Record};

const START: &[u8] = b"-start";
const STOP: &[u8] = b"-stop";
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
/// The marker follows directly on the ids.
const NO_NAME: Reason = Reason::new("NoName", "the trace name is missing");
/// A start record that does not end in `-start`.
const NO_START_MARKER: Reason = Reason::new("NoStartMarker", "no -start at the end of a line without duration");
/// A stop record that does not end in `-stop`.
const NO_STOP_MARKER: Reason = Reason::new("NoStopMarker", "no -stop at the end of a line with a duration");
/// A torn record, with another record's head where the rest of it would have to be.
pub(super) const HEAD_INSIDE: Reason = Reason::new("HeadInside", "another record begins inside it");

/// Parses `line`. A carriage return at its end is taken for a part of the line ending. The line feed must not be in it.
///
/// ```
/// use tracerank::formats::osprofiler::parse;
/// use tracerank::record::Line;
///
/// let line = b"2020-02-27T08:04:25.961298 0.006782 f12e75d5-5d59-4cbc-b74d-357f19290dd7 \
///     603f1fab-be78-438d-af13-d94ed3b7e416 b1d0a77a-52f5-4415-a6c4-f16b3591a47d workflow-set-state-stop";
/// let Line::Record(record) = parse(line) else { panic!("no record") };
/// assert_eq!(record.name, b"workflow-set-state");
/// assert_eq!(record.duration_ns, Some(6_782_000));
/// ```
pub fn parse(line: &[u8]) -> Line<'_> {
    parse_knowing(&mut KnownMinute::default(), line)
}

/// Parses a line in a thread that knows the minute of the line before.
pub(super) fn parse_knowing<'a>(known: &mut KnownMinute, whole: &'a [u8]) -> Line<'a> {
    let line = whole.strip_suffix(b"\r").unwrap_or(whole);
    if line.len() > MAX_LINE {
        return match head::find(&line[..MAX_LINE], 0) {
            Some(_) => Line::Malformed(Reason::TOO_LONG),
            None => Line::Other,
        };
    }
    let Some(head) = head::find(line, 0) else { return parse_without_head(line) };
    match parse_only(known, whole, line, &head) {
        Some(record) => Line::Record(record),
        None => glued::judge(line),
    }
}

/// Gives the offset in `line` of a part of it.
pub(super) fn offset_of(line: &[u8], part: &[u8]) -> usize {
    part.as_ptr().addr() - line.as_ptr().addr()
}

/// Parses the record of a line in which there is nothing else; `line` is the `whole` line but for its ending. None if
/// anything about it is unusual.
fn parse_only<'a>(known: &mut KnownMinute, whole: &'a [u8], line: &'a [u8], head: &Head<'a>) -> Option<Record<'a>> {
    let begun = Begun::new(known, line, head, line.len()).ok()?;
    let tail = &line[begun.tail..];
    let (name, json) = match name_at_end(tail, begun.is_stop()) {
        Some(name) => (name, &tail[tail.len()..]),
        None => {
            let Marked { at, json } = Marked::find(tail, 1, begun.is_stop())?;
            // Nothing is looked for in JSON that is whole.
            let len = json::measure_object(&tail[json..])?;
            (json + len == tail.len()).then_some((&tail[..at], &tail[json..]))?
        }
    };
    let ids = &line[head.end..begun.tail];
    let has_head = head::find(ids, 0).or_else(|| head::find(name, 0)).is_some();
    let record = Record { tail: whole.get(offset_of(whole, name)..), ..begun.record(name, json) };
    (!has_head && !name.is_empty()).then_some(record)
}

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
        let found = FoundIds::find(line.get(head.end..end).unwrap_or_default()).ok_or(NO_IDS)?;
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
        Record { kind, time_us: Some(time_us), duration_ns, ids: Some(ids), name, tail: None, json }
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

/// Judges a line without a head: damage took its head, or it is no record at all.
pub(super) fn parse_without_head(line: &[u8]) -> Line<'_> {
    if head::is_cut_short(line) {
        Line::Malformed(Reason::CUT_SHORT)
    } else if has_everything_but_a_duration(line) {
        Line::Malformed(Reason::DURATION_NO_NUMBER)
    } else {
        Line::Other
    }
}

/// Says whether the line reads `timestamp SP x SP b SP uuid SP uuid SP t`, with the marker at the end of `t`.
fn has_everything_but_a_duration(line: &[u8]) -> bool {
    fn skip_word(text: &[u8]) -> Option<&[u8]> {
        let text = text.strip_prefix(b" ")?;
        let len = memchr::memchr(b' ', text)?;
        (len > 0).then(|| &text[len..])
    }
    let Some(timestamp) = head::measure_timestamp(line) else {
        return false;
    };
    let Some(ids) = skip_word(&line[timestamp..]).and_then(skip_word) else {
        return false;
    };
    let second = 1 + uuid::LEN;
    if !uuid::stands_between_blanks(ids) || !uuid::stands_between_blanks(&ids[second..]) {
        return false;
    }
    let tail = &ids[2 * second + 1..];
    let unmarked = tail.strip_suffix(MARK).unwrap_or(tail);
    unmarked.ends_with(START) || unmarked.ends_with(STOP)
}
