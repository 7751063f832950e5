//! What every log format yields: the records of its lines.

/// Bytes of a line beyond which it is not parsed, so that memory stays bounded: 4 MiB, the line ending not counted.
pub const MAX_LINE: usize = 4 << 20;

/// Length of an id as nearly all are: a UUID in its text form.
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
}

/// Which part of a span a record tells of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Its beginning.
    Start,
    /// Its end, with its duration.
    Stop,
    /// All of it, in one record.
    Whole,
}

/// A record, as it stands in its line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Record<'a> {
    /// Which part of a span it tells of.
    pub kind: Kind,
    /// When it was written, in microseconds since 1970-01-01T00:00:00Z; of a whole span, that is its end.
    pub time_us: i64,
    /// How long the span took, in nanoseconds. Not in a start record.
    pub duration_ns: Option<i64>,
    /// Which span it is, if the format tells.
    pub ids: Option<Ids<'a>>,
    /// The trace name.
    pub name: &'a [u8],
    /// The line from the name on, if equal ones always mean equal names.
    pub tail: Option<&'a [u8]>,
    /// A JSON object with more of it; empty if there is none.
    pub json: &'a [u8],
}

impl Record<'_> {
    /// Whether a span ends with it: such records are counted as spans.
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
}

/// Why a line that starts like a record is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason {
    /// The 30th of February, or the 25th hour.
    TimeDoesNotExist,
    /// A fraction of a second that is neither missing nor six digits long.
    FractionNotSixDigits,
    /// More than 63 bits of nanoseconds.
    DurationOutOfRange,
    /// Base, parent and trace id are not all there.
    NoIds,
    /// The marker follows directly on the ids.
    NoName,
    /// A start record that does not end in `-start`.
    NoStartMarker,
    /// A stop record that does not end in `-stop`.
    NoStopMarker,
    /// A torn record, with another record's head in what would have to be its `base_id`.
    HeadInside,
    /// The line ends before its ids begin.
    CutShort,
    /// Everything is in its place, but the duration is no number.
    DurationNoNumber,
    /// A line of more than [`MAX_LINE`] bytes.
    TooLong,
}

impl Reason {
    /// All there are.
    pub const ALL: [Self; 11] = [
        Self::TimeDoesNotExist,
        Self::FractionNotSixDigits,
        Self::DurationOutOfRange,
        Self::NoIds,
        Self::NoName,
        Self::NoStartMarker,
        Self::NoStopMarker,
        Self::HeadInside,
        Self::CutShort,
        Self::DurationNoNumber,
        Self::TooLong,
    ];

    /// What is wrong, as the rest of a sentence that begins with the line.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::TimeDoesNotExist => "the time does not exist",
            Self::FractionNotSixDigits => "the fraction of the second does not have six digits",
            Self::DurationOutOfRange => "the duration is out of range (292 years)",
            Self::NoIds => "base, parent and trace id are not all there",
            Self::NoName => "the trace name is missing",
            Self::NoStartMarker => "no -start at the end of a line without duration",
            Self::NoStopMarker => "no -stop at the end of a line with a duration",
            Self::HeadInside => "another record begins inside it",
            Self::CutShort => "it breaks off",
            Self::DurationNoNumber => "the duration is no number",
            Self::TooLong => "it is longer than 4 MiB",
        }
    }
}
