//! The parallel driver: threads that take chunks of lines, a table each, and one summary in the end.
//!
//! ```text
//!  sources ──► Feed ──► Scanner (one a thread) ──► Sink: Flat ──► Table ──► Summary
//!                          └──► Tally ──► Ledger (one a source) ──► Account
//! ```

mod filter;
pub(crate) mod ledger;
pub(crate) mod queue;
pub(crate) mod scanner;
pub(crate) mod sink;

use std::ops::Range;
use std::sync::atomic::AtomicU64;
use std::sync::{Arc, Mutex, PoisonError};

pub use filter::{Filter, parse_time};

use rayon::{ThreadPool, ThreadPoolBuilder};
use tracerank_summary::saved::Saved;
use tracerank_summary::{Account, Coverage, Malformed, Overlap, Summary, Wanted};
use tracing::debug_span;

use crate::error::Error;
use crate::input::chunk;
use crate::input::{Source, are_cold};
use crate::summary::Table;
use crate::summary::sink::Flat;
use ledger::{PLACES, Tally};
use queue::{Feed, Next, Outcome, Work};
use scanner::Scanner;
use sink::Sink;

/// See [`Pieces`]: smaller than [`CHUNK`](chunk::CHUNK), so that threads end a window nearly together.
const CHUNK: usize = 1 << 20;
/// See [`Pieces`].
const WINDOW: u64 = 16 << 20;

/// How a log is read.
///
/// ```
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use tracerank::{engine::Scan, input};
///
/// let sources = input::resolve(&["testdata/corpus/basic.log".into()], false).map_err(|mut errors| errors.remove(0))?;
/// let scanned = Scan::default().run(&sources)?;
/// assert_eq!(scanned.account.lines, 8000);
/// for row in scanned.summary.rows().take(3) {
///     println!("{} {}", row.name.escape_ascii(), row.stats.total_ns());
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone)]
pub struct Scan {
    /// None for as many as are useful.
    pub(crate) threads: Option<usize>,
    pub(crate) may_map: bool,
    pub(crate) wanted: Wanted,
    pub(crate) filter: Filter,
    allow_duplicates: bool,
    pub(crate) pieces: Pieces,
    pub(crate) progress: Arc<AtomicU64>,
}

/// In which pieces the input is read; they change nothing but the time it takes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Pieces {
    /// Bytes of a mapped file that are parsed at a time for the span engine.
    pub(crate) chunk: usize,
    /// Bytes that are parsed before its partitions are worked off: so few that what was in them stays in a processor's last cache, and so many that threads rarely wait for each other.
    pub(crate) window: u64,
    /// Bytes that are worth a thread: more threads than this allows would take longer to start than to read.
    pub(crate) thread: u64,
    /// Bytes for spans, if it is not a limit of all memory that says how many.
    pub(crate) spans: Option<usize>,
}

impl Default for Scan {
    /// As many threads as are useful, mapped files, everything wanted, no filter.
    fn default() -> Self {
        Self {
            threads: None,
            may_map: true,
            wanted: Wanted::ALL,
            filter: Filter::default(),
            allow_duplicates: false,
            pieces: Pieces { chunk: CHUNK, window: WINDOW, thread: 1 << 20, spans: None },
            progress: Arc::default(),
        }
    }
}

/// What a scan found.
#[derive(Debug)]
#[non_exhaustive]
pub struct Scanned {
    /// What the log says of each name.
    pub summary: Summary,
    /// The account of all lines.
    pub account: Account,
    /// The first three malformed records.
    pub malformed: Vec<Malformed>,
    /// What was read of which files.
    pub coverage: Coverage,
    /// What each source held, in the order of the sources.
    pub sources: Vec<Held>,
}

/// What one source held.
#[derive(Debug)]
#[non_exhaustive]
pub struct Held {
    /// The account of its lines.
    pub account: Account,
    /// The beginning of its content, at most 512 bytes.
    pub begin: Vec<u8>,
    /// What it is compressed with.
    pub format: Option<&'static str>,
    /// Why it ended early, if it did: what stood before is in the summary.
    pub cut: Option<Error>,
    /// Whether it is a saved summary.
    pub is_saved: bool,
}

impl From<Scanned> for Saved {
    fn from(scanned: Scanned) -> Self {
        let Scanned { summary, account, malformed, coverage, .. } = scanned;
        Self { summary, account, malformed, coverage }
    }
}

impl Scan {
    /// How many threads parse: 1 to 1024, and no more than there are MiB to parse. If nothing is said, it is one for each processor, and two where
    /// most of a large log has to come from its device.
    #[must_use]
    pub fn threads(mut self, threads: usize) -> Self {
        self.threads = Some(threads.clamp(1, 1024));
        self
    }

    /// Whether files may be mapped. If not they are read, which costs a copy.
    #[must_use]
    pub fn map(mut self, may_map: bool) -> Self {
        self.may_map = may_map;
        self
    }

    /// What the summary gets beside counts, sums and extremes.
    #[must_use]
    pub fn wanted(mut self, wanted: Wanted) -> Self {
        self.wanted = wanted;
        self
    }

    /// Which spans count.
    #[must_use]
    pub fn filter(mut self, filter: Filter) -> Self {
        self.filter = filter;
        self
    }

    /// Whether parts of a log may be counted twice. If not, that is an error where it can be told: of saved summaries, of what is read beside them, and of all if
    /// shards are wanted, since those are what is saved.
    #[must_use]
    pub fn allow_duplicates(mut self, allow_duplicates: bool) -> Self {
        self.allow_duplicates = allow_duplicates;
        self
    }

    /// For tests: to read small logs in as many pieces as large ones have.
    #[must_use]
    pub(crate) fn pieces(mut self, pieces: Pieces) -> Self {
        self.pieces = pieces;
        self
    }

    /// A counter of the bytes that were taken in, before decompression, to be watched from another thread.
    pub fn progress(&self) -> Arc<AtomicU64> {
        Arc::clone(&self.progress)
    }

    /// Reads all of `sources`.
    pub fn run(&self, sources: &[Source]) -> Result<Scanned, Error> {
        let summary = Mutex::new(Summary::with(self.wanted));
        let feed = Feed::new(sources, self.may_map, self.filter.is_empty(), &self.progress);
        let span = debug_span!("scan").entered();
        let work = || {
            let _span = debug_span!(parent: &*span, "scan-thread").entered();
            if self.wanted.shards { self.work::<true>(&feed, &summary) } else { self.work::<false>(&feed, &summary) }
        };
        self.on_threads(sources, work)?;
        let outcomes = feed.finish()?;
        let summary = summary.into_inner().unwrap_or_else(PoisonError::into_inner);
        let coverage = self.cover(sources, &outcomes)?;
        Ok(collect(sources, outcomes, summary, coverage))
    }

    /// Does the same on as many threads as are useful for `sources`.
    pub(crate) fn on_threads(&self, sources: &[Source], work: impl Fn() + Sync) -> Result<(), Error> {
        if self.threads_for(sources) == 1 {
            work();
        } else {
            pool(self.threads_for(sources))?.broadcast(|_| work());
        }
        Ok(())
    }

    pub(crate) fn threads_for(&self, sources: &[Source]) -> usize {
        self.threads.unwrap_or_else(|| usual_threads(sources)).min(self.most_threads(sources))
    }

    fn most_threads(&self, sources: &[Source]) -> usize {
        let sizes = sources.iter().map(|source| source.len().filter(|len| *len > 0));
        let worth = |total: u64| (total / self.pieces.thread).max(1) as usize;
        sizes.sum::<Option<u64>>().map_or(usize::MAX, worth)
    }

    /// Reads the lines that begin in a range of `bytes`, in memory and in this thread. The ranges of a log can be cut anywhere: their
    /// summaries, merged in order, are that of the whole, and so are the sums of their accounts.
    pub fn scan_bytes(&self, bytes: &[u8], range: Range<usize>) -> (Summary, Account) {
        let range = range.start.min(bytes.len())..range.end.min(bytes.len());
        let summary = Mutex::new(Summary::with(self.wanted));
        let table = Table::new(&summary, self.wanted);
        let tally = if self.wanted.shards {
            self.scan_range::<true>(table, bytes, &range)
        } else {
            self.scan_range::<false>(table, bytes, &range)
        };
        let account = Account { files: 1, bytes: range.len() as u64, ..tally.account };
        (summary.into_inner().unwrap_or_else(PoisonError::into_inner), account)
    }

    fn scan_range<const SHARDED: bool>(&self, table: Table<'_>, bytes: &[u8], range: &Range<usize>) -> Tally {
        let mut scanner = Scanner::new(Flat::<SHARDED>::new(table, &self.filter));
        let begin = chunk::first_line(bytes, range);
        let tally = begin.map(|begin| scanner.scan(bytes, begin..range.end, 0, 0)).unwrap_or_default();
        scanner.into_sink().finish();
        tally
    }

    /// What was read of which files, if nothing of it was read twice.
    pub(crate) fn cover(&self, sources: &[Source], outcomes: &[Outcome]) -> Result<Coverage, Error> {
        let tells =
            !self.allow_duplicates && (self.wanted.shards || outcomes.iter().any(|outcome| outcome.saved.is_some()));
        let mut all = Coverage::default();
        for (nth, outcome) in outcomes.iter().enumerate() {
            if tells && let Some(Overlap { path, range, .. }) = all.overlap(&outcome.coverage) {
                let first = outcomes.iter().position(|before| before.coverage.overlap(&outcome.coverage).is_some());
                let [path_of_first, path_of_this] = [first.unwrap_or(nth), nth].map(|at| sources[at].path().to_owned());
                return Err(Error::CoveredTwice { path: path_of_this, first: path_of_first, of: path, range });
            }
            all.merge(outcome.coverage.clone());
        }
        Ok(all)
    }

    /// What one thread does.
    fn work<const SHARDED: bool>(&self, feed: &Feed<'_>, summary: &Mutex<Summary>) {
        let mut scanner = Scanner::new(Flat::<SHARDED>::new(Table::new(summary, self.wanted), &self.filter));
        let mut of_saved = Summary::with(self.wanted);
        while let Some(next) = feed.next() {
            let work = match next {
                Next::Parse(work) => work,
                Next::Add { source, summary } => {
                    let _span = debug_span!("add-summary").entered();
                    of_saved.absorb_all(*summary, |rank| position(source, rank));
                    continue;
                }
            };
            let tally = debug_span!("parse-chunk").in_scope(|| scan_work(&mut scanner, &work));
            feed.done(work, tally);
        }
        let _span = debug_span!("merge-tables").entered();
        scanner.into_sink().finish();
        if !of_saved.is_empty() {
            summary.lock().unwrap_or_else(PoisonError::into_inner).absorb_all(of_saved, |position| position);
        }
    }
}

pub(crate) fn pool(threads: usize) -> Result<ThreadPool, Error> {
    let pool = ThreadPoolBuilder::new().num_threads(threads).build();
    pool.map_err(|error| Error::Threads { threads, reason: error.to_string() })
}

/// Reads the lines of some work.
pub(crate) fn scan_work(scanner: &mut Scanner<impl Sink>, work: &Work) -> Tally {
    match work {
        Work::Chunk { source, map, range } => {
            let begin = chunk::first_line(map.bytes(), range);
            let tally = begin.map(|begin| scanner.scan(map.bytes(), begin..range.end, 0, position(*source, 0)));
            tally.unwrap_or_default()
        }
        Work::Block { source, block } => {
            let all = 0..block.bytes().len();
            scanner.scan(block.bytes(), all, block.offset, position(*source, block.offset))
        }
    }
}

/// Where in all input a byte stands: only the order of positions matters. (Beyond a million sources or 16 TiB of one, it
/// ends to tell which of two names came first; nothing else hangs on it.)
fn position(source: usize, offset: u64) -> u64 {
    const OFFSET_BITS: u32 = 44;
    ((source as u64).min((1 << (64 - OFFSET_BITS)) - 1) << OFFSET_BITS) | offset.min((1 << OFFSET_BITS) - 1)
}

/// A thread for each processor; twice as many where they will mostly wait for a device, which is faster the more is asked of it: 4 GB that took two
/// threads 2.5 s took four 1.9 s, while of a log in memory four make 6 % less.
fn usual_threads(sources: &[Source]) -> usize {
    let processors = std::thread::available_parallelism().map_or(1, usize::from);
    if are_cold(sources) { 2 * processors } else { processors }
}

pub(crate) fn collect(sources: &[Source], outcomes: Vec<Outcome>, summary: Summary, coverage: Coverage) -> Scanned {
    let mut scanned =
        Scanned { summary, account: Account::default(), malformed: Vec::new(), coverage, sources: Vec::new() };
    for (source, outcome) in sources.iter().zip(outcomes) {
        let path = || source.path().to_owned();
        let is_saved = outcome.saved.is_some();
        // How many lines there are before a part, only the parts before it know.
        let is_whole = source.range().is_none_or(|range| range.start == 0);
        let (account, malformed) = outcome.saved.unwrap_or_else(|| {
            let account = Account { files: 1, bytes: outcome.bytes, ..outcome.ledger.account() };
            let malformed = outcome.ledger.malformed().map(|(line, place)| {
                let line = is_whole.then_some(line);
                Malformed { path: path(), line, offset: place.offset, reason: place.reason.as_str().into() }
            });
            (account, malformed.collect())
        });
        scanned.account += account;
        scanned.malformed.extend(malformed);
        let Outcome { begin, format, cut, .. } = outcome;
        scanned.sources.push(Held { account, begin, format, cut, is_saved });
    }
    scanned.malformed.truncate(PLACES);
    if scanned.sources.iter().any(|held| held.is_saved) {
        // The parts of a file are one file.
        scanned.account.files = scanned.coverage.files().len() as u64;
    }
    scanned
}
