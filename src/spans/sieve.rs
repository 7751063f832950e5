//! A sieve for keys. From one bit, it tells of most keys outside of a set that they are not in it.

/// Keys that may be in a set. (A Bloom filter with one hash, which the keys are themselves.)
pub(super) struct Sieve {
    bits: Vec<u64>,
}

/// Bits for each key: this many let one in sixteen through that is not there.
const BITS_OF_A_KEY: usize = 16;

impl Sieve {
    /// Makes a sieve for about `keys` keys.
    pub(super) fn new(keys: usize) -> Self {
        Self { bits: vec![0; (keys * BITS_OF_A_KEY / 64).next_power_of_two()] }
    }

    #[inline]
    fn place(&self, key: u64) -> (usize, u64) {
        // The length is a power of two.
        ((key >> 6) as usize & (self.bits.len() - 1), 1 << (key & 63))
    }

    /// Says whether a key may be there.
    #[inline]
    pub(super) fn may_have(&self, key: u64) -> bool {
        let (word, bit) = self.place(key);
        self.bits[word] & bit != 0
    }

    /// Adds a key; says whether it may have been there before.
    #[inline]
    pub(super) fn insert(&mut self, key: u64) -> bool {
        let (word, bit) = self.place(key);
        let before = self.bits[word];
        self.bits[word] = before | bit;
        before & bit != 0
    }
}
