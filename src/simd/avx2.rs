//! Processors with AVX2.

#![allow(unsafe_code)]

use std::arch::x86_64::{
    __m128i, __m256i, _MM_HINT_T0, _mm_movemask_epi8, _mm_prefetch, _mm256_cmpeq_epi8, _mm256_movemask_epi8,
};

use super::{Cpu, Kernel, WIDE};

/// Proof that this processor has AVX2, and BMI1, BMI2, LZCNT and POPCNT, which came with it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Avx2(());

impl Avx2 {
    /// Gives the proof, where there is one.
    pub(super) fn detect() -> Option<Self> {
        let has_all = is_x86_feature_detected!("avx2")
            && is_x86_feature_detected!("bmi1")
            && is_x86_feature_detected!("bmi2")
            && is_x86_feature_detected!("lzcnt")
            && is_x86_feature_detected!("popcnt");
        has_all.then_some(Self(()))
    }

    /// Runs `kernel` as code for AVX2, with all that is inlined into it.
    pub(super) fn run(self, kernel: impl Kernel) {
        #[target_feature(enable = "avx2,bmi1,bmi2,lzcnt,popcnt")]
        fn with_avx2(kernel: impl Kernel, avx2: Avx2) {
            kernel.run(avx2);
        }
        // SAFETY: `self` exists only where `detect` found all of these features.
        unsafe { with_avx2(kernel, self) }
    }
}

impl Cpu for Avx2 {
    #[inline(always)]
    fn avx2(self) -> Option<Self> {
        Some(self)
    }

    #[inline(always)]
    fn prefetch<T>(self, slice: &[T], at: usize) {
        // SAFETY: a hint, which reads nothing as far as the program can tell, whatever the address; SSE is a part of
        // x86-64.
        unsafe { _mm_prefetch::<_MM_HINT_T0>(slice.as_ptr().wrapping_add(at).cast()) }
    }

    #[inline(always)]
    fn same(self, a: &[u8; WIDE], b: &[u8; WIDE], len: usize) -> bool {
        // SAFETY: `self` exists only where `detect` found all of these features.
        unsafe { same(a, b, len) }
    }
}

#[target_feature(enable = "avx2,bmi1,bmi2,lzcnt,popcnt")]
#[inline]
fn same(a: &[u8; WIDE], b: &[u8; WIDE], len: usize) -> bool {
    let equal = |at| u64::from(mask32(_mm256_cmpeq_epi8(load32(a, at), load32(b, at))));
    let equal = equal(0) | equal(32) << 32;
    let wanted = u64::MAX >> ((WIDE - len) & 63);
    equal & wanted == wanted
}

#[inline(always)]
pub(crate) fn load16(bytes: &[u8], at: usize) -> __m128i {
    let mut array = [0_u8; 16];
    array.copy_from_slice(&bytes[at..at + 16]);
    bytemuck::cast(array)
}

#[inline(always)]
pub(crate) fn load32(bytes: &[u8], at: usize) -> __m256i {
    let mut array = [0_u8; 32];
    array.copy_from_slice(&bytes[at..at + 32]);
    bytemuck::cast(array)
}

#[target_feature(enable = "avx2")]
#[inline]
pub(crate) fn mask16(bytes: __m128i) -> u32 {
    _mm_movemask_epi8(bytes) as u32
}

#[target_feature(enable = "avx2")]
#[inline]
pub(crate) fn mask32(bytes: __m256i) -> u32 {
    _mm256_movemask_epi8(bytes) as u32
}
