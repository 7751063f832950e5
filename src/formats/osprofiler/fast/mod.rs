//! The fast path: the record that nearly every line of a genuine log is, recognised at fixed places.
//!
//! ```text
//! 0                          27       27+d  28+d          65+d          102+d         139+d
//! 2026-11-23T06:18:28.800913 3.015157 uuid  uuid          uuid          name-stop
//! ```
//!
//! Three UUIDs, six digits of fraction, a duration of at most eleven characters and a name that ends within the window. What is recognised is
//! a record by the whole grammar, bytes, ids and all (the tests hold it against [`parse`](super::parse)); of everything else the fast
//! path says nothing. It reads a line of 180 bytes in 15 vector loads and five words.

#[cfg(target_arch = "x86_64")]
mod avx2;
mod portable;
mod shape;

/// How many bytes from the beginning of a line the fast path looks at. A line that is nearer to the end of its text is for the slow one.
pub(crate) const WINDOW: usize = 320;

/// How much of a line's end, from the name on, can be compared at once. Too little for another head and its ids to lie in it.
pub(crate) const TAIL: usize = 64;

/// Where the duration begins, or the blanks in its place.
const DURATION: usize = 27;
/// Length of the blanks in the place of a duration.
const NO_DURATION: usize = 8;

/// Three UUIDs with a blank behind each.
pub(crate) const IDS: usize = 3 * 37;
/// The shortest tail of a start record: a name of one byte.
const NAMED_START: usize = 1 + b"-start".len();
/// The shortest possible place of a line feed: the shortest duration, `0.0`, and no name at all.
const SHORTEST: usize = DURATION + 3 + 1 + IDS;

/// The minute of a timestamp, `YYYY-MM-DDTHH:MM`.
pub(crate) type Minute = [u8; 16];

/// A line that the fast path recognised.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Standard {
    /// Length of the line without its line feed.
    pub(crate) len: u32,
    /// Where the base id begins; the other ids and the name follow.
    pub(crate) ids: u32,
    /// A start record, whole. If not, a stop record, of which the duration and what stands behind the ids are still to be looked at.
    pub(crate) is_start: bool,
}

/// What the fast path asks of a processor. Each implementation says exactly the same; they differ in speed.
pub(crate) trait Isa: Copy {
    /// What stands at the beginning of `window`, if it is a standard line of a minute that is known to exist. There is no branch in it between
    /// start and stop records, which come in no order that a processor could foresee.
    fn recognise(self, window: &[u8; WINDOW], minute: &Minute) -> Option<Standard>;

    /// The duration in nanoseconds of a stop record whose ids begin at `ids`, if it has the usual shape.
    fn duration(self, window: &[u8; WINDOW], ids: usize) -> Option<u64>;

    /// Asks for the cache line that holds the element at `at`, which will be needed soon, if there is one.
    fn prefetch<T>(self, slice: &[T], at: usize);

    /// Whether the first `len` bytes of both are the same.
    fn same(self, a: &[u8; TAIL], b: &[u8; TAIL], len: usize) -> bool;
}

/// Work that is compiled anew for each [`Isa`].
pub(crate) trait Kernel {
    /// Does it. To be inlined always: only what is inlined is compiled for the processor at hand.
    fn run<I: Isa>(self, isa: I);
}

/// Runs `kernel` on the best that this processor has.
pub(crate) fn dispatch(kernel: impl Kernel) {
    #[cfg(target_arch = "x86_64")]
    if let Some(avx2) = avx2::Avx2::detect() {
        return avx2.run(kernel);
    }
    dispatch_portable(kernel);
}

/// Runs `kernel` as on a processor that has nothing special.
pub(crate) fn dispatch_portable(kernel: impl Kernel) {
    kernel.run(portable::Portable);
}
