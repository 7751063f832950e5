//! The places of a line's stop bytes, all found at once.
//!
//! A gap ends at the next stop byte, which is a bit of a mask. A search from gap to gap has to wait for the end of the
//! one before: with it, a report of an access log takes 5 % more processor time.

use wide::u8x16;

/// The most stop bytes of a format that have masks.
pub(super) const MAX_STOPS: usize = 4;
const BLOCK: usize = u64::BITS as usize;
const BLOCKS: usize = 16;
/// The length of the longest line that has masks.
pub(super) const MARKED_LEN: usize = BLOCK * BLOCKS;

/// A mask of a line for each stop byte. Bits behind the end of the line are zero up to a whole block.
#[derive(Debug, Default)]
pub(super) struct Marks {
    blocks: usize,
    masks: [[u64; BLOCKS]; MAX_STOPS],
}

impl Marks {
    /// Marks the `stops` in a line, none if the line is too long.
    #[inline]
    pub(super) fn mark(&mut self, line: &[u8], stops: &[u8]) {
        self.blocks = 0;
        if line.len() > MARKED_LEN {
            return;
        }
        let (blocks, rest) = line.as_chunks::<BLOCK>();
        // The line's last bytes, of which some are in the blocks already, or a short line after zeros.
        let unwanted = BLOCK - rest.len();
        let mut short = [0; BLOCK];
        let last = line.last_chunk().unwrap_or_else(|| {
            short[unwanted..].copy_from_slice(rest);
            &short
        });
        for (stop, masks) in stops.iter().zip(&mut self.masks) {
            let stop = u8x16::splat(*stop);
            for (block, mask) in blocks.iter().zip(masks.iter_mut()) {
                *mask = mask_of(block, stop);
            }
            if let Some(mask) = masks.get_mut(blocks.len()) {
                *mask = mask_of(last, stop).checked_shr(unwanted as u32).unwrap_or(0);
            }
        }
        self.blocks = line.len().div_ceil(BLOCK);
    }

    /// Finds a stop byte, by its number, from `at` on.
    #[inline]
    pub(super) fn find(&self, stop: u8, at: usize) -> Option<usize> {
        let masks = &self.masks[usize::from(stop) % MAX_STOPS];
        self.search(at, |block| masks[block])
    }

    /// Finds either of two stop bytes from `at` on.
    #[inline]
    pub(super) fn find_either(&self, one: u8, other: u8, at: usize) -> Option<usize> {
        let (one, other) = (&self.masks[usize::from(one) % MAX_STOPS], &self.masks[usize::from(other) % MAX_STOPS]);
        self.search(at, |block| one[block] | other[block])
    }

    #[inline]
    fn search(&self, at: usize, mask: impl Fn(usize) -> u64) -> Option<usize> {
        let mut wanted = u64::MAX << (at % BLOCK);
        for block in at / BLOCK..self.blocks.min(BLOCKS) {
            let found = mask(block) & wanted;
            if found != 0 {
                return Some(block * BLOCK + found.trailing_zeros() as usize);
            }
            wanted = u64::MAX;
        }
        None
    }
}

/// Gives the bits of the bytes that are those of `stop`.
#[inline]
fn mask_of(block: &[u8; BLOCK], stop: u8x16) -> u64 {
    let (chunks, _) = block.as_chunks::<16>();
    let bits = |nth: usize| u64::from(u8x16::new(chunks[nth]).simd_eq(stop).to_bitmask());
    bits(0) | bits(1) << 16 | bits(2) << 32 | bits(3) << 48
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn places_are_those_of_a_search(
            line in prop::collection::vec(prop::sample::select(b"ab\"\0 ".to_vec()), 0..MARKED_LEN + 2),
            quiet in 0..MARKED_LEN,
            from in 0..MARKED_LEN + 2,
        ) {
            let mut line = line;
            line.iter_mut().take(quiet).for_each(|byte| *byte = b'x');
            let mut marks = Marks::default();
            // What an earlier line has left does not count.
            marks.mark(&[b' '; MARKED_LEN], b" \"\0");
            marks.mark(&line, b" \"\0");
            let naive = |stops: &[u8]| {
                let found = (from..line.len()).find(|at| stops.contains(&line[*at]));
                found.filter(|_| line.len() <= MARKED_LEN)
            };
            for (number, stop) in [b' ', b'"', 0].into_iter().zip(0..).map(|(stop, number)| (number, stop)) {
                prop_assert_eq!(marks.find(number, from), naive(&[stop]));
            }
            prop_assert_eq!(marks.find_either(0, 1, from), naive(b" \""));
        }
    }
}
