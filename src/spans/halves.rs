//! Starts and stops of inputs that tell no durations, beside the flat scan of all others: they are put together once all
//! is read.

use std::ops::Range;
use std::sync::{Mutex, PoisonError};

use rayon::prelude::*;
use tracerank_summary::{Account, Repeats, Summary, Wanted};

use super::analysis::Growth;
use super::counted::Counted;
use super::identity::{Identifier, Texts};
use super::key::hash;
use super::names::{KnownNames, Names};
use super::order::{Course, Order};
use super::paired::{Paired, PairedInputs};
use super::pass::lock;
use super::passing::{Nodes, Passing};
use super::share::{PARTITIONS, Share};
use super::sink::Events;
use super::{Batch, Partition};
use crate::engine::ledger::Tally;
use crate::engine::queue::Work;
use crate::engine::scanner::Scanner;
use crate::engine::{Engine, Filter, scan_work};
use crate::error::Error;
use crate::formats::LogFormat;
use crate::input::Source;
use crate::summary::{PairedCounts, Pairing, PairingWorker, Scanned, Seen};

impl Engine {
    /// Reads all of `sources` into a summary that has all that is wanted.
    pub fn scan(&self, sources: &[Source], wanted: Wanted) -> Result<Scanned, Error> {
        self.scan_pairing::<Halves>(sources, wanted)
    }

    /// Reads the lines that begin in a range of `bytes`, in memory and in this thread. The ranges of a log can be cut
    /// anywhere: their summaries, merged in order, are that of the whole, and so are the sums of their accounts.
    ///
    /// The format of bytes is not found by their content: it is `osprofiler` unless another one was set. Of one that
    /// [has no durations](LogFormat::has_durations), only spans that start and stop in the range are there.
    pub fn scan_bytes(&self, bytes: &[u8], range: Range<usize>, wanted: Wanted) -> (Summary, Account) {
        self.scan_bytes_pairing::<Halves>(bytes, range, wanted)
    }
}

/// The records of such inputs, from all threads.
#[derive(Default)]
pub(crate) struct Halves {
    names: Names,
    texts: Texts,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    stretches: Vec<Stretch>,
    repeats: Repeats,
}

/// The records of a stretch of input, and its place.
struct Stretch {
    source: usize,
    offset: u64,
    batch: Batch,
    course: Course,
}

/// One thread's part.
pub(crate) struct HalvesWorker<'a> {
    scanner: Scanner<Events<'a, Counted<'a>>>,
    stretches: Vec<Stretch>,
}

impl PairingWorker for HalvesWorker<'_> {
    fn take(&mut self, work: &Work) -> Tally {
        let tally = scan_work(&mut self.scanner, work);
        self.keep(&*work.format, (work.source, work.offset()), tally)
    }

    fn take_bytes(&mut self, format: &dyn LogFormat, bytes: &[u8], range: Range<usize>) -> Tally {
        let tally = self.scanner.scan(format, bytes, range, 0, 0);
        self.keep(format, (0, 0), tally)
    }
}

impl HalvesWorker<'_> {
    fn keep(&mut self, format: &dyn LogFormat, (source, offset): (usize, u64), tally: Tally) -> Tally {
        let (batch, times) = self.scanner.sink().take(Batch::new(Share::ALL));
        let course = Course::of(format, times, tally.account.records);
        self.stretches.push(Stretch { source, offset, batch, course });
        tally
    }
}

impl Pairing for Halves {
    type Worker<'a> = HalvesWorker<'a>;

    fn worker<'a>(&'a self, filter: &'a Filter, seen: Option<&'a Seen>) -> HalvesWorker<'a> {
        let identifier = Identifier::new(&self.texts, true);
        let only = filter.only_base_id().map(hash);
        let next = Counted::new(filter, seen);
        let events = Events::new(KnownNames::new(&self.names), Some(identifier), Share::ALL, only, next);
        HalvesWorker { scanner: Scanner::new(events), stretches: Vec::new() }
    }

    fn drain(&self, worker: HalvesWorker<'_>) {
        let HalvesWorker { scanner, stretches } = worker;
        let mut state = lock(&self.state);
        state.stretches.extend(stretches);
        state.repeats.merge(&scanner.into_sink().into_next().into_repeats());
    }

    fn is_empty(&self) -> bool {
        lock(&self.state).stretches.is_empty()
    }

    fn pair(self, filter: &Filter, takes_once: bool, wanted: Wanted, summary: &Mutex<Summary>) -> PairedCounts {
        let State { mut stretches, repeats } = self.state.into_inner().unwrap_or_else(PoisonError::into_inner);
        stretches.sort_unstable_by_key(|stretch| (stretch.source, stretch.offset));
        let sources = stretches.last().map_or(0, |last| last.source + 1);
        let mut courses = vec![Course::default(); sources];
        stretches.iter().for_each(|stretch| courses[stretch.source].append(&stretch.course));
        let orders: Vec<Order> = courses.iter().map(Course::order).collect();
        let inputs: Vec<bool> = courses.iter().map(|course| course.lacks_durations).collect();
        let names = self.names.into_names();
        let texts = wanted.shards.then_some(&self.texts);
        let of = PairedInputs { inputs: &inputs, names: &names, texts };
        let passing = Passing::new(filter, Nodes::All, &names);
        let take = |number: usize, paired: &mut Paired<'_>| {
            let mut partition = Partition::new(takes_once);
            for Stretch { source, batch, .. } in &stretches {
                for run in batch.of(number) {
                    partition.take_or_keep(run, *source as u32, true, &orders, &());
                }
            }
            partition.settle(&orders, &());
            partition.finish(passing.as_ref(), &mut Growth::default(), &(), |forest| paired.take(forest));
        };
        let numbers: Vec<usize> = (0..PARTITIONS).collect();
        let of_some = |numbers: &[usize]| {
            let mut paired = Paired::new(summary, wanted, of);
            numbers.iter().for_each(|number| take(*number, &mut paired));
            paired.finish()
        };
        let counts =
            numbers.par_chunks(PARTITIONS / 16).map(of_some).reduce(PairedCounts::default, |mut sum, counts| {
                sum += counts;
                sum
            });
        lock(summary).add_repeats(&repeats);
        counts
    }
}
