//! What the benches read: the logs of `testdata/corpus`, repeated to size, and names in any number.

// Every bench uses another part of this.
#![allow(dead_code, unreachable_pub, clippy::unwrap_used, clippy::missing_panics_doc)]

use std::fs;
use std::path::Path;
use std::time::Duration;

use criterion::measurement::WallTime;
use criterion::{BenchmarkGroup, Criterion, Throughput};
use tracerank::formats::osprofiler::parse;
use tracerank::record::{Line, Record};
use tracerank::stages::{Span, fill_table};
use tracerank_summary::{Summary, Wanted};

/// A log of the corpus, repeated, and what is in it.
pub struct Log {
    pub bytes: Vec<u8>,
    pub lines: u64,
    pub records: u64,
    pub spans: u64,
}

impl Log {
    /// As many whole copies as make up at least `size` bytes.
    pub fn of(name: &str, size: usize) -> Self {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/corpus").join(name);
        let one = fs::read(path).unwrap();
        let copies = size.div_ceil(one.len());
        let records = || lines(&one).filter_map(record);
        let of_all = |count: usize| (count * copies) as u64;
        Self {
            lines: of_all(lines(&one).count()),
            records: of_all(records().count()),
            spans: of_all(records().filter(|record| record.duration_ns.is_some()).count()),
            bytes: one.repeat(copies),
        }
    }

    /// The same, each copy with ids of its own; the first one's are those of the log.
    pub fn of_many_requests(name: &str, size: usize) -> Self {
        let log = Self::of(name, size);
        let len = fs::metadata(Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/corpus").join(name)).unwrap().len();
        let copies = log.bytes.chunks(len as usize).enumerate();
        Self { bytes: copies.flat_map(|(nth, copy)| with_ids_of_its_own(copy, nth as u16)).collect(), ..log }
    }

    pub fn throughput(&self) -> Throughput {
        Throughput::ElementsAndBytes { elements: self.lines, bytes: self.bytes.len() as u64 }
    }
}

/// A log in which the beginning of each UUID is another one.
fn with_ids_of_its_own(log: &[u8], nth: u16) -> Vec<u8> {
    const UUID: usize = 36;
    let mut copy = log.to_vec();
    for at in 1..copy.len().saturating_sub(UUID) {
        let is_uuid = copy[at - 1] == b' ' && [8, 13, 18, 23].iter().all(|hyphen| copy[at + hyphen] == b'-');
        let begin = std::str::from_utf8(&copy[at..at + 4]).ok().and_then(|text| u16::from_str_radix(text, 16).ok());
        if let Some(begin) = begin.filter(|_| is_uuid) {
            copy[at..at + 4].copy_from_slice(format!("{:04x}", begin ^ nth).as_bytes());
        }
    }
    copy
}

/// The lines of a log, each without its line feed.
pub fn lines(log: &[u8]) -> impl Iterator<Item = &[u8]> {
    log.split_inclusive(|byte| *byte == b'\n').map(|line| line.strip_suffix(b"\n").unwrap_or(line))
}

/// The record in a line, by the whole grammar.
pub fn record(line: &[u8]) -> Option<Record<'_>> {
    match parse(line) {
        Line::Record(record) => Some(record),
        Line::Other | Line::Malformed(_) | Line::Several => None,
    }
}

/// So many spans, which have so many names.
pub fn spans(count: usize, names: usize) -> Vec<Span> {
    let name = |at: usize| format!("some-traced-code-{:06}", at % names);
    // Far apart, so that histograms have many cells.
    let ns = |at: usize| (at as u64 * 7_919_000) % 60_000_000_000;
    (0..count).map(|at| Span::new(name(at).as_bytes(), ns(at))).collect()
}

/// What `spans` are in sum.
pub fn summary(count: usize, names: usize) -> Summary {
    fill_table(&spans(count, names), Wanted::ALL)
}

/// How many spans a summary is of.
pub fn spans_of(summary: &Summary) -> u64 {
    summary.rows().map(|row| row.stats.count()).sum()
}

/// The most and the least that can be collected.
pub const WANTED: [(&str, Wanted); 2] = [("everything", Wanted::ALL), ("no histograms", Wanted::NOTHING)];

/// A group that takes seconds, not minutes.
pub fn group<'a>(criterion: &'a mut Criterion, name: &str) -> BenchmarkGroup<'a, WallTime> {
    let mut group = criterion.benchmark_group(name);
    group.sample_size(20).warm_up_time(Duration::from_secs(1)).measurement_time(Duration::from_secs(3));
    group
}
