//! Records of a trace group that are there more than once.

use ahash::AHashSet;
use tracerank_summary::{End, Repeated, Repeats};

use super::StoredRecord;
use crate::engine::Duplicates;

/// Drops the records that were there before, or tells how many there are.
pub(super) fn treat(records: &mut Vec<StoredRecord>, base_id: &[u8], duplicates: Duplicates) -> Option<Repeated> {
    match duplicates {
        Duplicates::Allow => None,
        Duplicates::Warn => repeated(records, base_id),
        Duplicates::Drop { .. } => {
            drop_repeated(records);
            None
        }
    }
}

fn drop_repeated(records: &mut Vec<StoredRecord>) {
    let mut seen = AHashSet::new();
    let is_new: Vec<bool> = records.iter().map(|record| seen.insert(identity(record))).collect();
    let mut is_new = is_new.into_iter();
    records.retain(|_| is_new.next().unwrap_or(true));
}

fn identity(record: &StoredRecord) -> (&[u8], &[u8], i64, bool, Option<i64>) {
    (record.trace_id(), record.name(), record.time_us, record.is_stop, record.duration_ns)
}

fn repeated(records: &[StoredRecord], base_id: &[u8]) -> Option<Repeated> {
    let mut repeats = Repeats::default();
    for record in records.iter().filter(|record| record.is_stop) {
        let ns = record.duration_ns.unwrap_or_default();
        repeats.know(1);
        let time_us = Some(record.time_us);
        let end = End { id: record.trace_id(), group: base_id, name: record.name(), time_us, ns };
        repeats.offer(end, record.source);
    }
    repeats.repeated()
}
