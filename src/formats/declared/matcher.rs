//! The matcher: a pattern's steps, one after the other, over a line.

use super::NOT_THE_PATTERN;
use super::clf::{CLF_LEN, Clf, RememberedTime};
use super::durations::{seconds_ns, sum};
use super::find::{count_digits, find, find_either};
use super::marks::{MAX_STOPS, Marks};
use super::naming::{NameAt, Naming, Pieces};
use super::types::{Extent, Type, Use};
use super::values::{duration_ns, time_us};
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

    fn text(&self) -> String {
        String::from_utf8_lossy(&self.bytes).into_owned()
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
        /// A literal counts only if a time of this type follows it: names of users can have brackets.
        before: Option<Type>,
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
    /// A text of any other type, or one of several durations that add up.
    Value(Type, Use),
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
    /// A value of a type that usual lines of access logs do not have.
    Value,
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
    /// The time is that of the beginning.
    pub(super) has_start: bool,
    /// The places of ids, if there are any.
    pub(super) ids: Option<Ids>,
    /// The gaps as they stand in the pattern, one a step.
    pub(super) gaps: Vec<GapText>,
}

/// A gap as it stands in a pattern.
#[derive(Debug, Clone)]
pub(super) struct GapText {
    /// Its name; empty of a skip.
    pub(super) name: String,
    /// With its braces and its type.
    pub(super) text: String,
}

/// The numbers of gaps that are ids.
#[derive(Debug, Clone, Copy)]
pub(super) struct Ids {
    pub(super) id: usize,
    pub(super) parent: Option<usize>,
    pub(super) group: Option<usize>,
}

impl Pattern {
    /// Says whether one of its gaps is the line's time.
    pub(super) fn has_time(&self) -> bool {
        self.steps.iter().any(Step::is_time)
    }
}

/// The values in a line that follows a pattern.
pub(super) struct Matched {
    pub(super) time_us: Option<i64>,
    pub(super) duration_ns: Option<i64>,
    pub(super) name: NameAt,
}

/// The place where a line departs from a pattern.
pub(super) struct Departure {
    pub(super) at: usize,
    pub(super) reason: Reason,
    /// It is in or before the time: this is no record.
    pub(super) is_in_head: bool,
    /// The number of the step, and the place where it began; all steps before it went well.
    pub(super) step: usize,
    pub(super) from: usize,
}

/// The memory of a thread from line to line.
#[derive(Debug, Default)]
pub(super) struct Remembered {
    /// The stop bytes of the line.
    marks: Marks,
    /// The last time that was read.
    pub(super) time: RememberedTime,
    /// The places of the gaps of the line's name, and of its ids.
    pub(super) pieces: Pieces,
}

impl Remembered {
    /// Marks the stop bytes of a line, which comes next.
    #[inline]
    pub(super) fn mark(&mut self, line: &[u8], stops: &[u8]) {
        self.marks.mark(line, stops);
    }
}

impl Matched {
    /// Says whether the name is that of the declaration.
    pub(super) fn is_declared(&self) -> bool {
        matches!(self.name, NameAt::Declaration)
    }
}

impl Pattern {
    /// Gives the places of all gaps in a line that follows the pattern. The line's stop bytes are marked.
    pub(super) fn ends(&self, line: &[u8], remembered: &mut Remembered) -> Option<Vec<(usize, usize)>> {
        self.run(line, remembered, &mut Vec::new()).ok()?;
        let mut matched = Matched { time_us: None, duration_ns: None, name: NameAt::Declaration };
        let mut at = self.begin.len;
        let mut ends = Vec::with_capacity(self.steps.len());
        for step in &self.steps {
            let end = step.take(line, at, &mut remembered.time, &mut matched).ok()?;
            ends.push((at, end));
            at = end + step.literal.len;
        }
        Some(ends)
    }

    /// Says what a line has to have where a step begins.
    pub(super) fn wants(&self, step: usize) -> String {
        let Some(gap) = self.gaps.get(step) else { return "its end".to_owned() };
        let literal = self.steps.get(step).map_or_else(String::new, |step| step.literal.text());
        if step == 0 && self.begin.len > 0 {
            return format!("{:?} and then {}", self.begin.text(), gap.text);
        }
        if literal.is_empty() { gap.text.clone() } else { format!("{} and then {literal:?}", gap.text) }
    }

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
            return Err(Departure { at: 0, reason: NOT_THE_PATTERN, is_in_head: true, step: 0, from: 0 });
        }
        let mut at = self.begin.len;
        for (nth, step) in self.steps.iter().enumerate() {
            let end = match step.take_usual(line, at, marks, time, &mut matched) {
                Some(end) => end,
                None => match step.take(line, at, time, &mut matched) {
                    Ok(end) => end,
                    Err((departs, reason)) => {
                        let has_time = matched.time_us.is_some() || reason == Reason::TIME_DOES_NOT_EXIST;
                        let is_in_head = nth < self.head && !has_time;
                        return Err(Departure { at: departs, reason, is_in_head, step: nth, from: at });
                    }
                },
            };
            if let Some(number) = step.number {
                pieces[number] = (at, end);
            }
            at = end + step.literal.len;
        }
        let after =
            |at, from| Departure { at, reason: NOT_THE_PATTERN, is_in_head: false, step: self.steps.len(), from };
        if at < line.len() {
            return Err(after(at, at));
        }
        let Some(naming) = &self.naming else { return Ok(matched) };
        match naming.name(line, pieces, name) {
            Some(name) => Ok(Matched { name, ..matched }),
            None => Err(after(pieces[0].0, at)),
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
            Gap::Text { before: Some(Type::Clf), .. } => Usual::TextBeforeTime,
            Gap::Text { before: Some(_), .. } => Usual::None,
            Gap::Text { .. } => Usual::Text,
            // Digits are taken as long as there are any.
            Gap::Int if matches!(first, None | Some(b'0'..=b'9' | b'-')) => Usual::None,
            Gap::Int => Usual::Int,
            Gap::Time { .. } => Usual::Time,
            Gap::Duration { .. } if has_end => Usual::LastDuration,
            Gap::Duration { .. } => Usual::Duration,
            Gap::Value(..) => Usual::Value,
        };
        let has_no_stop = [Usual::Rest, Usual::LastDuration, Usual::Time, Usual::Value, Usual::None];
        let needs_stop = !has_no_stop.contains(&usual);
        let stop_number = first.filter(|_| needs_stop).map_or(Some(0), &mut stop);
        let quote = if usual == Usual::QuotedUpToStop { stop(b'"') } else { Some(0) };
        let (usual, stop, quote) = match (stop_number, quote) {
            (Some(stop), Some(quote)) => (usual, stop, quote),
            _ => (Usual::None, 0, 0),
        };
        Self { usual, stop, quote, gap, number, literal: Literal::new(literal) }
    }

    /// Says whether the gap ends only where a time of an access log follows.
    pub(super) fn sees_time(&self) -> bool {
        matches!(self.gap, Gap::Text { is_quoted: false, before: Some(Type::Clf) })
    }

    pub(super) fn is_time(&self) -> bool {
        matches!(self.gap, Gap::Time { .. } | Gap::Value(_, Use::Time))
    }

    pub(super) fn is_duration(&self) -> bool {
        matches!(self.gap, Gap::Duration { .. } | Gap::Value(_, Use::Duration))
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
                matched.duration_ns = Some(seconds_ns(&line[at..end], needs_point).ok()?);
                end
            }
            Usual::Value => return self.value(line, at, time, matched).ok(),
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
            Gap::Text { before, .. } => return self.plain_end(line, at, before, time),
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
                let end = self.plain_end(line, at, None, time)?;
                matched.duration_ns = Some(seconds_ns(&line[at..end], needs_point).map_err(|reason| (at, reason))?);
                return Ok(end);
            }
            Gap::Value(..) => return self.value(line, at, time, matched),
        };
        if self.literal.is_at(line, end) { Ok(end) } else { Err(self.literal.missing(line, end)) }
    }

    /// Takes a text of any type, and checks the text after it. Unless it gives the end of the gap, no duration
    /// was added.
    #[inline(never)]
    fn value(
        &self,
        line: &[u8],
        at: usize,
        time: &mut RememberedTime,
        matched: &mut Matched,
    ) -> Result<usize, (usize, Reason)> {
        let Gap::Value(kind, used_as) = self.gap else { return Err((at, NOT_THE_PATTERN)) };
        let rest = &line[at..];
        let end = match kind.extent(rest, time) {
            Extent::Own(len) => at + len,
            Extent::Nothing if rest.is_empty() => return Err((at, Reason::CUT_SHORT)),
            Extent::Nothing => return Err((at, NOT_THE_PATTERN)),
            Extent::UpToNext => self.plain_end(line, at, None, time)?,
        };
        let text = &line[at..end];
        let value = match used_as {
            Use::Time => Some(time_us(kind, text, time).ok_or((at, Reason::TIME_DOES_NOT_EXIST))?),
            Use::Text if kind.takes(text, time) => None,
            Use::Text => return Err((at, NOT_THE_PATTERN)),
            Use::Duration => None,
        };
        if !self.literal.is_at(line, end) {
            matched.time_us = value.or(matched.time_us);
            return Err(self.literal.missing(line, end));
        }
        if used_as == Use::Duration {
            let total = duration_ns(kind, text).and_then(|ns| sum(ns, matched.duration_ns.unwrap_or(0)));
            matched.duration_ns = Some(total.map_err(|reason| (at, reason))?);
        }
        matched.time_us = value.or(matched.time_us);
        Ok(end)
    }

    /// Finds the literal from `at` on.
    fn plain_end(
        &self,
        line: &[u8],
        at: usize,
        before: Option<Type>,
        time: &RememberedTime,
    ) -> Result<usize, (usize, Reason)> {
        let Some(first) = self.literal.bytes.first() else {
            return Ok(line.len());
        };
        let mut from = at;
        while let Some(end) = find(line, from, *first) {
            let after = end + self.literal.bytes.len();
            if self.literal.is_at(line, end) && before.is_none_or(|kind| kind.is_time_at(&line[after..], time)) {
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

#[inline]
fn clf_at(line: &[u8], at: usize) -> Option<&Clf> {
    line.get(at..)?.first_chunk()
}
