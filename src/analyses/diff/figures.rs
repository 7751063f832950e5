//! The measures of one run, without another to compare it with.

use std::ops::Index;

use rayon::prelude::*;
use tracerank_summary::{Row, Summary};

use super::measure::{Measure, estimates};
use super::names::{Per, Run};

/// The figures of a name in one run.
#[derive(Debug, Clone, PartialEq)]
pub struct Figures<'a> {
    /// The trace name: any bytes.
    pub name: &'a [u8],
    /// The number of spans.
    pub count: u64,
    /// The longest duration, in nanoseconds.
    pub max_ns: i64,
    values: [Option<f64>; Measure::ALL.len()],
}

impl Index<Measure> for Figures<'_> {
    type Output = Option<f64>;

    /// Times are in nanoseconds; none where there is nothing to divide by.
    fn index(&self, measure: Measure) -> &Option<f64> {
        &self.values[measure as usize]
    }
}

/// The figures of those names of a summary that `of` says yes to, by name. They are the very numbers that a
/// [`Diff`](super::Diff) has of a run, so the summary must have been made with shards
/// ([`Wanted::SHARDED`](tracerank_summary::Wanted::SHARDED)), too.
pub fn figures<'a>(summary: &'a Summary, per: &Per, of: impl Fn(&[u8]) -> bool) -> Vec<Figures<'a>> {
    let run = Run::new(summary, per);
    let mut rows: Vec<Row<'a>> = summary.rows().filter(|row| of(row.name)).collect();
    rows.sort_unstable_by_key(|row| row.name);
    let figures = rows.into_par_iter().map(|row| Figures {
        name: row.name,
        count: row.stats.count(),
        max_ns: row.stats.max_ns(),
        values: estimates(&run.side(row.name, &row.histogram()), false).map(|estimate| estimate.value),
    });
    figures.collect()
}
