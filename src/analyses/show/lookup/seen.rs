//! The findings of one thread for an id: the ids that begin with it, and the records of the trace group that it may
//! mean.

use std::collections::{BTreeMap, BTreeSet};

use memchr::memmem;

use super::needles::Needles;
use super::record::StoredRecord;
use crate::record::{Reason, Record};

/// The number of ids with the same beginning that are told apart: some to be shown, and one more.
const FEW: usize = 6;
/// The number of malformed records that are shown.
const SHOWN_MALFORMED: usize = 3;

/// The role of an id: of a group, of a span or of a parent.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Role {
    /// It is the base id of a trace group.
    pub(super) is_group: bool,
    /// It is the trace id of spans in these trace groups, or some of them.
    pub(super) in_groups: BTreeSet<Box<[u8]>>,
}

/// The findings of an id.
#[derive(Debug, Default)]
pub(super) struct Seen {
    id: Box<[u8]>,
    /// The first few of the ids that begin with it, in the order of bytes: the id itself comes first.
    pub(super) ids: BTreeMap<Box<[u8]>, Role>,
    /// The base id of the records that are kept: the id, where there is such a group, or else the only base id that
    /// begins with it.
    kept_group: Option<Box<[u8]>>,
    kept: Vec<StoredRecord>,
    /// Their memory.
    kept_bytes: usize,
    /// Several base ids begin with the id: only its own records are kept, if it has any.
    only_whole: bool,
    /// Only base ids are of interest.
    only_groups: bool,
    /// The id begins parent ids.
    pub(super) is_parent: bool,
    pub(super) malformed: MalformedHits,
}

/// Malformed and torn records in which the id stands.
#[derive(Debug, Default)]
pub(super) struct MalformedHits {
    pub(super) count: u64,
    pub(super) torn: u64,
    /// The first few: source, offset and reason.
    pub(super) first: Vec<(usize, u64, Reason)>,
}

impl Seen {
    pub(super) fn new(id: &[u8]) -> Self {
        Self { id: id.into(), ..Self::default() }
    }

    /// Of base ids only, without records.
    pub(super) fn of_groups(id: &[u8]) -> Self {
        Self { only_groups: true, ..Self::new(id) }
    }

    /// Takes a record whose line holds the id. The line, or the record where the line has several, begins at `offset` of
    /// a source.
    pub(super) fn take(&mut self, record: &Record<'_>, source: usize, offset: u64) {
        let Some(ids) = record.ids else { return };
        let (base_id, parent_id, trace_id) = (ids.base, ids.parent, ids.trace);
        if self.only_groups {
            if base_id.starts_with(&self.id) {
                self.note(base_id, |role| role.is_group = true);
            }
            return;
        }
        if base_id.starts_with(&self.id) {
            // Nearly always it is the group of the record before.
            if self.kept_group.as_deref() != Some(base_id) {
                self.note(base_id, |role| role.is_group = true);
                self.choose(base_id);
            }
            if self.kept_group.as_deref() == Some(base_id) {
                for record in StoredRecord::all_of(record, &ids, source, offset) {
                    self.kept_bytes += record.bytes();
                    self.kept.push(record);
                }
            }
        }
        if trace_id.starts_with(&self.id) {
            self.note(trace_id, |role| {
                // No genuine id is in millions of groups.
                if role.in_groups.len() < FEW {
                    role.in_groups.insert(base_id.into());
                }
            });
        }
        self.is_parent |= parent_id.starts_with(&self.id);
    }

    /// Counts a malformed record, if its line holds the id.
    pub(super) fn take_malformed(&mut self, line: &[u8], source: usize, offset: u64, reason: Reason) {
        if memmem::find(line, &self.id).is_some() {
            self.malformed.count += 1;
            self.malformed.note((source, offset, reason));
        }
    }

    /// Counts a torn record, if it holds the id.
    pub(super) fn take_torn(&mut self, text: &[u8], source: usize, offset: u64, reason: Reason) {
        if memmem::find(text, &self.id).is_some() {
            self.malformed.torn += 1;
            self.malformed.note((source, offset, reason));
        }
    }

    /// The base id of a span whose whole trace id it is, if that was seen and both are so long that they can be looked
    /// for together.
    pub(super) fn long_group_of_span(&self) -> Option<&[u8]> {
        let role = self.ids.get(&self.id).filter(|role| !role.is_group)?;
        let base_id = role.in_groups.first()?;
        (Needles::is_long(&self.id) && Needles::is_long(base_id)).then_some(base_id)
    }

    /// Counts the bytes of the records that are kept.
    pub(super) fn kept_bytes(&self) -> usize {
        self.kept_bytes
    }

    /// Decides whether the records of a group that begins with the id are kept from now on.
    fn choose(&mut self, base_id: &[u8]) {
        let kept_whole = self.kept_group.as_ref() == Some(&self.id);
        if *base_id == *self.id || (self.kept_group.is_none() && !self.only_whole) {
            self.kept.clear();
            self.kept_bytes = 0;
            self.kept_group = Some(base_id.into());
        } else if !kept_whole {
            self.only_whole = true;
            self.kept_group = None;
            self.kept = Vec::new();
            self.kept_bytes = 0;
        }
    }

    fn note(&mut self, id: &[u8], role: impl FnOnce(&mut Role)) {
        if let Some(known) = self.ids.get_mut(id) {
            return role(known);
        }
        if self.ids.len() < FEW || self.ids.last_key_value().is_some_and(|(last, _)| *id < **last) {
            role(self.ids.entry(id.into()).or_default());
            if self.ids.len() > FEW {
                self.ids.pop_last();
            }
        }
    }

    /// Adds the findings of another thread, but for its records.
    pub(super) fn add(&mut self, other: &Self) {
        for (id, of_other) in &other.ids {
            self.note(id, |role| {
                role.is_group |= of_other.is_group;
                role.in_groups.extend(of_other.in_groups.iter().cloned());
            });
        }
        self.is_parent |= other.is_parent;
        self.malformed.count += other.malformed.count;
        self.malformed.torn += other.malformed.torn;
        other.malformed.first.iter().for_each(|place| self.malformed.note(*place));
    }

    /// The records of a group, if they were kept.
    pub(super) fn into_records_of(self, base_id: &[u8]) -> Vec<StoredRecord> {
        if self.kept_group.as_deref() == Some(base_id) { self.kept } else { Vec::new() }
    }
}

impl MalformedHits {
    fn note(&mut self, place: (usize, u64, Reason)) {
        self.first.push(place);
        self.first.sort_unstable_by_key(|(source, offset, _)| (*source, *offset));
        self.first.truncate(SHOWN_MALFORMED);
    }
}
