//! One scan thread's histograms, in pages of one doubling each, since a name's durations fill few of them.
//!
//! They are the largest part of a table: some 200 KiB for 50 names, more than a processor keeps next to it. So a cell
//! is asked for when a span comes, and counted when [`LATE`] others have come after it.

use tracerank_summary::{Histogram, PAGES};

use crate::simd::Cpu;

/// Spans on their way to their cells: with 16 a report of 4 GB takes 5 % less time than with none, with 8 it is 3 %.
const LATE: usize = 16;

/// Histograms by row, of at most 65,535 pages.
pub(super) struct Pages<const DIGITS: u8> {
    /// For each row, the page of each doubling. Page zero stands for a missing one; counts in its cells are lost.
    rows: Vec<[u16; PAGES]>,
    cells: Vec<u32>,
    /// Cells that are still to be counted, the oldest of them at `next`.
    pending: [u32; LATE],
    next: usize,
    /// Number of rows that are kept when all is cleared.
    least_rows: usize,
    max_cells: usize,
}

impl<const DIGITS: u8> Pages<DIGITS> {
    const PAGE_LEN: usize = Histogram::<DIGITS>::PAGE_LEN;

    /// Makes histograms without any duration, of `rows` rows at first, and of no more than `max_cells` cells.
    pub(super) fn new(rows: usize, max_cells: usize) -> Self {
        let cells = vec![0; Self::PAGE_LEN];
        Self { rows: vec![[0; PAGES]; rows], cells, pending: [0; LATE], next: 0, least_rows: rows, max_cells }
    }

    /// Counts a duration, unless its page is not there.
    pub(super) fn record(&mut self, row: usize, ns: u64) -> bool {
        let (page, cell) = self.find(row, ns);
        self.count(cell);
        page != 0
    }

    /// Counts a duration before the next [`settle`](Self::settle), unless its page is not there.
    #[inline(always)]
    pub(super) fn record_soon<C: Cpu>(&mut self, cpu: C, row: usize, ns: u64) -> bool {
        let (page, cell) = self.find(row, ns);
        cpu.prefetch(&self.cells, cell);
        let late = std::mem::replace(&mut self.pending[self.next % LATE], cell as u32);
        self.next = self.next.wrapping_add(1);
        self.count(late as usize);
        page != 0
    }

    /// Counts the durations that are still to be counted.
    pub(super) fn settle(&mut self) {
        for late in std::mem::take(&mut self.pending) {
            self.count(late as usize);
        }
    }

    /// Finds the page of a duration in its row, and its cell.
    #[inline(always)]
    fn find(&self, row: usize, ns: u64) -> (u16, usize) {
        let cell = Histogram::<DIGITS>::cell_of(ns);
        let page = self.rows.get(row).map_or(0, |row| row[cell / Self::PAGE_LEN % PAGES]);
        (page, usize::from(page) * Self::PAGE_LEN + cell % Self::PAGE_LEN)
    }

    #[inline(always)]
    fn count(&mut self, cell: usize) {
        if let Some(count) = self.cells.get_mut(cell) {
            *count += 1;
        }
    }

    /// Makes room for durations of the same doubling.
    pub(super) fn add_page(&mut self, row: usize, ns: u64) {
        if self.rows.len() <= row {
            self.rows.resize(row + 1, [0; PAGES]);
        }
        self.rows[row][Histogram::<DIGITS>::cell_of(ns) / Self::PAGE_LEN] = (self.cells.len() / Self::PAGE_LEN) as u16;
        self.cells.resize(self.cells.len() + Self::PAGE_LEN, 0);
    }

    /// Says whether it is time to take all out and to begin anew.
    pub(super) fn is_full(&self) -> bool {
        self.cells.len() >= self.max_cells
    }

    /// Collects the histogram of a row.
    pub(super) fn collect(&self, row: usize) -> Histogram<DIGITS> {
        let mut histogram = Histogram::default();
        let pages = self.rows.get(row).into_iter().flatten().enumerate();
        for (doubling, page) in pages.filter(|(_, page)| **page != 0) {
            let cells = self.cells[usize::from(*page) * Self::PAGE_LEN..].iter().take(Self::PAGE_LEN).enumerate();
            for (at, count) in cells.filter(|(_, count)| **count > 0) {
                histogram.push(doubling * Self::PAGE_LEN + at, u64::from(*count));
            }
        }
        histogram
    }

    /// Forgets all.
    pub(super) fn clear(&mut self) {
        self.rows.truncate(self.least_rows);
        self.rows.fill([0; PAGES]);
        self.cells.truncate(Self::PAGE_LEN);
        self.cells.fill(0);
        self.pending = [0; LATE];
    }
}
