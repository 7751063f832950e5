//! The span engine's driver: the input goes by in windows. The threads parse a window, and then they work off the partitions with what was in it.
//!
//! So partitions take records in the order of the input, and only a window of events is in memory beside their spans.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use rayon::prelude::*;
use tracing::debug_span;

use super::counted::Counted;
use super::events::{Events, Times};
use super::feed::{Feed, Next, Work};
use super::flat::Flat;
use super::lines::Scanner;
use super::sink::Sink;
use super::{Scan, Scanned, collect, scan_work};
use crate::aggregate::{Summary, Table};
use crate::error::Error;
use crate::input::Source;
use crate::spans::key::of_group;
use crate::spans::{Batch, CallTree, Counts, Names, PARTITIONS, Partition, Share, Tails, Tree};

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
    /// Reads all of `sources`, and puts their spans into trees. No more than `limit` bytes of memory are taken for spans: where that is not enough, the
    /// sources are read again for the next share of trace groups. The summary of a flat scan is made `with_summary`, and otherwise stays empty.
    pub fn run_tree(&self, sources: &[Source], limit: usize, with_summary: bool) -> Result<Grown, Error> {
        self.pool(sources)?.install(|| self.read_shares(sources, limit, with_summary))
    }

    fn read_shares(&self, sources: &[Source], limit: usize, with_summary: bool) -> Result<Grown, Error> {
        let names = Names::default();
        let (mut tree, mut counts) = (Tree::default(), Counts::default());
        let mut shares = vec![Share::ALL];
        let (mut first, mut passes) = (None, 0);
        while let Some(share) = shares.pop() {
            passes += 1;
            if passes > 1 && sources.iter().any(Source::is_stdin) {
                return Err(Error::OnlyOnce { limit });
            }
            let summary = Mutex::new(Summary::with(self.wanted));
            let feed = Feed::in_order(sources, self.may_map, self.pieces.chunk, &self.progress);
            let mut pass =
                Pass { scan: self, feed: &feed, names: &names, share, left: &mut shares, spare: Mutex::default() };
            let found = if with_summary && first.is_none() {
                let table = || Flat::<false>::new(Table::new(&summary, self.wanted), &self.filter);
                pass.run(table, Flat::finish, limit)?
            } else {
                pass.run(|| Counted::new(&self.filter), drop, limit)?
            };
            let outcomes = feed.finish()?;
            if first.is_none() {
                counts.steps_back = found.steps_back;
                let summary = summary.into_inner().unwrap_or_else(PoisonError::into_inner);
                let coverage = self.cover(sources, &outcomes)?;
                first = Some(collect(sources, outcomes, summary, coverage));
            }
            let (of_share, counted) = finish(found.partitions, &self.filter.kept_times());
            tree.merge(&of_share);
            counts += counted;
        }
        let scanned = first.unwrap_or_else(|| unreachable!("there is one share at least"));
        let is_whole = self.filter.is_empty();
        let tree = CallTree::new(&tree, &names.into_names(), counts, is_whole);
        Ok(Grown { scanned, trees: Trees { tree, readings: passes } })
    }
}

/// One reading of all sources.
struct Pass<'a> {
    scan: &'a Scan,
    feed: &'a Feed<'a>,
    names: &'a Names,
    share: Share,
    /// The shares that are still to be read.
    left: &'a mut Vec<Share>,
    /// Batches that were worked off, for their memory.
    spare: Mutex<Vec<Batch>>,
}

/// What a reading found.
struct Found {
    partitions: Vec<Partition>,
    steps_back: u64,
}

impl<'a> Pass<'a> {
    /// Reads all. Records go to the partitions, and beside them each thread has a sink of its own.
    fn run<S: Sink + Send>(&mut self, sink: impl Fn() -> S, finish: impl Fn(S), limit: usize) -> Result<Found, Error> {
        let mut partitions: Vec<Partition> = (0..PARTITIONS).map(|_| Partition::default()).collect();
        let mut times: BTreeMap<usize, Times> = BTreeMap::new();
        let mut threads: Vec<_> = (0..rayon::current_num_threads()).map(|_| self.scanner(sink())).collect();
        loop {
            let window = debug_span!("parse-window").in_scope(|| self.parse(&mut threads));
            if window.is_empty() {
                break;
            }
            for parsed in &window {
                times.entry(parsed.source).or_default().append(parsed.times);
            }
            debug_span!("pair-records").in_scope(|| work_off(&mut partitions, &window));
            lock(&self.spare).extend(window.into_iter().map(|parsed| parsed.batch));
            while partitions.iter().map(Partition::bytes).fold(0, usize::saturating_add) > limit {
                self.drop_half(&mut partitions, limit)?;
            }
        }
        threads.into_iter().for_each(|scanner| finish(scanner.into_sink().into_next()));
        Ok(Found { partitions, steps_back: times.values().map(|times| times.steps_back).sum() })
    }

    fn scanner<S: Sink>(&self, beside: S) -> Scanner<Events<'a, S>> {
        let only = self.scan.filter.only_base_id().map(of_group);
        Scanner::new(Events::new(Tails::new(self.names), self.share, only, beside))
    }

    /// Parses a window; what was in it, in the order of the input.
    fn parse<S: Sink + Send>(&self, threads: &mut [Scanner<Events<'_, S>>]) -> Vec<Parsed> {
        let taken = AtomicU64::new(0);
        let parse = |scanner: &mut Scanner<Events<'_, S>>| {
            let mut parsed = Vec::new();
            while taken.load(Ordering::Relaxed) < self.scan.pieces.window
                && let Some(Next::Parse(work)) = self.feed.next()
            {
                let (source, offset, len) = match &work {
                    Work::Chunk { source, range, .. } => (*source, range.start as u64, range.len()),
                    Work::Block { source, block } => (*source, block.offset, block.bytes().len()),
                };
                taken.fetch_add(len as u64, Ordering::Relaxed);
                let tally = scan_work(scanner, &work);
                self.feed.done(work, tally);
                let spare = lock(&self.spare).pop().unwrap_or_default();
                let (batch, times) = scanner.sink().take(spare);
                parsed.push(Parsed { source, offset, batch, times });
            }
            parsed
        };
        let mut window: Vec<Parsed> = threads.par_iter_mut().flat_map_iter(parse).collect();
        window.sort_unstable_by_key(|parsed| (parsed.source, parsed.offset));
        window
    }

    /// Leaves the upper half of what is kept for another reading.
    fn drop_half(&mut self, partitions: &mut Vec<Partition>, limit: usize) -> Result<(), Error> {
        let kept = partitions.len() / 2;
        let is_one_group = matches!(partitions.as_slice(), [only] if only.is_one_group());
        partitions.truncate(kept);
        // Of the last one, all is left, to be spread over new partitions.
        let share = self.share.of_partitions(kept, kept.max(1));
        if is_one_group || !share.is_possible() {
            return Err(Error::MemoryLimit { limit });
        }
        self.left.push(share);
        Ok(())
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Hands the events of a window to their partitions.
fn work_off(partitions: &mut [Partition], window: &[Parsed]) {
    partitions.par_iter_mut().enumerate().for_each(|(number, partition)| {
        for parsed in window {
            partition.take(parsed.batch.of(number), parsed.source as u32);
        }
    });
}

/// The tree of all partitions.
fn finish(partitions: Vec<Partition>, kept: &Range<i64>) -> (Tree, Counts) {
    let _span = debug_span!("grow-trees").entered();
    let of_some = partitions.into_par_iter().with_min_len(4).fold(
        Default::default,
        |(mut tree, mut counts): (Tree, Counts), partition| {
            partition.finish(kept, &mut tree, &mut counts);
            (tree, counts)
        },
    );
    of_some.reduce(Default::default, |(mut tree, mut counts), (of_others, counted)| {
        tree.merge(&of_others);
        counts += counted;
        (tree, counts)
    })
}
