//! The spans that were counted, so that each is counted once (`--duplicates drop`).

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use hashbrown::HashTable;
use xxhash_rust::xxh3::xxh3_128_with_seed;

use crate::record::Ids;

/// The parts of the set, each with a lock of its own, so that threads rarely wait for each other.
const PARTS: usize = 64;
/// Bytes that a span takes in the set: 17 a slot, of which half are free after the table has grown.
const SPAN_BYTES: usize = 40;
/// Stands for no input.
const NONE: usize = usize::MAX;

/// A set of spans, by a hash of 128 bits of ids and duration: two different spans are never taken for one.
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
    pub(crate) fn is_new(&self, ids: &Ids<'_>, ns: i64) -> bool {
        let hash = xxh3_128_with_seed(ids.trace, ns as u64 ^ xxh3_128_with_seed(ids.base, 0) as u64);
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
        let ids = |base, trace| Ids { base, parent: b"p", trace };
        assert!(seen.is_new(&ids(b"a", b"1"), 5));
        assert!(!seen.is_new(&ids(b"a", b"1"), 5));
        assert!(
            seen.is_new(&ids(b"b", b"1"), 5) && seen.is_new(&ids(b"a", b"2"), 5) && seen.is_new(&ids(b"a", b"1"), 6)
        );
        assert!(!seen.is_full());
    }

    #[test]
    fn a_full_set_says_so() {
        let seen = Seen::new(10 * SPAN_BYTES);
        for nth in 0..11_u8 {
            assert!(!seen.is_full());
            assert!(seen.is_new(&Ids { base: b"a", parent: b"a", trace: &[nth] }, 1));
        }
        assert!(seen.is_full());
    }
}
