//! From bytes to records to the table: the inner loop.

use std::ops::Range;

use super::account::{PLACES, Place, Tally};
use super::filter::Filter;
use crate::aggregate::Table;
use crate::format::standard::{Isa, Kernel, Minute, TAIL, WINDOW, dispatch};
use crate::format::{Line, Reason, is_minute, parse};

/// One thread's scan.
pub(crate) struct Scanner<'a> {
    table: Table<'a>,
    filter: &'a Filter,
    /// The last minute that was seen to exist: nearly every line is of the same one as the line before.
    minute: Minute,
}

impl<'a> Scanner<'a> {
    pub(crate) fn new(table: Table<'a>, filter: &'a Filter) -> Self {
        Self { table, filter, minute: [0; 16] }
    }

    /// Adds what the table has to the summary that is shared.
    pub(crate) fn finish(mut self) {
        self.table.empty();
    }

    /// Reads the lines that begin in `range` of `bytes`, the first of them at its start. `offset` is where `bytes` begin in their
    /// source, and `position` where they begin in all input.
    pub(crate) fn scan(&mut self, bytes: &[u8], range: Range<usize>, offset: u64, position: u64) -> Tally {
        let mut lines = Lines { bytes, range, offset, position, starts: 0, stops: 0, tally: Tally::default() };
        dispatch(ScanLines { scanner: self, lines: &mut lines });
        self.close(lines)
    }

    fn close(&mut self, lines: Lines<'_>) -> Tally {
        let mut tally = lines.tally;
        tally.account.records += lines.starts + lines.stops;
        tally.account.lines = tally.account.records + tally.account.other + tally.account.malformed;
        tally.account.spans += lines.stops - tally.account.filtered;
        self.table.count_spans(tally.account.spans);
        tally
    }

    #[inline(always)]
    fn scan_with<I: Isa>(&mut self, isa: I, lines: &mut Lines<'_>) {
        let (mut at, mut before) = (lines.range.start, 0);
        while at < lines.range.end {
            let window = lines.bytes.get(at..).and_then(<[u8]>::first_chunk::<WINDOW>);
            let fast = window.and_then(|window| self.fast_line(isa, lines, window, at));
            at += fast.unwrap_or_else(|| self.slow_line(lines, at, before));
            before += 1;
        }
    }

    /// A standard line, if its duration is of a usual shape and its tail is known: its length, its line feed included.
    #[inline(always)]
    fn fast_line<I: Isa>(&mut self, isa: I, lines: &mut Lines<'_>, window: &[u8; WINDOW], at: usize) -> Option<usize> {
        let line = isa.recognise(window, &self.minute)?;
        if line.is_start {
            lines.starts += 1;
            return Some(line.len as usize + 1);
        }
        let ns = isa.duration(window, line.ids)?;
        let tail = window.get(line.name()..)?.first_chunk::<TAIL>()?;
        let id = self.table.find_tail(isa, tail, line.len as usize - line.name())?;
        lines.stops += 1;
        if self.filter.is_empty() || self.filter.keeps(&window[..26], window.get(line.base_id())?) {
            self.table.record(id, ns, lines.position + at as u64);
        } else {
            lines.tally.account.filtered += 1;
        }
        Some(line.len as usize + 1)
    }

    /// Any line, with so many before it: its length, its line feed included.
    #[cold]
    #[inline(never)]
    fn slow_line(&mut self, lines: &mut Lines<'_>, at: usize, before: u64) -> usize {
        let rest = &lines.bytes[at..];
        let len = memchr::memchr(b'\n', rest).unwrap_or(rest.len());
        let line = &rest[..len];
        match parse(line) {
            Line::Other => lines.tally.account.other += 1,
            Line::Malformed(reason) => {
                lines.tally.account.malformed += 1;
                lines.note(at, before, reason);
            }
            Line::Record(record) => {
                if let Some(minute) = record.timestamp.first_chunk::<16>()
                    && is_minute(minute)
                {
                    self.minute = *minute;
                }
                let Some(ns) = record.duration_ns else {
                    lines.starts += 1;
                    return len + 1;
                };
                lines.stops += 1;
                let id = self.table.learn(record.name, tail_of(line, record.name));
                if self.filter.keeps(record.timestamp, record.base_id) {
                    self.table.record(id, ns, lines.position + at as u64);
                } else {
                    lines.tally.account.filtered += 1;
                }
            }
        }
        len + 1
    }
}

/// The line from its name on. (The name is a part of the line.)
fn tail_of<'a>(line: &'a [u8], name: &[u8]) -> &'a [u8] {
    let at = name.as_ptr().addr().wrapping_sub(line.as_ptr().addr());
    line.get(at..).unwrap_or(&[])
}

/// The inner loop, for any processor.
struct ScanLines<'a, 'b, 'c> {
    scanner: &'a mut Scanner<'b>,
    lines: &'a mut Lines<'c>,
}

impl Kernel for ScanLines<'_, '_, '_> {
    #[inline(always)]
    fn run<I: Isa>(self, isa: I) {
        self.scanner.scan_with(isa, self.lines);
    }
}

/// Some lines while they are read.
struct Lines<'a> {
    bytes: &'a [u8],
    range: Range<usize>,
    offset: u64,
    position: u64,
    starts: u64,
    stops: u64,
    tally: Tally,
}

impl Lines<'_> {
    /// Keeps the first few malformed records.
    fn note(&mut self, at: usize, before: u64, reason: Reason) {
        if self.tally.places.len() < PLACES {
            self.tally.places.push(Place { line: before, offset: self.offset + at as u64, reason });
        }
    }
}
