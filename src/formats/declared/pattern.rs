//! The compiler: from a pattern's text to steps, and from a name's text to pieces.

use super::MAX_PIECES;
use super::matcher::{Gap, Literal, Naming, Pattern, Piece, Step};
use super::types::Type;

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
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let column = text[..text.len() - rest.len()].chars().count() + 1;
        let error = |problem| PatternError { place, column, problem };
        if rest.starts_with('{') && !rest.starts_with("{{") {
            let inside = &rest[1..];
            let end = inside.find(['{', '}']).filter(|end| inside[*end..].starts_with('}'));
            let end = end.ok_or_else(|| error(Problem::GapNotClosed))?;
            parts.push(Part { column, what: gap(&inside[..end]).map_err(error)? });
            rest = &inside[end + 1..];
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
    }
    Ok(parts)
}

/// Parses a gap, given the text between its braces.
fn gap(text: &str) -> Result<What, Problem> {
    let (name, kind) = match text.split_once(':') {
        Some((name, kind)) => (name, Type::named(kind).ok_or_else(|| Problem::UnknownType(kind.to_owned()))?),
        None => (text, Type::Text),
    };
    if !name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_') {
        return Err(Problem::BadName(name.to_owned()));
    }
    check_type(name, kind)?;
    Ok(What::Gap((!name.is_empty()).then(|| name.to_owned()), kind))
}

/// Checks that a gap of this name may have this type.
fn check_type(name: &str, kind: Type) -> Result<(), Problem> {
    match name {
        "dur" if !kind.is_duration() => Err(Problem::WrongType("dur", "a unit: {dur:s}")),
        "time" if kind != Type::Clf => Err(Problem::WrongType("time", "a type: {time:clf}")),
        "dur" | "time" => Ok(()),
        _ if kind.is_duration() => Err(Problem::OnlyFor("dur")),
        _ if kind == Type::Clf => Err(Problem::OnlyFor("time")),
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

    /// Gives the number that a gap has in the name.
    fn number(&self, wanted: &str) -> Option<usize> {
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
        if self.gaps().all(|(_, name)| find(name).is_none()) {
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
                    Piece::Gap(number, matches!(pattern[at].what, What::Gap(_, Type::Route)))
                }
            });
        }
        let has_no_route = |piece: &Piece| !matches!(piece, Piece::Gap(_, true));
        let ends_well = matches!(pieces.as_slice(), [before @ .., Piece::Gap(..)] if before.iter().all(has_no_route));
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
    let Some(duration) = steps.iter().position(|step| matches!(step.gap, Gap::Duration { .. })) else {
        return Err(PatternError { place, column: end, problem: Problem::NoDuration });
    };
    let head = match steps.iter().position(|step| matches!(step.gap, Gap::Time { .. })) {
        Some(time) => time + 1,
        None if duration == 0 && begin.is_empty() => usize::MAX,
        None => duration,
    };
    Ok(Pattern { begin: Literal::new(begin.as_bytes()), steps, head, naming })
}

/// Checks that each gap has an end and a name of its own.
fn check_gaps(parts: &[Part], place: Place) -> Result<(), PatternError> {
    for (at, part) in parts.iter().enumerate() {
        let What::Gap(name, _) = &part.what else { continue };
        let error = |problem| Err(PatternError { place, column: part.column, problem });
        if at > 0 && matches!(parts[at - 1].what, What::Gap(..)) {
            return error(Problem::GapAfterGap);
        }
        let is_same = |other: &Part| matches!(&other.what, What::Gap(other, _) if other == name);
        if let Some(name) = name
            && parts[..at].iter().any(is_same)
        {
            return error(Problem::Twice(name.clone()));
        }
    }
    Ok(())
}

/// Makes a step for each gap and the text after it.
fn steps_of(begin: &str, parts: &[Part], name: &Name, stop_bytes: &mut Vec<u8>) -> Vec<Step> {
    let mut quotes = begin.matches('"').count();
    let mut steps: Vec<Step> = Vec::new();
    for (at, part) in parts.iter().enumerate() {
        let What::Gap(gap_name, kind) = &part.what else { continue };
        let literal = match parts.get(at + 1) {
            Some(Part { what: What::Text(text), .. }) => text.as_str(),
            _ => "",
        };
        let is_closed = parts[at + 1..].iter().any(|part| matches!(&part.what, What::Text(text) if text.contains('"')));
        let is_before_time = matches!(parts.get(at + 2), Some(Part { what: What::Gap(_, Type::Clf), .. }));
        let is_quoted = quotes % 2 == 1 && is_closed;
        let number = gap_name.as_deref().and_then(|gap| name.number(gap));
        let gap = match kind {
            Type::Text | Type::Route => Gap::Text { is_quoted, is_before_time },
            Type::Int => Gap::Int,
            Type::Clf => Gap::Time { is_seen: matches!(steps.last(), Some(step) if step.sees_time()) },
            Type::Seconds => Gap::Duration { needs_point: false },
            Type::DecimalSeconds => Gap::Duration { needs_point: true },
        };
        steps.push(Step::new(gap, number, literal.as_bytes(), stop_bytes));
        quotes += literal.matches('"').count();
    }
    steps
}
