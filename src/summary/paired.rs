//! Sources whose records tell no durations, beside the flat scan of all others: whoever can pair starts and stops does so.

use std::ops::{AddAssign, Range};
use std::sync::Mutex;

use tracerank_summary::{Account, Summary, Wanted};

use super::Seen;
use crate::engine::Filter;
use crate::engine::ledger::Tally;
use crate::engine::queue::Work;
use crate::engine::sink::Times;
use crate::formats::LogFormat;

/// Collects the records of such sources, and pairs them once all is read.
pub(crate) trait Pairing: Default + Send + Sync {
    type Worker<'a>: PairingWorker
    where
        Self: 'a;

    /// Makes a worker for a thread.
    fn worker<'a>(&'a self, filter: &'a Filter, seen: Option<&'a Seen>) -> Self::Worker<'a>;

    /// Takes in all that a worker has.
    fn drain(&self, worker: Self::Worker<'_>);

    /// Says whether there was no such source.
    fn is_empty(&self) -> bool;

    /// Puts all together, now that all is read, and adds the spans to a summary. Gives their number.
    fn pair(self, filter: &Filter, takes_once: bool, wanted: Wanted, summary: &Mutex<Summary>) -> PairedCounts;
}

/// One thread's part.
pub(crate) trait PairingWorker {
    /// Scans lines of a source.
    fn take(&mut self, work: &Work) -> Tally;

    /// Scans lines of bytes in memory.
    fn take_bytes(&mut self, format: &dyn LogFormat, bytes: &[u8], range: Range<usize>) -> Tally;
}

/// The number of spans of such sources.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct PairedCounts {
    /// Those that count.
    pub(crate) spans: u64,
    /// Those that a filter leaves out.
    pub(crate) filtered: u64,
    /// The times of these.
    pub(crate) left_out: Times,
    /// Stops that were dropped, since they were there before.
    pub(crate) repeated: u64,
    /// Starts without a stop.
    pub(crate) unfinished: u64,
    /// Stops without a start.
    pub(crate) lone: u64,
}

impl AddAssign for PairedCounts {
    fn add_assign(&mut self, other: Self) {
        self.spans += other.spans;
        self.filtered += other.filtered;
        self.left_out.add(other.left_out);
        self.repeated += other.repeated;
        self.unfinished += other.unfinished;
        self.lone += other.lone;
    }
}

impl PairedCounts {
    /// Adds them to an account, which has none of them.
    pub(crate) fn tell(&self, account: &mut Account) {
        account.spans += self.spans;
        account.filtered += self.filtered;
        account.repeated += self.repeated;
    }
}
