//! The stages of the engine one by one, for benches, fuzz targets and tests. Not for use: they change whenever the engine does.

use std::io::{self, Read};
use std::sync::Mutex;

use tracerank_summary::{Account, Summary, Wanted};

use crate::engine::{Pieces, Scan};
use crate::error::Error;
use crate::formats::osprofiler::fast::{IDS, Isa, Kernel, Minute, TAIL, WINDOW, dispatch, dispatch_portable};
use crate::formats::osprofiler::is_minute;
use crate::input::chunk;
use crate::input::{Block, Source, Stream};
use crate::spans::Grown;
use crate::spans::{Ranking, SlowSpan};
use crate::summary::Table;

/// Where the first line of each range of `len` bytes begins, of those in which a line does.
pub fn chunk_starts(bytes: &[u8], len: usize) -> Vec<usize> {
    let ranges = (0..bytes.len()).step_by(len).map(|start| start..bytes.len().min(start + len));
    ranges.filter_map(|range| chunk::first_line(bytes, &range)).collect()
}

/// The nanoseconds of a duration, by the parser that takes any.
pub fn parse_duration(text: &[u8]) -> Option<i64> {
    crate::formats::osprofiler::parse_duration(text)
}

/// What is in a stream, read block by block in this thread.
pub fn scan_stream(scan: &Scan, reader: Box<dyn Read + Send>) -> io::Result<(Summary, Account)> {
    let mut stream = Stream::new(reader);
    let (mut summary, mut account) = (Summary::new(), Account::default());
    let mut block = Block::default();
    while stream.next_block(&mut block)? {
        let (next, of_block) = scan.scan_bytes(block.bytes(), 0..block.bytes().len());
        summary.merge(&next);
        account += of_block;
    }
    Ok((summary, account))
}

/// The trees of some logs, read in chunks and windows of so many bytes, by as many threads as are asked for, with so many bytes for spans.
pub fn run_tree(scan: &Scan, sources: &[Source], spans: usize, chunk: usize, window: u64) -> Result<Grown, Error> {
    scan.clone().pieces(Pieces { chunk, window, thread: 1, spans: Some(spans) }).run_tree(sources, spans, true)
}

/// The first spans of a ranking, read in chunks and windows of so many bytes.
pub fn run_ranking(
    scan: &Scan,
    sources: &[Source],
    spans: usize,
    (chunk, window): (usize, u64),
    ranking: Ranking,
    keeps: &(dyn Fn(&[u8]) -> bool + Sync),
) -> Result<(Grown, Vec<SlowSpan>), Error> {
    scan.clone()
        .pieces(Pieces { chunk, window, thread: 1, spans: Some(spans) })
        .run_ranking(sources, spans, ranking, keeps)
}

/// A span as a table takes it in: the end of its line from the name on, and what it took.
#[derive(Debug, Clone)]
pub struct Span {
    tail: [u8; TAIL],
    len: usize,
    ns: u64,
}

impl Span {
    /// Of a name that fits the fast path: a longer one is cut off.
    pub fn new(name: &[u8], ns: u64) -> Self {
        let mut tail = [b'\n'; TAIL];
        let len = name.len().min(TAIL - 1);
        tail[..len].copy_from_slice(&name[..len]);
        Self { tail, len, ns }
    }
}

/// Adds spans to a table, and what it has to a summary.
pub fn fill_table(spans: &[Span], wanted: Wanted) -> Summary {
    let shared = Mutex::new(Summary::with(wanted));
    let mut table = Table::new(&shared, wanted);
    dispatch(Fill { spans, table: &mut table });
    table.finish();
    shared.into_inner().unwrap_or_default()
}

struct Fill<'a, 'b> {
    spans: &'a [Span],
    table: &'a mut Table<'b>,
}

impl Kernel for Fill<'_, '_> {
    #[inline(always)]
    fn run<I: Isa>(self, isa: I) {
        for (at, Span { tail, len, ns }) in self.spans.iter().enumerate() {
            match self.table.find(isa, tail, *len) {
                Some(place) => self.table.record(isa, place, *ns),
                None => self.table.record_name(&tail[..*len], &tail[..*len], *ns as i64, at as u64, None),
            }
        }
    }
}

/// Which of the fast paths, which say exactly the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FastPath {
    /// The best that this processor has.
    Best,
    /// The one for any processor.
    Portable,
}

/// A line that a fast path recognised, so far as it looked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Recognised {
    /// Length of the line without its line feed.
    pub len: usize,
    /// Where the base id begins.
    pub ids: usize,
    /// Where the name begins.
    pub name: usize,
    /// A start record, whole. Of a stop record, what stands behind the ids was not looked at.
    pub is_start: bool,
    /// The nanoseconds of a stop record whose duration has a usual shape.
    pub duration_ns: Option<i64>,
}

/// What a fast path recognised of many lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Total {
    /// Start records, and stop records whose duration it could read.
    pub recognised: u64,
    /// The stop records among them.
    pub stops: u64,
    /// The sum of their durations in nanoseconds.
    pub sum_ns: i64,
}

/// Durations where a fast path looks for them.
#[derive(Debug, Clone)]
pub struct Durations(Vec<([u8; WINDOW], usize)>);

impl Durations {
    /// Of texts that are short enough to be in a standard line.
    pub fn new<'a>(texts: impl IntoIterator<Item = &'a [u8]>) -> Self {
        const BEGIN: usize = "2026-11-23T06:18:28.800913 ".len();
        let window_of = |text: &[u8]| {
            let mut window = [b' '; WINDOW];
            window[BEGIN..BEGIN + text.len()].copy_from_slice(text);
            (window, BEGIN + text.len() + 1)
        };
        Self(texts.into_iter().map(window_of).collect())
    }
}

impl FastPath {
    /// What it makes of the line at the beginning of `bytes`, in the minute that the line itself is of.
    pub fn recognise(self, bytes: &[u8]) -> Option<Recognised> {
        let mut found = None;
        self.run(One { bytes, found: &mut found });
        found
    }

    /// What it makes of all lines.
    pub fn recognise_lines(self, bytes: &[u8]) -> Total {
        let mut total = Total::default();
        self.run(All { bytes, total: &mut total });
        total
    }

    /// How many of the durations it can read, and their sum in nanoseconds.
    pub fn sum(self, durations: &Durations) -> (u64, i64) {
        let mut sum = (0, 0);
        self.run(Sum { durations, sum: &mut sum });
        sum
    }

    fn run(self, kernel: impl Kernel) {
        match self {
            Self::Best => dispatch(kernel),
            Self::Portable => dispatch_portable(kernel),
        }
    }
}

#[inline(always)]
fn recognise<I: Isa>(isa: I, bytes: &[u8], at: usize, minute: &mut Minute) -> Option<Recognised> {
    let window = bytes.get(at..)?.first_chunk::<WINDOW>()?;
    if !window.starts_with(minute) {
        *minute = *window.first_chunk().filter(|minute| is_minute(minute))?;
    }
    let line = isa.recognise(window, minute)?;
    let (len, ids) = (line.len as usize, line.ids as usize);
    let duration_ns = if line.is_start { None } else { isa.duration(window, ids).map(|ns| ns as i64) };
    Some(Recognised { len, ids, name: ids + IDS, is_start: line.is_start, duration_ns })
}

struct One<'a> {
    bytes: &'a [u8],
    found: &'a mut Option<Recognised>,
}

impl Kernel for One<'_> {
    #[inline(always)]
    fn run<I: Isa>(self, isa: I) {
        *self.found = recognise(isa, self.bytes, 0, &mut [0; 16]);
    }
}

struct All<'a> {
    bytes: &'a [u8],
    total: &'a mut Total,
}

impl Kernel for All<'_> {
    #[inline(always)]
    fn run<I: Isa>(self, isa: I) {
        let (mut at, mut minute) = (0, [0; 16]);
        while at < self.bytes.len() {
            let line = recognise(isa, self.bytes, at, &mut minute);
            at = match line.filter(|line| line.is_start || line.duration_ns.is_some()) {
                Some(line) => {
                    self.total.recognised += 1;
                    self.total.stops += u64::from(!line.is_start);
                    self.total.sum_ns += line.duration_ns.unwrap_or(0);
                    at + line.len + 1
                }
                None => memchr::memchr(b'\n', &self.bytes[at..]).map_or(self.bytes.len(), |len| at + len + 1),
            };
        }
    }
}

struct Sum<'a> {
    durations: &'a Durations,
    sum: &'a mut (u64, i64),
}

impl Kernel for Sum<'_> {
    #[inline(always)]
    fn run<I: Isa>(self, isa: I) {
        for ns in self.durations.0.iter().filter_map(|(window, ids)| isa.duration(window, *ids)) {
            self.sum.0 += 1;
            self.sum.1 += ns as i64;
        }
    }
}
