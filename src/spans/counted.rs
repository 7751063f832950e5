//! A sink that counts spans and does nothing else.

use tracerank_summary::{End, Repeats};

use crate::engine::sink::{Ends, Sink, Took};
use crate::engine::{Filter, source_of};
use crate::formats::Fast;
use crate::record::{Kind, Record};
use crate::simd::Cpu;

/// Counts spans, where the account of lines is all that is wanted.
pub(crate) struct Counted<'a> {
    filter: &'a Filter,
    keeps_all: bool,
    /// A sample of the spans.
    repeats: Repeats,
    /// Spans of the stretch that have no ids.
    without_ids: u64,
}

impl<'a> Counted<'a> {
    pub(crate) fn new(filter: &'a Filter) -> Self {
        Self { filter, keeps_all: filter.is_empty(), repeats: Repeats::default(), without_ids: 0 }
    }

    /// Gives the sample of the spans, which tells whether records are there more than once.
    pub(crate) fn into_repeats(self) -> Repeats {
        self.repeats
    }
}

impl Sink for Counted<'_> {
    fn begin(&mut self, _position: u64) {}

    /// Takes all of them: the sink that hands them on has looked at them.
    #[inline(always)]
    fn take_fast<'w, C: Cpu>(&mut self, cpu: C, ends: &mut Ends, record: impl Fast<'w>, position: u64) -> Took {
        if record.kind() != Kind::Start {
            ends.seen += 1;
            let ids = record.ids();
            let base_id = ids.map(|[base_id, ..]| base_id.as_slice());
            let keeps = self.keeps_all || self.filter.keeps(Some(record.time_us()), base_id);
            if !keeps {
                ends.leave_out(Some(record.time_us()));
            }
            if let Some([base_id, _, trace_id]) = ids
                && self.repeats.may_hold(trace_id)
                && keeps
            {
                let ns = record.duration_ns(cpu).unwrap_or_default() as i64;
                let end = End { id: trace_id, group: base_id, name: record.name(), ns };
                self.repeats.record(end, source_of(position));
            }
        }
        Took::All
    }

    fn take(&mut self, ends: &mut Ends, record: &Record<'_>, position: u64) {
        if record.is_end() {
            ends.seen += 1;
            let keeps = self.filter.keeps(record.time_us, record.ids.map(|ids| ids.base));
            if !keeps {
                ends.leave_out(record.time_us);
            }
            match (record.ids, record.duration_ns) {
                (Some(ids), Some(ns)) if keeps => {
                    let end = End { id: ids.trace, group: ids.base, name: record.name, ns };
                    self.repeats.offer(end, source_of(position));
                }
                (None, _) if keeps => self.without_ids += 1,
                _ => {}
            }
        }
    }

    fn end(&mut self, spans: u64) {
        self.repeats.know(spans - std::mem::take(&mut self.without_ids));
    }
}
