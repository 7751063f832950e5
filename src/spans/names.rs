//! Trace names as numbers, the same for all threads.

use std::sync::{Mutex, PoisonError};

use ahash::AHashMap;

use super::table_bytes;
use crate::formats::osprofiler::fast::{Isa, TAIL};
use crate::summary::tail_hash;

/// All names that a scan met.
#[derive(Debug, Default)]
pub(crate) struct Names {
    known: Mutex<Known>,
}

#[derive(Debug, Default)]
struct Known {
    numbers: AHashMap<Box<[u8]>, u32>,
    names: Vec<Box<[u8]>>,
    /// Of both copies of each name, with what an allocator takes for them.
    bytes_of_texts: usize,
}

impl Names {
    /// The number of a name. They go up from zero, in an order that hangs on chance.
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

    /// Lets one look at the names, which stand by their numbers.
    pub(crate) fn look<T>(&self, at: impl FnOnce(&[Box<[u8]>]) -> T) -> T {
        at(&self.known.lock().unwrap_or_else(PoisonError::into_inner).names)
    }

    /// How much memory they take, about.
    pub(crate) fn bytes(&self) -> usize {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.bytes_of_texts
            + known.names.capacity() * size_of::<Box<[u8]>>()
            + table_bytes::<(Box<[u8]>, u32)>(known.numbers.capacity())
    }

    /// The names by number.
    pub(crate) fn into_names(self) -> Vec<Box<[u8]>> {
        self.known.into_inner().unwrap_or_else(PoisonError::into_inner).names
    }
}

/// Places for tails, as many as a table has.
const PLACES: usize = 1024;
/// How many neighbouring places a tail can have.
const PROBES: usize = 4;
/// Names that one thread remembers beside its tails.
const MAX_OTHERS: usize = 65_536;

/// What one thread knows of the names: by the ends of lines, as a [`Table`](crate::summary) does.
pub(crate) struct Tails<'a> {
    names: &'a Names,
    /// Tails with their line feeds.
    keys: Box<[[u8; TAIL]; PLACES]>,
    /// The names' numbers; none where a place is free.
    numbers: Box<[Option<u32>; PLACES]>,
    others: AHashMap<Box<[u8]>, u32>,
}

impl<'a> Tails<'a> {
    #[allow(clippy::large_stack_arrays)] // They go straight to the heap.
    pub(crate) fn new(names: &'a Names) -> Self {
        Self { names, keys: Box::new([[0; TAIL]; PLACES]), numbers: Box::new([None; PLACES]), others: AHashMap::new() }
    }

    /// The number of the name that the tail in the first `len` bytes of `text` has, if it was learnt. A line feed stands behind it.
    #[inline(always)]
    pub(crate) fn find<I: Isa>(&self, isa: I, text: &[u8; TAIL], len: usize) -> Option<u32> {
        let hash = tail_hash(text, len);
        (0..PROBES)
            .map(|probe| (hash + probe) % PLACES)
            .find(|place| isa.same(&self.keys[*place], text, len + 1))
            .and_then(|place| self.numbers[place])
    }

    /// The number of a name whose line ends in `tail`, which is learnt where it finds a place.
    pub(crate) fn learn(&mut self, name: &[u8], tail: &[u8]) -> u32 {
        let number = match self.others.get(name) {
            Some(number) => *number,
            None => self.ask(name),
        };
        let mut key = [0; TAIL];
        if tail.len() < TAIL {
            key[..tail.len()].copy_from_slice(tail);
            key[tail.len()] = b'\n';
            let hash = tail_hash(&key, tail.len());
            let places = (0..PROBES).map(|probe| (hash + probe) % PLACES);
            if let Some(place) = places.into_iter().find(|place| self.numbers[*place].is_none()) {
                (self.keys[place], self.numbers[place]) = (key, Some(number));
            }
        }
        number
    }

    fn ask(&mut self, name: &[u8]) -> u32 {
        let number = self.names.number(name);
        if self.others.len() >= MAX_OTHERS {
            self.others.clear();
        }
        self.others.insert(name.into(), number);
        number
    }
}
