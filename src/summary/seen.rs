//! The spans that were counted, so that each is counted once (`--duplicates drop`).

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use hashbrown::HashTable;
use tracerank_summary::End;
use xxhash_rust::xxh3::{xxh3_64_with_seed, xxh3_128_with_seed};

/// The parts of the set, each with a lock of its own, so that threads rarely wait for each other.
const PARTS: usize = 64;
/// Bytes that a span takes in the set: 17 a slot, of which half are free after the table has grown.
const SPAN_BYTES: usize = 40;
/// Stands for no input.
const NONE: usize = usize::MAX;

/// A set of spans, by a hash of 128 bits of ids, name, time and duration: two different spans are never taken for one.
pub(crate) struct Seen {
    parts: [Mutex<HashTable<u128>>; PARTS],
    spans: AtomicUsize,
    limit: usize,
    /// An input whose records have no ids.
    without_ids: AtomicUsize,
}

impl Seen {
    /// Makes an empty set that takes no more than `limit` bytes of memory.
    pub(crate) fn new(limit: usize) -> Self {
        Self {
            parts: std::array::from_fn(|_| Mutex::default()),
            spans: AtomicUsize::new(0),
            limit,
            without_ids: AtomicUsize::new(NONE),
        }
    }

    /// Puts a span into the set, unless it is there already or there is no room; says whether it was new.
    pub(crate) fn is_new(&self, End { id, group, name, time_us, ns }: End<'_>) -> bool {
        let when = xxh3_64_with_seed(&time_us.unwrap_or(i64::MIN).to_le_bytes(), ns as u64);
        let of_others = xxh3_64_with_seed(name, xxh3_64_with_seed(group, when));
        let hash = xxh3_128_with_seed(id, of_others);
        let mut part = self.parts[hash as usize % PARTS].lock().unwrap_or_else(PoisonError::into_inner);
        let place = |hash: &u128| (*hash >> 64) as u64;
        if part.find(place(&hash), |other| *other == hash).is_some() {
            return false;
        }
        if self.spans.fetch_add(1, Ordering::Relaxed) < self.limit / SPAN_BYTES {
            part.insert_unique(place(&hash), hash, place);
        }
        true
    }

    /// Says whether there was no room for all spans, so that some may have been counted twice.
    pub(crate) fn is_full(&self) -> bool {
        self.spans.load(Ordering::Relaxed) > self.limit / SPAN_BYTES
    }

    /// Notes that the records of an input have no ids.
    pub(crate) fn note_without_ids(&self, source: usize) {
        self.without_ids.fetch_min(source, Ordering::Relaxed);
    }

    /// Gives the first input whose records have no ids.
    pub(crate) fn without_ids(&self) -> Option<usize> {
        Some(self.without_ids.load(Ordering::Relaxed)).filter(|source| *source != NONE)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_span_is_new_once() {
        let seen = Seen::new(1 << 20);
        let end = |id, group, name, ns| End { id, group, name, time_us: Some(0), ns };
        let later = End { time_us: Some(1), ..end(b"1", b"a", b"x", 5) };
        assert!(seen.is_new(end(b"1", b"a", b"x", 5)));
        assert!(!seen.is_new(end(b"1", b"a", b"x", 5)));
        assert!(seen.is_new(end(b"2", b"a", b"x", 5)) && seen.is_new(end(b"1", b"b", b"x", 5)));
        assert!(seen.is_new(end(b"1", b"a", b"y", 5)) && seen.is_new(end(b"1", b"a", b"x", 6)));
        assert!(seen.is_new(later) && !seen.is_new(later));
        assert!(!seen.is_full());
    }

    #[test]
    fn a_full_set_says_so() {
        let seen = Seen::new(10 * SPAN_BYTES);
        for nth in 0..11_u8 {
            assert!(!seen.is_full());
            assert!(seen.is_new(End { id: &[nth], group: b"a", name: b"x", time_us: None, ns: 1 }));
        }
        assert!(seen.is_full());
    }
}
