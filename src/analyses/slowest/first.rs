//! The first of many things in some order, and the names that count among them.

use std::cmp::Ordering;

/// The first of the things that were seen, and some more.
#[derive(Debug)]
pub(super) struct First<T>(Vec<T>);

/// The number of things collected beyond those wanted, before those are dropped that are not among the first.
const SLACK: usize = 1024;

/// Bytes of a candidate while there may be more than are wanted: itself, and as much that is free behind it.
const CANDIDATE: usize = 256;
/// Bytes of a row from its candidate to the printed table: its ids and its name, and its line.
const ROW: usize = 640;

/// Estimates the most memory of a list of the first `top`, for which there are so many candidates and threads.
pub(super) fn list_bytes(candidates: usize, top: usize, threads: usize) -> usize {
    let collected = top.saturating_add(SLACK).saturating_mul(2).saturating_mul(threads);
    (candidates.min(collected) * CANDIDATE).max(candidates.min(top) * ROW)
}

/// The memory of this number of rows.
pub(super) fn rows_bytes(rows: usize) -> usize {
    rows * ROW
}

impl<T> Default for First<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<T> First<T> {
    /// Adds a thing, where only the first `top` are wanted.
    pub(super) fn add(&mut self, thing: T, top: usize, order: impl FnMut(&T, &T) -> Ordering) {
        self.0.push(thing);
        if self.0.len() >= top.saturating_add(SLACK).saturating_mul(2) {
            self.cut(top, order);
        }
    }

    /// Counts them.
    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    /// Sorts them, and drops all but the first.
    pub(super) fn cut(&mut self, top: usize, order: impl FnMut(&T, &T) -> Ordering) {
        self.0.sort_unstable_by(order);
        self.0.truncate(top);
    }

    pub(super) fn iter_mut(&mut self) -> impl Iterator<Item = &mut T> {
        self.0.iter_mut()
    }

    pub(super) fn into_inner(self) -> Vec<T> {
        self.0
    }
}

/// The names whose spans count, by their numbers.
pub(super) struct Names<'a> {
    keeps: &'a (dyn Fn(&[u8]) -> bool + Sync),
    /// What it says of the names that are known so far.
    is_kept: Vec<bool>,
}

impl<'a> Names<'a> {
    pub(super) fn new(keeps: &'a (dyn Fn(&[u8]) -> bool + Sync)) -> Self {
        Self { keeps, is_kept: Vec::new() }
    }

    /// Learns the names that have come, given all of them by number.
    pub(super) fn learn(&mut self, names: &[Box<[u8]>]) {
        let new = names.iter().skip(self.is_kept.len());
        self.is_kept.extend(new.map(|name| (self.keeps)(name)));
    }

    pub(super) fn keep(&self, number: u32) -> bool {
        self.is_kept.get(number as usize).copied().unwrap_or(false)
    }
}
