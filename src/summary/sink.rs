//! Spans into a table of names: all that the flat report needs.

use tracerank_summary::Group;

use crate::engine::Filter;
use crate::engine::scanner::{Lines, tail_of};
use crate::engine::sink::Sink;
use crate::formats::osprofiler::Record;
use crate::formats::osprofiler::fast::{IDS, Isa, Standard, TAIL, WINDOW};
use crate::summary::Table;

/// An id as nearly all are.
const ID: usize = 36;

/// Counts spans by name, and with `SHARDED` also by shard of their trace groups; compiled twice, so that what does not look at groups does not pay for it.
pub(crate) struct Flat<'a, const SHARDED: bool> {
    table: Table<'a>,
    filter: &'a Filter,
    keeps_all: bool,
}

impl<'a, const SHARDED: bool> Flat<'a, SHARDED> {
    pub(crate) fn new(table: Table<'a>, filter: &'a Filter) -> Self {
        Self { table, filter, keeps_all: filter.is_empty() }
    }

    /// Adds what the table has to the summary that is shared.
    pub(crate) fn finish(self) {
        self.table.finish();
    }

    #[inline(always)]
    fn note_root(&mut self, group: Option<Group>, base_id: &[u8], parent_id: &[u8]) {
        if let Some(group) = group.filter(|_| base_id == parent_id) {
            self.table.record_root(group);
        }
    }
}

impl<const SHARDED: bool> Sink for Flat<'_, SHARDED> {
    fn begin(&mut self, position: u64) {
        self.table.begin(position);
    }

    /// Start records are passed over; stop records are taken if their duration is of a usual shape and their tail is known.
    #[inline(always)]
    fn take_standard<I: Isa>(
        &mut self,
        isa: I,
        lines: &mut Lines<'_>,
        window: &[u8; WINDOW],
        line: Standard,
        at: usize,
    ) -> bool {
        if line.is_start {
            return true;
        }
        let Some(ns) = isa.duration(window, line.ids as usize) else { return false };
        let name = line.ids as usize + IDS;
        let Some(tail) = window.get(name..).and_then(<[u8]>::first_chunk::<TAIL>) else { return false };
        let Some(place) = self.table.find(isa, tail, line.len as usize - name) else { return false };
        lines.stops += 1;
        let [base_id, parent_id] = [0, ID + 1].map(|at| &window[line.ids as usize + at..][..ID]);
        if self.keeps_all || self.filter.keeps(&window[..26], base_id) {
            if !self.keeps_all {
                self.table.note(place, lines.position + at as u64);
            }
            if SHARDED {
                let group = Group::of(base_id);
                self.table.record_sharded(isa, place, ns, group);
                self.note_root(Some(group), base_id, parent_id);
            } else {
                self.table.record(isa, place, ns);
            }
        } else {
            lines.filtered += 1;
        }
        true
    }

    fn take_record(&mut self, lines: &mut Lines<'_>, line: &[u8], record: &Record<'_>, at: usize) {
        let Some(ns) = record.duration_ns else {
            return;
        };
        lines.stops += 1;
        let tail = tail_of(line, record.name);
        if self.filter.keeps(record.timestamp, record.base_id) {
            let group = SHARDED.then(|| Group::of(record.base_id));
            self.table.record_name(record.name, tail, ns, lines.position + at as u64, group);
            self.note_root(group, record.base_id, record.parent_id);
        } else {
            self.table.learn(record.name, tail);
            lines.filtered += 1;
        }
    }

    fn end(&mut self, spans: u64) {
        self.table.count_spans(spans);
    }
}
