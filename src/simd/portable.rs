//! Any processor, by words and bytes.

use super::{Avx2, Cpu, WIDE};

/// The processor of which nothing has to be proved.
#[derive(Debug, Clone, Copy)]
pub(super) struct Portable;

impl Cpu for Portable {
    #[inline(always)]
    fn avx2(self) -> Option<Avx2> {
        None
    }

    /// Does nothing: processors fetch on their own; this is a hint.
    #[inline]
    fn prefetch<T>(self, _: &[T], _: usize) {}

    #[inline]
    fn same(self, a: &[u8; WIDE], b: &[u8; WIDE], len: usize) -> bool {
        a[..len] == b[..len]
    }
}
