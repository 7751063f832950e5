//! Summaries of trace logs, and the file that one is kept in.
//!
//! A [`Summary`] has, for each trace name, exact [sums](Stats), a [histogram](Histogram) of the durations, and both
//! again by [shard](Sharded) of the trace groups. All of it adds up, to the same digits in every order. That lets
//! threads share the work, and files be added up, wherever a log is cut. With it goes an [`Account`] of the lines, and
//! the [`Coverage`]: the bytes of files that were read, so that nothing is counted twice.
//!
//! [`saved`] writes all of that to a file, and reads it; `docs/summaries.md` describes the format, so that other
//! programs can. This crate reads no log: tracerank's engine does, which fills a summary from tables of its own.
//!
//! ```
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! use tracerank_summary::saved::{self, Saved};
//! use tracerank_summary::{Account, Coverage, Group, Summary};
//!
//! let mut summary = Summary::new();
//! for (base_id, ms) in [("request-1", 5), ("request-2", 7), ("request-2", 30)] {
//!     summary.record(b"task-run", ms * 1_000_000, Group::of(base_id.as_bytes()));
//! }
//! let account = Account { lines: 6, records: 6, spans: 3, ..Account::default() };
//! let saved = Saved { summary, account, malformed: Vec::new(), coverage: Coverage::default() };
//! let mut file = Vec::new();
//! saved::write(&saved, &mut file)?;
//!
//! let read = saved::read(file.as_slice())?;
//! let row = read.summary.rows().next().ok_or("no name")?;
//! assert_eq!((row.name, row.stats.total_ns()), (b"task-run".as_slice(), 42_000_000));
//! assert!((row.quantiles_ns([0.5])[0] - 7_000_000).abs() <= 7_000_000 / 128);
//! # Ok(())
//! # }
//! ```

mod account;
mod coverage;
mod histogram;
mod ordered;
mod repeats;
pub mod saved;
mod shards;
mod stats;
mod summary;
mod unknown;

pub use account::{Account, Malformed};
pub use coverage::{Coverage, Covered, EndTimes, Fingerprint, Overlap};
pub use histogram::{Coarse, Histogram, PAGES};
pub use ordered::{Ordered, RELATIVE_ERROR};
pub use repeats::{End, Repeated, Repeats};
pub use shards::{Group, SHARDS, Shard, Sharded};
pub use stats::Stats;
pub use summary::{Row, Summary, Wanted};
