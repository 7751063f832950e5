//! The fast path: recognises the record that nearly every line of a genuine log is, at fixed places.
//!
//! ```text
//! 0                          27       27+d  28+d          65+d          102+d         139+d
//! 2026-11-23T06:18:28.800913 3.015157 uuid  uuid          uuid          name-stop
//! ```
//!
//! Three UUIDs, six digits of fraction, a duration of at most eleven characters and a name that ends within the window.
//! A recognised line is a record by the whole grammar, bytes, ids and all (the tests hold it against
//! [`parse`](super::parse)). Of every other line the fast path says nothing. It reads a line of 180 bytes in 15 vector
//! loads and five words.

#[cfg(target_arch = "x86_64")]
mod avx2;
mod portable;
mod shape;
pub(crate) mod stages;

use super::timestamp::{SECOND, second_us, seconds_of};
use crate::formats::Fast;
use crate::formats::calendar::{is_minute, minute_us};
use crate::record::{ID_LEN, Kind, TAIL};
use crate::simd::Cpu;

/// Bytes from the beginning of a line that the fast path looks at. A line that is nearer to the end of its text is for
/// the slow one.
pub(crate) const WINDOW: usize = 320;

/// The offset of the duration, or of the blanks in its place.
const DURATION: usize = 27;
/// Length of the blanks in the place of a duration.
const NO_DURATION: usize = 8;

/// Three UUIDs with a blank after each.
const IDS: usize = 3 * (ID_LEN + 1);
/// The shortest tail of a start record: a name of one byte.
const NAMED_START: usize = 1 + b"-start".len();
/// The shortest possible place of a line feed: the shortest duration, `0.0`, and no name at all.
const SHORTEST: usize = DURATION + 3 + 1 + IDS;

/// The minute of a timestamp, `YYYY-MM-DDTHH:MM`.
type Minute = [u8; 16];

/// The last minute that was seen to exist: nearly every line is of the same one as the line before.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct KnownMinute {
    text: Minute,
    /// The beginning of the minute, in microseconds since 1970.
    us: i64,
}

impl KnownMinute {
    /// Counts the microseconds to a timestamp with six digits of fraction or none, if its minute exists. Knows the
    /// minute from now on.
    #[inline]
    pub(super) fn time_us(&mut self, timestamp: &[u8]) -> Option<i64> {
        let minute = timestamp.first_chunk()?;
        if self.text != *minute {
            if !is_minute(minute) {
                return None;
            }
            *self = Self { text: *minute, us: minute_us(minute) };
        }
        Some(self.us + second_us(&seconds_of(timestamp)))
    }
}

/// A line that the fast path recognised.
#[derive(Debug, Clone, Copy)]
struct Standard {
    /// Length of the line without its line feed.
    len: u32,
    /// The offset of the base id; the other ids and the name follow.
    ids: u32,
    /// A start record, whole. If not, a stop record, whose duration and bytes after the ids are still to be looked at.
    is_start: bool,
}

/// A recognised line with the bytes and the minute that it was recognised by.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Usual<'w> {
    window: &'w [u8; WINDOW],
    line: Standard,
    minute_us: i64,
}

/// Recognises a standard line of the known minute at the beginning of `window`. It has no branch between start and stop
/// records, which come in no order that a processor could foresee.
#[inline(always)]
pub(super) fn recognise<'w, C: Cpu>(cpu: C, known: &KnownMinute, window: &'w [u8; WINDOW]) -> Option<Usual<'w>> {
    #[cfg(target_arch = "x86_64")]
    let line = match cpu.avx2() {
        Some(avx2) => avx2::recognise(avx2, window, &known.text),
        None => portable::recognise(window, &known.text),
    };
    #[cfg(not(target_arch = "x86_64"))]
    let line = portable::recognise(window, &known.text);
    Some(Usual { window, line: line?, minute_us: known.us })
}

/// Reads the duration in nanoseconds of a stop record whose ids begin at `ids`, if it has the usual shape.
#[inline(always)]
fn duration<C: Cpu>(cpu: C, window: &[u8; WINDOW], ids: usize) -> Option<u64> {
    #[cfg(target_arch = "x86_64")]
    if let Some(avx2) = cpu.avx2() {
        return avx2::duration(avx2, window, ids);
    }
    portable::duration(window, ids)
}

impl<'w> Fast<'w> for Usual<'w> {
    #[inline(always)]
    fn len(self) -> usize {
        self.line.len as usize
    }

    #[inline(always)]
    fn kind(self) -> Kind {
        if self.line.is_start { Kind::Start } else { Kind::Stop }
    }

    #[inline(always)]
    fn duration_ns<C: Cpu>(self, cpu: C) -> Option<u64> {
        duration(cpu, self.window, self.line.ids as usize)
    }

    #[inline(always)]
    fn tail(self) -> Option<(&'w [u8; TAIL], usize)> {
        let name = self.line.ids as usize + IDS;
        let tail = self.window.get(name..).and_then(<[u8]>::first_chunk::<TAIL>)?;
        Some((tail, self.line.len as usize - name))
    }

    #[inline(always)]
    fn ids(self) -> Option<[&'w [u8; ID_LEN]; 3]> {
        let ids: &[u8; IDS] = self.window.get(self.line.ids as usize..)?.first_chunk()?;
        Some([ids.first_chunk()?, ids[ID_LEN + 1..].first_chunk()?, ids[2 * (ID_LEN + 1)..].first_chunk()?])
    }

    #[inline(always)]
    fn time_us(self) -> i64 {
        let second = self.window[SECOND..].first_chunk();
        self.minute_us + second.map_or(0, second_us)
    }
}
