//! A sink that counts spans and does nothing else.

use tracerank_summary::Repeats;

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
    /// Each span is counted once, so that all are parsed.
    once: bool,
    /// A sample of the spans.
    repeats: Repeats,
    /// Spans of the stretch that have no ids.
    without_ids: u64,
    /// Stops of the stretch that tell no durations: they are not counted here.
    untold: u64,
}

impl<'a> Counted<'a> {
    pub(crate) fn new(filter: &'a Filter, seen: Option<&'a Seen>) -> Self {
        let kept = Kept { filter, seen };
        let (keeps_all, once) = (filter.is_empty(), seen.is_some());
        Self { kept, keeps_all, once, repeats: Repeats::default(), without_ids: 0, untold: 0 }
    }

    /// Gives the sample of the spans, which tells whether records are there more than once.
    pub(crate) fn into_repeats(self) -> Repeats {
        self.repeats
    }
}

impl Sink for Counted<'_> {
    fn begin(&mut self, _position: u64) {}

    /// Takes all but those of the sample, which are parsed.
    #[inline(always)]
    fn take_fast<'w, C: Cpu>(&mut self, cpu: C, ends: &mut Ends, record: impl Fast<'w>, _position: u64) -> Took {
        if record.kind() == Kind::Start {
            return Took::All;
        }
        let Some([base_id, _, trace_id]) = record.ids() else { return Took::Nothing };
        if self.once || self.repeats.may_hold(trace_id) {
            return Took::Nothing;
        }
        if !self.keeps_all {
            let Some(ns) = record.duration_ns(cpu) else { return Took::Nothing };
            if !self.kept.filter.keeps(Some(record.time_us()), Some(base_id), ns as i64) {
                ends.leave_out(Some(record.time_us()));
            }
        }
        ends.seen += 1;
        Took::All
    }

    fn take(&mut self, ends: &mut Ends, record: &Record<'_>, position: u64) {
        if record.is_end() {
            let Some(ns) = record.duration_ns else {
                self.untold += u64::from(self.kept.keeps_untold(ends, record, &mut self.repeats, position));
                return;
            };
            ends.seen += 1;
            let end = end_of(record, ns);
            if self.kept.keeps(ends, (record.time_us, ns), end, position) {
                match end {
                    Some(end) => self.repeats.offer(end, source_of(position)),
                    None => self.without_ids += 1,
                }
            }
        }
    }

    fn end(&mut self, spans: u64) {
        let (untold, without_ids) = (std::mem::take(&mut self.untold), std::mem::take(&mut self.without_ids));
        self.repeats.know(spans + untold - without_ids);
    }
}
