//! Finds the next occurrence of one of a few texts.

use memchr::memmem::Finder;

/// Texts that are looked for together.
pub(super) enum Needles<'a> {
    /// A short one, found by looking at every byte.
    Short(Box<Finder<'a>>),
    Long(Samples<'a>),
}

impl<'a> Needles<'a> {
    /// Tells whether a text is long enough to be looked for together with others.
    pub(super) fn is_long(text: &[u8]) -> bool {
        text.len() >= LONG
    }

    /// One text of any length, or several that are long.
    pub(super) fn new(texts: &[&'a [u8]]) -> Self {
        match texts {
            [short] if !Self::is_long(short) => Self::Short(Box::new(Finder::new(*short))),
            _ => Self::Long(Samples::new(texts)),
        }
    }

    /// Finds the first of them: the offset at which it begins.
    #[inline]
    pub(super) fn find(&self, bytes: &[u8]) -> Option<usize> {
        match self {
            Self::Short(finder) => finder.find(bytes),
            Self::Long(samples) => samples.find(bytes),
        }
    }
}

/// Shorter texts are the library's, which looks at 32 bytes at a time: their samples would be close together.
const LONG: usize = 16;
/// Bytes of a sample.
const GRAM: usize = 4;
/// Samples are not further apart than this, however long the texts are.
const FARTHEST: usize = 256;

/// Long texts, found by samples. A text of `m` bytes has `m` − 3 pieces of four bytes. Only every (`m` − 3)th piece of
/// the searched bytes therefore needs a look, and one bit tells whether it may be one of the text's.
///
/// For a UUID these are 4 of 33 bytes. A reading then takes as long as the log takes to come from memory: a tenth less
/// than a search of each byte for one text, and a second text costs nothing. (After S. Wu and U. Manber, "A fast
/// algorithm for multi-pattern searching", 1994.)
pub(super) struct Samples<'a> {
    texts: Vec<Finder<'a>>,
    /// The distance of samples: the pieces in the beginning of each text that is as long as the shortest one.
    stride: usize,
    /// The pieces that occur, a bit for each of their hashes.
    pieces: Box<[u64; HASHES / 64]>,
}

/// 8 KiB of bits, of which two UUIDs set one in a thousand.
const HASHES: usize = 1 << 16;
/// The number of bytes that may be looked at in vain.
const PATIENCE: usize = 4096;

impl<'a> Samples<'a> {
    fn new(texts: &[&'a [u8]]) -> Self {
        let shortest = texts.iter().map(|text| text.len()).min().unwrap_or(LONG);
        let stride = (shortest.saturating_sub(GRAM - 1)).clamp(1, FARTHEST);
        let finders = texts.iter().map(|text| Finder::new(*text)).collect();
        let mut samples = Self { texts: finders, stride, pieces: Box::new([0; HASHES / 64]) };
        for piece in texts.iter().flat_map(|text| text.windows(GRAM).take(stride)) {
            let hash = hash(piece);
            samples.pieces[hash / 64] |= 1 << (hash % 64);
        }
        samples
    }

    fn find(&self, bytes: &[u8]) -> Option<usize> {
        let mut at = self.stride - 1;
        let mut in_vain = 0;
        while let Some(sample) = self.next_sample(bytes, at) {
            // Earlier samples have found all that begin before.
            let begin = sample + 1 - self.stride;
            let found =
                self.first_of(|text| bytes[begin..].get(..self.stride - 1 + text.len()).unwrap_or(&bytes[begin..]));
            if found.is_some() {
                return found.map(|found| begin + found);
            }
            in_vain += self.texts.iter().map(|text| self.stride + text.needle().len()).sum::<usize>();
            if in_vain > sample + PATIENCE {
                // The log is full of such pieces.
                return self.find_each(bytes, begin);
            }
            at = sample + self.stride;
        }
        None
    }

    /// The next sample, from one on, that a text may have.
    #[inline]
    fn next_sample(&self, bytes: &[u8], mut at: usize) -> Option<usize> {
        /// Samples that are looked at with one branch.
        const TOGETHER: usize = 4;
        let (pieces, stride) = (&*self.pieces, self.stride);
        while let Some(samples) = bytes.get(at..at + (TOGETHER - 1) * stride + GRAM) {
            if (0..TOGETHER).fold(false, |any, nth| any | may_be(pieces, samples, nth * stride)) {
                break;
            }
            at += TOGETHER * stride;
        }
        let rest = (at..(bytes.len() + 1).saturating_sub(GRAM)).step_by(stride);
        rest.into_iter().find(|at| may_be(pieces, bytes, *at))
    }

    /// The place of the first of the texts, each looked for in some of the bytes.
    fn first_of<'b>(&self, bytes_for: impl Fn(&[u8]) -> &'b [u8]) -> Option<usize> {
        self.texts.iter().filter_map(|text| text.find(bytes_for(text.needle()))).min()
    }

    /// The same as `find` with a look at each byte from `begin` on, piece by piece, so that a text that is far away is
    /// not looked for again and again.
    #[cold]
    fn find_each(&self, bytes: &[u8], begin: usize) -> Option<usize> {
        let longest = self.texts.iter().map(|text| text.needle().len()).max().unwrap_or(0);
        let piece = longest.max(PATIENCE);
        (begin..bytes.len()).step_by(piece).find_map(|begin| {
            let found = self.first_of(|text| bytes[begin..].get(..piece - 1 + text.len()).unwrap_or(&bytes[begin..]));
            found.map(|found| begin + found)
        })
    }
}

/// Tells whether the sample at a place may be one of the `pieces`.
#[inline(always)]
fn may_be(pieces: &[u64; HASHES / 64], bytes: &[u8], at: usize) -> bool {
    let hash = hash(&bytes[at..at + GRAM]);
    pieces[hash / 64 % (HASHES / 64)] >> (hash % 64) & 1 == 1
}

#[inline(always)]
fn hash(piece: &[u8]) -> usize {
    let mut bytes = [0; GRAM];
    bytes.copy_from_slice(piece);
    (u32::from_le_bytes(bytes).wrapping_mul(0x9E37_79B1) >> (u32::BITS - HASHES.ilog2())) as usize
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Texts of few letters: much is nearly the same as something else.
    fn text(len: impl Into<prop::collection::SizeRange>) -> impl Strategy<Value = Vec<u8>> {
        prop::collection::vec(prop_oneof![6 => Just(b'a'), 1 => Just(b'b')], len)
    }

    proptest! {
        #[test]
        fn the_first_of_the_texts_is_found(bytes in text(0..400), one in text(1..40), other in text(16..60), at in 0_usize..400, filling in prop_oneof![Just(0), 0_usize..20_000]) {
            // So long, at times, that it is of no use to look at samples any more.
            let mut bytes = [vec![b'a'; filling], bytes].concat();
            // Often it is there.
            let at = (at + filling).min(bytes.len());
            bytes.splice(at..at, one.iter().copied());
            let naive = |texts: &[&[u8]]| (0..bytes.len()).find(|at| texts.iter().any(|text| bytes[*at..].starts_with(text)));
            prop_assert_eq!(Needles::new(&[&one]).find(&bytes), naive(&[&one]));
            prop_assert_eq!(Needles::new(&[&other]).find(&bytes), naive(&[&other]));
            if Needles::is_long(&one) {
                prop_assert_eq!(Needles::new(&[&one, &other]).find(&bytes), naive(&[&one, &other]));
            }
        }
    }

    #[test]
    fn texts_of_pieces_that_are_everywhere_take_no_quadratic_time() {
        let bytes = vec![b'a'; 4 << 20];
        let [one, other] = [30_000, 65_536].map(|len| [vec![b'a'; len], vec![b'b']].concat());
        assert_eq!(Needles::new(&[&one, &other]).find(&bytes), None);
        assert_eq!(Needles::new(&[&other]).find(&bytes), None);
    }
}
