//! The matcher: a pattern's steps, one after the other, over a line.

use super::find::{count_digits, find, find_either};
use super::marks::{MAX_STOPS, Marks};
use super::types::{CLF_LEN, Clf, RememberedTime, duration_ns};
use super::{MAX_PIECES, NOT_THE_PATTERN};
use crate::normalise::{Normalised, route};
use crate::record::Reason;

/// A text of a pattern that a line has to have in its place.
#[derive(Debug, Clone)]
pub(super) struct Literal {
    bytes: Box<[u8]>,
    len: usize,
    /// The first eight bytes as a number, zero where there are fewer, and the mask of the bits that count: one
    /// comparison is enough for most texts.
    head: u64,
    mask: u64,
}

impl Literal {
    pub(super) fn new(bytes: &[u8]) -> Self {
        let (mut head, mut mask) = ([0; 8], [0; 8]);
        for (at, byte) in bytes.iter().take(8).enumerate() {
            (head[at], mask[at]) = (*byte, 0xFF);
        }
        Self { bytes: bytes.into(), len: bytes.len(), head: u64::from_le_bytes(head), mask: u64::from_le_bytes(mask) }
    }

    #[inline]
    fn is_at(&self, line: &[u8], at: usize) -> bool {
        let rest = &line[at..];
        match rest.first_chunk() {
            Some(chunk) if self.len <= 8 => (u64::from_le_bytes(*chunk) ^ self.head) & self.mask == 0,
            // A call for a few bytes at the end of a line takes longer than a loop.
            _ => rest.len() >= self.len && rest.iter().zip(&self.bytes).all(|(byte, wanted)| byte == wanted),
        }
    }

    /// Gives the place and the reason where the text is missing: the line may end in the middle of it.
    #[cold]
    fn missing(&self, line: &[u8], at: usize) -> (usize, Reason) {
        (at, if self.bytes.starts_with(&line[at..]) { Reason::CUT_SHORT } else { NOT_THE_PATTERN })
    }
}

/// The text that a gap takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Gap {
    /// The shortest text before the literal.
    Text {
        /// No quote is in it that has no backslash before it.
        is_quoted: bool,
        /// A literal counts only if a time follows it: names of users can have brackets.
        is_before_time: bool,
    },
    /// Digits, or a `-`.
    Int,
    /// As many bytes as a time has.
    Time {
        /// The gap before has checked that they have the shape of one.
        is_seen: bool,
    },
    /// The shortest text before the literal.
    Duration {
        /// A whole number is no duration.
        needs_point: bool,
    },
}

/// The kind of a gap that ends in the first place where it may. Without fields, it is one jump.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Usual {
    /// A text up to a stop byte.
    Text,
    /// A text up to a stop byte that a time follows.
    TextBeforeTime,
    /// A text within quotes, up to these.
    Quoted,
    /// A text within quotes, up to a stop byte.
    QuotedUpToStop,
    /// Digits, or a `-`, up to a stop byte.
    Int,
    Time,
    /// A duration up to a stop byte.
    Duration,
    /// A duration up to the end of the line.
    LastDuration,
    /// A text up to the end of the line.
    Rest,
    /// No mask tells.
    None,
}

/// A gap and the text after it, which is empty at the end of a pattern.
#[derive(Debug, Clone)]
pub(super) struct Step {
    usual: Usual,
    /// The number of its stop byte.
    stop: u8,
    /// The number of the quote, where that ends it, too.
    quote: u8,
    pub(super) gap: Gap,
    /// The number of the gap in the name.
    pub(super) number: Option<usize>,
    pub(super) literal: Literal,
}

/// A compiled pattern.
#[derive(Debug, Clone)]
pub(super) struct Pattern {
    pub(super) begin: Literal,
    pub(super) steps: Vec<Step>,
    /// A line that followed this many steps began like a record.
    pub(super) head: usize,
    /// None where the name has none of its gaps.
    pub(super) naming: Option<Naming>,
}

impl Pattern {
    /// Says whether one of its gaps is the line's time.
    pub(super) fn has_time(&self) -> bool {
        self.steps.iter().any(|step| matches!(step.gap, Gap::Time { .. }))
    }
}

/// The values in a line that follows a pattern.
pub(super) struct Matched {
    pub(super) time_us: Option<i64>,
    pub(super) duration_ns: Option<i64>,
    pub(super) name: NameAt,
}

/// The place of a record's name.
pub(super) enum NameAt {
    /// In the line, from one byte to another.
    Line(usize, usize),
    /// In the memory that was lent.
    Scratch,
    /// In the declaration.
    Declaration,
}

/// The place where a line departs from a pattern.
pub(super) struct Departure {
    pub(super) at: usize,
    pub(super) reason: Reason,
    /// It is in or before the time: this is no record.
    pub(super) is_in_head: bool,
}

/// The memory of a thread from line to line.
#[derive(Debug, Default)]
pub(super) struct Remembered {
    /// The stop bytes of the line.
    marks: Marks,
    /// The last time that was read.
    time: RememberedTime,
    /// The places of the gaps of the line's name.
    pieces: Pieces,
}

/// The beginning and the end of each gap of the name.
pub(super) type Pieces = [(usize, usize); MAX_PIECES];

impl Remembered {
    /// Marks the stop bytes of a line, which comes next.
    #[inline]
    pub(super) fn mark(&mut self, line: &[u8], stops: &[u8]) {
        self.marks.mark(line, stops);
    }
}

impl Pattern {
    /// Matches a line, whose stop bytes are marked, against the pattern.
    #[inline(always)]
    pub(super) fn run(
        &self,
        line: &[u8],
        Remembered { marks, time, pieces }: &mut Remembered,
        name: &mut Vec<u8>,
    ) -> Result<Matched, Departure> {
        let mut matched = Matched { time_us: None, duration_ns: None, name: NameAt::Declaration };
        if !self.begin.is_at(line, 0) {
            return Err(Departure { at: 0, reason: NOT_THE_PATTERN, is_in_head: true });
        }
        let mut at = self.begin.len;
        for (nth, step) in self.steps.iter().enumerate() {
            let end = match step.take_usual(line, at, marks, time, &mut matched) {
                Some(end) => end,
                None => match step.take(line, at, time, &mut matched) {
                    Ok(end) => end,
                    Err((at, reason)) => {
                        let has_time = matched.time_us.is_some() || reason == Reason::TIME_DOES_NOT_EXIST;
                        return Err(Departure { at, reason, is_in_head: nth < self.head && !has_time });
                    }
                },
            };
            if let Some(number) = step.number {
                pieces[number] = (at, end);
            }
            at = end + step.literal.len;
        }
        if at < line.len() {
            return Err(Departure { at, reason: NOT_THE_PATTERN, is_in_head: false });
        }
        match self.name(line, pieces, name) {
            Some(name) => Ok(Matched { name, ..matched }),
            None => Err(Departure { at: pieces[0].0, reason: NOT_THE_PATTERN, is_in_head: false }),
        }
    }

    /// Finds or makes the name; none if a piece of it is empty.
    #[inline(always)]
    fn name(&self, line: &[u8], pieces: &Pieces, name: &mut Vec<u8>) -> Option<NameAt> {
        let Some(naming) = &self.naming else {
            return Some(NameAt::Declaration);
        };
        name.clear();
        if naming.is_contiguous {
            return naming.contiguous(line, pieces, name);
        }
        for piece in &naming.pieces {
            match piece {
                Piece::Text(text) => name.extend_from_slice(text),
                Piece::Gap(number, is_route) => {
                    let (begin, end) = pieces[*number];
                    let len = name.len();
                    let text = &line[begin..end];
                    match if *is_route { route(text, name) } else { Normalised::Prefix(text.len()) } {
                        Normalised::Prefix(len) => name.extend_from_slice(&text[..len]),
                        Normalised::Appended => {}
                    }
                    if name.len() == len {
                        return None;
                    }
                }
            }
        }
        Some(NameAt::Scratch)
    }
}

/// A piece of a name.
#[derive(Debug, Clone)]
pub(super) enum Piece {
    Text(Vec<u8>),
    /// The gap of this number, of those that names are made of; the flag says whether it has a route.
    Gap(usize, bool),
}

/// The rule for the name of a record.
#[derive(Debug, Clone)]
pub(super) struct Naming {
    pub(super) pieces: Vec<Piece>,
    /// The pieces stand in the line one after the other, as in the name; only the last one can have a route.
    pub(super) is_contiguous: bool,
}

impl Naming {
    /// Takes the name out of one stretch of the line, where it nearly always stands as it should be.
    #[inline]
    fn contiguous(&self, line: &[u8], pieces: &Pieces, name: &mut Vec<u8>) -> Option<NameAt> {
        let (mut begin, mut last) = (line.len(), (0, 0));
        let mut is_route = false;
        for piece in &self.pieces {
            if let Piece::Gap(number, has_route) = piece {
                (last, is_route) = (pieces[*number], *has_route);
                begin = begin.min(last.0);
                if last.0 == last.1 {
                    return None;
                }
            }
        }
        if !is_route {
            return Some(NameAt::Line(begin, last.1));
        }
        extend(name, line, begin, last.0);
        match route(&line[last.0..last.1], name) {
            Normalised::Prefix(0) => None,
            Normalised::Prefix(len) => Some(NameAt::Line(begin, last.0 + len)),
            Normalised::Appended => Some(NameAt::Scratch),
        }
    }
}

impl Step {
    pub(super) fn new(gap: Gap, number: Option<usize>, literal: &[u8], stops: &mut Vec<u8>) -> Self {
        let mut stop = |byte: u8| {
            let known = stops.iter().position(|stop| *stop == byte);
            let number = known.or_else(|| {
                let has_room = stops.len() < MAX_STOPS;
                stops.extend(has_room.then_some(byte));
                has_room.then(|| stops.len() - 1)
            });
            number.map(|number| number as u8)
        };
        let first = literal.first().copied();
        let has_end = literal.is_empty();
        let usual = match gap {
            Gap::Text { .. } if has_end => Usual::Rest,
            Gap::Text { is_quoted: true, .. } if first == Some(b'"') => Usual::Quoted,
            Gap::Text { is_quoted: true, .. } => Usual::QuotedUpToStop,
            Gap::Text { is_before_time: true, .. } => Usual::TextBeforeTime,
            Gap::Text { .. } => Usual::Text,
            // Digits are taken as long as there are any.
            Gap::Int if matches!(first, None | Some(b'0'..=b'9' | b'-')) => Usual::None,
            Gap::Int => Usual::Int,
            Gap::Time { .. } => Usual::Time,
            Gap::Duration { .. } if has_end => Usual::LastDuration,
            Gap::Duration { .. } => Usual::Duration,
        };
        let needs_stop = !matches!(usual, Usual::Rest | Usual::LastDuration | Usual::Time | Usual::None);
        let stop_number = first.filter(|_| needs_stop).map_or(Some(0), &mut stop);
        let quote = if usual == Usual::QuotedUpToStop { stop(b'"') } else { Some(0) };
        let (usual, stop, quote) = match (stop_number, quote) {
            (Some(stop), Some(quote)) => (usual, stop, quote),
            _ => (Usual::None, 0, 0),
        };
        Self { usual, stop, quote, gap, number, literal: Literal::new(literal) }
    }

    /// Says whether the gap ends only where a time follows.
    pub(super) fn sees_time(&self) -> bool {
        matches!(self.gap, Gap::Text { is_quoted: false, is_before_time: true })
    }

    /// Does the same as [`Self::take`] where a gap ends in the first place where it may. Nothing in any other case.
    ///
    /// Nearly all gaps of genuine logs are like this. Without a loop over places and without a reason to return, a
    /// report of an access log takes 8 % less processor time.
    #[inline(always)]
    fn take_usual(
        &self,
        line: &[u8],
        at: usize,
        marks: &Marks,
        time: &mut RememberedTime,
        matched: &mut Matched,
    ) -> Option<usize> {
        let end = match self.usual {
            Usual::Text => marks.find(self.stop, at)?,
            Usual::TextBeforeTime => {
                let end = marks.find(self.stop, at)?;
                let text = clf_at(line, end + self.literal.len)?;
                if time.has_shape(text) { end } else { return None }
            }
            Usual::Quoted => before_quote(line, marks.find(self.stop, at)?)?,
            Usual::QuotedUpToStop => before_quote(line, marks.find_either(self.stop, self.quote, at)?)?,
            Usual::Int => {
                let end = marks.find(self.stop, at)?;
                if is_int(line, at, end) { end } else { return None }
            }
            Usual::Time => {
                let is_seen = matches!(self.gap, Gap::Time { is_seen: true });
                let text = clf_at(line, at).filter(|text| is_seen || time.has_shape(text))?;
                matched.time_us = Some(time.time_us(text)?);
                at + CLF_LEN
            }
            Usual::Duration | Usual::LastDuration => {
                let is_last = self.usual == Usual::LastDuration;
                let end = if is_last { line.len() } else { marks.find(self.stop, at)? };
                let needs_point = matches!(self.gap, Gap::Duration { needs_point: true });
                matched.duration_ns = Some(duration_ns(&line[at..end], needs_point).ok()?);
                end
            }
            Usual::Rest => line.len(),
            Usual::None => return None,
        };
        self.literal.is_at(line, end).then_some(end)
    }

    /// Takes the gap's text, and checks the text after it. Gives the end of the gap.
    #[cold]
    #[inline(never)]
    fn take(
        &self,
        line: &[u8],
        at: usize,
        time: &mut RememberedTime,
        matched: &mut Matched,
    ) -> Result<usize, (usize, Reason)> {
        let end = match self.gap {
            Gap::Text { is_quoted: true, .. } => return self.quoted_end(line, at),
            Gap::Text { is_before_time, .. } => return self.plain_end(line, at, is_before_time, time),
            Gap::Int => match count_digits(line, at) {
                0 if line.get(at) == Some(&b'-') => at + 1,
                0 if at == line.len() => return Err((at, Reason::CUT_SHORT)),
                0 => return Err((at, NOT_THE_PATTERN)),
                digits => at + digits,
            },
            Gap::Time { is_seen } => {
                let text = clf_at(line, at).filter(|text| is_seen || time.has_shape(text));
                let text = text.ok_or((at, NOT_THE_PATTERN))?;
                matched.time_us = Some(time.time_us(text).ok_or((at, Reason::TIME_DOES_NOT_EXIST))?);
                at + CLF_LEN
            }
            Gap::Duration { needs_point } => {
                let end = self.plain_end(line, at, false, time)?;
                matched.duration_ns = Some(duration_ns(&line[at..end], needs_point).map_err(|reason| (at, reason))?);
                return Ok(end);
            }
        };
        if self.literal.is_at(line, end) { Ok(end) } else { Err(self.literal.missing(line, end)) }
    }

    /// Finds the literal from `at` on.
    fn plain_end(
        &self,
        line: &[u8],
        at: usize,
        is_before_time: bool,
        time: &RememberedTime,
    ) -> Result<usize, (usize, Reason)> {
        let Some(first) = self.literal.bytes.first() else {
            return Ok(line.len());
        };
        let mut from = at;
        while let Some(end) = find(line, from, *first) {
            let after = end + self.literal.bytes.len();
            if self.literal.is_at(line, end)
                && (!is_before_time || clf_at(line, after).is_some_and(|text| time.has_shape(text)))
            {
                return Ok(end);
            }
            from = end + 1;
        }
        Err((line.len(), Reason::CUT_SHORT))
    }

    /// Where the literal is from `at` on, before the quotes end.
    fn quoted_end(&self, line: &[u8], at: usize) -> Result<usize, (usize, Reason)> {
        let first = self.literal.bytes.first().copied().unwrap_or(b'"');
        let mut from = at;
        while let Some(end) = if first == b'"' { find(line, from, b'"') } else { find_either(line, from, first, b'"') }
        {
            from = end + 1;
            let is_quote = line[end] == b'"';
            if is_quote && is_escaped(&line[at..end]) {
                continue;
            }
            if self.literal.is_at(line, end) {
                return Ok(end);
            }
            if is_quote {
                return Err(if first == b'"' { self.literal.missing(line, end) } else { (end, NOT_THE_PATTERN) });
            }
        }
        Err((line.len(), Reason::CUT_SHORT))
    }
}

/// Gives the place back unless the byte before it is a backslash, so that the byte in it may be escaped.
#[inline]
fn before_quote(line: &[u8], end: usize) -> Option<usize> {
    (end.checked_sub(1).and_then(|before| line.get(before)) != Some(&b'\\')).then_some(end)
}

/// Says whether a part of a line is digits, or the `-` that stands for none.
#[inline]
fn is_int(line: &[u8], at: usize, end: usize) -> bool {
    (end > at && count_digits(line, at) == end - at) || line[at..end] == *b"-"
}

/// Says whether the byte after `text` is escaped: after an odd number of backslashes.
#[inline]
fn is_escaped(text: &[u8]) -> bool {
    text.last() == Some(&b'\\') && text.iter().rev().take_while(|byte| **byte == b'\\').count() % 2 == 1
}

/// Appends a part of a line. A copy of 16 bytes of which some are dropped is faster than a call for fewer.
#[inline]
fn extend(name: &mut Vec<u8>, line: &[u8], begin: usize, end: usize) {
    match line[begin..].first_chunk::<16>() {
        Some(chunk) if end - begin <= 16 => {
            let len = name.len() + end - begin;
            name.extend_from_slice(chunk);
            name.truncate(len);
        }
        _ => name.extend_from_slice(&line[begin..end]),
    }
}

#[inline]
fn clf_at(line: &[u8], at: usize) -> Option<&Clf> {
    line.get(at..)?.first_chunk()
}
