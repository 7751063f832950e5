//! Trace names as numbers, the same for all threads.

use std::sync::{Mutex, PoisonError};

use ahash::AHashMap;

use super::table_bytes;
use crate::record::{Record, TAIL};
use crate::simd::Cpu;
use crate::tails::Tails;

/// All names that a scan met.
#[derive(Debug, Default)]
pub(crate) struct Names {
    known: Mutex<Known>,
}

#[derive(Debug, Default)]
struct Known {
    numbers: AHashMap<Box<[u8]>, u32>,
    names: Vec<Box<[u8]>>,
    /// Bytes of both copies of each name, with an allocator's overhead for them.
    bytes_of_texts: usize,
}

impl Names {
    /// Gives the number of a name. Numbers go up from zero, in scheduling-dependent order.
    pub(crate) fn number(&self, name: &[u8]) -> u32 {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(number) = known.numbers.get(name) {
            return *number;
        }
        let number = known.names.len() as u32;
        known.names.push(name.into());
        known.bytes_of_texts += 2 * (name.len() + 16);
        known.numbers.insert(name.into(), number);
        number
    }

    /// Lends the names, by number.
    pub(crate) fn look<T>(&self, at: impl FnOnce(&[Box<[u8]>]) -> T) -> T {
        at(&self.known.lock().unwrap_or_else(PoisonError::into_inner).names)
    }

    /// Estimates their memory.
    pub(crate) fn bytes(&self) -> usize {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.bytes_of_texts
            + known.names.capacity() * size_of::<Box<[u8]>>()
            + table_bytes::<(Box<[u8]>, u32)>(known.numbers.capacity())
    }

    /// Gives the names by number.
    pub(crate) fn into_names(self) -> Vec<Box<[u8]>> {
        self.known.into_inner().unwrap_or_else(PoisonError::into_inner).names
    }
}

/// Names that one thread remembers beside its tails.
const MAX_OTHERS: usize = 65_536;
/// Stands in a slot that no name has.
const NO_NAME: u32 = u32::MAX;

/// The names whose numbers one thread knows: by the ends of lines, and by themselves.
pub(crate) struct KnownNames<'a> {
    names: &'a Names,
    tails: Tails<u32>,
    others: AHashMap<Box<[u8]>, u32>,
}

impl<'a> KnownNames<'a> {
    pub(crate) fn new(names: &'a Names) -> Self {
        Self { names, tails: Tails::new(NO_NAME), others: AHashMap::new() }
    }

    /// Finds the number of the name that the tail in the first `len` bytes of `text` has, if it was learnt. A line feed
    /// follows it.
    #[inline(always)]
    pub(crate) fn find<C: Cpu>(&self, cpu: C, text: &[u8; TAIL], len: usize) -> Option<u32> {
        self.tails.find(cpu, text, len).map(|slot| *self.tails.value(slot))
    }

    /// Gives the number of a record's name. Its tail is learnt where it finds a slot.
    pub(crate) fn learn(&mut self, record: &Record<'_>) -> u32 {
        let slot = match record.tail {
            Some(tail) => self.tails.learn(tail),
            None => self.tails.learn_name(record.name),
        };
        let Some(slot) = slot else { return self.ask(record.name) };
        let known = *self.tails.value(slot);
        if known != NO_NAME {
            return known;
        }
        let number = self.ask(record.name);
        *self.tails.value_mut(slot) = number;
        number
    }

    fn ask(&mut self, name: &[u8]) -> u32 {
        if let Some(number) = self.others.get(name) {
            return *number;
        }
        let number = self.names.number(name);
        if self.others.len() >= MAX_OTHERS {
            self.others.clear();
        }
        self.others.insert(name.into(), number);
        number
    }
}
