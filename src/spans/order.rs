//! The order of records: that of their lines, or that of their timestamps where an input is not in order.

use ahash::AHashMap;

use super::sink::Times;
use crate::formats::{LineOrder, LogFormat};

/// The order in which the records of an input are taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Order {
    /// That of their lines.
    Lines,
    /// That of their timestamps. Where nothing else tells, equals stand as in the input, or the other way round if its
    /// last record is earlier than its first.
    Times { newest_first: bool },
}

/// An input is in order if no more than one in this number of its records is earlier than the one before it. Genuine
/// logs have up to 16 in a thousand, since several processes write to them.
const RECORDS_OF_A_STEP: u64 = 20;

/// The records of an input, as far as it was read.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Course {
    pub(crate) times: Times,
    /// Number of records.
    pub(crate) records: u64,
    /// The meaning of the order in which they stand.
    line_order: LineOrder,
    /// Stop records tell no durations.
    pub(crate) lacks_durations: bool,
}

impl Course {
    /// Makes the course of a stretch in a format.
    pub(crate) fn of(format: &dyn LogFormat, times: Times, records: u64) -> Self {
        Self { times, records, line_order: format.line_order(), lacks_durations: !format.has_durations() }
    }

    /// Adds the stretch that follows.
    pub(crate) fn append(&mut self, next: &Self) {
        self.times.append(next.times);
        self.records += next.records;
        self.line_order = self.line_order.max(next.line_order);
        self.lacks_durations |= next.lacks_durations;
    }

    /// Says whether its lines are in the order of time, as far as it has to be that of lines.
    pub(crate) fn is_in_order(&self) -> bool {
        self.line_order != LineOrder::Written || self.times.steps_back * RECORDS_OF_A_STEP <= self.records
    }

    /// Says whether its records can be taken only once all of it is read, as its format alone tells.
    pub(crate) fn waits_always(&self) -> bool {
        self.line_order == LineOrder::Any || self.lacks_durations
    }

    /// Counts the records that are earlier than the one before them, where the order of lines has a meaning.
    pub(crate) fn steps_back(&self) -> u64 {
        if self.line_order == LineOrder::Written { self.times.steps_back } else { 0 }
    }

    /// Gives the order in which its records are taken.
    pub(crate) fn order(&self) -> Order {
        if self.line_order != LineOrder::Any && self.is_in_order() {
            Order::Lines
        } else {
            Order::Times { newest_first: self.times.last < self.times.first }
        }
    }
}

/// The place of a record in time, and in its trace group.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Moment {
    /// The key of the base id.
    pub(crate) group: u64,
    pub(crate) time_us: i64,
    pub(crate) is_stop: bool,
    /// The key of the trace id.
    pub(crate) trace: u64,
    /// The key of the parent id.
    pub(crate) parent: u64,
}

/// Sorts the records of an input by trace group, and within each by their timestamps. Where these are equal, starts
/// come before stops, the start of a parent before those of its children, and its stop after theirs. `docs/spans.md`
/// defines it.
pub(crate) fn sort_by_time<T: Clone>(records: &mut [T], newest_first: bool, moment: impl Fn(&T) -> Moment) {
    let instant = |record: &T| {
        let Moment { group, time_us, is_stop, .. } = moment(record);
        (group, time_us, is_stop)
    };
    if newest_first {
        records.reverse();
    }
    // Equals stay as they stand.
    records.sort_by_key(instant);
    for equals in records.chunk_by_mut(|one, other| instant(one) == instant(other)).filter(|equals| equals.len() > 1) {
        if moment(&equals[0]).is_stop {
            equals.reverse();
            put_parents_first(equals, &moment);
            equals.reverse();
        } else {
            put_parents_first(equals, &moment);
        }
    }
}

/// Records of one trace id among equals.
#[derive(Default)]
struct Namesakes {
    places: Vec<usize>,
    /// The first that was not looked at.
    next: usize,
}

/// Puts each record after those of its parent, which otherwise stay in their order.
fn put_parents_first<T: Clone>(records: &mut [T], moment: impl Fn(&T) -> Moment) {
    let mut by_trace: AHashMap<u64, Namesakes> = AHashMap::new();
    for (at, record) in records.iter().enumerate() {
        by_trace.entry(moment(record).trace).or_default().places.push(at);
    }
    if !records.iter().any(|record| by_trace.contains_key(&moment(record).parent)) {
        return;
    }
    let mut sorted = Vec::with_capacity(records.len());
    let mut is_seen = vec![false; records.len()];
    let mut path = Vec::new();
    for at in 0..records.len() {
        if !std::mem::replace(&mut is_seen[at], true) {
            path.push(at);
        }
        while let Some(below) = path.last().copied() {
            let above = by_trace.get_mut(&moment(&records[below]).parent).and_then(|above| {
                let place = above.places.get(above.next).copied();
                above.next += 1;
                place
            });
            match above {
                Some(above) if std::mem::replace(&mut is_seen[above], true) => {}
                Some(above) => path.push(above),
                None => {
                    sorted.push(records[below].clone());
                    path.pop();
                }
            }
        }
    }
    records.clone_from_slice(&sorted);
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn moment(of: &(i64, bool, u64, u64)) -> Moment {
        let (time_us, is_stop, trace, parent) = *of;
        Moment { group: 1, time_us, is_stop, trace, parent }
    }

    #[test]
    fn a_parent_is_around_its_children() {
        // Three spans, each in the one before, all at one time; another one beside them.
        let order = [(5, false, 9, 0), (5, false, 1, 0), (5, false, 2, 1), (5, false, 3, 2)];
        let stops = order.iter().rev().map(|(time, _, trace, parent)| (*time, true, *trace, *parent));
        let expected: Vec<_> = order.into_iter().chain(stops).collect();
        let mut newest_first: Vec<_> = expected.iter().rev().copied().collect();
        sort_by_time(&mut newest_first, true, moment);
        assert_eq!(newest_first, expected);
        let mut other =
            [expected[3], expected[5], expected[0], expected[2], expected[7], expected[1], expected[6], expected[4]];
        sort_by_time(&mut other, false, moment);
        // The place of the one beside them is not said.
        let traces: Vec<u64> = other.iter().map(|of| of.2).filter(|trace| *trace != 9).collect();
        assert_eq!(traces, [1, 2, 3, 3, 2, 1]);
    }

    proptest! {
        #[test]
        fn nothing_is_lost(records in prop::collection::vec((0_i64..3, any::<bool>(), 0_u64..5, 0_u64..5), 0..40), newest_first in any::<bool>()) {
            let mut sorted = records.clone();
            sort_by_time(&mut sorted, newest_first, moment);
            prop_assert!(sorted.is_sorted_by_key(|of| (of.0, of.1)));
            let mut both = [sorted, records];
            both.iter_mut().for_each(|all| all.sort_unstable());
            prop_assert_eq!(&both[0], &both[1]);
        }
    }
}
