//! The largest trace group among records that are not kept.

/// The trace group with most of the records that went by, if one has more than half of them, and a number of records
/// that it has at least (Boyer and Moore).
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Majority {
    group: u64,
    records: u64,
}

impl Majority {
    /// Counts records of a group.
    pub(super) fn add(&mut self, group: u64, records: u64) {
        if group == self.group {
            self.records += records;
        } else if records > self.records {
            *self = Self { group, records: records - self.records };
        } else {
            self.records -= records;
        }
    }

    /// Gives a number of records that one group has at least.
    pub(super) fn at_least(self) -> u64 {
        self.records
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn one_group_has_at_least_so_many(runs in prop::collection::vec((0_u64..4, 1_u64..9), 0..50)) {
            let (mut majority, mut counts) = (Majority::default(), HashMap::new());
            for (group, records) in runs {
                majority.add(group, records);
                *counts.entry(group).or_insert(0) += records;
            }
            let (most, all) = (counts.values().copied().max().unwrap_or(0), counts.values().sum::<u64>());
            prop_assert!(majority.at_least() <= most);
            prop_assert!(majority.at_least() >= (2 * most).saturating_sub(all));
        }
    }
}
