//! The flat scan: all inputs into one summary.

use std::ops::Range;
use std::sync::{Mutex, PoisonError};

use tracerank_summary::saved::Saved;
use tracerank_summary::{Account, Coverage, Malformed, Summary, Wanted};
use tracing::{Span, debug_span};

use super::Table;
use super::sink::Flat;
use crate::engine::ledger::{SHOWN_MALFORMED, Tally};
use crate::engine::outcome::SourceOutcome;
use crate::engine::queue::Work;
use crate::engine::scanner::Scanner;
use crate::engine::verdict::{Reading, problems_of};
use crate::engine::{Engine, Gather, Problem, SourceContent, Worker, position, scan_work};
use crate::error::Error;
use crate::formats::LogFormat;
use crate::formats::osprofiler::Osprofiler;
use crate::input::{Source, chunk};

/// The result of a scan.
#[derive(Debug)]
#[non_exhaustive]
pub struct Scanned {
    /// The summary of the log's names.
    pub summary: Summary,
    /// The account of all lines.
    pub account: Account,
    /// The first three malformed records.
    pub malformed: Vec<Malformed>,
    /// The bytes of files that were read.
    pub coverage: Coverage,
    /// The contents of each source, in the order of the sources.
    pub sources: Vec<SourceContent>,
}

impl From<Scanned> for Saved {
    fn from(scanned: Scanned) -> Self {
        let Scanned { summary, account, malformed, coverage, .. } = scanned;
        Self { summary, account, malformed, coverage }
    }
}

impl Engine {
    /// Reads all of `sources` into a summary that has all that is wanted.
    pub fn scan(&self, sources: &[Source], wanted: Wanted) -> Result<Scanned, Error> {
        let summary = Mutex::new(Summary::with(wanted));
        let stage = debug_span!("scan").entered();
        let takes_saved = self.filter.is_empty();
        let outcomes = if wanted.shards {
            let gather = FlatGather::<true> { engine: self, wanted, summary: &summary, stage: &stage };
            self.read(sources, takes_saved, None, &gather)
        } else {
            let gather = FlatGather::<false> { engine: self, wanted, summary: &summary, stage: &stage };
            self.read(sources, takes_saved, None, &gather)
        }?;
        let coverage = self.cover(sources, &outcomes, wanted.shards)?;
        Ok(Scanned::new(sources, outcomes, unwrap(summary), coverage))
    }

    /// Reads the lines that begin in a range of `bytes`, in memory and in this thread. The ranges of a log can be cut
    /// anywhere: their summaries, merged in order, are that of the whole, and so are the sums of their accounts.
    ///
    /// The format of bytes is not found by their content: it is `osprofiler` unless another one was set.
    pub fn scan_bytes(&self, bytes: &[u8], range: Range<usize>, wanted: Wanted) -> (Summary, Account) {
        let range = range.start.min(bytes.len())..range.end.min(bytes.len());
        let summary = Mutex::new(Summary::with(wanted));
        let table = Table::new(&summary, wanted);
        let tally = if wanted.shards {
            self.scan_range::<true>(table, bytes, &range)
        } else {
            self.scan_range::<false>(table, bytes, &range)
        };
        let account = Account { files: 1, bytes: range.len() as u64, ..tally.account };
        (unwrap(summary), account)
    }

    fn scan_range<const SHARDED: bool>(&self, table: Table<'_>, bytes: &[u8], range: &Range<usize>) -> Tally {
        let format: &dyn LogFormat = self.log_format.as_deref().unwrap_or(&Osprofiler);
        let mut scanner = Scanner::new(Flat::<SHARDED>::new(table, &self.filter));
        let begin = chunk::first_line(bytes, range);
        let tally = begin.map(|begin| scanner.scan(format, bytes, begin..range.end, 0, 0)).unwrap_or_default();
        scanner.into_sink().finish();
        tally
    }
}

fn unwrap(summary: Mutex<Summary>) -> Summary {
    summary.into_inner().unwrap_or_else(PoisonError::into_inner)
}

/// Gathers a table on each thread, and one summary in the end.
struct FlatGather<'s, const SHARDED: bool> {
    engine: &'s Engine,
    wanted: Wanted,
    summary: &'s Mutex<Summary>,
    stage: &'s Span,
}

struct FlatWorker<'a, const SHARDED: bool> {
    scanner: Scanner<Flat<'a, SHARDED>>,
    of_saved: Summary,
    /// Ends with the worker.
    #[expect(dead_code, reason = "it is there to be dropped")]
    stage: tracing::span::EnteredSpan,
}

impl<const SHARDED: bool> Gather for FlatGather<'_, SHARDED> {
    type Worker<'a>
        = FlatWorker<'a, SHARDED>
    where
        Self: 'a;

    fn worker(&self) -> FlatWorker<'_, SHARDED> {
        let table = Table::new(self.summary, self.wanted);
        FlatWorker {
            scanner: Scanner::new(Flat::new(table, &self.engine.filter)),
            of_saved: Summary::with(self.wanted),
            stage: debug_span!(parent: self.stage, "scan-thread").entered(),
        }
    }

    fn drain(&self, worker: FlatWorker<'_, SHARDED>) {
        let FlatWorker { scanner, of_saved, .. } = worker;
        let _span = debug_span!("merge-tables").entered();
        scanner.into_sink().finish();
        if !of_saved.is_empty() {
            let mut summary = self.summary.lock().unwrap_or_else(PoisonError::into_inner);
            summary.absorb_all(of_saved, |position| position);
        }
    }
}

impl<const SHARDED: bool> Worker for FlatWorker<'_, SHARDED> {
    fn take(&mut self, work: &Work) -> Tally {
        debug_span!("parse-chunk").in_scope(|| scan_work(&mut self.scanner, work))
    }

    fn add(&mut self, source: usize, summary: Summary) {
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
        let Self { account, malformed, sources: contents, .. } = self;
        problems_of(sources, &Reading { account, malformed, contents })
    }

    /// Adds up the outcomes of the sources.
    pub(crate) fn new(sources: &[Source], outcomes: Vec<SourceOutcome>, summary: Summary, coverage: Coverage) -> Self {
        let mut scanned =
            Self { summary, account: Account::default(), malformed: Vec::new(), coverage, sources: Vec::new() };
        for (source, mut outcome) in sources.iter().zip(outcomes) {
            let is_saved = outcome.saved.is_some();
            let (account, malformed) = outcome.account(source);
            scanned.account += account;
            scanned.malformed.extend(malformed);
            let SourceOutcome { begin, compression, log_format, cut, .. } = outcome;
            scanned.sources.push(SourceContent { account, begin, compression, log_format, cut, is_saved });
        }
        scanned.malformed.truncate(SHOWN_MALFORMED);
        if scanned.sources.iter().any(|source| source.is_saved) {
            // The parts of a file are one file.
            scanned.account.files = scanned.coverage.files().len() as u64;
        }
        scanned
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
        let expected = "[NoRecord { argument: 1, files: 1, looks_like: None, log_format: Some(\"osprofiler\"), \
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
