//! Histograms of durations: the cells of HdrHistogram, kept small.
//!
//! A duration falls into the cell that HdrHistogram (lowest value 1, one or two significant digits) has for its
//! nanoseconds. With two digits, that is a cell for each nanosecond below 256 ns, and 128 cells for each doubling
//! above. With one digit, it is a cell for each below 32 ns, and 16 for each doubling above. Recording costs two loads
//! and an addition. [`Ordered`](crate::Ordered) has the percentiles.

/// More doublings than a histogram has: pages of [`PAGE_LEN`](Histogram::PAGE_LEN) cells. A power of two saves anyone
/// who counts in pages a division for each span.
pub const PAGES: usize = 64;

/// The number of durations in each cell: pairs of cell and count, by cell, without empty ones. A name has a histogram
/// with two significant digits, and its shards, of which there are many, have one with one digit ([`Coarse`]).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Histogram<const DIGITS: u8 = 2> {
    cells: Vec<(u16, u64)>,
}

/// A histogram of a shard: an eighth of the cells.
pub type Coarse = Histogram<1>;

/// The numbers of cells.
impl<const DIGITS: u8> Histogram<DIGITS> {
    /// log2 of the cells in the linear part.
    const LINEAR_BITS: u32 = if DIGITS == 1 { 5 } else { 8 };
    /// Cells of one doubling.
    pub const PAGE_LEN: usize = 1 << (Self::LINEAR_BITS - 1);
    /// Cells that a duration of 63 bits can fall into: two pages for the linear part and one for each doubling.
    pub const CELLS: usize = (65 - Self::LINEAR_BITS as usize) * Self::PAGE_LEN;

    /// Gives the cell of a duration in nanoseconds, below [`CELLS`](Self::CELLS) if it is one of 63 bits.
    #[inline]
    pub fn cell_of(ns: u64) -> usize {
        let doublings = (ns | (2 * Self::PAGE_LEN as u64 - 1)).ilog2() - (Self::LINEAR_BITS - 1);
        (doublings as usize) * Self::PAGE_LEN + (ns >> doublings) as usize
    }

    /// Gives the cell of a duration of either sign. (HdrHistogram has no place for negative values; they count as
    /// zero.)
    pub(crate) fn cell_of_signed(ns: i64) -> usize {
        Self::cell_of(ns.max(0).unsigned_abs())
    }

    /// Gives the smallest duration of a cell, in nanoseconds.
    pub fn floor_of(cell: usize) -> u64 {
        let doublings = (cell / Self::PAGE_LEN).saturating_sub(1);
        ((cell - doublings * Self::PAGE_LEN) as u64) << doublings
    }
}

/// Gives its cells by number, and their counts.
impl<const DIGITS: u8> AsRef<[(u16, u64)]> for Histogram<DIGITS> {
    fn as_ref(&self) -> &[(u16, u64)] {
        &self.cells
    }
}

impl<const DIGITS: u8> Histogram<DIGITS> {
    /// Says whether there is no duration in it.
    pub fn is_empty(&self) -> bool {
        self.cells.is_empty()
    }

    /// Adds a cell after all others, with a count that is not zero.
    pub fn push(&mut self, cell: usize, count: u64) {
        self.cells.push((cell as u16, count));
    }

    /// Adds another histogram.
    pub fn merge(&mut self, other: &Self) {
        let common = add_common(&mut self.cells, &other.cells);
        if common < other.cells.len() {
            let mut merged = Vec::with_capacity(self.cells.len().max(other.cells.len()));
            add_any(&self.cells, &other.cells[common..], &mut merged);
            self.cells = merged;
        }
    }

    /// Sums cells in any order, some of them more than once.
    pub(super) fn sum(cells: &[(u16, u64)]) -> Self {
        let numbers = || cells.iter().map(|(cell, _)| *cell);
        let Some((lowest, highest)) = numbers().min().zip(numbers().max()) else { return Self::default() };
        let mut counts = vec![0; usize::from(highest - lowest) + 1];
        for (cell, count) in cells {
            counts[usize::from(cell - lowest)] += count;
        }
        let cells = (lowest..=highest).zip(counts).filter(|(_, count)| *count > 0);
        Self { cells: cells.collect() }
    }

    /// Gives the first and the last cell that a duration fell into.
    pub(crate) fn ends(&self) -> Option<(u16, u16)> {
        self.cells.first().map(|(cell, _)| *cell).zip(self.cells.last().map(|(cell, _)| *cell))
    }

    /// Makes a histogram of cells and their counts: by cell, none twice, none empty.
    pub(crate) fn from_cells(cells: Vec<(u16, u64)>) -> Self {
        Self { cells }
    }

    /// Gives the cells that are not empty: the smallest duration of each, in nanoseconds, and its count.
    pub fn iter(&self) -> impl Iterator<Item = (u64, u64)> + '_ {
        self.cells.iter().map(|(cell, count)| (Self::floor_of(usize::from(*cell)), *count))
    }

    /// Gives the same durations, with one digit.
    pub(crate) fn coarse(&self) -> Coarse {
        let mut coarse = Coarse::default();
        for (floor, count) in self.iter() {
            let cell = Coarse::cell_of(floor) as u16;
            match coarse.cells.last_mut().filter(|(last, _)| *last == cell) {
                Some((_, sum)) => *sum += count,
                None => coarse.cells.push((cell, count)),
            }
        }
        coarse
    }
}

/// Adds cells up to the first that is not there, and gives their number. Where much is added up, all of them are soon
/// there, and no memory is needed.
pub(super) fn add_common(to: &mut [(u16, u64)], cells: &[(u16, u64)]) -> usize {
    let mut own = to.iter_mut();
    let added = cells.iter().take_while(|(cell, count)| match own.find(|(own, _)| own >= cell) {
        Some((same, sum)) if same == cell => {
            *sum += count;
            true
        }
        _ => false,
    });
    added.count()
}

/// Pushes the sum of two histograms.
pub(super) fn add_any(one: &[(u16, u64)], other: &[(u16, u64)], sum: &mut Vec<(u16, u64)>) {
    let (mut ours, mut theirs) = (one.iter().peekable(), other.iter().peekable());
    while let (Some((our, count)), Some((their, other))) = (ours.peek().copied(), theirs.peek().copied()) {
        sum.push(((*our).min(*their), u64::from(our <= their) * count + u64::from(their <= our) * other));
        ours.next_if(|_| our <= their);
        theirs.next_if(|_| their <= our);
    }
    sum.extend(ours.chain(theirs));
}

/// Counts the durations in some cells; none if they are more than can be counted.
pub(crate) fn count(cells: &[(u16, u64)]) -> Option<u64> {
    cells.iter().try_fold(0, |sum: u64, (_, count)| sum.checked_add(*count))
}

#[cfg(test)]
mod tests {
    use super::*;
    use hdrhistogram::Histogram as Hdr;
    use proptest::prelude::*;

    fn is_a_cell_of_hdrhistogram<const DIGITS: u8>(ns: u64) {
        let hdr = Hdr::<u64>::new_with_bounds(1, i64::MAX as u64, DIGITS).unwrap();
        let cell = Histogram::<DIGITS>::cell_of(ns);
        assert_eq!(Histogram::<DIGITS>::floor_of(cell), hdr.lowest_equivalent(ns));
        assert!(
            cell < Histogram::<DIGITS>::CELLS && Histogram::<DIGITS>::CELLS <= PAGES * Histogram::<DIGITS>::PAGE_LEN
        );
    }

    proptest! {
        #[test]
        fn cells_are_those_of_hdrhistogram(bits in 0_u32..63, low in 0..i64::MAX) {
            let ns = (1_i64 << bits) | (low & ((1 << bits) - 1));
            is_a_cell_of_hdrhistogram::<2>(ns as u64);
            is_a_cell_of_hdrhistogram::<1>(ns as u64);
        }

        #[test]
        fn coarse_cells_are_made_of_fine_ones(ns in prop::collection::vec(0..i64::MAX as u64, 0..50)) {
            let (mut fine, mut coarse): (Histogram, Coarse) = (Histogram::default(), Coarse::default());
            for ns in ns {
                fine.merge(&Histogram::from_cells(vec![(Histogram::<2>::cell_of(ns) as u16, 1)]));
                coarse.merge(&Histogram::from_cells(vec![(Coarse::cell_of(ns) as u16, 1)]));
            }
            prop_assert_eq!(fine.coarse(), coarse);
        }
    }

    #[test]
    fn the_ends_of_the_range() {
        assert_eq!(Histogram::<2>::cell_of(0), 0);
        assert_eq!(Histogram::<2>::cell_of(255), 255);
        assert_eq!(Histogram::<2>::cell_of(256), Histogram::<2>::cell_of(257));
        assert_eq!(Histogram::<2>::cell_of(i64::MAX as u64), Histogram::<2>::CELLS - 1);
        assert_eq!(Coarse::cell_of(i64::MAX as u64), Coarse::CELLS - 1);
        assert_eq!(Coarse::cell_of(32), Coarse::cell_of(33));
    }
}
