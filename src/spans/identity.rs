//! The ids themselves, where they are shown: keys can't be turned back into text.

use std::sync::{Mutex, MutexGuard, PoisonError};

use ahash::AHashMap;

use super::table_bytes_ahead;
use crate::record::ID_LEN;

/// A trace id of the usual form, a UUID of lowercase digits: its 16 bytes. [`ODD`] where [`Texts`] has it.
pub(crate) type TraceId = [u8; 16];

/// Stands in the place of a trace id of another form, and of the UUID that has only zeros.
const ODD: TraceId = [0; 16];

/// The offsets of the digits in a UUID's text, of the first of two for each byte.
const DIGITS: [usize; 16] = [0, 2, 4, 6, 9, 11, 14, 16, 19, 21, 24, 26, 28, 30, 32, 34];
const HYPHENS: [usize; 4] = [8, 13, 18, 23];

/// The values of digits; [`NO_DIGIT`] for all other bytes.
const VALUES: [u8; 256] = {
    let mut values = [NO_DIGIT; 256];
    let mut value = 0;
    while value < 16 {
        values[b"0123456789abcdef"[value] as usize] = value as u8;
        value += 1;
    }
    values
};
const NO_DIGIT: u8 = 0xFF;

/// Gives the bytes of a UUID, if its text can be made of them again.
#[inline]
fn bytes_of(text: &[u8; ID_LEN]) -> TraceId {
    let mut bytes = ODD;
    let mut seen = 0;
    for (byte, at) in bytes.iter_mut().zip(DIGITS) {
        let (high, low) = (VALUES[text[at] as usize], VALUES[text[at + 1] as usize]);
        seen |= high | low;
        *byte = high << 4 | low & 0xF;
    }
    let is_usual = seen != NO_DIGIT && HYPHENS.iter().all(|at| text[*at] == b'-');
    if is_usual { bytes } else { ODD }
}

fn text_of(id: TraceId) -> Box<[u8]> {
    let mut text = [b'-'; ID_LEN];
    for (byte, at) in id.into_iter().zip(DIGITS) {
        text[at] = b"0123456789abcdef"[usize::from(byte >> 4)];
        text[at + 1] = b"0123456789abcdef"[usize::from(byte & 0xF)];
    }
    text.into()
}

/// A span and its trace group: 24 bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Identity {
    pub(super) trace: TraceId,
    /// The key of the base id.
    pub(super) group: u64,
}

impl Identity {
    /// The identity of no span: no id has these keys.
    pub(super) const UNKNOWN: Self = Self { trace: ODD, group: 0 };
}

/// The identities of spans by the keys of their trace ids. They are noted in blocks, which never move, and are sorted once
/// all are there: a table that grows would leave its smaller ones behind, in the memory of whichever thread made them.
#[derive(Debug, Default)]
pub(super) struct Identities {
    blocks: Vec<Vec<(u64, Identity)>>,
    sorted: Vec<(u64, Identity)>,
}

/// The identities in a block: 1 KiB.
const BLOCK: usize = 32;

impl Identities {
    /// Bytes of an identity once it is sorted.
    pub(super) const SORTED: usize = size_of::<(u64, Identity)>();

    pub(super) fn insert(&mut self, key: u64, identity: Identity) {
        if let Some(block) = self.blocks.last_mut().filter(|block| block.len() < BLOCK) {
            return block.push((key, identity));
        }
        let mut block = Vec::with_capacity(BLOCK);
        block.push((key, identity));
        self.blocks.push(block);
    }

    /// Counts them, while they are noted.
    pub(super) fn len(&self) -> usize {
        let full = self.blocks.len().saturating_sub(1) * BLOCK;
        full + self.blocks.last().map_or(0, Vec::len)
    }

    /// Counts the bytes of their memory, while they are noted.
    pub(super) fn bytes(&self) -> usize {
        self.blocks.len() * BLOCK * Self::SORTED + self.blocks.capacity() * size_of::<Vec<(u64, Identity)>>()
    }

    /// Sorts them, now that all are there.
    pub(super) fn sort(&mut self) {
        let mut sorted = Vec::with_capacity(self.len());
        std::mem::take(&mut self.blocks).into_iter().for_each(|block| sorted.extend(block));
        sorted.sort_unstable_by_key(|(key, _)| *key);
        self.sorted = sorted;
    }

    /// Finds that of a key, once they are sorted.
    pub(super) fn find(&self, key: u64) -> Option<Identity> {
        let at = self.sorted.binary_search_by_key(&key, |(key, _)| *key).ok()?;
        Some(self.sorted[at].1)
    }
}

/// The start of a span that is open.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Started {
    pub(crate) identity: Identity,
    /// The number of its input.
    pub(crate) source: u32,
    /// Its line there, from 1.
    pub(crate) line: u64,
}

/// Base ids, and trace ids of unusual form, by their keys; shared by all threads.
#[derive(Debug, Default)]
pub(crate) struct Texts {
    known: Mutex<KnownTexts>,
}

#[derive(Debug, Default)]
struct KnownTexts {
    by_key: AHashMap<u64, Text>,
    /// The bytes of those that are no usual UUIDs, with what an allocator adds to them.
    odd_bytes: usize,
}

#[derive(Debug)]
struct Text {
    group: u64,
    id: Id,
}

/// An id. A usual UUID takes no memory of its own: of millions of such small pieces, each of some thread, an allocator
/// can't give anything back.
#[derive(Debug)]
enum Id {
    Uuid(TraceId),
    Odd(Box<[u8]>),
}

impl Id {
    fn new(text: &[u8]) -> Self {
        match text.try_into().map_or(ODD, bytes_of) {
            ODD => Self::Odd(text.into()),
            id => Self::Uuid(id),
        }
    }

    fn text(&self) -> Box<[u8]> {
        match self {
            Self::Uuid(id) => text_of(*id),
            Self::Odd(text) => text.clone(),
        }
    }

    fn odd_bytes(&self) -> usize {
        match self {
            Self::Uuid(_) => 0,
            Self::Odd(text) => text.len() + 16,
        }
    }
}

impl KnownTexts {
    fn text(&self, key: u64) -> Box<[u8]> {
        self.by_key.get(&key).map(|known| known.id.text()).unwrap_or_default()
    }
}

impl Texts {
    fn known(&self) -> MutexGuard<'_, KnownTexts> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn note(&self, key: u64, group: u64, text: &[u8]) {
        let mut known = self.known();
        let KnownTexts { by_key, odd_bytes } = &mut *known;
        by_key.entry(key).or_insert_with(|| {
            let id = Id::new(text);
            *odd_bytes += id.odd_bytes();
            Text { group, id }
        });
    }

    /// Estimates their memory.
    pub(crate) fn bytes(&self) -> usize {
        let known = self.known();
        table_bytes_ahead::<(u64, Text)>(known.by_key.len(), known.by_key.capacity()) + known.odd_bytes
    }

    /// Forgets the texts of groups that are not looked at.
    pub(crate) fn retain(&self, mut keeps: impl FnMut(u64) -> bool) {
        let mut known = self.known();
        // What is removed from a table one by one leaves marks that count as entries: with half of them, it would grow
        // to twice its size, which nothing foresees.
        let kept: Vec<(u64, Text)> = known.by_key.drain().filter(|(_, text)| keeps(text.group)).collect();
        known.by_key.extend(kept);
        // A table that has nearly as much in it soon would be allocated once more, by another thread.
        if known.by_key.len() < known.by_key.capacity() / 8 {
            known.by_key.shrink_to_fit();
        }
        known.odd_bytes = known.by_key.values().map(|text| text.id.odd_bytes()).sum();
    }

    /// Forgets all, and keeps the memory for the next reading.
    pub(crate) fn forget_all(&self) {
        let mut known = self.known();
        known.by_key.clear();
        known.odd_bytes = 0;
    }

    /// Gives the base id with a key.
    pub(crate) fn base_id(&self, key: u64) -> Box<[u8]> {
        self.known().text(key)
    }

    /// Gives the base id and the trace id of a span, by the key of the latter.
    pub(crate) fn ids_of(&self, Identity { trace, group }: Identity, key: u64) -> (Box<[u8]>, Box<[u8]>) {
        let known = self.known();
        (known.text(group), if trace == ODD { known.text(key) } else { text_of(trace) })
    }
}

/// Groups that one thread remembers it has noted; a power of two.
const RECENT: usize = 4096;

/// Notes ids for one thread.
pub(crate) struct Identifier<'a> {
    texts: &'a Texts,
    /// The groups that were noted, each at the place that its key says.
    recent: Vec<u64>,
    /// Places are wanted, too.
    pub(super) notes_places: bool,
}

impl<'a> Identifier<'a> {
    pub(crate) fn new(texts: &'a Texts, notes_places: bool) -> Self {
        Self { texts, recent: vec![0; RECENT], notes_places }
    }

    /// Notes the base id of a record, given with its key.
    #[inline]
    pub(crate) fn note_group(&mut self, key: u64, base_id: &[u8]) {
        if base_id.is_empty() {
            return;
        }
        let place = key as usize % RECENT;
        if self.recent[place] != key {
            self.recent[place] = key;
            self.texts.note(key, key, base_id);
        }
    }

    /// Gives the trace id of a record, given with its key.
    #[inline]
    pub(crate) fn trace(&self, group: u64, key: u64, trace_id: &[u8]) -> TraceId {
        let id = trace_id.try_into().map_or(ODD, bytes_of);
        if id == ODD && !trace_id.is_empty() {
            self.texts.note(key, group, trace_id);
        }
        id
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_come_out_as_they_went_in() {
        let texts = Texts::default();
        let mut identifier = Identifier::new(&texts, false);
        identifier.note_group(7, b"a request of somebody");
        for (key, trace_id) in (10..).zip([
            "f12e75d5-5d59-4cbc-b74d-357f19290dd7",
            "F12E75D5-5D59-4CBC-B74D-357F19290DD7",
            "f12e75d5-5d59-4cbc-b74d-357f19290dDd",
            "00000000-0000-0000-0000-000000000000",
            "00000000-0000-0000-0000-000000000001",
            "ffffffff-ffff-ffff-ffff-ffffffffffff",
            "f12e75d5x5d59-4cbc-b74d-357f19290dd7",
            "none",
        ]) {
            let trace = identifier.trace(7, key, trace_id.as_bytes());
            let (base_id, found) = texts.ids_of(Identity { trace, group: 7 }, key);
            assert_eq!((&*base_id, &*found), (b"a request of somebody".as_slice(), trace_id.as_bytes()));
        }
        assert_eq!(texts.known.lock().unwrap().by_key.len(), 6);
        texts.retain(|group| group != 7);
        assert_eq!(texts.known.lock().unwrap().by_key.len(), 0);
    }

    #[test]
    fn a_table_that_loses_half_of_its_texts_takes_as_many_again_without_growing() {
        for groups in [5_000, 10_000, 20_000, 28_000, 40_000_u64] {
            let texts = Texts::default();
            (0..groups).for_each(|group| texts.note(group, group, b"f12e75d5-5d59-4cbc-b74d-357f19290dd7"));
            let capacity = texts.known().by_key.capacity();
            for round in 1..9 {
                texts.retain(|group| group % 2 == 0 || group % 16 == 1);
                let len = texts.known().by_key.len();
                let room = capacity - len;
                (0..room as u64).for_each(|nth| texts.note(round << 32 | nth, nth, b"none"));
                assert_eq!(texts.known().by_key.capacity(), capacity, "{groups}");
            }
        }
    }
}
