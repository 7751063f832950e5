//! A sink that counts spans and does nothing else.

use tracerank_summary::{End, Repeats};

use crate::engine::sink::{Ends, Sink, Took};
use crate::engine::{Filter, source_of};
use crate::formats::Fast;
use crate::record::{Kind, Record};
use crate::simd::Cpu;
use crate::summary::{Kept, Seen, end_of};

/// Counts spans, where the account of lines is all that is wanted.
pub(crate) struct Counted<'a> {
    kept: Kept<'a>,
    keeps_all: bool,
    /// A sample of the spans.
    repeats: Repeats,
    /// Spans of the stretch that have no ids.
    without_ids: u64,
}

impl<'a> Counted<'a> {
    pub(crate) fn new(filter: &'a Filter, seen: Option<&'a Seen>) -> Self {
        let kept = Kept { filter, seen };
        Self { kept, keeps_all: kept.keeps_all(), repeats: Repeats::default(), without_ids: 0 }
    }

    #[inline(never)]
    fn keeps<'w, C: Cpu>(&self, cpu: C, ends: &mut Ends, record: impl Fast<'w>, position: u64) -> bool {
        let by = (Some(record.time_us()), record.ids().map(|[base_id, ..]| base_id.as_slice()));
        self.kept.keeps(ends, by, position, || end_of(record, record.duration_ns(cpu).unwrap_or_default()))
    }

    #[cold]
    #[inline(never)]
    fn sample<'w, C: Cpu>(&mut self, cpu: C, record: impl Fast<'w>, position: u64) {
        let end = end_of(record, record.duration_ns(cpu).unwrap_or_default());
        end.into_iter().for_each(|end| self.repeats.record(end, source_of(position)));
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
            let keeps = self.keeps_all || self.keeps(cpu, ends, record, position);
            if keeps && record.ids().is_some_and(|[.., trace_id]| self.repeats.may_hold(trace_id)) {
                self.sample(cpu, record, position);
            }
        }
        Took::All
    }

    fn take(&mut self, ends: &mut Ends, record: &Record<'_>, position: u64) {
        if record.is_end() {
            ends.seen += 1;
            let ns = record.duration_ns.unwrap_or_default();
            let end = record.ids.map(|ids| End { id: ids.trace, group: ids.base, name: record.name, ns });
            if self.kept.keeps(ends, (record.time_us, end.map(|end| end.group)), position, || end) {
                match end {
                    Some(end) => self.repeats.offer(end, source_of(position)),
                    None => self.without_ids += 1,
                }
            }
        }
    }

    fn end(&mut self, spans: u64) {
        self.repeats.know(spans - std::mem::take(&mut self.without_ids));
    }
}
