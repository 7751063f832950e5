//! The span engine's driver: reads all sources, as often as the memory limit demands, and grows the trees.

use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

use rayon::prelude::*;
use tracerank_summary::{Summary, Wanted};
use tracing::{Span, debug_span};

use super::analysis::Analysis;
use super::counted::Counted;
use super::majority::Majority;
use super::memory::Memory;
use super::order::Course;
use super::pass::{Pass, lock};
use super::{
    CallTree, Counts, Growth, KeepsName, Names, Nodes, PARTITIONS, Paired, PairedInputs, Partition, Passing, Share,
    Texts,
};
use crate::engine::left_out::LeftOut;
use crate::engine::openings::Openings;
use crate::engine::outcome::SourceOutcome;
use crate::engine::queue::Queue;
use crate::engine::verdict::is_too_many;
use crate::engine::{Engine, Pieces, Problem, pool};
use crate::error::Error;
use crate::input::Source;
use crate::summary::sink::Flat;
use crate::summary::{PairedCounts, Scanned, Table};

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
    /// The sources that are not in order, whose records were taken in the order of their timestamps.
    pub unordered: Vec<Unordered>,
}

/// A source that is not in the order of time.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Unordered {
    /// The source.
    pub path: PathBuf,
    /// The number of its records that are earlier than the one before them.
    pub steps_back: u64,
    /// The number of its records.
    pub records: u64,
}

impl Trees {
    /// Lists their problems: sources that are not in order, spans whose stops stand before their starts, spans that lack
    /// one of both, and spans that began before their parents; of the latter three if they are more than genuine logs
    /// have.
    pub fn problems(&self) -> Vec<Problem<'_>> {
        let Counts { spans, reversed, early, .. } = self.tree.counts;
        let not_in_order = Unordered::problem(&self.unordered);
        let unpaired = is_too_many(reversed, spans).then_some(Problem::Unpaired { count: reversed, spans });
        let incomplete = self.incomplete();
        let early = is_too_many(early, spans).then_some(Problem::Early { count: early, spans });
        not_in_order.into_iter().chain(unpaired).chain(incomplete).chain(early).collect()
    }

    /// Finds the problem of spans that lack their start or their stop, apart from those that have both the wrong way
    /// round.
    fn incomplete(&self) -> Option<Problem<'_>> {
        let Counts { spans: stopped, unfinished, cut_off, lone, reversed, .. } = self.tree.counts;
        let has_starts = unfinished > 0 || cut_off < stopped;
        let (spans, cut_off) = (stopped + unfinished + lone, cut_off + lone);
        let many = |count: u64| Some(count.saturating_sub(reversed)).filter(|count| is_too_many(*count, spans));
        let (unfinished, cut_off) = (many(unfinished), many(cut_off).filter(|_| has_starts));
        let is_it = unfinished.is_some() || cut_off.is_some();
        let (unfinished, cut_off) = (unfinished.unwrap_or(0), cut_off.unwrap_or(0));
        is_it.then_some(Problem::Incomplete { unfinished, cut_off, spans })
    }
}

impl Unordered {
    /// Gives the problem of the sources that are not in order, if there are any.
    pub(crate) fn problem(unordered: &[Self]) -> Option<Problem<'_>> {
        let Self { path, steps_back, records } = unordered.first()?;
        let (sources, steps_back, records) = (unordered.len(), *steps_back, *records);
        Some(Problem::NotInOrder { sources, first: path, steps_back, records })
    }

    /// Lists those of some sources that are not in order.
    pub(crate) fn among(sources: &[Source], courses: &[Course]) -> Vec<Self> {
        let unordered = sources.iter().zip(courses).filter(|(_, course)| !course.is_in_order());
        let tell = |(source, course): (&Source, &Course)| Self {
            path: source.path().to_owned(),
            steps_back: course.times.steps_back,
            records: course.records,
        };
        unordered.map(tell).collect()
    }
}

/// A summary, empty if none is wanted, and the outcome of each source.
type Outcomes = (Summary, Vec<SourceOutcome>);

impl Engine {
    /// Reads all of `sources`, and puts their spans into trees. The program takes no more than `limit` bytes of memory,
    /// pages of mapped files aside. Where that is not enough, the sources are read again for the next share of trace
    /// groups. The summary of a flat scan is made beside it if one is wanted, and otherwise stays empty.
    pub fn grow(&self, sources: &[Source], limit: usize, wanted: Option<Wanted>) -> Result<TreeReading, Error> {
        self.grow_with(sources, limit, wanted, Nodes::All, ()).map(|(reading, ())| reading)
    }

    /// The same without a summary, and only spans that count have nodes: those that the filter keeps, and of these the
    /// names that `keeps_name` does. The spans below others hang at the nearest node above. The account has spans of
    /// other names as filtered.
    pub fn grow_counted(
        &self,
        sources: &[Source],
        limit: usize,
        keeps_name: Option<KeepsName<'_>>,
    ) -> Result<TreeReading, Error> {
        let (mut reading, ()) = self.grow_with(sources, limit, None, Nodes::Counted(keeps_name), ())?;
        if keeps_name.is_some() {
            let counted = reading.trees.tree.nodes.iter().map(|node| node.count).sum::<u64>();
            let account = &mut reading.scanned.account;
            let left_out = account.spans.saturating_sub(counted);
            (account.spans, account.filtered) = (account.spans - left_out, account.filtered + left_out);
        }
        Ok(reading)
    }

    /// Grows the trees, and beside them an analysis of all trace groups.
    pub(crate) fn grow_with<A: Analysis>(
        &self,
        sources: &[Source],
        limit: usize,
        wanted: Option<Wanted>,
        nodes: Nodes<'_>,
        analysis: A,
    ) -> Result<(TreeReading, A::Found), Error> {
        let memory = self.memory(sources, limit)?;
        let memory = if A::ASKS_FOR_IDS && self.pieces.spans.is_none() { memory.with_ids() } else { memory };
        // What is read again has to be there again: else the records of all wait until it is known.
        let waits = vec![sources.iter().any(|source| source.len().is_none()); sources.len()];
        let reader = TreeReader {
            engine: self,
            sources,
            memory,
            wanted,
            nodes,
            names: Names::default(),
            openings: Openings::default(),
            left_out: LeftOut::default(),
            waits,
            readings: 0,
            rows: (0, 0),
            paired: Mutex::new((Summary::with(wanted.unwrap_or(Wanted::NOTHING)), PairedCounts::default())),
        };
        let stage = debug_span!("read-trees");
        pool(memory.threads)?.install(|| stage.in_scope(|| reader.read(analysis)))
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
    nodes: Nodes<'a>,
    names: Names,
    openings: Openings,
    /// The sources that the first reading could not read whole.
    left_out: LeftOut,
    /// The sources whose records wait until all of it is read: they are not in order, or may not be.
    waits: Vec<bool>,
    /// The number of readings so far.
    readings: u64,
    /// The number of rows of a list so far, and their memory.
    rows: (usize, usize),
    /// The spans whose durations their records do not tell.
    paired: Mutex<(Summary, PairedCounts)>,
}

impl TreeReader<'_> {
    fn read<A: Analysis>(mut self, mut analysis: A) -> Result<(TreeReading, A::Found), Error> {
        let (mut all, mut scanned) = (Growth::default(), None);
        let mut unordered = Vec::new();
        let mut shares = vec![Share::ALL];
        let texts = Texts::default();
        while let Some(share) = shares.pop() {
            if self.readings > 0
                && let Some(once) = self.once()
            {
                return Err(Error::OnlyOnce { path: once.path().to_owned(), limit: self.memory.limit });
            }
            let wanted = self.wanted.filter(|_| scanned.is_none());
            let (found, read) = self.read_share(share, &mut shares, wanted, &texts, &mut analysis)?;
            if scanned.is_none() {
                all.counts.steps_back = found.courses.iter().map(Course::steps_back).sum();
                unordered = Unordered::among(self.sources, &found.courses);
                let (summary, mut outcomes) = read;
                self.left_out.tell(&mut outcomes);
                let mut of_all = Scanned::new(self.engine, self.sources, outcomes, summary)?;
                found.courses.iter().for_each(|course| of_all.account.add_times(course.times.ends()));
                scanned = Some(of_all);
            } else if let Some(cut) = read.1.into_iter().find_map(|outcome| outcome.cut) {
                // The first reading had all of it.
                return Err(cut);
            }
            let paired: Vec<bool> = found.courses.iter().map(|course| course.lacks_durations).collect();
            let mut growth = self.finish(found.partitions, &analysis, &paired)?;
            analysis.settle(&mut growth.part, &texts);
            texts.forget_all();
            add(&mut all, growth, &analysis);
            analysis.settle(&mut all.part, &texts);
            self.rows = analysis.rows(&all.part);
            self.memory.hold_rows(self.rows)?;
            self.memory.hold_paths(all.tree.bytes() + self.names.bytes())?;
        }
        let mut scanned = scanned.unwrap_or_else(|| unreachable!("there is one share at least"));
        let (summary, counts) = self.paired.into_inner().unwrap_or_else(PoisonError::into_inner);
        scanned.add_paired(summary, &counts);
        let readings = self.readings;
        let names = self.names.into_names();
        let is_whole = self.engine.filter.is_empty() && !matches!(self.nodes, Nodes::Counted(Some(_)));
        let tree = CallTree::new(&all.tree, &names, all.counts, is_whole);
        let reading = TreeReading { scanned, trees: Trees { tree, readings, unordered } };
        Ok((reading, analysis.found(all.part, &names)))
    }

    /// Reads a share of the trace groups, and puts those that do not fit into `left`. Makes a summary beside it, if one
    /// is wanted. A source that turns out not to be in order is the reason to begin again, and so is one that can't be
    /// read whole.
    fn read_share<A: Analysis>(
        &mut self,
        share: Share,
        left: &mut Vec<Share>,
        wanted: Option<Wanted>,
        texts: &Texts,
        analysis: &mut A,
    ) -> Result<(Found, Outcomes), Error> {
        let left_before = left.len();
        loop {
            self.readings += 1;
            let mut waits = std::mem::take(&mut self.waits);
            let read = self.try_share(share, left, wanted, texts, &mut *analysis, &mut waits);
            self.waits = waits;
            if let Some((found, (summary, mut outcomes))) = read? {
                let is_first = share == Share::ALL && left_before == 0;
                if !is_first || !self.engine.leaves_out_more(self.sources, &mut outcomes, &mut self.left_out) {
                    return Ok((found, (summary, outcomes)));
                }
            }
            left.truncate(left_before);
            texts.forget_all();
        }
    }

    /// Does the same, unless records should have waited that `waits` did not say.
    fn try_share<A: Analysis>(
        &self,
        share: Share,
        left: &mut Vec<Share>,
        wanted: Option<Wanted>,
        texts: &Texts,
        analysis: &mut A,
        waits: &mut [bool],
    ) -> Result<Option<(Found, Outcomes)>, Error> {
        let queue = Queue::in_order(self.engine, self.sources, &self.openings, &self.left_out);
        let pass_wanted = wanted.unwrap_or(Wanted::NOTHING);
        let summary = Mutex::new(Summary::with(pass_wanted));
        let (engine, memory, names) = (self.engine, self.memory, &self.names);
        let batches = Mutex::default();
        let courses = vec![Course::default(); self.sources.len()];
        let sources = self.sources;
        // The first reading tells of all spans.
        let seen = if left.is_empty() && share == Share::ALL { engine.seen() } else { None };
        let seen = seen.as_ref();
        let mut pass = Pass {
            engine,
            sources,
            memory,
            queue: &queue,
            names,
            share,
            left,
            texts,
            analysis,
            batches,
            waits,
            courses,
            left_groups: [Majority::default(); PARTITIONS],
            rows: self.rows,
            stage: Span::current(),
        };
        let partitions = if wanted.is_some() {
            let table = || Flat::<false>::new(Table::new(&summary, pass_wanted), &engine.filter, seen);
            pass.run(table, Flat::finish)?
        } else {
            let add = |counted: Counted<'_>| lock(&summary).add_repeats(&counted.into_repeats());
            pass.run(|| Counted::new(&engine.filter, seen), add)?
        };
        let Some(partitions) = partitions else { return Ok(None) };
        let found = Found { partitions, courses: pass.courses };
        let outcomes = queue.finish()?;
        engine.check_seen(self.sources, &outcomes, seen)?;
        Ok(Some((found, (summary.into_inner().unwrap_or_else(PoisonError::into_inner), outcomes))))
    }

    /// Finds the first source that can be read only once.
    fn once(&self) -> Option<&Source> {
        let read = self.sources.iter().enumerate().filter(|(nth, _)| !self.left_out.has(*nth));
        read.map(|(_, source)| source).find(|source| source.len().is_none())
    }

    /// Grows the tree of all partitions, and their analysis.
    fn finish<A: Analysis>(
        &self,
        mut partitions: Vec<Partition>,
        analysis: &A,
        paired: &[bool],
    ) -> Result<Growth<A::Part>, Error> {
        let _span = debug_span!("grow-trees").entered();
        let wanted = self.wanted.unwrap_or(Wanted::NOTHING);
        let has_paired = paired.contains(&true);
        let names = if has_paired { self.names.look(<[_]>::to_vec) } else { Vec::new() };
        let of_paired = PairedInputs { inputs: paired, names: &names, texts: None };
        let passing = self.names.look(|names| Passing::new(&self.engine.filter, self.nodes, names));
        // The largest come first, so that threads end nearly together.
        partitions.sort_unstable_by_key(Partition::spans);
        let left = Mutex::new(partitions);
        let of_thread = |_| {
            let mut growth = Growth::default();
            let summary = Mutex::new(Summary::with(wanted));
            let mut paired = has_paired.then(|| Paired::new(&summary, wanted, of_paired));
            while let Some(partition) = pop(&left) {
                partition.finish(passing.as_ref(), &mut growth, analysis, |forest| {
                    paired.iter_mut().for_each(|paired| paired.take(forest));
                });
                self.memory.hold_paths(growth.tree.bytes())?;
            }
            if let Some(paired) = paired {
                let counts = paired.finish();
                self.add_paired(summary, counts);
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

    /// Adds spans whose durations their records do not tell.
    fn add_paired(&self, summary: Mutex<Summary>, counts: PairedCounts) {
        let mut paired = lock(&self.paired);
        paired.0.absorb_all(summary.into_inner().unwrap_or_else(PoisonError::into_inner), |position| position);
        paired.1 += counts;
    }
}

fn add<A: Analysis>(growth: &mut Growth<A::Part>, other: Growth<A::Part>, analysis: &A) {
    growth.tree.merge(&other.tree);
    growth.counts += other.counts;
    analysis.merge(&mut growth.part, other.part);
}

fn pop<T>(left: &Mutex<Vec<T>>) -> Option<T> {
    lock(left).pop()
}

/// The result of a reading.
struct Found {
    partitions: Vec<Partition>,
    courses: Vec<Course>,
}
