//! The span engine's driver: the input goes by in windows. While threads parse one, others work off the partitions with what was in the one before.
//!
//! So partitions take records in the order of the input, and only two windows of events are in memory beside their spans.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use rayon::prelude::*;
use tracerank_summary::Summary;
use tracing::debug_span;

use super::counted::Counted;
use super::memory::Memory;
use super::sink::{Events, Times};
use crate::engine::queue::{Feed, Next, Work};
use crate::engine::scanner::Scanner;
use crate::engine::sink::Sink;
use crate::engine::{Pieces, Scan, Scanned, collect, pool, scan_work};
use crate::error::Error;
use crate::formats::osprofiler::fast::{Isa, Kernel, dispatch};
use crate::input::Source;
use crate::spans::key::hash;
use crate::spans::{
    Batch, CallTree, Counts, Grove, Identifier, Names, PARTITIONS, Partition, Picks, Ranked, Ranking, Share, SlowSpan,
    Tails, Texts, Tree,
};
use crate::summary::Table;
use crate::summary::sink::Flat;

/// What a scan for trees found.
#[derive(Debug)]
#[non_exhaustive]
pub struct Grown {
    /// What a flat scan would have found.
    pub scanned: Scanned,
    /// What else was found.
    pub trees: Trees,
}

/// Spans in trees.
#[derive(Debug)]
#[non_exhaustive]
pub struct Trees {
    /// The calling-context tree of the spans that the filter keeps.
    pub tree: CallTree,
    /// How often the sources were read.
    pub readings: u64,
}

/// What the parsing of some work gave: its place in the input, and what was in it.
struct Parsed {
    source: usize,
    offset: u64,
    batch: Batch,
    times: Times,
}

impl Scan {
    /// Reads all of `sources`, and puts their spans into trees. The program takes no more than `limit` bytes of memory, pages of mapped files aside: where that
    /// is not enough, the sources are read again for the next share of trace groups. The summary of a flat scan is made `with_summary`, and otherwise stays empty.
    pub fn run_tree(&self, sources: &[Source], limit: usize, with_summary: bool) -> Result<Grown, Error> {
        let memory = self.memory(sources, limit)?;
        let (grown, _) = pool(memory.threads)?.install(|| self.read_shares(sources, memory, with_summary, None))?;
        Ok(grown)
    }

    /// The same without a summary, and beside the trees the first spans of a ranking of those whose names are kept.
    pub fn run_ranking(
        &self,
        sources: &[Source],
        limit: usize,
        ranking: Ranking,
        keeps: &(dyn Fn(&[u8]) -> bool + Sync),
    ) -> Result<(Grown, Vec<SlowSpan>), Error> {
        let picks = Picks::new(ranking, keeps);
        let memory = self.memory(sources, limit)?;
        pool(memory.threads)?.install(|| self.read_shares(sources, memory, false, Some(&picks)))
    }

    fn memory(&self, sources: &[Source], limit: usize) -> Result<Memory, Error> {
        let Pieces { window, spans, .. } = self.pieces;
        let threads = self.threads_for(sources);
        match spans {
            Some(spans) => Ok(Memory { limit, threads, spans, paths: usize::MAX, window }),
            None => Memory::within(limit, threads, window),
        }
    }

    fn read_shares(
        &self,
        sources: &[Source],
        memory: Memory,
        with_summary: bool,
        picks: Option<&Picks<'_>>,
    ) -> Result<(Grown, Vec<SlowSpan>), Error> {
        let names = Names::default();
        let mut ranked = Ranked::default();
        let (mut tree, mut counts) = (Tree::default(), Counts::default());
        let mut shares = vec![Share::ALL];
        let (mut first, mut passes) = (None, 0);
        while let Some(share) = shares.pop() {
            passes += 1;
            if passes > 1 && sources.iter().any(Source::is_stdin) {
                return Err(Error::OnlyOnce { limit: memory.limit });
            }
            let summary = Mutex::new(Summary::with(self.wanted));
            let feed = Feed::in_order(sources, self.may_map, self.pieces.chunk, &self.progress);
            let texts = Texts::default();
            let mut pass = Pass {
                scan: self,
                memory,
                feed: &feed,
                names: &names,
                share,
                left: &mut shares,
                ranked: picks.cloned().map(|picks| (&texts, picks)),
                spare: Mutex::default(),
            };
            let found = if with_summary && first.is_none() {
                let table = || Flat::<false>::new(Table::new(&summary, self.wanted), &self.filter);
                pass.run(table, Flat::finish)?
            } else {
                pass.run(|| Counted::new(&self.filter), drop)?
            };
            let picks = pass.ranked.map(|(_, picks)| picks);
            let outcomes = feed.finish()?;
            if first.is_none() {
                counts.steps_back = found.steps_back;
                let summary = summary.into_inner().unwrap_or_else(PoisonError::into_inner);
                let coverage = self.cover(sources, &outcomes)?;
                first = Some(collect(sources, outcomes, summary, coverage));
            }
            let grove = finish(found.partitions, &self.filter.kept_times(), picks.as_ref(), memory)?;
            tree.merge(&grove.tree);
            memory.hold_paths(tree.bytes() + names.bytes())?;
            counts += grove.counts;
            if let Some(picks) = &picks {
                ranked.add(grove.slowest, picks.ranking, &texts);
            }
        }
        let scanned = first.unwrap_or_else(|| unreachable!("there is one share at least"));
        let is_whole = self.filter.is_empty();
        let names = names.into_names();
        let tree = CallTree::new(&tree, &names, counts, is_whole);
        Ok((Grown { scanned, trees: Trees { tree, readings: passes } }, ranked.into_spans(&names)))
    }
}

/// One reading of all sources.
struct Pass<'a, 'p> {
    scan: &'a Scan,
    memory: Memory,
    feed: &'a Feed<'a>,
    names: &'a Names,
    share: Share,
    /// The shares that are still to be read.
    left: &'a mut Vec<Share>,
    /// Where spans are ranked: the texts of ids, and which are kept.
    ranked: Option<(&'a Texts, Picks<'p>)>,
    /// Batches that were worked off, for their memory.
    spare: Mutex<Vec<Batch>>,
}

/// What a reading found.
struct Found {
    partitions: Vec<Partition>,
    steps_back: u64,
}

impl<'a> Pass<'a, '_> {
    /// Reads all. Records go to the partitions, and beside them each thread has a sink of its own.
    fn run<S: Sink + Send>(&mut self, sink: impl Fn() -> S, finish: impl Fn(S)) -> Result<Found, Error> {
        let mut partitions: Vec<Partition> = (0..PARTITIONS).map(|_| Partition::default()).collect();
        let mut times: BTreeMap<usize, Times> = BTreeMap::new();
        let mut threads: Vec<_> = (0..rayon::current_num_threads()).map(|_| self.scanner(sink())).collect();
        let mut window = self.parse(&mut threads);
        while !window.is_empty() {
            for parsed in &window {
                times.entry(parsed.source).or_default().append(parsed.times);
            }
            if let Some((_, picks)) = &mut self.ranked {
                self.names.look(|names| picks.learn(names));
            }
            let picks = self.ranked.as_ref().map(|(_, picks)| picks);
            // Both at once, so that a thread that is done with one helps with the other.
            let work_off = || work_off(&mut partitions, &window, picks);
            let ((), next) = rayon::join(work_off, || self.parse(&mut threads));
            let done = std::mem::replace(&mut window, next);
            lock(&self.spare).extend(done.into_iter().map(|parsed| parsed.batch));
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
        let only = self.scan.filter.only_base_id().map(hash);
        let identifier = self.ranked.as_ref().map(|(texts, _)| Identifier::new(texts));
        Scanner::new(Events::new(Tails::new(self.names), identifier, self.share, only, beside))
    }

    /// Parses a window; what was in it, in the order of the input.
    fn parse<S: Sink + Send>(&self, threads: &mut [Scanner<Events<'_, S>>]) -> Vec<Parsed> {
        let _span = debug_span!("parse-window").entered();
        let taken = AtomicU64::new(0);
        let parse = |scanner: &mut Scanner<Events<'_, S>>| {
            let mut parsed = Vec::new();
            while taken.load(Ordering::Relaxed) < self.memory.window
                && let Some(Next::Parse(work)) = self.feed.next()
            {
                let (source, offset) = match &work {
                    Work::Chunk { source, range, .. } => (*source, range.start as u64),
                    Work::Block { source, block } => (*source, block.offset),
                };
                taken.fetch_add(work.len() as u64, Ordering::Relaxed);
                let tally = scan_work(scanner, &work);
                self.feed.done(work, tally);
                let spare = lock(&self.spare).pop().unwrap_or_else(|| Batch::new(self.share));
                let (batch, times) = scanner.sink().take(spare);
                parsed.push(Parsed { source, offset, batch, times });
            }
            parsed
        };
        let mut window: Vec<Parsed> = threads.par_iter_mut().flat_map_iter(parse).collect();
        window.sort_unstable_by_key(|parsed| (parsed.source, parsed.offset));
        window
    }

    /// How much memory spans take, and will take when their trees grow: of one partition for each thread.
    fn bytes(&self, partitions: &[Partition]) -> usize {
        let of_texts = self.ranked.as_ref().map_or(0, |(texts, _)| texts.bytes());
        let taken = partitions.iter().map(Partition::bytes).fold(of_texts, usize::saturating_add);
        let mut to_grow: Vec<usize> = partitions.iter().map(Partition::bytes_to_grow).collect();
        to_grow.sort_unstable_by(|one, other| other.cmp(one));
        to_grow.into_iter().take(self.memory.threads).fold(taken, usize::saturating_add)
    }

    /// Forgets the texts of groups that are in none of the first partitions.
    fn forget_others(&self, partitions: usize) {
        if let Some((texts, _)) = &self.ranked {
            texts.retain(|group| self.share.partition_of(group) < partitions);
        }
    }

    /// Leaves the upper half of what is kept for another reading.
    fn drop_half(&mut self, partitions: &mut Vec<Partition>) -> Result<(), Error> {
        let kept = partitions.len() / 2;
        let is_one_group = matches!(partitions.as_slice(), [only] if only.is_one_group());
        partitions.truncate(kept);
        self.forget_others(kept);
        // Of the last one, all is left, to be spread over new partitions.
        let share = self.share.of_partitions(kept, kept.max(1));
        if is_one_group || !share.is_possible() {
            return Err(Error::MemoryLimit { limit: self.memory.limit });
        }
        self.left.push(share);
        Ok(())
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn pop<T>(left: &Mutex<Vec<T>>) -> Option<T> {
    lock(left).pop()
}

/// How many partitions a thread works off at a time: few, since one can have a tenth of all records, and others wait for the last one: 1 % of the time of `tree`.
const AT_A_TIME: usize = 4;

/// Hands the events of a window to their partitions.
fn work_off(partitions: &mut [Partition], window: &[Parsed], picks: Option<&Picks<'_>>) {
    let _span = debug_span!("pair-records").entered();
    partitions.par_iter_mut().enumerate().with_max_len(AT_A_TIME).for_each(|(number, partition)| {
        dispatch(TakeRecords { partition, number, window, picks });
    });
}

/// Hands the events of a window to one partition.
struct TakeRecords<'a> {
    partition: &'a mut Partition,
    number: usize,
    window: &'a [Parsed],
    picks: Option<&'a Picks<'a>>,
}

/// How many runs ahead events are fetched: they are where another thread wrote them, in no place that a processor could foresee. Pairing takes a tenth less time so.
const RUNS_AHEAD: usize = 4;
/// How many events of a run are fetched; the rest of a long one it foresees.
const FETCHED: usize = 8;

impl Kernel for TakeRecords<'_> {
    #[inline(always)]
    fn run<I: Isa>(self, isa: I) {
        let Self { partition, number, window, picks } = self;
        let mut take = |(run, source)| match picks {
            Some(picks) => partition.take_with_ids(run, source, picks),
            None => partition.take(run, source),
        };
        let mut fetched = [None; RUNS_AHEAD];
        let mut next = 0;
        for parsed in window {
            for run in parsed.batch.of(number) {
                (0..run.events.len().min(FETCHED)).for_each(|at| isa.prefetch(run.events, at));
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

/// The tree of all partitions, and the slowest of their spans.
fn finish(
    mut partitions: Vec<Partition>,
    kept: &Range<i64>,
    picks: Option<&Picks<'_>>,
    memory: Memory,
) -> Result<Grove, Error> {
    let _span = debug_span!("grow-trees").entered();
    // The largest first, so that threads end nearly together.
    partitions.sort_unstable_by_key(Partition::spans);
    let left = Mutex::new(partitions);
    let of_thread = |_| {
        let mut grove = Grove::default();
        while let Some(partition) = pop(&left) {
            partition.finish(kept, &mut grove, picks);
            memory.hold_paths(grove.tree.bytes())?;
        }
        Ok(grove)
    };
    let groves = (0..rayon::current_num_threads()).into_par_iter().with_max_len(1).map(of_thread);
    groves.try_reduce(Grove::default, |mut grove, other| {
        grove.tree.merge(&other.tree);
        grove.counts += other.counts;
        if let Some(picks) = picks {
            grove.slowest.merge(other.slowest, picks.ranking);
        }
        memory.hold_paths(grove.tree.bytes())?;
        Ok(grove)
    })
}
