//! From a pattern to the members that it looks for.

use thiserror::Error;

use super::JsonLines;
use super::naming::{self, NameAt, Part};
use super::values::{TimeType, Type};
use super::walk::{Captured, Node, WAYS};
use crate::record::{Ids, Reason};

/// A pattern that can't be compiled.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("json pattern: {what}")]
pub struct JsonPatternError {
    /// The part of it that is wrong, from an offset in the pattern on.
    pub at: usize,
    /// What is wrong, with what would be right.
    pub what: String,
}

/// A member: its slot, and the types of the ways to write it.
#[derive(Debug, Clone)]
struct Member<T> {
    slot: usize,
    types: Vec<T>,
}

/// A pattern, compiled.
#[derive(Debug, Clone)]
pub(super) struct Pattern {
    names: Vec<Member<Part>>,
    duration: Member<Type>,
    time: Option<Member<TimeType>>,
    group: Option<usize>,
    id: Option<usize>,
    parent: Option<usize>,
}

/// A part of a pattern: `ROLE=PATH:TYPE|PATH:TYPE`.
struct Clause<'t> {
    at: usize,
    role: &'t str,
    /// The keys and the type of each way to write it.
    ways: Vec<(Vec<String>, &'t str)>,
}

impl Pattern {
    /// Compiles a pattern. Its members get the next slots, and their keys are added.
    pub(super) fn compile(text: &str, root: &mut Node, slots: &mut usize) -> Result<Self, JsonPatternError> {
        let fail = |at: usize, what: &str| Err(JsonPatternError { at, what: what.to_owned() });
        let Some(body) = text.strip_prefix(JsonLines::PREFIX) else {
            return fail(0, "it begins with json:, as in json:name=request.uri:route,dur=duration:s");
        };
        let (mut names, mut duration, mut time) = (Vec::new(), None, None);
        let (mut group, mut id, mut parent) = (None, None, None);
        for clause in clauses(body, JsonLines::PREFIX.len())? {
            let slot = *slots;
            *slots += 1;
            let Clause { at, role, ways } = &clause;
            for ((path, _), rank) in ways.iter().zip(0..) {
                root.add(path, slot, rank);
            }
            let is_new = match *role {
                "name" => {
                    names.push(Member { slot, types: clause.types(Part::named, Part::NAMES)? });
                    true
                }
                "dur" => {
                    let types = clause.types(Type::named, Type::NAMES)?;
                    duration.replace(Member { slot, types }).is_none()
                }
                "time" => {
                    let types = clause.types(TimeType::named, TimeType::NAMES)?;
                    time.replace(Member { slot, types }).is_none()
                }
                "group" => clause.is_plain()? && group.replace(slot).is_none(),
                "id" => clause.is_plain()? && id.replace(slot).is_none(),
                "parent" => clause.is_plain()? && parent.replace(slot).is_none(),
                _ => true,
            };
            if !is_new {
                return fail(*at, &format!("{role} is there twice"));
            }
        }
        let Some(duration) = duration else { return fail(text.len(), "it has no duration, as in dur=duration:s") };
        if names.is_empty() {
            return fail(text.len(), "it has no name, as in name=request.uri:route");
        }
        if id.is_none() && (parent.is_some() || group.is_some()) {
            return fail(text.len(), "it has a parent or a group and no id, as in id=span_id");
        }
        Ok(Self { names, duration, time, group, id, parent })
    }

    pub(super) fn has_time(&self) -> bool {
        self.time.is_some()
    }

    pub(super) fn has_ids(&self) -> bool {
        self.id.is_some()
    }

    /// Says whether a line has all members without which it is no record: the duration, those of the name and the id.
    #[inline]
    pub(super) fn has_all(&self, captured: &Captured) -> bool {
        captured.has(self.duration.slot)
            && self.names.iter().all(|name| captured.has(name.slot))
            && self.id.is_none_or(|id| captured.has(id))
    }

    pub(super) fn duration_ns(&self, line: &[u8], captured: &Captured) -> Result<i64, Reason> {
        let Member { slot, types } = &self.duration;
        let (text, _, way) = captured.get(*slot, line).ok_or(Reason::DURATION_NO_NUMBER)?;
        types.get(way).ok_or(Reason::DURATION_NO_NUMBER)?.duration_ns(text.raw())
    }

    /// Gives the time in microseconds since 1970, and the nanoseconds beyond; none if the line has none.
    pub(super) fn time(&self, line: &[u8], captured: &Captured) -> Result<Option<(i64, u16)>, Reason> {
        let Some(Member { slot, types }) = &self.time else { return Ok(None) };
        let Some((text, _, way)) = captured.get(*slot, line) else { return Ok(None) };
        // One key can have a time of either type.
        let mut result = Err(super::NO_TIME);
        for kind in &types[way.min(types.len())..] {
            result = kind.time(text.raw());
            if result.is_ok() {
                break;
            }
        }
        result.map(Some)
    }

    /// Gives the name, which is in `out` if it is not in the line.
    pub(super) fn name(&self, line: &[u8], captured: &Captured, out: &mut Vec<u8>) -> NameAt {
        let parts = self.names.iter().filter_map(|Member { slot, types }| {
            let (text, range, way) = captured.get(*slot, line)?;
            Some((*types.get(way)?, text, range))
        });
        naming::name(parts, self.names.len(), out)
    }

    /// Gives the ids, if the format has any: a span without a group is one by itself.
    pub(super) fn ids<'a>(&self, line: &'a [u8], captured: &Captured, rooms: &'a mut [Vec<u8>; 3]) -> Option<Ids<'a>> {
        let get = |slot: Option<usize>| captured.get(slot?, line).map(|(text, ..)| text);
        let [of_trace, of_base, of_parent] = rooms;
        let trace = get(Some(self.id?))?.read(of_trace);
        let base = get(self.group).map_or(trace, |group| group.read(of_base));
        let parent = get(self.parent).filter(|parent| !parent.raw().is_empty() && !parent.is_null());
        let parent = parent.map_or(base, |parent| parent.read(of_parent));
        Some(Ids { base, parent, trace })
    }
}

impl Clause<'_> {
    /// Gives the type of each way; one without a type has that of the next one with one.
    fn types<T: Copy>(&self, named: impl Fn(&str) -> Option<T>, all: &[&str]) -> Result<Vec<T>, JsonPatternError> {
        let mut next = "";
        let mut types = Vec::new();
        for (_, name) in self.ways.iter().rev() {
            next = if name.is_empty() { next } else { name };
            let what = || match next {
                "" => format!("{} has no type: one of {}", self.role, all.join(", ")),
                _ => format!("there is no type {next} of {}, only {}", self.role, all.join(", ")),
            };
            types.push(named(next).ok_or_else(|| JsonPatternError { at: self.at, what: what() })?);
        }
        types.reverse();
        Ok(types)
    }

    /// Makes sure that there is no type.
    fn is_plain(&self) -> Result<bool, JsonPatternError> {
        if self.ways.iter().all(|(_, kind)| kind.is_empty()) {
            return Ok(true);
        }
        Err(JsonPatternError { at: self.at, what: format!("{} has no type", self.role) })
    }
}

/// Parses the parts of a pattern, which begins at an offset.
fn clauses(body: &str, offset: usize) -> Result<Vec<Clause<'_>>, JsonPatternError> {
    let mut clauses = Vec::new();
    for (at, text) in split(body, ',') {
        let at = offset + at;
        let fail = |what: &str| JsonPatternError { at, what: format!("{what}: {text}") };
        let is_role =
            |role: &str| !role.is_empty() && role.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
        let (role, ways) = text
            .split_once('=')
            .filter(|(role, _)| is_role(role))
            .ok_or_else(|| fail("a part reads ROLE=PATH:TYPE, as in dur=duration:s"))?;
        let ways: Option<Vec<_>> = split(ways, '|').map(|(_, way)| parse_way(way)).collect();
        let ways = ways.ok_or_else(|| fail("a path reads key.key, and a key with other characters \"a.key\""))?;
        if ways.len() > WAYS {
            return Err(fail("there are more than eight ways to write it"));
        }
        clauses.push(Clause { at, role, ways });
    }
    Ok(clauses)
}

/// Parses `key.key:type`.
fn parse_way(text: &str) -> Option<(Vec<String>, &str)> {
    let mut colons = split(text, ':');
    let (_, path) = colons.next()?;
    let kind = colons.next().map_or("", |(_, kind)| kind);
    let has_empty_type = text.len() > path.len() && kind.is_empty();
    if colons.next().is_some() || has_empty_type {
        return None;
    }
    let keys = split(path, '.').map(|(_, key)| match key.strip_prefix('"') {
        Some(quoted) => quoted.strip_suffix('"').filter(|key| !key.is_empty() && !key.contains('"')).map(str::to_owned),
        None => Some(key).filter(|key| !key.is_empty() && !key.contains('"')).map(str::to_owned),
    });
    Some((keys.collect::<Option<_>>()?, kind))
}

/// Splits a text where a character is outside of quotes. Gives each piece with its offset.
fn split(text: &str, at: char) -> impl Iterator<Item = (usize, &str)> {
    let mut is_quoted = false;
    let mut begin = 0;
    let pieces = text.split(move |character| {
        is_quoted ^= character == '"';
        character == at && !is_quoted
    });
    pieces.map(move |piece| {
        let offset = begin;
        begin += piece.len() + at.len_utf8();
        (offset, piece)
    })
}
