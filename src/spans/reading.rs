//! The span engine's driver. The input goes by in windows. While some threads parse one window, others hand the events
//! of the window before to the partitions.
//!
//! So partitions take records in the order of the input, and only two windows of events are in memory beside their
//! spans.

use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use rayon::prelude::*;
use tracerank_summary::{Summary, Wanted};
use tracing::debug_span;

use super::analysis::Analysis;
use super::counted::Counted;
use super::key::hash;
use super::majority::Majority;
use super::memory::Memory;
use super::order::{Course, Order};
use super::partition::LEAST_OF_RECORD;
use super::sink::Events;
use super::{
    Batch, CallTree, Counts, Growth, Identifier, KeepsName, KnownNames, Names, Nodes, PARTITIONS, Partition, Passing,
    Share, Texts,
};
use crate::engine::ledger::Tally;
use crate::engine::left_out::LeftOut;
use crate::engine::openings::Openings;
use crate::engine::outcome::SourceOutcome;
use crate::engine::queue::{Queue, Work};
use crate::engine::scanner::Scanner;
use crate::engine::sink::Sink;
use crate::engine::verdict::is_too_many;
use crate::engine::{Engine, Pieces, Problem, Worker, pool, scan_work, work};
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
        let Counts { spans: stopped, unfinished, cut_off, reversed, .. } = self.tree.counts;
        let has_starts = unfinished > 0 || cut_off < stopped;
        let spans = stopped + unfinished;
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

/// The records of some work, and its place in the input.
struct Parsed {
    source: usize,
    offset: u64,
    /// The number of its lines.
    lines: u64,
    batch: Batch,
    course: Course,
}

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
                all.counts.steps_back = found.courses.iter().map(|course| course.times.steps_back).sum();
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
            let mut growth = self.finish(found.partitions, &analysis)?;
            analysis.settle(&mut growth.part, &texts);
            texts.forget_all();
            add(&mut all, growth, &analysis);
            analysis.settle(&mut all.part, &texts);
            self.rows = analysis.rows(&all.part);
            self.memory.hold_rows(self.rows)?;
            self.memory.hold_paths(all.tree.bytes() + self.names.bytes())?;
        }
        let scanned = scanned.unwrap_or_else(|| unreachable!("there is one share at least"));
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
    fn finish<A: Analysis>(&self, mut partitions: Vec<Partition>, analysis: &A) -> Result<Growth<A::Part>, Error> {
        let _span = debug_span!("grow-trees").entered();
        let passing = self.names.look(|names| Passing::new(&self.engine.filter, self.nodes, names));
        // The largest come first, so that threads end nearly together.
        partitions.sort_unstable_by_key(Partition::spans);
        let left = Mutex::new(partitions);
        let of_thread = |_| {
            let mut growth = Growth::default();
            while let Some(partition) = pop(&left) {
                partition.finish(passing.as_ref(), &mut growth, analysis);
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
    sources: &'a [Source],
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
    /// The sources whose records wait until all of it is read.
    waits: &'p mut [bool],
    /// The order of each source, as far as it was read.
    courses: Vec<Course>,
    /// The largest trace group of each partition that is left for another reading.
    left_groups: [Majority; PARTITIONS],
    /// The number of rows of earlier readings, and their memory.
    rows: (usize, usize),
}

/// The result of a reading.
struct Found {
    partitions: Vec<Partition>,
    courses: Vec<Course>,
}

impl<'a, A: Analysis> Pass<'a, '_, A> {
    /// Reads all. Records go to the partitions, and to a sink of each thread. Ends without partitions if a source turns
    /// out not to be in order whose records did not wait.
    fn run<S: Sink + Send>(
        &mut self,
        sink: impl Fn() -> S,
        finish: impl Fn(S),
    ) -> Result<Option<Vec<Partition>>, Error> {
        let mut partitions: Vec<Partition> =
            (0..PARTITIONS).map(|_| Partition::new(self.engine.drops_repeated())).collect();
        let mut threads: Vec<_> = (0..rayon::current_num_threads()).map(|_| self.scanner(sink())).collect();
        let mut window = self.parse(&mut threads);
        let mut lines_before = vec![0; self.sources.len()];
        while !window.is_empty() {
            window.iter().for_each(|parsed| self.courses[parsed.source].append(&parsed.course));
            if A::ASKS_FOR_STARTS {
                number_lines(&mut window, &mut lines_before);
            }
            if self.has_to_begin_again(SURE_RECORDS)? {
                return Ok(None);
            }
            let orders = self.waits.contains(&true).then(|| self.orders());
            self.names.look(|names| self.analysis.learn_names(names));
            let this = &*self;
            // Both run at once, so that a thread that is done with one helps with the other.
            let work_off = || match &orders {
                None => work_off(&mut partitions, &window, &*this.analysis),
                Some(orders) => this.work_off_waiting(&mut partitions, &window, orders),
            };
            let ((), next) = rayon::join(work_off, || this.parse(&mut threads));
            if partitions.len() < PARTITIONS {
                self.look_at_left(partitions.len(), &window)?;
            }
            let done = std::mem::replace(&mut window, next);
            lock(&self.batches).extend(done.into_iter().map(|parsed| parsed.batch));
            self.memory.hold_paths(self.names.bytes())?;
            if orders.is_some() {
                self.wait_no_longer(&mut partitions, window.is_empty())?;
            }
            self.fit(&mut partitions)?;
        }
        if self.has_to_begin_again(0)? {
            return Ok(None);
        }
        threads.into_iter().for_each(|scanner| finish(scanner.into_sink().into_next()));
        Ok(Some(partitions))
    }

    /// Keeps only as many partitions as fit into memory.
    fn fit(&mut self, partitions: &mut Vec<Partition>) -> Result<(), Error> {
        if self.bytes(partitions, Partition::bytes_to_grow) <= self.memory.spans {
            return Ok(());
        }
        self.forget_others(partitions.len());
        while self.bytes(partitions, Partition::close_bytes_to_grow) > self.memory.spans {
            self.drop_half(partitions)?;
        }
        Ok(())
    }

    /// Looks at the records of partitions that are left for another reading. A trace group that is too large for any
    /// reading is an error now.
    #[cold]
    fn look_at_left(&mut self, kept: usize, window: &[Parsed]) -> Result<(), Error> {
        // Records that are there more than once may take no memory.
        if self.engine.drops_repeated() {
            return Ok(());
        }
        self.left_groups.par_iter_mut().enumerate().skip(kept).with_max_len(AT_A_TIME).for_each(
            |(number, majority)| {
                for run in window.iter().flat_map(|parsed| parsed.batch.of(number)) {
                    majority.add(run.group, run.records());
                }
            },
        );
        let most = self.left_groups.iter().map(|majority| majority.at_least()).max().unwrap_or(0);
        self.hold_group(usize::try_from(most).unwrap_or(usize::MAX).saturating_mul(LEAST_OF_RECORD))
    }

    /// Fails if one trace group takes more memory than any reading has.
    fn hold_group(&self, bytes: usize) -> Result<(), Error> {
        if bytes <= self.memory.spans { Ok(()) } else { Err(Error::MemoryLimit { limit: self.memory.limit }) }
    }

    fn scanner<S: Sink>(&self, beside: S) -> Scanner<Events<'a, S>> {
        let only = self.engine.filter.only_base_id().map(hash);
        let identifier = A::ASKS_FOR_IDS.then(|| Identifier::new(self.texts, A::ASKS_FOR_STARTS));
        Scanner::new(Events::new(KnownNames::new(self.names), identifier, self.share, only, beside))
    }

    /// Parses a window, and gives its records in the order of the input.
    fn parse<S: Sink + Send>(&self, threads: &mut [Scanner<Events<'_, S>>]) -> Vec<Parsed> {
        let _span = debug_span!("parse-window").entered();
        let taken = AtomicU64::new(0);
        let (window, share, batches) = (self.memory.window, self.share, &self.batches);
        let parse = |scanner: &mut Scanner<Events<'_, S>>| {
            let mut worker = WindowWorker {
                scanner,
                parsed: Vec::new(),
                taken: &taken,
                window,
                share,
                batches,
                numbers_lines: A::ASKS_FOR_STARTS,
            };
            work(self.queue, &mut worker);
            worker.parsed
        };
        let mut window: Vec<Parsed> = threads.par_iter_mut().flat_map_iter(parse).collect();
        window.sort_unstable_by_key(|parsed| (parsed.source, parsed.offset));
        window
    }

    fn orders(&self) -> Vec<Order> {
        self.courses.iter().map(Course::order).collect()
    }

    /// Looks for sources that are not in order, and whose records have not waited: from now on, they do.
    fn has_to_begin_again(&mut self, least_records: u64) -> Result<bool, Error> {
        let is_late = |(course, waits): &(&Course, &mut bool)| {
            !**waits && course.records >= least_records && !course.is_in_order()
        };
        let mut late =
            self.courses.iter().zip(self.waits.iter_mut()).filter(is_late).map(|(_, waits)| waits).peekable();
        if late.peek().is_none() {
            return Ok(false);
        }
        late.for_each(|waits| *waits = true);
        match self.once() {
            Some(_) => Err(self.unordered_once()),
            None => Ok(true),
        }
    }

    /// Finds the first source that can be read only once.
    fn once(&self) -> Option<&Source> {
        self.sources.iter().find(|source| source.len().is_none())
    }

    /// The error of sources that can't be read again to be sorted.
    fn unordered_once(&self) -> Error {
        let unordered = self.courses.iter().position(|course| !course.is_in_order()).unwrap_or_default();
        let path = self.sources.get(unordered).map(|source| source.path().to_owned()).unwrap_or_default();
        let once = self.once().map(|source| source.path().to_owned()).unwrap_or_default();
        Error::UnorderedOnce { path, once, limit: self.memory.limit }
    }

    /// Hands the events of a window to their partitions, where some have to wait.
    #[cold]
    fn work_off_waiting(&self, partitions: &mut [Partition], window: &[Parsed], orders: &[Order]) {
        let _span = debug_span!("keep-records").entered();
        partitions.par_iter_mut().enumerate().with_max_len(AT_A_TIME).for_each(|(number, partition)| {
            for parsed in window {
                for run in parsed.batch.of(number) {
                    let waits = self.waits[parsed.source];
                    partition.take_or_keep(run, parsed.source as u32, waits, orders, &*self.analysis);
                }
            }
        });
    }

    /// Takes the records that wait, if all is read. Of sources that can be read only once, those are also taken that
    /// are in order so far, if they are many or fill the memory; it is an error if that was wrong.
    fn wait_no_longer(&mut self, partitions: &mut [Partition], is_end: bool) -> Result<(), Error> {
        if !is_end {
            let is_full = self.bytes(partitions, Partition::bytes_to_grow) > self.memory.spans;
            let is_sure = || self.courses.iter().map(|course| course.records).sum::<u64>() >= MANY_RECORDS;
            if self.once().is_none() || !(is_full || is_sure()) {
                return Ok(());
            }
            if !self.courses.iter().all(Course::is_in_order) {
                return if is_full { Err(self.unordered_once()) } else { Ok(()) };
            }
            self.waits.fill(false);
        }
        let orders = self.orders();
        let _span = debug_span!("sort-records").entered();
        partitions
            .par_iter_mut()
            .with_max_len(AT_A_TIME)
            .for_each(|partition| partition.settle(&orders, &*self.analysis));
        Ok(())
    }

    /// Estimates the memory of spans and of a list of them: now, and when their trees grow, of one partition for each
    /// thread.
    fn bytes(&self, partitions: &[Partition], to_grow: impl Fn(&Partition) -> usize) -> usize {
        let of_texts = if A::ASKS_FOR_IDS { self.texts.bytes() } else { 0 };
        let candidates = partitions.iter().map(|partition| self.analysis.candidates(partition)).sum();
        let of_list = self.analysis.list_bytes(candidates, self.memory.threads) + self.rows.1;
        let taken = partitions.iter().map(Partition::bytes).fold(of_texts + of_list, usize::saturating_add);
        let to_grow = |partition: &Partition| to_grow(partition) + self.analysis.bytes_to_visit(partition);
        let mut to_grow: Vec<usize> = partitions.iter().map(to_grow).collect();
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
        for (number, left) in partitions.drain(kept..).enumerate() {
            let bytes = left.bytes().saturating_add(left.close_bytes_to_grow());
            // Few are so large, and only these are looked at.
            if bytes > self.memory.spans / 4 && left.is_one_group() {
                self.hold_group(bytes)?;
                let group = left.groups().next().unwrap_or_default();
                self.left_groups[kept + number].add(group, left.records());
            }
        }
        self.forget_others(kept);
        // Of the last partition, all is left, to be spread over new partitions.
        let share = self.share.of_partitions(kept, kept.max(1));
        if is_one_group || !share.is_possible() {
            self.memory.leave_room_beside(self.rows)?;
            return Err(Error::MemoryLimit { limit: self.memory.limit });
        }
        self.left.push(share);
        Ok(())
    }
}

/// Numbers the lines of a window, from 1 in each source, of which some lines were before it.
fn number_lines(window: &mut [Parsed], lines_before: &mut [u64]) {
    for parsed in window {
        let before = &mut lines_before[parsed.source];
        parsed.batch.number_from(*before + 1);
        *before += parsed.lines;
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
    numbers_lines: bool,
}

impl<S: Sink> Worker for WindowWorker<'_, '_, S> {
    fn take(&mut self, work: &Work) -> Tally {
        self.taken.fetch_add(work.len() as u64, Ordering::Relaxed);
        let tally = scan_work(self.scanner, work);
        let spare = lock(self.batches).pop().unwrap_or_else(|| Batch::new(self.share));
        let (mut batch, times) = self.scanner.sink().take(spare);
        if self.numbers_lines {
            let (lines, offset) = work.bytes_from_first_line();
            batch.number_lines(lines, offset);
        }
        let lines = tally.account.lines;
        let course = Course { times, records: tally.account.records, has_ids: work.format.has_ids() };
        self.parsed.push(Parsed { source: work.source, offset: work.offset(), lines, batch, course });
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

/// Records of a source that are enough to begin again if they are not in order, instead of reading it to its end.
const SURE_RECORDS: u64 = 100_000;
/// Records that are in order, of sources that can be read only once, after which no more have to wait: 80 MB.
const MANY_RECORDS: u64 = 1_000_000;

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
