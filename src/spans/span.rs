//! Spans, kept small: 36 bytes each.

use ahash::AHashMap;

/// Half of the records of a span.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Stop {
    /// Which record of the partition it is.
    pub(super) place: u32,
    pub(super) time_us: i64,
    pub(super) duration_ns: i64,
}

/// A span of a partition.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Span {
    pub(super) trace: u64,
    /// The number of its parent, or why it has none.
    pub(super) parent: u32,
    pub(super) name: u32,
    /// Which record of the partition its first one is.
    pub(super) first: u32,
    /// The time of its first record.
    pub(super) first_us: i64,
    /// Missing in an unfinished one.
    pub(super) stop: Option<Stop>,
}

impl Span {
    /// Whether there is only a stop record of it.
    pub(super) fn is_cut_off(&self) -> bool {
        self.stop.is_some_and(|stop| stop.place == self.first)
    }
}

/// Spans by number.
///
/// In nine words of 32 bits: the key in two; the parent; the places of the first and of the last record; 48 bits of time (of the stop where there is one, less an origin) and 16 bits of how far the
/// start is from where time and duration put it; 40 bits of duration and 24 bits of name, all times in microseconds. What does not fit is kept aside.
#[derive(Debug, Default)]
pub(super) struct Spans {
    /// In blocks, which stay where they are while others come.
    blocks: Vec<Vec<Packed>>,
    aside: AHashMap<u32, Span>,
    origin_us: i64,
}

type Packed = [u32; 9];

/// Spans of a block, a power of two: 72 KiB.
const BLOCK: usize = 2048;

const NO_STOP: u32 = u32::MAX;
const TIME_BITS: u32 = 48;
const DURATION_BITS: u32 = 40;
/// In the place of a name: the span is kept aside.
const ASIDE: u32 = (1 << (u64::BITS - DURATION_BITS)) - 1;
/// Bytes of a span that is kept aside.
const ASIDE_BYTES: usize = 2 * size_of::<(u32, Span)>();

impl Spans {
    pub(super) fn len(&self) -> usize {
        let full = self.blocks.len().saturating_sub(1) * BLOCK;
        full + self.blocks.last().map_or(0, Vec::len)
    }

    #[inline]
    fn packed(&self, at: u32) -> &Packed {
        &self.blocks[at as usize / BLOCK][at as usize % BLOCK]
    }

    #[inline]
    fn packed_mut(&mut self, at: u32) -> &mut Packed {
        &mut self.blocks[at as usize / BLOCK][at as usize % BLOCK]
    }

    /// How much memory they take.
    pub(super) fn bytes(&self) -> usize {
        self.len() * size_of::<Packed>() + self.aside.len() * ASIDE_BYTES
    }

    /// Adds a span; its number is how many there were.
    #[inline]
    pub(super) fn push(&mut self, span: &Span) {
        if self.blocks.is_empty() {
            self.origin_us = span.first_us;
        }
        let at = self.len() as u32;
        let packed = self.pack(span).unwrap_or_else(|| self.set_aside(at, span));
        if (at as usize).is_multiple_of(BLOCK) {
            // The first one grows, since many partitions have few spans.
            let room = if at == 0 { 0 } else { BLOCK };
            self.blocks.push(Vec::with_capacity(room));
        }
        if let Some(block) = self.blocks.last_mut() {
            block.push(packed);
        }
    }

    #[inline]
    pub(super) fn set(&mut self, at: u32, span: &Span) {
        let packed = self.pack(span).unwrap_or_else(|| self.set_aside(at, span));
        *self.packed_mut(at) = packed;
    }

    #[inline]
    pub(super) fn get(&self, at: u32) -> Span {
        let packed = self.packed(at);
        let [_, _, parent, first, last, ..] = *packed;
        let (times, rest) = (long(packed[5], packed[6]), long(packed[7], packed[8]));
        let name = (rest >> DURATION_BITS) as u32;
        if name == ASIDE {
            // The map has each of them.
            return self.aside.get(&at).copied().unwrap_or(Span { parent, ..NOTHING });
        }
        let time_us = time_in(times as i64) + self.origin_us;
        let duration_us = (rest & ((1 << DURATION_BITS) - 1)) as i64;
        let stop = Stop { place: last, time_us, duration_ns: duration_us * 1000 };
        let trace = long(packed[0], packed[1]);
        let offset_us = i64::from((times >> TIME_BITS) as i16);
        if last == NO_STOP {
            Span { trace, parent, name, first, first_us: time_us, stop: None }
        } else if last == first {
            Span { trace, parent, name, first, first_us: time_us, stop: Some(stop) }
        } else {
            let first_us = time_us - duration_us + offset_us;
            Span { trace, parent, name, first, first_us, stop: Some(stop) }
        }
    }

    /// The stop of a span, if it has one.
    #[inline]
    pub(super) fn stop(&self, at: u32) -> Option<Stop> {
        let packed = self.packed(at);
        let (place, times, rest) = (packed[4], long(packed[5], packed[6]), long(packed[7], packed[8]));
        if (rest >> DURATION_BITS) as u32 == ASIDE {
            return self.get(at).stop;
        }
        let duration_us = (rest & ((1 << DURATION_BITS) - 1)) as i64;
        let stop = Stop { place, time_us: time_in(times as i64) + self.origin_us, duration_ns: duration_us * 1000 };
        (place != NO_STOP).then_some(stop)
    }

    /// Gives an unfinished span its stop, and the name that stands there.
    #[inline]
    pub(super) fn close(&mut self, at: u32, name: u32, stop: Stop) {
        let span = self.get(at);
        self.set(at, &Span { name, stop: Some(stop), ..span });
    }

    /// Which record of the partition a span's first one is.
    #[inline]
    pub(super) fn first(&self, at: u32) -> u32 {
        self.packed(at)[3]
    }

    /// The key of a span.
    #[inline]
    pub(super) fn trace(&self, at: u32) -> u64 {
        let packed = self.packed(at);
        long(packed[0], packed[1])
    }

    #[inline]
    pub(super) fn parent(&self, at: u32) -> u32 {
        self.packed(at)[2]
    }

    /// The number of a span's name.
    #[inline]
    pub(super) fn name(&self, at: u32) -> u32 {
        let packed = self.packed(at);
        let name = (long(packed[7], packed[8]) >> DURATION_BITS) as u32;
        if name == ASIDE { self.get(at).name } else { name }
    }

    pub(super) fn set_parent(&mut self, at: u32, parent: u32) {
        self.packed_mut(at)[2] = parent;
        if let Some(span) = self.aside.get_mut(&at) {
            span.parent = parent;
        }
    }

    #[cold]
    fn set_aside(&mut self, at: u32, span: &Span) -> Packed {
        self.aside.insert(at, *span);
        let last = span.stop.map_or(NO_STOP, |stop| stop.place);
        let (low, high) = halves(u64::from(ASIDE) << DURATION_BITS);
        let (trace_low, trace_high) = halves(span.trace);
        [trace_low, trace_high, span.parent, span.first, last, 0, 0, low, high]
    }

    #[inline]
    fn pack(&self, span: &Span) -> Option<Packed> {
        let Span { trace, parent, name, first, first_us, stop } = *span;
        let (last, time_us, duration_ns) =
            stop.map_or((NO_STOP, first_us, 0), |stop| (stop.place, stop.time_us, stop.duration_ns));
        let micros = duration_ns.cast_unsigned() / 1000;
        let offset_us = if last == NO_STOP || last == first {
            0
        } else {
            first_us.wrapping_sub(time_us).wrapping_add(micros as i64)
        };
        let time_us = time_us.wrapping_sub(self.origin_us);
        let fits = name < ASIDE
            && micros < 1 << DURATION_BITS
            && micros * 1000 == duration_ns.cast_unsigned()
            && offset_us == i64::from(offset_us as i16)
            && time_us == time_in(time_us);
        let times = time_us.cast_unsigned() & ((1 << TIME_BITS) - 1) | u64::from(offset_us as u16) << TIME_BITS;
        let rest = micros & ((1 << DURATION_BITS) - 1) | u64::from(name) << DURATION_BITS;
        let ((t0, t1), (a0, a1), (b0, b1)) = (halves(trace), halves(times), halves(rest));
        fits.then_some([t0, t1, parent, first, last, a0, a1, b0, b1])
    }
}

const NOTHING: Span = Span { trace: 0, parent: 0, name: 0, first: 0, first_us: 0, stop: None };

#[inline]
fn long(low: u32, high: u32) -> u64 {
    u64::from(low) | u64::from(high) << 32
}

#[inline]
fn halves(long: u64) -> (u32, u32) {
    (long as u32, (long >> 32) as u32)
}

/// The number that the lowest 48 bits are, with their sign.
#[inline]
fn time_in(bits: i64) -> i64 {
    bits << (i64::BITS - TIME_BITS) >> (i64::BITS - TIME_BITS)
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
        ]) -> Stop {
            Stop { place, time_us, duration_ns }
        }
    }

    fn span() -> impl Strategy<Value = Span> {
        let numbers = (any::<u64>(), any::<u32>(), prop_oneof![0..100_u32, 0..1_u32 << 25], 0..u32::MAX);
        numbers.prop_flat_map(|(trace, parent, name, first)| {
            (prop::option::of(stop(first)), time(), -40_000_i64..40_000).prop_map(move |(stop, time_us, offset)| {
                let first_us = match stop {
                    Some(stop) if stop.place == first => stop.time_us,
                    Some(stop) if offset % 4 > 0 => stop.time_us - stop.duration_ns / 1000 + offset,
                    _ => time_us,
                };
                Span { trace, parent, name, first, first_us, stop }
            })
        })
    }

    proptest! {
        #[test]
        fn spans_are_as_they_were(spans in prop::collection::vec(span(), 1..20), others in prop::collection::vec(span(), 20)) {
            let mut kept = Spans::default();
            spans.iter().for_each(|span| kept.push(span));
            for (at, span) in spans.iter().enumerate() {
                prop_assert_eq!(kept.get(at as u32), *span);
                prop_assert_eq!(kept.trace(at as u32), span.trace);
            }
            for (at, other) in (0..spans.len() as u32).zip(&others) {
                kept.set(at, other);
                kept.set_parent(at, 7);
                prop_assert_eq!(kept.get(at), Span { parent: 7, ..*other });
                prop_assert_eq!(kept.parent(at), 7);
            }
        }
    }
}
