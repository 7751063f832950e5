//! The parser of any line by the whole grammar, which decides. Nothing here trades plainness for speed.

use memchr::memmem;

use super::fast::KnownMinute;
use super::head::{self, Head};
use super::timestamp::{self, SECONDS_LEN};
use super::{duration, uuid};
use crate::record::{Ids, Kind, Line, MAX_LINE, Reason, Record};

const START: &[u8] = b"-start";
const STOP: &[u8] = b"-stop";
/// Mistral's mark on a span of more than half a second.
const MARK: &[u8] = b"  <- !!!";

/// The longest `base_id`. Anyone who signs a request chooses it, in an HTTP header; without a bound, a hostile line
/// would take quadratic time.
const MAX_BASE_ID: usize = 64 << 10;

/// A fraction of a second that is neither missing nor six digits long.
const FRACTION_NOT_SIX_DIGITS: Reason =
    Reason::new("FractionNotSixDigits", "the fraction of the second does not have six digits");
/// Base, parent and trace id are not all there.
const NO_IDS: Reason = Reason::new("NoIds", "base, parent and trace id are not all there");
/// The marker follows directly on the ids.
const NO_NAME: Reason = Reason::new("NoName", "the trace name is missing");
/// A start record that does not end in `-start`.
const NO_START_MARKER: Reason = Reason::new("NoStartMarker", "no -start at the end of a line without duration");
/// A stop record that does not end in `-stop`.
const NO_STOP_MARKER: Reason = Reason::new("NoStopMarker", "no -stop at the end of a line with a duration");
/// A torn record, with another record's head in what would have to be its `base_id`.
const HEAD_INSIDE: Reason = Reason::new("HeadInside", "another record begins inside it");

/// The most heads of one line that are tried, for the same reason.
const MAX_HEADS: usize = 16;

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
    let heads = std::iter::successors(head::find(line, 0), |head| head::find(line, head.at + 1));
    let (mut found, mut why) = (None, None);
    for head in heads.take(MAX_HEADS) {
        // After a record, the only thing to find is a whole one in its name, in which the first one was torn.
        if found.is_some_and(|torn: Record<'_>| head.at >= offset_of(line, torn.name) + torn.name.len()) {
            break;
        }
        match parse_from(known, whole, line, &head) {
            Ok(record) => found = Some(record),
            Err(reason) => why = why.or(Some(reason)),
        }
    }
    match (found, why) {
        (Some(record), _) => Line::Record(record),
        (None, Some(reason)) => Line::Malformed(reason),
        (None, None) => parse_without_head(line),
    }
}

/// Gives the offset in `line` of a part of it.
fn offset_of(line: &[u8], part: &[u8]) -> usize {
    part.as_ptr().addr() - line.as_ptr().addr()
}

/// Parses the record that begins with `head`; `line` is the `whole` line but for its ending.
fn parse_from<'a>(
    known: &mut KnownMinute,
    whole: &'a [u8],
    line: &'a [u8],
    head: &Head<'a>,
) -> Result<Record<'a>, Reason> {
    let time_us = known.time_us(head.timestamp).filter(|_| timestamp::has_second(head.timestamp));
    if time_us.is_none() {
        return Err(Reason::TIME_DOES_NOT_EXIST);
    }
    if ![SECONDS_LEN, SECONDS_LEN + ".ffffff".len()].contains(&head.timestamp.len()) {
        return Err(FRACTION_NOT_SIX_DIGITS);
    }
    let duration_ns = match head.duration {
        Some(text) => Some(duration::parse(text).ok_or(Reason::DURATION_OUT_OF_RANGE)?),
        None => None,
    };
    let body = &line[head.end..];
    let ids = FoundIds::find(body).ok_or(NO_IDS)?;
    let (name, json) = parse_tail(&body[ids.end..], duration_ns.is_some())?;
    // A record torn in its base_id has the other's head directly in front of the ids: the blank between belongs to
    // both.
    if head::find(&body[..=ids.base.len()], 0).is_some() {
        return Err(HEAD_INSIDE);
    }
    Ok(Record {
        kind: if duration_ns.is_some() { Kind::Stop } else { Kind::Start },
        time_us,
        duration_ns,
        ids: Some(Ids { base: ids.base, parent: ids.parent, trace: ids.trace }),
        name,
        tail: whole.get(offset_of(whole, name)..),
        json,
    })
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

/// Splits the text after the ids into the name and the JSON after its marker.
fn parse_tail(tail: &[u8], is_stop: bool) -> Result<(&[u8], &[u8]), Reason> {
    let (marker, missing) = if is_stop { (STOP, NO_STOP_MARKER) } else { (START, NO_START_MARKER) };
    let unmarked = if is_stop { tail.strip_suffix(MARK).unwrap_or(tail) } else { tail };
    if let Some(name) = unmarked.strip_suffix(marker) {
        return if name.is_empty() { Err(NO_NAME) } else { Ok((name, &[])) };
    }
    if tail.ends_with(b"}")
        && let Some(found) = name_before_json(tail, marker, is_stop)
    {
        return Ok(found);
    }
    Err(if lacks_only_a_name(tail) { NO_NAME } else { missing })
}

/// Says whether a tail is empty, or begins with a marker and is complete but for its name.
fn lacks_only_a_name(tail: &[u8]) -> bool {
    let Some(rest) = tail.strip_prefix(START).or_else(|| tail.strip_prefix(STOP)) else {
        return tail.is_empty();
    };
    let rest = rest.strip_prefix(MARK).unwrap_or(rest);
    rest.is_empty() || (rest.starts_with(b" {") && rest.ends_with(b"}"))
}

/// Splits a text at the first marker that JSON follows, into the name and the JSON.
fn name_before_json<'a>(tail: &'a [u8], marker: &[u8], is_stop: bool) -> Option<(&'a [u8], &'a [u8])> {
    memmem::find_iter(tail, marker).filter(|at| *at > 0).find_map(|at| {
        let rest = &tail[at + marker.len()..];
        let unmarked = if is_stop { rest.strip_prefix(MARK).unwrap_or(rest) } else { rest };
        let json = unmarked.strip_prefix(b" ").filter(|json| json.starts_with(b"{"))?;
        Some((&tail[..at], json))
    })
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
