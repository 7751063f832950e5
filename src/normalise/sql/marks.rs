//! The places of a statement that need more than a copy in small letters, found 16 bytes at a time.

use wide::u8x16;

/// Bytes that are marked at once.
pub(super) const BLOCK: usize = 16;

/// The marks of a block, a bit for each byte, and the block in small letters.
#[derive(Debug, Clone, Copy)]
pub(super) struct Marks {
    /// The block, its ASCII letters small.
    pub(super) small: [u8; BLOCK],
    /// Bytes that are a part of words.
    pub(super) words: u32,
    digits: u32,
    blanks: u32,
    /// Bytes that need a look wherever they are.
    always: u32,
}

impl Marks {
    #[inline(always)]
    pub(super) fn of(block: [u8; BLOCK]) -> Self {
        let bytes = u8x16::new(block);
        let equals = |byte: u8| bytes.simd_eq(u8x16::splat(byte));
        let up_to = |bytes: u8x16, most: u8| bytes.min(u8x16::splat(most)).simd_eq(bytes);
        let from = |first: u8, last: u8| up_to(bytes - u8x16::splat(first), last - first);

        let capitals = from(b'A', b'Z');
        let small = bytes | (capitals & u8x16::splat(0x20));
        let digits = from(b'0', b'9');
        let letters = up_to(small - u8x16::splat(b'a'), b'z' - b'a');
        let words = letters | digits | equals(b'_') | equals(b'$');
        // From `"` to `'` are `"#$%&'`; from the tab to the carriage return are blanks other than the usual one.
        let always = from(b'"', b'\'') | equals(b')') | equals(b':') | equals(b'?') | equals(b'`') | from(b'\t', b'\r');
        // Of a comment that begins with the last byte, the second one is in the next block.
        let followed = |first: u32, second: u32| first & (second >> 1 | 1 << (BLOCK - 1));
        let (hyphens, slashes) = (equals(b'-').to_bitmask(), equals(b'/').to_bitmask());
        let comments = followed(hyphens, hyphens) | followed(slashes, equals(b'*').to_bitmask());
        Self {
            small: small.to_array(),
            // The highest bits are those of bytes that are no ASCII.
            words: words.to_bitmask() | bytes.to_bitmask(),
            digits: digits.to_bitmask(),
            blanks: equals(b' ').to_bitmask(),
            always: always.to_bitmask() | comments,
        }
    }

    /// Gives the places that need a look: those that always do, digits at the beginning of a word, and blanks after a
    /// blank. The arguments tell of the byte before the block.
    #[inline(always)]
    pub(super) fn places(&self, is_in_word: bool, is_after_blank: bool) -> u32 {
        let before = |marks: u32, first: bool| marks << 1 | u32::from(first);
        self.always | self.digits & !before(self.words, is_in_word) | self.blanks & before(self.blanks, is_after_blank)
    }
}

#[cfg(test)]
mod tests {
    use super::super::measure::{is_blank, is_of_word};
    use super::*;

    #[test]
    fn each_byte_has_its_marks_at_each_place() {
        for byte in 0..=u8::MAX {
            for at in 0..BLOCK {
                let mut block = [b'x'; BLOCK];
                block[at] = byte;
                let marks = Marks::of(block);
                let bit = |bits: u32| bits >> at & 1 == 1;
                assert_eq!(bit(marks.words), is_of_word(byte), "{byte:#x}");
                assert_eq!(marks.small[at], byte.to_ascii_lowercase(), "{byte:#x}");
                let is_last = at == BLOCK - 1;
                let always = b"\"#$%&'):?`".contains(&byte)
                    || (is_blank(byte) && byte != b' ')
                    || (is_last && b"-/".contains(&byte));
                assert_eq!(bit(marks.places(true, false)), always, "{byte:#x} at {at}");
                let at_begin = always || (at == 0 && (byte.is_ascii_digit() || byte == b' '));
                assert_eq!(bit(marks.places(false, true)), at_begin, "{byte:#x} at {at}");
            }
        }
    }

    #[test]
    fn comments_begin_with_two_bytes() {
        let places = |block: &[u8; BLOCK]| Marks::of(*block).places(false, false);
        assert_eq!(places(b"a-b --c /*d*/ e/"), 1 << 4 | 1 << 8 | 1 << 15);
        assert_eq!(places(b"a /b *c - -d */-"), 1 << 15);
    }
}
