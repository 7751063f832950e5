//! The flat scan: how the engine fills a [`Summary`](tracerank_summary::Summary).
//!
//! ```text
//!  scan thread ──► Table (hot, small, one a thread) ──► Summary (compact, one a scan) ──► report
//! ```

mod kept;
mod pages;
mod paired;
mod runs;
mod scan;
mod seen;
pub(crate) mod sink;
mod table;

pub(crate) use kept::{Kept, end_of};
pub(crate) use paired::{PairedCounts, Pairing, PairingWorker};
pub use runs::Run;
pub use scan::Scanned;
pub(crate) use seen::Seen;
pub(crate) use table::Table;
