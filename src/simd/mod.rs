//! Operations of a processor: compare, fetch ahead. No log format is known here.
//!
//! Work that is worth it is a [`Kernel`], compiled anew for each [`Cpu`]; [`dispatch`] runs it on the best that this
//! processor has.

#[cfg(target_arch = "x86_64")]
pub(crate) mod avx2;
mod portable;

#[cfg(target_arch = "x86_64")]
pub(crate) use avx2::Avx2;

/// Bytes that are compared at once.
pub(crate) const WIDE: usize = 64;

/// Proof that this processor has AVX2, which no other architecture can give.
#[cfg(not(target_arch = "x86_64"))]
#[derive(Debug, Clone, Copy)]
pub(crate) enum Avx2 {}

/// A processor. Each implementation gives exactly the same results; they differ in speed.
pub(crate) trait Cpu: Copy {
    /// Gives proof of AVX2, for code that has a version of its own for it. The answer is known when the kernel is
    /// compiled.
    fn avx2(self) -> Option<Avx2>;

    /// Asks for the cache line that holds the element at `at`, which will be needed soon, if there is one.
    fn prefetch<T>(self, slice: &[T], at: usize);

    /// Says whether the first `len` bytes of both are the same.
    fn same(self, a: &[u8; WIDE], b: &[u8; WIDE], len: usize) -> bool;
}

/// Work that is compiled anew for each [`Cpu`].
pub(crate) trait Kernel {
    /// Does the work. To be inlined always: only inlined code is compiled for the processor at hand.
    fn run<C: Cpu>(self, cpu: C);
}

/// Runs `kernel` on the best that this processor has.
pub(crate) fn dispatch(kernel: impl Kernel) {
    #[cfg(target_arch = "x86_64")]
    if let Some(avx2) = Avx2::detect() {
        return avx2.run(kernel);
    }
    dispatch_portable(kernel);
}

/// Runs `kernel` as on a processor that has nothing special.
pub(crate) fn dispatch_portable(kernel: impl Kernel) {
    kernel.run(portable::Portable);
}
