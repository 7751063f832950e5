//! The engine: hands out all inputs to threads, and their lines to whatever is to be learnt from them.
//!
//! ```text
//!  sources ──► Queue (opens, detects formats) ──► work: one loop a thread ──► Worker: Scanner ──► Sink
//!                                                   └──► Tally ──► Ledger (one a source) ──► Account
//! ```

pub(crate) mod copies;
mod driver;
mod filter;
pub(crate) mod ledger;
pub(crate) mod left_out;
pub(crate) mod listing;
pub(crate) mod openings;
pub(crate) mod outcome;
pub(crate) mod places;
pub(crate) mod queue;
pub(crate) mod scanner;
pub(crate) mod sink;
mod times;
pub(crate) mod verdict;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64};
use tracerank_summary::{Coverage, Overlap, Repeats};

use rayon::{ThreadPool, ThreadPoolBuilder};

pub(crate) use driver::{Gather, Worker, offset_of, position, scan_work, source_of, work};
pub use filter::{Filter, parse_time};
pub use listing::{Listing, Unreadable};
pub use verdict::{Problem, Severity};

use copies::Copies;

use crate::error::Error;
use crate::formats::LogFormat;
use crate::input::{Source, are_cold};
pub use outcome::SourceContent;
use outcome::SourceOutcome;

/// The default of [`Pieces::chunk`]: smaller than [`CHUNK`](crate::input::chunk::CHUNK), so that threads end a window
/// nearly together.
const CHUNK: usize = 1 << 20;
/// The default of [`Pieces::window`].
const WINDOW: u64 = 16 << 20;

/// Reads logs: its settings, and what is learnt from them.
///
/// ```
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use tracerank::{engine::Engine, input};
/// use tracerank_summary::Wanted;
///
/// let sources = input::resolve(&["testdata/corpus/basic.log".into()], false).map_err(|mut errors| errors.remove(0))?;
/// let scanned = Engine::default().scan(&sources, Wanted::ALL)?;
/// assert_eq!(scanned.account.lines, 8000);
/// for row in scanned.summary.rows().take(3) {
///     println!("{} {}", row.name.escape_ascii(), row.stats.total_ns());
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone)]
pub struct Engine {
    /// None for as many as are useful.
    threads: Option<usize>,
    pub(crate) may_map: bool,
    pub(crate) filter: Filter,
    pub(crate) duplicates: Duplicates,
    pub(crate) keeps_going: bool,
    /// Takes all records that can't be read.
    listing: Option<Arc<Listing>>,
    /// The format of all inputs; none if each has its own.
    pub(crate) log_format: Option<Arc<dyn LogFormat>>,
    pub(crate) pieces: Pieces,
    pub(crate) progress: Arc<AtomicU64>,
    pub(crate) stop: Arc<AtomicBool>,
}

/// The ways to treat records that are there more than once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Duplicates {
    /// Counts all of them, and tells that there are some: [`Problem::Repeated`].
    #[default]
    Warn,
    /// Counts each once. That takes about 40 bytes of memory for each span, and is an error beyond a limit.
    Drop {
        /// The most bytes that are taken for it.
        limit: usize,
    },
    /// Counts all of them.
    Allow,
}

/// The pieces in which the input is read. They change nothing but the time it takes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Pieces {
    /// Bytes of a mapped file that are parsed at a time for the span engine.
    pub(crate) chunk: usize,
    /// Bytes that are parsed before its partitions are worked off: few enough to stay in a processor's last cache, and
    /// enough that threads rarely wait for each other.
    pub(crate) window: u64,
    /// Bytes that are worth a thread: more threads than this allows would take longer to start than to read.
    pub(crate) thread: u64,
    /// Bytes for spans, if no limit of all memory sets them.
    pub(crate) spans: Option<usize>,
}

impl Default for Engine {
    /// Makes an engine with as many threads as are useful, mapped files and no filter, which finds the format of each
    /// input by its content.
    fn default() -> Self {
        Self {
            threads: None,
            may_map: true,
            filter: Filter::default(),
            duplicates: Duplicates::Warn,
            keeps_going: false,
            listing: None,
            log_format: None,
            pieces: Pieces { chunk: CHUNK, window: WINDOW, thread: 1 << 20, spans: None },
            progress: Arc::default(),
            stop: Arc::default(),
        }
    }
}

impl Engine {
    /// Sets the number of threads that parse: 1 to 1024, and no more than there are MiB to parse. By default it is one
    /// for each processor, and two for each where most of a large log has to come from its device.
    #[must_use]
    pub fn threads(mut self, threads: usize) -> Self {
        self.threads = Some(threads.clamp(1, 1024));
        self
    }

    /// Sets whether files may be mapped. If not, they are read, which costs a copy.
    #[must_use]
    pub fn map(mut self, may_map: bool) -> Self {
        self.may_map = may_map;
        self
    }

    /// Sets the filter of spans.
    #[must_use]
    pub fn filter(mut self, filter: Filter) -> Self {
        self.filter = filter;
        self
    }

    /// Sets what is done about records that are there more than once.
    ///
    /// Unless they are allowed, parts of a log that would be counted twice are an error where that is certain: of saved
    /// summaries, of all that is read beside them, and of all if shards are wanted, since those are saved.
    #[must_use]
    pub fn duplicates(mut self, duplicates: Duplicates) -> Self {
        self.duplicates = duplicates;
        self
    }

    /// Sets whether a source that can't be read whole is left out, instead of being the error that ends all. Its
    /// [`cut`](SourceContent::cut) tells why.
    ///
    /// No record of it counts: if some did when it failed, all sources are read again without it. Where there is a
    /// source that can't be read again, such as standard input, the part of it that was read counts.
    #[must_use]
    pub fn keep_going(mut self, keeps_going: bool) -> Self {
        self.keeps_going = keeps_going;
        self
    }

    /// Hands all records that can't be read to a list. Inputs are then read one after the other, and saved summaries,
    /// which have not all of them, are an error.
    #[must_use]
    pub fn list_unreadable(mut self, listing: Arc<Listing>) -> Self {
        self.listing = Some(listing);
        self
    }

    /// Sets the format of all inputs. By default each has its own, found by a sample of its content.
    #[must_use]
    pub fn log_format(mut self, format: Arc<dyn LogFormat>) -> Self {
        self.log_format = Some(format);
        self
    }

    /// Sets the pieces, for tests: they read small logs in as many pieces as large ones have.
    #[must_use]
    pub(crate) fn pieces(mut self, pieces: Pieces) -> Self {
        self.pieces = pieces;
        self
    }

    /// Shares the counter of the bytes that were taken in, before decompression, to be watched from another thread.
    pub fn progress(&self) -> Arc<AtomicU64> {
        Arc::clone(&self.progress)
    }

    /// Makes the same engine with a counter of its own.
    #[must_use]
    pub(crate) fn with_own_progress(&self) -> Self {
        Self { progress: Arc::default(), ..self.clone() }
    }

    /// Shares the switch that stops a scan from another thread, with [`Error::Stopped`], as soon as the pieces at work
    /// are done: 4 MiB a thread.
    pub fn stop(&self) -> Arc<AtomicBool> {
        Arc::clone(&self.stop)
    }

    /// Counts the threads that are useful for `sources`.
    pub(crate) fn threads_for(&self, sources: &[Source]) -> usize {
        self.threads.unwrap_or_else(|| usual_threads(sources)).min(self.most_threads(sources))
    }

    fn most_threads(&self, sources: &[Source]) -> usize {
        let sizes = sources.iter().map(|source| source.len().filter(|len| *len > 0));
        let worth = |total: u64| (total / self.pieces.thread).max(1) as usize;
        sizes.sum::<Option<u64>>().map_or(usize::MAX, worth)
    }

    /// Says whether each record counts once.
    pub(crate) fn drops_repeated(&self) -> bool {
        matches!(self.duplicates, Duplicates::Drop { .. })
    }

    /// Collects the bytes of files that were read. Bytes that were read twice are an error, which is looked for always
    /// if `all` is set, and else only where a summary is among the sources. The sample of all spans and the `copies`
    /// among the sources tell files apart that only begin and end alike.
    pub(crate) fn cover(
        &self,
        sources: &[Source],
        outcomes: &[SourceOutcome],
        repeats: &Repeats,
        copies: &Copies,
        all: bool,
    ) -> Result<Coverage, Error> {
        let filters = self.filters_of(sources, outcomes)?;
        let tells =
            self.duplicates != Duplicates::Allow && (all || outcomes.iter().any(|outcome| outcome.saved.is_some()));
        let mut all = Coverage::default();
        for (nth, outcome) in outcomes.iter().enumerate() {
            if tells && all.overlap(&outcome.coverage).is_some() {
                let overlap = |first: usize| Some((first, outcomes[first].coverage.overlap(&outcome.coverage)?));
                // What is dropped of one is not in the sample.
                let is_other =
                    |first: usize| !self.drops_repeated() && are_different(outcomes, repeats, copies, [first, nth]);
                let same = (0..nth).filter_map(overlap).find(|(first, _)| !is_other(*first));
                if let Some((first, Overlap { path: of, range, .. })) = same {
                    let [first, path] = [first, nth].map(|at| sources[at].path().to_owned());
                    return Err(Error::CoveredTwice { path, first, of, range });
                }
            }
            all.merge(outcome.coverage.clone());
        }
        all.set_filters(filters);
        Ok(all)
    }

    /// Gives the filters under which all sources were read, which have to be the same: a summary knows its own.
    fn filters_of(&self, sources: &[Source], outcomes: &[SourceOutcome]) -> Result<String, Error> {
        let own = self.filter.text();
        let filters = |outcome: &SourceOutcome| match &outcome.saved {
            Some(_) => outcome.coverage.filters().to_owned(),
            None => own.clone(),
        };
        let mut all = sources.iter().zip(outcomes).filter(|(_, outcome)| !outcome.is_left_out());
        let mut all = all.by_ref().map(|(source, outcome)| (source, filters(outcome)));
        let Some((first, wanted)) = all.next() else { return Ok(own) };
        match all.find(|(_, filters)| *filters != wanted) {
            None => Ok(wanted),
            Some((source, filters)) => Err(Error::FiltersDiffer {
                path: source.path().to_owned(),
                filters,
                first: first.path().to_owned(),
                of_first: wanted,
            }),
        }
    }
}

/// Says whether two inputs that seem to have read the same bytes have not, for sure: one that seems to be all in the
/// other has a span that the other has not, or, where there are no ids, other figures or other bytes. Spans that both
/// have all the same are told as repeated records.
fn are_different(outcomes: &[SourceOutcome], repeats: &Repeats, copies: &Copies, pair: [usize; 2]) -> bool {
    let [one, other] = pair.map(|at| &outcomes[at]);
    let is_within = [other.coverage.holds(&one.coverage), one.coverage.holds(&other.coverage)];
    let is_sampled = |outcome: &SourceOutcome| match &outcome.saved {
        Some(saved) => saved.is_sampled,
        None => !outcome.lacks_ids,
    };
    if is_sampled(one) && is_sampled(other) {
        let lacking = repeats.lacking(pair);
        return is_within[0] && lacking[0] || is_within[1] && lacking[1];
    }
    match (&one.saved, &other.saved) {
        (Some(first), Some(second)) => is_within == [true; 2] && first.figures != second.figures,
        // All bytes of whole logs without ids were compared, if they are as long as each other.
        (None, None) => {
            let len = |outcome: &SourceOutcome| outcome.coverage.files().first().map(|file| file.fingerprint.len);
            let are_compared = copies.compares(pair) && len(one) == len(other);
            are_compared && !copies.contains(pair)
        }
        _ => false,
    }
}

pub(crate) fn pool(threads: usize) -> Result<ThreadPool, Error> {
    let pool = ThreadPoolBuilder::new().num_threads(threads).build();
    pool.map_err(|error| Error::Threads { threads, reason: error.to_string() })
}

/// Counts the threads to use where none are asked for: one for each processor, and twice as many where they will mostly
/// wait for a device, which is faster the more is asked of it. 4 GB that took two threads 2.5 s took four 1.9 s, while
/// of a log in memory four make 6 % less.
fn usual_threads(sources: &[Source]) -> usize {
    let processors = std::thread::available_parallelism().map_or(1, usize::from);
    if are_cold(sources) { 2 * processors } else { processors }
}
