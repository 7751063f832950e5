//! Records to spans: a start and a stop find each other.

use ahash::AHashMap;
use hashbrown::HashTable;
use hashbrown::hash_table::Entry;

use super::event::{Event, ROOT, START};
use super::groups::Groups;
use super::identity::{Identity, TraceId};
use super::ranking::Picks;
use super::share::PARTITIONS;
use super::span::{Span, Spans, Stop};
use super::table_bytes;

/// In the place of a parent's number: the span is a root, its parent_id is its base_id.
pub(super) const IS_ROOT: u32 = u32::MAX;
/// Its parent was not open when it began; [`Partition::late`] has its key.
pub(super) const IS_LATE: u32 = u32::MAX - 1;
/// Its parent is in no input.
pub(super) const IS_MISSING: u32 = u32::MAX - 2;
/// It is a root to break a cycle.
pub(super) const IS_CYCLE: u32 = u32::MAX - 3;
/// It is a part of another span.
pub(super) const IS_GONE: u32 = u32::MAX - 4;
/// Below this a parent's number is one.
pub(super) const FIRST_NO_PARENT: u32 = IS_GONE;

/// Before the next window there have to be fewer records than this: a window has far less than the rest of 32 bits.
const MOST_RECORDS: u32 = FIRST_NO_PARENT - (1 << 30);

/// Bytes of a shadowed span, about: its place in a table, and a list of its own.
const SHADOWED: usize = 160;
/// Bytes that a span takes more when trees grow: a node, a union, two bits of sieves for each of its bits, and in a ranking who is below it.
const TO_GROW: usize = 44;
/// Bytes that a span without an open parent takes then, about: its place in a table, and a list of its own.
const LATE: usize = 160;

/// The spans of some trace groups.
#[derive(Debug, Default)]
pub(crate) struct Partition {
    pub(super) spans: Spans,
    /// By key, the latest span that has it, while it is open.
    open: HashTable<(u64, u32)>,
    /// Open spans whose trace id a later one has, too, by key: no parents of what comes, and closed when that one is. Hardly any log has such.
    shadowed: AHashMap<u64, Vec<u32>>,
    /// Spans whose parents were not open when they began, and the keys of those.
    pub(super) late: Vec<(u32, u64)>,
    pub(super) groups: Groups,
    /// The ids of spans that may be ranked, by key.
    pub(super) identities: AHashMap<u64, Identity>,
    /// How many records there were.
    records: u32,
    /// Which inputs they came from: the first record of each.
    pub(super) sources: Vec<(u32, u32)>,
}

impl Partition {
    /// About how much memory it takes; no end of it if it has more records than can be told apart, four billion.
    pub(crate) fn bytes(&self) -> usize {
        if self.records >= MOST_RECORDS {
            return usize::MAX / PARTITIONS;
        }
        self.spans.bytes()
            + self.open.allocation_size()
            + self.shadowed.len() * SHADOWED
            + self.late.capacity() * size_of::<(u32, u64)>()
            + self.groups.bytes()
            + table_bytes::<(u64, Identity)>(self.identities.capacity())
    }

    /// About how much more it takes for a while when its trees grow.
    pub(crate) fn bytes_to_grow(&self) -> usize {
        self.spans.len() * TO_GROW + self.late.len() * LATE
    }

    /// Whether all its spans are of one trace group.
    pub(crate) fn is_one_group(&self) -> bool {
        self.groups.is_one()
    }

    /// Takes the next records of an input; inputs come one after the other.
    pub(crate) fn take(&mut self, events: &[Event], source: u32) {
        self.take_with(events, source, |_, _, _| ());
    }

    /// The same, and keeps the ids of those that may be ranked.
    pub(crate) fn take_with_ids(&mut self, (events, ids): (&[Event], &[TraceId]), source: u32, picks: &Picks<'_>) {
        self.take_with(events, source, |partition, nth, at| {
            let Event { group, name, .. } = events[nth];
            partition.identify(at, name, Identity { trace: ids[nth], group }, picks);
        });
    }

    /// `stopped` is told of each stop, by its number among the events, which span it is of.
    fn take_with(&mut self, events: &[Event], source: u32, stopped: impl Fn(&mut Self, usize, u32)) {
        if !events.is_empty() && self.sources.last().is_none_or(|(_, last)| *last != source) {
            self.sources.push((self.records, source));
        }
        for (nth, event) in events.iter().enumerate() {
            self.groups.count(event.group, source);
            if event.duration_ns == START {
                self.start(event);
            } else {
                let at = self.stop(event);
                stopped(self, nth, at);
            }
            self.records += 1;
        }
    }

    fn start(&mut self, event: &Event) {
        let at = self.push(event, None);
        match self.open.entry(event.trace, |open| open.0 == event.trace, |open| open.0) {
            Entry::Vacant(entry) => {
                entry.insert((event.trace, at));
            }
            Entry::Occupied(mut entry) => {
                let (_, shadowed) = std::mem::replace(entry.get_mut(), (event.trace, at));
                self.shadowed.entry(event.trace).or_default().push(shadowed);
            }
        }
    }

    fn stop(&mut self, event: &Event) -> u32 {
        let stop = Stop { place: self.records, time_us: event.time_us, duration_ns: event.duration_ns };
        if let Some(at) = self.close(event.trace) {
            self.spans.close(at, event.name, stop);
            at
        } else {
            self.cut_off(event, stop)
        }
    }

    #[cold]
    fn cut_off(&mut self, event: &Event, stop: Stop) -> u32 {
        self.push(event, Some(stop))
    }

    /// The latest span that is open and has a key, which is so no more.
    fn close(&mut self, trace: u64) -> Option<u32> {
        match self.open.find_entry(trace, |open| open.0 == trace) {
            Ok(entry) => Some(entry.remove().0.1),
            Err(_) if self.shadowed.is_empty() => None,
            Err(_) => self.shadowed.get_mut(&trace)?.pop(),
        }
    }

    #[inline(always)]
    fn push(&mut self, event: &Event, stop: Option<Stop>) -> u32 {
        let at = self.spans.len() as u32;
        let parent = self.parent(event, at);
        let Event { trace, time_us: first_us, name, .. } = *event;
        self.spans.push(&Span { trace, parent, name, first: self.records, first_us, stop });
        at
    }

    fn parent(&mut self, event: &Event, at: u32) -> u32 {
        if event.parent == ROOT {
            return IS_ROOT;
        }
        if let Some((_, parent)) = self.open.find(event.parent, |open| open.0 == event.parent) {
            return *parent;
        }
        self.late.push((at, event.parent));
        IS_LATE
    }

    /// Which input a record came from.
    pub(super) fn source_of(&self, place: u32) -> u32 {
        let before = self.sources.partition_point(|(first, _)| *first <= place);
        before.checked_sub(1).map_or(0, |at| self.sources[at].1)
    }
}
