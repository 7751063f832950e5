//! Log formats: what a line means. Each is a folder here, and a line of [`FORMATS`].
//!
//! ```text
//!  a sample of an input ──► detect ──► LogFormat ──► parse: any line ──► Line, Record
//!                                          └──► FastFormat: the usual line, at fixed places, in vectors
//! ```

mod calendar;
pub mod declared;
mod detect;
pub mod osprofiler;

use std::fmt;
use std::sync::Arc;

pub use detect::detect;

use crate::input::Sample;
use crate::record::{ID_LEN, Kind, Line, Scratch, TAIL};
use crate::simd::Cpu;

/// What the lines of a log mean.
pub trait LogFormat: Send + Sync + fmt::Debug {
    /// Its name on the command line.
    fn name(&self) -> &'static str;

    /// What `line` is: the answer that counts. A carriage return at its end is a part of the line ending, and the line feed is not in it.
    /// Lines can be of any length; those beyond [`MAX_LINE`](crate::record::MAX_LINE) come cut off, two bytes longer than that.
    fn parse<'a>(&self, line: &'a [u8], scratch: &'a mut Scratch) -> Line<'a>;

    /// Whether a sample of a log is of this format, without a doubt.
    fn claims(&self, sample: &Sample<'_>) -> bool;

    /// Whether its records have ids: without them, each span is a root without children.
    fn has_ids(&self) -> bool {
        true
    }

    /// How its lines are read.
    fn path(&self) -> Path {
        Path::Parsed
    }
}

/// How the lines of a format are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Path {
    /// Each is parsed.
    Parsed,
    /// By [`osprofiler`]'s fast path, and parsed where that says nothing.
    Osprofiler,
}

/// A format of which the usual line is recognised without being parsed.
pub(crate) trait FastFormat {
    /// What a thread knows from the lines before.
    type Known: Default;
    /// A line that was recognised in a window.
    type Fast<'w>: Fast<'w>;
    /// What stands at the beginning of `bytes`, if it is a usual line. It is a record by the parser, too; of all else, nothing is said.
    fn recognise<'w, C: Cpu>(cpu: C, known: &Self::Known, bytes: &'w [u8]) -> Option<Self::Fast<'w>>;

    /// What `line` is, as [`LogFormat::parse`] says; learns what is recognised from now on.
    fn parse<'l>(known: &mut Self::Known, line: &'l [u8]) -> Line<'l>;

    /// Where in the line at the beginning of `rest` a usual record may begin; none if the line holds nothing like one.
    fn measure_prefix(rest: &[u8]) -> Option<usize>;

    /// What `line` is, in which [`measure_prefix`](Self::measure_prefix) has found nothing: it need not be searched again.
    fn parse_rest(line: &[u8]) -> Line<'_>;
}

/// A line that was recognised. What a sink does not ask for is never looked at.
pub(crate) trait Fast<'w>: Copy {
    /// Its length without its line feed.
    fn len(self) -> usize;
    /// Which part of a span it tells of.
    fn kind(self) -> Kind;
    /// The duration in nanoseconds, if it has a usual shape.
    fn duration_ns<C: Cpu>(self, cpu: C) -> Option<u64>;
    /// The line from the name on, its line feed and what follows included, and how long it is without these.
    fn tail(self) -> Option<(&'w [u8; TAIL], usize)>;
    /// Base id, parent id and trace id.
    fn ids(self) -> Option<[&'w [u8; ID_LEN]; 3]>;
    /// The time, in microseconds since 1970.
    fn time_us(self) -> i64;
}

/// A format that there is.
#[derive(Debug, Clone, Copy)]
pub struct Registered {
    /// Its name on the command line.
    pub name: &'static str,
    /// Which logs are of it, in a line.
    pub help: &'static str,
    /// Makes it ready for use.
    pub make: fn() -> Arc<dyn LogFormat>,
}

/// All formats. The first wins over all others, and is how a log is read that none claims.
pub static FORMATS: &[Registered] = &[osprofiler::REGISTERED, declared::REGISTERED_ACCESS];

/// The format of this name.
pub fn find(name: &str) -> Option<Arc<dyn LogFormat>> {
    FORMATS.iter().find(|format| format.name == name).map(|format| (format.make)())
}
