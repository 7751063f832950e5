//! Stop records, counted and no more.

use crate::engine::Filter;
use crate::engine::scanner::Lines;
use crate::engine::sink::Sink;
use crate::formats::osprofiler::Record;
use crate::formats::osprofiler::fast::{Isa, Standard, WINDOW};

/// Where the account of lines is all that is wanted.
pub(crate) struct Counted<'a> {
    filter: &'a Filter,
    keeps_all: bool,
}

/// An id as nearly all are.
const ID: usize = 36;

impl<'a> Counted<'a> {
    pub(crate) fn new(filter: &'a Filter) -> Self {
        Self { filter, keeps_all: filter.is_empty() }
    }
}

impl Sink for Counted<'_> {
    fn begin(&mut self, _position: u64) {}

    /// All of them: whoever hands them on has looked at them.
    #[inline(always)]
    fn take_standard<I: Isa>(
        &mut self,
        _isa: I,
        lines: &mut Lines<'_>,
        window: &[u8; WINDOW],
        line: Standard,
        _at: usize,
    ) -> bool {
        if !line.is_start {
            lines.stops += 1;
            let keeps = self.keeps_all || self.filter.keeps(&window[..26], &window[line.ids as usize..][..ID]);
            lines.filtered += u64::from(!keeps);
        }
        true
    }

    fn take_record(&mut self, lines: &mut Lines<'_>, _line: &[u8], record: &Record<'_>, _at: usize) {
        if record.duration_ns.is_some() {
            lines.stops += 1;
            lines.filtered += u64::from(!self.filter.keeps(record.timestamp, record.base_id));
        }
    }

    fn end(&mut self, _spans: u64) {}
}
