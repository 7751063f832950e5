//! Quantiles of histograms that are kept shard by shard, and how far they can be trusted.

use std::ops::RangeInclusive;

use super::estimate::Estimate;
use super::half_samples::{SAMPLES, standard_error, sums};
use super::shards::{LAST_CELL, SHARDS, floor_of};

type Cells<'a> = &'a [(u16, u64)];

/// How far the search for resamples steps, as a share of their standard error: cells with fewer spans are passed together, which saves most steps
/// where spans are few, and is not seen in a standard error.
const STEP: f64 = 1.0;
/// How many cells are passed together at most, 6 % of the duration: a longer step could end in another mode of the distribution.
const GROUP: usize = 8;

/// Each of `quantiles` (0 to 1, ascending) of what is in the histograms, in nanoseconds.
///
/// Within a cell durations are taken to be spread evenly: else a figure could only move by whole cells, and most that differ a little would
/// not differ at all. The standard error comes from resampling the shards, which takes most of the time and is left out unless asked for.
pub(super) fn quantiles<const N: usize>(
    histograms: &[Cells<'_>; SHARDS],
    quantiles: [f64; N],
    with_errors: bool,
) -> [Estimate; N] {
    let Some(merged) = Merged::of(histograms) else {
        return [Estimate::NONE; N];
    };
    let mut cut = Cut::new(histograms);
    merged.cells_of(quantiles).map(|(quantile, start)| {
        cut.advance(start);
        let search = Search::new(&merged, &cut, start, quantile);
        let value = search.of_all(&cut);
        // The error of a logarithm is the relative error, as long as both are small.
        let log_error = (with_errors && value > 0.0).then(|| search.standard_error(&cut) / value);
        Estimate { value: Some(value), log_error }
    })
}

/// The histogram of all shards together.
struct Merged {
    lowest: u16,
    counts: Vec<u64>,
    /// How many spans each shard has.
    of_shards: [f64; SHARDS],
}

impl Merged {
    fn of(histograms: &[Cells<'_>; SHARDS]) -> Option<Self> {
        let lowest = histograms.iter().filter_map(|cells| cells.first()).map(|(cell, _)| *cell).min()?.min(LAST_CELL);
        let highest = histograms.iter().filter_map(|cells| cells.last()).map(|(cell, _)| *cell).max()?.min(LAST_CELL);
        let mut counts = vec![0_u64; usize::from(highest.saturating_sub(lowest)) + 1];
        let of_shards = histograms.map(|cells| {
            let mut of_shard = 0_u64;
            for (cell, count) in cells {
                of_shard = of_shard.wrapping_add(*count);
                if let Some(sum) = counts.get_mut(usize::from(cell.wrapping_sub(lowest))) {
                    *sum = sum.wrapping_add(*count);
                }
            }
            of_shard as f64
        });
        Some(Self { lowest, counts, of_shards })
    }

    /// Quantiles, which ascend, and the cells that they are in.
    fn cells_of<const N: usize>(&self, quantiles: [f64; N]) -> [(f64, u16); N] {
        let total: f64 = self.of_shards.iter().sum();
        let (mut cell, mut reached) = (0, self.counts[0]);
        quantiles.map(|quantile| {
            let target = (quantile * total).ceil().max(1.0) as u64;
            while reached < target && cell + 1 < self.counts.len() {
                cell += 1;
                reached = reached.wrapping_add(self.counts[cell]);
            }
            (quantile, self.lowest + cell as u16)
        })
    }

    fn count(&self, cell: u16) -> u64 {
        self.counts[usize::from(cell - self.lowest)]
    }

    /// The next cells from one on that are not empty: one, or as many as have no more than `few` spans together and are near each other.
    fn group_from(&self, start: u16, few: f64) -> Option<RangeInclusive<u16>> {
        let counts = self.counts.get(usize::from(start - self.lowest)..)?;
        let empty = counts.iter().position(|count| *count > 0)?;
        let more = more_of(&mut counts[empty..].iter(), few);
        Some(start + empty as u16..=start + (empty + more) as u16)
    }

    /// The same below a cell.
    fn group_below(&self, end: u16, few: f64) -> Option<RangeInclusive<u16>> {
        let counts = &self.counts[..usize::from(end - self.lowest)];
        let filled = counts.iter().rposition(|count| *count > 0)?;
        let more = more_of(&mut counts[..=filled].iter().rev(), few);
        Some(self.lowest + (filled - more) as u16..=self.lowest + filled as u16)
    }
}

/// How many cells behind the first one belong to its group.
fn more_of<'a>(counts: &mut impl Iterator<Item = &'a u64>, few: f64) -> usize {
    let mut sum = counts.next().map_or(0.0, |count| *count as f64);
    let more = counts.take(GROUP - 1).take_while(|count| {
        sum += **count as f64;
        sum <= few
    });
    more.count()
}

/// The edge of a cell, in each shard's histogram.
#[derive(Clone)]
struct Cut<'a> {
    histograms: &'a [Cells<'a>; SHARDS],
    /// How many entries of the histogram are below.
    at: [usize; SHARDS],
    /// How many spans are below.
    below: [f64; SHARDS],
}

impl<'a> Cut<'a> {
    fn new(histograms: &'a [Cells<'a>; SHARDS]) -> Self {
        Self { histograms, at: [0; SHARDS], below: [0.0; SHARDS] }
    }

    /// Moves far up, to below a cell.
    fn advance(&mut self, cell: u16) {
        for ((cells, at), below) in self.histograms.iter().zip(&mut self.at).zip(&mut self.below) {
            let passed = cells[*at..].partition_point(|(entry, _)| *entry < cell);
            let counts = cells[*at..*at + passed].iter().map(|(_, count)| *count);
            *below += counts.fold(0, u64::wrapping_add) as f64;
            *at += passed;
        }
    }

    /// Moves up, to above a cell.
    fn rise(&mut self, cell: u16) {
        for ((cells, at), below) in self.histograms.iter().zip(&mut self.at).zip(&mut self.below) {
            while let Some((_, count)) = cells.get(*at).filter(|(entry, _)| *entry <= cell) {
                *below += *count as f64;
                *at += 1;
            }
        }
    }

    /// Moves down, to below a cell.
    fn sink(&mut self, cell: u16) {
        for ((cells, at), below) in self.histograms.iter().zip(&mut self.at).zip(&mut self.below) {
            while let Some((_, count)) = cells[..*at].last().filter(|(entry, _)| *entry >= cell) {
                *below -= *count as f64;
                *at -= 1;
            }
        }
    }
}

/// The search for a quantile in all resamples at once, from the cell that it is in for all shards: a resample's is where the number of its spans
/// below, less the number that there should be, reaches zero.
struct Search<'a> {
    merged: &'a Merged,
    start: u16,
    /// How many spans of each shard there should be below the quantile.
    expected: [f64; SHARDS],
    /// Cells with no more spans than this are passed together.
    few: f64,
}

impl<'a> Search<'a> {
    fn new(merged: &'a Merged, cut: &Cut<'_>, start: u16, quantile: f64) -> Self {
        let mut search = Self { merged, start, expected: merged.of_shards.map(|spans| quantile * spans), few: 0.0 };
        let squares: f64 = search.excess(cut).iter().map(|excess| excess * excess).sum();
        search.few = squares.sqrt() * STEP;
        search
    }

    /// How many more spans are below a cut than should be, shard by shard.
    fn excess(&self, cut: &Cut<'_>) -> [f64; SHARDS] {
        let mut excess = cut.below;
        excess.iter_mut().zip(&self.expected).for_each(|(excess, expected)| *excess -= expected);
        excess
    }

    /// The quantile of all shards, in nanoseconds.
    fn of_all(&self, cut: &Cut<'_>) -> f64 {
        let missing = -self.excess(cut).iter().sum::<f64>();
        let (floor, end) = (floor_of(self.start), floor_of(self.start + 1));
        let share = missing / (self.merged.count(self.start) as f64).max(1.0);
        (end - floor) as f64 * share.clamp(0.0, 1.0) + floor as f64
    }

    /// Its standard error, in nanoseconds.
    fn standard_error(&self, cut: &Cut<'_>) -> f64 {
        // From the lower end of the first cell on.
        let mut moved = [0.0; SAMPLES];
        self.up(cut.clone(), &mut moved);
        self.down(cut.clone(), &mut moved);
        standard_error(&moved.map(f64::from), f64::from(moved[0]))
    }

    /// Moves those up that are further up. The first cell is passed alone, for all shards together are in it.
    fn up(&self, mut cut: Cut<'_>, moved: &mut [f32; SAMPLES]) {
        let mut before = sums(&self.excess(&cut));
        let mut edge = floor_of(self.start);
        let mut next = self.merged.group_from(self.start, 0.0);
        while let Some(cells) = next.filter(|_| before.iter().any(|excess| *excess < 0.0)) {
            cut.rise(*cells.end());
            let after = sums(&self.excess(&cut));
            let (floor, end) = (floor_of(*cells.start()), floor_of(*cells.end() + 1));
            let (gap, width) = ((floor - edge) as f32, (end - floor) as f32);
            for ((moved, before), after) in moved.iter_mut().zip(&before).zip(&after) {
                // Without branches, and so four at once.
                let share = if *after < 0.0 { 1.0 } else { before / (before - after) };
                *moved += if *before < 0.0 { gap + width * share } else { 0.0 };
            }
            (before, edge) = (after, end);
            next = self.merged.group_from(cells.end() + 1, self.few);
        }
    }

    /// Moves those down that are further down. What is nowhere, since none of its shards has a span, goes to where everything begins.
    fn down(&self, mut cut: Cut<'_>, moved: &mut [f32; SAMPLES]) {
        let mut after = sums(&self.excess(&cut));
        let mut edge = floor_of(self.start);
        let mut next = self.merged.group_below(self.start, self.few);
        while let Some(cells) = next.filter(|_| after.iter().any(|excess| *excess >= 0.0)) {
            cut.sink(*cells.start());
            let before = sums(&self.excess(&cut));
            let (floor, end) = (floor_of(*cells.start()), floor_of(cells.end() + 1));
            let (gap, width) = ((edge - end) as f32, (end - floor) as f32);
            for ((moved, before), after) in moved.iter_mut().zip(&before).zip(&after) {
                let share = if *before >= 0.0 { 1.0 } else { after / (after - before) };
                *moved -= if *after >= 0.0 { gap + width * share } else { 0.0 };
            }
            (after, edge) = (before, floor);
            next = self.merged.group_below(*cells.start(), self.few);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::shards::cell_of;
    use super::*;
    use proptest::prelude::*;

    fn histogram(durations: &[u64]) -> Vec<(u16, u64)> {
        let mut cells: Vec<u16> = durations.iter().map(|ns| cell_of(*ns)).collect();
        cells.sort_unstable();
        cells.chunk_by(|a, b| a == b).map(|alike| (alike[0], alike.len() as u64)).collect()
    }

    fn found(shards: &[Vec<u64>]) -> [Estimate; 3] {
        let histograms: Vec<_> = shards.iter().map(|durations| histogram(durations)).collect();
        quantiles(&std::array::from_fn(|shard| histograms[shard].as_slice()), [0.5, 0.95, 0.99], true)
    }

    fn naive(shards: impl Iterator<Item = Vec<u64>>, quantile: f64) -> f64 {
        let mut all: Vec<u64> = shards.flatten().collect();
        all.sort_unstable();
        all[((quantile * all.len() as f64).ceil() as usize).clamp(1, all.len()) - 1] as f64
    }

    fn shards(longest: u64) -> impl Strategy<Value = Vec<Vec<u64>>> {
        prop::collection::vec(prop::collection::vec(0..longest, 0..12), SHARDS)
            .prop_filter("a duration", |shards| shards.iter().any(|shard| !shard.is_empty()))
    }

    proptest! {
        #[test]
        fn a_quantile_is_in_the_cell_of_the_true_one(shards in prop_oneof![shards(40), shards(100_000), shards(i64::MAX as u64)]) {
            for (estimate, quantile) in found(&shards).into_iter().zip([0.5, 0.95, 0.99]) {
                let truth = naive(shards.iter().cloned(), quantile);
                let value = estimate.value.unwrap();
                prop_assert!((value - truth).abs() <= (truth / 128.0).max(1.0), "{} {}", value, truth);
                prop_assert!(estimate.log_error.is_none_or(f64::is_finite));
            }
        }
    }

    /// Numbers that are random enough.
    fn mixed(number: u64) -> u64 {
        let mixed = number.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let mixed = (mixed ^ (mixed >> 32)).wrapping_mul(0xd6e8_feb8_6659_fd93);
        mixed ^ (mixed >> 32)
    }

    #[test]
    fn the_standard_error_is_that_of_shards_that_are_drawn() {
        // Each shard has its own level, so that spans of a shard are alike, and spans spread by a half around it.
        let shards: Vec<Vec<u64>> = (0..SHARDS as u64)
            .map(|shard| {
                let level = 1_000_000 + mixed(shard) % 300_000;
                (0..200).map(|span| level + mixed(shard * 1_000 + span) % 500_000).collect()
            })
            .collect();
        for (estimate, quantile) in found(&shards).into_iter().zip([0.5, 0.95]) {
            let drawn: Vec<f64> = (0..1_000_u64)
                .map(|draw| {
                    let chosen = (0..SHARDS as u64).map(|place| mixed(1_000_000 + draw * 64 + place) as usize % SHARDS);
                    naive(chosen.map(|shard| shards[shard].clone()), quantile)
                })
                .collect();
            let mean = drawn.iter().sum::<f64>() / drawn.len() as f64;
            let squares: f64 = drawn.iter().map(|figure| (figure - mean).powi(2)).sum();
            let expected = (squares / drawn.len() as f64).sqrt() / mean;
            let ratio = estimate.log_error.unwrap() / expected;
            assert!((0.85..1.2).contains(&ratio), "{quantile}: {ratio}");
        }
    }

    #[test]
    fn spans_that_all_took_as_long() {
        for estimate in found(&vec![vec![20_000_000; 30]; SHARDS]) {
            let value = estimate.value.unwrap();
            assert!((value / 20e6 - 1.0).abs() < 1.0 / 128.0 && estimate.log_error == Some(0.0));
        }
        let nothing = found(&vec![Vec::new(); SHARDS]);
        assert!(nothing.into_iter().all(|estimate| estimate == Estimate::NONE));
    }

    #[test]
    fn two_modes_far_from_each_other() {
        // In every other shard most spans take 1 ms, in the rest most take 1 s, and it is 1 ms by a hair for all together.
        let (fast, slow) = (vec![1_000_000; 11], vec![1_000_000_000; 11]);
        let mut shards: Vec<Vec<u64>> =
            (0..SHARDS).map(|shard| [&fast[..11 - shard % 2], &slow[..10 + shard % 2]].concat()).collect();
        shards[0].push(1_000_000);
        let [p50, ..] = found(&shards);
        assert!((p50.value.unwrap() / 1e6 - 1.0).abs() < 0.01);
        assert!(p50.log_error.unwrap() > 100.0, "of the halves, nearly half are at 1 s");
    }
}
