//! The list of all records that can't be read, told in the order of the input while it is read.

use std::collections::BTreeMap;
use std::fmt;
use std::io;
use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::input::Source;
use crate::record::Reason;

/// Bytes of stretches that wait for one before them. Beyond, no more input is handed out.
const MOST_WAITING: usize = 16 << 20;

/// A malformed or torn record.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct Unreadable<'a> {
    /// Its file, or `-`.
    pub path: &'a Path,
    /// Its line, from 1; none if only a part of the file is read, and not from its beginning.
    pub line: Option<u64>,
    /// The offset of its line in the (decompressed) file, from 0; of a torn record, its own.
    pub offset: u64,
    /// The reason, as the rest of a sentence that begins with the line.
    pub reason: &'static str,
    /// Its line from the offset on, at most 200 bytes of it.
    pub text: &'a [u8],
}

/// Takes all malformed and torn records of a reading, each once, in the order of the input.
pub struct Listing(Mutex<State>);

type Take = Box<dyn FnMut(&Unreadable<'_>) -> io::Result<()> + Send>;

struct State {
    take: Take,
    /// The stretch that is next, and those that wait for it.
    next: u64,
    waiting: BTreeMap<u64, Stretch>,
    /// The bytes of those.
    waiting_bytes: usize,
    /// The source of the last stretch, and its lines so far.
    source: usize,
    lines: u64,
    /// The place of the last record that was told: another reading goes on from there.
    told: Option<(usize, u64)>,
    error: Option<io::Error>,
}

/// A malformed or torn record of a stretch of lines.
#[derive(Debug)]
pub(crate) struct Listed {
    /// Its line in the stretch, from 0.
    pub(crate) line: u64,
    pub(crate) offset: u64,
    pub(crate) reason: Reason,
    pub(crate) text: Box<[u8]>,
}

impl Listed {
    /// The most bytes of a text.
    const TEXT: usize = 200;

    pub(crate) fn new(line: u64, offset: u64, reason: Reason, bytes: &[u8]) -> Self {
        let text = &bytes[..bytes.len().min(Self::TEXT)];
        let end = memchr::memchr(b'\n', text).unwrap_or(text.len());
        Self { line, offset, reason, text: text[..end].trim_ascii_end().into() }
    }
}

/// A stretch of lines that was read.
#[derive(Debug, Default)]
pub(super) struct Stretch {
    pub(super) source: usize,
    /// The number of its lines.
    pub(super) lines: u64,
    pub(super) records: Vec<Listed>,
}

impl Stretch {
    fn bytes(&self) -> usize {
        let texts: usize = self.records.iter().map(|record| record.text.len()).sum();
        texts + self.records.len() * size_of::<Listed>() + size_of::<Self>()
    }
}

impl Listing {
    /// Hands each record on. After an error, which [`finish`](Self::finish) gives, no more of them.
    pub fn new(take: impl FnMut(&Unreadable<'_>) -> io::Result<()> + Send + 'static) -> Self {
        Self(Mutex::new(State {
            take: Box::new(take),
            next: 0,
            waiting: BTreeMap::new(),
            waiting_bytes: 0,
            source: 0,
            lines: 0,
            told: None,
            error: None,
        }))
    }

    /// Gives the first error, if there was any.
    pub fn finish(&self) -> io::Result<()> {
        self.lock().error.take().map_or(Ok(()), Err)
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Begins a reading. What the one before has told is not told again.
    pub(super) fn begin(&self) {
        let mut state = self.lock();
        (state.next, state.source, state.lines, state.waiting_bytes) = (0, 0, 0, 0);
        state.waiting.clear();
    }

    /// Takes the stretch with this number in the order of the input.
    pub(super) fn add(&self, number: u64, stretch: Stretch, sources: &[Source]) {
        let mut state = self.lock();
        state.waiting_bytes += stretch.bytes();
        state.waiting.insert(number, stretch);
        loop {
            let next = state.next;
            let Some(stretch) = state.waiting.remove(&next) else { break };
            state.next += 1;
            state.waiting_bytes -= stretch.bytes();
            state.tell(&stretch, sources);
        }
    }

    /// Says whether too much waits for stretches that are being read.
    pub(super) fn is_full(&self) -> bool {
        self.lock().waiting_bytes > MOST_WAITING
    }
}

impl State {
    fn tell(&mut self, stretch: &Stretch, sources: &[Source]) {
        let Stretch { source, lines, records } = stretch;
        if *lines == 0 {
            return;
        }
        if *source != self.source {
            (self.source, self.lines) = (*source, 0);
        }
        let file = &sources[*source];
        // Only the parts before this one know how many lines precede it.
        let is_whole = file.range().is_none_or(|range| range.start == 0);
        for Listed { line, offset, reason, text } in records {
            let place = Some((*source, *offset));
            if place <= self.told || self.error.is_some() {
                continue;
            }
            self.told = place;
            let line = is_whole.then_some(self.lines + line + 1);
            let record = Unreadable { path: file.path(), line, offset: *offset, reason: reason.as_str(), text };
            self.error = (self.take)(&record).err();
        }
        self.lines += lines;
    }
}

impl fmt::Debug for Listing {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Listing").finish_non_exhaustive()
    }
}
