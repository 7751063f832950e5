//! The trace groups of a partition: their number, and their sizes.

use hashbrown::HashTable;

use super::counts::Counts;

/// Trace groups by number, counted while trees grow: a look-up for each root, and an addition for each span below it.
#[derive(Debug, Default)]
pub(super) struct Groups {
    by_key: HashTable<(u64, u32)>,
    groups: Vec<Group>,
}

/// Bytes of a group: itself, and its place in a table.
pub(super) const GROUP: usize = size_of::<Group>() * 2 + (size_of::<(u64, u32)>() + 1) * 16 / 7;

#[derive(Debug)]
struct Group {
    records: u64,
    /// An input with records of it.
    source: u32,
    is_spread: bool,
}

impl Groups {
    /// Gives the number of a group that has records in a source.
    pub(super) fn number(&mut self, key: u64, source: u32) -> u32 {
        if let Some((_, number)) = self.by_key.find(key, |(of, _)| *of == key) {
            return *number;
        }
        let number = self.groups.len() as u32;
        self.groups.push(Group { records: 0, source, is_spread: false });
        self.by_key.insert_unique(key, (key, number), |(key, _)| *key);
        number
    }

    /// Gives the keys of all, by number.
    pub(super) fn keys(&self) -> Vec<u64> {
        let mut keys = vec![0; self.groups.len()];
        self.by_key.iter().for_each(|(key, number)| keys[*number as usize] = *key);
        keys
    }

    /// Counts records.
    #[inline]
    pub(super) fn count(&mut self, number: u32, records: u64) {
        if let Some(group) = self.groups.get_mut(number as usize) {
            group.records += records;
        }
    }

    /// Notes that a group has records in a source.
    pub(super) fn note(&mut self, number: u32, source: u32) {
        if let Some(group) = self.groups.get_mut(number as usize) {
            group.is_spread |= group.source != source;
        }
    }

    /// Adds their counts.
    pub(super) fn tell(&self, counts: &mut Counts) {
        counts.groups += self.groups.len() as u64;
        counts.spread_groups += self.groups.iter().filter(|group| group.is_spread).count() as u64;
        let largest = self.groups.iter().map(|group| group.records).max().unwrap_or(0);
        counts.largest_group_records = counts.largest_group_records.max(largest);
    }
}
