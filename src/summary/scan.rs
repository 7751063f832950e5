//! The flat scan: all inputs into one summary.

use std::ops::Range;
use std::sync::{Mutex, PoisonError};

use tracerank_summary::saved::Saved;
use tracerank_summary::{Account, Coverage, Malformed, Repeated, Summary, Wanted};
use tracing::{Span, debug_span};

use super::sink::Flat;
use super::{PairedCounts, Pairing, PairingWorker, Seen, Table};
use crate::engine::copies::Copies;
use crate::engine::ledger::{SHOWN_MALFORMED, Tally};
use crate::engine::left_out::LeftOut;
use crate::engine::outcome::SourceOutcome;
use crate::engine::places::Places;
use crate::engine::queue::Work;
use crate::engine::scanner::Scanner;
use crate::engine::verdict::{Reading, is_too_many, problems_of};
use crate::engine::{Duplicates, Engine, Gather, Problem, SourceContent, Worker, copies, pool, position, scan_work};
use crate::error::Error;
use crate::formats::LogFormat;
use crate::formats::osprofiler::Osprofiler;
use crate::input::Source;

/// The result of a scan.
#[derive(Debug)]
#[non_exhaustive]
pub struct Scanned {
    /// The summary of the log's names.
    pub summary: Summary,
    /// The account of all lines.
    pub account: Account,
    /// The first three malformed and torn records.
    pub malformed: Vec<Malformed>,
    /// The bytes of files that were read.
    pub coverage: Coverage,
    /// The contents of each source, in the order of the sources.
    pub sources: Vec<SourceContent>,
    /// The records that are there more than once, unless they are allowed.
    pub repeated: Option<Repeated>,
    /// Inputs without ids that have the content of an earlier one, after that one.
    copies: Vec<(usize, usize)>,
    /// The times at fixed steps, which are those of a summary that is to be saved.
    times_at_steps: Option<[i64; 2]>,
    /// The spans of the flat scan whose durations are the time from their starts to their stops, if there are any.
    pub(crate) paired: Option<PairedCounts>,
}

impl From<Scanned> for Saved {
    fn from(scanned: Scanned) -> Self {
        let Scanned { summary, account, malformed, coverage, times_at_steps, .. } = scanned;
        let account = Account { times_us: times_at_steps, ..account };
        Self { summary, account, malformed, coverage }
    }
}

/// A summary, the outcome of each source, and the spans of sources that tell no durations, if there are any.
type FlatOutcomes = (Summary, Vec<SourceOutcome>, Option<PairedCounts>);

impl Engine {
    /// Reads all of `sources` into a summary that has all that is wanted. Starts and stops of those that tell no durations
    /// are paired in a way that is given.
    pub(crate) fn scan_pairing<P: Pairing>(&self, sources: &[Source], wanted: Wanted) -> Result<Scanned, Error> {
        let mut left_out = LeftOut::default();
        loop {
            let (summary, mut outcomes, paired) = self.scan_all_but::<P>(sources, &left_out, wanted)?;
            if !self.leaves_out_more(sources, &mut outcomes, &mut left_out) {
                left_out.tell(&mut outcomes);
                let mut scanned = Scanned::new(self, sources, outcomes, summary)?;
                paired.iter().for_each(|counts| counts.tell(&mut scanned.account));
                scanned.paired = paired;
                return Ok(scanned);
            }
        }
    }

    /// Reads `sources`, but none of `left_out`.
    fn scan_all_but<P: Pairing>(
        &self,
        sources: &[Source],
        left_out: &LeftOut,
        wanted: Wanted,
    ) -> Result<FlatOutcomes, Error> {
        let summary = Mutex::new(Summary::with(wanted));
        let stage = debug_span!("scan").entered();
        let takes_saved = self.filter.is_empty();
        let (seen, halves) = (self.seen(), P::default());
        let outcomes = if wanted.shards {
            let gather = FlatGather::<P, true> {
                engine: self,
                wanted,
                summary: &summary,
                seen: seen.as_ref(),
                halves: &halves,
                stage: &stage,
            };
            self.read(sources, takes_saved, None, left_out, &gather)
        } else {
            let gather = FlatGather::<P, false> {
                engine: self,
                wanted,
                summary: &summary,
                seen: seen.as_ref(),
                halves: &halves,
                stage: &stage,
            };
            self.read(sources, takes_saved, None, left_out, &gather)
        }?;
        self.check_seen(sources, &outcomes, seen.as_ref())?;
        let paired = if halves.is_empty() {
            None
        } else {
            let pair = || halves.pair(&self.filter, self.drops_repeated(), wanted, &summary);
            Some(pool(self.threads_for(sources))?.install(pair))
        };
        Ok((unwrap(summary), outcomes, paired))
    }

    /// Makes the set of the spans that were counted, if each is to be counted once.
    pub(crate) fn seen(&self) -> Option<Seen> {
        match self.duplicates {
            Duplicates::Drop { limit } => Some(Seen::new(limit)),
            Duplicates::Warn | Duplicates::Allow => None,
        }
    }

    /// Makes sure that each span could be counted once.
    pub(crate) fn check_seen(
        &self,
        sources: &[Source],
        outcomes: &[SourceOutcome],
        seen: Option<&Seen>,
    ) -> Result<(), Error> {
        let (Some(seen), Duplicates::Drop { limit }) = (seen, self.duplicates) else { return Ok(()) };
        let error = |source: usize, reason| Error::NotDroppable { path: sources[source].path().to_owned(), reason };
        if let Some(saved) = outcomes.iter().position(|outcome| outcome.saved.is_some()) {
            return Err(error(saved, "is a summary, which has no single records"));
        }
        if let Some(source) = seen.without_ids() {
            return Err(error(source.min(sources.len() - 1), "has records without ids"));
        }
        if seen.is_full() { Err(Error::MemoryLimit { limit }) } else { Ok(()) }
    }

    /// Reads the lines that begin in a range of `bytes`, in memory and in this thread. Starts and stops of a format that
    /// tells no durations are paired in a way that is given.
    pub(crate) fn scan_bytes_pairing<P: Pairing>(
        &self,
        bytes: &[u8],
        range: Range<usize>,
        wanted: Wanted,
    ) -> (Summary, Account) {
        let range = range.start.min(bytes.len())..range.end.min(bytes.len());
        let summary = Mutex::new(Summary::with(wanted));
        if let Some(format) = self.log_format.as_deref().filter(|format| !format.has_durations()) {
            return self.pair_bytes::<P>(format, bytes, range, wanted);
        }
        let table = Table::new(&summary, wanted);
        let tally = if wanted.shards {
            self.scan_range::<true>(table, bytes, &range)
        } else {
            self.scan_range::<false>(table, bytes, &range)
        };
        let account = Account { files: 1, bytes: range.len() as u64, ..tally.account };
        (unwrap(summary), account)
    }

    fn pair_bytes<P: Pairing>(
        &self,
        format: &dyn LogFormat,
        bytes: &[u8],
        range: Range<usize>,
        wanted: Wanted,
    ) -> (Summary, Account) {
        let (summary, halves) = (Mutex::new(Summary::with(wanted)), P::default());
        let mut worker = halves.worker(&self.filter, None);
        let begin = Places::new(format, bytes).first(&range);
        let tally = begin.map(|begin| worker.take_bytes(format, bytes, begin..range.end)).unwrap_or_default();
        halves.drain(worker);
        let paired = halves.pair(&self.filter, self.drops_repeated(), wanted, &summary);
        let mut account = Account { files: 1, bytes: range.len() as u64, ..tally.account };
        paired.tell(&mut account);
        (unwrap(summary), account)
    }

    fn scan_range<const SHARDED: bool>(&self, table: Table<'_>, bytes: &[u8], range: &Range<usize>) -> Tally {
        let format: &dyn LogFormat = self.log_format.as_deref().unwrap_or(&Osprofiler);
        let mut scanner = Scanner::new(Flat::<SHARDED>::new(table, &self.filter, None));
        let begin = Places::new(format, bytes).first(range);
        let tally = begin.map(|begin| scanner.scan(format, bytes, begin..range.end, 0, 0)).unwrap_or_default();
        scanner.into_sink().finish();
        tally
    }
}

fn unwrap(summary: Mutex<Summary>) -> Summary {
    summary.into_inner().unwrap_or_else(PoisonError::into_inner)
}

/// Gathers a table on each thread, and one summary in the end.
struct FlatGather<'s, P, const SHARDED: bool> {
    engine: &'s Engine,
    wanted: Wanted,
    summary: &'s Mutex<Summary>,
    seen: Option<&'s Seen>,
    /// The records of sources that tell no durations.
    halves: &'s P,
    stage: &'s Span,
}

struct FlatWorker<'a, P: Pairing, const SHARDED: bool> {
    gather: &'a FlatGather<'a, P, SHARDED>,
    scanner: Scanner<Flat<'a, SHARDED>>,
    /// Made for the first source that tells no durations.
    halves: Option<P::Worker<'a>>,
    of_saved: Summary,
    /// Ends with the worker.
    #[expect(dead_code, reason = "it is there to be dropped")]
    stage: tracing::span::EnteredSpan,
}

impl<P: Pairing, const SHARDED: bool> Gather for FlatGather<'_, P, SHARDED> {
    type Worker<'a>
        = FlatWorker<'a, P, SHARDED>
    where
        Self: 'a;

    fn worker(&self) -> FlatWorker<'_, P, SHARDED> {
        let table = Table::new(self.summary, self.wanted);
        FlatWorker {
            gather: self,
            halves: None,
            scanner: Scanner::new(Flat::new(table, &self.engine.filter, self.seen)),
            of_saved: Summary::with(self.wanted),
            stage: debug_span!(parent: self.stage, "scan-thread").entered(),
        }
    }

    fn drain(&self, worker: FlatWorker<'_, P, SHARDED>) {
        let FlatWorker { scanner, halves, of_saved, .. } = worker;
        let _span = debug_span!("merge-tables").entered();
        scanner.into_sink().finish();
        halves.into_iter().for_each(|worker| self.halves.drain(worker));
        if !of_saved.is_empty() {
            let mut summary = self.summary.lock().unwrap_or_else(PoisonError::into_inner);
            summary.absorb_all(of_saved, |position| position);
        }
    }
}

impl<P: Pairing, const SHARDED: bool> Worker for FlatWorker<'_, P, SHARDED> {
    fn take(&mut self, work: &Work) -> Tally {
        let _span = debug_span!("parse-chunk").entered();
        if work.format.has_durations() {
            return scan_work(&mut self.scanner, work);
        }
        let FlatGather { engine, halves, seen, .. } = self.gather;
        self.halves.get_or_insert_with(|| halves.worker(&engine.filter, *seen)).take(work)
    }

    fn add(&mut self, source: usize, mut summary: Summary) {
        summary.set_input(source);
        self.of_saved.absorb_all(summary, |rank| position(source, rank));
    }
}

impl Scanned {
    /// Lists the problems of the `sources` that it was scanned from: malformed records, then sources that ended
    /// early, then arguments without a record.
    ///
    /// ```
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// use tracerank::engine::{Engine, Problem, Severity};
    /// use tracerank::input;
    /// use tracerank_summary::Wanted;
    ///
    /// let sources = input::resolve(&["Cargo.toml".into()], false).map_err(|mut errors| errors.remove(0))?;
    /// let scanned = Engine::default().scan(&sources, Wanted::ALL)?;
    /// let problems = scanned.problems(&sources);
    /// assert!(matches!(problems.as_slice(), [Problem::NoRecord { argument: 0, files: 1, .. }]));
    /// assert_eq!(Severity::worst(&problems), Some(Severity::Failure));
    /// # Ok(())
    /// # }
    /// ```
    pub fn problems<'a>(&'a self, sources: &[Source]) -> Vec<Problem<'a>> {
        let Self { account, malformed, sources: contents, repeated, copies, .. } = self;
        let mut problems =
            problems_of(sources, &Reading { account, malformed, contents, repeated: repeated.as_ref(), copies });
        problems.extend(self.incomplete());
        problems
    }

    /// Gives the problem that too many spans lack their start or their stop, where both have to be there.
    fn incomplete(&self) -> Option<Problem<'static>> {
        let PairedCounts { spans, filtered, unfinished, lone, .. } = self.paired?;
        let spans = spans + filtered + unfinished + lone;
        let many = |count: u64| if is_too_many(count, spans) { count } else { 0 };
        let (unfinished, cut_off) = (many(unfinished), many(lone));
        (unfinished + cut_off > 0).then_some(Problem::Incomplete { unfinished, cut_off, spans })
    }

    /// Adds the spans whose durations their records do not tell, which a scan beside trees has left out.
    pub(crate) fn add_paired(&mut self, summary: Summary, counts: &PairedCounts) {
        self.summary.absorb_all(summary, |position| position);
        counts.tell(&mut self.account);
    }

    /// Estimates the share (0 to 1) of its spans that the other one has read, too. Where there are no ids, it is all of
    /// them if the logs are the same as far as can be told: the same file and the same figures.
    pub fn share_in(&self, other: &Self) -> f64 {
        let (one, two) = (&self.summary, &other.summary);
        if one.repeats().known() > 0 && two.repeats().known() > 0 {
            return one.repeats().share_in(two.repeats());
        }
        let figures = |summary: &Summary| summary.rows().map(|row| (row.name.to_vec(), *row.stats)).collect::<Vec<_>>();
        let is_same = self.coverage.overlap(&other.coverage).is_some() && figures(one) == figures(two);
        if is_same { 1.0 } else { 0.0 }
    }

    /// Says whether it is an answer at all: there is a record, and of no argument are more unreadable than not.
    pub fn is_answer(&self, sources: &[Source]) -> bool {
        let is_unreadable = |problem: &Problem<'_>| matches!(problem, Problem::MostlyUnreadable { .. });
        self.account.records > 0 && !self.problems(sources).iter().any(is_unreadable)
    }

    /// Adds up the outcomes of the sources.
    pub(crate) fn new(
        engine: &Engine,
        sources: &[Source],
        outcomes: Vec<SourceOutcome>,
        summary: Summary,
    ) -> Result<Self, Error> {
        let is_allowed = engine.duplicates == Duplicates::Allow;
        let copies = if is_allowed { Copies::default() } else { copies::find(sources, &outcomes) };
        let coverage = engine.cover(sources, &outcomes, summary.repeats(), &copies, summary.has_shards())?;
        let repeated = summary.repeats().repeated().filter(|_| !is_allowed);
        let copies = copies.pairs;
        let (account, malformed) = Default::default();
        let (sources_of, times_at_steps, paired) = Default::default();
        let mut scanned = Self {
            summary,
            account,
            malformed,
            coverage,
            sources: sources_of,
            repeated,
            copies,
            times_at_steps,
            paired,
        };
        for (source, mut outcome) in sources.iter().zip(outcomes) {
            let is_saved = outcome.saved.is_some();
            let (account, malformed) = outcome.account(source);
            let sum = scanned.account.checked_add(account);
            scanned.account = sum.ok_or_else(|| Error::TooMuch { path: source.path().to_owned() })?;
            scanned.malformed.extend(malformed);
            let SourceOutcome { begin, compression, log_format, parting, cut, ledger, .. } = outcome;
            let left_out = ledger.left_out();
            let read = SourceContent { account, begin, compression, log_format, parting, cut, is_saved, left_out };
            scanned.sources.push(read);
        }
        scanned.malformed.truncate(SHOWN_MALFORMED);
        scanned.times_at_steps = scanned.account.times_us;
        scanned.account.add_times(scanned.coverage.times_us());
        if scanned.sources.iter().any(|source| source.is_saved) {
            // The parts of a file are one file.
            scanned.account.files = scanned.coverage.files().len() as u64;
        }
        Ok(scanned)
    }
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;
    use crate::engine::{Engine, Severity};
    use crate::input;

    /// Lists the problems of files of testdata, and their severity.
    fn verdict(paths: &[&str]) -> (String, Option<Severity>) {
        let paths: Vec<_> = paths.iter().map(|path| PathBuf::from(format!("testdata/{path}"))).collect();
        let sources = input::resolve(&paths, false).unwrap();
        let scanned = Engine::default().scan(&sources, Wanted::ALL).unwrap();
        let problems = scanned.problems(&sources);
        (format!("{problems:?}"), Severity::worst(&problems))
    }

    #[test]
    fn a_good_log_has_no_problem() {
        assert_eq!(verdict(&["corpus/basic.log", "corpus/mixed.log"]), ("[]".to_owned(), None));
    }

    #[test]
    fn every_argument_needs_a_record() {
        let expected = "[NoRecord { argument: 1, files: 1, looks_like: None, log_format: Some(\"osprofiler\"), parting: None, \
                        begins_as: None }]";
        let found = verdict(&["corpus/basic.log", "malformed/expected.tsv", "corpus/mixed.log"]);
        assert_eq!(found, (expected.to_owned(), Some(Severity::Failure)));
    }

    #[test]
    fn malformed_records_are_a_warning_unless_there_is_nothing_else() {
        let (problems, worst) = verdict(&["corpus", "malformed"]);
        assert!(
            problems.starts_with("[MalformedRecords { count: ") && !problems.contains("OnlyMalformed"),
            "{problems}"
        );
        assert_eq!(worst, Some(Severity::Warning));
    }
}
