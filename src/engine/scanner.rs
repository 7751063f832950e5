//! From bytes to records: the inner loop.

use std::ops::Range;

use super::ledger::{PLACES, Place, Tally};
use super::sink::Sink;
use crate::formats::osprofiler::fast::{Isa, Kernel, Minute, WINDOW, dispatch};
use crate::formats::osprofiler::{Line, MAX_LINE, Reason, first_head, is_minute, parse};

/// How far ahead of a line its successors are fetched, since the processor does not look beyond a page: 3 % less time on 4 GB; 0.5 to 4 KiB are alike.
const AHEAD: usize = 1024;
const CACHE_LINE: usize = 64;

/// One thread's scan.
pub(crate) struct Scanner<S> {
    sink: S,
    /// Memory for the line that the slow path looks at.
    line: Vec<u8>,
    /// The last minute that was seen to exist: nearly every line is of the same one as the line before.
    minute: Minute,
}

impl<S: Sink> Scanner<S> {
    pub(crate) fn new(sink: S) -> Self {
        Self { sink, line: Vec::new(), minute: [0; 16] }
    }

    /// Where the records went.
    pub(crate) fn into_sink(self) -> S {
        self.sink
    }

    /// The same, while it goes on.
    pub(crate) fn sink(&mut self) -> &mut S {
        &mut self.sink
    }

    /// Reads the lines that begin in `range` of `bytes`, the first of them at its start. `offset` is where `bytes` begin in their
    /// source, and `position` where they begin in all input.
    pub(crate) fn scan(&mut self, bytes: &[u8], range: Range<usize>, offset: u64, position: u64) -> Tally {
        let tally = Tally::default();
        let mut lines = Lines { bytes, range, offset, position, read: 0, stops: 0, filtered: 0, tally };
        self.sink.begin(position);
        dispatch(ScanLines { scanner: self, lines: &mut lines });
        self.close(lines)
    }

    fn close(&mut self, lines: Lines<'_>) -> Tally {
        let mut tally = lines.tally;
        tally.account.lines = lines.read;
        tally.account.records = lines.read - tally.account.other - tally.account.malformed;
        tally.account.spans = lines.stops - lines.filtered;
        tally.account.filtered = lines.filtered;
        self.sink.end(tally.account.spans);
        tally
    }

    #[inline(always)]
    fn scan_with<I: Isa>(&mut self, isa: I, lines: &mut Lines<'_>) {
        let (mut at, mut prefix) = (lines.range.start, 0);
        while at < lines.range.end {
            // Together as long as a usual line.
            isa.prefetch(lines.bytes, at + AHEAD);
            isa.prefetch(lines.bytes, at + AHEAD + CACHE_LINE);
            isa.prefetch(lines.bytes, at + AHEAD + 2 * CACHE_LINE);
            let window = lines.bytes.get(at + prefix..).and_then(<[u8]>::first_chunk::<WINDOW>);
            // No closure: that would be a function of its own, compiled without AVX2, and half as fast.
            let fast = match window {
                Some(window) => self.fast_line(isa, lines, window, at + prefix),
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

    /// A standard line that the sink takes: its length, its line feed included.
    #[inline(always)]
    fn fast_line<I: Isa>(&mut self, isa: I, lines: &mut Lines<'_>, window: &[u8; WINDOW], at: usize) -> Option<usize> {
        let line = isa.recognise(window, &self.minute)?;
        self.sink.take_standard(isa, lines, window, line, at).then_some(line.len as usize + 1)
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
                    self.sink.know_minute(minute);
                }
                self.sink.take_record(lines, line, &record, at);
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
pub(crate) fn tail_of<'a>(line: &'a [u8], name: &[u8]) -> &'a [u8] {
    let at = name.as_ptr().addr().wrapping_sub(line.as_ptr().addr());
    line.get(at..).unwrap_or(&[])
}

/// The inner loop, for any processor.
struct ScanLines<'a, 'b, S> {
    scanner: &'a mut Scanner<S>,
    lines: &'a mut Lines<'b>,
}

impl<S: Sink> Kernel for ScanLines<'_, '_, S> {
    #[inline(always)]
    fn run<I: Isa>(self, isa: I) {
        self.scanner.scan_with::<I>(isa, self.lines);
    }
}

/// Some lines while they are read.
pub(crate) struct Lines<'a> {
    bytes: &'a [u8],
    range: Range<usize>,
    offset: u64,
    /// Where `bytes` begin in all input.
    pub(crate) position: u64,
    /// How many lines there were.
    read: u64,
    /// How many of them were stop records.
    pub(crate) stops: u64,
    /// How many of those were left out.
    pub(crate) filtered: u64,
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
