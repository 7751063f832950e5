//! The first of many things in some order, and the names that count among them.

use std::cmp::Ordering;

/// The first of the things that were seen, and some more.
#[derive(Debug)]
pub(super) struct First<T>(Vec<T>);

/// The number of things collected beyond those wanted, before those are dropped that are not among the first.
const SLACK: usize = 1024;

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
