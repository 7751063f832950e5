//! Log formats that a pattern can describe: literals with named gaps, `{time:clf}] "{method} {path:route} …`, or keys
//! of values, `ltsv:method=method,path=uri:route,…`.
//!
//! ```text
//!  declarations  the formats, as data ──► pattern  compiles them, once ──► matcher  a list of steps over each line
//!  translate  nginx's, Apache's words ──┘ keyed  for keys and values  │     └── marks, find  the end of a gap
//!  access  chooses a spelling           types, clf, times, durations ─┘         naming  the record's name
//! ```

mod access;
mod clf;
mod declarations;
mod durations;
mod find;
mod given;
mod keyed;
mod marks;
mod matcher;
mod naming;
mod pattern;
mod times;
mod translate;
mod types;
mod values;

pub(super) use access::REGISTERED as REGISTERED_ACCESS;
pub use declarations::{ACCESS, DECLARATIONS, Declaration};
pub use given::{Given, is_pattern};
pub use pattern::{PatternError, Place, Problem};

use std::fmt::Write;
use std::sync::Arc;

use super::detect::is_mostly_records;
use super::{Field, LineOrder, LogFormat};
use crate::input::Sample;
use crate::record::{self, Kind, Line, MAX_LINE, Reason, Record, Scratch};
use crate::remedy::Parting;
use keyed::{Keyed, Places, Syntax};
use matcher::{Departure, Ids, Matched, Pattern, Remembered};
use naming::NameAt;

/// After its time, the line departs from every pattern.
pub const NOT_THE_PATTERN: Reason = Reason::new("NotThePattern", "it departs from the format's pattern after its time");
/// The duration is a whole number where only its point would tell its unit.
pub const DURATION_NO_UNIT: Reason =
    Reason::new("DurationNoUnit", "the duration is a whole number, which may be of any unit");

/// Compiles a declaration for use. The tests compile all declarations.
fn make(declaration: &Declaration<'static>) -> Arc<Declared> {
    match Declared::compile(declaration) {
        Ok(declared) => Arc::new(declared),
        Err(error) => unreachable!("{}: {error}", declaration.spelling),
    }
}

/// The most gaps that a name is made of.
const MAX_PIECES: usize = 8;

/// A declaration, compiled.
#[derive(Debug, Clone)]
pub struct Declared {
    name: &'static str,
    spelling: &'static str,
    help: String,
    patterns: Vec<Pattern>,
    /// Lists of keys, which are tried after the patterns.
    keyed: Vec<Keyed>,
    /// The bytes at which gaps of the patterns stop.
    stops: Vec<u8>,
    nameless: &'static [u8],
    /// The patterns as they were given, with the name of each.
    texts: Vec<[String; 2]>,
}

impl Declared {
    /// Compiles a declaration.
    ///
    /// A pattern is text with gaps. `{name}` takes the shortest text up to the pattern's next text, the last gap the
    /// rest of the line; `{name:type}` takes only text of this type; `{}` and `{:type}` are skips; `{{` and `}}` are
    /// braces. Where the pattern has a gap within double quotes, no quote is in its text unless a backslash is before
    /// it. Outside of quotes, the text before a time is the shortest one that a time follows.
    ///
    /// `{dur:s}` is the duration; several add up. `{time:clf}` is the line's time, or `{start:clf}` that of the
    /// beginning. `{id}`, `{parent}` and `{group}` are ids; all others are labels. Gaps that a name is made of are not
    /// empty.
    ///
    /// `ltsv:name=uri:route,dur=reqtime:s` and `logfmt:…` are lists of gaps, each with the key of its value.
    pub fn compile(declaration: &Declaration<'_>) -> Result<Self, PatternError> {
        let mut declared = Self::empty(declaration.name, declaration.spelling, declaration.help);
        declared.nameless = declaration.nameless.unwrap_or_default().as_bytes();
        for (text, nth) in declaration.patterns.iter().zip(1..) {
            declared.add(text, nth, Some(declaration.named), declaration.nameless.is_some())?;
        }
        Ok(declared)
    }

    /// Compiles patterns that a user gives, in any of the languages that patterns are written in. They are tried in
    /// their order, lists of keys after the others. A name is made of `{name}`, of `{method}` and `{path}`, of
    /// `{request}` or of `{path}`.
    pub fn of_patterns<'a>(texts: impl IntoIterator<Item = &'a str>) -> Result<Self, PatternError> {
        let given: Vec<Given> = texts.into_iter().map(Given::from).collect();
        Self::of_given(&given)
    }

    /// Compiles patterns that a user gives, each with or without a name.
    pub fn of_given<'a>(given: impl IntoIterator<Item = &'a Given>) -> Result<Self, PatternError> {
        let mut declared = Self::empty("pattern", "pattern", "");
        for (Given { pattern, name }, nth) in given.into_iter().zip(1..) {
            let is_list = Syntax::split(pattern).is_some();
            let text = if is_list { pattern.clone() } else { translate::translate(pattern, nth)? };
            declared.add(&text, nth, name.as_deref(), false)?;
        }
        Ok(declared)
    }

    fn empty(name: &'static str, spelling: &'static str, help: &str) -> Self {
        let (patterns, keyed, stops, texts) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        Self { name, spelling, help: help.to_owned(), patterns, keyed, stops, nameless: b"", texts }
    }

    fn add(&mut self, text: &str, nth: usize, named: Option<&str>, has_nameless: bool) -> Result<(), PatternError> {
        if let Some((syntax, list)) = Syntax::split(text) {
            self.keyed.push(Keyed::compile(syntax, list, nth, named)?);
            self.texts.push([text.to_owned(), named.unwrap_or_default().to_owned()]);
            return Ok(());
        }
        let gaps = pattern::gap_names(text);
        let usual = || pattern::Name::usual(|gap| gaps.iter().any(|known| known == gap));
        let named = named.unwrap_or_else(|| usual().unwrap_or_default());
        let is_nameless = named.is_empty();
        let name = pattern::Name::compile(named)?;
        self.patterns.push(pattern::compile(text, nth, &name, has_nameless || is_nameless, &mut self.stops)?);
        if is_nameless {
            return Err(PatternError { place: Place::Pattern(nth), column: 1, problem: Problem::NoName });
        }
        self.texts.push([text.to_owned(), named.to_owned()]);
        Ok(())
    }

    /// Gives the program that writes logs so, or `pattern`.
    pub fn spelling(&self) -> &'static str {
        self.spelling
    }

    /// Gives the first pattern with another unit of its duration.
    fn with_unit(&self, unit: &str) -> String {
        let text = self.texts.first().map_or("", |[text, _]| text);
        let text = text.replace("{method} {path:route} HTTP/{}", "{request:request}");
        let text = text.replace("{dur:decimal_s}", &format!("{{dur:{unit}}}"));
        match text.strip_suffix(":dur") {
            Some(list) => format!("{list}:{unit}"),
            None => text,
        }
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
                Ok(matched) => {
                    let ids =
                        pattern.ids.as_ref().and_then(|ids| ids_in(line, ids, |number| remembered.pieces[number]));
                    return Line::Record(self.record(line, name, &matched, pattern.has_start, ids));
                }
                Err(departure) => {
                    // The last patterns take the most lines, so that their reasons say the most.
                    if !departure.is_in_head && furthest.as_ref().is_none_or(|furthest| departure.at >= furthest.at) {
                        furthest = Some(departure);
                    }
                }
            }
        }
        if !self.keyed.is_empty() {
            return self.parse_keyed(line, name, remembered, furthest.map(|departure| departure.reason));
        }
        furthest.map_or(Line::Other, |departure| Line::Malformed(departure.reason))
    }

    #[inline(never)]
    fn parse_keyed<'a>(
        &self,
        line: &'a [u8],
        name: &'a mut Vec<u8>,
        Remembered { time, .. }: &mut Remembered,
        mut reason: Option<Reason>,
    ) -> Line<'a> {
        let mut places = Places::default();
        for keyed in &self.keyed {
            match keyed.run(line, time, &mut places, name) {
                Ok(matched) if matched.is_declared() && self.nameless.is_empty() => reason = Some(NOT_THE_PATTERN),
                Ok(matched) => {
                    let place = |number: usize| places[number].unwrap_or_default();
                    let ids = keyed.ids.as_ref().and_then(|ids| ids_in(line, ids, place));
                    return Line::Record(self.record(line, name, &matched, keyed.has_start, ids));
                }
                Err(why) => reason = reason.or(why),
            }
        }
        reason.map_or(Line::Other, Line::Malformed)
    }

    #[inline]
    fn record<'a>(
        &self,
        line: &'a [u8],
        scratch: &'a [u8],
        matched: &Matched,
        has_start: bool,
        ids: Option<record::Ids<'a>>,
    ) -> Record<'a> {
        let name = match matched.name {
            NameAt::Line(begin, end) => &line[begin..end],
            NameAt::Scratch => scratch,
            NameAt::Declaration => self.nameless,
        };
        let Matched { mut time_us, duration_ns, .. } = *matched;
        if has_start {
            time_us = end_us(time_us, duration_ns);
        }
        Record { kind: Kind::Whole, time_us, time_rest_ns: 0, duration_ns, ids, name, tail: None, json: &[] }
    }

    /// Judges a line by its first bytes: it is too long to be parsed.
    #[cold]
    fn parse_long<'a>(&self, beginning: &[u8], name: &mut Vec<u8>, remembered: &mut Remembered) -> Line<'a> {
        remembered.mark(beginning, &self.stops);
        let is_like_a_record = |pattern: &Pattern| {
            pattern.run(beginning, remembered, name).err().is_none_or(|departure| !departure.is_in_head)
        };
        let is_like_one = self.patterns.iter().any(is_like_a_record);
        let mut is_keyed = || !matches!(self.parse_keyed(beginning, name, remembered, None), Line::Other);
        if is_like_one || !self.keyed.is_empty() && is_keyed() {
            Line::Malformed(Reason::TOO_LONG)
        } else {
            Line::Other
        }
    }

    /// Finds the pattern that a line follows furthest, and the place where it departs from it.
    fn furthest(&self, line: &[u8]) -> Option<(&Pattern, Departure)> {
        let mut remembered = Remembered::default();
        remembered.mark(line, &self.stops);
        let mut name = Vec::new();
        let departures = self.patterns.iter().map(|pattern| {
            let departure = pattern.run(line, &mut remembered, &mut name).err();
            departure.map(|departure| (pattern, departure))
        });
        // Of a line that follows one of them, there is none. The first of several counts.
        let departures: Option<Vec<_>> = departures.collect();
        departures?.into_iter().rev().max_by_key(|(_, departure)| departure.from)
    }

    /// Says what a line lacks that a list of keys would need.
    fn lacking(&self, line: &[u8]) -> Option<Parting> {
        let (mut places, mut name) = (Places::default(), Vec::new());
        let first = self.keyed.first()?;
        let run = first.run(line, &mut Remembered::default().time, &mut places, &mut name);
        run.err()?;
        let missing = first.missing(&places);
        let wants = if missing.is_empty() {
            "values of other types".to_owned()
        } else {
            format!("the key {}", missing.join(" and the key "))
        };
        Some(Parting { at: 0, wants })
    }
}

/// Gives the ids of a record, whose places the function tells; none where there is no id, or a `-`.
#[inline(never)]
fn ids_in<'a>(line: &'a [u8], ids: &Ids, place: impl Fn(usize) -> (usize, usize)) -> Option<record::Ids<'a>> {
    let text = |number: usize| {
        let (begin, end) = place(number);
        Some(&line[begin..end]).filter(|text| !matches!(*text, b"" | b"-"))
    };
    let trace = text(ids.id)?;
    let parent = ids.parent.and_then(text);
    // Without groups, spans that have parents are all of one.
    let usual: &[u8] = if ids.parent.is_some() { b"-" } else { trace };
    let base = ids.group.and_then(text).unwrap_or(usual);
    Some(record::Ids { base, parent: parent.unwrap_or(base), trace })
}

/// Gives the end of a span that began at a time, to the nearest microsecond.
fn end_us(start_us: Option<i64>, duration_ns: Option<i64>) -> Option<i64> {
    let took_us = duration_ns.unwrap_or(0).saturating_add(500).div_euclid(1000);
    start_us.map(|start_us| start_us.saturating_add(took_us))
}

impl LogFormat for Declared {
    fn name(&self) -> &'static str {
        self.name
    }

    fn parse<'a>(&self, line: &'a [u8], scratch: &'a mut Scratch) -> Line<'a> {
        Self::parse(self, line, scratch)
    }

    fn has_ids(&self) -> bool {
        self.patterns.iter().any(|pattern| pattern.ids.is_some()) || self.keyed.iter().any(|keyed| keyed.ids.is_some())
    }

    fn has_times(&self) -> bool {
        self.patterns.iter().any(Pattern::has_time) || self.keyed.iter().any(Keyed::has_time)
    }

    /// Its records are whole spans.
    fn line_order(&self) -> LineOrder {
        LineOrder::Unused
    }

    /// Its records have no sure mark, so nine of ten lines have to be records.
    fn claims(&self, sample: &Sample<'_>) -> bool {
        is_mostly_records(sample, self)
    }

    fn declaration(&self) -> Option<String> {
        let mut text = String::new();
        if !self.help.is_empty() {
            let _ = writeln!(text, "# {}", self.help);
        }
        for [pattern, name] in &self.texts {
            let quoted = |text: &str| if text.contains('\'') { format!("{text:?}") } else { format!("'{text}'") };
            let _ = writeln!(text, "[[format]]\npattern = {}", quoted(pattern));
            let has_gap = |gap: &String| pattern.contains(&format!("{{{gap}")) || pattern.contains(&format!("{gap}="));
            let is_nameless = !pattern::gap_names(name).iter().any(has_gap);
            let name = if is_nameless { String::from_utf8_lossy(self.nameless).into_owned() } else { name.clone() };
            let _ = writeln!(text, "name = {}", quoted(&name));
        }
        Some(text)
    }

    fn fields(&self, line: &[u8]) -> Vec<Field> {
        let line = trim_end(line);
        let mut remembered = Remembered::default();
        remembered.mark(line, &self.stops);
        let field = |name: &str, text: &[u8]| Field { name: name.to_owned(), text: text.to_vec() };
        for pattern in &self.patterns {
            if let Some(ends) = pattern.ends(line, &mut remembered) {
                let named = pattern.gaps.iter().zip(ends).filter(|(gap, _)| !gap.name.is_empty());
                return named.map(|(gap, (begin, end))| field(&gap.name, &line[begin..end])).collect();
            }
        }
        let (mut places, mut name) = (Places::default(), Vec::new());
        for keyed in &self.keyed {
            if keyed.run(line, &mut remembered.time, &mut places, &mut name).is_ok() {
                return keyed.fields(line, &places).into_iter().map(|(name, text)| field(name, text)).collect();
            }
        }
        Vec::new()
    }

    fn parting(&self, line: &[u8]) -> Option<Parting> {
        let line = trim_end(line);
        if self.spelling != "pattern" {
            return None;
        }
        if self.patterns.is_empty() {
            return self.lacking(line);
        }
        let (pattern, departure) = self.furthest(line)?;
        Some(Parting { at: departure.from, wants: pattern.wants(departure.step) })
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
