//! From spans to a table of names: all that the flat report needs.

use tracerank_summary::Group;

use super::{Kept, Seen, Table, end_of};
use crate::engine::sink::{Ends, Sink, Took};
use crate::engine::{Filter, source_of};
use crate::formats::Fast;
use crate::record::{Kind, Record};
use crate::simd::Cpu;

/// Counts spans by name, and with `SHARDED` also by shard of their trace groups; compiled twice, so that a report does
/// not pay for groups.
pub(crate) struct Flat<'a, const SHARDED: bool> {
    table: Table<'a>,
    kept: Kept<'a>,
    keeps_all: bool,
    /// Each span is counted once, so that all are parsed.
    once: bool,
    /// Spans of the stretch that have no ids.
    without_ids: u64,
    /// Stops of the stretch that tell no durations: they are not counted here.
    untold: u64,
}

impl<'a, const SHARDED: bool> Flat<'a, SHARDED> {
    pub(crate) fn new(table: Table<'a>, filter: &'a Filter, seen: Option<&'a Seen>) -> Self {
        let kept = Kept { filter, seen };
        Self { table, kept, keeps_all: filter.is_empty(), once: seen.is_some(), without_ids: 0, untold: 0 }
    }

    /// Adds the table to the shared summary.
    pub(crate) fn finish(self) {
        self.table.finish();
    }
}

impl<const SHARDED: bool> Sink for Flat<'_, SHARDED> {
    fn begin(&mut self, position: u64) {
        self.table.begin(position);
    }

    /// Takes stop records whose duration is of a usual shape and whose tail is known. Start records are passed over.
    #[inline(always)]
    fn take_fast<'w, C: Cpu>(&mut self, cpu: C, ends: &mut Ends, record: impl Fast<'w>, position: u64) -> Took {
        if record.kind() == Kind::Start {
            return Took::All;
        }
        let Some(ns) = record.duration_ns(cpu) else { return Took::Nothing };
        let Some((tail, len)) = record.tail() else { return Took::Nothing };
        let Some(slot) = self.table.find(cpu, tail, len) else { return Took::Nothing };
        let Some([base_id, parent_id, trace_id]) = record.ids() else { return Took::Nothing };
        // Those of the sample are parsed: to hand them on from here costs each line 14 instructions.
        if self.once || self.table.repeats().may_hold(trace_id) {
            return Took::Nothing;
        }
        ends.seen += 1;
        if self.keeps_all || self.kept.filter.keeps(Some(record.time_us()), Some(base_id), ns as i64) {
            if !self.keeps_all {
                self.table.note(slot, position);
            }
            if SHARDED {
                let group = Group::of(base_id);
                self.table.record_sharded(cpu, slot, ns, group);
                if base_id == parent_id {
                    self.table.record_root(group);
                }
            } else {
                self.table.record(cpu, slot, ns);
            }
        } else {
            ends.leave_out(Some(record.time_us()));
        }
        Took::All
    }

    fn take(&mut self, ends: &mut Ends, record: &Record<'_>, position: u64) {
        let Some(ns) = record.duration_ns else { return self.take_untold(ends, record, position) };
        ends.seen += 1;
        let end = end_of(record, ns);
        if self.kept.keeps(ends, (record.time_us, ns), end, position) {
            match end {
                Some(end) => self.table.repeats().offer(end, source_of(position)),
                None => self.without_ids += 1,
            }
            let group = SHARDED.then(|| group_of(record));
            self.table.record_parsed(record, ns, position, group);
            if let Some(group) = group.filter(|_| record.ids.is_none_or(|ids| ids.base == ids.parent)) {
                self.table.record_root(group);
            }
        } else {
            self.table.learn(record);
        }
    }

    fn end(&mut self, spans: u64) {
        let (untold, without_ids) = (std::mem::take(&mut self.untold), std::mem::take(&mut self.without_ids));
        self.table.repeats().know(spans + untold - without_ids);
        self.table.count_spans(spans);
    }
}

impl<const SHARDED: bool> Flat<'_, SHARDED> {
    /// Takes a record that tells no duration. If it is a stop, others put it together with its start.
    fn take_untold(&mut self, ends: &mut Ends, record: &Record<'_>, position: u64) {
        if record.is_end() {
            self.untold += u64::from(self.kept.keeps_untold(ends, record, self.table.repeats(), position));
        }
    }
}

/// Gives the group of a span. Spans without ids are of one group, since nothing tells which of them are independent.
fn group_of(record: &Record<'_>) -> Group {
    Group::of(record.ids.map_or(b"".as_slice(), |ids| ids.base))
}
