//! Ids as numbers: what spans are told apart by.
//!
//! A key has 64 bits of a hash of the id, for trace and parent ids together with the base id. That two of ten million spans have the same is as likely as one in
//! 400,000, and then they would be taken for one. The hash is the same everywhere, so that a result can be had again.

use xxhash_rust::xxh3::xxh3_64_with_seed;

/// An id as nearly all are.
pub(crate) const ID: usize = 36;

/// Words that no text has: so neither factor of a product is zero.
const WORDS: [u64; 6] = [
    0xA076_1D64_78BD_642F,
    0xE703_7ED1_A0B4_28DB,
    0x8EBC_6AF0_9C88_C6E3,
    0xD899_65CC_7537_4CC3,
    0x9D39_247E_3377_6D41,
    0xAF5D_D8A3_9E6C_1F87,
];

/// The key of a trace group.
pub(crate) fn of_group(base_id: &[u8]) -> u64 {
    in_group(0, base_id)
}

/// The key of an id in a trace group. Never zero.
pub(crate) fn in_group(group: u64, id: &[u8]) -> u64 {
    match id.try_into() {
        Ok(id) => of_usual(group, id),
        Err(_) => xxh3_64_with_seed(id, group).max(1),
    }
}

/// The same of an id of the usual length: three products of 128 bits, folded.
#[inline(always)]
pub(crate) fn of_usual(group: u64, id: &[u8; ID]) -> u64 {
    let ends = fold(word(id, 0) ^ WORDS[0], word(id, 8) ^ WORDS[1] ^ group);
    let middle = fold(word(id, 16) ^ WORDS[2], word(id, 24) ^ WORDS[3] ^ group);
    fold(ends ^ word(id, 28) ^ WORDS[4], middle ^ WORDS[5]).max(1)
}

/// Whether two ids of the usual length are the same: five words at once, where `==` has a branch for each.
#[inline(always)]
pub(crate) fn is_same(one: &[u8; ID], other: &[u8; ID]) -> bool {
    [0, 8, 16, 24, 28].map(|at| word(one, at) ^ word(other, at)).into_iter().fold(0, |all, differing| all | differing)
        == 0
}

#[inline(always)]
fn word(id: &[u8; ID], at: usize) -> u64 {
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
        let mut keys = HashSet::new();
        let mut upper = HashSet::new();
        for number in 0..100_000_u32 {
            let id = format!("f12e75d5-5d59-4cbc-b74d-{number:012x}");
            let key = in_group(7, id.as_bytes());
            keys.insert(key);
            upper.insert(key >> 40);
        }
        assert_eq!(keys.len(), 100_000);
        // Of 100,000 in 2^24 places, some 300 share one.
        assert!((99_500..99_900).contains(&upper.len()), "{}", upper.len());
        let id = b"f12e75d5-5d59-4cbc-b74d-357f19290dd7";
        assert_ne!(in_group(1, id), in_group(2, id));
        assert_ne!(in_group(1, &id[..35]), in_group(2, &id[..35]));
    }

    #[test]
    fn ids_are_the_same_if_each_byte_is() {
        let id = *b"f12e75d5-5d59-4cbc-b74d-357f19290dd7";
        assert!(is_same(&id, &id.clone()));
        for at in 0..ID {
            let mut other = id;
            other[at] ^= 1;
            assert!(!is_same(&id, &other), "{at}");
        }
    }
}
