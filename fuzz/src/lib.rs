//! What the fuzz targets ask of the engine: that it agrees with the naive one of the tests in all that can be seen.

use std::io::{self, Cursor, Read};

use hdrhistogram::Histogram as Hdr;
use regex::bytes::Regex;
use tracerank::analyses::diff::{Diff, Per, Settings, Verdict};
use tracerank::analyses::report::{Options, Report};
use tracerank::engine::Engine;
use tracerank::formats::osprofiler::{measure_object, parse, pieces};
use tracerank::record::{Line, Piece, Record};
use tracerank::render::Model;
use tracerank::stages::{FastPath, Recognised, scan_stream};
use tracerank_summary::saved::{self, Saved};
use tracerank_summary::{Account, Row, Summary, Wanted};
use tracerank_testing::naive;

pub mod trees;

/// A usual line up to its name.
const HEAD: &[u8] = b"2026-11-23T06:18:09.822513 0.006782 07210e9e-c012-4ace-9cc8-6d9626eb3011 \
    ac9a9d8d-043e-4733-8ad5-1c51ec5adf03 8a3afb21-72ad-45e4-87fe-7db49d7b61bf ";

// ---- A line ----

/// Panics unless both engines take `line`, which has no line feed in it, for the same.
pub fn judge_line(line: &[u8]) {
    let (found, expected) = (parse(line), naive::parse_line(line));
    assert!(same_line(&found, &expected), "found {found:?}, expected {expected:?}");
    if let naive::Line::Several(expected) = expected {
        judge_pieces(&pieces(line), &expected);
    }

    for at in braces(line).take(8) {
        assert_eq!(measure_object(&line[at..]), naive::whole_object(&line[at..]));
    }

    // The second time the line's end is known, and the fast path's alone. Behind it there is enough for that path to look at it.
    let usual = [HEAD, b"db-stop"].concat();
    let log = [line, line, &usual, &usual, b""].join(&b'\n');
    judge_fast_paths(line, &log);
    judge(
        &scan().scan_bytes(&log, 0..log.len(), Wanted::ALL),
        &naive::read(&log, &naive::Filter::default()),
        log.len(),
    );
}

fn braces(line: &[u8]) -> impl Iterator<Item = usize> + '_ {
    line.iter().enumerate().filter(|(_, byte)| **byte == b'{').map(|(at, _)| at)
}

/// Panics unless a line of several records has the same ones, and the same torn ones, at the same places.
fn judge_pieces(found: &[Piece<'_>], expected: &[naive::Piece<'_>]) {
    assert_eq!(found.len(), expected.len(), "found {found:?}, expected {expected:?}");
    for (found, expected) in found.iter().zip(expected) {
        let is_same = match (&found.record, &expected.record) {
            (Ok(found), Ok(expected)) => same_record(found, expected),
            (Err(found), Err(expected)) => format!("{found:?}") == format!("{expected:?}"),
            _ => false,
        };
        assert!(is_same && found.range.start == expected.at, "found {found:?}, expected {expected:?}");
    }
}

fn same_record(found: &Record<'_>, expected: &naive::Record<'_>) -> bool {
    let ids = found.ids.expect("each record has ids");
    (found.time_us, found.duration_ns, ids.base) == (Some(expected.time_us()), expected.duration_ns, expected.base_id)
        && (ids.parent, ids.trace, found.name) == (expected.parent_id, expected.trace_id, expected.name)
}

fn same_line(found: &Line<'_>, expected: &naive::Line<'_>) -> bool {
    match (found, expected) {
        (Line::Record(found), naive::Line::Record(expected)) => same_record(found, expected),
        (Line::Several, naive::Line::Several(_)) => true,
        (Line::Malformed(found), naive::Line::Malformed(expected)) => format!("{found:?}") == format!("{expected:?}"),
        (found, expected) => matches!((found, expected), (Line::Other, naive::Line::Other)),
    }
}

/// Panics unless the fast paths say the same of `line`, with which `log` begins, and nothing that the whole grammar does not say.
fn judge_fast_paths(line: &[u8], log: &[u8]) {
    let best = FastPath::Best.recognise(log);
    assert_eq!(best, FastPath::Portable.recognise(log));
    assert_eq!(FastPath::Best.recognise_lines(log), FastPath::Portable.recognise_lines(log));
    let Some(recognised) = best.filter(|recognised| counts(line, recognised)) else {
        return;
    };
    let Line::Record(record) = parse(line) else {
        panic!("recognised, but no record: {recognised:?}");
    };
    let offset = |part: &[u8]| part.as_ptr().addr() - line.as_ptr().addr();
    let places =
        (offset(record.ids.expect("each record has ids").base), offset(record.name), line.len(), record.duration_ns);
    assert_eq!(places, (recognised.ids, recognised.name, recognised.len, recognised.duration_ns));
}

/// Whether a line is counted by what the fast path recognised: a start always; a stop if its end is that of a record, whatever stands before.
fn counts(line: &[u8], recognised: &Recognised) -> bool {
    let ends_a_record = || {
        let usual = [HEAD, &line[recognised.name..]].concat();
        matches!(parse(&usual), Line::Record(record) if usual[HEAD.len()..].starts_with(record.name))
    };
    recognised.is_start || (recognised.duration_ns.is_some() && ends_a_record())
}

// ---- A log ----

/// How a log is read.
#[derive(Debug, Default)]
pub struct Plan {
    /// Where it is cut, as shares of 65,536 of its length.
    cuts: Vec<u16>,
    /// How much of a stream a read returns at most; zero for all.
    read: u8,
    /// Where in the log the first block of a stream ends, as a share; none if the log is to be within one block.
    block_end: Option<u16>,
}

impl Plan {
    /// The plan in the first bytes of `data`, and the log behind it.
    pub fn split_off(data: &[u8]) -> Option<(Self, &[u8])> {
        let ([control, read, end @ ..], rest) = data.split_first_chunk::<4>()?;
        let (cuts, log) = rest.split_at_checked(2 * usize::from(control & 7))?;
        let cuts = cuts.chunks_exact(2).map(|cut| u16::from_le_bytes([cut[0], cut[1]])).collect();
        let block_end = (control & 128 != 0).then(|| u16::from_le_bytes(*end));
        Some((Self { cuts, read: *read, block_end }, log))
    }
}

/// Panics unless both engines find the same in `log`, however the one reads it.
pub fn judge_log(log: &[u8], plan: &Plan) {
    let expected = naive::read(log, &naive::Filter::default());
    let scan = scan();
    judge(&scan.scan_bytes(log, 0..log.len(), Wanted::ALL), &expected, log.len());

    let parts = scan_parts(&scan, log, plan);
    for sum in [sum_in_order(&parts), sum_from_behind(&parts)] {
        judge(&sum, &expected, log.len());
        judge_histograms(&sum, &expected);
    }

    judge_stream(&scan, log, plan, expected);
}

type Scanned = (Summary, Account);

fn scan() -> Engine {
    Engine::default().threads(1)
}

fn share_of(log: &[u8], share: u16) -> usize {
    (log.len() * usize::from(share)) >> 16
}

fn scan_parts(scan: &Engine, log: &[u8], plan: &Plan) -> Vec<Scanned> {
    let mut cuts: Vec<usize> = plan.cuts.iter().map(|cut| share_of(log, *cut)).collect();
    cuts.extend([0, log.len()]);
    cuts.sort_unstable();
    cuts.windows(2).map(|cuts| scan.scan_bytes(log, cuts[0]..cuts[1], Wanted::ALL)).collect()
}

fn add(before: Scanned, next: &Scanned) -> Scanned {
    let (mut summary, mut account) = before;
    summary.merge(&next.0);
    account += next.1;
    (summary, account)
}

fn sum_in_order(parts: &[Scanned]) -> Scanned {
    parts.iter().fold((Summary::new(), Account::default()), add)
}

/// The last two first, then the one before them: merging is associative.
fn sum_from_behind(parts: &[Scanned]) -> Scanned {
    let behind = (Summary::new(), Account::default());
    parts.iter().rev().fold(behind, |behind, part| add(part.clone(), &behind))
}

/// The log as a stream, behind a line that is so long that a block of the stream ends in the middle of the log.
fn judge_stream(scan: &Engine, log: &[u8], plan: &Plan, mut expected: naive::Account) {
    const BLOCK: usize = 1 << 20;
    let mut before = Vec::new();
    if let Some(end) = plan.block_end {
        before.resize(BLOCK - share_of(log, end), b'x');
        before.extend(b"\n");
        expected.lines += 1;
        expected.other += 1;
    }
    let len = before.len() + log.len();
    let log = Slow { log: Cursor::new(log.to_vec()), most: usize::from(plan.read), reads: 0 };
    let scanned = scan_stream(scan, Box::new(Cursor::new(before).chain(log))).expect("nothing here can't be read");
    judge(&scanned, &expected, len);
}

/// A stream that returns little at a time and is interrupted now and then.
struct Slow {
    log: Cursor<Vec<u8>>,
    /// Zero for no limit.
    most: usize,
    reads: usize,
}

impl Read for Slow {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.reads += 1;
        if self.most > 0 && self.reads.is_multiple_of(5) {
            return Err(io::ErrorKind::Interrupted.into());
        }
        let len = if self.most > 0 { buffer.len().min(self.most) } else { buffer.len() };
        self.log.read(&mut buffer[..len])
    }
}

// ---- What was found ----

fn judge((summary, account): &Scanned, expected: &naive::Account, len: usize) {
    let found = [
        account.bytes,
        account.lines,
        account.records,
        account.other,
        account.malformed,
        account.spans,
        account.filtered,
        account.record_lines,
        account.torn,
    ];
    let [malformed, torn] = [&expected.malformed, &expected.torn].map(|places| places.len() as u64);
    let naive::Account { lines, records, other, record_lines, .. } = *expected;
    let spans = expected.spans;
    assert_eq!(found, [len as u64, lines, records, other, malformed, spans, 0, record_lines, torn]);
    assert_eq!(account.lines, account.record_lines + account.other + account.malformed);

    assert_eq!(summary.len(), expected.rows.len());
    for (row, expected) in summary.rows().zip(&expected.rows) {
        judge_row(&row, expected);
    }
}

fn judge_row(row: &Row<'_>, expected: &naive::Row) {
    assert_eq!(row.name, expected.name);
    let found = (row.stats.count(), row.stats.total_ns(), row.stats.min_ns(), row.stats.max_ns());
    assert_eq!(found, (expected.count(), expected.total_ns(), expected.min_ns(), expected.max_ns()));
    assert_eq!(row.stats.squares_ns2(), expected.sum_of_squares().unwrap_or(u128::MAX));
}

fn judge_histograms((summary, _): &Scanned, expected: &naive::Account) {
    for (row, expected) in summary.rows().zip(&expected.rows) {
        judge_histogram(&row, expected);
    }
}

/// Against a histogram into which every duration was recorded; what is below zero counts as zero.
fn judge_histogram(row: &Row<'_>, naive: &naive::Row) {
    let highest = naive.durations_ns.iter().fold(2, |highest, ns| highest.max(*ns));
    let mut expected = Hdr::<u64>::new_with_bounds(1, highest as u64, 2).expect("these bounds are allowed");
    for ns in &naive.durations_ns {
        expected += (*ns).max(0) as u64;
    }
    let cells = expected.iter_recorded();
    let cells = cells.map(|cell| (expected.lowest_equivalent(cell.value_iterated_to()), cell.count_at_value()));
    assert!(row.histogram().iter().eq(cells), "the histograms of {} differ", row.name.escape_ascii());

    for permille in [0, 1, 500, 900, 950, 999, 1000] {
        let [found] = row.quantiles_ns([permille as f64 / 1000.0]);
        let (truth, reach) = naive.percentile(permille);
        assert!((i128::from(found) - i128::from(truth)).abs() <= reach.into(), "{found} is not {truth} ± {reach}");
        assert!(found >= naive.min_ns() && found <= naive.max_ns(), "{found} is outside of the extremes");
    }
    assert_eq!(row.quantiles_ns([0.0, 1.0]), [naive.min_ns(), naive.max_ns()]);
}

// ---- A saved summary ----

/// Panics if a file with `body` in its frame is read as something that can't be written and read again, or reported.
pub fn judge_summary(body: &[u8]) {
    let mut frame = zstd::Encoder::new(Vec::new(), 1).expect("memory");
    frame.include_checksum(true).expect("an option");
    io::Write::write_all(&mut frame, body).expect("memory");
    let frame = frame.finish().expect("memory");
    let file = [saved::MAGIC.as_slice(), &saved::VERSION.to_le_bytes(), &frame].concat();
    let Ok(saved) = saved::read(file.as_slice()) else {
        return;
    };
    let written = write_summary(&saved);
    let again = saved::read(written.as_slice()).expect("what was written is read");
    assert_eq!(write_summary(&again), written);
    let mut twice = saved.summary.clone();
    twice.merge(&again.summary);
    let options = Options { name: Some(Regex::new("^a").expect("a regex")), ..Options::default() };
    for summary in [&saved.summary, &twice] {
        let mut account = saved.account;
        account.spans = summary.rows().map(|row| row.stats.count()).sum();
        Report::new(summary.clone(), account, &options, None)
            .write_as("json", &mut io::sink())
            .expect("nothing to fail");
    }
    let settings = Settings { min_base_ids: 0, min_shards: 0, ..Settings::default() };
    for (base, new) in [(&saved.summary, &twice), (&twice, &saved.summary)] {
        let diff = Diff::new(&[base], new, &Per::Root, None, &settings);
        assert!(diff.names.iter().all(|name| name.comparison.verdict != Verdict::New));
    }
}

fn write_summary(saved: &Saved) -> Vec<u8> {
    let mut bytes = Vec::new();
    saved::write(saved, &mut bytes).expect("memory");
    bytes
}
