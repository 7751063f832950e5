//! The trace groups of a partition: how many there are, and how large.

use hashbrown::HashTable;

use super::counts::Counts;

#[derive(Debug, Default)]
pub(super) struct Groups {
    by_key: HashTable<Group>,
    /// The group of the last record, which the next one is likely to be of.
    last: Group,
}

#[derive(Debug, Clone, Copy, Default)]
struct Group {
    key: u64,
    records: u64,
    /// The first input with records of it.
    source: u32,
    is_spread: bool,
}

impl Group {
    fn add(&mut self, other: Self) {
        self.is_spread |= other.is_spread || other.source != self.source;
        self.records += other.records;
    }
}

impl Groups {
    /// How much memory they take.
    pub(super) fn bytes(&self) -> usize {
        self.by_key.allocation_size()
    }

    /// Whether there is no more than one.
    pub(super) fn is_one(&self) -> bool {
        self.by_key.iter().all(|group| group.key == self.last.key)
    }

    /// Counts a record.
    #[inline]
    pub(super) fn count(&mut self, key: u64, source: u32) {
        if self.last.key == key && self.last.source == source {
            self.last.records += 1;
        } else {
            self.settle();
            self.last = Group { key, records: 1, source, is_spread: false };
        }
    }

    fn settle(&mut self) {
        let last = std::mem::take(&mut self.last);
        if last.records > 0 {
            let same = |group: &Group| group.key == last.key;
            let entry = self.by_key.entry(last.key, same, |group| group.key);
            entry.and_modify(|group| group.add(last)).or_insert(last);
        }
    }

    /// Adds what there is to say of them.
    pub(super) fn tell(mut self, counts: &mut Counts) {
        self.settle();
        counts.groups += self.by_key.len() as u64;
        counts.spread_groups += self.by_key.iter().filter(|group| group.is_spread).count() as u64;
        let largest = self.by_key.iter().map(|group| group.records).max().unwrap_or(0);
        counts.largest_group_records = counts.largest_group_records.max(largest);
    }
}
