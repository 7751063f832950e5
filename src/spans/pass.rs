//! One reading of all sources. The input goes by in windows. While some threads parse one window, others hand the events
//! of the window before to the partitions.
//!
//! So partitions take records in the order of the input, and only two windows of events are in memory beside their
//! spans.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use rayon::prelude::*;
use tracing::{Span, debug_span};

use super::analysis::Analysis;
use super::key::hash;
use super::majority::Majority;
use super::memory::Memory;
use super::order::{Course, Order};
use super::partition::LEAST_OF_RECORD;
use super::sink::Events;
use super::{Batch, Identifier, KnownNames, Names, PARTITIONS, Partition, Share, Texts};
use crate::engine::ledger::Tally;
use crate::engine::queue::{Queue, Work};
use crate::engine::scanner::Scanner;
use crate::engine::sink::Sink;
use crate::engine::{Engine, Worker, scan_work, work};
use crate::error::Error;
use crate::input::Source;
use crate::simd::{Cpu, Kernel, dispatch};

/// One reading of all sources.
pub(super) struct Pass<'a, 'p, A> {
    pub(super) engine: &'a Engine,
    pub(super) sources: &'a [Source],
    pub(super) memory: Memory,
    pub(super) queue: &'a Queue<'a>,
    pub(super) names: &'a Names,
    pub(super) share: Share,
    /// The shares that are still to be read.
    pub(super) left: &'p mut Vec<Share>,
    /// The texts of ids, where they are asked for.
    pub(super) texts: &'a Texts,
    pub(super) analysis: &'p mut A,
    /// Batches that were worked off, for their memory.
    pub(super) batches: Mutex<Vec<Batch>>,
    /// The sources whose records wait until all of it is read.
    pub(super) waits: &'p mut [bool],
    /// The order of each source, as far as it was read.
    pub(super) courses: Vec<Course>,
    /// The largest trace group of each partition that is left for another reading.
    pub(super) left_groups: [Majority; PARTITIONS],
    /// The number of rows of earlier readings, and their memory.
    pub(super) rows: (usize, usize),
    /// What other threads do is a part of it, too.
    pub(super) stage: Span,
}

impl<'a, A: Analysis> Pass<'a, '_, A> {
    /// Reads all. Records go to the partitions, and to a sink of each thread. Ends without partitions if a source turns
    /// out not to be in order whose records did not wait.
    pub(super) fn run<S: Sink + Send>(
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
            for Parsed { source, course, .. } in &window {
                self.courses[*source].append(course);
                // None of its records has been taken: all of them are in the same format.
                self.waits[*source] |= course.waits_always();
            }
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
                None => work_off(&mut partitions, &window, &*this.analysis, &this.stage),
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
        let _span = debug_span!(parent: &self.stage, "parse-window").entered();
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
        let _span = debug_span!(parent: &self.stage, "keep-records").entered();
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
            if self.courses.iter().any(Course::waits_always) {
                return if is_full { Err(Error::MemoryLimit { limit: self.memory.limit }) } else { Ok(()) };
            }
            if !self.courses.iter().all(Course::is_in_order) {
                return if is_full { Err(self.unordered_once()) } else { Ok(()) };
            }
            self.waits.fill(false);
        }
        let orders = self.orders();
        let _span = debug_span!(parent: &self.stage, "sort-records").entered();
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

/// The records of some work, and its place in the input.
struct Parsed {
    source: usize,
    offset: u64,
    /// The number of its lines.
    lines: u64,
    batch: Batch,
    course: Course,
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
        self.scanner.sink().expect_untold(!work.format.has_durations());
        let tally = scan_work(self.scanner, work);
        let spare = lock(self.batches).pop().unwrap_or_else(|| Batch::new(self.share));
        let (mut batch, times) = self.scanner.sink().take(spare);
        if self.numbers_lines {
            let (lines, offset) = work.bytes_from_first_line();
            batch.number_lines(lines, offset);
        }
        let lines = tally.account.lines;
        let course = Course::of(&*work.format, times, tally.account.records);
        self.parsed.push(Parsed { source: work.source, offset: work.offset(), lines, batch, course });
        tally
    }

    fn goes_on(&self) -> bool {
        self.taken.load(Ordering::Relaxed) < self.window
    }
}

pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Records of a source that are enough to begin again if they are not in order, instead of reading it to its end.
const SURE_RECORDS: u64 = 100_000;
/// Records that are in order, of sources that can be read only once, after which no more have to wait: 80 MB.
const MANY_RECORDS: u64 = 1_000_000;

/// Partitions that a thread works off at a time: few, since one can have a tenth of all records, and others wait for
/// the last one: 1 % of the time of `tree`.
const AT_A_TIME: usize = 4;

/// Hands the events of a window to their partitions.
fn work_off(partitions: &mut [Partition], window: &[Parsed], analysis: &impl Analysis, stage: &Span) {
    let _span = debug_span!(parent: stage, "pair-records").entered();
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
