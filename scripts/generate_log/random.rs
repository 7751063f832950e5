//! Random numbers from a seed.

/// `SplitMix64` (Steele, Lea and Flood 2014): every state gives another number, so no two draws of a run are equal.
pub(crate) struct Random(pub(crate) u64);

impl Random {
    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// Uniform in `0..limit`.
    pub(crate) fn below(&mut self, limit: u64) -> u64 {
        ((u128::from(self.next()) * u128::from(limit)) >> 64) as u64
    }

    pub(crate) fn one_in(&mut self, n: u64) -> bool {
        self.below(n) == 0
    }

    pub(crate) fn percent(&mut self, chance: u64) -> bool {
        self.below(100) < chance
    }

    /// Uniform in `0.0..1.0`.
    pub(crate) fn unit(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// Uniform on the logarithmic scale.
    pub(crate) fn spread(&mut self, low: f64, high: f64) -> u64 {
        (low * (high / low).powf(self.unit())) as u64
    }

    /// A version-4 UUID as text.
    pub(crate) fn uuid(&mut self) -> Uuid {
        let high = self.next() & !0xf000 | 0x4000;
        let low = self.next() & !(3 << 62) | 2 << 62;
        let mut text = [b'-'; 36];
        let mut bytes = high.to_be_bytes().into_iter().chain(low.to_be_bytes());
        for group in [0..8, 9..13, 14..18, 19..23, 24..36] {
            for (digits, byte) in text[group].chunks_exact_mut(2).zip(&mut bytes) {
                digits[0] = HEX[usize::from(byte >> 4)];
                digits[1] = HEX[usize::from(byte & 15)];
            }
        }
        text
    }
}

pub(crate) const HEX: [u8; 16] = *b"0123456789abcdef";

pub(crate) type Uuid = [u8; 36];
