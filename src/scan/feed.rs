//! Who reads what next. Threads ask for work; inputs are opened as they are needed, mapped ones handed out in chunks, streams read by whoever asks.

use std::collections::VecDeque;
use std::ops::Range;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use super::account::{Ledger, Tally};
use crate::chunk::CHUNK;
use crate::error::Error;
use crate::input::{BLOCK, Block, Mapped, Open, Opened, SNIFFED, Source, Stream, open};

/// Something to parse.
pub(crate) enum Work {
    /// A range of a mapped file.
    Chunk { source: usize, map: Arc<Mapped>, range: Range<usize> },
    /// Whole lines of a stream.
    Block { source: usize, block: Block },
}

/// What became of a source.
#[derive(Debug, Default)]
pub(crate) struct Outcome {
    pub(crate) ledger: Ledger,
    /// Bytes of its content that were read.
    pub(crate) bytes: u64,
    /// The beginning of its content.
    pub(crate) begin: Vec<u8>,
    /// What it is compressed with.
    pub(crate) format: Option<&'static str>,
    /// The error that ended it early but leaves what was read of use.
    pub(crate) cut: Option<Error>,
}

/// All inputs of a scan.
pub(crate) struct Feed<'a> {
    sources: &'a [Source],
    may_map: bool,
    /// Bytes taken in so far.
    progress: &'a Arc<AtomicU64>,
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    /// The first source that was not opened yet.
    next: usize,
    mapped: VecDeque<MappedSource>,
    /// Streams that nobody reads from at the moment.
    streams: VecDeque<StreamSource>,
    /// How many threads open something or read from a stream at the moment.
    busy: usize,
    outcomes: Vec<Outcome>,
    /// Memory of blocks that were parsed.
    buffers: Vec<Vec<u8>>,
    /// The error of the first source that has one.
    error: Option<(usize, Error)>,
}

struct MappedSource {
    source: usize,
    map: Arc<Mapped>,
    next: usize,
}

struct StreamSource {
    source: usize,
    stream: Stream,
    format: Option<&'static str>,
    len: Option<u64>,
}

impl<'a> Feed<'a> {
    pub(crate) fn new(sources: &'a [Source], may_map: bool, progress: &'a Arc<AtomicU64>) -> Self {
        let outcomes = sources.iter().map(|_| Outcome::default()).collect();
        Self {
            sources,
            may_map,
            progress,
            state: Mutex::new(State { outcomes, ..State::default() }),
            changed: Condvar::new(),
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Something to parse, or nothing if all is handed out or an error ended the scan. Waits for a stream that another thread reads from.
    pub(crate) fn next(&self) -> Option<Work> {
        let mut state = self.lock();
        loop {
            if state.error.is_some() {
                return None;
            }
            if let Some(work) = next_chunk(&mut state) {
                return Some(work);
            }
            if let Some(stream) = state.streams.pop_front() {
                state.busy += 1;
                let buffer = state.buffers.pop().unwrap_or_default();
                drop(state);
                let read = self.read(stream, buffer);
                state = self.lock();
                state.busy -= 1;
                self.changed.notify_all();
                match read {
                    Err((source, error)) => state.fail(source, error),
                    Ok((stream, None)) => self.close(&mut state, &stream),
                    Ok((stream, Some(block))) => {
                        let source = stream.source;
                        if block.offset == 0 {
                            state.outcomes[source].begin = block.bytes[..SNIFFED.min(block.bytes.len())].to_vec();
                        }
                        state.streams.push_back(stream);
                        return Some(Work::Block { source, block });
                    }
                }
            } else if state.next < self.sources.len() {
                let source = state.next;
                state.next += 1;
                state.busy += 1;
                drop(state);
                let opened = open(&self.sources[source], self.may_map, self.progress);
                state = self.lock();
                state.busy -= 1;
                self.changed.notify_all();
                match opened {
                    Err(error) => state.fail(source, error),
                    Ok(opened) => state.admit(source, opened),
                }
            } else if state.busy > 0 {
                state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
            } else {
                return None;
            }
        }
    }

    /// The next block of a stream, and the stream unless it ended.
    fn read(&self, mut source: StreamSource, buffer: Vec<u8>) -> Result<(StreamSource, Option<Block>), (usize, Error)> {
        match source.stream.next_block(buffer) {
            Ok(block) => Ok((source, block)),
            Err(error) => {
                let path = self.sources[source.source].path().to_owned();
                let offset = source.stream.offset();
                let error = match source.format {
                    // What the system says of a read has a number; what a decompressor says of its data has none.
                    Some(format) if error.raw_os_error().is_none() => {
                        Error::Damaged { path, format, offset, source: error }
                    }
                    _ => Error::Read { path, offset, source: error },
                };
                Err((source.source, error))
            }
        }
    }

    /// Takes note that a stream ended.
    fn close(&self, state: &mut State, source: &StreamSource) {
        let offset = source.stream.offset();
        let outcome = &mut state.outcomes[source.source];
        outcome.bytes = offset;
        if source.len.is_some_and(|len| offset < len) {
            let path = self.sources[source.source].path().to_owned();
            outcome.cut = Some(Error::Truncated { path, offset });
        }
    }

    /// Takes back what was parsed.
    pub(crate) fn done(&self, work: Work, tally: Tally) {
        match work {
            Work::Chunk { source, map, range } => {
                self.progress.fetch_add(range.len() as u64, Ordering::Relaxed);
                let mut state = self.lock();
                let outcome = &mut state.outcomes[source];
                outcome.ledger.add(range.start as u64, tally);
                outcome.bytes += range.len() as u64;
                let is_done = outcome.bytes == map.bytes().len() as u64;
                if (is_done || map.is_known_lost())
                    && let Some(offset) = map.lost_at()
                {
                    let path = self.sources[source].path().to_owned();
                    state.fail(source, Error::Truncated { path, offset });
                }
            }
            Work::Block { source, block } => {
                let mut state = self.lock();
                state.outcomes[source].ledger.add(block.offset, tally);
                if block.bytes.capacity() <= 4 * BLOCK {
                    state.buffers.push(block.bytes);
                }
            }
        }
    }

    /// What became of each source, or the error of the first that has one.
    pub(crate) fn finish(self) -> Result<Vec<Outcome>, Error> {
        let state = self.state.into_inner().unwrap_or_else(PoisonError::into_inner);
        match state.error {
            Some((_, error)) => Err(error),
            None => Ok(state.outcomes),
        }
    }
}

impl State {
    /// Notes an error; that of the first source counts.
    fn fail(&mut self, source: usize, error: Error) {
        if self.error.as_ref().is_none_or(|(first, _)| source < *first) {
            self.error = Some((source, error));
        }
    }

    /// Makes an opened source available to all threads.
    fn admit(&mut self, source: usize, opened: Opened) {
        let outcome = &mut self.outcomes[source];
        outcome.format = opened.format;
        match opened.bytes {
            Open::Mapped(map) => {
                outcome.begin = map.bytes()[..SNIFFED.min(map.bytes().len())].to_vec();
                self.mapped.push_back(MappedSource { source, map: Arc::new(map), next: 0 });
            }
            Open::Stream(stream) => {
                let (format, len) = (opened.format, opened.len);
                self.streams.push_back(StreamSource { source, stream, format, len });
            }
        }
    }
}

fn next_chunk(state: &mut State) -> Option<Work> {
    let mapped = state.mapped.front_mut()?;
    let len = mapped.map.bytes().len();
    let range = mapped.next..len.min(mapped.next + CHUNK);
    mapped.next = range.end;
    let (source, map) = (mapped.source, Arc::clone(&mapped.map));
    if range.end == len {
        state.mapped.pop_front();
    }
    Some(Work::Chunk { source, map, range })
}
