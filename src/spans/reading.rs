//! The span engine's driver. The input goes by in windows. While some threads parse one window, others hand the events
//! of the window before to the partitions.
//!
//! So partitions take records in the order of the input, and only two windows of events are in memory beside their
//! spans.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use rayon::prelude::*;
use tracerank_summary::{Summary, Wanted};
use tracing::debug_span;

use super::analysis::Analysis;
use super::counted::Counted;
use super::key::hash;
use super::memory::Memory;
use super::sink::{Events, Times};
use super::{Batch, CallTree, Growth, Identifier, KnownNames, Names, PARTITIONS, Partition, Share, Texts};
use crate::engine::ledger::Tally;
use crate::engine::openings::Openings;
use crate::engine::outcome::SourceOutcome;
use crate::engine::queue::{Queue, Work};
use crate::engine::scanner::Scanner;
use crate::engine::sink::Sink;
use crate::engine::{Engine, Pieces, Worker, pool, scan_work, work};
use crate::error::Error;
use crate::input::Source;
use crate::simd::{Cpu, Kernel, dispatch};
use crate::summary::sink::Flat;
use crate::summary::{Scanned, Table};

/// The answer of a scan for trees.
#[derive(Debug)]
#[non_exhaustive]
pub struct TreeReading {
    /// The result of a flat scan.
    pub scanned: Scanned,
    /// The trees.
    pub trees: Trees,
}

/// Spans in trees.
#[derive(Debug)]
#[non_exhaustive]
pub struct Trees {
    /// The calling-context tree of the spans that the filter keeps.
    pub tree: CallTree,
    /// The number of times that the sources were read.
    pub readings: u64,
}

/// The records of some work, and its place in the input.
struct Parsed {
    source: usize,
    offset: u64,
    batch: Batch,
    times: Times,
}

impl Engine {
    /// Reads all of `sources`, and puts their spans into trees. The program takes no more than `limit` bytes of memory,
    /// pages of mapped files aside. Where that is not enough, the sources are read again for the next share of trace
    /// groups. The summary of a flat scan is made beside it if one is wanted, and otherwise stays empty.
    pub fn grow(&self, sources: &[Source], limit: usize, wanted: Option<Wanted>) -> Result<TreeReading, Error> {
        self.grow_with(sources, limit, wanted, ()).map(|(reading, ())| reading)
    }

    /// Grows the trees, and beside them an analysis of all trace groups.
    pub(crate) fn grow_with<A: Analysis>(
        &self,
        sources: &[Source],
        limit: usize,
        wanted: Option<Wanted>,
        analysis: A,
    ) -> Result<(TreeReading, A::Found), Error> {
        let memory = self.memory(sources, limit)?;
        let reader = TreeReader {
            engine: self,
            sources,
            memory,
            wanted,
            names: Names::default(),
            openings: Openings::default(),
        };
        pool(memory.threads)?.install(|| reader.read(analysis))
    }

    fn memory(&self, sources: &[Source], limit: usize) -> Result<Memory, Error> {
        let Pieces { window, spans, .. } = self.pieces;
        let threads = self.threads_for(sources);
        match spans {
            Some(spans) => Ok(Memory { limit, threads, spans, paths: usize::MAX, window }),
            None => Memory::within(limit, threads, window),
        }
    }
}

/// Reads all sources as often as the memory limit demands.
struct TreeReader<'a> {
    engine: &'a Engine,
    sources: &'a [Source],
    memory: Memory,
    wanted: Option<Wanted>,
    names: Names,
    openings: Openings,
}

impl TreeReader<'_> {
    fn read<A: Analysis>(self, mut analysis: A) -> Result<(TreeReading, A::Found), Error> {
        let (mut all, mut scanned) = (Growth::default(), None);
        let mut shares = vec![Share::ALL];
        let mut readings = 0;
        while let Some(share) = shares.pop() {
            readings += 1;
            if readings > 1
                && let Some(once) = self.sources.iter().find(|source| source.len().is_none())
            {
                return Err(Error::OnlyOnce { path: once.path().to_owned(), limit: self.memory.limit });
            }
            let texts = Texts::default();
            let wanted = self.wanted.filter(|_| readings == 1);
            let (found, read) = self.read_share(share, &mut shares, wanted, &texts, &mut analysis)?;
            if scanned.is_none() {
                all.counts.steps_back = found.steps_back;
                scanned = Some(self.scanned(read)?);
            } else if let Some(cut) = read.1.into_iter().find_map(|outcome| outcome.cut) {
                // The first reading had all of it.
                return Err(cut);
            }
            let mut growth = self.finish(found.partitions, &analysis)?;
            analysis.settle(&mut growth.part, &texts);
            add(&mut all, growth, &analysis);
            self.memory.hold_paths(all.tree.bytes() + self.names.bytes())?;
        }
        let scanned = scanned.unwrap_or_else(|| unreachable!("there is one share at least"));
        let names = self.names.into_names();
        let tree = CallTree::new(&all.tree, &names, all.counts, self.engine.filter.is_empty());
        let reading = TreeReading { scanned, trees: Trees { tree, readings } };
        Ok((reading, analysis.found(all.part, &names)))
    }

    /// Reads a share of the trace groups, and puts those that do not fit into `left`. Makes a summary beside it, if one
    /// is wanted.
    fn read_share<A: Analysis>(
        &self,
        share: Share,
        left: &mut Vec<Share>,
        wanted: Option<Wanted>,
        texts: &Texts,
        analysis: &mut A,
    ) -> Result<(Found, (Summary, Vec<SourceOutcome>)), Error> {
        let queue = Queue::in_order(self.engine, self.sources, &self.openings);
        let pass_wanted = wanted.unwrap_or(Wanted::NOTHING);
        let summary = Mutex::new(Summary::with(pass_wanted));
        let (engine, memory, names) = (self.engine, self.memory, &self.names);
        let batches = Mutex::default();
        let mut pass = Pass { engine, memory, queue: &queue, names, share, left, texts, analysis, batches };
        let found = if wanted.is_some() {
            let table = || Flat::<false>::new(Table::new(&summary, pass_wanted), &engine.filter, None);
            pass.run(table, Flat::finish)?
        } else {
            let add = |counted: Counted<'_>| lock(&summary).add_repeats(&counted.into_repeats());
            pass.run(|| Counted::new(&engine.filter), add)?
        };
        Ok((found, (summary.into_inner().unwrap_or_else(PoisonError::into_inner), queue.finish()?)))
    }

    fn scanned(&self, (summary, outcomes): (Summary, Vec<SourceOutcome>)) -> Result<Scanned, Error> {
        Scanned::new(self.engine, self.sources, outcomes, summary)
    }

    /// Grows the tree of all partitions, and their analysis.
    fn finish<A: Analysis>(&self, mut partitions: Vec<Partition>, analysis: &A) -> Result<Growth<A::Part>, Error> {
        let _span = debug_span!("grow-trees").entered();
        let kept = self.engine.filter.kept_times();
        // The largest come first, so that threads end nearly together.
        partitions.sort_unstable_by_key(Partition::spans);
        let left = Mutex::new(partitions);
        let of_thread = |_| {
            let mut growth = Growth::default();
            while let Some(partition) = pop(&left) {
                partition.finish(&kept, &mut growth, analysis);
                self.memory.hold_paths(growth.tree.bytes())?;
            }
            Ok(growth)
        };
        let growths = (0..rayon::current_num_threads()).into_par_iter().with_max_len(1).map(of_thread);
        growths.try_reduce(Growth::default, |mut growth, other| {
            add(&mut growth, other, analysis);
            self.memory.hold_paths(growth.tree.bytes())?;
            Ok(growth)
        })
    }
}

fn add<A: Analysis>(growth: &mut Growth<A::Part>, other: Growth<A::Part>, analysis: &A) {
    growth.tree.merge(&other.tree);
    growth.counts += other.counts;
    analysis.merge(&mut growth.part, other.part);
}

/// One reading of all sources.
struct Pass<'a, 'p, A> {
    engine: &'a Engine,
    memory: Memory,
    queue: &'a Queue<'a>,
    names: &'a Names,
    share: Share,
    /// The shares that are still to be read.
    left: &'p mut Vec<Share>,
    /// The texts of ids, where they are asked for.
    texts: &'a Texts,
    analysis: &'p mut A,
    /// Batches that were worked off, for their memory.
    batches: Mutex<Vec<Batch>>,
}

/// The result of a reading.
struct Found {
    partitions: Vec<Partition>,
    steps_back: u64,
}

impl<'a, A: Analysis> Pass<'a, '_, A> {
    /// Reads all. Records go to the partitions, and to a sink of each thread.
    fn run<S: Sink + Send>(&mut self, sink: impl Fn() -> S, finish: impl Fn(S)) -> Result<Found, Error> {
        let mut partitions: Vec<Partition> = (0..PARTITIONS).map(|_| Partition::default()).collect();
        let mut times: BTreeMap<usize, Times> = BTreeMap::new();
        let mut threads: Vec<_> = (0..rayon::current_num_threads()).map(|_| self.scanner(sink())).collect();
        let mut window = self.parse(&mut threads);
        while !window.is_empty() {
            for parsed in &window {
                times.entry(parsed.source).or_default().append(parsed.times);
            }
            self.names.look(|names| self.analysis.learn_names(names));
            let this = &*self;
            // Both run at once, so that a thread that is done with one helps with the other.
            let work_off = || work_off(&mut partitions, &window, &*this.analysis);
            let ((), next) = rayon::join(work_off, || this.parse(&mut threads));
            let done = std::mem::replace(&mut window, next);
            lock(&self.batches).extend(done.into_iter().map(|parsed| parsed.batch));
            self.memory.hold_paths(self.names.bytes())?;
            if self.bytes(&partitions) > self.memory.spans {
                self.forget_others(partitions.len());
            }
            while self.bytes(&partitions) > self.memory.spans {
                self.drop_half(&mut partitions)?;
            }
        }
        threads.into_iter().for_each(|scanner| finish(scanner.into_sink().into_next()));
        Ok(Found { partitions, steps_back: times.values().map(|times| times.steps_back).sum() })
    }

    fn scanner<S: Sink>(&self, beside: S) -> Scanner<Events<'a, S>> {
        let only = self.engine.filter.only_base_id().map(hash);
        let identifier = A::ASKS_FOR_IDS.then(|| Identifier::new(self.texts));
        Scanner::new(Events::new(KnownNames::new(self.names), identifier, self.share, only, beside))
    }

    /// Parses a window, and gives its records in the order of the input.
    fn parse<S: Sink + Send>(&self, threads: &mut [Scanner<Events<'_, S>>]) -> Vec<Parsed> {
        let _span = debug_span!("parse-window").entered();
        let taken = AtomicU64::new(0);
        let (window, share, batches) = (self.memory.window, self.share, &self.batches);
        let parse = |scanner: &mut Scanner<Events<'_, S>>| {
            let mut worker = WindowWorker { scanner, parsed: Vec::new(), taken: &taken, window, share, batches };
            work(self.queue, &mut worker);
            worker.parsed
        };
        let mut window: Vec<Parsed> = threads.par_iter_mut().flat_map_iter(parse).collect();
        window.sort_unstable_by_key(|parsed| (parsed.source, parsed.offset));
        window
    }

    /// Estimates the memory of spans: now, and when their trees grow, of one partition for each thread.
    fn bytes(&self, partitions: &[Partition]) -> usize {
        let of_texts = if A::ASKS_FOR_IDS { self.texts.bytes() } else { 0 };
        let taken = partitions.iter().map(Partition::bytes).fold(of_texts, usize::saturating_add);
        let mut to_grow: Vec<usize> = partitions.iter().map(Partition::bytes_to_grow).collect();
        to_grow.sort_unstable_by(|one, other| other.cmp(one));
        to_grow.into_iter().take(self.memory.threads).fold(taken, usize::saturating_add)
    }

    /// Forgets the texts of groups that are in none of the first partitions.
    fn forget_others(&self, partitions: usize) {
        if A::ASKS_FOR_IDS {
            self.texts.retain(|group| self.share.partition_of(group) < partitions);
        }
    }

    /// Leaves the upper half of what is kept for another reading.
    fn drop_half(&mut self, partitions: &mut Vec<Partition>) -> Result<(), Error> {
        let kept = partitions.len() / 2;
        let is_one_group = matches!(partitions.as_slice(), [only] if only.is_one_group());
        partitions.truncate(kept);
        self.forget_others(kept);
        // Of the last partition, all is left, to be spread over new partitions.
        let share = self.share.of_partitions(kept, kept.max(1));
        if is_one_group || !share.is_possible() {
            return Err(Error::MemoryLimit { limit: self.memory.limit });
        }
        self.left.push(share);
        Ok(())
    }
}

/// One thread's part in parsing a window.
struct WindowWorker<'w, 'a, S> {
    scanner: &'w mut Scanner<Events<'a, S>>,
    parsed: Vec<Parsed>,
    /// Bytes that all threads have taken.
    taken: &'w AtomicU64,
    window: u64,
    share: Share,
    batches: &'w Mutex<Vec<Batch>>,
}

impl<S: Sink> Worker for WindowWorker<'_, '_, S> {
    fn take(&mut self, work: &Work) -> Tally {
        self.taken.fetch_add(work.len() as u64, Ordering::Relaxed);
        let tally = scan_work(self.scanner, work);
        let spare = lock(self.batches).pop().unwrap_or_else(|| Batch::new(self.share));
        let (batch, times) = self.scanner.sink().take(spare);
        self.parsed.push(Parsed { source: work.source, offset: work.offset(), batch, times });
        tally
    }

    fn goes_on(&self) -> bool {
        self.taken.load(Ordering::Relaxed) < self.window
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn pop<T>(left: &Mutex<Vec<T>>) -> Option<T> {
    lock(left).pop()
}

/// Partitions that a thread works off at a time: few, since one can have a tenth of all records, and others wait for
/// the last one: 1 % of the time of `tree`.
const AT_A_TIME: usize = 4;

/// Hands the events of a window to their partitions.
fn work_off(partitions: &mut [Partition], window: &[Parsed], analysis: &impl Analysis) {
    let _span = debug_span!("pair-records").entered();
    partitions.par_iter_mut().enumerate().with_max_len(AT_A_TIME).for_each(|(number, partition)| {
        dispatch(TakeRecords { partition, number, window, analysis });
    });
}

/// Hands the events of a window to one partition.
struct TakeRecords<'a, A> {
    partition: &'a mut Partition,
    number: usize,
    window: &'a [Parsed],
    analysis: &'a A,
}

/// The number of runs by which events are fetched ahead. They are where another thread wrote them, which a processor
/// can't foresee. Pairing takes a tenth less time so.
const RUNS_AHEAD: usize = 4;
/// Events of a run that are fetched; the rest of a long one the processor foresees.
const FETCHED: usize = 8;

impl<A: Analysis> Kernel for TakeRecords<'_, A> {
    #[inline(always)]
    fn run<C: Cpu>(self, cpu: C) {
        let Self { partition, number, window, analysis } = self;
        let mut take = |(run, source)| {
            if A::ASKS_FOR_IDS { partition.take_with_ids(run, source, analysis) } else { partition.take(run, source) }
        };
        let mut fetched = [None; RUNS_AHEAD];
        let mut next = 0;
        for parsed in window {
            for run in parsed.batch.of(number) {
                (0..run.events.len().min(FETCHED)).for_each(|at| cpu.prefetch(run.events, at));
                if let Some(due) = fetched[next].replace((run, parsed.source as u32)) {
                    take(due);
                }
                next = (next + 1) % RUNS_AHEAD;
            }
        }
        fetched.rotate_left(next);
        fetched.into_iter().flatten().for_each(take);
    }
}
