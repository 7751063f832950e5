//! The spans that are counted: those that the filter keeps, and of repeated ones, if it is asked for, the first.

use tracerank_summary::{End, Repeats};

use super::Seen;
use crate::engine::sink::Ends;
use crate::engine::{Filter, source_of};
use crate::record::Record;

/// Gives what tells the span of a record from others, if the record has ids.
pub(crate) fn end_of<'a>(record: &Record<'a>, ns: i64) -> Option<End<'a>> {
    let Record { name, time_us, .. } = *record;
    record.ids.map(|ids| End { id: ids.trace, group: ids.base, name, time_us, ns })
}

/// What decides whether a span is counted.
#[derive(Clone, Copy)]
pub(crate) struct Kept<'a> {
    pub(crate) filter: &'a Filter,
    /// The spans that were counted, if each is counted once.
    pub(crate) seen: Option<&'a Seen>,
}

impl Kept<'_> {
    /// Says whether the span of a record is counted, by its time and duration and its ids, and counts it as left out if
    /// not.
    pub(crate) fn keeps(
        &self,
        ends: &mut Ends,
        (time_us, ns): (Option<i64>, i64),
        end: Option<End<'_>>,
        position: u64,
    ) -> bool {
        if !self.filter.keeps(time_us, end.map(|end| end.group), ns) {
            ends.leave_out(time_us);
            return false;
        }
        let Some(seen) = self.seen else { return true };
        let is_new = end.is_none_or(|end| seen.is_new(end));
        if end.is_none() {
            seen.note_without_ids(source_of(position));
        }
        ends.repeated += u64::from(!is_new);
        is_new
    }

    /// Says whether a stop that tells no duration is of a trace group that is kept, and then adds it to a sample. It is
    /// counted only if it is not.
    #[cold]
    pub(crate) fn keeps_untold(
        &self,
        ends: &mut Ends,
        record: &Record<'_>,
        repeats: &mut Repeats,
        position: u64,
    ) -> bool {
        let end = end_of(record, 0);
        if self.filter.only_base_id().is_some_and(|only| end.is_none_or(|end| end.group != only)) {
            ends.seen += 1;
            ends.leave_out(record.time_us);
            return false;
        }
        end.into_iter().for_each(|end| repeats.offer(end, source_of(position)));
        end.is_some()
    }
}
