//! Lines of values with keys: LTSV (`time:…⇥method:GET⇥…`) and logfmt (`method=GET path="/a b" …`), in which values may
//! stand in any order, and others among them.

use super::NOT_THE_PATTERN;
use super::clf::RememberedTime;
use super::durations::sum;
use super::matcher::{Ids, Matched};
use super::naming::{NameAt, Normaliser, Piece};
use super::pattern::{ID_ROLES, PatternError, Place, Problem, check_name, check_type, ids_of, type_named};
use super::types::{Type, Use};
use super::values::{duration_ns, time_us};
use crate::record::Reason;

/// The most gaps of a list.
const MAX_GAPS: usize = 16;

/// The beginning and the end of each gap's value in the line.
pub(super) type Places = [Option<(usize, usize)>; MAX_GAPS];

/// The way in which keys and values are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Syntax {
    /// `key:value`, with tabs between them.
    Ltsv,
    /// `key=value` or `key="value"`, with blanks between them.
    Logfmt,
}

impl Syntax {
    /// Splits a list of gaps from the word before it that says how their values are written.
    pub(super) fn split(text: &str) -> Option<(Self, &str)> {
        let of = |prefix, syntax| text.strip_prefix(prefix).map(|list| (syntax, list));
        of("ltsv:", Self::Ltsv).or_else(|| of("logfmt:", Self::Logfmt))
    }

    fn name(self) -> &'static str {
        match self {
            Self::Ltsv => "ltsv",
            Self::Logfmt => "logfmt",
        }
    }
}

/// A gap: a key, and the type of its value.
#[derive(Debug, Clone)]
struct Gap {
    name: String,
    key: String,
    kind: Type,
}

/// A compiled list of gaps.
#[derive(Debug, Clone)]
pub(super) struct Keyed {
    syntax: Syntax,
    gaps: Vec<Gap>,
    naming: Vec<Piece>,
    pub(super) ids: Option<Ids>,
    pub(super) has_start: bool,
}

impl Keyed {
    /// Compiles a list such as `method=method,path=uri:route,dur=reqtime:s`. The name's pieces are those of a pattern's
    /// name, and are numbered as the gaps are.
    pub(super) fn compile(syntax: Syntax, list: &str, nth: usize, named: Option<&str>) -> Result<Self, PatternError> {
        let place = Place::Pattern(nth);
        let (mut gaps, mut column) = (Vec::<Gap>::new(), syntax.name().len() + 2);
        for entry in list.split(',') {
            let error = |problem| PatternError { place, column, problem };
            let gap = gap(entry).map_err(error)?;
            if gap.name != "dur" && gaps.iter().any(|other| other.name == gap.name) {
                return Err(error(Problem::Twice(gap.name)));
            }
            if gaps.len() == MAX_GAPS {
                return Err(error(Problem::TooManyGaps));
            }
            gaps.push(gap);
            column += entry.chars().count() + 1;
        }
        let at = |wanted: &str| gaps.iter().position(|gap| gap.name == wanted);
        let error = |problem| PatternError { place, column: 1, problem };
        if at("dur").is_none() {
            return Err(error(Problem::NoDuration));
        }
        if at("time").is_some() && at("start").is_some() {
            return Err(error(Problem::TwoTimes));
        }
        let orphan = ID_ROLES[1..].iter().find(|role| at(role).is_some() && at("id").is_none());
        if let Some(orphan) = orphan {
            return Err(error(Problem::NoId((*orphan).to_owned())));
        }
        let usual = || super::pattern::Name::usual(|gap| at(gap).is_some()).ok_or_else(|| error(Problem::NoName));
        let named = named.map_or_else(usual, Ok)?;
        let naming = super::pattern::pieces_of(named, nth, |wanted| at(wanted).map(|at| (at, gaps[at].kind)))?;
        Ok(Self { syntax, naming, ids: ids_of(at), has_start: at("start").is_some(), gaps })
    }

    /// Says whether a gap is the line's time.
    pub(super) fn has_time(&self) -> bool {
        self.gaps.iter().any(|gap| gap.name == "time" || gap.name == "start")
    }

    /// Matches a line. None if it is no record; an LTSV line with a time is one, or a malformed one.
    pub(super) fn run(
        &self,
        line: &[u8],
        time: &mut RememberedTime,
        places: &mut Places,
        name: &mut Vec<u8>,
    ) -> Result<Matched, Option<Reason>> {
        *places = Places::default();
        let unclosed = self.find(line, places);
        let mut matched = Matched { time_us: None, duration_ns: None, name: NameAt::Declaration };
        let is_missing = self.gaps.iter().zip(places.iter()).any(|(gap, place)| place.is_none() && self.is_needed(gap));
        let mut no_number = None;
        for (gap, place) in self.gaps.iter().zip(places.iter_mut()) {
            let Some((begin, end)) = *place else { continue };
            let text = unbracketed(&line[begin..end], gap.kind);
            match used_as(gap) {
                Use::Time if gap.kind.takes(text, time) => {
                    matched.time_us = Some(time_us(gap.kind, text, time).ok_or(Reason::TIME_DOES_NOT_EXIST)?);
                }
                Use::Time => return Err(None),
                Use::Text if gap.kind.takes(text, time) => {}
                Use::Text => no_number = no_number.or(Some(NOT_THE_PATTERN)),
                Use::Duration => {
                    match duration_ns(gap.kind, text).and_then(|ns| sum(ns, matched.duration_ns.unwrap_or(0))) {
                        Ok(ns) => matched.duration_ns = Some(ns),
                        Err(reason) => no_number = no_number.or(Some(reason)),
                    }
                }
            }
        }
        let begins_like_one = self.syntax == Syntax::Ltsv && matched.time_us.is_some();
        match no_number {
            _ if is_missing || unclosed => return Err(begins_like_one.then_some(Reason::CUT_SHORT)),
            Some(reason) => return Err(Some(reason)),
            None => {}
        }
        if self.append_name(line, places, name) {
            matched.name = NameAt::Scratch;
        }
        Ok(matched)
    }

    /// Says whether a line without this gap is no record.
    fn is_needed(&self, gap: &Gap) -> bool {
        let at = self.gaps.iter().position(|other| std::ptr::eq(other, gap));
        let is_of_name = |piece: &Piece| matches!(piece, Piece::Gap(number, _) if Some(*number) == at);
        gap.name == "dur" || self.naming.iter().any(is_of_name)
    }

    /// Makes the name. Not if a piece of it is empty, or the `-` that stands for nothing.
    fn append_name(&self, line: &[u8], places: &Places, name: &mut Vec<u8>) -> bool {
        name.clear();
        self.naming.iter().all(|piece| match piece {
            Piece::Text(text) => {
                name.extend_from_slice(text);
                true
            }
            Piece::Gap(number, normaliser) => {
                let text = places[*number].map_or(b"".as_slice(), |(begin, end)| &line[begin..end]);
                let len = name.len();
                if text != b"-" || *normaliser == Normaliser::Request {
                    normaliser.append(text, name);
                }
                name.len() > len
            }
        })
    }

    /// Gives the texts of its gaps in a line, with their names.
    pub(super) fn fields<'a>(&'a self, line: &'a [u8], places: &Places) -> Vec<(&'a str, &'a [u8])> {
        let texts = self.gaps.iter().zip(places);
        texts.filter_map(|(gap, place)| place.map(|(begin, end)| (gap.name.as_str(), &line[begin..end]))).collect()
    }

    /// Names the keys that a line would need and has not.
    pub(super) fn missing(&self, places: &Places) -> Vec<&str> {
        let gaps = self.gaps.iter().zip(places);
        gaps.filter(|(gap, place)| place.is_none() && self.is_needed(gap)).map(|(gap, _)| gap.key.as_str()).collect()
    }

    /// Finds the values. Says whether the last one lacks its quote.
    fn find(&self, line: &[u8], places: &mut Places) -> bool {
        match self.syntax {
            Syntax::Ltsv => {
                self.find_ltsv(line, places);
                false
            }
            Syntax::Logfmt => self.find_logfmt(line, places),
        }
    }

    fn find_ltsv(&self, line: &[u8], places: &mut Places) {
        let mut begin = 0;
        while begin < line.len() {
            let end = memchr::memchr(b'\t', &line[begin..]).map_or(line.len(), |tab| begin + tab);
            if let Some(colon) = memchr::memchr(b':', &line[begin..end]) {
                self.note(&line[begin..begin + colon], (begin + colon + 1, end), places);
            }
            begin = end + 1;
        }
    }

    fn find_logfmt(&self, line: &[u8], places: &mut Places) -> bool {
        let mut at = 0;
        while let Some(stop) = memchr::memchr3(b' ', b'=', b'"', &line[at..]).map(|stop| at + stop) {
            if line[stop] != b'=' {
                at = stop + 1;
                continue;
            }
            let key = &line[at..stop];
            let begin = stop + 1;
            if line.get(begin) == Some(&b'"') {
                let Some(end) = closing_quote(line, begin + 1) else { return true };
                self.note(key, (begin + 1, end), places);
                at = end + 1;
            } else {
                let end = memchr::memchr(b' ', &line[begin..]).map_or(line.len(), |blank| begin + blank);
                self.note(key, (begin, end), places);
                at = (end + 1).min(line.len());
            }
        }
        false
    }

    /// Notes a value, unless its key was there before.
    fn note(&self, key: &[u8], value: (usize, usize), places: &mut Places) {
        for (gap, place) in self.gaps.iter().zip(places) {
            if place.is_none() && gap.key.as_bytes() == key {
                *place = Some(value);
            }
        }
    }
}

/// Parses an entry `GAP=KEY` or `GAP=KEY:TYPE`.
fn gap(entry: &str) -> Result<Gap, Problem> {
    let (name, value) = entry.split_once('=').ok_or_else(|| Problem::NoEntry(entry.to_owned()))?;
    let (key, kind) = match value.rsplit_once(':') {
        Some((key, kind)) => (key, type_named(kind)?),
        None => (value, Type::Text),
    };
    if name.is_empty() || key.is_empty() {
        return Err(Problem::NoEntry(entry.to_owned()));
    }
    check_name(name)?;
    check_type(name, kind)?;
    Ok(Gap { name: name.to_owned(), key: key.to_owned(), kind })
}

fn used_as(gap: &Gap) -> Use {
    match gap.kind.used_as() {
        Use::Duration if gap.name != "dur" => Use::Text,
        other => other,
    }
}

/// Takes the brackets off that Apache writes around its times.
fn unbracketed(text: &[u8], kind: Type) -> &[u8] {
    match text {
        [b'[', time @ .., b']'] if kind.used_as() == Use::Time => time,
        _ => text,
    }
}

/// Finds the quote that ends a text, before which is no backslash that counts.
fn closing_quote(line: &[u8], begin: usize) -> Option<usize> {
    let mut at = begin;
    loop {
        let stop = at + memchr::memchr2(b'"', b'\\', line.get(at..)?)?;
        if line[stop] == b'"' {
            return Some(stop);
        }
        at = stop + 2;
    }
}
