//! The summary of a stretch of log, by name: the part that merges.

use std::borrow::Cow;

use ahash::RandomState;
use hashbrown::HashTable;

use crate::histogram::{Coarse, Histogram};
use crate::ordered::Ordered;
use crate::repeats::Repeats;
use crate::shards::{Group, SHARDS, Shard, Sharded};
use crate::stats::Stats;
use crate::unknown::Unknown;

/// The figures of a stretch of log for the flat report: for each trace name its [`Stats`] and [`Histogram`], in the
/// order in which the names first occurred.
///
/// Summaries merge: [`merge`](Self::merge) is associative, an empty summary is its identity, and the summary of a log
/// equals those of its parts, merged in their order.
///
/// A name costs 91 to 96 bytes and its own length, and a histogram only once it has three spans that differ.
#[derive(Debug, Clone)]
pub struct Summary {
    /// The figures that everything that was added had.
    wanted: Wanted,
    /// All names, one after the other, in the order of `entries`.
    names: Vec<u8>,
    entries: Vec<Entry>,
    by_name: HashTable<u32>,
    hasher: RandomState,
    /// Root spans by shard, if shards are wanted.
    roots: [u64; SHARDS],
    /// A sample of the spans, which tells whether records are there more than once.
    repeats: Repeats,
    /// Sections of files that a later version of the program wrote.
    unknown: Vec<Unknown>,
}

/// The figures that are collected beside counts, sums and extremes. Each of them takes some time for every span.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wanted {
    /// Histograms, for percentiles.
    pub histograms: bool,
    /// Sums of squares, for standard deviations.
    pub squares: bool,
    /// Counts, sums and histograms by shard of the trace groups, for comparisons.
    pub shards: bool,
}

impl Wanted {
    /// All figures that a report can show.
    pub const ALL: Self = Self { histograms: true, squares: true, shards: false };
    /// All figures.
    pub const SHARDED: Self = Self { shards: true, ..Self::ALL };
    /// Only counts, sums and extremes.
    pub const NOTHING: Self = Self { histograms: false, squares: false, shards: false };

    /// Says whether others have all of these figures.
    fn is_within(self, others: Self) -> bool {
        let Self { histograms, squares, shards } = self;
        histograms <= others.histograms && squares <= others.squares && shards <= others.shards
    }
}

#[derive(Debug, Clone)]
struct Entry {
    /// The offset in `names` where the name begins; it ends where the next one does.
    name: usize,
    stats: Stats,
    /// The position in the input where the name first occurred. Only its order matters.
    first: u64,
    /// Missing as long as `stats` alone determines the cells.
    histogram: Option<Box<Histogram>>,
    /// Missing if shards are not wanted.
    sharded: Option<Box<Sharded>>,
}

/// One name of a [`Summary`].
#[derive(Debug, Clone, Copy)]
pub struct Row<'a> {
    /// The trace name: any bytes.
    pub name: &'a [u8],
    /// Its exact statistics.
    pub stats: &'a Stats,
    histogram: Option<&'a Histogram>,
    /// The same figures by shard of the trace groups, if the summary was made with shards.
    pub sharded: Option<&'a Sharded>,
}

impl<'a> Row<'a> {
    /// Gives the histogram of its durations. It has no meaning if the summary was made without histograms.
    pub fn histogram(&self) -> Cow<'a, Histogram> {
        match self.histogram {
            Some(histogram) => Cow::Borrowed(histogram),
            None => Cow::Owned(implied_histogram(self.stats)),
        }
    }

    /// Finds the durations in nanoseconds at some quantiles (0 to 1), as [`Ordered`] defines them: at most
    /// [`RELATIVE_ERROR`](crate::RELATIVE_ERROR) from those of all durations, never outside of the extremes.
    pub fn quantiles_ns<const N: usize>(&self, quantiles: [f64; N]) -> [i64; N] {
        let mut found = self.each_quantile_ns(&quantiles).into_iter();
        quantiles.map(|_| found.next().unwrap_or_default())
    }

    /// Finds the same at any number of quantiles.
    pub fn each_quantile_ns(&self, quantiles: &[f64]) -> Vec<i64> {
        let histogram = self.histogram();
        let ordered = Ordered::of((*histogram).as_ref(), self.stats.min_ns(), self.stats.max_ns());
        let at = |quantile: &f64| ordered.as_ref().map_or(0, |ordered| ordered.quantile_ns(*quantile));
        quantiles.iter().map(at).collect()
    }
}

/// Makes the histogram of one or two durations, or of many in one cell.
fn implied_histogram(stats: &Stats) -> Histogram {
    let mut histogram = Histogram::default();
    if stats.count() > 0 {
        let (low, high) = cells_of_extremes(stats);
        if low == high {
            histogram.push(low, stats.count());
        } else {
            histogram.push(low, 1);
            histogram.push(high, 1);
        }
    }
    histogram
}

fn is_implied(stats: &Stats) -> bool {
    let (low, high) = cells_of_extremes(stats);
    stats.count() <= 2 || low == high
}

fn cells_of_extremes(stats: &Stats) -> (usize, usize) {
    (Histogram::<2>::cell_of_signed(stats.min_ns()), Histogram::<2>::cell_of_signed(stats.max_ns()))
}

impl Summary {
    /// Makes the summary of no log at all.
    pub fn new() -> Self {
        Self::with(Wanted::SHARDED)
    }

    /// Makes the summary of no log at all, with room for no more than what is wanted.
    pub fn with(wanted: Wanted) -> Self {
        Self {
            wanted,
            names: Vec::new(),
            entries: Vec::new(),
            by_name: HashTable::new(),
            hasher: RandomState::new(),
            roots: [0; SHARDS],
            repeats: Repeats::default(),
            unknown: Vec::new(),
        }
    }

    /// Says whether it has the figures of shards.
    pub fn has_shards(&self) -> bool {
        self.wanted.shards
    }

    /// Counts the distinct names.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Says whether there is no name at all.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Lists the names in the order in which they first occurred.
    pub fn rows(&self) -> impl ExactSizeIterator<Item = Row<'_>> {
        self.in_order().into_iter().map(|id| self.row(id))
    }

    /// Adds the summary of the input that follows this one's. The result has histograms, squares and shards if both
    /// have.
    pub fn merge(&mut self, next: &Self) {
        self.leave_only(next.wanted);
        let next_position = self.next_position();
        for (rank, row) in next.rows().enumerate() {
            self.absorb_row(&row, next_position + rank as u64);
        }
        if self.wanted.shards {
            self.add_roots(&next.roots);
        }
        self.repeats.merge(&next.repeats);
        self.unknown.extend_from_slice(&next.unknown);
    }

    /// Takes out all figures but those that are wanted.
    fn leave_only(&mut self, wanted: Wanted) {
        self.wanted.squares &= wanted.squares;
        if !wanted.shards {
            self.wanted.shards = false;
            self.roots = [0; SHARDS];
            self.entries.iter_mut().for_each(|entry| entry.sharded = None);
        }
        if !wanted.histograms {
            self.wanted.histograms = false;
            self.entries.iter_mut().for_each(|entry| entry.histogram = None);
        }
    }

    /// Gives a position after all that there are.
    fn next_position(&self) -> u64 {
        self.entries.iter().map(|entry| entry.first + 1).max().unwrap_or(0)
    }

    /// Adds a span that comes after all others: its name, its duration in nanoseconds, and its trace group.
    ///
    /// For few spans: an engine counts many in a table of its own, and [absorbs](Self::absorb) that.
    pub fn record(&mut self, name: &[u8], ns: i64, group: Group) {
        let (mut stats, mut histogram) = (Stats::EMPTY, Histogram::default());
        stats.record(ns);
        histogram.push(Histogram::<2>::cell_of_signed(ns), 1);
        let first = if self.id_of(name).is_some() { u64::MAX } else { self.next_position() };
        self.absorb(name, &stats, first, Cow::Owned(histogram));
        let (mut shard, mut sharded) = (Shard::default(), Sharded::default());
        shard.record(ns, group);
        sharded.push(group.shard(), shard, &[(Coarse::cell_of_signed(ns) as u16, 1)]);
        self.absorb_shards(name, Cow::Owned(sharded));
    }

    /// Says whether all spans are of one trace group, or of none, so that nothing tells which of them are independent.
    /// (It says so, too, where all groups share one of 1024 bits.)
    pub fn is_of_one_group(&self) -> bool {
        let mut groups = [0_u32; SHARDS];
        for sharded in self.entries.iter().filter_map(|entry| entry.sharded.as_deref()) {
            sharded.iter().for_each(|(number, shard, _)| groups[number] |= shard.groups);
        }
        groups.iter().map(|bits| bits.count_ones()).sum::<u32>() == 1
    }

    /// Adds a row of another summary. The first span of its name is at position `first` of the input.
    fn absorb_row(&mut self, row: &Row<'_>, first: u64) {
        let histogram = if self.wanted.histograms { row.histogram() } else { Cow::Owned(Histogram::default()) };
        self.absorb(row.name, row.stats, first, histogram);
        if let Some(sharded) = row.sharded {
            self.absorb_shards(row.name, Cow::Borrowed(sharded));
        }
    }

    /// Adds another summary, whose positions become those that `position` makes of them.
    pub fn absorb_all(&mut self, mut other: Self, position: impl Fn(u64) -> u64) {
        other.entries.iter_mut().for_each(|entry| entry.first = position(entry.first));
        // Names can be large: they are not copied where it can be helped.
        if self.is_empty() && self.wanted.is_within(other.wanted) {
            other.leave_only(self.wanted);
            other.repeats.merge(&self.repeats);
            other.unknown.append(&mut self.unknown);
            *self = other;
            return;
        }
        self.repeats.merge(&other.repeats);
        self.unknown.append(&mut other.unknown);
        for (id, entry) in other.entries.iter().enumerate() {
            self.absorb_row(&other.row(id as u32), entry.first);
        }
        if self.wanted.shards {
            self.add_roots(&other.roots);
        }
    }

    /// Gives the number of root spans (their parent_id is their base_id), by shard. It is zero if the summary was made
    /// without shards.
    pub fn roots(&self) -> &[u64; SHARDS] {
        &self.roots
    }

    /// Adds root spans, by shard.
    pub fn add_roots(&mut self, roots: &[u64; SHARDS]) {
        self.roots.iter_mut().zip(roots).for_each(|(own, more)| *own += more);
    }

    /// Gives the sample that tells whether records are there more than once.
    pub fn repeats(&self) -> &Repeats {
        &self.repeats
    }

    /// Adds a sample of spans that were absorbed.
    pub fn add_repeats(&mut self, repeats: &Repeats) {
        self.repeats.merge(repeats);
    }

    /// Notes that all of it was read from one input, by its number.
    pub fn set_input(&mut self, input: usize) {
        self.repeats.set_input(input);
    }

    /// Lists the sections that can't be read, only kept.
    pub(crate) fn unknown(&self) -> &[Unknown] {
        &self.unknown
    }

    /// Keeps a section that can't be read.
    pub(crate) fn add_unknown(&mut self, section: Unknown) {
        self.unknown.push(section);
    }

    /// Adds the shards of spans of a name that were absorbed.
    pub fn absorb_shards(&mut self, name: &[u8], sharded: Cow<'_, Sharded>) {
        if !self.wanted.shards {
            return;
        }
        let id = self.intern(name);
        match &mut self.entries[id as usize].sharded {
            Some(own) => own.merge(&sharded),
            none => *none = Some(Box::new(sharded.into_owned())),
        }
    }

    /// Gives the ids of all names in the order of their first occurrence.
    pub fn in_order(&self) -> Vec<u32> {
        let mut ids: Vec<u32> = (0..self.entries.len() as u32).collect();
        ids.sort_unstable_by_key(|id| self.entries[*id as usize].first);
        ids
    }

    /// Gives the name with this id, one of those [in order](Self::in_order).
    pub fn row(&self, id: u32) -> Row<'_> {
        let entry = &self.entries[id as usize];
        Row {
            name: name_of(&self.names, &self.entries, id),
            stats: &entry.stats,
            histogram: entry.histogram.as_deref(),
            sharded: entry.sharded.as_deref(),
        }
    }

    /// Adds spans of a name, the first of them at position `first` of the input.
    pub fn absorb(&mut self, name: &[u8], stats: &Stats, first: u64, histogram: Cow<'_, Histogram>) {
        let id = self.intern(name);
        let entry = &mut self.entries[id as usize];
        let before = entry.stats;
        entry.stats.merge(stats);
        entry.first = entry.first.min(first);
        if !self.wanted.histograms || is_implied(&entry.stats) {
            return;
        }
        match &mut entry.histogram {
            Some(own) => own.merge(&histogram),
            none => {
                let mut own = histogram.into_owned();
                own.merge(&implied_histogram(&before));
                *none = Some(Box::new(own));
            }
        }
    }

    fn id_of(&self, name: &[u8]) -> Option<u32> {
        let is_same = |id: &u32| name_of(&self.names, &self.entries, *id) == name;
        self.by_name.find(self.hasher.hash_one(name), is_same).copied()
    }

    fn intern(&mut self, name: &[u8]) -> u32 {
        let hash = self.hasher.hash_one(name);
        let (names, entries, hasher) = (&self.names, &self.entries, &self.hasher);
        if let Some(id) = self.by_name.find(hash, |id| name_of(names, entries, *id) == name) {
            return *id;
        }
        let id = entries.len() as u32;
        self.by_name.insert_unique(hash, id, |id| hasher.hash_one(name_of(names, entries, *id)));
        self.entries.push(Entry {
            name: self.names.len(),
            stats: Stats::EMPTY,
            first: u64::MAX,
            histogram: None,
            sharded: None,
        });
        self.names.extend_from_slice(name);
        id
    }
}

impl Default for Summary {
    fn default() -> Self {
        Self::new()
    }
}

fn name_of<'a>(names: &'a [u8], entries: &[Entry], id: u32) -> &'a [u8] {
    let id = id as usize;
    let end = entries.get(id + 1).map_or(names.len(), |next| next.name);
    &names[entries[id].name..end]
}
