//! The name of a record, made of members.

use std::ops::Range;

use crate::formats::json::Text;
use crate::normalise::{Normalised, route};

/// The use of a member in a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    /// As it is.
    Plain,
    /// The route of a path or an URL.
    Route,
    /// The method and the route of `GET /cart/77 HTTP/1.1`.
    Request,
}

impl Part {
    /// The types that a pattern can name.
    pub(super) const NAMES: &'static [&'static str] = &["route", "request"];

    /// Finds the type that a pattern calls `name`.
    pub(super) fn named(name: &str) -> Option<Self> {
        match name {
            "" => Some(Self::Plain),
            "route" => Some(Self::Route),
            "request" => Some(Self::Request),
            _ => None,
        }
    }
}

/// The place of a name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum NameAt {
    /// In the line.
    Line(Range<usize>),
    /// In the memory that was lent.
    Scratch,
    /// It is empty.
    Nowhere,
}

/// Makes a name of members, with blanks between. A part that is empty leaves no name.
pub(super) fn name<'a>(
    parts: impl Iterator<Item = (Part, Text<'a>, Range<usize>)>,
    count: usize,
    out: &mut Vec<u8>,
) -> NameAt {
    out.clear();
    for (nth, (part, text, range)) in parts.enumerate() {
        if nth > 0 {
            out.push(b' ');
        }
        let before = out.len();
        match part {
            Part::Plain if count == 1 && !text.has_escape() && !range.is_empty() => return NameAt::Line(range),
            Part::Plain => text.append_to(out),
            Part::Route => append_route(text, out),
            Part::Request => append_request(text, out),
        }
        if out.len() == before {
            return NameAt::Nowhere;
        }
    }
    NameAt::Scratch
}

fn append_route(text: Text<'_>, out: &mut Vec<u8>) {
    with_plain(text, |path| match route(path, out) {
        Normalised::Appended => {}
        Normalised::Prefix(len) => out.extend_from_slice(&path[..len]),
    });
}

/// Appends nothing of a text that is no request of HTTP.
fn append_request(text: Text<'_>, out: &mut Vec<u8>) {
    with_plain(text, |request| {
        let Some(version) = memchr::memmem::rfind(request, b" HTTP/") else { return };
        let Some(blank) = memchr::memchr(b' ', &request[..version]).filter(|blank| *blank > 0) else { return };
        let (method, path) = (&request[..blank], &request[blank + 1..version]);
        if path.is_empty() {
            return;
        }
        out.extend_from_slice(method);
        out.push(b' ');
        match route(path, out) {
            Normalised::Appended => {}
            Normalised::Prefix(len) => out.extend_from_slice(&path[..len]),
        }
    });
}

/// Looks at a text without its escapes.
fn with_plain(text: Text<'_>, look: impl FnOnce(&[u8])) {
    if text.has_escape() { look(text.read(&mut Vec::new())) } else { look(text.raw()) }
}
