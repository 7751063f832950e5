//! Lines in which there is more or less than one whole record: writes of two processes in one line, a log without a
//! last line feed and another one behind it, records that broke off.
//!
//! ```text
//!  prefix  head ids name-stop  gap  head ids na  head ids name-start {"json": "…"}  head i
//!          └─── record ─────┘       └── torn ──┘ └── record ──────────────────────┘ └torn┘
//! ```
//!
//! Heads are judged from the last to the first, since a record that is torn can end only where one begins that is not.
//! All of it takes time in proportion to the line: each record's ids and marker are looked for up to the next head, and
//! of two JSON objects that don't end one can't go on beyond the head after the second, since one sees text where the
//! other sees quotes.

use std::ops::Range;

use super::fast::KnownMinute;
use super::head::{self, Head};
use super::json;
use super::parts::{Begun, FRACTION_NOT_SIX_DIGITS, HEAD_INSIDE, MARK, Marked, marker, name_at_end, reason_of_tail};
use crate::record::{Line, Piece, Reason, Record};

/// The longest prefix that is known again between two records.
const MAX_PREFIX: usize = 512;
const BYTE_ORDER_MARK: &[u8] = "\u{feff}".as_bytes();

/// Judges a line with a head. It has no line ending, and is of a length that is parsed.
#[cold]
pub(super) fn judge(line: &[u8]) -> Line<'_> {
    let split = Split::of(line);
    match split.pieces().as_slice() {
        [Piece { record: Ok(record), .. }] => Line::Record(*record),
        pieces if pieces.iter().any(|piece| piece.record.is_ok()) => Line::Several,
        _ => Line::Malformed(split.reason()),
    }
}

/// Gives the pieces of a line that [`parse`](super::parse) says to be several.
pub fn pieces(line: &[u8]) -> Vec<Piece<'_>> {
    Split::of(line.strip_suffix(b"\r").unwrap_or(line)).pieces()
}

/// A line, and the records in it.
struct Split<'a> {
    line: &'a [u8],
    heads: Vec<Head<'a>>,
    /// The offset of a head that breaks off at the end of the line.
    cut: Option<usize>,
    /// For each head, the record that it begins and the number of the first head after that; or the reason why it is
    /// torn.
    found: Vec<Result<(Record<'a>, usize), Reason>>,
}

/// A marker that JSON follows, and the end of the JSON if it is whole.
#[derive(Debug, Clone, Copy)]
struct Closed {
    marked: Marked,
    end: Option<usize>,
}

impl<'a> Split<'a> {
    fn of(line: &'a [u8]) -> Self {
        let heads: Vec<Head<'a>> =
            std::iter::successors(head::find(line, 0), |head| head::find(line, head.at + 1)).collect();
        let cut = head::cut_at_end(line).filter(|at| heads.last().is_none_or(|last| *at >= last.end));
        let mut split = Self { line, heads, cut, found: Vec::new() };
        split.judge_heads();
        split
    }

    fn judge_heads(&mut self) {
        let mut known = KnownMinute::default();
        let mut found = Vec::with_capacity(self.heads.len());
        // Of starts and of stops, the first marker with JSON from here on.
        let mut closed: [Option<Closed>; 2] = [None; 2];
        let mut next_record = None;
        for number in (0..self.heads.len()).rev() {
            let (head, end) = (self.heads[number], self.start_of(number + 1));
            let record = Begun::new(&mut known, self.line, &head, end).map_err(|reason| self.torn(number, reason));
            let record = record.and_then(|begun| {
                let first = self.closed(begun.tail + 1..end, begun.is_stop());
                let closed = first.or(closed[usize::from(begun.is_stop())]);
                let ends = self.ends(number, next_record);
                let whole = closed
                    .filter(|closed| closed.marked.at < ends[0].1)
                    .and_then(|closed| self.with_json(&begun, &closed))
                    .or_else(|| ends.into_iter().find_map(|(next, end)| self.without_json(&begun, next, end)));
                whole.ok_or_else(|| self.torn(number, reason_of_tail(&self.line[begun.tail..], begun.is_stop())))
            });
            if record.is_ok() {
                next_record = Some(number);
            }
            for is_stop in [false, true] {
                let kind = &mut closed[usize::from(is_stop)];
                *kind = self.closed(head.end..end, is_stop).or(*kind);
            }
            found.push(record);
        }
        found.reverse();
        self.found = found;
    }

    /// Gives the offset where a head begins. The one that breaks off is the last; after it, the line ends.
    fn start_of(&self, number: usize) -> usize {
        let cut = || self.cut.filter(|_| number == self.heads.len());
        self.heads.get(number).map(|head| head.at).or_else(cut).unwrap_or(self.line.len())
    }

    /// Gives the places where a record without JSON may end, and the number of the head there: where the next whole
    /// record begins, or the line ends; or else at the next head.
    fn ends(&self, number: usize, next_record: Option<usize>) -> [(usize, usize); 2] {
        let all = self.heads.len() + usize::from(self.cut.is_some());
        let far = next_record.map_or((all, self.line.len()), |next| (next, self.start_of(next)));
        [far, (number + 1, self.start_of(number + 1))]
    }

    /// Finds the first marker with JSON that begins in a range.
    fn closed(&self, range: Range<usize>, is_stop: bool) -> Option<Closed> {
        let marked = Marked::find(self.line.get(..range.end)?, range.start, is_stop)?;
        let end = json::measure_object(&self.line[marked.json..]).map(|len| marked.json + len);
        Some(Closed { marked, end })
    }

    /// Gives a record with JSON, and the number of the head after it. Heads in the JSON are a part of it.
    fn with_json(&self, begun: &Begun<'a>, closed: &Closed) -> Option<(Record<'a>, usize)> {
        let end = closed.end?;
        let next = self.heads.partition_point(|head| head.at < end);
        let begin_of_next = self.start_of(next);
        let rest = &self.line[end..begin_of_next];
        let is_whole = if begin_of_next == self.line.len() { self.closes(rest) } else { self.is_gap(rest) };
        let name = &self.line[begun.tail..closed.marked.at];
        let json = &self.line[closed.marked.json..end];
        is_whole.then(|| (begun.record(name, json), next))
    }

    /// Gives a record without JSON that ends at an offset, where a head of this number begins.
    fn without_json(&self, begun: &Begun<'a>, next: usize, end: usize) -> Option<(Record<'a>, usize)> {
        let tail = self.line.get(begun.tail..end)?;
        let name = if end == self.line.len() {
            name_at_end(tail, begun.is_stop()).or_else(|| name_at_end(self.unclosed(tail), begun.is_stop()))
        } else {
            self.name_before_gap(tail, begun.is_stop())
        };
        let name = name.filter(|name| !name.is_empty())?;
        Some((begun.record(name, &[]), next))
    }

    /// Gives the text before the first head.
    fn prefix(&self) -> &'a [u8] {
        &self.line[..self.start_of(0)]
    }

    /// Says whether a text may stand between a record and the next one.
    fn is_gap(&self, text: &[u8]) -> bool {
        trim_end(text).is_empty() || is_like(text, self.prefix())
    }

    /// Gives the name of a tail that ends in its marker and something that may stand before the next record.
    fn name_before_gap<'t>(&self, tail: &'t [u8], is_stop: bool) -> Option<&'t [u8]> {
        if let Some(name) = name_at_end(trim_end(tail), is_stop) {
            return Some(name);
        }
        let (marker, prefix) = (marker(is_stop), self.prefix());
        let first = tail.len().saturating_sub(marker.len() + MARK.len() + MAX_PREFIX);
        memchr::memrchr_iter(b'-', &tail[first..]).map(|at| first + at).find_map(|at| {
            let rest = tail[at..].strip_prefix(marker)?;
            let unmarked = if is_stop { rest.strip_prefix(MARK).unwrap_or(rest) } else { rest };
            is_like(unmarked, prefix).then(|| &tail[..at])
        })
    }

    /// Says whether the text after the last JSON of a line closes what was opened before the first record: blanks,
    /// quotes and brackets, or the rest of a JSON object that is whole.
    fn closes(&self, rest: &[u8]) -> bool {
        self.unclosed(rest).is_empty() || self.is_in_object()
    }

    /// Cuts off what closes the line: blanks, NUL bytes, and quotes and brackets that its prefix opens.
    fn unclosed<'t>(&self, text: &'t [u8]) -> &'t [u8] {
        let prefix = self.prefix();
        let is_closer = |byte: &u8| match byte {
            b' ' | b'\t' | b'\r' | 0 => true,
            b'"' | b'\'' => prefix.contains(byte),
            b')' => prefix.contains(&b'('),
            b']' => prefix.contains(&b'['),
            b'}' => prefix.contains(&b'{'),
            b'>' => prefix.contains(&b'<'),
            _ => false,
        };
        let closers = text.iter().rev().take_while(|byte| is_closer(byte)).count();
        &text[..text.len() - closers]
    }

    /// Says whether all from the first brace of the prefix to the end of the line is a JSON object.
    fn is_in_object(&self) -> bool {
        let Some(brace) = memchr::memchr(b'{', self.prefix()) else { return false };
        let text = self.line[brace..].trim_ascii_end();
        json::measure_object(text) == Some(text.len())
    }

    /// Gives the reason why a head of a record line is torn: another one follows, or something about itself.
    fn torn(&self, number: usize, reason: Reason) -> Reason {
        let is_about_head =
            [Reason::TIME_DOES_NOT_EXIST, FRACTION_NOT_SIX_DIGITS, Reason::DURATION_OUT_OF_RANGE].contains(&reason);
        let is_last = self.start_of(number + 1) == self.line.len();
        if is_about_head || is_last { reason } else { HEAD_INSIDE }
    }

    /// Gives the reason why a line without a whole record is malformed: that of its first head, as if no other one
    /// followed.
    fn reason(&self) -> Reason {
        let Some(head) = self.heads.first() else { return Reason::CUT_SHORT };
        let begun = match Begun::new(&mut KnownMinute::default(), self.line, head, self.line.len()) {
            Ok(begun) => begun,
            Err(reason) => return reason,
        };
        let tail = &self.line[begun.tail..];
        let with_json = || {
            let closed = self.closed(begun.tail + 1..self.line.len(), begun.is_stop());
            closed.and_then(|closed| closed.end).is_some_and(|end| self.closes(&self.line[end..]))
        };
        let is_whole = name_at_end(tail, begun.is_stop()).is_some_and(|name| !name.is_empty()) || with_json();
        if is_whole { HEAD_INSIDE } else { reason_of_tail(tail, begun.is_stop()) }
    }

    /// Gives the records and the torn ones, in their order.
    fn pieces(&self) -> Vec<Piece<'a>> {
        let mut pieces = Vec::new();
        let mut number = 0;
        while let Some(found) = self.found.get(number) {
            let begin = self.heads[number].at;
            match found {
                Ok((record, next)) => {
                    number = *next;
                    let range = begin..self.start_of(number);
                    pieces.push(Piece { range, record: Ok(*record) });
                }
                Err(reason) => {
                    number += 1;
                    // That is the time of a prefix.
                    if *reason != FRACTION_NOT_SIX_DIGITS {
                        pieces.push(Piece { range: begin..self.start_of(number), record: Err(*reason) });
                    }
                }
            }
        }
        if let Some(cut) = self.cut.filter(|_| number == self.heads.len()) {
            pieces.push(Piece { range: cut..self.line.len(), record: Err(Reason::CUT_SHORT) });
        }
        pieces
    }
}

/// Cuts off what can stand behind a record without meaning anything: blanks, NUL bytes that a crash left, and the byte
/// order mark of the log that follows.
fn trim_end(mut text: &[u8]) -> &[u8] {
    loop {
        text = match text {
            [rest @ .., b' ' | b'\t' | b'\r' | 0] => rest,
            _ => match text.strip_suffix(BYTE_ORDER_MARK) {
                Some(rest) => rest,
                None => return text,
            },
        };
    }
}

/// Says whether a text is like a prefix: the same but for its letters and digits, of which there are some where the
/// prefix has some.
fn is_like(text: &[u8], prefix: &[u8]) -> bool {
    if prefix.is_empty() || prefix.len().max(text.len()) > MAX_PREFIX {
        return false;
    }
    shape(text).eq(shape(prefix))
}

/// Gives the bytes of a text, but one for each run of letters and digits.
fn shape(text: &[u8]) -> impl Iterator<Item = u8> + '_ {
    let is_word = |byte: u8| byte.is_ascii_alphanumeric();
    text.iter().enumerate().filter_map(move |(at, byte)| {
        let goes_on = at > 0 && is_word(text[at - 1]);
        if is_word(*byte) { (!goes_on).then_some(b'0') } else { Some(*byte) }
    })
}
