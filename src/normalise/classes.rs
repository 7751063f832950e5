//! Classes of the bytes of a path: byte by byte from a table, and as bit masks of up to 63 bytes.

use wide::u8x16;

/// `0` to `9`.
pub(super) const DIGIT: u8 = 1;
/// `a` to `f` and `A` to `F`.
pub(super) const HEX_LETTER: u8 = 2;
/// `-`.
pub(super) const HYPHEN: u8 = 4;
/// Any other byte of a piece.
pub(super) const OTHER: u8 = 8;
/// `/` and `.`, which stand between pieces.
pub(super) const SEPARATOR: u8 = 16;
/// `?` and `#`, before which a path ends.
pub(super) const END: u8 = 32;

/// The class of each byte, one bit. The bits of a piece's bytes, taken together, tell what it consists of.
pub(super) const CLASSES: [u8; 256] = {
    let mut classes = [OTHER; 256];
    let mut byte = 0;
    while byte < classes.len() {
        classes[byte] = match byte as u8 {
            b'0'..=b'9' => DIGIT,
            b'a'..=b'f' | b'A'..=b'F' => HEX_LETTER,
            b'-' => HYPHEN,
            b'/' | b'.' => SEPARATOR,
            b'?' | b'#' => END,
            _ => OTHER,
        };
        byte += 1;
    }
    classes
};

/// The classes of a text's first bytes, a bit for each byte. Bits past the end of the text are zero.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Masks {
    /// Digits.
    pub(super) digits: u64,
    /// Digits, hex letters and hyphens.
    pub(super) ids: u64,
    /// Separators.
    pub(super) separators: u64,
    /// Ends.
    pub(super) ends: u64,
}

impl Masks {
    /// Number of bytes that have masks: one less than bits, so that the place after the last byte has a bit, too.
    pub(super) const LEN: usize = 63;

    /// Makes the masks of the first [`Self::LEN`] bytes, or of all where there are fewer.
    #[inline]
    pub(super) fn of(text: &[u8]) -> Self {
        let text = &text[..text.len().min(Self::LEN)];
        let mut masks = Self::default();
        let Some(last) = text.last_chunk() else {
            masks.add(padded(text), 0);
            return masks;
        };
        for (nth, chunk) in text.as_chunks().0.iter().enumerate() {
            masks.add(*chunk, nth * 16);
        }
        // Some of its bytes are in the chunk before it, too, and set the same bits again.
        masks.add(*last, text.len() - 16);
        masks
    }

    /// Adds the classes of 16 bytes, the first of which is the text's byte `at`.
    #[inline]
    fn add(&mut self, bytes: [u8; 16], at: usize) {
        let bytes = u8x16::new(bytes);
        let equals = |bytes: u8x16, byte| bytes.simd_eq(u8x16::splat(byte));
        let up_to = |bytes: u8x16, most| bytes.min(u8x16::splat(most)).simd_eq(bytes);
        let bits = |matches: u8x16| u64::from(matches.to_bitmask()) << at;

        let digits = up_to(bytes - u8x16::splat(b'0'), 9);
        let small = bytes | u8x16::splat(0x20);
        let letters = up_to(small - u8x16::splat(b'a'), 5);
        self.digits |= bits(digits);
        self.ids |= bits(digits | letters | equals(bytes, b'-'));
        // `.` is 0x2E, `/` 0x2F.
        self.separators |= bits(equals(bytes | u8x16::splat(1), b'/'));
        self.ends |= bits(equals(bytes, b'?') | equals(bytes, b'#'));
    }
}

/// Copies fewer than 16 bytes, and zeros after them. They are put together of two reads that overlap: a copy of any
/// length is a call, which costs more.
#[inline]
pub(super) fn padded(text: &[u8]) -> [u8; 16] {
    let shift = |reads: usize| 8 * (text.len() - reads);
    let value = if let (Some(first), Some(last)) = (text.first_chunk::<8>(), text.last_chunk::<8>()) {
        u128::from(u64::from_le_bytes(*first)) | u128::from(u64::from_le_bytes(*last)) << shift(8)
    } else if let (Some(first), Some(last)) = (text.first_chunk::<4>(), text.last_chunk::<4>()) {
        u128::from(u64::from(u32::from_le_bytes(*first)) | u64::from(u32::from_le_bytes(*last)) << shift(4))
    } else {
        text.iter().rev().fold(0, |value, byte| value << 8 | u128::from(*byte))
    };
    value.to_le_bytes()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Makes the masks by the table, byte by byte.
    fn naive_masks(text: &[u8]) -> Masks {
        let mask = |wanted: u8| {
            let bits = (0..Masks::LEN).zip(text).filter(|(_, byte)| CLASSES[usize::from(**byte)] & wanted != 0);
            bits.map(|(at, _)| 1_u64 << at).sum()
        };
        Masks {
            digits: mask(DIGIT),
            ids: mask(DIGIT | HEX_LETTER | HYPHEN),
            separators: mask(SEPARATOR),
            ends: mask(END),
        }
    }

    #[test]
    fn each_byte_has_its_class_at_each_place() {
        for byte in 0..=u8::MAX {
            for len in 0..=Masks::LEN + 2 {
                let text = vec![byte; len];
                assert_eq!(Masks::of(&text), naive_masks(&text), "{len} times {byte:#x}");
            }
        }
    }

    proptest! {
        #[test]
        fn masks_are_those_of_the_table(text in prop::collection::vec(any::<u8>(), 0..100)) {
            prop_assert_eq!(Masks::of(&text), naive_masks(&text));
        }
    }
}
