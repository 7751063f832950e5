//! From bytes to records to the table: the inner loop.

use std::ops::Range;

use super::filter::Filter;
use super::ledger::{PLACES, Place, Tally};
use crate::aggregate::{Group, Table};
use crate::format::standard::{IDS, Isa, Kernel, Minute, TAIL, WINDOW, dispatch};
use crate::format::{Line, MAX_LINE, Reason, first_head, is_minute, parse};

/// How far ahead of a line its successors are fetched, since the processor does not look beyond a page: 3 % less time on 4 GB; 0.5 to 4 KiB are alike.
const AHEAD: usize = 1024;
const CACHE_LINE: usize = 64;
/// An id as nearly all are.
const ID: usize = 36;

/// One thread's scan.
pub(crate) struct Scanner<'a> {
    table: Table<'a>,
    filter: &'a Filter,
    keeps_all: bool,
    /// Memory for the line that the slow path looks at.
    line: Vec<u8>,
    /// The last minute that was seen to exist: nearly every line is of the same one as the line before.
    minute: Minute,
}

impl<'a> Scanner<'a> {
    pub(crate) fn new(table: Table<'a>, filter: &'a Filter) -> Self {
        Self { table, filter, keeps_all: filter.is_empty(), line: Vec::new(), minute: [0; 16] }
    }

    /// Adds what the table has to the summary that is shared.
    pub(crate) fn finish(self) {
        self.table.finish();
    }

    /// Reads the lines that begin in `range` of `bytes`, the first of them at its start. `offset` is where `bytes` begin in their
    /// source, and `position` where they begin in all input.
    pub(crate) fn scan(&mut self, bytes: &[u8], range: Range<usize>, offset: u64, position: u64) -> Tally {
        let mut lines = Lines { bytes, range, offset, position, read: 0, stops: 0, tally: Tally::default() };
        self.table.begin(position);
        if self.table.wants_shards() {
            dispatch(ScanLines::<true> { scanner: self, lines: &mut lines });
        } else {
            dispatch(ScanLines::<false> { scanner: self, lines: &mut lines });
        }
        self.close(lines)
    }

    fn close(&mut self, lines: Lines<'_>) -> Tally {
        let mut tally = lines.tally;
        tally.account.lines = lines.read;
        tally.account.records = lines.read - tally.account.other - tally.account.malformed;
        tally.account.spans += lines.stops - tally.account.filtered;
        self.table.count_spans(tally.account.spans);
        tally
    }

    #[inline(always)]
    fn scan_with<I: Isa, const SHARDED: bool>(&mut self, isa: I, lines: &mut Lines<'_>) {
        let (mut at, mut prefix) = (lines.range.start, 0);
        while at < lines.range.end {
            // Together as long as a usual line.
            isa.prefetch(lines.bytes, at + AHEAD);
            isa.prefetch(lines.bytes, at + AHEAD + CACHE_LINE);
            isa.prefetch(lines.bytes, at + AHEAD + 2 * CACHE_LINE);
            let window = lines.bytes.get(at + prefix..).and_then(<[u8]>::first_chunk::<WINDOW>);
            // No closure: that would be a function of its own, compiled without AVX2, and half as fast.
            let fast = match window {
                Some(window) => self.fast_line::<I, SHARDED>(isa, lines, window, at + prefix),
                None => None,
            };
            if fast.is_none() && prefix == 0 {
                prefix = measure_prefix(&lines.bytes[at..]);
                if prefix > 0 {
                    // Once more from here, by the same code: a second copy of it would be inlined into neither place.
                    continue;
                }
            }
            at += fast.map_or_else(|| self.slow_line(lines, at), |len| prefix + len);
            prefix = 0;
            lines.read += 1;
        }
    }

    /// A standard line, if its duration is of a usual shape and its tail is known: its length, its line feed included.
    #[inline(always)]
    fn fast_line<I: Isa, const SHARDED: bool>(
        &mut self,
        isa: I,
        lines: &mut Lines<'_>,
        window: &[u8; WINDOW],
        at: usize,
    ) -> Option<usize> {
        let line = isa.recognise(window, &self.minute)?;
        if line.is_start {
            return Some(line.len as usize + 1);
        }
        let ns = isa.duration(window, line.ids as usize)?;
        let name = line.ids as usize + IDS;
        let tail = window.get(name..)?.first_chunk::<TAIL>()?;
        let place = self.table.find(isa, tail, line.len as usize - name)?;
        lines.stops += 1;
        let [base_id, parent_id] = [0, ID + 1].map(|at| &window[line.ids as usize + at..][..ID]);
        if self.keeps_all || self.filter.keeps(&window[..26], base_id) {
            if !self.keeps_all {
                self.table.note(place, lines.position + at as u64);
            }
            if SHARDED {
                let group = Group::of(base_id);
                self.table.record_sharded(isa, place, ns, group);
                self.note_root(Some(group), base_id, parent_id);
            } else {
                self.table.record(isa, place, ns);
            }
        } else {
            lines.tally.account.filtered += 1;
        }
        Some(line.len as usize + 1)
    }

    /// Any line: its length, its line feed included.
    #[cold]
    #[inline(never)]
    fn slow_line(&mut self, lines: &mut Lines<'_>, at: usize) -> usize {
        let rest = &lines.bytes[at..];
        let len = memchr::memchr(b'\n', rest).unwrap_or(rest.len());
        // A copy, since others can write into a mapped file between two looks at a byte, and the parser relies on what it has seen.
        let mut line = std::mem::take(&mut self.line);
        line.clear();
        line.extend_from_slice(&rest[..len.min(MAX_LINE + 2)]);
        self.take_line(lines, at, &line);
        self.line = line;
        len + 1
    }

    #[inline(always)]
    fn note_root(&mut self, group: Option<Group>, base_id: &[u8], parent_id: &[u8]) {
        if let Some(group) = group.filter(|_| base_id == parent_id) {
            self.table.record_root(group);
        }
    }

    fn take_line(&mut self, lines: &mut Lines<'_>, at: usize, line: &[u8]) {
        match parse(line) {
            Line::Other => lines.tally.account.other += 1,
            Line::Malformed(reason) => {
                lines.tally.account.malformed += 1;
                lines.note(at, reason);
            }
            Line::Record(record) => {
                if let Some(minute) = record.timestamp.first_chunk::<16>()
                    && is_minute(minute)
                {
                    self.minute = *minute;
                }
                let Some(ns) = record.duration_ns else {
                    return;
                };
                lines.stops += 1;
                let tail = tail_of(line, record.name);
                if self.filter.keeps(record.timestamp, record.base_id) {
                    let group = self.table.wants_shards().then(|| Group::of(record.base_id));
                    self.table.record_name(record.name, tail, ns, lines.position + at as u64, group);
                    self.note_root(group, record.base_id, record.parent_id);
                } else {
                    self.table.learn(record.name, tail);
                    lines.tally.account.filtered += 1;
                }
            }
        }
    }
}

/// How many bytes stand before the first head of the line at the beginning of `rest`; zero if there is no head.
#[cold]
fn measure_prefix(rest: &[u8]) -> usize {
    // Where the head is likely to be the first thing in the line, there is no prefix to look for.
    if rest.get("YYYY-MM-DD".len()) == Some(&b'T') {
        return 0;
    }
    let len = memchr::memchr(b'\n', rest).filter(|len| *len <= MAX_LINE);
    len.and_then(|len| first_head(&rest[..len])).unwrap_or(0)
}

/// The line from its name on. (The name is a part of the line.)
fn tail_of<'a>(line: &'a [u8], name: &[u8]) -> &'a [u8] {
    let at = name.as_ptr().addr().wrapping_sub(line.as_ptr().addr());
    line.get(at..).unwrap_or(&[])
}

/// The inner loop, for any processor; compiled twice, so that what does not look at groups does not pay for it.
struct ScanLines<'a, 'b, 'c, const SHARDED: bool> {
    scanner: &'a mut Scanner<'b>,
    lines: &'a mut Lines<'c>,
}

impl<const SHARDED: bool> Kernel for ScanLines<'_, '_, '_, SHARDED> {
    #[inline(always)]
    fn run<I: Isa>(self, isa: I) {
        self.scanner.scan_with::<I, SHARDED>(isa, self.lines);
    }
}

/// Some lines while they are read.
struct Lines<'a> {
    bytes: &'a [u8],
    range: Range<usize>,
    offset: u64,
    position: u64,
    /// How many lines there were.
    read: u64,
    /// How many of them were stop records.
    stops: u64,
    tally: Tally,
}

impl Lines<'_> {
    /// Keeps the first few malformed records.
    fn note(&mut self, at: usize, reason: Reason) {
        if self.tally.places.len() < PLACES {
            self.tally.places.push(Place { line: self.read, offset: self.offset + at as u64, reason });
        }
    }
}
