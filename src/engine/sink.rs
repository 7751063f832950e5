//! The receiver of the records that a scan finds.

use crate::formats::Fast;
use crate::record::Record;
use crate::simd::Cpu;

/// Receives one thread's records. It counts those that end a span, and those of them that it leaves out. Positions are
/// in all input; only their order matters.
pub(crate) trait Sink {
    /// Begins a stretch of input at a position.
    fn begin(&mut self, position: u64);

    /// Takes the record of a line that was recognised, which begins at a position, or asks for it to be parsed.
    fn take_fast<'w, C: Cpu>(&mut self, cpu: C, ends: &mut Ends, record: impl Fast<'w>, position: u64) -> Took;

    /// Takes a record that was parsed, of a line that begins at a position.
    fn take(&mut self, ends: &mut Ends, record: &Record<'_>, position: u64);

    /// Ends a stretch, which had this number of spans.
    fn end(&mut self, spans: u64);
}

/// Records that end a span.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Ends {
    /// All such records.
    pub(crate) seen: u64,
    /// Those that were left out.
    pub(crate) filtered: u64,
    /// Their times.
    pub(crate) left_out: Times,
    /// Those that were counted before.
    pub(crate) repeated: u64,
}

impl Ends {
    /// Counts one that the filter leaves out.
    pub(crate) fn leave_out(&mut self, time_us: Option<i64>) {
        self.filtered += 1;
        if let Some(time_us) = time_us {
            self.left_out.add(Times::at(time_us));
        }
    }
}

/// The first and the last of some times, in microseconds since 1970; the default is of none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Times {
    first_us: i64,
    last_us: i64,
}

impl Default for Times {
    fn default() -> Self {
        Self { first_us: i64::MAX, last_us: i64::MIN }
    }
}

impl Times {
    /// Takes one time.
    pub(crate) fn at(time_us: i64) -> Self {
        Self { first_us: time_us, last_us: time_us }
    }

    /// Gives these and others.
    pub(crate) fn joined(mut self, other: Self) -> Self {
        self.add(other);
        self
    }

    /// Adds other times.
    pub(crate) fn add(&mut self, other: Self) {
        self.first_us = self.first_us.min(other.first_us);
        self.last_us = self.last_us.max(other.last_us);
    }

    /// Gives both, if there is any time.
    pub(crate) fn ends(self) -> Option<[i64; 2]> {
        (self.first_us <= self.last_us).then_some([self.first_us, self.last_us])
    }
}

/// The part of a recognised record that a sink took.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use]
pub(crate) enum Took {
    /// The sink is done with it.
    All,
    /// The sink has to know more of it: it comes once more, parsed.
    Nothing,
}
