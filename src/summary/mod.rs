//! What a log says of each trace name, in a form that adds up.
//!
//! ```text
//!  scan thread ──► Table (hot, small, one a thread) ──► Summary (compact, one a scan) ──► report
//! ```

pub(crate) mod histogram;
mod pages;
mod runs;
pub mod saved;
mod scan;
mod shards;
pub(crate) mod sink;
mod stats;
mod summary;
mod table;

pub use histogram::{Coarse, Histogram, RELATIVE_ERROR};
pub use runs::Run;
pub use scan::Scanned;
pub use shards::{Group, SHARDS, Shard, Sharded};
pub use stats::Stats;
pub use summary::{Row, Summary};
pub(crate) use table::Table;

/// What a scan collects beside counts, sums and extremes, each of which costs something for every span.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wanted {
    /// Histograms, for percentiles.
    pub histograms: bool,
    /// Sums of squares, for standard deviations.
    pub squares: bool,
    /// Counts, sums and histograms by shard of the trace groups, for comparisons.
    pub shards: bool,
}

impl Wanted {
    /// All that a report can show.
    pub const ALL: Self = Self { histograms: true, squares: true, shards: false };
    /// All there is.
    pub const SHARDED: Self = Self { shards: true, ..Self::ALL };
    /// Nothing more.
    pub const NOTHING: Self = Self { histograms: false, squares: false, shards: false };
}
