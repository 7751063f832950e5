//! How a scan fills a [`Summary`](tracerank_summary::Summary).
//!
//! ```text
//!  scan thread ──► Table (hot, small, one a thread) ──► Summary (compact, one a scan) ──► report
//! ```

mod pages;
pub(crate) mod sink;
mod table;

pub(crate) use table::{Table, tail_hash};
