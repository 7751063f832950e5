//! The stages of the engine one by one, for benches, fuzz targets and tests. Not for other use: they change whenever
//! the engine does.

use std::io::{self, Read};
use std::sync::Mutex;

use tracerank_summary::Account;
use tracerank_summary::{Summary, Wanted};

use crate::analyses::slowest::{Ranking, SlowSpan};
use crate::engine::{Engine, Pieces};
use crate::error::Error;
use crate::input::chunk;
use crate::input::{Block, Source, Stream};
use crate::record::{Kind, Record, TAIL};
use crate::simd::{Cpu, Kernel, dispatch};
use crate::spans::TreeReading;
use crate::summary::Table;

/// Finds the first line of each range of `len` bytes, of those in which a line begins.
pub fn chunk_starts(bytes: &[u8], len: usize) -> Vec<usize> {
    let ranges = (0..bytes.len()).step_by(len).map(|start| start..bytes.len().min(start + len));
    ranges.filter_map(|range| chunk::first_line(bytes, &range)).collect()
}

/// Parses a duration to nanoseconds, by the parser that takes any.
pub fn parse_duration(text: &[u8]) -> Option<i64> {
    crate::formats::osprofiler::parse_duration(text)
}

/// Scans a stream, block by block in this thread.
pub fn scan_stream(engine: &Engine, reader: Box<dyn Read + Send>) -> io::Result<(Summary, Account)> {
    let mut stream = Stream::new(reader);
    let (mut summary, mut account) = (Summary::new(), Account::default());
    let mut block = Block::default();
    while stream.next_block(&mut block, None)? {
        let (next, of_block) = engine.scan_bytes(block.bytes(), 0..block.bytes().len(), Wanted::ALL);
        summary.merge(&next);
        account += of_block;
    }
    Ok((summary, account))
}

/// Grows the trees of some logs, read in chunks and windows of the given sizes, by the engine's threads, with `spans`
/// bytes for spans.
pub fn run_tree(
    engine: &Engine,
    sources: &[Source],
    spans: usize,
    chunk: usize,
    window: u64,
) -> Result<TreeReading, Error> {
    let pieces = Pieces { chunk, window, thread: 1, spans: Some(spans) };
    engine.clone().pieces(pieces).grow(sources, spans, Some(Wanted::ALL))
}

/// Ranks the slowest spans, read in chunks and windows of the given sizes.
pub fn run_ranking(
    engine: &Engine,
    sources: &[Source],
    spans: usize,
    (chunk, window): (usize, u64),
    ranking: Ranking,
    keeps: &(dyn Fn(&[u8]) -> bool + Sync),
) -> Result<(TreeReading, Vec<SlowSpan>), Error> {
    let pieces = Pieces { chunk, window, thread: 1, spans: Some(spans) };
    engine.clone().pieces(pieces).slowest(sources, spans, ranking, keeps)
}

/// A span as a table takes it in: the end of its line from the name on, and its duration.
#[derive(Debug, Clone)]
pub struct Span {
    tail: [u8; TAIL],
    len: usize,
    ns: u64,
}

impl Span {
    /// Makes a span of a name that fits the fast path: a longer one is cut off.
    pub fn new(name: &[u8], ns: u64) -> Self {
        let mut tail = [b'\n'; TAIL];
        let len = name.len().min(TAIL - 1);
        tail[..len].copy_from_slice(&name[..len]);
        Self { tail, len, ns }
    }
}

/// Adds spans to a table, and the table to a summary.
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
    fn run<C: Cpu>(self, cpu: C) {
        for (at, Span { tail, len, ns }) in self.spans.iter().enumerate() {
            if let Some(slot) = self.table.find(cpu, tail, *len) {
                self.table.record(cpu, slot, *ns);
                continue;
            }
            let (kind, name, ns) = (Kind::Stop, &tail[..*len], *ns as i64);
            let (duration_ns, tail) = (Some(ns), Some(name));
            let record = Record { kind, time_us: None, time_rest_ns: 0, duration_ns, ids: None, name, tail, json: &[] };
            self.table.record_parsed(&record, ns, at as u64, None);
        }
    }
}

pub use crate::formats::osprofiler::fast::stages::{Durations, FastPath, Recognised, Total};
