//! Ids as numbers, by which spans are told apart.
//!
//! A key has 64 bits of a hash of the id, for trace and parent ids together with that of the base id. The probability
//! that two of ten million spans have the same key is one in 400,000; they would be taken for one. The hash is the same
//! everywhere, so that a result can be reproduced.

use xxhash_rust::xxh3::xxh3_64;

use crate::record::ID_LEN;

/// The keys of a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Keys {
    /// The key of the base id.
    pub(crate) group: u64,
    /// The key of the trace id. Never zero.
    pub(crate) trace: u64,
    /// The key of the parent id; [`ROOT`] where that is the base id.
    pub(crate) parent: u64,
}

/// Stands in the place of a parent's key: the span is a root.
pub(crate) const ROOT: u64 = 0;

impl Keys {
    /// Makes keys of the hashes of base id, parent id and trace id.
    #[inline(always)]
    pub(crate) fn new(group: u64, parent: u64, trace: u64) -> Self {
        let in_group = |id: u64| id.wrapping_add(group.rotate_left(23)).max(1);
        Self { group, trace: in_group(trace), parent: if parent == group { ROOT } else { in_group(parent) } }
    }
}

impl Keys {
    /// Makes the keys of a span without ids, by its position in all input: a root of a trace group of its own.
    pub(crate) fn of_nobody(position: u64) -> Self {
        let group = fold(position ^ WORDS[0], WORDS[1]);
        Self::new(group, group, fold(position ^ WORDS[2], WORDS[3]))
    }
}

/// Hashes an id; the hash of a base id is the key of its trace group.
pub(crate) fn hash(id: &[u8]) -> u64 {
    id.try_into().map_or_else(|_| xxh3_64(id), hash_usual)
}

/// Words that no text has. So no factor of a product is zero, but by chance.
const WORDS: [u64; 5] =
    [0xA076_1D64_78BD_642F, 0xE703_7ED1_A0B4_28DB, 0x8EBC_6AF0_9C88_C6E3, 0xD899_65CC_7537_4CC3, 0x9D39_247E_3377_6D41];

/// Hashes an id of the usual length: two products of 128 bits, folded. Another id has another hash, but by chance,
/// since the products differ where the texts do: 16 bytes each, and the last four spread over a whole word.
#[inline(always)]
pub(crate) fn hash_usual(id: &[u8; ID_LEN]) -> u64 {
    let [.., a, b, c, d] = *id;
    let last = u64::from(u32::from_le_bytes([a, b, c, d])).wrapping_mul(WORDS[4]);
    let first = fold(word(id, 0) ^ WORDS[0], word(id, 8) ^ WORDS[1]);
    first.wrapping_add(fold(word(id, 16) ^ WORDS[2] ^ last, word(id, 24) ^ WORDS[3]))
}

#[inline(always)]
fn word(id: &[u8; ID_LEN], at: usize) -> u64 {
    let mut bytes = [0; 8];
    bytes.copy_from_slice(&id[at..at + 8]);
    u64::from_le_bytes(bytes)
}

#[inline(always)]
fn fold(a: u64, b: u64) -> u64 {
    let product = u128::from(a) * u128::from(b);
    (product >> 64) as u64 ^ product as u64
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn ids_that_are_nearly_alike_have_keys_far_apart() {
        // Numbers at either end, in the middle, and in two places at once.
        let shapes: [fn(u32) -> String; 5] = [
            |number| format!("f12e75d5-5d59-4cbc-b74d-{number:012x}"),
            |number| format!("{number:08x}-5d59-4cbc-b74d-357f19290dd7"),
            |number| format!("f12e75d5-5d59-4cbc-{:04x}-357f1929{:04x}", number % 317, number / 317),
            |number| format!("{number:08x}-5d59-4cbc-b74d-0000{number:08x}"),
            |number| {
                format!("f12e75d5-{:04x}-{:04x}-{:04x}-000000000000", number % 50, number / 50 % 50, number / 2500)
            },
        ];
        for (nth, shape) in shapes.iter().enumerate() {
            let (mut keys, mut upper, mut lower) = (HashSet::new(), HashSet::new(), HashSet::new());
            for number in 0..100_000 {
                let key = Keys::new(hash(b"a request"), 0, hash(shape(number).as_bytes())).trace;
                keys.insert(key);
                upper.insert(key >> 40);
                lower.insert(key & 0xFF_FFFF);
            }
            assert_eq!(keys.len(), 100_000, "{nth}");
            // Of 100,000 in 2^24 places, some 300 share one.
            for bits in [upper, lower] {
                assert!((99_500..99_900).contains(&bits.len()), "{nth}: {}", bits.len());
            }
        }
    }

    #[test]
    fn an_id_has_another_key_in_another_group() {
        let [one, other] = [b"f12e75d5-5d59-4cbc-b74d-357f19290dd7", b"603f1fab-be78-438d-af13-d94ed3b7e416"];
        let span = b"b1d0a77a-52f5-4415-a6c4-f16b3591a47d";
        let keys = |base_id: &[u8], parent_id: &[u8], trace_id: &[u8]| {
            Keys::new(hash(base_id), hash(parent_id), hash(trace_id))
        };
        assert_ne!(keys(one, span, span).trace, keys(other, span, span).trace);
        assert_ne!(keys(one, one, one).trace, keys(other, other, other).trace);
        assert_eq!(keys(one, span, other).parent, keys(one, one, span).trace);
        assert_eq!((keys(one, one, span).parent, keys(other, one, span).parent == ROOT), (ROOT, false));
        assert_eq!(keys(b"short", b"short", span).parent, ROOT);
        assert_ne!(keys(b"short", b"shorter", span).parent, ROOT);
    }
}
