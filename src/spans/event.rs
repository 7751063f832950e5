//! What a record is to the span engine, and how records get from the threads that parse to the partitions.

use super::identity::TraceId;
use super::share::PARTITIONS;

/// A record: which span of which trace group, when, and how long.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Event {
    /// The key of the base id.
    pub(crate) group: u64,
    /// The key of the trace id.
    pub(crate) trace: u64,
    /// The key of the parent id; [`ROOT`] where that is the base id.
    pub(crate) parent: u64,
    /// The timestamp, in microseconds since 0000-03-01.
    pub(crate) time_us: i64,
    /// The duration; [`START`] in a start record.
    pub(crate) duration_ns: i64,
    /// The number of the name.
    pub(crate) name: u32,
}

/// In the place of a parent's key.
pub(crate) const ROOT: u64 = 0;
/// In the place of a duration.
pub(crate) const START: i64 = i64::MIN;

/// The records of a stretch of input, in its order: each stays where it was written, and only where a partition's begin and end is sorted.
///
/// Neighbours are mostly of one trace group: of the lines of a genuine log, a third to four fifths are of that of the line before.
#[derive(Debug)]
pub(crate) struct Batch {
    events: Vec<Event>,
    /// Their trace ids, if these are wanted.
    ids: Vec<TraceId>,
    /// The partition of the last one; none at first.
    last: usize,
    /// Events of the same partition that stand together: its number, and where they begin; in the order of the input.
    runs: Vec<(u32, u32)>,
    /// Where they begin and end, by partition.
    sorted: Vec<(u32, u32)>,
    /// Where the runs of each partition end.
    ends: Vec<u32>,
}

impl Default for Batch {
    fn default() -> Self {
        let (events, ids) = (Vec::new(), Vec::new());
        Self { events, ids, last: PARTITIONS, runs: Vec::new(), sorted: Vec::new(), ends: Vec::new() }
    }
}

impl Batch {
    /// Adds a record of a partition.
    #[inline(always)]
    pub(crate) fn push(&mut self, partition: usize, event: Event) {
        if partition != self.last {
            self.last = partition;
            // A stretch has far fewer records than there are bytes in a block.
            self.runs.push((partition as u32, self.events.len() as u32));
        }
        self.events.push(event);
    }

    /// Adds the trace id of the record that was added last: that of each one, or of none.
    #[inline]
    pub(crate) fn push_id(&mut self, id: TraceId) {
        self.ids.push(id);
    }

    /// Sorts the runs, now that all records are there.
    pub(crate) fn sort(&mut self) {
        self.ends.clear();
        self.ends.resize(PARTITIONS, 0);
        self.runs.iter().for_each(|(partition, _)| self.ends[*partition as usize] += 1);
        let mut end = 0;
        for count in &mut self.ends {
            // From counts to beginnings, which the copy turns into ends.
            end += std::mem::replace(count, end);
        }
        self.sorted.resize(self.runs.len(), (0, 0));
        let ends = self.runs.iter().skip(1).map(|(_, begin)| *begin).chain([self.events.len() as u32]);
        for ((partition, begin), end) in self.runs.iter().zip(ends) {
            let place = &mut self.ends[*partition as usize];
            self.sorted[*place as usize] = (*begin, end);
            *place += 1;
        }
    }

    /// The events of a partition in their order, piece by piece, and their trace ids if these are wanted.
    pub(crate) fn of(&self, partition: usize) -> impl Iterator<Item = (&[Event], &[TraceId])> {
        let first = partition.checked_sub(1).map_or(0, |before| self.ends[before]);
        self.sorted[first as usize..self.ends[partition] as usize].iter().map(|(begin, end)| {
            let run = *begin as usize..*end as usize;
            (&self.events[run.clone()], self.ids.get(run).unwrap_or_default())
        })
    }

    /// The same memory with nothing in it.
    pub(crate) fn cleared(mut self) -> Self {
        self.events.clear();
        self.ids.clear();
        self.runs.clear();
        Self { last: PARTITIONS, ..self }
    }
}
