//! Records: the result of every log format.

use std::any::Any;
use std::fmt;
use std::ops::Range;

/// The length in bytes beyond which a line is not parsed, so that memory stays bounded: 4 MiB, the line ending not
/// counted.
pub const MAX_LINE: usize = 4 << 20;

/// The length of nearly all ids: that of a UUID in its text form.
pub(crate) const ID_LEN: usize = 36;

/// Bytes at the end of a line that can be compared at once, the line feed included.
pub(crate) const TAIL: usize = crate::simd::WIDE;

/// One line of a log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Line<'a> {
    /// The start or the stop of a span, or all of it.
    Record(Record<'a>),
    /// Nothing that looks like a record.
    Other,
    /// It starts like a record, and breaks off or contradicts itself.
    Malformed(Reason),
    /// Several records, or whole and torn ones.
    Several,
}

/// A record of a line that holds several, or a torn one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Piece<'a> {
    /// Its bytes in the line.
    pub range: Range<usize>,
    /// The record, or the reason why it is torn.
    pub record: Result<Record<'a>, Reason>,
}

/// The part of a span that a record tells of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Its beginning.
    Start,
    /// Its end, with its duration as a rule.
    Stop,
    /// All of it, in one record.
    Whole,
}

/// A record, as it stands in its line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Record<'a> {
    /// The part of a span that it tells of.
    pub kind: Kind,
    /// The time when it was written, in microseconds since 1970-01-01T00:00:00Z, if the format tells; of a whole span,
    /// that is its end.
    pub time_us: Option<i64>,
    /// The nanoseconds of that time beyond its microseconds, 0 to 999: only the times of whole spans with ids are as fine.
    pub time_rest_ns: u16,
    /// The duration of the span, in nanoseconds. Missing in a start record, and in the stop records of a format that
    /// [has none](crate::formats::LogFormat::has_durations).
    pub duration_ns: Option<i64>,
    /// The ids of the span, if the format tells.
    pub ids: Option<Ids<'a>>,
    /// The trace name.
    pub name: &'a [u8],
    /// The line from the name on, if equal tails always mean equal names.
    pub tail: Option<&'a [u8]>,
    /// A JSON object with more fields; empty if there is none.
    pub json: &'a [u8],
}

impl Record<'_> {
    /// Says whether a span ends with it: such records are counted as spans.
    pub fn is_end(&self) -> bool {
        self.kind != Kind::Start
    }
}

/// The ids of a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ids<'a> {
    /// The trace group. Any text, usually a UUID.
    pub base: &'a [u8],
    /// The enclosing span's `trace`, or the `base`.
    pub parent: &'a [u8],
    /// The span.
    pub trace: &'a [u8],
}

/// Memory that a thread lends to a format from line to line, so that no line needs an allocation.
#[derive(Debug, Default)]
pub struct Scratch {
    /// A name that does not stand in its line as it is.
    pub name: Vec<u8>,
    /// Values that the format remembers from the lines before.
    pub memory: Memory,
}

/// A value of a type that a format chooses.
#[derive(Debug, Default)]
pub struct Memory(Option<Box<dyn Any + Send>>);

impl Memory {
    /// Gives the value, a new one if another format has left one of another type.
    #[inline]
    pub fn of<T: Any + Default + Send>(&mut self) -> &mut T {
        if !self.0.as_ref().is_some_and(|value| value.is::<T>()) {
            self.0 = Some(Box::new(T::default()));
        }
        let value = self.0.as_mut().and_then(|value| value.downcast_mut());
        value.unwrap_or_else(|| unreachable!("it was just put there"))
    }
}

/// The reason why a line that starts like a record is none. Each format has reasons of its own beside these.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Reason {
    code: &'static str,
    text: &'static str,
}

impl Reason {
    /// The 30th of February, or the 25th hour.
    pub const TIME_DOES_NOT_EXIST: Self = Self::new("TimeDoesNotExist", "the time does not exist");
    /// More than 63 bits of nanoseconds.
    pub const DURATION_OUT_OF_RANGE: Self = Self::new("DurationOutOfRange", "the duration is out of range (292 years)");
    /// Everything is in its place, but the duration is no number.
    pub const DURATION_NO_NUMBER: Self = Self::new("DurationNoNumber", "the duration is no number");
    /// The line ends too soon.
    pub const CUT_SHORT: Self = Self::new("CutShort", "it breaks off");
    /// A line of more than [`MAX_LINE`] bytes.
    pub const TOO_LONG: Self = Self::new("TooLong", "it is longer than 4 MiB");

    /// Makes a reason of a code, which stays the same, and a text: the rest of a sentence that begins with the line.
    pub const fn new(code: &'static str, text: &'static str) -> Self {
        Self { code, text }
    }

    /// Gives the text: the rest of a sentence that begins with the line.
    pub fn as_str(self) -> &'static str {
        self.text
    }
}

/// Writes its code.
impl fmt::Debug for Reason {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.code)
    }
}
