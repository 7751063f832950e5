//! The cache from the end of a line to what is known of its name, which a thread asks for nearly every record.
//!
//! A genuine log has a few dozen names, and each ends its lines in one or two ways ("`task-run-stop`", with or without
//! the mark). So a name is looked up by its line's **tail**, from the name on, which takes one comparison of 64 bytes.
//! The parser found out the meaning of a tail when it first came.
//!
//! Tails are found by a weak hash of a few of their bytes, in one of [`PROBES`] slots. Names whose tails find no slot,
//! or are too long, are for the cache's user to look up by the whole name. So anyone who chooses the names can make
//! this slower, by at most that.

use crate::record::TAIL;
use crate::simd::Cpu;

/// Slots for tails. Only those that are used are touched.
pub(crate) const SLOTS: usize = 1024;
/// Neighbouring slots that a tail can have.
const PROBES: usize = 4;
/// The end of a name that is no tail, instead of a line feed: the two are never taken for each other.
const NAME: u8 = 1;

/// The cache; see the [module](self).
pub(crate) struct Tails<T> {
    entries: Box<[Entry<T>; SLOTS]>,
}

/// A tail with its line feed, and what is known of its name: the two stand in neighbouring cache lines.
#[derive(Debug, Clone, Copy)]
#[repr(C, align(64))]
struct Entry<T> {
    key: [u8; TAIL],
    value: T,
}

impl<T: Copy> Tails<T> {
    /// Makes a cache without a tail; `empty` stands in all slots.
    pub(crate) fn new(empty: T) -> Self {
        let entries = vec![Entry { key: [0; TAIL], value: empty }; SLOTS];
        Self { entries: entries.try_into().unwrap_or_else(|_| unreachable!("the length is the same on both sides")) }
    }

    /// Finds the slot of the tail in the first `len` bytes of `text`, if it was learnt. A line feed follows it.
    #[inline(always)]
    pub(crate) fn find<C: Cpu>(&self, cpu: C, text: &[u8; TAIL], len: usize) -> Option<usize> {
        let hash = hash(text, len);
        // With its line feed, no tail is the beginning of another one.
        (0..PROBES).map(|probe| (hash + probe) % SLOTS).find(|slot| cpu.same(&self.entries[*slot].key, text, len + 1))
    }

    /// Gives a tail its slot, old or new; none if it is too long or all of its slots are taken.
    pub(crate) fn learn(&mut self, tail: &[u8]) -> Option<usize> {
        self.learn_with_end(tail, b'\n')
    }

    /// Gives a slot to a name of which no tail is known.
    pub(crate) fn learn_name(&mut self, name: &[u8]) -> Option<usize> {
        // With a line feed in it, the name could be taken for a tail.
        if memchr::memchr(b'\n', name).is_some() { None } else { self.learn_with_end(name, NAME) }
    }

    fn learn_with_end(&mut self, text: &[u8], end: u8) -> Option<usize> {
        let mut key = [0; TAIL];
        key.get_mut(..text.len())?.copy_from_slice(text);
        *key.get_mut(text.len())? = end;
        let hash = hash(&key, text.len());
        let slot = (0..PROBES)
            .map(|probe| (hash + probe) % SLOTS)
            .find(|slot| self.entries[*slot].key == key || self.entries[*slot].key == [0; TAIL])?;
        self.entries[slot].key = key;
        Some(slot)
    }

    /// Gives the bytes of the key in a slot.
    pub(crate) fn key(&self, slot: usize) -> &[u8; TAIL] {
        &self.entries[slot % SLOTS].key
    }

    /// Gives the value of the name in a slot.
    #[inline(always)]
    pub(crate) fn value(&self, slot: usize) -> &T {
        &self.entries[slot % SLOTS].value
    }

    /// Gives the value of the name in a slot, to be changed.
    #[inline(always)]
    pub(crate) fn value_mut(&mut self, slot: usize) -> &mut T {
        &mut self.entries[slot % SLOTS].value
    }

    /// Forgets all tails; `empty` stands in all slots.
    pub(crate) fn clear(&mut self, empty: T) {
        self.entries.fill(Entry { key: [0; TAIL], value: empty });
    }
}

/// Computes a weak hash of the tail in the first `len` bytes of `text`: of its first eight bytes and the eight before
/// the marker, or those of them that there are.
#[inline(always)]
fn hash(text: &[u8; TAIL], len: usize) -> usize {
    const MARKER: usize = "-stop".len();
    let word = |at: usize| {
        let mut bytes = [0; 8];
        bytes.copy_from_slice(&text[at..at + 8]);
        u64::from_le_bytes(bytes)
    };
    let words = if len >= MARKER + 8 {
        word(0).wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ word((len - MARKER - 8).min(TAIL - 8))
    } else {
        // The bytes after a short tail belong to the next line.
        word(0) << (64 - 8 * len.clamp(1, 8))
    };
    ((words.wrapping_add(len as u64)).wrapping_mul(0xD6E8_FEB8_6659_FD93) >> (64 - SLOTS.ilog2())) as usize
}
