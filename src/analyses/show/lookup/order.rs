//! Puts the records of a group into the order in which the span engine takes them.

use std::collections::HashMap;

use super::record::StoredRecord;
use crate::engine::Engine;
use crate::engine::left_out::LeftOut;
use crate::error::Error;
use crate::input::Source;
use crate::spans::key::{Keys, hash};
use crate::spans::{Course, Courses, Moment, Order, between, sort_by_time};

impl Engine {
    /// Finds how the records of the sources are ordered in which those of a group would stand otherwise by their
    /// timestamps. They are read once more; `known` has the courses of those that can't be.
    pub(super) fn courses(
        &self,
        sources: &[Source],
        records: &[StoredRecord],
        known: &[Course],
    ) -> Result<Vec<Course>, Error> {
        let unsure = records.chunk_by(|one, other| one.source == other.source).filter(|of_source| {
            // Equals may change their places, too.
            !of_source.is_sorted_by(|one, other| one.time_us < other.time_us)
        });
        let unsure: Vec<usize> = unsure.map(|of_source| of_source[0].source).collect();
        let mut courses = vec![Course::default(); sources.len()];
        unsure.iter().for_each(|source| courses[*source] = known[*source]);
        let unsure: Vec<usize> = unsure.into_iter().filter(|source| sources[*source].len().is_some()).collect();
        if unsure.is_empty() {
            return Ok(courses);
        }
        let again: Vec<Source> = unsure.iter().map(|source| sources[*source].clone()).collect();
        let gather = Courses::default();
        // They were read before.
        self.clone().keep_going(false).read(&again, false, None, &LeftOut::default(), &gather)?;
        for (source, course) in unsure.into_iter().zip(gather.into_courses(again.len())) {
            courses[source] = course;
        }
        Ok(courses)
    }
}

/// Sorts the records of a group from each source that is not in order.
pub(super) fn sort(records: &mut [StoredRecord], base_id: &[u8], courses: &[Course]) {
    let group = hash(base_id);
    let moment = |record: &StoredRecord| {
        let Keys { trace, parent, .. } = Keys::new(group, hash(record.parent_id()), hash(record.trace_id()));
        Moment { group, time_us: record.time_us, is_stop: record.is_stop, trace, parent }
    };
    for of_source in records.chunk_by_mut(|one, other| one.source == other.source) {
        let order = courses.get(of_source[0].source).map_or(Order::Lines, Course::order);
        if let Order::Times { newest_first } = order {
            sort_by_time(of_source, newest_first, moment);
        }
    }
}

/// Gives each stop that does not tell its duration the time since its start, now that all are in their order.
pub(super) fn tell_durations(records: &mut [StoredRecord]) {
    if records.iter().all(|record| record.is_stop == record.duration_ns.is_some()) {
        return;
    }
    let mut open: HashMap<&[u8], Vec<i64>> = HashMap::new();
    let mut durations = Vec::new();
    for (at, record) in records.iter().enumerate() {
        let starts = open.entry(record.trace_id()).or_default();
        if !record.is_stop {
            starts.push(record.time_us);
        } else if let Some(started_us) = starts.pop() {
            durations.push((at, between(started_us, record.time_us)));
        }
    }
    for (at, duration_ns) in durations {
        records[at].duration_ns.get_or_insert(duration_ns);
    }
}
