//! Histograms of durations: the cells of HdrHistogram with two significant digits, kept small.
//!
//! A duration falls into the cell that HdrHistogram (lowest value 1, two significant digits) has for its nanoseconds: below 256 ns a cell each, above
//! that 128 cells for each doubling. Recording is done here, where it costs two loads and an addition; the
//! `hdrhistogram` crate answers for the quantiles.

use hdrhistogram::Histogram as Hdr;

/// How far a percentile can be from the truth, as a share of it: half of two significant digits' 1 in 128.
pub const RELATIVE_ERROR: f64 = 1.0 / 128.0;

const SIGNIFICANT_DIGITS: u8 = 2;
/// log2 of the cells in the linear part.
const LINEAR_BITS: u32 = 8;
/// Cells of one doubling.
pub(super) const PAGE_LEN: usize = 1 << (LINEAR_BITS - 1);
/// Two pages for the linear part and one for each doubling up to 63 bits make 57; a power of two saves a division for each span.
pub(super) const PAGES: usize = 64;
/// Cells that a duration of 63 bits can fall into.
pub(crate) const CELLS: usize = 57 * PAGE_LEN;

/// The cell of a duration in nanoseconds. (HdrHistogram has no place for what is below zero; it counts as zero.)
#[inline]
pub(crate) fn cell_of(ns: u64) -> usize {
    let doublings = (ns | (2 * PAGE_LEN as u64 - 1)).ilog2() - (LINEAR_BITS - 1);
    (doublings as usize) * PAGE_LEN + (ns >> doublings) as usize
}

/// The cell of a duration of either sign.
pub(crate) fn cell(ns: i64) -> usize {
    cell_of(ns.max(0).unsigned_abs())
}

/// The smallest duration of a cell, in nanoseconds.
pub(crate) fn floor_of(cell: usize) -> u64 {
    let doublings = (cell / PAGE_LEN).saturating_sub(1);
    ((cell - doublings * PAGE_LEN) as u64) << doublings
}

/// How many durations fell into which cell: pairs of cell and count, by cell, without empty ones.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Histogram {
    cells: Vec<(u16, u64)>,
}

/// Its cells, as [`crate::diff::cell_of`] numbers them, and their counts.
impl AsRef<[(u16, u64)]> for Histogram {
    fn as_ref(&self) -> &[(u16, u64)] {
        &self.cells
    }
}

impl Histogram {
    /// Whether there is no duration in it.
    pub fn is_empty(&self) -> bool {
        self.cells.is_empty()
    }

    /// Adds a cell behind all that are there.
    pub(super) fn push(&mut self, cell: usize, count: u64) {
        self.cells.push((cell as u16, count));
    }

    /// Adds what `other` has.
    pub fn merge(&mut self, other: &Self) {
        let mut merged = Vec::with_capacity(self.cells.len().max(other.cells.len()));
        let (mut ours, mut theirs) = (self.cells.iter().peekable(), other.cells.iter().peekable());
        while let (Some((our, count)), Some((their, other))) = (ours.peek().copied(), theirs.peek().copied()) {
            merged.push(((*our).min(*their), u64::from(our <= their) * count + u64::from(their <= our) * other));
            ours.next_if(|_| our <= their);
            theirs.next_if(|_| their <= our);
        }
        merged.extend(ours.chain(theirs));
        self.cells = merged;
    }

    /// What several have together.
    pub(super) fn sum<'a>(histograms: impl Iterator<Item = &'a Self> + Clone) -> Self {
        let lowest = histograms.clone().filter_map(|histogram| histogram.cells.first()).map(|(cell, _)| *cell).min();
        let highest = histograms.clone().filter_map(|histogram| histogram.cells.last()).map(|(cell, _)| *cell).max();
        let Some((lowest, highest)) = lowest.zip(highest) else { return Self::default() };
        let mut counts = vec![0; usize::from(highest - lowest) + 1];
        for (cell, count) in histograms.flat_map(|histogram| &histogram.cells) {
            counts[usize::from(cell - lowest)] += count;
        }
        let cells = (lowest..=highest).zip(counts).filter(|(_, count)| *count > 0);
        Self { cells: cells.collect() }
    }

    /// Of cells and their counts: by cell, none twice, none empty.
    pub(crate) fn from_cells(cells: Vec<(u16, u64)>) -> Self {
        Self { cells }
    }

    /// The cells that are not empty: the smallest duration of each, in nanoseconds, and its count.
    pub fn iter(&self) -> impl Iterator<Item = (u64, u64)> + '_ {
        self.cells.iter().map(|(cell, count)| (floor_of(usize::from(*cell)), *count))
    }

    /// The durations, in nanoseconds, below or at which each of `quantiles` (0 to 1) of all lie: the longest that HdrHistogram can't tell from
    /// the true one. [`RELATIVE_ERROR`] bounds the error.
    pub(super) fn quantiles<const N: usize>(&self, quantiles: [f64; N]) -> [u64; N] {
        let highest = self.cells.last().map_or(0, |(cell, _)| floor_of(usize::from(*cell)));
        let Ok(mut hdr) = Hdr::<u64>::new_with_bounds(1, highest.max(2), SIGNIFICANT_DIGITS) else {
            return [0; N];
        };
        for (floor, count) in self.iter() {
            hdr.saturating_record_n(floor, count);
        }
        quantiles.map(|quantile| hdr.value_at_quantile(quantile))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn cells_are_those_of_hdrhistogram(bits in 0_u32..63, low in 0..i64::MAX) {
            let ns = (1_i64 << bits) | (low & ((1 << bits) - 1));
            let hdr = Hdr::<u64>::new_with_bounds(1, i64::MAX as u64, SIGNIFICANT_DIGITS).unwrap();
            prop_assert_eq!(floor_of(cell_of(ns as u64)), hdr.lowest_equivalent(ns as u64));
            prop_assert!(cell_of(ns as u64) < PAGES * PAGE_LEN);
        }

        #[test]
        fn quantiles_are_within_their_error(mut durations in prop::collection::vec(0_i64..10_000_000_000, 1..200)) {
            let mut histogram = Histogram::default();
            durations.sort_unstable();
            for ns in &durations {
                let mut one = Histogram::default();
                one.push(cell_of(*ns as u64), 1);
                histogram.merge(&one);
            }
            let quantiles = [0.5, 0.9, 0.95, 0.99];
            for (quantile, found) in quantiles.into_iter().zip(histogram.quantiles(quantiles)) {
                let rank = ((quantile * durations.len() as f64).ceil() as usize).max(1) - 1;
                let truth = durations[rank] as f64;
                prop_assert!(found as f64 >= truth && found as f64 <= truth.mul_add(1.0 + RELATIVE_ERROR, 1.0));
            }
        }
    }

    #[test]
    fn the_ends_of_the_range() {
        assert_eq!(cell_of(0), 0);
        assert_eq!(cell_of(255), 255);
        assert_eq!(cell_of(256), cell_of(257));
        assert_eq!(cell_of(i64::MAX as u64), CELLS - 1);
    }
}
