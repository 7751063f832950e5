//! The spans that are counted: those that the filter keeps, and of repeated ones, if it is asked for, the first.

use tracerank_summary::End;

use super::Seen;
use crate::engine::sink::Ends;
use crate::engine::{Filter, source_of};
use crate::formats::Fast;

/// What decides whether a span is counted.
#[derive(Clone, Copy)]
pub(crate) struct Kept<'a> {
    pub(crate) filter: &'a Filter,
    /// The spans that were counted, if each is counted once.
    pub(crate) seen: Option<&'a Seen>,
}

impl Kept<'_> {
    /// Says whether all are counted.
    pub(crate) fn keeps_all(&self) -> bool {
        self.filter.is_empty() && self.seen.is_none()
    }

    /// Says whether a span is counted, and counts it as left out if not. `end` is asked only where it matters.
    pub(crate) fn keeps<'e>(
        &self,
        ends: &mut Ends,
        (time_us, group): (Option<i64>, Option<&[u8]>),
        position: u64,
        end: impl FnOnce() -> Option<End<'e>>,
    ) -> bool {
        let is_kept = self.filter.keeps(time_us, group);
        if !is_kept {
            ends.leave_out(time_us);
        }
        let Some(seen) = self.seen.filter(|_| is_kept) else { return is_kept };
        let end = end();
        let is_new = end.is_none_or(|end| seen.is_new(end));
        if end.is_none() {
            seen.note_without_ids(source_of(position));
        }
        ends.repeated += u64::from(!is_new);
        is_new
    }
}

/// Gives the end of a span that was recognised, if it has ids.
pub(crate) fn end_of<'w>(record: impl Fast<'w>, ns: u64) -> Option<End<'w>> {
    record.ids().map(|[group, _, id]| End { id, group, name: record.name(), ns: ns as i64 })
}
