//! Two runs, or several bases and a new one, name by name.

use std::borrow::Cow;
use std::collections::HashMap;

use rayon::prelude::*;
use regex::bytes::Regex;
use tracerank_summary::{Histogram, Row, Sharded, Summary};

use super::compare::{Comparison, compare};
use super::judge::judge;
use super::measure::Measure;
use super::settings::Settings;
use super::shards::{SHARDS, Shard, Side};
use super::verdict::{Calls, Verdict};

/// The divisor of calls and total time, which makes runs of different length comparable.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Per {
    /// Root spans: their parent_id is their base_id.
    #[default]
    Root,
    /// Spans of this name.
    Name(Vec<u8>),
}

/// A name in all runs.
#[derive(Debug, Clone, PartialEq)]
pub struct Named {
    /// The trace name: any bytes.
    pub name: Vec<u8>,
    /// The number of its spans in each base.
    pub base_counts: Vec<u64>,
    /// The number of its spans in the new run.
    pub new_count: u64,
    /// The sum of their durations in each base, in nanoseconds.
    pub base_totals_ns: Vec<i128>,
    /// The sum of their durations in the new run, in nanoseconds.
    pub new_total_ns: i128,
    /// The comparison of its measures.
    pub comparison: Comparison,
}

impl Named {
    /// The cost of the change: the additional time in it per root (or per unit of another divisor), in
    /// nanoseconds; less if it is negative. None where there is nothing to divide by.
    pub fn cost_ns(&self) -> Option<f64> {
        let total = self.comparison[Measure::Total];
        let base = if self.base_counts.iter().all(|count| *count == 0) { Some(0.0) } else { total.base };
        let new = if self.new_count == 0 { Some(0.0) } else { total.new };
        base.zip(new).map(|(base, new)| new - base)
    }

    /// Tells whether its change is worth a look: any verdict but no change and too little data, or another number of
    /// calls.
    pub fn is_changed(&self) -> bool {
        !matches!(self.comparison.verdict, Verdict::NoChange | Verdict::TooLittleData)
            || matches!(self.comparison.calls, Some(Calls::More | Calls::Fewer))
    }

    /// Tells whether a measure of time moved by too little per root to count: the verdict says no change.
    pub fn is_below_floor(&self) -> bool {
        let moved = Measure::ALL.into_iter().filter(|measure| *measure != Measure::Calls);
        self.comparison.verdict == Verdict::NoChange
            && moved.into_iter().any(|measure| self.comparison[measure].shift.is_some())
    }

    /// The sum of durations in all bases together, in nanoseconds, and zero where clocks were set back so far that it
    /// is negative.
    pub(super) fn base_time_ns(&self) -> i128 {
        self.base_totals_ns.iter().sum::<i128>().max(0)
    }
}

/// The comparison of all names of one or several base runs with those of a new run.
///
/// ```
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use tracerank_summary::Wanted;
/// use tracerank::analyses::diff::{Diff, Per, Settings, Verdict};
/// use tracerank::engine::Engine;
///
/// let log = std::fs::read("testdata/corpus/basic.log")?;
/// let (summary, _) = Engine::default().scan_bytes(&log, 0..log.len(), Wanted::SHARDED);
/// let diff = Diff::new(&[&summary], &summary, &Per::Root, None, &Settings::default());
/// // A minute of one machine is not enough to say that nothing changed.
/// assert!(diff.names.iter().all(|name| name.comparison.verdict == Verdict::TooLittleData));
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Diff {
    /// The names of all runs, the largest change of total time per root first (of total time, where there are no
    /// roots). Equal ones stand by name.
    pub names: Vec<Named>,
    /// The number of spans that calls and totals were divided by, in each base.
    pub base_units: Vec<u64>,
    /// The same in the new run.
    pub new_units: u64,
    /// The divisor that these are the spans of.
    pub per: Per,
    /// True if all spans of a run are of one trace group, or of none.
    pub is_of_one_group: bool,
    /// The settings that define a change.
    pub settings: Settings,
}

impl Diff {
    /// Compares summaries, which must have been made with shards
    /// ([`Wanted::SHARDED`](tracerank_summary::Wanted::SHARDED)). With `only`, compares only names that match it.
    pub fn new(bases: &[&Summary], new: &Summary, per: &Per, only: Option<&Regex>, settings: &Settings) -> Self {
        let is_of_one_group = bases.iter().any(|base| base.is_of_one_group()) || new.is_of_one_group();
        let bases: Vec<Run<'_>> = bases.iter().map(|summary| Run::new(summary, per)).collect();
        let new = Run::new(new, per);
        let mut names: Vec<&[u8]> = bases.iter().chain([&new]).flat_map(|run| run.names.keys().copied()).collect();
        names.sort_unstable();
        names.dedup();
        names.retain(|name| only.is_none_or(|only| only.is_match(name)));
        let compared = names.par_iter().map(|name| comparison(&bases, &new, name, settings));
        let mut comparisons: Vec<Comparison> = compared.collect();
        judge(&mut comparisons, settings);
        let rows = names.into_iter().zip(comparisons).map(|(name, comparison)| Named {
            name: name.to_vec(),
            base_counts: bases.iter().map(|base| base.count(name)).collect(),
            new_count: new.count(name),
            base_totals_ns: bases.iter().map(|base| base.total_ns(name)).collect(),
            new_total_ns: new.total_ns(name),
            comparison,
        });
        let mut names: Vec<Named> = rows.collect();
        let units = |run: &Run<'_>| run.units.iter().sum();
        let (base_units, new_units): (Vec<u64>, u64) = (bases.iter().map(units).collect(), units(&new));
        names.sort_by(|a, b| {
            let cost = |name| magnitude(name, &base_units, new_units);
            cost(b).total_cmp(&cost(a))
        });
        Self { names, base_units, new_units, per: per.clone(), is_of_one_group, settings: settings.clone() }
    }
}

/// The key by which names are ordered: the cost of the change, in nanoseconds per root. Several bases have no geometric
/// mean where one of them has a total of zero or less: then it is the arithmetic one. In a run without roots, totals
/// are not divided.
fn magnitude(name: &Named, base_units: &[u64], new_units: u64) -> f64 {
    let is_divided = new_units > 0 && base_units.iter().all(|units| *units > 0);
    let per_root = |total: i128, units: u64| total as f64 / if is_divided { units as f64 } else { 1.0 };
    let of_bases = name.base_totals_ns.iter().zip(base_units).map(|(total, units)| per_root(*total, *units));
    let base = of_bases.sum::<f64>() / base_units.len().max(1) as f64;
    name.cost_ns().filter(|_| is_divided).unwrap_or(per_root(name.new_total_ns, new_units) - base).abs()
}

fn comparison(bases: &[Run<'_>], new: &Run<'_>, name: &[u8], settings: &Settings) -> Comparison {
    // Held as long as they are compared: some are made on the way.
    let histograms: Vec<_> = bases.iter().map(|base| base.histogram(name)).collect();
    let sides = bases.iter().zip(&histograms).map(|(base, histogram)| base.side(name, histogram));
    compare(&sides.collect::<Vec<_>>(), &new.side(name, &new.histogram(name)), settings)
}

/// One run.
pub(super) struct Run<'a> {
    /// The names that have shards.
    names: HashMap<&'a [u8], (Row<'a>, &'a Sharded)>,
    units: [u64; SHARDS],
}

impl<'a> Run<'a> {
    pub(super) fn new(summary: &'a Summary, per: &Per) -> Self {
        let rows = summary.rows().filter_map(|row| Some((row.name, (row, row.sharded?))));
        let mut run = Self { names: rows.collect(), units: *summary.roots() };
        if let Per::Name(name) = per {
            run.units = counts(run.sharded(name));
        }
        run
    }

    fn sharded(&self, name: &[u8]) -> Option<&'a Sharded> {
        self.names.get(name).map(|(_, sharded)| *sharded)
    }

    /// The histogram of the durations of all shards.
    fn histogram(&self, name: &[u8]) -> Cow<'a, Histogram> {
        self.names.get(name).map(|(row, _)| row.histogram()).unwrap_or_default()
    }

    fn count(&self, name: &[u8]) -> u64 {
        self.names.get(name).map_or(0, |(row, _)| row.stats.count())
    }

    fn total_ns(&self, name: &[u8]) -> i128 {
        self.names.get(name).map_or(0, |(row, _)| row.stats.total_ns())
    }

    pub(super) fn side<'b>(&self, name: &[u8], histogram: &'b Histogram) -> Side<&'b [(u16, u64)]>
    where
        'a: 'b,
    {
        let mut shards = [Shard { count: 0, sum_ns: 0, cells: [].as_slice() }; SHARDS];
        let sharded = self.sharded(name);
        for (number, shard, coarse) in sharded.into_iter().flat_map(Sharded::iter) {
            shards[number] = Shard { count: shard.count, sum_ns: shard.total_ns, cells: coarse };
        }
        let base_ids = sharded.map_or(0.0, Sharded::groups).round() as u64;
        let (min_ns, max_ns) = self.names.get(name).map_or((0, 0), |(row, _)| (row.stats.min_ns(), row.stats.max_ns()));
        Side { cells: histogram.as_ref(), min_ns, max_ns, shards, units: self.units, base_ids }
    }
}

fn counts(sharded: Option<&Sharded>) -> [u64; SHARDS] {
    let mut counts = [0; SHARDS];
    sharded.into_iter().flat_map(Sharded::iter).for_each(|(number, shard, _)| counts[number] = shard.count);
    counts
}
