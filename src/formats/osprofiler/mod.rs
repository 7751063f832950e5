//! The log's grammar: what a line is, told from its bytes alone.
//!
//! ```text
//!  line ──► fast/      the usual record, recognised at fixed places in a few vector instructions
//!     └───► line       every line, by the grammar of docs/format.md: slower, complete, the one that decides
//! ```
//!
//! [`parse`] gives the answer for any line. The fast path either agrees with it or says nothing.

mod duration;
pub(crate) mod fast;
mod head;
mod line;
mod timestamp;
mod uuid;

pub(crate) use line::json_of;
pub use line::{Line, Reason, Record, parse};
pub(crate) use timestamp::{Stamp, is_minute, minute_us, second_us, time_text};

/// Lines of more than this many bytes are not parsed, so that memory stays bounded: 4 MiB, the line ending not counted.
pub const MAX_LINE: usize = 4 << 20;

/// Where in a line its first head begins.
pub(crate) fn first_head(line: &[u8]) -> Option<usize> {
    head::find(line, 0).map(|head| head.at)
}

/// The nanoseconds of a text that is a duration and nothing else, if they are in range.
pub(crate) fn parse_duration(text: &[u8]) -> Option<i64> {
    if duration::measure(text)? == text.len() { duration::parse(text) } else { None }
}
