//! One scan thread's names: small, hot, and emptied into the [`Summary`] before it grows.
//!
//! A genuine log has a few dozen names, and each ends its lines in one or two ways ("`task-run-stop`", with or without the mark). So spans are
//! counted by their line's **tail**, from the name on, which takes one comparison of 64 bytes: the key, the statistics beside it, and one
//! histogram cell are all that a span touches. What a tail means was found out by the parser when it first came. Tails of one name come
//! together when the table is emptied.
//!
//! Tails are found by a weak hash of a few of their bytes, in one of [`PROBES`] places; those that find none, and those that are too long, are
//! looked up by a keyed hash of the whole name. So whoever chooses the names can make this slower, by at most that, and no flood of collisions can
//! make it slow.

use std::borrow::Cow;
use std::sync::{Mutex, PoisonError};

use ahash::RandomState;
use hashbrown::HashTable;
use tracerank_summary::{Group, SHARDS, Shard, Sharded, Stats, Summary, Wanted};

use super::pages::Pages;
use crate::formats::osprofiler::fast::{Isa, TAIL};

/// Places for tails: 128 KiB, of which only those are touched that are used.
const PLACES: usize = 1024;
/// How many neighbouring places a tail can have.
const PROBES: usize = 4;
/// Names that found no place.
const MAX_OTHERS: usize = 4096;
const MAX_NAME_BYTES: usize = 1 << 20;
/// Spans after which 32 bits of a histogram cell could overflow soon.
const MAX_SPANS: u64 = 1 << 31;
/// 4 MiB of histogram cells.
const MAX_CELLS: usize = 1 << 20;
/// 4 MiB, in as many pages of 64 bytes as there can be: enough for two hundred names in 32 shards.
const MAX_COARSE_CELLS: usize = 65_535 * 16;

/// See the [module](self).
pub(crate) struct Table<'a> {
    shared: &'a Mutex<Summary>,
    wanted: Wanted,
    /// By place.
    entries: Box<[Entry; PLACES]>,
    /// The length of the name in each place's key; zero where it is free.
    name_lens: Vec<u8>,
    others: Others,
    /// Which of `shards` each place has.
    shards_of: Vec<u32>,
    /// The shards of each tail and each other name, if they are wanted.
    shards: Vec<[Shard; SHARDS]>,
    /// Root spans by shard.
    roots: [u64; SHARDS],
    /// In rows of places and other names.
    histograms: Pages<2>,
    /// In rows of shards: 32 for each of `shards`.
    of_shards: Pages<1>,
    spans: u64,
    /// Where in all input the stretch begins that is being read.
    position: u64,
}

/// A tail with its line feed, and what is known of the spans that end in it: two cache lines, side by side.
#[derive(Debug, Clone, Copy)]
#[repr(C, align(128))]
struct Entry {
    key: [u8; TAIL],
    slot: Slot,
}

/// Statistics and the position of the first span.
#[derive(Debug, Clone, Copy)]
struct Slot {
    stats: Stats,
    first: u64,
}

const EMPTY_SLOT: Slot = Slot { stats: Stats::EMPTY, first: u64::MAX };

const NO_ENTRY: Entry = Entry { key: [0; TAIL], slot: EMPTY_SLOT };

fn no_entries() -> Box<[Entry; PLACES]> {
    let entries = vec![NO_ENTRY; PLACES];
    entries.try_into().unwrap_or_else(|_| unreachable!("the length is the same on both sides"))
}

impl<'a> Table<'a> {
    /// An empty table that will add what it has to `shared`.
    pub(crate) fn new(shared: &'a Mutex<Summary>, wanted: Wanted) -> Self {
        Self {
            shared,
            wanted,
            entries: no_entries(),
            name_lens: vec![0; PLACES],
            others: Others::default(),
            shards_of: vec![0; PLACES],
            shards: Vec::new(),
            roots: [0; SHARDS],
            histograms: Pages::new(PLACES, MAX_CELLS),
            of_shards: Pages::new(0, MAX_COARSE_CELLS),
            spans: 0,
            position: 0,
        }
    }

    /// The place of the tail in the first `len` bytes of `text`, if it was learnt. A line feed stands behind it.
    #[inline(always)]
    pub(crate) fn find<I: Isa>(&self, isa: I, text: &[u8; TAIL], len: usize) -> Option<usize> {
        let hash = tail_hash(text, len);
        // With its line feed, no tail is the beginning of another one.
        (0..PROBES)
            .map(|probe| (hash + probe) % PLACES)
            .find(|place| isa.same(&self.entries[*place].key, text, len + 1))
    }

    /// To be called before a stretch of input is read, with its position in all of it. Positions decide between equal totals: the name comes
    /// first that occurs first. That is where its tail is learnt, as long as positions go up; when they do not, the table begins anew.
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

    /// Adds a span, of no less than zero nanoseconds, to a place that was found. Shards must not be wanted.
    ///
    /// One function for both, with an optional group, is too large to be inlined twice: with it a report took a quarter more instructions.
    #[inline(always)]
    pub(crate) fn record<I: Isa>(&mut self, isa: I, place: usize, ns: u64) {
        let place = place % PLACES;
        self.entries[place].slot.stats.record_usual(ns, self.wanted.squares);
        if self.wanted.histograms && !self.histograms.record_soon(isa, place, ns) {
            self.record_in_new_pages(Some(place), None, ns);
        }
    }

    /// The same with shards.
    #[inline(always)]
    pub(crate) fn record_sharded<I: Isa>(&mut self, isa: I, place: usize, ns: u64, group: Group) {
        let place = place % PLACES;
        self.entries[place].slot.stats.record_usual(ns, self.wanted.squares);
        let is_new = self.wanted.histograms && !self.histograms.record_soon(isa, place, ns);
        let shard = self.record_in_shard(self.shards_of[place], ns as i64, group);
        let is_new_of_shard = !self.of_shards.record_soon(isa, shard, ns);
        if is_new || is_new_of_shard {
            self.record_in_new_pages(is_new.then_some(place), is_new_of_shard.then_some(shard), ns);
        }
    }

    /// Counts a span in its shard; the row of its histogram.
    #[inline(always)]
    fn record_in_shard(&mut self, of: u32, ns: i64, group: Group) -> usize {
        if let Some(shards) = self.shards.get_mut(of as usize) {
            shards[group.shard() % SHARDS].record(ns, group);
        }
        of as usize * SHARDS + group.shard()
    }

    /// Notes that a name which was found occurred at `at`: needed where not all that is learnt counts.
    pub(crate) fn note(&mut self, place: usize, at: u64) {
        let slot = &mut self.entries[place % PLACES].slot;
        slot.first = slot.first.min(at);
    }

    /// Adds a span at position `at` of a name whose line ends in `tail`: the name, and what follows it.
    pub(crate) fn record_name(&mut self, name: &[u8], tail: &[u8], ns: i64, at: u64, group: Option<Group>) {
        let (slot, row, of) = if let Some(place) = self.learn(name, tail) {
            (&mut self.entries[place].slot, place, self.shards_of[place])
        } else {
            if self.others.is_full() {
                self.empty();
            }
            let other = self.others.intern(name);
            if other == self.others.shards_of.len() {
                self.others.shards_of.push(self.shards.len() as u32);
                self.shards.extend(self.wanted.shards.then_some([Shard::default(); SHARDS]));
            }
            (&mut self.others.slots[other], PLACES + other, self.others.shards_of[other])
        };
        slot.stats.record(ns);
        slot.first = slot.first.min(at);
        let shard = group.map(|group| self.record_in_shard(of, ns, group));
        // A histogram has no place for what is below zero.
        let ns = ns.max(0).unsigned_abs();
        let new = Some(row).filter(|row| self.wanted.histograms && !self.histograms.record(*row, ns));
        let new_of_shard = shard.filter(|row| !self.of_shards.record(*row, ns));
        self.record_in_new_pages(new, new_of_shard, ns);
    }

    /// The place of a tail, old or new; nothing if it is too long or all of its places are taken.
    pub(crate) fn learn(&mut self, name: &[u8], tail: &[u8]) -> Option<usize> {
        let mut key = [0; TAIL];
        key.get_mut(..tail.len())?.copy_from_slice(tail);
        *key.get_mut(tail.len())? = b'\n';
        let hash = tail_hash(&key, tail.len());
        let place = (0..PROBES)
            .map(|probe| (hash + probe) % PLACES)
            .find(|place| self.name_lens[*place] == 0 || self.entries[*place].key == key)?;
        if self.name_lens[place] == 0 && self.wanted.shards {
            self.shards_of[place] = self.shards.len() as u32;
            self.shards.push([Shard::default(); SHARDS]);
        }
        self.entries[place].key = key;
        self.name_lens[place] = name.len() as u8;
        Some(place)
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

    /// To be called now and then, with the number of spans recorded since: empties the table before a cell can overflow.
    pub(crate) fn count_spans(&mut self, spans: u64) {
        self.spans += spans;
        if self.spans >= MAX_SPANS {
            self.empty();
        }
    }

    /// Adds all to the shared summary and begins anew.
    pub(crate) fn empty(&mut self) {
        self.hand_over();
        self.entries.fill(NO_ENTRY);
        self.name_lens.fill(0);
        self.others.clear();
        self.shards.clear();
        self.roots = [0; SHARDS];
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
        for (place, name_len) in self.name_lens.iter().enumerate().filter(|(_, len)| **len > 0) {
            let Entry { key, slot } = &self.entries[place];
            // A filter can have left out all spans of a name that was learnt.
            if slot.stats.count() > 0 {
                let name = &key[..usize::from(*name_len)];
                self.hand_over_name(&mut shared, name, slot, place, self.shards_of[place]);
            }
        }
        for (other, (name, slot)) in self.others.names.iter().zip(&self.others.slots).enumerate() {
            self.hand_over_name(&mut shared, name, slot, PLACES + other, self.others.shards_of[other]);
        }
        shared.add_roots(&self.roots);
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

/// A weak hash of the tail in the first `len` bytes of `text`: of its first eight bytes and the eight before the marker, or what there is of them.
#[inline(always)]
pub(crate) fn tail_hash(text: &[u8; TAIL], len: usize) -> usize {
    const MARKER: usize = "-stop".len();
    let word = |at: usize| {
        let mut bytes = [0; 8];
        bytes.copy_from_slice(&text[at..at + 8]);
        u64::from_le_bytes(bytes)
    };
    let words = if len >= MARKER + 8 {
        word(0).wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ word((len - MARKER - 8).min(TAIL - 8))
    } else {
        // What stands behind a short tail belongs to the next line.
        word(0) << (64 - 8 * len.clamp(1, 8))
    };
    ((words.wrapping_add(len as u64)).wrapping_mul(0xD6E8_FEB8_6659_FD93) >> (64 - PLACES.ilog2())) as usize
}

/// The names that found no place.
#[derive(Default)]
struct Others {
    by_name: HashTable<u32>,
    hasher: RandomState,
    names: Vec<Box<[u8]>>,
    name_bytes: usize,
    slots: Vec<Slot>,
    /// Which of the table's shards each has.
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
