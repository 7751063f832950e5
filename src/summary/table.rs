//! One scan thread's names: small, hot, and emptied into the [`Summary`] before it grows.
//!
//! Spans are counted by their line's [tail](crate::tails), or by their name where there is none. A span touches the
//! key, the statistics beside it, and one histogram cell, and nothing else. Tails of one name come together when the
//! table is emptied. Names that find no slot are looked up by a keyed hash of the whole name, so that no flood of
//! collisions can make it slow.

use std::borrow::Cow;
use std::sync::{Mutex, PoisonError};

use ahash::RandomState;
use hashbrown::HashTable;
use tracerank_summary::{Group, Repeats, SHARDS, Shard, Sharded, Stats, Summary, Wanted};

use super::pages::Pages;
use crate::record::{Record, TAIL};
use crate::simd::Cpu;
use crate::tails::{SLOTS, Tails};

/// The most names that found no slot.
const MAX_OTHERS: usize = 4096;
const MAX_NAME_BYTES: usize = 1 << 20;
/// Number of spans after which 32 bits of a histogram cell could overflow soon.
const MAX_SPANS: u64 = 1 << 31;
/// The most histogram cells: 4 MiB.
const MAX_CELLS: usize = 1 << 20;
/// The most histogram cells of shards: 4 MiB, in as many pages of 64 bytes as there can be. They are enough for two
/// hundred names in 32 shards.
const MAX_COARSE_CELLS: usize = 65_535 * 16;

/// The table; see the [module](self).
pub(crate) struct Table<'a> {
    shared: &'a Mutex<Summary>,
    wanted: Wanted,
    tails: Tails<Slot>,
    /// The length of the name in each slot's key; zero where it is free.
    name_lens: Vec<u8>,
    others: Others,
    /// The index in `shards` of each slot.
    shards_of: Vec<u32>,
    /// The shards of each tail and each other name, if they are wanted.
    shards: Vec<[Shard; SHARDS]>,
    /// Root spans by shard.
    roots: [u64; SHARDS],
    /// Rows of slots and other names.
    histograms: Pages<2>,
    /// Rows of shards: 32 for each of `shards`.
    of_shards: Pages<1>,
    /// A sample of the spans.
    repeats: Repeats,
    spans: u64,
    /// The position in all input of the stretch that is being read.
    position: u64,
}

/// Statistics and the position of the first span.
#[derive(Debug, Clone, Copy)]
struct Slot {
    stats: Stats,
    first: u64,
}

const EMPTY_SLOT: Slot = Slot { stats: Stats::EMPTY, first: u64::MAX };

impl<'a> Table<'a> {
    /// Makes an empty table that will add its content to `shared`.
    pub(crate) fn new(shared: &'a Mutex<Summary>, wanted: Wanted) -> Self {
        Self {
            shared,
            wanted,
            tails: Tails::new(EMPTY_SLOT),
            name_lens: vec![0; SLOTS],
            others: Others::default(),
            shards_of: vec![0; SLOTS],
            shards: Vec::new(),
            roots: [0; SHARDS],
            histograms: Pages::new(SLOTS, MAX_CELLS),
            of_shards: Pages::new(0, MAX_COARSE_CELLS),
            repeats: Repeats::default(),
            spans: 0,
            position: 0,
        }
    }

    /// Finds the slot of the tail in the first `len` bytes of `text`, if it was learnt. A line feed follows it.
    #[inline(always)]
    pub(crate) fn find<C: Cpu>(&self, cpu: C, text: &[u8; TAIL], len: usize) -> Option<usize> {
        self.tails.find(cpu, text, len)
    }

    /// Begins a stretch of input, at its position in all of it. Positions decide between equal totals: the name comes
    /// first that occurs first. A name's position is the one where its tail is learnt, as long as positions go up; when
    /// they do not, the table begins anew.
    pub(crate) fn begin(&mut self, position: u64) {
        if position < self.position {
            self.empty();
        }
        self.position = position;
    }

    /// Counts a root span.
    #[inline(always)]
    pub(crate) fn record_root(&mut self, group: Group) {
        self.roots[group.shard() % SHARDS] += 1;
    }

    /// Gives the sample of spans, which tells of records that are there more than once.
    #[inline(always)]
    pub(crate) fn repeats(&mut self) -> &mut Repeats {
        &mut self.repeats
    }

    /// Adds a span, of no less than zero nanoseconds, to a slot that was found. Shards must not be wanted.
    ///
    /// One function for both, with an optional group, is too large to be inlined twice: with it a report took a quarter
    /// more instructions.
    #[inline(always)]
    pub(crate) fn record<C: Cpu>(&mut self, cpu: C, slot: usize, ns: u64) {
        let slot = slot % SLOTS;
        self.tails.value_mut(slot).stats.record_usual(ns, self.wanted.squares);
        if self.wanted.histograms && !self.histograms.record_soon(cpu, slot, ns) {
            self.record_in_new_pages(Some(slot), None, ns);
        }
    }

    /// Adds a span to a slot that was found, and to its shard.
    #[inline(always)]
    pub(crate) fn record_sharded<C: Cpu>(&mut self, cpu: C, slot: usize, ns: u64, group: Group) {
        let slot = slot % SLOTS;
        self.tails.value_mut(slot).stats.record_usual(ns, self.wanted.squares);
        let is_new = self.wanted.histograms && !self.histograms.record_soon(cpu, slot, ns);
        let shard = self.record_in_shard(self.shards_of[slot], ns as i64, group);
        let is_new_of_shard = !self.of_shards.record_soon(cpu, shard, ns);
        if is_new || is_new_of_shard {
            self.record_in_new_pages(is_new.then_some(slot), is_new_of_shard.then_some(shard), ns);
        }
    }

    /// Counts a span in its shard. Gives the row of the shard's histogram.
    #[inline(always)]
    fn record_in_shard(&mut self, of: u32, ns: i64, group: Group) -> usize {
        if let Some(shards) = self.shards.get_mut(of as usize) {
            shards[group.shard() % SHARDS].record(ns, group);
        }
        of as usize * SHARDS + group.shard()
    }

    /// Notes that a name which was found occurred at a position. This is needed where not all that is learnt counts.
    pub(crate) fn note(&mut self, slot: usize, position: u64) {
        let slot = self.tails.value_mut(slot);
        slot.first = slot.first.min(position);
    }

    /// Adds the span of a record at a position of all input.
    pub(crate) fn record_parsed(&mut self, record: &Record<'_>, ns: i64, position: u64, group: Option<Group>) {
        let (slot, row, of) = if let Some(slot) = self.learn(record) {
            (self.tails.value_mut(slot), slot, self.shards_of[slot])
        } else {
            if self.others.is_full() {
                self.empty();
            }
            let other = self.others.intern(record.name);
            if other == self.others.shards_of.len() {
                self.others.shards_of.push(self.shards.len() as u32);
                self.shards.extend(self.wanted.shards.then_some([Shard::default(); SHARDS]));
            }
            (&mut self.others.slots[other], SLOTS + other, self.others.shards_of[other])
        };
        slot.stats.record(ns);
        slot.first = slot.first.min(position);
        let shard = group.map(|group| self.record_in_shard(of, ns, group));
        // A histogram has no place for negative durations.
        let ns = ns.max(0).unsigned_abs();
        let new = Some(row).filter(|row| self.wanted.histograms && !self.histograms.record(*row, ns));
        let new_of_shard = shard.filter(|row| !self.of_shards.record(*row, ns));
        if new.is_some() || new_of_shard.is_some() {
            self.record_in_new_pages(new, new_of_shard, ns);
        }
    }

    /// Gives a record's name its slot, old or new; none if it is too long or all of its slots are taken.
    pub(crate) fn learn(&mut self, record: &Record<'_>) -> Option<usize> {
        let slot = match record.tail {
            Some(tail) => self.tails.learn(tail)?,
            None => self.tails.learn_name(record.name)?,
        };
        if self.name_lens[slot] == 0 {
            self.name_lens[slot] = record.name.len() as u8;
            if self.wanted.shards {
                self.shards_of[slot] = self.shards.len() as u32;
                self.shards.push([Shard::default(); SHARDS]);
            }
        }
        Some(slot)
    }

    /// Makes room in the rows that have none for a duration, and counts it there.
    #[cold]
    fn record_in_new_pages(&mut self, row: Option<usize>, of_shard: Option<usize>, ns: u64) {
        if let Some(row) = row {
            self.histograms.add_page(row, ns);
            self.histograms.record(row, ns);
        }
        if let Some(row) = of_shard {
            self.of_shards.add_page(row, ns);
            self.of_shards.record(row, ns);
        }
        if self.histograms.is_full() || self.of_shards.is_full() {
            self.empty();
        }
    }

    /// Counts the spans recorded since the last call, and empties the table before a cell can overflow. To be called
    /// now and then.
    pub(crate) fn count_spans(&mut self, spans: u64) {
        self.spans += spans;
        if self.spans >= MAX_SPANS {
            self.empty();
        }
    }

    /// Adds all to the shared summary and begins anew.
    pub(crate) fn empty(&mut self) {
        self.hand_over();
        self.tails.clear(EMPTY_SLOT);
        self.name_lens.fill(0);
        self.others.clear();
        self.shards.clear();
        self.roots = [0; SHARDS];
        self.repeats = Repeats::default();
        self.histograms.clear();
        self.of_shards.clear();
        self.spans = 0;
    }

    /// Adds all to the shared summary, for good.
    pub(crate) fn finish(mut self) {
        self.hand_over();
    }

    fn hand_over(&mut self) {
        self.histograms.settle();
        self.of_shards.settle();
        // A thread that panicked while it held the lock has ended the scan anyway.
        let mut shared = self.shared.lock().unwrap_or_else(PoisonError::into_inner);
        for (at, name_len) in self.name_lens.iter().enumerate().filter(|(_, len)| **len > 0) {
            let (key, slot) = (self.tails.key(at), self.tails.value(at));
            // A filter can have left out all spans of a name that was learnt.
            if slot.stats.count() > 0 {
                let name = &key[..usize::from(*name_len)];
                self.hand_over_name(&mut shared, name, slot, at, self.shards_of[at]);
            }
        }
        for (other, (name, slot)) in self.others.names.iter().zip(&self.others.slots).enumerate() {
            self.hand_over_name(&mut shared, name, slot, SLOTS + other, self.others.shards_of[other]);
        }
        shared.add_roots(&self.roots);
        shared.add_repeats(&self.repeats);
    }

    fn hand_over_name(&self, shared: &mut Summary, name: &[u8], slot: &Slot, row: usize, of: u32) {
        shared.absorb(name, &slot.stats, slot.first, Cow::Owned(self.histograms.collect(row)));
        if self.wanted.shards {
            let mut by_shard = Sharded::default();
            for (number, shard) in self.shards[of as usize].iter().enumerate().filter(|(_, shard)| shard.count > 0) {
                by_shard.push(number, *shard, self.of_shards.collect(of as usize * SHARDS + number).as_ref());
            }
            shared.absorb_shards(name, Cow::Owned(by_shard));
        }
    }
}

/// The names that found no slot.
#[derive(Default)]
struct Others {
    by_name: HashTable<u32>,
    hasher: RandomState,
    names: Vec<Box<[u8]>>,
    name_bytes: usize,
    slots: Vec<Slot>,
    /// The index in the table's shards of each name.
    shards_of: Vec<u32>,
}

impl Others {
    fn is_full(&self) -> bool {
        self.names.len() >= MAX_OTHERS || self.name_bytes >= MAX_NAME_BYTES
    }

    fn intern(&mut self, name: &[u8]) -> usize {
        let hash = self.hasher.hash_one(name);
        let same = |id: &u32| *self.names[*id as usize] == *name;
        if let Some(id) = self.by_name.find(hash, same) {
            return *id as usize;
        }
        let id = self.names.len();
        self.names.push(name.into());
        self.name_bytes += name.len();
        self.slots.push(EMPTY_SLOT);
        let (names, hasher) = (&self.names, &self.hasher);
        self.by_name.insert_unique(hash, id as u32, |id| hasher.hash_one(&*names[*id as usize]));
        id
    }

    fn clear(&mut self) {
        self.by_name.clear();
        self.names.clear();
        self.name_bytes = 0;
        self.slots.clear();
        self.shards_of.clear();
    }
}
