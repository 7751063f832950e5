//! The spans that are open, by key.

/// The latest span of each key, while it is open.
///
/// Few are open at a time (62 at most in genuine logs of 934,726 spans). Each is looked for three times: when it
/// starts, by its children, and when it stops. So slots are probed one by one from the one that the key says (keys are
/// hashes). Nearly always the first is it, and all of them stay in a processor's first cache. A table whose control
/// bytes are made for full tables and misses, as hashbrown's are, does more for each.
#[derive(Debug)]
pub(super) struct OpenSpans {
    /// A power of two of slots, of which at most three quarters are taken.
    slots: Box<[OpenSlot]>,
    taken: usize,
}

#[derive(Debug, Clone, Copy)]
struct OpenSlot {
    /// [`FREE`] where there is no span.
    key: u64,
    span: u32,
}

/// No key is zero.
const FREE: u64 = 0;
const NOTHING: OpenSlot = OpenSlot { key: FREE, span: 0 };
/// Number of slots at first: most partitions of a small log have no more than one tree at a time.
const FEW: usize = 8;
/// Number of slots when these are too few: 1 KiB.
const USUAL: usize = 64;

impl Default for OpenSpans {
    fn default() -> Self {
        Self { slots: vec![NOTHING; FEW].into(), taken: 0 }
    }
}

impl OpenSpans {
    /// Counts the bytes of its memory.
    pub(super) fn bytes(&self) -> usize {
        size_of_val(&*self.slots)
    }

    #[inline(always)]
    fn next(&self, at: usize) -> usize {
        (at + 1) & (self.slots.len() - 1)
    }

    /// Gives the first slot that a key may have.
    #[inline(always)]
    fn home(&self, key: u64) -> usize {
        key as usize & (self.slots.len() - 1)
    }

    /// Finds the slot that a key has, or would have.
    #[inline(always)]
    fn slot_of(&self, key: u64) -> usize {
        let mut at = self.home(key);
        while self.slots[at].key != key && self.slots[at].key != FREE {
            at = self.next(at);
        }
        at
    }

    /// Finds the span of a key.
    #[inline(always)]
    pub(super) fn find(&self, key: u64) -> Option<u32> {
        let slot = self.slots[self.slot_of(key)];
        (slot.key == key).then_some(slot.span)
    }

    /// Adds a span. Takes out the one before that has the same key, and gives it.
    #[inline(always)]
    pub(super) fn insert(&mut self, key: u64, span: u32) -> Option<u32> {
        let at = self.slot_of(key);
        let before = std::mem::replace(&mut self.slots[at], OpenSlot { key, span });
        if before.key == key {
            return Some(before.span);
        }
        self.taken += 1;
        if self.taken * 4 > self.slots.len() * 3 {
            self.grow();
        }
        None
    }

    /// Takes out the span of a key, and gives it.
    #[inline(always)]
    pub(super) fn remove(&mut self, key: u64) -> Option<u32> {
        let mut free = self.slot_of(key);
        let removed = self.slots[free];
        if removed.key == FREE {
            return None;
        }
        self.taken -= 1;
        // The following ones move up as far as they may: none stands before its first slot.
        let mut at = self.next(free);
        while self.slots[at].key != FREE {
            let from_home = at.wrapping_sub(self.home(self.slots[at].key)) & (self.slots.len() - 1);
            let from_free = at.wrapping_sub(free) & (self.slots.len() - 1);
            if from_home >= from_free {
                self.slots[free] = self.slots[at];
                free = at;
            }
            at = self.next(at);
        }
        self.slots[free] = NOTHING;
        Some(removed.span)
    }

    #[cold]
    fn grow(&mut self) {
        let more = (self.slots.len() * 2).max(USUAL);
        let before = std::mem::replace(&mut self.slots, vec![NOTHING; more].into());
        for slot in before.into_iter().filter(|slot| slot.key != FREE) {
            let at = self.slot_of(slot.key);
            self.slots[at] = slot;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::HashMap;

    #[derive(Debug, Clone, Copy)]
    enum Change {
        Insert(u64),
        Remove(u64),
    }

    /// Keys that want the same few slots, the last one and the first ones among them.
    fn key() -> impl Strategy<Value = u64> {
        (0_u64..6, 0_u64..40).prop_map(|(low, high)| (high << 20 | low.wrapping_sub(3) & 0xF_FFFF).max(1))
    }

    proptest! {
        #[test]
        fn what_is_open_is_found(changes in prop::collection::vec(prop_oneof![key().prop_map(Change::Insert), key().prop_map(Change::Remove)], 0..400)) {
            let (mut open, mut twin) = (OpenSpans::default(), HashMap::new());
            for (span, change) in (0..).zip(&changes) {
                match *change {
                    Change::Insert(key) => prop_assert_eq!(open.insert(key, span), twin.insert(key, span)),
                    Change::Remove(key) => prop_assert_eq!(open.remove(key), twin.remove(&key)),
                }
                prop_assert_eq!(open.taken, twin.len());
            }
            for change in changes {
                let (Change::Insert(key) | Change::Remove(key)) = change;
                prop_assert_eq!(open.find(key), twin.get(&key).copied());
            }
        }
    }
}
