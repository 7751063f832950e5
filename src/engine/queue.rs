//! Hands out input to worker threads. Inputs are opened as they are needed. Mapped ones are handed out in chunks; a
//! stream is read by the thread that asks.

use std::collections::VecDeque;
use std::io::{self, Read};
use std::ops::Range;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use tracerank_summary::saved::{self, Saved};
use tracerank_summary::{Account, Fingerprint, Summary};
use tracing::debug_span;

use super::Engine;
use super::ledger::Tally;
use super::left_out::LeftOut;
use super::listing::{self, Listing};
use super::openings::Openings;
use super::outcome::{SavedOutcome, SourceOutcome, covered, parted};
use super::places::Places;
use super::times::{Sampled, Stretch};
use crate::error::Error;
use crate::formats::{self, LogFormat};
use crate::input::chunk::CHUNK;
use crate::input::line::GoesOn;
use crate::input::{
    BLOCK, Block, GiveUp, Mapped, Open, Opened, Opening, SNIFFED, Sample, Source, Stream, asks_for_long_window, open,
};

/// The next thing for a thread to do.
pub(crate) enum Next {
    Parse(Work),
    /// Adds a saved summary.
    Add {
        source: usize,
        summary: Box<Summary>,
    },
}

/// Lines to parse.
pub(crate) struct Work {
    /// The number of their source.
    pub(crate) source: usize,
    /// The format that they are read as.
    pub(crate) format: Arc<dyn LogFormat>,
    pub(crate) lines: Lines,
    /// All its records that can't be read are asked for.
    pub(crate) is_listed: bool,
    /// Its number in the order in which work is handed out.
    number: u64,
}

/// The lines of some work.
pub(crate) enum Lines {
    /// Those that begin in a range of a mapped file.
    Chunk { map: Arc<Mapped>, range: Range<usize> },
    /// Whole lines of a stream.
    Block(Block),
}

impl Work {
    /// Counts its bytes of input, after decompression.
    pub(crate) fn len(&self) -> usize {
        match &self.lines {
            Lines::Chunk { range, .. } => range.len(),
            Lines::Block(block) => block.bytes().len(),
        }
    }

    /// Looks at the times of a few of its records. The first and the last of a mapped file are found once all of it was
    /// read.
    #[cold]
    fn times(&self) -> Sampled {
        let format = &*self.format;
        match &self.lines {
            Lines::Chunk { map, range } => self.begin(map, range).map_or_else(Sampled::default, |begin| {
                Sampled::at_steps(&Stretch { format, bytes: map.bytes(), range: begin..range.end, offset: 0 })
            }),
            Lines::Block(block) => {
                let range = 0..block.bytes().len();
                let stretch = Stretch { format, bytes: block.bytes(), range, offset: block.offset };
                let mut times = Sampled::at_steps(&stretch);
                times.add(Sampled::at_first(&stretch));
                times.add(Sampled::at_last(&stretch));
                times
            }
        }
    }

    /// Gives its bytes from its first line on, and their offset in its source.
    pub(crate) fn bytes_from_first_line(&self) -> (&[u8], u64) {
        match &self.lines {
            Lines::Chunk { map, range } => {
                let begin = self.begin(map, range).unwrap_or(range.end);
                (&map.bytes()[begin..range.end], begin as u64)
            }
            Lines::Block(block) => (block.bytes(), block.offset),
        }
    }

    /// Finds the first record that begins in a range of a mapped file.
    fn begin(&self, map: &Mapped, range: &Range<usize>) -> Option<usize> {
        Places::new(&*self.format, map.bytes()).first(range)
    }

    /// Gives the offset in its source at which it begins.
    pub(crate) fn offset(&self) -> u64 {
        match &self.lines {
            Lines::Chunk { range, .. } => range.start as u64,
            Lines::Block(block) => block.offset,
        }
    }
}

/// All inputs of a scan.
pub(crate) struct Queue<'a> {
    engine: &'a Engine,
    sources: &'a [Source],
    /// Saved summaries are enough.
    takes_saved: bool,
    /// A source is opened only when all before it are handed out.
    in_order: bool,
    /// Nobody looks at the times of all records, so those of a few are looked at here.
    samples_times: bool,
    /// Takes all records that can't be read.
    listing: Option<&'a Listing>,
    chunk: usize,
    /// The inputs as they were opened first, if they are read more than once.
    openings: Option<&'a Openings>,
    /// The inputs that are not opened.
    left_out: &'a LeftOut,
    /// Tells readers of pipes that there is no more reason to wait.
    give_up: GiveUp,
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    /// The number of works that were handed out.
    handed_out: u64,
    /// The numbers of those that nobody reads, since their source can't be read whole.
    dropped: Vec<u64>,
    /// The first source that was not opened yet.
    next: usize,
    mapped: VecDeque<MappedSource>,
    /// Streams from which no thread reads at the moment.
    streams: VecDeque<StreamSource>,
    /// Blocks that were read for waiting threads.
    blocks: VecDeque<Work>,
    /// Saved summaries that were read.
    saved: VecDeque<(usize, Box<Summary>)>,
    /// The account of all saved summaries so far.
    of_saved: Account,
    /// Threads that open an input or read from a stream at the moment, and threads that wait for them.
    busy: usize,
    waiting: usize,
    outcomes: Vec<SourceOutcome>,
    /// Parsed blocks, kept for their memory.
    spare: Vec<Block>,
    /// The error of the first source that has one.
    error: Option<(usize, Error)>,
    /// There is one.
    failed: Arc<AtomicBool>,
    /// An error ends its source only.
    keeps_going: bool,
}

struct MappedSource {
    source: usize,
    log_format: Arc<dyn LogFormat>,
    map: Arc<Mapped>,
    /// The bytes that are still to be handed out.
    rest: Range<usize>,
}

struct StreamSource {
    source: usize,
    /// None until its beginning was seen.
    log_format: Option<Arc<dyn LogFormat>>,
    stream: Stream,
    format: Option<&'static str>,
    len: Option<u64>,
    /// The whole file's, if only a part of it is read.
    fingerprint: Option<Fingerprint>,
}

impl StreamSource {
    /// Reads the next block of whole records, as far as their format is known.
    fn next_block(&mut self, block: &mut Block) -> io::Result<bool> {
        self.stream.next_block(block, self.log_format.as_ref().and_then(goes_on).as_ref())
    }
}

/// Gives the rule by which lines of a format go on with a record, if there is one.
fn goes_on(format: &Arc<dyn LogFormat>) -> Option<GoesOn> {
    let format = Arc::clone(format);
    format.joins_lines().then(|| -> GoesOn { Arc::new(move |before, line| format.goes_on(before, line)) })
}

impl<'a> Queue<'a> {
    /// Makes a queue of whole logs, in any order, and of saved summaries if these are enough. They are opened as
    /// they were in `openings`, if there are any.
    pub(super) fn new(
        engine: &'a Engine,
        sources: &'a [Source],
        takes_saved: bool,
        openings: Option<&'a Openings>,
        left_out: &'a LeftOut,
    ) -> Self {
        let outcomes = sources.iter().map(|_| SourceOutcome::default()).collect();
        let failed = Arc::default();
        let listing = engine.listing.as_deref();
        listing.iter().for_each(|listing| listing.begin());
        Self {
            engine,
            sources,
            takes_saved,
            in_order: listing.is_some(),
            listing,
            samples_times: true,
            chunk: CHUNK,
            openings,
            left_out,
            give_up: GiveUp { stopped: engine.stop(), failed: Arc::clone(&failed) },
            state: Mutex::new(State { outcomes, keeps_going: engine.keeps_going, failed, ..State::default() }),
            changed: Condvar::new(),
        }
    }

    /// Makes a queue that hands out one source after the other, and each from its beginning to its end; no saved
    /// summaries. It looks at no times, since whoever asks for the order looks at all.
    pub(crate) fn in_order(
        engine: &'a Engine,
        sources: &'a [Source],
        openings: &'a Openings,
        left_out: &'a LeftOut,
    ) -> Self {
        let queue = Self::new(engine, sources, false, Some(openings), left_out);
        Self { in_order: true, samples_times: false, chunk: engine.pieces.chunk, ..queue }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Gives the next thing to do, or nothing if all is handed out or an error ended the scan. Waits for a stream that
    /// another thread reads from.
    pub(crate) fn next(&self) -> Option<Next> {
        let mut state = self.lock();
        loop {
            if self.engine.stop.load(Ordering::Relaxed) {
                state.error = Some((0, Error::Stopped));
            }
            if state.error.is_some() {
                return None;
            }
            if let Some((source, summary)) = state.saved.pop_front() {
                return Some(Next::Add { source, summary });
            }
            if let Some(work) = state.blocks.pop_front() {
                return Some(Next::Parse(work));
            }
            self.pass_over(&mut state);
            if self.listing.is_some_and(Listing::is_full) {
                // Another thread reads what the others wait for, since all before it are handed out.
                state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
                continue;
            }
            if let Some(work) = next_chunk(&mut state, self.chunk, self.listing.is_some()) {
                return Some(Next::Parse(work));
            }
            if let Some(stream) = state.streams.pop_front() {
                let work;
                (state, work) = self.busy(state, |state| self.pump(state, stream));
                if work.is_some() {
                    return work.map(Next::Parse);
                }
            } else if state.next < self.sources.len() && !(self.in_order && state.busy > 0) {
                (state, ()) = self.busy(state, |state| self.open_next(state));
            } else if state.busy > 0 {
                state.waiting += 1;
                let wait = debug_span!("wait-for-work").entered();
                state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
                drop(wait);
                state.waiting -= 1;
            } else {
                return None;
            }
        }
    }

    /// Tells the listing what nobody reads.
    fn pass_over(&self, state: &mut State) {
        if let Some(listing) = self.listing
            && !state.dropped.is_empty()
        {
            for number in state.dropped.drain(..) {
                listing.add(number, listing::Stretch::default(), self.sources);
            }
            self.changed.notify_all();
        }
    }

    /// Does something that takes a while, without the lock. Threads without work wait for its result.
    fn busy<'s, T>(
        &'s self,
        mut state: MutexGuard<'s, State>,
        something: impl FnOnce(MutexGuard<'s, State>) -> (MutexGuard<'s, State>, T),
    ) -> (MutexGuard<'s, State>, T) {
        state.busy += 1;
        let (mut state, result) = something(state);
        state.busy -= 1;
        self.changed.notify_all();
        (state, result)
    }

    fn open_next<'s>(&'s self, mut state: MutexGuard<'s, State>) -> (MutexGuard<'s, State>, ()) {
        let source = state.next;
        state.next += 1;
        if self.left_out.has(source) {
            return (state, ());
        }
        drop(state);
        let opened = debug_span!("open-log").in_scope(|| self.open(source));
        let admitted = opened.and_then(|opened| self.admitted(source, opened));
        let mut state = self.lock();
        match admitted {
            Err(_) if self.has_given_up(source) => {}
            Err(error) => state.fail(source, error),
            Ok(Admitted::Log(log_format, opened)) => {
                state.admit(source, &self.sources[source], log_format, *opened);
            }
            Ok(Admitted::Saved(saved)) => state.admit_saved(source, &self.sources[source], *saved),
        }
        (state, ())
    }

    /// Reads a saved summary, or begins to read a log.
    fn admitted(&self, source: usize, opened: Opened) -> Result<Admitted, Error> {
        if let Open::Saved(reader) = opened.bytes {
            return self.read_saved(source, reader).map(Admitted::Saved);
        }
        let log_format = self.format_of(source, &opened)?;
        let failed = |error| Error::Open { path: self.sources[source].path().to_owned(), source: error };
        let opened = opened.begun(log_format.as_ref().and_then(goes_on)).map_err(failed)?;
        Ok(Admitted::Log(log_format, Box::new(opened)))
    }

    /// Finds the format of a log that was opened; none if its beginning has to be read first.
    fn format_of(&self, source: usize, opened: &Opened) -> Result<Option<Arc<dyn LogFormat>>, Error> {
        match (&opened.bytes, &opened.sample) {
            (Open::Mapped(map, _), _) => self.detect(source, &Sample::of(map.bytes()).into_owned()).map(Some),
            (_, Some(sample)) => self.detect(source, sample).map(Some),
            (_, None) => Ok(None),
        }
    }

    /// Gives the format that is asked for, or else that of a sample.
    fn detect(&self, source: usize, sample: &Sample<'_>) -> Result<Arc<dyn LogFormat>, Error> {
        let found = match &self.engine.log_format {
            Some(forced) => formats::detect_as(forced, sample),
            None => formats::detect(sample),
        };
        let format = found.map_err(|why| Error::undetected(self.sources[source].path(), why))?;
        if self.sources[source].range().is_some() && !format.has_durations() {
            let path = self.sources[source].path().to_owned();
            return Err(Error::PartOfPairs { path, format: format.name() });
        }
        Ok(format)
    }

    fn open(&self, source: usize) -> Result<Opened, Error> {
        let Engine { may_map, progress, .. } = self.engine;
        let open = |opening: Opening<'_>| open(&self.sources[source], *may_map, progress, &self.give_up, opening);
        self.openings.map_or_else(|| open(Opening::Only), |openings| openings.get_or(source, open))
    }

    fn read_saved(&self, source: usize, reader: Box<dyn Read + Send>) -> Result<Box<Saved>, Error> {
        let _span = debug_span!("read-summary").entered();
        let path = self.sources[source].path();
        let saved = saved::read(reader).map_err(|error| Error::Summary { path: path.to_owned(), source: error })?;
        let (of, path) = (|| saved.coverage.files().iter().map(|file| file.path.clone()).collect(), path.to_owned());
        if self.listing.is_some() {
            return Err(Error::SummaryListed { path, of: of() });
        }
        if self.takes_saved { Ok(Box::new(saved)) } else { Err(Error::SummaryFiltered { path, of: of() }) }
    }

    /// Reads from a stream: blocks for the threads that wait, and then one for this thread. So a decompressor stays
    /// where its tables are cached, while others parse: a log in zstd takes 9 % less time than with a decompressor that
    /// moves between threads.
    fn pump<'s>(
        &'s self,
        mut state: MutexGuard<'s, State>,
        mut stream: StreamSource,
    ) -> (MutexGuard<'s, State>, Option<Work>) {
        let source = stream.source;
        loop {
            let mut block = state.spare.pop().unwrap_or_default();
            drop(state);
            let read = debug_span!("read-block").in_scope(|| self.read_block(&mut stream, &mut block));
            state = self.lock();
            let log_format = match read {
                Ok(Some(log_format)) => log_format,
                Ok(None) => {
                    self.close(&mut state, &stream);
                    state.keep(block);
                    return (state, None);
                }
                Err(error) => {
                    if !self.has_given_up(source) {
                        state.fail(source, error);
                    }
                    state.keep(block);
                    return (state, None);
                }
            };
            let outcome = &mut state.outcomes[source];
            if block.offset == 0 {
                outcome.begin = block.bytes()[..SNIFFED.min(block.bytes().len())].to_vec();
                outcome.parting = parted(log_format.as_ref(), block.bytes());
            }
            outcome.log_format = Some(log_format.name());
            outcome.lacks_ids = !log_format.has_ids();
            let is_listed = self.listing.is_some();
            let work =
                Work { source, format: log_format, lines: Lines::Block(block), is_listed, number: state.number() };
            if state.error.is_some() || state.blocks.len() >= state.waiting {
                state.streams.push_back(stream);
                return (state, Some(work));
            }
            state.blocks.push_back(work);
            self.changed.notify_one();
        }
    }

    /// Says whether the error of a source may be that its reader gave up, for another one.
    fn has_given_up(&self, source: usize) -> bool {
        self.sources[source].len().is_none() && self.give_up.is_told()
    }

    /// Reads the next block of a stream, and gives the format of its lines; none at its end.
    fn read_block(&self, stream: &mut StreamSource, block: &mut Block) -> Result<Option<Arc<dyn LogFormat>>, Error> {
        if !stream.next_block(block).map_err(|error| self.explain(stream, error))? {
            return Ok(None);
        }
        if let Some(known) = &stream.log_format {
            return Ok(Some(Arc::clone(known)));
        }
        let sample = match stream.stream.rest_of_ended() {
            Some(rest) => Sample::of_lines(block.bytes(), rest),
            None => Sample::of_beginning(block.bytes()),
        };
        let log_format = self.detect(stream.source, &sample)?;
        // Blank lines are of any format; the next block tells.
        stream.log_format = (!sample.is_empty()).then(|| Arc::clone(&log_format));
        if log_format.joins_lines() && stream.log_format.is_some() {
            stream.stream.take_back(block);
            stream.next_block(block).map_err(|error| self.explain(stream, error))?;
        }
        Ok(Some(log_format))
    }

    /// Makes an [`Error`] of an error of reading.
    fn explain(&self, stream: &StreamSource, error: io::Error) -> Error {
        let path = self.sources[stream.source].path().to_owned();
        let offset = stream.stream.offset();
        match stream.format {
            // An error of the system has a number; an error of a decompressor about its data has none.
            Some(format) if error.raw_os_error().is_none() => {
                let long_window = asks_for_long_window(&error);
                Error::Damaged { path, format, offset, source: error, long_window }
            }
            _ => Error::Read { path, offset, source: error },
        }
    }

    /// Notes that a stream has ended.
    fn close(&self, state: &mut State, source: &StreamSource) {
        let offset = source.stream.offset();
        let outcome = &mut state.outcomes[source.source];
        let file = &self.sources[source.source];
        let fingerprint = source.fingerprint.unwrap_or_else(|| source.stream.fingerprint());
        let range = file.range().unwrap_or(0..fingerprint.len);
        outcome.bytes = range.end - range.start;
        outcome.coverage = covered(file, fingerprint, range);
        if source.len.is_some_and(|len| offset < len) {
            let path = file.path().to_owned();
            outcome.cut = Some(Error::Truncated { path, offset, mapped: false });
        }
    }

    /// Takes back work that was parsed.
    pub(crate) fn done(&self, work: Work, mut tally: Tally) {
        if let Some(listing) = self.listing {
            let (lines, records) = (tally.account.lines, tally.listed.take().unwrap_or_default());
            let stretch = listing::Stretch { source: work.source, lines, records };
            listing.add(work.number, stretch, self.sources);
        }
        let samples = self.samples_times && tally.account.records > 0 && work.format.has_times();
        let times = if samples { work.times() } else { Sampled::default() };
        let Work { source, lines, format, .. } = work;
        match lines {
            Lines::Chunk { map, range } => {
                self.engine.progress.fetch_add(range.len() as u64, Ordering::Relaxed);
                let mut state = self.lock();
                let outcome = &mut state.outcomes[source];
                outcome.ledger.add(range.start as u64, tally);
                outcome.times.add(times);
                outcome.bytes += range.len() as u64;
                let is_done = outcome.bytes == outcome.expected;
                if is_done && self.samples_times && format.has_times() {
                    let end = self.sources[source].range().map_or(u64::MAX, |range| range.end);
                    outcome.look_at_ends(&*format, map.bytes(), end);
                }
                if (is_done || map.is_known_lost())
                    && let Some(offset) = map.lost_at()
                {
                    let path = self.sources[source].path().to_owned();
                    state.fail(source, Error::Truncated { path, offset, mapped: true });
                }
            }
            Lines::Block(block) => {
                let mut state = self.lock();
                let outcome = &mut state.outcomes[source];
                outcome.ledger.add(block.offset, tally);
                outcome.times.add(times);
                state.keep(block);
            }
        }
        if self.listing.is_some() {
            self.changed.notify_all();
        }
    }

    /// Gives the outcome of each source, or the error of the first that has one.
    pub(crate) fn finish(self) -> Result<Vec<SourceOutcome>, Error> {
        let state = self.state.into_inner().unwrap_or_else(PoisonError::into_inner);
        let was_stopped = self.engine.stop.load(Ordering::Relaxed);
        if let Some((_, error)) = state.error.or(was_stopped.then_some((0, Error::Stopped))) {
            return Err(error);
        }
        let mut outcomes = state.outcomes;
        outcomes.iter_mut().for_each(SourceOutcome::note_ends);
        Ok(outcomes)
    }
}

impl State {
    /// Numbers the next work.
    fn number(&mut self) -> u64 {
        self.handed_out += 1;
        self.handed_out - 1
    }

    /// Notes an error; that of the first source counts, or the first one of each source.
    fn fail(&mut self, source: usize, error: Error) {
        if self.keeps_going {
            self.outcomes[source].cut.get_or_insert(error);
            self.mapped.retain(|mapped| mapped.source != source);
            let dropped = self.blocks.iter().filter(|work| work.source == source).map(|work| work.number);
            self.dropped.extend(dropped);
            self.blocks.retain(|work| work.source != source);
        } else if self.error.as_ref().is_none_or(|(first, _)| source < *first) {
            self.error = Some((source, error));
            self.failed.store(true, Ordering::Relaxed);
        }
    }

    /// Keeps a block for its memory, unless a long line has made it large.
    fn keep(&mut self, block: Block) {
        if block.capacity() <= 4 * BLOCK {
            self.spare.push(block);
        }
    }

    /// Makes an opened log available to all threads.
    fn admit(&mut self, source: usize, file: &Source, log_format: Option<Arc<dyn LogFormat>>, opened: Opened) {
        let Opened { bytes, format, len, fingerprint, .. } = opened;
        let outcome = &mut self.outcomes[source];
        outcome.compression = format;
        outcome.log_format = log_format.as_ref().map(|format| format.name());
        outcome.lacks_ids = log_format.as_ref().is_some_and(|format| !format.has_ids());
        match bytes {
            Open::Mapped(map, rest) => {
                let fingerprint = fingerprint.unwrap_or_else(|| Fingerprint::of(map.bytes()));
                outcome.begin = map.bytes()[..SNIFFED.min(map.bytes().len())].to_vec();
                outcome.parting = log_format.as_deref().and_then(|format| parted(format, map.bytes()));
                outcome.coverage = covered(file, fingerprint, rest.start as u64..rest.end as u64);
                outcome.expected = rest.len() as u64;
                if let Some(log_format) = log_format.filter(|_| !rest.is_empty()) {
                    self.mapped.push_back(MappedSource { source, log_format, map, rest });
                }
            }
            Open::Stream(stream) => {
                self.streams.push_back(StreamSource { source, log_format, stream, format, len, fingerprint });
            }
            // Saved summaries are read as a whole before, and parts were begun.
            Open::Saved(_) | Open::Part(_) => {}
        }
    }

    /// Makes a saved summary available to the next thread that asks.
    fn admit_saved(&mut self, source: usize, file: &Source, saved: Saved) {
        let Saved { summary, account, malformed, coverage } = saved;
        // Before their figures are added up, which then can't overflow.
        let Some(sum) = self.of_saved.checked_add(account) else {
            return self.fail(source, Error::TooMuch { path: file.path().to_owned() });
        };
        self.of_saved = sum;
        let outcome = &mut self.outcomes[source];
        outcome.saved = Some(SavedOutcome::new(account, malformed, &summary));
        outcome.coverage = coverage;
        self.saved.push_back((source, Box::new(summary)));
    }
}

/// An input that was opened.
enum Admitted {
    Log(Option<Arc<dyn LogFormat>>, Box<Opened>),
    Saved(Box<Saved>),
}

fn next_chunk(state: &mut State, chunk: usize, is_listed: bool) -> Option<Work> {
    let mapped = state.mapped.front_mut()?;
    let range = mapped.rest.start..mapped.rest.end.min(mapped.rest.start + chunk);
    mapped.rest.start = range.end;
    let (source, format, map) = (mapped.source, Arc::clone(&mapped.log_format), Arc::clone(&mapped.map));
    if mapped.rest.is_empty() {
        state.mapped.pop_front();
    }
    Some(Work { source, format, lines: Lines::Chunk { map, range }, is_listed, number: state.number() })
}
