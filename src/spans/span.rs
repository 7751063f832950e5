//! Spans, kept small: 32 bytes each.

use ahash::AHashMap;

use super::table_bytes;

/// The stop of a span: half of its records.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Stop {
    /// The number of the record in its partition.
    pub(crate) place: u32,
    pub(crate) time_us: i64,
    /// The nanoseconds of the time beyond that; zero unless one record is all of the span.
    pub(crate) rest_ns: u16,
    pub(crate) duration_ns: i64,
}

impl Stop {
    /// Gives the time in nanoseconds since 1970.
    pub(crate) fn time_ns(&self) -> i128 {
        i128::from(self.time_us) * 1000 + i128::from(self.rest_ns)
    }
}

/// A span of a partition, but for its key and the time of its first record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Span {
    /// The number of its parent, or why it has none.
    pub(super) parent: u32,
    pub(super) name: u32,
    /// The number of its first record in the partition.
    pub(super) first: u32,
    /// Missing if the span is unfinished.
    pub(super) stop: Option<Stop>,
}

impl Span {
    /// Says whether it has only a stop record.
    pub(super) fn is_cut_off(&self) -> bool {
        self.stop.is_some_and(|stop| stop.place == self.first)
    }
}

/// Spans by number.
///
/// Keys are kept by themselves, and the rest in three words of 64 bits. The first has the place of the last record, and
/// the parent. The second has the name, and the time (of the stop where there is one). The third has the place of the
/// first record, the difference between the start and the start that time and duration imply, and the duration. First
/// places and times count from those of the first span of a block, all times in microseconds. Spans that do not fit are
/// kept aside.
#[derive(Debug, Default)]
pub(super) struct Spans {
    blocks: Vec<Block>,
    len: u32,
    aside: AHashMap<u32, (Span, i64)>,
}

/// Some spans, which stay where they are while others come.
#[derive(Debug)]
struct Block {
    origin: Origin,
    keys: Vec<u64>,
    spans: Vec<Packed>,
}

/// The place and time from which those of a block count.
#[derive(Debug, Clone, Copy)]
struct Origin {
    first: u32,
    time_us: i64,
}

type Packed = [u64; 3];

/// Spans of a block, a power of two: 64 KiB.
const BLOCK: usize = 2048;

const NO_STOP: u32 = u32::MAX;
/// 101 days before and after a block's first span.
const TIME_BITS: u32 = 44;
/// 19 hours.
const DURATION_BITS: u32 = 36;
/// Eight milliseconds to either side.
const OFFSET_BITS: u32 = 14;
/// Enough that few spans are too far from the first one of their block: in it are those that start one after the other,
/// and 16,384 records are between them only where as many older spans stop.
const FIRST_BITS: u32 = u64::BITS - DURATION_BITS - OFFSET_BITS;
/// Stands in the place of a name: the span is kept aside.
const ASIDE: u32 = (1 << (u64::BITS - TIME_BITS)) - 1;

impl Spans {
    #[inline(always)]
    pub(super) fn len(&self) -> usize {
        self.len as usize
    }

    /// Shows all spans, by their numbers, and their keys. It is a loop in a loop, which takes ten instructions a record
    /// less than an iterator over both.
    #[inline(always)]
    pub(super) fn each_key(&self, mut look: impl FnMut(u32, u64)) {
        let mut at = 0;
        for block in &self.blocks {
            for key in &block.keys {
                look(at, *key);
                at += 1;
            }
        }
    }

    /// Shows all spans with their keys and parents.
    #[inline(always)]
    pub(super) fn each_parent(&self, mut look: impl FnMut(u32, u32)) {
        let mut at = 0;
        for block in &self.blocks {
            for packed in &block.spans {
                look(at, parent_in(packed));
                at += 1;
            }
        }
    }

    /// Gives the key of a span.
    #[inline]
    pub(super) fn key(&self, at: u32) -> u64 {
        self.blocks[at as usize / BLOCK].keys[at as usize % BLOCK]
    }

    #[inline(always)]
    fn packed(&self, at: u32) -> (&Packed, Origin) {
        let Block { origin, spans, .. } = &self.blocks[at as usize / BLOCK];
        (&spans[at as usize % BLOCK], *origin)
    }

    #[inline(always)]
    fn packed_mut(&mut self, at: u32) -> (&mut Packed, Origin) {
        let Block { origin, spans, .. } = &mut self.blocks[at as usize / BLOCK];
        (&mut spans[at as usize % BLOCK], *origin)
    }

    /// Counts the bytes of their memory.
    pub(super) fn bytes(&self) -> usize {
        // All blocks but the first have the same room.
        let room = self.blocks.first().map_or(0, |first| first.spans.capacity().max(first.keys.capacity()))
            + self.blocks.len().saturating_sub(1) * BLOCK;
        room * (size_of::<u64>() + size_of::<Packed>()) + table_bytes::<(u32, (Span, i64))>(self.aside.capacity())
    }

    /// Adds a span with its key and the time of its first record. Its number is the number of spans before it.
    #[inline(always)]
    pub(super) fn push(&mut self, key: u64, span: &Span, first_us: i64) {
        if self.len().is_multiple_of(BLOCK) {
            self.add_block(span.first, first_us);
        }
        if let Some(block) = self.blocks.last_mut() {
            block.keys.push(key);
            match pack(span, first_us, block.origin) {
                Some(packed) => block.spans.push(packed),
                None => block.spans.push(set_aside(&mut self.aside, self.len, span, first_us)),
            }
        }
        self.len += 1;
    }

    #[cold]
    fn add_block(&mut self, first: u32, time_us: i64) {
        // The first block grows, since many partitions have few spans.
        let room = if self.blocks.is_empty() { 0 } else { BLOCK };
        let origin = Origin { first, time_us };
        self.blocks.push(Block { origin, keys: Vec::with_capacity(room), spans: Vec::with_capacity(room) });
    }

    /// Puts another span in the place of one; its first record stays.
    #[cold]
    pub(super) fn set(&mut self, at: u32, span: &Span) {
        let first_us = self.first_us(at);
        let block = &mut self.blocks[at as usize / BLOCK];
        let packed = pack(span, first_us, block.origin);
        block.spans[at as usize % BLOCK] = packed.unwrap_or_else(|| set_aside(&mut self.aside, at, span, first_us));
    }

    #[inline(always)]
    pub(super) fn get(&self, at: u32) -> Span {
        let (packed, origin) = self.packed(at);
        if name_in(packed) == ASIDE {
            return self.get_aside(at);
        }
        let (parent, name, first) = (parent_in(packed), name_in(packed), first_in(packed) + origin.first);
        Span { parent, name, first, stop: stop_in(packed, origin) }
    }

    #[cold]
    fn get_aside(&self, at: u32) -> Span {
        // The map has each of them.
        self.aside.get(&at).map_or(NOTHING, |(span, _)| *span)
    }

    /// Gives the time of a span's first record.
    pub(super) fn first_us(&self, at: u32) -> i64 {
        let (packed, origin) = self.packed(at);
        if name_in(packed) == ASIDE {
            return self.aside.get(&at).map_or(0, |(_, first_us)| *first_us);
        }
        match stop_in(packed, origin) {
            Some(stop) if stop.place != first_in(packed) + origin.first => {
                stop.time_us - duration_us_in(packed) + offset_us_in(packed)
            }
            _ => time_us_in(packed) + origin.time_us,
        }
    }

    /// Gives the stop of a span, if it has one.
    #[inline(always)]
    pub(super) fn stop(&self, at: u32) -> Option<Stop> {
        let (packed, origin) = self.packed(at);
        if name_in(packed) == ASIDE { self.get_aside(at).stop } else { stop_in(packed, origin) }
    }

    /// Gives an unfinished span its stop, and the name that stands there.
    #[inline(always)]
    pub(super) fn close(&mut self, at: u32, name: u32, stop: Stop) {
        let (packed, origin) = self.packed_mut(at);
        if let Some(closed) = close(packed, name, stop, origin) {
            *packed = closed;
        } else {
            self.close_aside(at, name, stop);
        }
    }

    #[cold]
    fn close_aside(&mut self, at: u32, name: u32, stop: Stop) {
        let span = self.get(at);
        self.set(at, &Span { name, stop: Some(stop), ..span });
    }

    /// Gives the number of a span's first record in the partition.
    #[inline]
    pub(super) fn first(&self, at: u32) -> u32 {
        let (packed, origin) = self.packed(at);
        if name_in(packed) == ASIDE { self.get_aside(at).first } else { first_in(packed) + origin.first }
    }

    #[inline]
    pub(super) fn parent(&self, at: u32) -> u32 {
        parent_in(self.packed(at).0)
    }

    /// Gives the number of a span's name.
    #[inline]
    pub(super) fn name(&self, at: u32) -> u32 {
        let name = name_in(self.packed(at).0);
        if name == ASIDE { self.get_aside(at).name } else { name }
    }

    pub(super) fn set_parent(&mut self, at: u32, parent: u32) {
        let (packed, _) = self.packed_mut(at);
        packed[0] = packed[0] >> 32 << 32 | u64::from(parent);
        if let Some((span, _)) = self.aside.get_mut(&at) {
            span.parent = parent;
        }
    }
}

const NOTHING: Span = Span { parent: 0, name: 0, first: 0, stop: None };

#[cold]
fn set_aside(aside: &mut AHashMap<u32, (Span, i64)>, at: u32, span: &Span, first_us: i64) -> Packed {
    aside.insert(at, (*span, first_us));
    [u64::from(span.parent), u64::from(ASIDE) << TIME_BITS, 0]
}

#[inline(always)]
fn pack(span: &Span, first_us: i64, origin: Origin) -> Option<Packed> {
    let Span { parent, name, first, stop } = *span;
    let first_of_block = first.wrapping_sub(origin.first);
    let opened_us = first_us.wrapping_sub(origin.time_us);
    let (last, [of_time, of_rest]) = match stop {
        None => (NO_STOP, times(name, first_of_block, opened_us, 0, None)?),
        Some(stop) if stop.rest_ns > 0 => return None,
        Some(stop) => {
            let time_us = stop.time_us.wrapping_sub(origin.time_us);
            let opened_us = (stop.place != first).then_some(opened_us);
            (stop.place, times(name, first_of_block, time_us, stop.duration_ns, opened_us)?)
        }
    };
    Some([u64::from(last) << 32 | u64::from(parent), of_time, of_rest])
}

/// Packs an unfinished span together with its stop.
#[inline(always)]
fn close(packed: &Packed, name: u32, stop: Stop, origin: Origin) -> Option<Packed> {
    if name_in(packed) == ASIDE || stop.rest_ns > 0 {
        return None;
    }
    let time_us = stop.time_us.wrapping_sub(origin.time_us);
    let [of_time, of_rest] = times(name, first_in(packed), time_us, stop.duration_ns, Some(time_us_in(packed)))?;
    Some([u64::from(stop.place) << 32 | u64::from(parent_in(packed)), of_time, of_rest])
}

/// Packs the last two words of a span, if all fits: place and times count from a block's.
#[inline(always)]
fn times(name: u32, first: u32, time_us: i64, duration_ns: i64, opened_us: Option<i64>) -> Option<[u64; 2]> {
    let micros = duration_ns.cast_unsigned() / 1000;
    let offset_us = opened_us.map_or(0, |opened_us| opened_us.wrapping_sub(time_us).wrapping_add(micros as i64));
    let fits = name < ASIDE
        && first < 1 << FIRST_BITS
        && micros < 1 << DURATION_BITS
        && micros * 1000 == duration_ns.cast_unsigned()
        && offset_us == signed(offset_us.cast_unsigned(), OFFSET_BITS)
        && time_us == signed(time_us.cast_unsigned(), TIME_BITS);
    let of_time = u64::from(name) << TIME_BITS | lowest(time_us.cast_unsigned(), TIME_BITS);
    let places = u64::from(first) << OFFSET_BITS | lowest(offset_us.cast_unsigned(), OFFSET_BITS);
    fits.then_some([of_time, places << DURATION_BITS | micros])
}

#[inline]
fn parent_in(packed: &Packed) -> u32 {
    packed[0] as u32
}

#[inline]
fn name_in(packed: &Packed) -> u32 {
    (packed[1] >> TIME_BITS) as u32
}

#[inline]
fn time_us_in(packed: &Packed) -> i64 {
    signed(packed[1], TIME_BITS)
}

#[inline]
fn first_in(packed: &Packed) -> u32 {
    (packed[2] >> (DURATION_BITS + OFFSET_BITS)) as u32
}

#[inline]
fn offset_us_in(packed: &Packed) -> i64 {
    signed(packed[2] >> DURATION_BITS, OFFSET_BITS)
}

#[inline]
fn duration_us_in(packed: &Packed) -> i64 {
    lowest(packed[2], DURATION_BITS) as i64
}

#[inline]
fn stop_in(packed: &Packed, origin: Origin) -> Option<Stop> {
    let place = (packed[0] >> 32) as u32;
    let (time_us, duration_ns) = (time_us_in(packed) + origin.time_us, duration_us_in(packed) * 1000);
    (place != NO_STOP).then_some(Stop { place, time_us, rest_ns: 0, duration_ns })
}

/// Masks the lowest bits of a word.
#[inline]
fn lowest(word: u64, bits: u32) -> u64 {
    word & ((1 << bits) - 1)
}

/// Reads the lowest bits of a word as a number with a sign.
#[inline]
fn signed(word: u64, bits: u32) -> i64 {
    (word << (u64::BITS - bits)).cast_signed() >> (u64::BITS - bits)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn time() -> impl Strategy<Value = i64> {
        prop_oneof![0..1_000_000_000_i64, Just(63_000_000_000_000_000), 0..400_000_000_000_000_000_i64]
    }

    prop_compose! {
        fn stop(first: u32)(place in prop_oneof![Just(first), 0_u32..u32::MAX], time_us in time(), duration_ns in prop_oneof![
            (0_i64..2_000_000_000).prop_map(|us| us * 1000), 0_i64..1_000_000_000, any::<i64>().prop_filter("a duration", |ns| *ns > i64::MIN)
        ], rest_ns in prop_oneof![4 => Just(0_u16), 1 => 0_u16..1000]) -> Stop {
            Stop { place, time_us, rest_ns, duration_ns }
        }
    }

    /// A span, and the time of its first record.
    fn span() -> impl Strategy<Value = (Span, i64)> {
        let first = prop_oneof![0..40_000_u32, 0..u32::MAX];
        let numbers = (any::<u32>(), prop_oneof![0..100_u32, 0..1_u32 << 25], first);
        numbers.prop_flat_map(|(parent, name, first)| {
            (prop::option::of(stop(first)), time(), -10_000_i64..10_000).prop_map(move |(stop, time_us, offset)| {
                let first_us = match stop {
                    Some(stop) if stop.place == first => stop.time_us,
                    Some(stop) if offset % 4 > 0 => stop.time_us - stop.duration_ns / 1000 + offset,
                    _ => time_us,
                };
                (Span { parent, name, first, stop }, first_us)
            })
        })
    }

    proptest! {
        #[test]
        fn spans_are_as_they_were(spans in prop::collection::vec(span(), 1..20), others in prop::collection::vec(span(), 20)) {
            let mut kept = Spans::default();
            spans.iter().zip(100..).for_each(|((span, first_us), key)| kept.push(key, span, *first_us));
            let mut keys = vec![];
            kept.each_key(|at, key| keys.push((at, key)));
            prop_assert!(keys.into_iter().eq((0..spans.len() as u32).zip(100..)));
            for (at, (span, first_us)) in (0..).zip(&spans) {
                prop_assert_eq!((kept.get(at), kept.first_us(at)), (*span, *first_us));
                prop_assert_eq!(kept.key(at), 100 + u64::from(at));
                prop_assert_eq!((kept.name(at), kept.first(at), kept.stop(at)), (span.name, span.first, span.stop));
            }
            for (at, ((_, first_us), (other, _))) in (0..).zip(spans.iter().zip(&others)) {
                // The first record of a cut-off span is its stop.
                if other.is_cut_off() {
                    continue;
                }
                kept.set(at, other);
                kept.set_parent(at, 7);
                prop_assert_eq!((kept.get(at), kept.first_us(at)), (Span { parent: 7, ..*other }, *first_us));
                prop_assert_eq!(kept.parent(at), 7);
            }
        }

        #[test]
        fn a_span_that_is_closed_has_its_stop(opened in span(), other in span()) {
            let ((opened, first_us), (other, of_other)) = (opened, other);
            let open = Span { stop: None, ..opened };
            for of in [opened, other] {
                let mut kept = Spans::default();
                kept.push(1, &Span { first: opened.first.saturating_sub(9), ..other }, of_other);
                kept.push(2, &open, first_us);
                // That of a cut-off span is no other's.
                let Some(stop) = of.stop.filter(|stop| stop.place != open.first) else { continue };
                kept.close(1, other.name, stop);
                prop_assert_eq!((kept.get(1), kept.first_us(1)), (Span { name: other.name, stop: Some(stop), ..open }, first_us));
            }
        }
    }
}
