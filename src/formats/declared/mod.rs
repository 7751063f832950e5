//! Log formats that a pattern can describe: literals with named gaps, `{time:clf}] "{method} {path:route} …`.
//!
//! ```text
//!  declarations  the formats, as data ──► pattern  compiles them, once ──► matcher  a list of steps over each line
//!                                           types  of gaps' texts ───────────┘ └── marks, find  the end of a gap
//! ```

mod declarations;
mod find;
mod marks;
mod matcher;
mod pattern;
mod types;

pub use declarations::{ACCESS, DECLARATIONS, Declaration};
pub use pattern::{PatternError, Place, Problem};

use std::sync::Arc;

use super::detect::is_mostly_records;
use super::{LogFormat, Registered};
use crate::input::Sample;
use crate::record::{Kind, Line, MAX_LINE, Reason, Record, Scratch};
use matcher::{Departure, Matched, NameAt, Pattern, Remembered};

/// After its time, the line departs from every pattern.
pub const NOT_THE_PATTERN: Reason = Reason::new("NotThePattern", "it departs from the format's pattern after its time");
/// The duration is a whole number where only its point would tell its unit.
pub const DURATION_NO_UNIT: Reason =
    Reason::new("DurationNoUnit", "the duration is a whole number, which may be of any unit");

/// Its entry of the registry.
pub(super) const REGISTERED_ACCESS: Registered = Registered { help: ACCESS.help, make: || make(&ACCESS) };

/// Compiles a declaration for use. The tests compile all declarations.
fn make(declaration: &'static Declaration) -> Arc<dyn LogFormat> {
    match Declared::compile(declaration) {
        Ok(declared) => Arc::new(declared),
        Err(error) => unreachable!("{}: {error}", declaration.name),
    }
}

/// The most gaps that a name is made of.
const MAX_PIECES: usize = 8;

/// A declaration, compiled.
#[derive(Debug, Clone)]
pub struct Declared {
    name: &'static str,
    patterns: Vec<Pattern>,
    /// The bytes at which gaps of the patterns stop.
    stops: Vec<u8>,
    nameless: &'static [u8],
}

impl Declared {
    /// Compiles a declaration.
    ///
    /// A pattern is text with gaps. `{name}` takes the shortest text up to the pattern's next text, the last gap the
    /// rest of the line; `{name:type}` takes only text of this type; `{}` and `{:type}` are skips; `{{` and `}}` are
    /// braces. Where the pattern has a gap within double quotes, no quote is in its text unless a backslash is before
    /// it. Outside of quotes, the text before a time is the shortest one that a time follows.
    ///
    /// `{dur:s}` is the duration, `{time:clf}` the line's time; all others are labels. Gaps that a name is made of are
    /// not empty.
    pub fn compile(declaration: &Declaration) -> Result<Self, PatternError> {
        let name = pattern::Name::compile(declaration.named)?;
        let has_other_name = declaration.nameless.is_some();
        let patterns = declaration.patterns.iter().zip(1..);
        let mut stops = Vec::new();
        let patterns = patterns.map(|(text, nth)| pattern::compile(text, nth, &name, has_other_name, &mut stops));
        Ok(Self {
            name: declaration.name,
            patterns: patterns.collect::<Result<_, _>>()?,
            stops,
            nameless: declaration.nameless.unwrap_or_default().as_bytes(),
        })
    }

    /// Parses a line, which has no line feed in it. A carriage return and blanks at its end are taken for a part of the
    /// line ending.
    ///
    /// ```
    /// use tracerank::formats::declared::{ACCESS, Declared};
    /// use tracerank::record::{Line, Scratch};
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let access = Declared::compile(&ACCESS)?;
    /// let client = r#"203.0.113.7 - - [12/Mar/2026:10:00:01 +0000]"#;
    /// let line = format!(r#"{client} "GET /orders/1844?x=1 HTTP/1.1" 200 512 "-" "curl/8.11" 0.041"#);
    /// let mut scratch = Scratch::default();
    /// let Line::Record(record) = access.parse(line.as_bytes(), &mut scratch) else { panic!("no record") };
    /// assert_eq!(record.name, b"GET /orders/{n}");
    /// assert_eq!(record.duration_ns, Some(41_000_000));
    /// # Ok(())
    /// # }
    /// ```
    #[inline]
    pub fn parse<'a>(&self, line: &'a [u8], scratch: &'a mut Scratch) -> Line<'a> {
        let Scratch { name, memory } = scratch;
        let remembered: &mut Remembered = memory.of();
        let line = trim_end(line);
        if line.len() > MAX_LINE {
            return self.parse_long(&line[..MAX_LINE], name, remembered);
        }
        remembered.mark(line, &self.stops);
        let mut furthest: Option<Departure> = None;
        for pattern in &self.patterns {
            match pattern.run(line, remembered, name) {
                Ok(matched) => return Line::Record(self.record(line, name, &matched)),
                Err(departure) => {
                    // The last patterns take the most lines, so that their reasons say the most.
                    if !departure.is_in_head && furthest.as_ref().is_none_or(|furthest| departure.at >= furthest.at) {
                        furthest = Some(departure);
                    }
                }
            }
        }
        furthest.map_or(Line::Other, |departure| Line::Malformed(departure.reason))
    }

    #[inline]
    fn record<'a>(&self, line: &'a [u8], scratch: &'a [u8], matched: &Matched) -> Record<'a> {
        let name = match matched.name {
            NameAt::Line(begin, end) => &line[begin..end],
            NameAt::Scratch => scratch,
            NameAt::Declaration => self.nameless,
        };
        let Matched { time_us, duration_ns, .. } = *matched;
        Record { kind: Kind::Whole, time_us, duration_ns, ids: None, name, tail: None, json: &[] }
    }

    /// Judges a line by its first bytes: it is too long to be parsed.
    #[cold]
    fn parse_long<'a>(&self, beginning: &[u8], name: &mut Vec<u8>, remembered: &mut Remembered) -> Line<'a> {
        remembered.mark(beginning, &self.stops);
        let is_like_a_record = |pattern: &Pattern| {
            pattern.run(beginning, remembered, name).err().is_none_or(|departure| !departure.is_in_head)
        };
        if self.patterns.iter().any(is_like_a_record) { Line::Malformed(Reason::TOO_LONG) } else { Line::Other }
    }
}

impl LogFormat for Declared {
    fn name(&self) -> &'static str {
        self.name
    }

    fn parse<'a>(&self, line: &'a [u8], scratch: &'a mut Scratch) -> Line<'a> {
        Self::parse(self, line, scratch)
    }

    /// A pattern has no roles for ids.
    fn has_ids(&self) -> bool {
        false
    }

    fn has_times(&self) -> bool {
        self.patterns.iter().any(Pattern::has_time)
    }

    /// Its records have no sure mark, so nine of ten lines have to be records.
    fn claims(&self, sample: &Sample<'_>) -> bool {
        is_mostly_records(sample, self)
    }
}

/// Cuts the line ending off.
#[inline]
fn trim_end(line: &[u8]) -> &[u8] {
    let mut line = line.strip_suffix(b"\r").unwrap_or(line);
    while let [rest @ .., b' '] = line {
        line = rest;
    }
    line
}
