//! Shares of the trace groups, and how they are spread over partitions.

/// The number of partitions of a share: many more than threads, since groups are of very different sizes, and enough
/// that the memory of a partition at a time stays in a processor's cache.
pub(crate) const PARTITIONS: usize = 256;

const PARTITION_BITS: u32 = PARTITIONS.ilog2();

/// A share of all trace groups: those whose keys begin with some bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Share {
    prefix: u64,
    bits: u32,
}

impl Share {
    /// All groups.
    pub(crate) const ALL: Self = Self { prefix: 0, bits: 0 };

    /// Says whether a group is in it.
    #[inline(always)]
    pub(crate) fn has(self, group: u64) -> bool {
        // All of its bits are shifted out where the prefix has none.
        group >> 1 >> (u64::BITS - 1 - self.bits) == self.prefix
    }

    /// Gives the partition of a group that is in it.
    #[inline(always)]
    pub(crate) fn partition_of(self, group: u64) -> usize {
        (group << self.bits >> (u64::BITS - PARTITION_BITS)) as usize
    }

    /// Gives the share that some neighbouring partitions of this one hold: `count` of them, a power of two, from a
    /// multiple of it on.
    pub(crate) fn of_partitions(self, first: usize, count: usize) -> Self {
        let more = PARTITION_BITS - count.ilog2();
        Self { prefix: self.prefix << more | (first >> count.ilog2()) as u64, bits: self.bits + more }
    }

    /// Says whether its groups can be told apart: partitions have bits of their own.
    pub(crate) fn is_possible(self) -> bool {
        self.bits + PARTITION_BITS <= u64::BITS
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_group_is_in_one_half_of_a_share(group in any::<u64>(), depth in 0_u32..50) {
            let mut share = Share::ALL;
            for _ in 0..depth {
                let halves = [0, PARTITIONS / 2].map(|first| share.of_partitions(first, PARTITIONS / 2));
                prop_assert_eq!(halves.map(|half| half.has(group)).iter().filter(|has| **has).count(), 1);
                let at = usize::from(halves[1].has(group));
                prop_assert_eq!(share.partition_of(group) >= PARTITIONS / 2, at == 1);
                share = halves[at];
            }
            prop_assert!(share.of_partitions(share.partition_of(group), 1).has(group));
        }
    }
}
