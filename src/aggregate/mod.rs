//! What a log says of each trace name, in a form that adds up.
//!
//! ```text
//!  scan thread ──► Table (hot, small, one a thread) ──► Summary (compact, one a scan) ──► report
//! ```

mod histogram;
mod stats;
mod summary;
mod table;

pub use histogram::{Histogram, RELATIVE_ERROR};
pub use stats::Stats;
pub use summary::{Row, Summary};
pub(crate) use table::Table;
