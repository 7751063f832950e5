//! The receiver of the records that a scan finds.

use crate::formats::Fast;
use crate::record::Record;
use crate::simd::Cpu;

/// Where one thread's records go. It counts those that end a span, and those of them that it leaves out. Positions are in all input; only their
/// order matters.
pub(crate) trait Sink {
    /// A stretch of input follows that begins at a position.
    fn begin(&mut self, position: u64);

    /// Takes the record of a line that was recognised, which begins at a position, or asks for it to be parsed.
    fn take_fast<'w, C: Cpu>(&mut self, cpu: C, ends: &mut Ends, record: impl Fast<'w>, position: u64) -> Took;

    /// Takes a record that was parsed, of a line that begins at a position.
    fn take(&mut self, ends: &mut Ends, record: &Record<'_>, position: u64);

    /// A stretch has ended, with this number of spans.
    fn end(&mut self, spans: u64);
}

/// Records that end a span.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Ends {
    /// All of them.
    pub(crate) seen: u64,
    /// Those that were left out.
    pub(crate) filtered: u64,
}

/// What a sink did with a record that was recognised.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use]
pub(crate) enum Took {
    /// It is done with.
    All,
    /// More has to be known of it: it comes once more, parsed.
    Nothing,
}
