//! Log formats: the meaning of lines. Each is a folder here, or a declaration, and a line of [`FORMATS`].
//!
//! ```text
//!  a sample of an input ──► detect ──► LogFormat ──► parse: any line ──► Line, Record
//!                             └──► envelope: what is around each line
//!                                          └──► FastFormat: the usual line, at fixed places, in vectors
//! ```

mod calendar;
mod decimal;
pub mod declared;
mod detect;
mod envelope;
mod json;
pub mod json_lines;
pub mod mysql_slow;
pub mod osprofiler;
pub mod osprofiler_events;
pub mod otlp;
pub mod postgres;
mod stamp;

use std::fmt;
use std::sync::{Arc, LazyLock};

pub use detect::detect;
pub(crate) use detect::detect_as;

use crate::error::NoUnit;
use crate::input::Sample;
use crate::record::{ID_LEN, Kind, Line, Piece, Scratch, TAIL};
use crate::remedy::Parting;
use crate::simd::Cpu;

/// Reads the lines of a log.
pub trait LogFormat: Send + Sync + fmt::Debug {
    /// Gives its name on the command line.
    fn name(&self) -> &'static str;

    /// Parses `line`: the answer that decides. A carriage return at its end is a part of the line ending, and the line
    /// feed is not in it. Lines can be of any length; those beyond [`MAX_LINE`](crate::record::MAX_LINE) come cut off,
    /// two bytes longer than that.
    fn parse<'a>(&self, line: &'a [u8], scratch: &'a mut Scratch) -> Line<'a>;

    /// Gives the pieces of a line that is [`Line::Several`] by [`parse`](Self::parse), in their order. Other lines are
    /// never asked for. A line without any is no record. A format whose lines hold one record each needs nothing here.
    fn pieces(&self, _line: &[u8], _scratch: &mut Scratch, _take: &mut dyn FnMut(Piece<'_>)) {}

    /// Says whether a record can have several lines. [`parse`](Self::parse) then gets all lines of a record, with the
    /// line feeds between them.
    fn joins_lines(&self) -> bool {
        false
    }

    /// Says whether `line` goes on with the record of the line `before` it; asked only if records can have several
    /// lines. Both are without their line feeds. No other line is looked at, so that a log can be cut anywhere.
    fn goes_on(&self, _before: &[u8], _line: &[u8]) -> bool {
        false
    }

    /// Says whether a sample of a log is of this format, without a doubt.
    fn claims(&self, sample: &Sample<'_>) -> bool;

    /// Says whether its records have ids: without them, each span is a root without children.
    fn has_ids(&self) -> bool {
        true
    }

    /// Says whether its records have times: without them, a filter by time leaves each of them out.
    fn has_times(&self) -> bool {
        true
    }

    /// Says whether logs of it are written in several ways, of which a sample tells one.
    fn has_spellings(&self) -> bool {
        false
    }

    /// Gives the spelling that a log of this sample is in. None if there is but one, or the log is in none of them.
    ///
    /// # Errors
    ///
    /// The sample is of one of them, but its durations are numbers of which nothing tells the unit.
    fn spelling(&self, _sample: &Sample<'_>) -> Result<Option<Arc<dyn LogFormat>>, NoUnit> {
        Ok(None)
    }

    /// Gives all spellings, if there are several.
    fn spellings(&self) -> Vec<Spelling> {
        Vec::new()
    }

    /// Gives the declaration, where it is one: a text that a user can start a format of his own with.
    fn declaration(&self) -> Option<String> {
        None
    }

    /// Gives the fields of a line, if it is a record: for a look at how a log is read.
    fn fields(&self, _line: &[u8]) -> Vec<Field> {
        Vec::new()
    }

    /// Gives the place where a line departs from a pattern that a user gave. None if it does not, or it is no pattern.
    fn parting(&self, _line: &[u8]) -> Option<Parting> {
        None
    }

    /// Says whether its records tell how long spans took. Where stop records do not, that is the time since the start:
    /// even a report has to pair the two, and parts of a log can't be summed up. Such a format's path is
    /// [`Path::Parsed`].
    fn has_durations(&self) -> bool {
        true
    }

    /// Gives the meaning of the order of its records.
    fn line_order(&self) -> LineOrder {
        if self.has_ids() { LineOrder::Written } else { LineOrder::Unused }
    }

    /// Gives the way in which its lines are read.
    fn path(&self) -> Path {
        Path::Parsed
    }
}

/// One of the ways in which logs of a format are written.
#[derive(Debug, Clone)]
pub struct Spelling {
    /// The program that writes it so.
    pub name: &'static str,
    /// A line about it.
    pub help: &'static str,
    /// Reads it.
    pub format: Arc<dyn LogFormat>,
}

/// A field of a record, as it stands in its line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Field {
    /// The name of it.
    pub name: String,
    /// The text of it.
    pub text: Vec<u8>,
}

/// The meaning of the order in which the records of a log stand, for the trees of its spans.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub enum LineOrder {
    /// It has none, and none is needed, since a record is all of a span.
    #[default]
    Unused,
    /// They were written in it, which tells more than their timestamps. Where these go back often, something is wrong.
    Written,
    /// It has none: starts and stops are taken in the order of their timestamps.
    Any,
}

/// The way in which the lines of a format are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Path {
    /// Each line is parsed.
    Parsed,
    /// By [`osprofiler`]'s fast path, and parsed where that does not recognise the line.
    Osprofiler,
}

/// A format whose usual line is recognised without being parsed.
pub(crate) trait FastFormat {
    /// The knowledge that a thread has from the lines before.
    type Known: Default;
    /// A line that was recognised in a window.
    type Fast<'w>: Fast<'w>;
    /// Recognises a usual line at the beginning of `bytes`. It is a record by the parser, too. A line that is not
    /// recognised can still be anything.
    fn recognise<'w, C: Cpu>(cpu: C, known: &Self::Known, bytes: &'w [u8]) -> Option<Self::Fast<'w>>;

    /// Parses `line` as [`LogFormat::parse`] does, and learns what is recognised from now on.
    fn parse<'l>(known: &mut Self::Known, line: &'l [u8]) -> Line<'l>;

    /// Gives the pieces of `line` as [`LogFormat::pieces`] does.
    fn pieces<'l>(line: &'l [u8], take: &mut dyn FnMut(Piece<'l>));

    /// Finds the place where a usual record may begin in the line at the beginning of `rest`; none if the line holds
    /// nothing like one.
    fn measure_prefix(rest: &[u8]) -> Option<usize>;

    /// Parses `line`, in which [`measure_prefix`](Self::measure_prefix) has found nothing: it need not be searched
    /// again.
    fn parse_rest(line: &[u8]) -> Line<'_>;
}

/// A line that was recognised. Only the parts that a sink asks for are looked at.
pub(crate) trait Fast<'w>: Copy {
    /// Gives its length without its line feed.
    fn len(self) -> usize;
    /// Gives the part of a span that it tells of.
    fn kind(self) -> Kind;
    /// Gives the duration in nanoseconds, if it has a usual shape.
    fn duration_ns<C: Cpu>(self, cpu: C) -> Option<u64>;
    /// Gives the line from the name on, its line feed and the bytes after it included, and the length without these.
    fn tail(self) -> Option<(&'w [u8; TAIL], usize)>;
    /// Gives base id, parent id and trace id.
    fn ids(self) -> Option<[&'w [u8; ID_LEN]; 3]>;
    /// Gives the time, in microseconds since 1970.
    fn time_us(self) -> i64;
}

/// An entry of the registry.
#[derive(Debug, Clone, Copy)]
pub struct Registered {
    /// A line about its logs in the list of formats.
    pub help: &'static str,
    /// Makes it ready for use.
    pub make: fn() -> Arc<dyn LogFormat>,
}

/// All formats. The first wins over all others, and reads the logs that none claims.
pub static FORMATS: &[Registered] = &[
    osprofiler::REGISTERED,
    osprofiler_events::REGISTERED,
    otlp::REGISTERED,
    declared::REGISTERED_ACCESS,
    json_lines::REGISTERED_ACCESS,
    postgres::REGISTERED,
    postgres::REGISTERED_CSV,
    postgres::REGISTERED_JSON,
    mysql_slow::REGISTERED,
];

/// Gives all formats, in the order of [`FORMATS`]. They are made once.
pub(crate) fn known() -> &'static [Arc<dyn LogFormat>] {
    static KNOWN: LazyLock<Vec<Arc<dyn LogFormat>>> =
        LazyLock::new(|| FORMATS.iter().map(|format| (format.make)()).collect());
    &KNOWN
}

/// Finds the format of this name.
pub fn find(name: &str) -> Option<Arc<dyn LogFormat>> {
    known().iter().find(|format| format.name() == name).cloned()
}
