//! Counts of spans by kind.

use std::ops::AddAssign;

use serde::Serialize;

/// The number of spans of each kind, as `docs/spans.md` defines them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Counts {
    /// Finished and cut-off spans.
    pub spans: u64,
    /// Spans without a stop.
    pub unfinished: u64,
    /// Spans without a start.
    pub cut_off: u64,
    /// Stops without a start that tell no duration; they are no spans. Only in JSON if there are any.
    #[serde(skip_serializing_if = "is_zero")]
    pub lone: u64,
    /// Spans whose trace id an earlier one has.
    pub repeated: u64,
    /// Root spans that are not unfinished.
    pub roots: u64,
    /// Spans whose parent is in no input.
    pub missing_parents: u64,
    /// Spans that are roots to break a cycle.
    pub cycles: u64,
    /// Spans that began after their parents stopped.
    pub asynchronous: u64,
    /// Spans that stopped after their parents did.
    pub outliving: u64,
    /// Spans without a start whose start stands after their stop.
    pub reversed: u64,
    /// Spans that began before their parents.
    pub early: u64,
    /// Trace groups.
    pub groups: u64,
    /// Trace groups with records in more than one input.
    pub spread_groups: u64,
    /// Number of records of the largest trace group.
    pub largest_group_records: u64,
    /// Records with a timestamp before that of the record before them.
    pub steps_back: u64,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn is_zero(count: &u64) -> bool {
    *count == 0
}

impl AddAssign for Counts {
    fn add_assign(&mut self, other: Self) {
        self.spans += other.spans;
        self.unfinished += other.unfinished;
        self.cut_off += other.cut_off;
        self.lone += other.lone;
        self.repeated += other.repeated;
        self.roots += other.roots;
        self.missing_parents += other.missing_parents;
        self.cycles += other.cycles;
        self.asynchronous += other.asynchronous;
        self.outliving += other.outliving;
        self.reversed += other.reversed;
        self.early += other.early;
        self.groups += other.groups;
        self.spread_groups += other.spread_groups;
        self.largest_group_records = self.largest_group_records.max(other.largest_group_records);
        self.steps_back += other.steps_back;
    }
}
