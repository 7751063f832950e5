//! Spans by shard of their trace group, which tell how much of a difference between two runs is chance.
//!
//! Spans of one trace group are alike, those of different groups are not. So runs vary with the groups that were in
//! them. The groups are split by a hash of their id, the same in every version and on every machine, into [`SHARDS`]
//! parts. Each name has its count, sum and histogram in each of them.

use std::ops::Range;

use xxhash_rust::xxh3::xxh3_64;

use super::histogram::{Coarse, Histogram, add_any, add_common};

/// The number of parts into which the trace groups are split.
pub const SHARDS: usize = 32;
/// Number of bits by which the trace groups of a shard are told apart.
const GROUPS: u32 = u32::BITS;

/// The shard of a trace group, and its bit in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Group {
    shard: u8,
    bit: u8,
}

impl Group {
    /// Takes them from the upper bits of the XXH3-64 (seed 0) of the group's id: five for the shard, and the next five
    /// for a bit in it.
    #[inline]
    pub fn of(base_id: &[u8]) -> Self {
        let hash = xxh3_64(base_id);
        Self { shard: (hash >> 59) as u8, bit: (hash >> 54) as u8 % GROUPS as u8 }
    }

    /// Gives its shard, below [`SHARDS`].
    #[inline]
    pub fn shard(self) -> usize {
        usize::from(self.shard)
    }
}

/// The figures of a name's spans in a shard.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Shard {
    /// Number of spans.
    pub count: u64,
    /// Their sum in nanoseconds.
    pub total_ns: i128,
    /// For each of 32 parts of the shard's trace groups, whether a span came from it.
    pub groups: u32,
}

impl Shard {
    /// Adds a span of one of the shard's trace groups.
    #[inline(always)]
    pub fn record(&mut self, ns: i64, group: Group) {
        self.count += 1;
        self.total_ns += i128::from(ns);
        self.groups |= 1 << group.bit;
    }

    fn merge(&mut self, other: &Self) {
        self.count += other.count;
        self.total_ns += other.total_ns;
        self.groups |= other.groups;
    }
}

/// The shards of a name that have spans, by number.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Sharded {
    filled: Vec<Filled>,
    /// The cells of all histograms, one shard's after the other's: one piece of memory where one for each shard took a
    /// fifth of the time in which a file of a thousand names is read.
    cells: Vec<(u16, u64)>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Filled {
    number: u8,
    shard: Shard,
    /// The end of its cells; they begin where those of the shard before end.
    end: usize,
}

impl Sharded {
    /// Gives the shards that have spans, by number, with their figures and their histograms: cells, as [`Coarse`] has
    /// them, and their counts.
    pub fn iter(&self) -> impl Iterator<Item = (usize, &Shard, &[(u16, u64)])> {
        let filled = self.filled.iter().enumerate();
        filled.map(|(at, filled)| (usize::from(filled.number), &filled.shard, &self.cells[self.range(at)]))
    }

    /// Estimates the number of trace groups that the spans came from, by linear counting (Whang, Vander-Zanden and
    /// Taylor 1990) over 1024 bits: within a few of the truth as long as there are a few hundred, and at most some
    /// 7000.
    pub fn groups(&self) -> f64 {
        let bits = f64::from(SHARDS as u32 * GROUPS);
        let set: u32 = self.filled.iter().map(|filled| filled.shard.groups.count_ones()).sum();
        bits * (bits / (bits - f64::from(set)).max(1.0)).ln()
    }

    /// Sums the histograms of all shards.
    pub(crate) fn histogram(&self) -> Coarse {
        Histogram::sum(&self.cells)
    }

    /// Adds a shard after all others, below [`SHARDS`], with the cells of its [`Coarse`] histogram.
    pub fn push(&mut self, number: usize, shard: Shard, cells: &[(u16, u64)]) {
        self.cells.extend_from_slice(cells);
        self.filled.push(Filled { number: number as u8, shard, end: self.cells.len() });
    }

    /// Makes room for this many shards and cells, without any shard.
    pub(crate) fn with_room(shards: usize, cells: usize) -> Self {
        Self { filled: Vec::with_capacity(shards.min(SHARDS)), cells: Vec::with_capacity(cells) }
    }

    /// Gives back memory that was reserved for more.
    pub(crate) fn shrink(&mut self) {
        self.filled.shrink_to_fit();
        self.cells.shrink_to_fit();
    }

    /// Adds the shards of `other`.
    pub fn merge(&mut self, other: &Self) {
        let mut missing = [[].as_slice(); SHARDS];
        for (number, shard, cells) in other.iter() {
            let common = match self.filled.binary_search_by_key(&number, |filled| usize::from(filled.number)) {
                Ok(at) => {
                    self.filled[at].shard.merge(shard);
                    let range = self.range(at);
                    add_common(&mut self.cells[range], cells)
                }
                Err(at) => {
                    let end = at.checked_sub(1).map_or(0, |before| self.filled[before].end);
                    self.filled.insert(at, Filled { number: number as u8, shard: *shard, end });
                    0
                }
            };
            missing[number] = &cells[common..];
        }
        if missing.iter().any(|cells| !cells.is_empty()) {
            self.insert(&missing);
        }
    }

    /// Adds cells to the shards with these numbers.
    fn insert(&mut self, missing: &[&[(u16, u64)]; SHARDS]) {
        let more: usize = missing.iter().map(|cells| cells.len()).sum();
        let mut cells = Vec::with_capacity(self.cells.len() + more);
        let mut begin = 0;
        for filled in &mut self.filled {
            add_any(&self.cells[begin..filled.end], missing[usize::from(filled.number)], &mut cells);
            begin = filled.end;
            filled.end = cells.len();
        }
        self.cells = cells;
    }

    /// Gives the range of a shard's cells.
    fn range(&self, at: usize) -> Range<usize> {
        let begin = at.checked_sub(1).map_or(0, |before| self.filled[before].end);
        begin..self.filled[at].end
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Other programs must be able to compute it. The numbers are those of the reference implementation (xxHash 0.8,
    /// through the Python package xxhash).
    #[test]
    fn shards_are_the_same_everywhere() {
        assert_eq!(xxh3_64(b""), 0x2d06_8005_38d3_94c2);
        let shards =
            ["f12e75d5-5d59-4cbc-b74d-357f19290dd7", "request-7", ""].map(|id| Group::of(id.as_bytes()).shard());
        assert_eq!(shards, [10, 1, 5]);
    }

    #[test]
    fn groups_are_counted() {
        for count in [1_u32, 20, 100, 500, 2000] {
            let mut shards = [Shard::default(); SHARDS];
            for group in 0..count {
                let group = Group::of(format!("request-{group}").as_bytes());
                (0..3).for_each(|_| shards[group.shard()].record(1, group));
            }
            let mut sharded = Sharded::default();
            shards.iter().enumerate().for_each(|(number, shard)| sharded.push(number, *shard, &[]));
            let estimate = sharded.groups();
            assert!((estimate - f64::from(count)).abs() <= f64::from(count) * 0.1 + 0.5, "{count}: {estimate}");
        }
    }
}
