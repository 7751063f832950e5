//! The one work loop of all threads, and reading all inputs with it.

use tracerank_summary::Summary;
use tracing::debug_span;

use super::ledger::Tally;
use super::left_out::LeftOut;
use super::openings::Openings;
use super::outcome::SourceOutcome;
use super::places::Places;
use super::queue::{Lines, Next, Queue, Work};
use super::scanner::Scanner;
use super::sink::Sink;
use super::{Engine, pool};
use crate::error::Error;
use crate::input::Source;

/// One thread's part in reading.
pub(crate) trait Worker {
    /// Reads the lines of some work.
    fn take(&mut self, work: &Work) -> Tally;

    /// Adds a saved summary; only where these are enough.
    fn add(&mut self, _source: usize, _summary: Summary) {}

    /// Says whether it wants more.
    fn goes_on(&self) -> bool {
        true
    }
}

/// Learns something from all inputs, by a worker on each thread.
pub(crate) trait Gather: Sync {
    type Worker<'a>: Worker
    where
        Self: 'a;

    /// Makes a worker for a thread.
    fn worker(&self) -> Self::Worker<'_>;

    /// Takes in all that a worker has learnt.
    fn drain(&self, worker: Self::Worker<'_>);
}

/// Does the queue's work until nothing is left or the worker has enough.
pub(crate) fn work(queue: &Queue<'_>, worker: &mut impl Worker) {
    while worker.goes_on()
        && let Some(next) = queue.next()
    {
        match next {
            Next::Parse(work) => {
                let tally = worker.take(&work);
                queue.done(work, tally);
            }
            Next::Add { source, summary } => {
                let _span = debug_span!("add-summary").entered();
                worker.add(source, *summary);
            }
        }
    }
}

impl Engine {
    /// Reads all of `sources`: logs, and saved summaries if these are enough. Another reading with the same
    /// `openings`, if there are any, finds the same bytes. Those in `left_out` are not opened.
    pub(crate) fn read<G: Gather>(
        &self,
        sources: &[Source],
        takes_saved: bool,
        openings: Option<&Openings>,
        left_out: &LeftOut,
        gather: &G,
    ) -> Result<Vec<SourceOutcome>, Error> {
        let queue = Queue::new(self, sources, takes_saved, openings, left_out);
        let on_thread = || {
            let mut worker = gather.worker();
            work(&queue, &mut worker);
            gather.drain(worker);
        };
        let threads = self.threads_for(sources);
        if threads == 1 {
            on_thread();
        } else {
            pool(threads)?.broadcast(|_| on_thread());
        }
        queue.finish()
    }
}

/// Reads the lines of some work into a sink.
pub(crate) fn scan_work(scanner: &mut Scanner<impl Sink>, work: &Work) -> Tally {
    let format = &*work.format;
    scanner.set_lists(work.is_listed);
    match &work.lines {
        Lines::Chunk { map, range } => {
            let begin = Places::new(format, map.bytes()).first(range);
            let at = position(work.source, 0);
            begin.map(|begin| scanner.scan(format, map.bytes(), begin..range.end, 0, at)).unwrap_or_default()
        }
        Lines::Block(block) => {
            let all = 0..block.bytes().len();
            scanner.scan(format, block.bytes(), all, block.offset, position(work.source, block.offset))
        }
    }
}

/// Gives the position of a byte in all input: only the order of positions matters. (Beyond a million sources or 16 TiB
/// of one, it no longer tells which of two names came first; nothing else depends on it.)
pub(crate) fn position(source: usize, offset: u64) -> u64 {
    ((source as u64).min((1 << (64 - OFFSET_BITS)) - 1) << OFFSET_BITS) | offset.min((1 << OFFSET_BITS) - 1)
}

/// Gives the source of a position.
pub(crate) fn source_of(position: u64) -> usize {
    (position >> OFFSET_BITS) as usize
}

/// Gives the offset of a position in its source.
pub(crate) fn offset_of(position: u64) -> u64 {
    position & ((1 << OFFSET_BITS) - 1)
}

const OFFSET_BITS: u32 = 44;

#[cfg(test)]
mod tests {
    use std::fs::OpenOptions;
    use std::io::Write;
    use std::process::Command;
    use std::sync::atomic::Ordering;
    use std::thread;

    use tracerank_summary::Wanted;

    use super::*;
    use crate::input;

    #[test]
    fn a_scan_of_an_endless_log_is_stopped_from_another_thread() {
        let folder = tempfile::tempdir().unwrap();
        let pipe = folder.path().join("log");
        assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
        let engine = Engine::default().threads(2);
        let (progress, stop) = (engine.progress(), engine.stop());
        let writer = {
            let pipe = pipe.clone();
            thread::spawn(move || {
                let mut pipe = OpenOptions::new().write(true).open(pipe).unwrap();
                let line = [vec![b'x'; 1 << 16], vec![b'\n']].concat();
                // Until the reader goes away.
                while pipe.write_all(&line).is_ok() {}
            })
        };
        let watcher = thread::spawn(move || {
            while progress.load(Ordering::Relaxed) < 4 << 20 {
                thread::yield_now();
            }
            stop.store(true, Ordering::Relaxed);
        });
        let sources = input::resolve(&[pipe], false).unwrap();
        let stopped = engine.scan(&sources, Wanted::NOTHING);
        assert!(matches!(stopped, Err(Error::Stopped)), "{stopped:?}");
        watcher.join().unwrap();
        writer.join().unwrap();
        // Whatever else it is asked for, too.
        let stopped = engine.grow(&sources, 1 << 30, None).err();
        assert!(matches!(stopped, Some(Error::Stopped)), "{stopped:?}");
    }
}
