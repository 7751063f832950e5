//! Trees of spans: the parent of each span, and its own time.
//!
//! ```text
//!  Events, a sink ──► Batch (events, by partition) ──► Partition (spans; one for each 256th of the trace groups)
//!                                                               ├──► Tree (one a thread, merged) ──► CallTree
//!                                                               └──► Analysis (a part for each thread, merged)
//! ```
//!
//! A tree never crosses a trace group. So records go to partitions by the hash of their base id, and a partition needs
//! no other. It takes them in the order of the input and pairs starts with stops; when all are there, it finds parents
//! and children. `docs/spans.md` defines them.

mod analysis;
mod call_tree;
mod counted;
mod counts;
mod courses;
mod durations;
mod event;
mod family;
mod forest;
mod groups;
mod halves;
mod identity;
mod kept;
pub(crate) mod key;
mod majority;
mod memory;
mod names;
mod open;
mod order;
mod paired;
mod partition;
mod pass;
mod passing;
mod reading;
mod settle;
mod share;
mod sieve;
mod sink;
mod span;
mod tree;
mod untold;

pub(crate) use analysis::{Analysis, Forest, Growth};
pub use call_tree::{CallTree, Figures, TreeNode};
pub use counts::Counts;
pub(crate) use courses::{CourseWorker, Courses};
pub(crate) use event::{Batch, Event, Run, START, UNTOLD, began_us, between};
pub(crate) use family::{Member, Parent};
pub(crate) use identity::{Identifier, Identity, Started, Texts};
pub use memory::LEAST_MEMORY;
pub(crate) use memory::Memory;
pub(crate) use names::{KnownNames, Names};
pub(crate) use order::{Course, Moment, Order, sort_by_time};
pub(crate) use paired::{Paired, PairedInputs};
pub(crate) use partition::Partition;
pub(crate) use passing::{KeepsName, Nodes, Passing};
pub use reading::{TreeReading, Trees, Unordered};
pub(crate) use share::{PARTITIONS, Share};
pub(crate) use tree::{Node, TOP, Tree};

/// Estimates the same of a table that grows: with the smaller ones before it, whose memory an allocator can't put to
/// another use. Where the next window may make it grow, it is there twice over, and as it was.
fn table_bytes_ahead<T>(len: usize, capacity: usize) -> usize {
    let is_nearly_full = capacity > 0 && len >= capacity / 4 * 3;
    table_bytes::<T>(capacity) * if is_nearly_full { 4 } else { 2 }
}

/// Estimates the bytes of a table of the standard library with room for `capacity` entries: an eighth of its places
/// stays free, and each has a byte beside it.
fn table_bytes<T>(capacity: usize) -> usize {
    capacity / 7 * 8 * (size_of::<T>() + 1)
}
