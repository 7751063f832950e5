//! The share of a memory limit that spans get, and that of everything else.

use crate::error::Error;

/// Memory of the program before the first record: itself, the names and paths of a usual log, and what a decompressor
/// keeps of it.
const PROGRAM: usize = 8 << 20;
/// Memory of a thread: a block of a stream, with records of it twice, tables of names, a stack.
const THREAD: usize = 3 << 20;
/// The least memory limit of a scan for trees, in bytes: below it there would hardly be room for spans.
pub const LEAST_MEMORY: usize = 16_000_000;

/// A memory limit, shared out. The whole program stays below it, whatever the log (`scripts/memory_limit` measures it).
#[derive(Debug, Clone, Copy)]
pub(crate) struct Memory {
    pub(crate) limit: usize,
    /// Number of threads: not more than may take half of the limit.
    pub(crate) threads: usize,
    /// Bytes for the spans of a reading, with the memory to make trees of them.
    pub(crate) spans: usize,
    /// Bytes for names and paths, of which usual logs have few. (The tree is there twice when it is printed, and a part
    /// of it for each thread before.)
    pub(crate) paths: usize,
    /// Bytes of input in a window, whose records take less than half as much. Two windows are in memory at a time.
    pub(crate) window: u64,
}

impl Memory {
    /// Shares out `limit` bytes where this number of threads and this window would be best.
    pub(crate) fn within(limit: usize, threads: usize, window: u64) -> Result<Self, Error> {
        if limit < LEAST_MEMORY {
            return Err(Error::LeastMemory { limit, least: LEAST_MEMORY });
        }
        let threads = threads.min((limit / 2).saturating_sub(PROGRAM) / THREAD).max(1);
        let rest = limit.saturating_sub(PROGRAM + threads * THREAD);
        let window = window.min(rest as u64 / 8);
        // Other threads can't use all the memory that an allocator got back for one.
        let spans = (rest - window as usize) / 10 * 9;
        Ok(Self { limit, threads, spans, paths: spans / 4, window })
    }

    /// The same with less for spans, where their ids are kept: what one thread allocates and another frees, an allocator
    /// can't always put to another use.
    pub(crate) fn with_ids(self) -> Self {
        let spans = self.spans / 10 * 9;
        Self { spans, paths: self.paths.min(spans), ..self }
    }

    /// Gives the bytes that the records of one trace group may take, where this number of threads searches for them.
    pub(crate) fn of_group(limit: usize, threads: usize) -> Result<usize, Error> {
        if limit < LEAST_MEMORY {
            return Err(Error::LeastMemory { limit, least: LEAST_MEMORY });
        }
        let others = PROGRAM + threads.saturating_mul(THREAD);
        Ok(limit.saturating_sub(others.min(limit / 2)))
    }

    /// Fails if the rows of a list take more than all of the spans may.
    pub(crate) fn hold_rows(self, (rows, bytes): (usize, usize)) -> Result<(), Error> {
        if bytes <= self.spans { Ok(()) } else { Err(Error::ListLimit { rows, limit: self.limit }) }
    }

    /// Fails if they take so much that there is hardly any room for spans beside them.
    pub(crate) fn leave_room_beside(self, (rows, bytes): (usize, usize)) -> Result<(), Error> {
        self.hold_rows((rows, bytes.saturating_mul(2)))
    }

    /// Fails if names and paths take more than they may: another reading would have the same again.
    pub(crate) fn hold_paths(self, bytes: usize) -> Result<(), Error> {
        if bytes <= self.paths { Ok(()) } else { Err(Error::PathsLimit { limit: self.limit }) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_parts_are_no_more_than_the_whole() {
        for limit in [LEAST_MEMORY, 32 << 20, 100_000_000, 1 << 30, 1 << 36, usize::MAX] {
            for threads in [1, 2, 64, 1024] {
                let of = Memory::within(limit, threads, 16 << 20).unwrap();
                assert!((1..=threads).contains(&of.threads) && of.window <= 16 << 20, "{of:?}");
                assert!(of.threads * THREAD + PROGRAM + of.spans + of.window as usize <= limit, "{of:?}");
                assert!(of.spans > limit / 50, "{of:?}");
            }
        }
        assert!(Memory::within(LEAST_MEMORY - 1, 1, 16 << 20).is_err());
    }
}
