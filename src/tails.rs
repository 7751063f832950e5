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
        let key = key_of(tail, b'\n')?;
        self.slot(&key, hash(&key, tail.len()), || true)
    }

    /// Gives a slot to a name of which no tail is known.
    pub(crate) fn learn_name(&mut self, name: &[u8]) -> Option<usize> {
        let key = key_of(name, NAME)?;
        // A name with a line feed in it could be taken for a tail.
        self.slot(&key, hash_of_name(&key), || memchr::memchr(b'\n', name).is_none())
    }

    /// Gives the slot of a key, old or new, if a new one may have one.
    #[inline]
    fn slot(&mut self, key: &[u8; TAIL], hash: usize, may_be_new: impl FnOnce() -> bool) -> Option<usize> {
        for slot in (0..PROBES).map(|probe| (hash + probe) % SLOTS) {
            let entry = &mut self.entries[slot];
            if is_same(&entry.key, key) {
                return Some(slot);
            }
            if entry.key == [0; TAIL] {
                entry.key = if may_be_new() { *key } else { return None };
                return Some(slot);
            }
        }
        None
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

/// Compares two keys without the call that `==` makes.
#[inline]
fn is_same(a: &[u8; TAIL], b: &[u8; TAIL]) -> bool {
    let (a, b) = (a.as_chunks::<16>().0, b.as_chunks::<16>().0);
    a.iter().zip(b).fold(0, |differs, (a, b)| differs | (u128::from_le_bytes(*a) ^ u128::from_le_bytes(*b))) == 0
}

/// A text with a byte after it that ends it, and zeros; none if it is too long.
#[inline]
fn key_of(text: &[u8], end: u8) -> Option<[u8; TAIL]> {
    let mut key = [0; TAIL];
    key.get_mut(..text.len())?.copy_from_slice(text);
    *key.get_mut(text.len())? = end;
    Some(key)
}

/// A weak hash of all of a name: those of one log begin and end alike, as routes do.
#[inline]
fn hash_of_name(key: &[u8; TAIL]) -> usize {
    let (words, _) = key.as_chunks::<8>();
    let products = words.iter().zip((0x9E37_79B9_7F4A_7C15_u64..).step_by(0x1234_5678_9ABC));
    let sum =
        products.fold(0_u64, |sum, (word, odd)| sum ^ u64::from_le_bytes(*word).wrapping_mul(odd | 1).rotate_left(23));
    (sum.wrapping_mul(0xD6E8_FEB8_6659_FD93) >> (64 - SLOTS.ilog2())) as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_begin_and_end_alike_find_slots() {
        let mut tails = Tails::new(0);
        let names = (0..60).map(|nth| format!("GET /api/v1/thing-{:02}/{{n}}/reviews", nth * 7 % 60));
        let found = names.filter(|name| tails.learn_name(name.as_bytes()).is_some()).count();
        assert_eq!(found, 60);
    }

    #[test]
    fn a_name_is_never_taken_for_a_tail() {
        let mut tails = Tails::new(0);
        let of_tail = tails.learn(b"task-run-stop").unwrap();
        let of_name = tails.learn_name(b"task-run-stop").unwrap();
        assert_ne!(of_tail, of_name);
        assert_eq!((tails.learn(b"task-run-stop"), tails.learn_name(b"task-run-stop")), (Some(of_tail), Some(of_name)));
        assert_eq!(tails.learn_name(b"task-run-stop\nx"), None);
        assert_eq!((tails.learn(&[b'x'; TAIL]), tails.learn_name(&[b'x'; TAIL])), (None, None));
    }
}
