//! Compares two sets of logs name by name, and tells changes from chance.
//!
//! Spans of one base_id are alike, so they can't be counted as independent measurements. The base_ids are independent.
//! A hash puts each of them into one of [`SHARDS`] shards. The differences between the shards tell how far a figure of
//! all of them can be trusted.
//!
//! ```text
//!  Side (32 shards) ──► Estimates (value, standard error) ──► Comparison ──► judge (all names) ──► Verdict
//! ```
//!
//! `docs/statistics.md` has the reasons and the error rates.
//!
//! ```
//! use tracerank::analyses::diff::{Measure, SHARDS, Settings, Shard, Side, Verdict};
//! use tracerank::analyses::diff::{cell_of, coarse_cell_of, compare, judge};
//!
//! // In each shard ten base_ids with ten spans each, which take 20 ms in one run and 30 ms in the other.
//! let run = |ns: u64| Side {
//!     cells: [(cell_of(ns), 3_200)],
//!     min_ns: ns as i64,
//!     max_ns: ns as i64,
//!     shards: [Shard { count: 100, sum_ns: i128::from(ns) * 100, cells: [(coarse_cell_of(ns), 100)] }; SHARDS],
//!     units: [10; SHARDS],
//!     base_ids: 320,
//! };
//! let settings = Settings::default();
//! let mut comparisons = [compare(&[run(20_000_000)], &run(30_000_000), &settings)];
//! judge(&mut comparisons, &settings);
//! assert_eq!(comparisons[0].verdict, Verdict::Slower);
//! assert_eq!(comparisons[0][Measure::Mean].ratio, Some(1.5));
//! ```

mod compare;
mod design_effect;
mod distribution;
mod estimate;
mod figures;
mod half_samples;
mod holm;
mod judge;
mod measure;
mod names;
mod quantile;
pub(crate) mod render;
mod settings;
mod shards;
mod student;
mod tally;
mod verdict;

pub use compare::{Certainty, Change, Comparison, compare};
pub use figures::{Figures, figures};
pub use judge::judge;
pub use measure::Measure;
pub use names::{Diff, Named, Per};
pub use render::{Origin, Origins, View};
pub use settings::{Rule, Settings};
pub use shards::{SHARDS, Shard, Side, cell_of, coarse_cell_of};
pub(crate) use tally::percent;
pub use verdict::{Calls, Shift, Verdict};
