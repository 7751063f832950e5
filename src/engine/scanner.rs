//! From bytes to records: the inner loop.

use std::ops::Range;

use super::ledger::{MalformedPlace, SHOWN_MALFORMED, Tally};
use super::listing::Listed;
use super::places::Places;
use super::sink::{Ends, Sink, Took};
use crate::formats::osprofiler::Osprofiler;
use crate::formats::{Fast, FastFormat, LogFormat, Path};
use crate::record::{Line, MAX_LINE, Piece, Reason, Scratch};
use crate::simd::{Cpu, Kernel, dispatch};

/// The distance at which lines are fetched ahead, since the processor does not look beyond a page: 3 % less time on 4
/// GB; 0.5 to 4 KiB are alike.
const AHEAD: usize = 1024;
const CACHE_LINE: usize = 64;

/// One thread's scan.
pub(crate) struct Scanner<S> {
    sink: S,
    memory: Memory,
    known: <Osprofiler as FastFormat>::Known,
    /// All malformed and torn records are asked for.
    lists: bool,
}

/// Memory for the line that is parsed.
#[derive(Default)]
struct Memory {
    line: Vec<u8>,
    scratch: Scratch,
}

impl<S: Sink> Scanner<S> {
    pub(crate) fn new(sink: S) -> Self {
        Self { sink, memory: Memory::default(), known: <Osprofiler as FastFormat>::Known::default(), lists: false }
    }

    /// Sets whether all malformed and torn records are asked for, not only the first few.
    pub(crate) fn set_lists(&mut self, lists: bool) {
        self.lists = lists;
    }

    /// Gives the sink, at the end.
    pub(crate) fn into_sink(self) -> S {
        self.sink
    }

    /// Gives the sink, while it goes on.
    pub(crate) fn sink(&mut self) -> &mut S {
        &mut self.sink
    }

    /// Reads the lines that begin in `range` of `bytes`, the first of them at its start. `offset` is where `bytes`
    /// begin in their source, and `position` where they begin in all input.
    pub(crate) fn scan(
        &mut self,
        format: &dyn LogFormat,
        bytes: &[u8],
        range: Range<usize>,
        offset: u64,
        position: u64,
    ) -> Tally {
        let (ends, tally) = (Ends::default(), Tally { listed: self.lists.then(Vec::new), ..Tally::default() });
        let (joined, of_several) = (0, 0);
        let lines = Lines { bytes, range, offset, position, read: 0, more_records: 0, joined, of_several, ends, tally };
        let Self { sink, memory, known, .. } = self;
        sink.begin(position);
        let mut scan = Scan { sink, memory, lines };
        match format.path() {
            Path::Osprofiler => dispatch(Recognising::<S, Osprofiler> { scan: &mut scan, known }),
            Path::Parsed => scan.parse_lines(format),
        }
        let tally = scan.lines.into_tally();
        self.sink.end(tally.account.spans);
        tally
    }
}

/// The scan of a stretch.
struct Scan<'a, S> {
    sink: &'a mut S,
    memory: &'a mut Memory,
    lines: Lines<'a>,
}

impl<S: Sink> Scan<'_, S> {
    /// Reads all lines by the parser: for formats that have no other way, compiled once for all processors.
    fn parse_lines(&mut self, format: &dyn LogFormat) {
        let Memory { line, scratch } = std::mem::take(self.memory);
        let (mut line, mut scratch) = (line, scratch);
        let places = format.joins_lines().then(|| Places::new(format, self.lines.bytes));
        let mut at = self.lines.range.start;
        while at < self.lines.range.end {
            let mut next = at + self.lines.copy(at, &mut line);
            if let Some(places) = &places {
                (self.lines.joined, next) = places.join(next.min(self.lines.bytes.len()), &mut line);
            }
            match format.parse(&line, &mut scratch) {
                // A name can be in the memory that was lent to parse it.
                Line::Several => self.take_pieces(at, |take| format.pieces(&line, &mut scratch, take)),
                parsed => self.take(at, parsed),
            }
            at = next;
        }
        *self.memory = Memory { line, scratch };
    }

    /// Counts a line, and hands its record to the sink.
    #[inline]
    fn take(&mut self, at: usize, line: Line<'_>) {
        let Lines { tally, ends, position, .. } = &mut self.lines;
        let is_record = matches!(line, Line::Record(_));
        match line {
            Line::Record(record) => self.sink.take(ends, &record, *position + at as u64),
            Line::Other => tally.account.other += 1,
            Line::Malformed(reason) => self.lines.note_malformed(at, reason),
            Line::Several => unreachable!("its pieces are taken one by one"),
        }
        self.lines.read += 1;
        if self.lines.joined > 0 {
            self.lines.count_joined(is_record);
        }
    }

    /// Counts a line of several records, and hands each of them to the sink.
    #[cold]
    #[inline(never)]
    fn take_pieces(&mut self, at: usize, pieces: impl FnOnce(&mut dyn FnMut(Piece<'_>))) {
        let Self { sink, lines, .. } = self;
        let mut records = 0;
        pieces(&mut |Piece { range, record }| {
            let at = at + range.start;
            match record {
                Ok(record) => {
                    records += 1;
                    sink.take(&mut lines.ends, &record, lines.position + at as u64);
                }
                Err(reason) => lines.note_torn(at, reason),
            }
        });
        match records {
            0 => lines.tally.account.other += 1,
            several => lines.more_records += several - 1,
        }
        lines.read += 1;
        lines.count_joined(records > 0);
    }
}

/// The inner loop of a format that has a fast path, for any processor.
struct Recognising<'a, 'b, S, F: FastFormat> {
    scan: &'a mut Scan<'b, S>,
    known: &'a mut F::Known,
}

impl<S: Sink, F: FastFormat> Kernel for Recognising<'_, '_, S, F> {
    #[inline(always)]
    fn run<C: Cpu>(mut self, cpu: C) {
        let bytes = self.scan.lines.bytes;
        let (mut at, mut prefix) = (self.scan.lines.range.start, 0);
        while at < self.scan.lines.range.end {
            // The three lines together are as long as a usual line.
            cpu.prefetch(bytes, at + AHEAD);
            cpu.prefetch(bytes, at + AHEAD + CACHE_LINE);
            cpu.prefetch(bytes, at + AHEAD + 2 * CACHE_LINE);
            // A closure would be a function of its own, compiled without AVX2, and half as fast.
            let fast = match bytes.get(at + prefix..) {
                Some(rest) => self.fast_line(cpu, rest, at + prefix),
                None => None,
            };
            let mut has_record = true;
            if fast.is_none() && prefix == 0 {
                let measured = F::measure_prefix(&bytes[at..]);
                prefix = measured.unwrap_or(0);
                if prefix > 0 {
                    // Tries once more from here, by the same code: a second copy of it would be inlined into neither
                    // place.
                    continue;
                }
                has_record = measured.is_some();
            }
            at += match fast {
                Some(len) => {
                    self.scan.lines.read += 1;
                    prefix + len
                }
                None => self.slow_line(at, has_record),
            };
            prefix = 0;
        }
    }
}

impl<S: Sink, F: FastFormat> Recognising<'_, '_, S, F> {
    /// Reads a usual line that the sink takes. Gives its length, its line feed included.
    #[inline(always)]
    fn fast_line<C: Cpu>(&mut self, cpu: C, rest: &[u8], at: usize) -> Option<usize> {
        let record = F::recognise(cpu, self.known, rest)?;
        let Lines { ends, position, .. } = &mut self.scan.lines;
        match self.scan.sink.take_fast(cpu, ends, record, *position + at as u64) {
            Took::All => Some(record.len() + 1),
            Took::Nothing => None,
        }
    }

    /// Reads any line, or all blank lines before the next one. Gives its length, its line feed included.
    #[cold]
    #[inline(never)]
    fn slow_line(&mut self, at: usize, has_record: bool) -> usize {
        if let Some(len) = self.scan.lines.take_blank(at) {
            return len;
        }
        let mut line = std::mem::take(&mut self.scan.memory.line);
        let len = self.scan.lines.copy(at, &mut line);
        let parsed = if has_record { F::parse(self.known, &line) } else { F::parse_rest(&line) };
        match parsed {
            Line::Several => self.scan.take_pieces(at, |take| F::pieces(&line, take)),
            parsed => self.scan.take(at, parsed),
        }
        self.scan.memory.line = line;
        len
    }
}

/// Some lines while they are read.
struct Lines<'a> {
    bytes: &'a [u8],
    range: Range<usize>,
    offset: u64,
    /// The position of `bytes` in all input.
    position: u64,
    /// Lines that were read.
    read: u64,
    /// Records beyond the first one of their line.
    more_records: u64,
    /// Lines that go on after the line that is read.
    joined: u64,
    /// Lines that go on with a record.
    of_several: u64,
    ends: Ends,
    tally: Tally,
}

impl Lines<'_> {
    /// Copies the line that begins at `at`: others can write into a mapped file between two looks at a byte, and a
    /// parser relies on the first one. Gives its length, its line feed included.
    #[inline]
    fn copy(&self, at: usize, line: &mut Vec<u8>) -> usize {
        let rest = &self.bytes[at..];
        let len = memchr::memchr(b'\n', rest).unwrap_or(rest.len());
        line.clear();
        line.extend_from_slice(&rest[..len.min(MAX_LINE + 2)]);
        len + 1
    }

    /// Counts the blank lines from `at` on, if there are any, and gives their length: one by one, they take 23 ns each.
    fn take_blank(&mut self, at: usize) -> Option<usize> {
        let rest = &self.bytes[at..self.range.end];
        if !matches!(rest, [b'\n', ..] | [b'\r', b'\n', ..]) {
            return None;
        }
        let feeds = rest.iter().position(|byte| !matches!(byte, b'\r' | b'\n')).unwrap_or(rest.len());
        // A carriage return can also begin a line.
        let len = memchr::memrchr(b'\n', &rest[..feeds])? + 1;
        let lines = memchr::memchr_iter(b'\n', &rest[..len]).count() as u64;
        self.read += lines;
        self.tally.account.other += lines;
        Some(len)
    }

    /// Counts the lines that go on after the first one of a record, or of what is none.
    #[cold]
    fn count_joined(&mut self, is_record: bool) {
        self.read += self.joined;
        let lines = if is_record { &mut self.of_several } else { &mut self.tally.account.other };
        *lines += self.joined;
        self.joined = 0;
    }

    /// Counts a malformed record.
    #[cold]
    fn note_malformed(&mut self, at: usize, reason: Reason) {
        self.tally.account.malformed += 1;
        self.keep(at, reason);
    }

    /// Counts a torn record of a line with a whole one.
    #[cold]
    fn note_torn(&mut self, at: usize, reason: Reason) {
        self.tally.account.torn += 1;
        self.keep(at, reason);
    }

    /// Keeps the place of a record that can't be read, if it is one of the first few, or if all are asked for.
    fn keep(&mut self, at: usize, reason: Reason) {
        let (line, offset) = (self.read, self.offset + at as u64);
        if let Some(listed) = &mut self.tally.listed {
            listed.push(Listed::new(line, offset, reason, &self.bytes[at..]));
        }
        if self.tally.places.len() < SHOWN_MALFORMED {
            self.tally.places.push(MalformedPlace { line, offset, reason });
        }
    }

    fn into_tally(self) -> Tally {
        let mut tally = self.tally;
        tally.account.lines = self.read;
        tally.account.record_lines = self.read - tally.account.other - tally.account.malformed;
        tally.account.records = tally.account.record_lines - self.of_several + self.more_records;
        tally.account.spans = self.ends.seen - self.ends.filtered - self.ends.repeated;
        tally.account.filtered = self.ends.filtered;
        tally.left_out = self.ends.left_out;
        tally.account.repeated = self.ends.repeated;
        tally
    }
}
