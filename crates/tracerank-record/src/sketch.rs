//! A sketch of the ids of profiled spans: one look at one number tells whether an id may be among them.

use std::array;
use std::sync::atomic::{AtomicU32, Ordering};

use tracing::span::Id;

const BITS: u32 = 10;

/// The number of ids of a set on each of 1024 places. An id whose place is empty is not in the set; few others are
/// taken for members, as long as the set is small, and there are hardly more profiled spans open at once than threads.
///
/// So a span of a request that is not profiled costs a look each time it is entered, left or closed, where finding it
/// in the registry would cost 40 ns.
pub(crate) struct Sketch(Box<[AtomicU32; 1 << BITS]>);

impl Sketch {
    pub(crate) fn new() -> Self {
        Self(Box::new(array::from_fn(|_| AtomicU32::new(0))))
    }

    // Relaxed: a thread that has the id of a span from another thread has it by way of something that orders this, too.
    pub(crate) fn insert(&self, id: &Id) {
        self.place(id).fetch_add(1, Ordering::Relaxed);
    }

    /// Takes out an id that is in the set.
    pub(crate) fn remove(&self, id: &Id) {
        self.place(id).fetch_sub(1, Ordering::Relaxed);
    }

    pub(crate) fn may_contain(&self, id: &Id) -> bool {
        self.place(id).load(Ordering::Relaxed) > 0
    }

    fn place(&self, id: &Id) -> &AtomicU32 {
        // Neighbouring ids are open at once: a multiplication sends them far apart.
        let hash = id.into_u64().wrapping_mul(0x9e37_79b9_7f4a_7c15);
        &self.0[(hash >> (u64::BITS - BITS)) as usize]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_in_is_found_and_little_else() {
        let (sketch, ids) = (Sketch::new(), |from: u64, to| (from..to).map(Id::from_u64));
        ids(1, 33).for_each(|id| sketch.insert(&id));
        assert!(ids(1, 33).all(|id| sketch.may_contain(&id)));
        assert!(ids(33, 1033).filter(|id| sketch.may_contain(id)).count() < 100);
        ids(1, 33).for_each(|id| sketch.remove(&id));
        assert!(!ids(1, 1033).any(|id| sketch.may_contain(&id)));
    }
}
