//! A summary of the spans whose durations their records do not tell.

use std::sync::Mutex;

use tracerank_summary::{Group, Summary, Wanted};

use super::analysis::Forest;
use super::identity::Texts;
use super::partition::{IS_GONE, IS_ROOT};
use super::span::Stop;
use crate::engine::sink::Times;
use crate::record::{Kind, Record};
use crate::summary::{PairedCounts, Table};

/// Adds such spans to a summary, on one thread.
pub(crate) struct Paired<'a> {
    table: Table<'a>,
    of: PairedInputs<'a>,
    pub(crate) counts: PairedCounts,
}

/// The inputs whose records tell no durations.
#[derive(Clone, Copy)]
pub(crate) struct PairedInputs<'a> {
    /// Tells of each input whether it is one.
    pub(crate) inputs: &'a [bool],
    /// The names by number.
    pub(crate) names: &'a [Box<[u8]>],
    /// The base ids, if shards are wanted.
    pub(crate) texts: Option<&'a Texts>,
}

impl<'a> Paired<'a> {
    pub(crate) fn new(summary: &'a Mutex<Summary>, wanted: Wanted, of: PairedInputs<'a>) -> Self {
        Self { table: Table::new(summary, wanted), of, counts: PairedCounts::default() }
    }

    /// Adds all to the shared summary. Gives their number.
    pub(crate) fn finish(self) -> PairedCounts {
        self.table.finish();
        self.counts
    }

    /// Takes the spans of a partition.
    pub(super) fn take(&mut self, forest: &Forest<'_>) {
        let Forest { partition, .. } = *forest;
        let group_of = |texts: &Texts, key: u64| Group::of(&texts.base_id(key));
        let groups = self.of.texts.map(|texts| {
            let keys = forest.groups().into_iter();
            keys.map(|key| group_of(texts, key)).collect::<Vec<Group>>()
        });
        for number in partition.numbers() {
            let span = partition.spans.get(number);
            let is_of_them = self.of.inputs.get(partition.source_of(span.first) as usize) == Some(&true);
            if span.parent == IS_GONE || !is_of_them {
                continue;
            }
            let Some(stop) = span.stop else {
                self.counts.unfinished += 1;
                continue;
            };
            if forest.passing.is_some_and(|passing| !passing.passes_filter(stop)) {
                self.counts.filtered += 1;
                self.counts.left_out.add(Times::at(stop.time_us));
                continue;
            }
            let group = groups.as_ref().and_then(|groups| groups.get(forest.group_of(number)).copied());
            self.record(span.name, stop, partition.first_position(span.name), group);
            if let Some(group) = group.filter(|_| span.parent == IS_ROOT) {
                self.table.record_root(group);
            }
        }
        let lone = partition.lone().len() as u64;
        (self.counts.lone, self.counts.unfinished) = (self.counts.lone + lone, self.counts.unfinished - lone);
        self.counts.repeated += partition.dropped();
    }

    fn record(&mut self, name: u32, stop: Stop, position: u64, group: Option<Group>) {
        let (time_us, duration_ns) = (Some(stop.time_us), Some(stop.duration_ns));
        let name = self.of.names.get(name as usize).map_or(b"".as_slice(), |name| name);
        let (kind, ids, tail, json) = (Kind::Stop, None, None, [].as_slice());
        let record = Record { kind, time_us, time_rest_ns: 0, duration_ns, ids, name, tail, json };
        self.table.record_parsed(&record, stop.duration_ns, position, group);
        self.counts.spans += 1;
    }
}
