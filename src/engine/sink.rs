//! What a scan does with the records that it finds.

use super::scanner::Lines;
use crate::formats::osprofiler::Record;
use crate::formats::osprofiler::fast::{Isa, Minute, Standard, WINDOW};

/// Where one thread's records go. It counts stop records, and those that it leaves out, in `lines`.
pub(crate) trait Sink {
    /// A stretch of input follows that begins at a position of all input.
    fn begin(&mut self, position: u64);

    /// What the fast path recognises from now on is of this minute.
    fn know_minute(&mut self, _minute: &Minute) {}

    /// Takes the record that the fast path recognised in `window`, which begins at `at`; or not, if more has to be known of it: then it comes once more, parsed.
    fn take_standard<I: Isa>(
        &mut self,
        isa: I,
        lines: &mut Lines<'_>,
        window: &[u8; WINDOW],
        line: Standard,
        at: usize,
    ) -> bool;

    /// Takes the record that the parser found in `line`, which begins at `at`.
    fn take_record(&mut self, lines: &mut Lines<'_>, line: &[u8], record: &Record<'_>, at: usize);

    /// A stretch has ended, with so many spans.
    fn end(&mut self, spans: u64);
}
