//! The durations of nearly all lines, in a few multiplications.

use std::hint::select_unpredictable;

/// Nanoseconds of a tenth of `1e-0N` seconds, by `N`; zero where a float is not printed like this or not exact.
const TENTHS: [u64; 16] = [0, 0, 0, 0, 0, 1000, 100, 10, 1, 0, 0, 0, 0, 0, 0, 0];

const ZEROS: u64 = 0x3030_3030_3030_3030;

/// Nanoseconds of the duration in the first `len` bytes of `text`, given which of those bytes are digits and which are points (bit 0
/// for the first byte). Nothing if its shape is not `d.d…` with one to eight decimals, `de-0N` or `d.de-0N`.
///
/// A third of all durations are in scientific notation, in no order that a branch predictor could learn: both forms are computed and one is
/// selected.
#[inline(always)]
pub(super) fn parse(text: &[u8; 16], len: usize, digits: u32, points: u32) -> Option<i64> {
    let whole = u64::from(text[0] ^ b'0');
    let decimals = word(text, 2) ^ ZEROS;
    let all = (1_u32 << (len & 15)) - 1;

    let kept = decimals & (u64::MAX >> ((80 - 8 * len) & 63));
    let decimal = whole * 1_000_000_000 + eight_digits(kept) * 10;

    let exponent = word(text, len.wrapping_sub(4) & 7) as u32;
    let is_scientific = exponent & 0x00FF_FFFF == u32::from_le_bytes(*b"e-0\0");
    let unit = TENTHS[(exponent >> 24) as usize & 15];
    let has_tenth = len == 7;
    let tenth = select_unpredictable(has_tenth, decimals & 0xFF, 0);
    let scientific = (whole * 10 + tenth) * unit;

    let digits_of_scientific = select_unpredictable(has_tenth, 0b110_0101, 0b1_1001);
    let expected_digits = select_unpredictable(is_scientific, digits_of_scientific, all ^ 0b10);
    let expected_points = select_unpredictable(is_scientific & !has_tenth, 0, 0b10);
    let fits = select_unpredictable(is_scientific, (len == 5 || has_tenth) & (unit > 0), (3..=10).contains(&len));
    let valid = (digits & all == expected_digits) & (points & all == expected_points) & fits;
    valid.then_some(select_unpredictable(is_scientific, scientific, decimal) as i64)
}

#[inline(always)]
fn word(text: &[u8; 16], at: usize) -> u64 {
    let mut bytes = [0; 8];
    bytes.copy_from_slice(&text[at..at + 8]);
    u64::from_le_bytes(bytes)
}

/// The number that eight digits (as values, the first in the lowest byte) make.
#[inline(always)]
fn eight_digits(digits: u64) -> u64 {
    const LOW: u64 = 0x0000_00FF_0000_00FF;
    let pairs = digits.wrapping_mul(10).wrapping_add(digits >> 8);
    let low = (pairs & LOW).wrapping_mul(100 + (1_000_000 << 32));
    let high = ((pairs >> 16) & LOW).wrapping_mul(1 + (10_000 << 32));
    low.wrapping_add(high) >> 32
}
