//! The fast path by itself, for benches, fuzz targets and tests.

use super::{IDS, KnownMinute, SECOND, WINDOW, duration};
use crate::formats::Fast;
use crate::simd::{Cpu, Kernel, dispatch, dispatch_portable};

/// One of the fast paths, which give exactly the same results.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FastPath {
    /// The best for this processor.
    Best,
    /// The one for any processor.
    Portable,
}

/// A line that a fast path recognised, so far as it looked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Recognised {
    /// Length of the line without its line feed.
    pub len: usize,
    /// The offset of the base id.
    pub ids: usize,
    /// The offset of the name.
    pub name: usize,
    /// A start record, whole. Of a stop record, the bytes after the ids were not looked at.
    pub is_start: bool,
    /// The nanoseconds of a stop record whose duration has a usual shape.
    pub duration_ns: Option<i64>,
}

/// The sum of all lines that a fast path recognised.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Total {
    /// Start records, and stop records whose duration it could read.
    pub recognised: u64,
    /// The stop records among them.
    pub stops: u64,
    /// The sum of their durations in nanoseconds.
    pub sum_ns: i64,
}

/// Durations at the place where a fast path looks for them.
#[derive(Debug, Clone)]
pub struct Durations(Vec<([u8; WINDOW], usize)>);

impl Durations {
    /// Places texts that are short enough to be in a standard line.
    pub fn new<'a>(texts: impl IntoIterator<Item = &'a [u8]>) -> Self {
        const BEGIN: usize = "2026-11-23T06:18:28.800913 ".len();
        let window_of = |text: &[u8]| {
            let mut window = [b' '; WINDOW];
            window[BEGIN..BEGIN + text.len()].copy_from_slice(text);
            (window, BEGIN + text.len() + 1)
        };
        Self(texts.into_iter().map(window_of).collect())
    }
}

impl FastPath {
    /// Recognises the line at the beginning of `bytes`, in the minute of the line itself.
    pub fn recognise(self, bytes: &[u8]) -> Option<Recognised> {
        let mut found = None;
        self.run(One { bytes, found: &mut found });
        found
    }

    /// Recognises all lines.
    pub fn recognise_lines(self, bytes: &[u8]) -> Total {
        let mut total = Total::default();
        self.run(All { bytes, total: &mut total });
        total
    }

    /// Counts the durations that it can read, and sums them in nanoseconds.
    pub fn sum(self, durations: &Durations) -> (u64, i64) {
        let mut sum = (0, 0);
        self.run(Sum { durations, sum: &mut sum });
        sum
    }

    fn run(self, kernel: impl Kernel) {
        match self {
            Self::Best => dispatch(kernel),
            Self::Portable => dispatch_portable(kernel),
        }
    }
}

#[inline(always)]
fn recognise<C: Cpu>(cpu: C, bytes: &[u8], at: usize, known: &mut KnownMinute) -> Option<Recognised> {
    let window = bytes.get(at..)?.first_chunk::<WINDOW>()?;
    known.time_us(window.get(..SECOND)?)?;
    let usual = super::recognise(cpu, known, window)?;
    let (len, ids) = (usual.line.len as usize, usual.line.ids as usize);
    let duration_ns = if usual.line.is_start { None } else { usual.duration_ns(cpu).map(|ns| ns as i64) };
    Some(Recognised { len, ids, name: ids + IDS, is_start: usual.line.is_start, duration_ns })
}

struct One<'a> {
    bytes: &'a [u8],
    found: &'a mut Option<Recognised>,
}

impl Kernel for One<'_> {
    #[inline(always)]
    fn run<C: Cpu>(self, cpu: C) {
        *self.found = recognise(cpu, self.bytes, 0, &mut KnownMinute::default());
    }
}

struct All<'a> {
    bytes: &'a [u8],
    total: &'a mut Total,
}

impl Kernel for All<'_> {
    #[inline(always)]
    fn run<C: Cpu>(self, cpu: C) {
        let (mut at, mut known) = (0, KnownMinute::default());
        while at < self.bytes.len() {
            let line = recognise(cpu, self.bytes, at, &mut known);
            at = match line.filter(|line| line.is_start || line.duration_ns.is_some()) {
                Some(line) => {
                    self.total.recognised += 1;
                    self.total.stops += u64::from(!line.is_start);
                    self.total.sum_ns += line.duration_ns.unwrap_or(0);
                    at + line.len + 1
                }
                None => memchr::memchr(b'\n', &self.bytes[at..]).map_or(self.bytes.len(), |len| at + len + 1),
            };
        }
    }
}

struct Sum<'a> {
    durations: &'a Durations,
    sum: &'a mut (u64, i64),
}

impl Kernel for Sum<'_> {
    #[inline(always)]
    fn run<C: Cpu>(self, cpu: C) {
        for ns in self.durations.0.iter().filter_map(|(window, ids)| duration(cpu, window, *ids)) {
            self.sum.0 += 1;
            self.sum.1 += ns as i64;
        }
    }
}
