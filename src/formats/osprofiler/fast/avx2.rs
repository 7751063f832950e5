//! The fast path for processors with AVX2: every byte of the head and the ids is checked, in vectors of 32.

#![allow(unsafe_code)]

use std::arch::x86_64::{
    __m256i, _mm_cmpeq_epi8, _mm_cvtsi128_si32, _mm_madd_epi16, _mm_maddubs_epi16, _mm_min_epu8, _mm_packus_epi32,
    _mm_set1_epi8, _mm_set1_epi16, _mm_set1_epi32, _mm_shuffle_epi8, _mm_sub_epi8, _mm_testz_si128, _mm_xor_si128,
    _mm256_and_si256, _mm256_cmpeq_epi8, _mm256_min_epu8, _mm256_set1_epi8, _mm256_setzero_si256, _mm256_shuffle_epi8,
    _mm256_srli_epi16,
};

use super::{DURATION, IDS, Minute, NAMED_START, NO_DURATION, SHORTEST, Standard, WINDOW, shape::Shape};
use crate::record::TAIL;
use crate::simd::Avx2;
use crate::simd::avx2::{load16, load32, mask16, mask32};

/// The version of [`recognise`](super::recognise) for AVX2.
#[inline(always)]
pub(super) fn recognise(_: Avx2, window: &[u8; WINDOW], minute: &Minute) -> Option<Standard> {
    // SAFETY: the argument exists only where the processor has all of these features.
    unsafe { recognise_with(window, minute) }
}

/// The version of [`duration`](super::duration) for AVX2.
#[inline(always)]
pub(super) fn duration(_: Avx2, window: &[u8; WINDOW], ids: usize) -> Option<u64> {
    // SAFETY: the argument exists only where the processor has all of these features.
    unsafe { duration_with(window, ids) }
}

#[target_feature(enable = "avx2,bmi1,bmi2,lzcnt,popcnt")]
#[inline]
fn recognise_with(window: &[u8; WINDOW], minute: &Minute) -> Option<Standard> {
    let len = find_line_feed(window)?;
    let head = load16(window, DURATION);
    let blanks = mask16(_mm_cmpeq_epi8(head, _mm_set1_epi8(b' ' as i8)));
    let feeds = mask16(_mm_cmpeq_epi8(head, _mm_set1_epi8(b'\n' as i8)));
    let is_start = blanks & 1 == 1;
    // Without the first blank of a start record, the others end where its eight blanks end.
    let duration = if is_start { NO_DURATION as u32 } else { blanks.trailing_zeros() & 15 };
    let blanks_missing = !blanks & if is_start { 0x1FF } else { 0 };
    // The line feeds up to the first blank. Where there is none, bit 16 says so.
    let feeds_before = (feeds | 1 << 16) & (blanks ^ blanks.wrapping_sub(1));
    let ids = DURATION as u32 + 1 + duration;
    let tail = (len as u32).wrapping_sub(ids + IDS as u32);
    let tail_is_fit = tail.wrapping_sub(NAMED_START as u32) <= (TAIL - 1 - NAMED_START) as u32;
    let fits = tail_is_fit & (!is_start || ends_in_start(window, len));
    let uuids = window.get(ids as usize..)?.first_chunk()?;
    let is_standard = ((blanks_missing | feeds_before) == 0) & fits & is_timestamp(window, minute) & are_ids(uuids);
    is_standard.then_some(Standard { len: len as u32, ids, is_start })
}

#[target_feature(enable = "avx2,bmi1,bmi2,lzcnt,popcnt")]
#[inline]
fn duration_with(window: &[u8; WINDOW], ids: usize) -> Option<u64> {
    let text = load16(window, DURATION);
    let shape = Shape::of(window, ids - DURATION - 1);
    let above = _mm_sub_epi8(text, bytemuck::cast(shape.lowest));
    let outside = _mm_xor_si128(_mm_min_epu8(above, bytemuck::cast(shape.spread)), above);
    // Moves digits to the places of eight, then adds up pairs, fours and all of them, the first of two times 10, 100
    // and 10,000.
    let values = _mm_sub_epi8(text, _mm_set1_epi8(b'0' as i8));
    let placed = _mm_shuffle_epi8(values, bytemuck::cast(shape.digits));
    let pairs = _mm_maddubs_epi16(placed, _mm_set1_epi16(0x010A));
    let fours = _mm_madd_epi16(pairs, _mm_set1_epi32(0x0001_0064));
    let packed = _mm_packus_epi32(fours, fours);
    let micros = _mm_cvtsi128_si32(_mm_madd_epi16(packed, _mm_set1_epi32(0x0001_2710)));
    (_mm_testz_si128(outside, outside) == 1).then_some(u64::from(micros as u32) * 1000)
}

/// Finds the first line feed from the shortest possible line on. A line feed before that fails the other checks: it is
/// neither a digit nor a part of an id.
#[target_feature(enable = "avx2,bmi1,bmi2,lzcnt,popcnt")]
#[inline]
fn find_line_feed(window: &[u8; WINDOW]) -> Option<usize> {
    let feeds = |at| u64::from(mask32(_mm256_cmpeq_epi8(load32(window, at), _mm256_set1_epi8(b'\n' as i8))));
    let mut at = SHORTEST;
    while at + 64 <= WINDOW {
        let found = feeds(at) | feeds(at + 32) << 32;
        if found != 0 {
            return Some(at + found.trailing_zeros() as usize);
        }
        at += 64;
    }
    None
}

/// Checks `YYYY-MM-DDTHH:MM` of the known minute, and `:SS.ffffff ` after it.
#[target_feature(enable = "avx2,bmi1,bmi2,lzcnt,popcnt")]
#[inline]
fn is_timestamp(window: &[u8; WINDOW], minute: &Minute) -> bool {
    const LOWEST: [u8; 16] = *b":00.000000 \0\0\0\0\0";
    const SPREAD: [u8; 16] = [0, 5, 9, 0, 9, 9, 9, 9, 9, 9, 0, 255, 255, 255, 255, 255];
    let known = _mm_cmpeq_epi8(load16(window, 0), bytemuck::cast(*minute));
    let above = _mm_sub_epi8(load16(window, 16), bytemuck::cast(LOWEST));
    let within = _mm_cmpeq_epi8(_mm_min_epu8(above, bytemuck::cast(SPREAD)), above);
    mask16(known) & mask16(within) == 0xFFFF
}

const DIGIT: u8 = 1;
const LETTER: u8 = 2;
const HYPHEN: u8 = 4;
const BLANK: u8 = 8;

/// The kinds of characters that have this low half. Together with [`HIGH`] it tells the kind of any byte: two look-ups
/// by half a byte each.
const LOW: [u8; 16] = {
    let mut kinds = [0; 16];
    let mut low = 0;
    while low < 16 {
        kinds[low] = if low < 10 { DIGIT } else { 0 } | if low >= 1 && low <= 6 { LETTER } else { 0 };
        low += 1;
    }
    kinds[(b' ' & 15) as usize] |= BLANK;
    kinds[(b'-' & 15) as usize] |= HYPHEN;
    kinds
};

/// The kinds of characters that have this high half: digits `3_`, letters `4_` and `6_`, hyphen and blank `2_`.
const HIGH: [u8; 16] = {
    let mut kinds = [0; 16];
    kinds[3] = DIGIT;
    kinds[4] = LETTER;
    kinds[6] = LETTER;
    kinds[2] = HYPHEN | BLANK;
    kinds
};

/// The kinds that may stand at each place of the ids.
const EXPECTED: [u8; IDS] = {
    let mut kinds = [DIGIT | LETTER; IDS];
    let mut id = 0;
    while id < 3 {
        kinds[id * 37 + 8] = HYPHEN;
        kinds[id * 37 + 13] = HYPHEN;
        kinds[id * 37 + 18] = HYPHEN;
        kinds[id * 37 + 23] = HYPHEN;
        kinds[id * 37 + 36] = BLANK;
        id += 1;
    }
    kinds
};

/// Checks three UUIDs with a blank after each.
#[target_feature(enable = "avx2,bmi1,bmi2,lzcnt,popcnt")]
#[inline]
fn are_ids(uuids: &[u8; IDS]) -> bool {
    let low: __m256i = bytemuck::cast([LOW, LOW]);
    let high: __m256i = bytemuck::cast([HIGH, HIGH]);
    let unexpected = |offset| {
        let bytes = load32(uuids, offset);
        let halves = _mm256_and_si256(_mm256_srli_epi16::<4>(bytes), _mm256_set1_epi8(15));
        let kinds = _mm256_and_si256(_mm256_shuffle_epi8(low, bytes), _mm256_shuffle_epi8(high, halves));
        _mm256_and_si256(kinds, load32(&EXPECTED, offset))
    };
    let least = _mm256_min_epu8(
        _mm256_min_epu8(unexpected(0), unexpected(32)),
        _mm256_min_epu8(unexpected(64), unexpected(IDS - 32)),
    );
    mask32(_mm256_cmpeq_epi8(least, _mm256_setzero_si256())) == 0
}

#[inline(always)]
fn ends_in_start(window: &[u8; WINDOW], len: usize) -> bool {
    let mut last = [0; 8];
    last.copy_from_slice(&window[len - 8..len]);
    u64::from_le_bytes(last) >> 16 == u64::from_le_bytes(*b"-start\0\0")
}
