//! A sink that counts spans and does nothing else.

use crate::engine::Filter;
use crate::engine::sink::{Ends, Sink, Took};
use crate::formats::Fast;
use crate::record::{Kind, Record};
use crate::simd::Cpu;

/// Counts spans, where the account of lines is all that is wanted.
pub(crate) struct Counted<'a> {
    filter: &'a Filter,
    keeps_all: bool,
}

impl<'a> Counted<'a> {
    pub(crate) fn new(filter: &'a Filter) -> Self {
        Self { filter, keeps_all: filter.is_empty() }
    }
}

impl Sink for Counted<'_> {
    fn begin(&mut self, _position: u64) {}

    /// Takes all of them: the sink that hands them on has looked at them.
    #[inline(always)]
    fn take_fast<'w, C: Cpu>(&mut self, _cpu: C, ends: &mut Ends, record: impl Fast<'w>, _position: u64) -> Took {
        if record.kind() != Kind::Start {
            ends.seen += 1;
            let base_id = record.ids().map(|[base_id, ..]| base_id.as_slice());
            let keeps = self.keeps_all || self.filter.keeps(Some(record.time_us()), base_id);
            ends.filtered += u64::from(!keeps);
        }
        Took::All
    }

    fn take(&mut self, ends: &mut Ends, record: &Record<'_>, _position: u64) {
        if record.is_end() {
            ends.seen += 1;
            let keeps = self.filter.keeps(record.time_us, record.ids.map(|ids| ids.base));
            ends.filtered += u64::from(!keeps);
        }
    }

    fn end(&mut self, _spans: u64) {}
}
