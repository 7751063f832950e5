//! Types of gaps: the texts that they take, and what these are.

use super::clf::{CLF_LEN, Clf, RememberedTime};
use super::{durations, times};

/// A constraint on the text of a gap.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Type {
    /// Any text.
    Text,
    /// Digits, or the `-` that stands for none.
    Int,
    /// Text without blanks and quotes, which is not empty.
    Id,
    /// Any text, which has a route where a name is made of it.
    Route,
    /// Any text; a name that is made of it is the method and the route of the request.
    Request,
    /// `12/Mar/2026:10:00:01 +0000`.
    Clf,
    /// `12/Mar/2026:10:00:01.101`, UTC unless an offset follows.
    ClfMs,
    /// `2026-03-12T10:00:01.482Z`.
    Iso,
    /// Seconds since 1970.
    Epoch,
    /// Milliseconds since 1970.
    EpochMs,
    /// A number of seconds.
    Seconds,
    /// A number of seconds with a point: without one it may as well be of milliseconds or of microseconds.
    DecimalSeconds,
    /// A number of milliseconds.
    Millis,
    /// A number of microseconds.
    Micros,
    /// A number of nanoseconds.
    Nanos,
    /// Numbers of seconds as nginx lists those of several servers: `0.001, 0.002 : -`.
    ListSeconds,
    /// Numbers with units: `18.2ms`, `1h2m`.
    Units,
    /// `1:02:03.5`, hours, minutes and seconds, or `02:03`.
    Hms,
}

/// The use of a type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Use {
    Text,
    Time,
    Duration,
}

/// The text that a type takes at the beginning of another.
pub(super) enum Extent {
    /// This many bytes.
    Own(usize),
    /// None that it could take.
    Nothing,
    /// Any, up to the pattern's next text.
    UpToNext,
}

impl Type {
    /// The types that a pattern can name.
    const NAMES: [(&'static str, Self); 17] = [
        ("int", Self::Int),
        ("id", Self::Id),
        // `sql` belongs here, with a normaliser of its own in `matcher`.
        ("route", Self::Route),
        ("request", Self::Request),
        ("clf", Self::Clf),
        ("clf_ms", Self::ClfMs),
        ("iso", Self::Iso),
        ("epoch", Self::Epoch),
        ("epoch_ms", Self::EpochMs),
        ("s", Self::Seconds),
        ("decimal_s", Self::DecimalSeconds),
        ("ms", Self::Millis),
        ("us", Self::Micros),
        ("ns", Self::Nanos),
        ("list_s", Self::ListSeconds),
        ("dur", Self::Units),
        ("hms", Self::Hms),
    ];

    /// Finds the type that a pattern calls `name`.
    pub(super) fn named(name: &str) -> Option<Self> {
        Self::NAMES.iter().find(|(known, _)| *known == name).map(|(_, kind)| *kind)
    }

    /// Gives the name of the type in a pattern; nothing of any text.
    pub(super) fn name(self) -> &'static str {
        Self::NAMES.iter().find(|(_, kind)| *kind == self).map_or("", |(name, _)| name)
    }

    /// Lists the types, for an error.
    pub(super) fn list() -> String {
        Self::NAMES.map(|(name, _)| name).join(", ")
    }

    pub(super) fn used_as(self) -> Use {
        match self {
            Self::Text | Self::Int | Self::Id | Self::Route | Self::Request => Use::Text,
            Self::Clf | Self::ClfMs | Self::Iso | Self::Epoch | Self::EpochMs => Use::Time,
            Self::Seconds
            | Self::DecimalSeconds
            | Self::Millis
            | Self::Micros
            | Self::Nanos
            | Self::ListSeconds
            | Self::Units
            | Self::Hms => Use::Duration,
        }
    }

    /// Measures the text that it takes at the beginning of `rest`.
    pub(super) fn extent(self, rest: &[u8], time: &RememberedTime) -> Extent {
        let len = match self {
            Self::Clf => rest.first_chunk().filter(|text| time.has_shape(text)).map(|_| CLF_LEN),
            Self::ClfMs => times::clf_ms_len(rest, time),
            Self::Iso => times::iso_len(rest),
            Self::Epoch | Self::EpochMs => times::epoch_len(rest),
            Self::ListSeconds => durations::list_len(rest),
            Self::Int => int_len(rest),
            _ => return Extent::UpToNext,
        };
        len.map_or(Extent::Nothing, Extent::Own)
    }

    /// Says whether all of a text is one of its texts. Of durations, the value tells.
    pub(super) fn takes(self, text: &[u8], time: &RememberedTime) -> bool {
        match self.extent(text, time) {
            Extent::Own(len) => len == text.len(),
            Extent::Nothing => false,
            Extent::UpToNext if self == Self::Id => is_id(text),
            Extent::UpToNext => true,
        }
    }

    /// Says whether a time of this type begins in `rest`.
    #[inline]
    pub(super) fn is_time_at(self, rest: &[u8], time: &RememberedTime) -> bool {
        let clf: Option<&Clf> = rest.first_chunk();
        match self {
            Self::Clf => clf.is_some_and(|text| time.has_shape(text)),
            _ => matches!(self.extent(rest, time), Extent::Own(_)),
        }
    }
}

fn int_len(rest: &[u8]) -> Option<usize> {
    match rest.iter().take_while(|byte| byte.is_ascii_digit()).count() {
        0 => (rest.first() == Some(&b'-')).then_some(1),
        digits => Some(digits),
    }
}

pub(super) fn is_id(text: &[u8]) -> bool {
    !text.is_empty() && text.iter().all(|byte| *byte > b' ' && *byte != b'"')
}
