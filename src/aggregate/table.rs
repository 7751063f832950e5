//! One scan thread's names: small, hot, and emptied into the [`Summary`] before it grows.
//!
//! What is paid per span: 64 bytes of key compared, one cache line of [`Stats`], one histogram cell. What is paid per
//! new name: the rest. The table stays below [`MAX_NAMES`] names, [`MAX_NAME_BYTES`] and [`MAX_PAGES`]; a log with more distinct
//! names than that empties it now and then, which costs what a merge costs.

use std::sync::{Mutex, PoisonError};

use ahash::RandomState;
use hashbrown::HashTable;

use super::Summary;
use super::histogram::{Histogram, PAGE_LEN, PAGES, cell_of};
use super::stats::Stats;
use crate::format::standard::{Isa, TAIL};

const MAX_NAMES: usize = 4096;
const MAX_NAME_BYTES: usize = 1 << 20;
/// 4 MiB of histogram cells.
const MAX_PAGES: usize = 8192;
/// Spans after which 32 bits of a histogram cell could overflow soon.
const MAX_SPANS: u64 = 1 << 31;

/// See the [module](self).
pub(crate) struct Table<'a> {
    shared: &'a Mutex<Summary>,
    with_histograms: bool,
    tails: TailCache,
    by_name: HashTable<u32>,
    hasher: RandomState,
    names: Vec<Box<[u8]>>,
    name_bytes: usize,
    slots: Vec<Slot>,
    histograms: Histograms,
    spans: u64,
}

/// A name's statistics and the position of its first span: one cache line.
#[derive(Debug, Clone, Copy)]
#[repr(C, align(64))]
struct Slot {
    stats: Stats,
    first: u64,
}

impl<'a> Table<'a> {
    /// An empty table that will add what it has to `shared`.
    pub(crate) fn new(shared: &'a Mutex<Summary>, with_histograms: bool) -> Self {
        Self {
            shared,
            with_histograms,
            tails: TailCache::new(),
            by_name: HashTable::new(),
            hasher: RandomState::new(),
            names: Vec::new(),
            name_bytes: 0,
            slots: Vec::new(),
            histograms: Histograms::new(),
            spans: 0,
        }
    }

    /// The name of the lines that end in the first `len` bytes of `tail`, if this tail was learnt.
    #[inline(always)]
    pub(crate) fn find_tail<I: Isa>(&self, isa: I, tail: &[u8; TAIL], len: usize) -> Option<u32> {
        self.tails.find(isa, tail, len)
    }

    /// The id of `name`, good until something else is learnt. Lines that end in `tail` will be known by it.
    pub(crate) fn learn(&mut self, name: &[u8], tail: &[u8]) -> u32 {
        let id = self.intern(name);
        self.tails.insert(tail, id);
        id
    }

    /// Adds a span; `at` is its position in all input, of which a name's smallest decides between equal totals.
    #[inline(always)]
    pub(crate) fn record(&mut self, id: u32, ns: i64, at: u64) {
        let slot = &mut self.slots[id as usize];
        slot.stats.record(ns);
        slot.first = slot.first.min(at);
        if self.with_histograms && !self.histograms.record(id, ns) {
            self.record_in_new_page(id, ns);
        }
    }

    #[cold]
    fn record_in_new_page(&mut self, id: u32, ns: i64) {
        self.histograms.add_page(id, ns);
        self.histograms.record(id, ns);
        if self.histograms.pages.len() >= MAX_PAGES {
            self.empty();
        }
    }

    fn intern(&mut self, name: &[u8]) -> u32 {
        let hash = self.hasher.hash_one(name);
        let same = |id: &u32| *self.names[*id as usize] == *name;
        if let Some(id) = self.by_name.find(hash, same) {
            return *id;
        }
        if self.names.len() >= MAX_NAMES || self.name_bytes >= MAX_NAME_BYTES {
            self.empty();
        }
        let id = self.names.len() as u32;
        self.names.push(name.into());
        self.name_bytes += name.len();
        self.slots.push(Slot { stats: Stats::EMPTY, first: u64::MAX });
        self.histograms.names.push([0; PAGES]);
        let (names, hasher) = (&self.names, &self.hasher);
        self.by_name.insert_unique(hash, id, |id| hasher.hash_one(&*names[*id as usize]));
        id
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
        // A thread that panicked while it held the lock has ended the scan anyway.
        let mut shared = self.shared.lock().unwrap_or_else(PoisonError::into_inner);
        for (id, (name, slot)) in self.names.iter().zip(&self.slots).enumerate() {
            // A name can be new to a table that was emptied before its first span was recorded.
            if slot.stats.count() > 0 {
                shared.absorb(name, &slot.stats, slot.first, self.histograms.collect(id));
            }
        }
        drop(shared);
        self.tails.clear();
        self.by_name.clear();
        self.names.clear();
        self.name_bytes = 0;
        self.slots.clear();
        self.histograms.clear();
        self.spans = 0;
    }
}

/// Known line endings ("`workflow-set-state-stop`", with or without the mark), found by a weak hash of a few of their bytes and one comparison.
///
/// Open addressing with at most [`PROBES`](Self::PROBES) places for each; what finds none is looked up by the strong hash every time. So whoever
/// chooses the names can make this slower, by at most that, and no flood of collisions can make it slow.
struct TailCache {
    keys: Vec<[u8; TAIL]>,
    /// Length and id; a length of zero is an empty place.
    places: Vec<(u32, u32)>,
}

impl TailCache {
    const BITS: u32 = 12;
    const PROBES: usize = 4;

    fn new() -> Self {
        Self { keys: vec![[0; TAIL]; 1 << Self::BITS], places: vec![(0, 0); 1 << Self::BITS] }
    }

    /// The first eight bytes and the eight before the marker, or what there is of them.
    #[inline(always)]
    fn hash(tail: &[u8; TAIL], len: usize) -> usize {
        const MARKER: usize = "-stop".len();
        let word = |at: usize| {
            let mut bytes = [0; 8];
            bytes.copy_from_slice(&tail[at..at + 8]);
            u64::from_le_bytes(bytes)
        };
        // What stands behind a short tail belongs to the next line.
        let first = word(0) << (64 - 8 * len.clamp(1, 8));
        let last = if len >= MARKER + 8 { word((len - MARKER - 8).min(TAIL - 8)) } else { 0 };
        let mixed = first.wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ last.rotate_left(23).wrapping_add(len as u64);
        (mixed.wrapping_mul(0xD6E8_FEB8_6659_FD93) >> (64 - Self::BITS)) as usize
    }

    #[inline(always)]
    fn find<I: Isa>(&self, isa: I, tail: &[u8; TAIL], len: usize) -> Option<u32> {
        let hash = Self::hash(tail, len);
        for probe in 0..Self::PROBES {
            let place = (hash + probe) % (1 << Self::BITS);
            let (known_len, id) = self.places[place];
            if known_len == 0 {
                return None;
            }
            if known_len as usize == len && isa.same(&self.keys[place], tail, len) {
                return Some(id);
            }
        }
        None
    }

    fn insert(&mut self, tail: &[u8], id: u32) {
        let mut key = [0; TAIL];
        let Some(begin) = key.get_mut(..tail.len()) else {
            return;
        };
        begin.copy_from_slice(tail);
        let hash = Self::hash(&key, tail.len());
        let mut places = (0..Self::PROBES).map(|probe| (hash + probe) % (1 << Self::BITS));
        if let Some(free) = places.find(|place| self.places[*place].0 == 0) {
            self.keys[free] = key;
            self.places[free] = (tail.len() as u32, id);
        }
    }

    fn clear(&mut self) {
        self.places.fill((0, 0));
    }
}

/// Histograms in pages of one doubling each, since a name's durations fill few of them.
struct Histograms {
    /// For each name and doubling, its page; page 0 is the one that is not there.
    names: Vec<[u16; PAGES]>,
    pages: Vec<[u32; PAGE_LEN]>,
}

impl Histograms {
    fn new() -> Self {
        Self { names: Vec::new(), pages: vec![[0; PAGE_LEN]] }
    }

    /// Counts a duration, unless its page is not there.
    #[inline(always)]
    fn record(&mut self, id: u32, ns: i64) -> bool {
        let cell = cell_of(ns);
        let page = usize::from(self.names[id as usize][cell / PAGE_LEN % PAGES]);
        self.pages[page][cell % PAGE_LEN] += u32::from(page != 0);
        page != 0
    }

    fn add_page(&mut self, id: u32, ns: i64) {
        self.names[id as usize][cell_of(ns) / PAGE_LEN] = self.pages.len() as u16;
        self.pages.push([0; PAGE_LEN]);
    }

    fn collect(&self, id: usize) -> Histogram {
        let mut histogram = Histogram::default();
        for (doubling, page) in self.names[id].iter().enumerate().filter(|(_, page)| **page != 0) {
            for (at, count) in self.pages[usize::from(*page)].iter().enumerate().filter(|(_, count)| **count > 0) {
                histogram.push(doubling * PAGE_LEN + at, u64::from(*count));
            }
        }
        histogram
    }

    fn clear(&mut self) {
        self.names.clear();
        self.pages.truncate(1);
    }
}
