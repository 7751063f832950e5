//! The grammar of osprofiler's log: it tells the meaning of a line from its bytes alone.
//!
//! ```text
//!  line ──► fast/      the usual record, recognised at fixed places in a few vector instructions
//!     └───► line       every line, by the grammar of docs/format.md: slower, complete, the one that decides
//!            └───► glued   the pieces of a line in which there is more or less than one whole record
//! ```
//!
//! [`parse`] gives the answer for any line. The fast path either agrees with it or says nothing.

mod duration;
pub(crate) mod fast;
mod glued;
mod head;
mod json;
mod line;
mod parts;
mod timestamp;
mod uuid;

use std::sync::Arc;

pub use glued::pieces;
pub use json::measure_object;
pub use line::parse;

use super::detect::has_record;
use super::{FastFormat, LogFormat, Path, Registered};
use crate::input::Sample;
use crate::record::{Line, MAX_LINE, Piece, Scratch};
use crate::simd::Cpu;
use fast::{KnownMinute, Usual, WINDOW};

/// The start/stop trace log that osprofiler writes inside of Mistral.
#[derive(Debug, Clone, Copy)]
pub struct Osprofiler;

/// Its entry of the registry.
pub(super) const REGISTERED: Registered = Registered {
    help: "start and stop records of OpenStack Mistral's osprofiler, among any other lines",
    make: || Arc::new(Osprofiler),
};

impl LogFormat for Osprofiler {
    fn name(&self) -> &'static str {
        "osprofiler"
    }

    fn parse<'a>(&self, line: &'a [u8], _: &'a mut Scratch) -> Line<'a> {
        parse(line)
    }

    fn pieces(&self, line: &[u8], _: &mut Scratch, take: &mut dyn FnMut(Piece<'_>)) {
        pieces(line).into_iter().for_each(take);
    }

    /// A head with its ids is a sure mark.
    fn claims(&self, sample: &Sample<'_>) -> bool {
        has_record(sample, self)
    }

    fn path(&self) -> Path {
        Path::Osprofiler
    }
}

impl FastFormat for Osprofiler {
    type Known = KnownMinute;
    type Fast<'w> = Usual<'w>;

    #[inline(always)]
    fn recognise<'w, C: Cpu>(cpu: C, known: &KnownMinute, bytes: &'w [u8]) -> Option<Usual<'w>> {
        // A closure would be a function of its own, compiled without AVX2, and half as fast.
        match bytes.first_chunk::<WINDOW>() {
            Some(window) => fast::recognise(cpu, known, window),
            None => None,
        }
    }

    fn parse<'l>(known: &mut KnownMinute, line: &'l [u8]) -> Line<'l> {
        line::parse_knowing(known, line)
    }

    fn pieces<'l>(line: &'l [u8], take: &mut dyn FnMut(Piece<'l>)) {
        pieces(line).into_iter().for_each(take);
    }

    #[cold]
    fn measure_prefix(rest: &[u8]) -> Option<usize> {
        // No prefix is looked for where the head is likely to be the first thing in the line.
        if rest.get("YYYY-MM-DD".len()) == Some(&b'T') {
            return Some(0);
        }
        let Some(len) = memchr::memchr(b'\n', rest).filter(|len| *len <= MAX_LINE) else { return Some(0) };
        first_head(&rest[..len])
    }

    fn parse_rest(line: &[u8]) -> Line<'_> {
        line::parse_without_head(line.strip_suffix(b"\r").unwrap_or(line))
    }
}

/// Finds the first head in a line.
pub(crate) fn first_head(line: &[u8]) -> Option<usize> {
    head::find(line, 0).map(|head| head.at)
}

/// Parses a text that is a duration and nothing else to nanoseconds, if they are in range.
pub(crate) fn parse_duration(text: &[u8]) -> Option<i64> {
    if duration::measure(text)? == text.len() { duration::parse(text) } else { None }
}
