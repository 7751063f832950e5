//! The parser of any line by the whole grammar, which decides. Nothing here trades plainness for speed.

use super::fast::KnownMinute;
use super::head::{self, Head};
use super::parts::{Begun, MARK, Marked, START, STOP, name_at_end};
use super::{glued, json, uuid};
use crate::record::{Line, MAX_LINE, Reason, Record};

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
fn offset_of(line: &[u8], part: &[u8]) -> usize {
    part.as_ptr().addr() - line.as_ptr().addr()
}

/// Parses the record of a line in which there is nothing else; `line` is the `whole` line but for its ending. None if
/// anything about it is unusual.
fn parse_only<'a>(known: &mut KnownMinute, whole: &'a [u8], line: &'a [u8], head: &Head<'a>) -> Option<Record<'a>> {
    let begun = Begun::new(known, line, head, line.len()).ok()?;
    let tail = &line[begun.tail..];
    let (name, json) = if let Some(name) = name_at_end(tail, begun.is_stop()) {
        (name, &tail[tail.len()..])
    } else {
        let Marked { at, json } = Marked::find(tail, 1, begun.is_stop())?;
        // Nothing is looked for in JSON that is whole.
        let len = json::measure_object(&tail[json..])?;
        (json + len == tail.len()).then_some((&tail[..at], &tail[json..]))?
    };
    let ids = &line[head.end..begun.tail];
    let has_head = head::find(ids, 0).or_else(|| head::find(name, 0)).is_some();
    let record = Record { tail: whole.get(offset_of(whole, name)..), ..begun.record(name, json) };
    (!has_head && !name.is_empty()).then_some(record)
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
