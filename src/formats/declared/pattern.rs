//! The compiler: from a pattern's text to steps, and from a name's text to pieces.

use super::MAX_PIECES;
use super::matcher::{Gap, GapText, Ids, Literal, Pattern, Step};
use super::naming::{Naming, Normaliser, Piece};
use super::types::{Type, Use};

/// The reason why a declaration can't be compiled.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{place}, column {column}: {problem}")]
pub struct PatternError {
    /// The text with the mistake.
    pub place: Place,
    /// The character in it, counted from one.
    pub column: usize,
    /// The mistake.
    pub problem: Problem,
}

impl PatternError {
    /// Words it for a pattern that is the only one.
    pub fn of_one(&self) -> String {
        format!("column {}: {}", self.column, self.problem)
    }
}

/// A text of a declaration.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Place {
    /// A pattern, counted from one.
    #[error("pattern {0}")]
    Pattern(usize),
    /// The rule for a record's name.
    #[error("name")]
    Name,
}

/// A mistake in a pattern or in a name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    /// `{…` without an end.
    #[error("this {{ has no }}; {{{{ is a brace")]
    GapNotClosed,
    /// `}` without a beginning.
    #[error("this }} closes nothing; }}}} is a brace")]
    NothingToClose,
    /// A name of other bytes than letters, digits and `_`.
    #[error("a gap's name has letters, digits and _ alone, and {0:?} has others")]
    BadName(String),
    /// A type that does not exist.
    #[error("there is no type {0:?}: there are {types}", types = Type::list())]
    UnknownType(String),
    /// Two gaps of one name.
    #[error("{{{0}}} is here twice")]
    Twice(String),
    /// A gap directly after another.
    #[error("no text between this gap and the one before it: nothing says where that one ends")]
    GapAfterGap,
    /// A type that does not go with a role.
    #[error("{{{0}}} needs {1}")]
    WrongType(&'static str, &'static str),
    /// A type that only a role can have.
    #[error("only {{{0}}} can have this type")]
    OnlyFor(&'static str),
    /// A pattern without duration.
    #[error("no {{dur}}: a record without a duration counts for nothing")]
    NoDuration,
    /// A name of gaps, some of which are in a pattern and some not.
    #[error("{{{0}}} is not in pattern {1}, which has others of these")]
    MissingGap(String, usize),
    /// A pattern that has no gap of the name, where no other name is declared.
    #[error("pattern {0} has none of these, and there is no other name for its records")]
    Nameless(usize),
    /// A name or a pattern with more gaps than there is room for.
    #[error("a name is made of at most {MAX_PIECES} gaps")]
    TooManyGaps,
    /// A skip or a type in a name.
    #[error("a name is made of named gaps, and types are said in patterns")]
    NoGapOfAName,
    /// An id's parent or trace group where the id is not.
    #[error("{{{0}}} needs an {{id}} beside it")]
    NoId(String),
    /// A time of the beginning and one of the end.
    #[error("there is one time in a record: {{time}} at its end, or {{start}} at its beginning")]
    TwoTimes,
    /// Nothing that a name could be made of.
    #[error("no {{name}}, nor {{method}} and {{path}}, {{path}} or {{request}}, which would be the name")]
    NoName,
    /// An entry of a list of keys that is none.
    #[error("{0:?} is no entry: GAP=KEY or GAP=KEY:TYPE")]
    NoEntry(String),
    /// A variable or a directive that has no meaning here.
    #[error("{0} is unknown here")]
    Unknown(String),
}

/// A part of a pattern, and the column of its beginning.
struct Part {
    column: usize,
    what: What,
}

enum What {
    Text(String),
    /// A gap without a name is a skip.
    Gap(Option<String>, Type),
}

/// Splits a text into its parts.
fn parts(text: &str, place: Place) -> Result<Vec<Part>, PatternError> {
    let mut parts: Vec<Part> = Vec::new();
    let (mut rest, mut column) = (text, 1);
    while let Some(first) = rest.chars().next() {
        let error = |problem| PatternError { place, column, problem };
        if rest.starts_with('{') && !rest.starts_with("{{") {
            let inside = &rest[1..];
            let end = inside.find(['{', '}']).filter(|end| inside[*end..].starts_with('}'));
            let end = end.ok_or_else(|| error(Problem::GapNotClosed))?;
            parts.push(Part { column, what: gap(&inside[..end]).map_err(error)? });
            rest = &inside[end + 1..];
            column += inside[..end].chars().count() + 2;
            continue;
        }
        let doubled = rest.starts_with("{{") || rest.starts_with("}}");
        if first == '}' && !doubled {
            return Err(error(Problem::NothingToClose));
        }
        match parts.last_mut() {
            Some(Part { what: What::Text(text), .. }) => text.push(first),
            _ => parts.push(Part { column, what: What::Text(first.to_string()) }),
        }
        rest = &rest[first.len_utf8() + usize::from(doubled)..];
        column += 1 + usize::from(doubled);
    }
    Ok(parts)
}

/// Parses a gap, given the text between its braces.
fn gap(text: &str) -> Result<What, Problem> {
    let (name, kind) = match text.split_once(':') {
        Some((name, kind)) => (name, type_named(kind)?),
        None => (text, Type::Text),
    };
    check_name(name)?;
    check_type(name, kind)?;
    Ok(What::Gap((!name.is_empty()).then(|| name.to_owned()), kind))
}

pub(super) fn type_named(kind: &str) -> Result<Type, Problem> {
    Type::named(kind).ok_or_else(|| Problem::UnknownType(kind.to_owned()))
}

pub(super) fn check_name(name: &str) -> Result<(), Problem> {
    if !name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_') {
        return Err(Problem::BadName(name.to_owned()));
    }
    Ok(())
}

/// Checks that a gap of this name may have this type.
pub(super) fn check_type(name: &str, kind: Type) -> Result<(), Problem> {
    let used_as = kind.used_as();
    match name {
        "dur" if used_as != Use::Duration => Err(Problem::WrongType("dur", "a unit: {dur:s}")),
        "time" if used_as != Use::Time => Err(Problem::WrongType("time", "a type: {time:clf}")),
        "start" if used_as != Use::Time => Err(Problem::WrongType("start", "a type: {start:clf}")),
        "dur" | "time" | "start" => Ok(()),
        // A label: what the servers took that a request was handed on to.
        _ if kind == Type::ListSeconds => Ok(()),
        _ if used_as == Use::Duration => Err(Problem::OnlyFor("dur")),
        _ if used_as == Use::Time => Err(Problem::OnlyFor("time")),
        _ => Ok(()),
    }
}

/// The parts of a declaration's name.
pub(super) struct Name {
    parts: Vec<Part>,
}

impl Name {
    pub(super) fn compile(text: &str) -> Result<Self, PatternError> {
        let parts = parts(text, Place::Name)?;
        let error = |column, problem| PatternError { place: Place::Name, column, problem };
        let gaps = parts.iter().filter(|part| matches!(part.what, What::Gap(..)));
        if let Some(part) = gaps.clone().nth(MAX_PIECES) {
            return Err(error(part.column, Problem::TooManyGaps));
        }
        for part in gaps {
            if !matches!(part.what, What::Gap(Some(_), Type::Text)) {
                return Err(error(part.column, Problem::NoGapOfAName));
            }
        }
        Ok(Self { parts })
    }

    /// Gives the name that a pattern with these gaps has by itself.
    pub(super) fn usual(has: impl Fn(&str) -> bool) -> Option<&'static str> {
        const USUAL: [(&[&str], &str); 5] = [
            (&["name"], "{name}"),
            (&["controller", "action"], "{controller}#{action}"),
            (&["method", "path"], "{method} {path}"),
            (&["request"], "{request}"),
            (&["path"], "{path}"),
        ];
        USUAL.iter().find(|(gaps, _)| gaps.iter().all(|gap| has(gap))).map(|(_, name)| *name)
    }

    /// Gives the number that a gap has in the name.
    pub(super) fn number(&self, wanted: &str) -> Option<usize> {
        self.gaps().position(|(_, name)| name == wanted)
    }

    fn gaps(&self) -> impl Iterator<Item = (&Part, &str)> {
        self.parts.iter().filter_map(|part| match &part.what {
            What::Gap(Some(name), _) => Some((part, name.as_str())),
            _ => None,
        })
    }

    /// Makes the rule for records of a pattern of these parts, unless none of the gaps is in it.
    fn naming(&self, pattern: &[Part], nth: usize) -> Result<Option<Naming>, PatternError> {
        let find = |wanted: &str| {
            pattern.iter().position(|part| matches!(&part.what, What::Gap(Some(name), _) if name == wanted))
        };
        if self.gaps().next().is_some() && self.gaps().all(|(_, name)| find(name).is_none()) {
            return Ok(None);
        }
        let (mut pieces, mut places) = (Vec::new(), Vec::new());
        for part in &self.parts {
            pieces.push(match &part.what {
                What::Text(text) => Piece::Text(text.clone().into_bytes()),
                What::Gap(name, _) => {
                    let name = name.as_deref().unwrap_or_default();
                    let error = || Problem::MissingGap(name.to_owned(), nth);
                    let at = find(name).ok_or_else(|| PatternError {
                        place: Place::Name,
                        column: part.column,
                        problem: error(),
                    })?;
                    places.push(at);
                    let number = self.number(name).unwrap_or_default();
                    let What::Gap(_, kind) = pattern[at].what else { continue };
                    Piece::Gap(number, Normaliser::of(kind))
                }
            });
        }
        let is_plain = |piece: &Piece| matches!(piece, Piece::Text(_) | Piece::Gap(_, Normaliser::None));
        let ends_well = match pieces.as_slice() {
            [before @ .., Piece::Gap(_, Normaliser::None | Normaliser::Route)] => before.iter().all(is_plain),
            _ => false,
        };
        let is_contiguous = ends_well && self.is_within(pattern, &places);
        Ok(Some(Naming { pieces, is_contiguous }))
    }

    /// Says whether the name's parts, the first of which is a gap, are those of the pattern from some place on.
    fn is_within(&self, pattern: &[Part], places: &[usize]) -> bool {
        let Some(first) = places.first() else { return false };
        let same = |(mine, other): (&Part, &Part)| match (&mine.what, &other.what) {
            (What::Text(mine), What::Text(other)) => mine == other,
            (What::Gap(mine, _), What::Gap(other, _)) => mine == other,
            _ => false,
        };
        let there = &pattern[*first..];
        self.parts.len() <= there.len() && self.parts.iter().zip(there).all(same)
    }
}

/// Makes the pieces of a name of gaps that `find` gives a number and a type of.
pub(super) fn pieces_of(
    named: &str,
    nth: usize,
    find: impl Fn(&str) -> Option<(usize, Type)>,
) -> Result<Vec<Piece>, PatternError> {
    let name = Name::compile(named)?;
    let pieces = name.parts.iter().map(|part| match &part.what {
        What::Text(text) => Ok(Piece::Text(text.clone().into_bytes())),
        What::Gap(gap, _) => {
            let gap = gap.clone().unwrap_or_default();
            let found = find(&gap).map(|(number, kind)| Piece::Gap(number, Normaliser::of(kind)));
            let problem = Problem::MissingGap(gap, nth);
            found.ok_or(PatternError { place: Place::Name, column: part.column, problem })
        }
    });
    pieces.collect()
}

/// Compiles the `nth` pattern, counted from one. The bytes at which its gaps stop are added to `stop_bytes`.
pub(super) fn compile(
    text: &str,
    nth: usize,
    name: &Name,
    has_other_name: bool,
    stop_bytes: &mut Vec<u8>,
) -> Result<Pattern, PatternError> {
    let place = Place::Pattern(nth);
    // No line ends in a blank, either.
    let text = text.trim_end_matches(' ');
    let parts = parts(text, place)?;
    check_gaps(&parts, place)?;
    let end = text.chars().count() + 1;
    let naming = name.naming(&parts, nth)?;
    if naming.is_none() && !has_other_name {
        let column = name.parts.first().map_or(1, |part| part.column);
        return Err(PatternError { place: Place::Name, column, problem: Problem::Nameless(nth) });
    }
    let (begin, gaps) = match parts.as_slice() {
        [Part { what: What::Text(text), .. }, gaps @ ..] => (text.as_str(), gaps),
        gaps => ("", gaps),
    };
    let steps = steps_of(begin, gaps, name, stop_bytes);
    let Some(duration) = steps.iter().position(Step::is_duration) else {
        return Err(PatternError { place, column: end, problem: Problem::NoDuration });
    };
    let head = match steps.iter().position(Step::is_time) {
        Some(time) => time + 1,
        None if duration == 0 && begin.is_empty() => usize::MAX,
        None => duration,
    };
    let has_start = has_gap(&parts, "start");
    let gaps = parts.iter().filter_map(Part::gap_text).collect();
    let ids = ids_of(|wanted| has_gap(&parts, wanted).then(|| place_of(name, wanted)));
    Ok(Pattern { begin: Literal::new(begin.as_bytes()), steps, head, naming, has_start, ids, gaps })
}

/// Gives the names of the gaps in a text; none where it is no pattern.
pub(super) fn gap_names(text: &str) -> Vec<String> {
    let gaps = parts(text, Place::Name).unwrap_or_default();
    gaps.into_iter().filter_map(|part| if let What::Gap(name, _) = part.what { name } else { None }).collect()
}

fn has_gap(parts: &[Part], wanted: &str) -> bool {
    parts.iter().any(|part| part.is_called(wanted))
}

/// The roles of ids.
pub(super) const ID_ROLES: [&str; 3] = ["id", "parent", "group"];

/// Gives the number under which the place of a gap is remembered: that of the name's gap, or else one for each id.
fn place_of(name: &Name, gap: &str) -> usize {
    let id = ID_ROLES.iter().position(|role| *role == gap).unwrap_or_default();
    name.number(gap).unwrap_or(MAX_PIECES + id)
}

/// Gives the places of ids.
pub(super) fn ids_of(place: impl Fn(&str) -> Option<usize>) -> Option<Ids> {
    let [id, parent, group] = ID_ROLES.map(place);
    Some(Ids { id: id?, parent, group })
}

impl Part {
    fn is_called(&self, wanted: &str) -> bool {
        matches!(&self.what, What::Gap(Some(name), _) if name == wanted)
    }

    fn gap_text(&self) -> Option<GapText> {
        let What::Gap(name, kind) = &self.what else { return None };
        let name = name.clone().unwrap_or_default();
        let text = match kind.name() {
            "" => format!("{{{name}}}"),
            kind => format!("{{{name}:{kind}}}"),
        };
        Some(GapText { name, text })
    }
}

/// Checks that each gap has an end and a name of its own.
fn check_gaps(parts: &[Part], place: Place) -> Result<(), PatternError> {
    for (at, part) in parts.iter().enumerate() {
        let What::Gap(gap, _) = &part.what else { continue };
        let error = |problem| Err(PatternError { place, column: part.column, problem });
        if at > 0 && matches!(parts[at - 1].what, What::Gap(..)) {
            return error(Problem::GapAfterGap);
        }
        let is_same = |other: &Part| matches!(&other.what, What::Gap(other, _) if other == gap);
        let Some(name) = gap else { continue };
        if (name == "parent" || name == "group") && !has_gap(parts, "id") {
            return error(Problem::NoId(name.clone()));
        }
        let other_time = if name == "time" { "start" } else { "time" };
        if (name == "time" || name == "start") && has_gap(&parts[..at], other_time) {
            return error(Problem::TwoTimes);
        }
        // Durations add up.
        if name != "dur" && parts[..at].iter().any(is_same) {
            return error(Problem::Twice(name.clone()));
        }
    }
    Ok(())
}

/// Makes a step for each gap and the text after it.
fn steps_of(begin: &str, parts: &[Part], name: &Name, stop_bytes: &mut Vec<u8>) -> Vec<Step> {
    let is_sum = parts.iter().filter(|part| part.is_called("dur")).count() > 1;
    let mut quotes = begin.matches('"').count();
    let mut steps: Vec<Step> = Vec::new();
    for (at, part) in parts.iter().enumerate() {
        let What::Gap(gap_name, kind) = &part.what else { continue };
        let literal = match parts.get(at + 1) {
            Some(Part { what: What::Text(text), .. }) => text.as_str(),
            _ => "",
        };
        let is_closed = parts[at + 1..].iter().any(|part| matches!(&part.what, What::Text(text) if text.contains('"')));
        let before = match parts.get(at + 2) {
            Some(Part { what: What::Gap(_, kind), .. }) if kind.used_as() == Use::Time => Some(*kind),
            _ => None,
        };
        let gap = match kind {
            Type::Text | Type::Route | Type::Request => Gap::Text { is_quoted: quotes % 2 == 1 && is_closed, before },
            Type::Int => Gap::Int,
            Type::Clf => Gap::Time { is_seen: matches!(steps.last(), Some(step) if step.sees_time()) },
            Type::Seconds if !is_sum => Gap::Duration { needs_point: false },
            Type::DecimalSeconds if !is_sum => Gap::Duration { needs_point: true },
            kind if kind.used_as() == Use::Duration && !part.is_called("dur") => Gap::Value(*kind, Use::Text),
            kind => Gap::Value(*kind, kind.used_as()),
        };
        let role = gap_name.as_deref().filter(|gap| name.number(gap).is_some() || ID_ROLES.contains(gap));
        steps.push(Step::new(gap, role.map(|gap| place_of(name, gap)), literal.as_bytes(), stop_bytes));
        quotes += literal.matches('"').count();
    }
    steps
}
