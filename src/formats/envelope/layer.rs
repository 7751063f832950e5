//! One layer of an envelope, taken off a line.

use super::escapes::{closing_quote, closing_quote_of_csv, undouble, unescape};

/// What was around a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Opened {
    /// Nothing that is known.
    Nothing,
    /// A layer around a whole line.
    Whole,
    /// A layer around a piece of a line, which goes on in the next layer.
    Piece,
}

/// Names of the members that hold the line, those of containers first.
const MEMBERS: [&[u8]; 6] = [b"\"log\"", b"\"MESSAGE\"", b"\"message\"", b"\"msg\"", b"\"Payload\"", b"\"line\""];

/// Takes one layer off a line, which comes into `out`. The line feeds at its end are gone; those within it, which no
/// line has, are blanks.
pub(super) fn open(line: &[u8], out: &mut Vec<u8>) -> Opened {
    out.clear();
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    if has_colour(line) {
        remove_colours(line, out);
        return Opened::Whole;
    }
    if let Some((text, is_whole)) = of_container(line) {
        out.extend_from_slice(text);
        return if is_whole { Opened::Whole } else { Opened::Piece };
    }
    if open_member(line, out) || open_bytes(line, out) {
        return end_line(line, out);
    }
    if open_quoted(line, out) || open_longest(line, out) {
        end_line(line, out);
        return Opened::Whole;
    }
    match without_closers(line) {
        Some(text) => {
            out.extend_from_slice(text);
            Opened::Whole
        }
        None => Opened::Nothing,
    }
}

/// Takes the line feed off an opened line. Docker's driver leaves it out where a line goes on.
fn end_line(line: &[u8], out: &mut Vec<u8>) -> Opened {
    let is_whole = out.ends_with(b"\n") || !line.starts_with(b"{\"log\":\"");
    let end = out.trim_ascii_end().len();
    out.truncate(if is_whole { end } else { out.len() });
    out.iter_mut().filter(|byte| **byte == b'\n').for_each(|byte| *byte = b' ');
    if is_whole { Opened::Whole } else { Opened::Piece }
}

/// The beginning of a colour, and how rsyslog writes its first byte.
const COLOURS: [&[u8]; 2] = [b"\x1b[", b"#033["];

fn has_colour(line: &[u8]) -> bool {
    memchr::memchr2(b'\x1b', b'#', line).is_some_and(|at| next_colour(&line[at..]).is_some())
}

/// Finds the next colour, and its length: `ESC[`, numbers with semicolons, and a letter.
fn next_colour(text: &[u8]) -> Option<(usize, usize)> {
    memchr::memchr2_iter(b'\x1b', b'#', text).find_map(|at| {
        let begin = COLOURS.into_iter().find(|begin| text[at..].starts_with(begin))?;
        let numbers =
            text[at + begin.len()..].iter().take_while(|byte| matches!(byte, b'0'..=b'9' | b';' | b':' | b'?'));
        let end = at + begin.len() + numbers.count();
        text.get(end).filter(|byte| byte.is_ascii_alphabetic()).map(|_| (at, end + 1 - at))
    })
}

fn remove_colours(mut line: &[u8], out: &mut Vec<u8>) {
    while let Some((at, len)) = next_colour(line) {
        out.extend_from_slice(&line[..at]);
        line = &line[at + len..];
    }
    out.extend_from_slice(line);
    out.truncate(out.trim_ascii_end().len());
}

/// Takes `2026-08-20T06:18:01.000000789Z stdout F ` off a line of a container runtime, and says whether it is whole.
fn of_container(line: &[u8]) -> Option<(&[u8], bool)> {
    let time = memchr::memchr(b' ', &line[..line.len().min(40)])?;
    let rest = line[time + 1..].strip_prefix(b"std")?;
    let rest = rest.strip_prefix(b"out ").or_else(|| rest.strip_prefix(b"err "))?;
    let is_time = line[..time].contains(&b'T') && line[0].is_ascii_digit();
    match rest {
        [tag @ (b'P' | b'F'), b' ', text @ ..] if is_time => Some((text, *tag == b'F')),
        // Tags can have more parts.
        [tag @ (b'P' | b'F'), b':', rest @ ..] if is_time => {
            let blank = memchr::memchr(b' ', rest)?;
            Some((&rest[blank + 1..], *tag == b'F'))
        }
        _ => None,
    }
}

/// Unescapes the string member of a JSON object that holds the line.
fn open_member(line: &[u8], out: &mut Vec<u8>) -> bool {
    let Some(text) = MEMBERS.into_iter().find_map(|name| member(line, name)) else { return false };
    unescape(text, out);
    true
}

/// Finds the string of a member by its quoted name, at any depth. A name in a string has a backslash before its quote.
fn member<'a>(line: &'a [u8], name: &[u8]) -> Option<&'a [u8]> {
    let brace = memchr::memchr(b'{', line)?;
    let object = &line[brace..];
    memchr::memmem::find_iter(object, name).find_map(|at| {
        let value = value_after(object, at + name.len()).filter(|_| object[at - 1] != b'\\')?;
        let begin = (object.get(value) == Some(&b'"')).then_some(value + 1)?;
        Some(&object[begin..closing_quote(object, begin)?])
    })
}

/// Finds the value after a name: a colon is between them.
fn value_after(object: &[u8], at: usize) -> Option<usize> {
    let blanks = |at: usize| at + object[at..].iter().take_while(|byte| byte.is_ascii_whitespace()).count();
    let colon = blanks(at);
    (object.get(colon) == Some(&b':')).then(|| blanks(colon + 1))
}

/// Reads journald's `"MESSAGE":[50,48,…]`: an array of bytes, where they are no text.
fn open_bytes(line: &[u8], out: &mut Vec<u8>) -> bool {
    let name = b"\"MESSAGE\"";
    let read = |at: usize, out: &mut Vec<u8>| {
        let value = value_after(line, at + name.len())?;
        let array = line[value..].strip_prefix(b"[")?;
        let array = &array[..memchr::memchr(b']', array)?];
        for number in array.split(|byte| *byte == b',') {
            out.push(std::str::from_utf8(number).ok()?.trim().parse().ok()?);
        }
        Some(())
    };
    let is_read = memchr::memmem::find(line, name).and_then(|at| read(at, out)).is_some();
    if !is_read {
        out.clear();
    }
    is_read
}

/// Unescapes `msg="…"` of logfmt.
fn open_quoted(line: &[u8], out: &mut Vec<u8>) -> bool {
    let text = MEMBERS.into_iter().find_map(|name| {
        let name = name.trim_ascii().strip_prefix(b"\"")?.strip_suffix(b"\"")?;
        memchr::memmem::find_iter(line, name).find_map(|at| {
            let begins = at == 0 || matches!(line[at - 1], b' ' | b'\t');
            let begin = at + name.len() + 2;
            let is_quoted = line.get(at + name.len()..begin) == Some(b"=\"");
            (begins && is_quoted).then(|| Some(&line[begin..closing_quote(line, begin)?]))?
        })
    });
    text.inspect(|text| unescape(text, out)).is_some()
}

/// The least bytes of a string that may be a line.
const LEAST: usize = 16;

/// Takes the longest string of a line of CSV, or of JSON without one of the known members.
fn open_longest(line: &[u8], out: &mut Vec<u8>) -> bool {
    let is_csv = memchr::memmem::find(line, b"\"\"").is_some() && !line.contains(&b'\\');
    let end_of = if is_csv { closing_quote_of_csv } else { closing_quote };
    let (mut longest, mut at): (&[u8], usize) = (&[], 0);
    while let Some(begin) = memchr::memchr(b'"', &line[at..]).map(|quote| at + quote + 1) {
        let Some(end) = end_of(line, begin) else { break };
        if end - begin > longest.len() {
            longest = &line[begin..end];
        }
        at = end + 1;
    }
    if longest.len() < LEAST {
        return false;
    }
    let append = if is_csv { undouble } else { unescape };
    append(longest, out);
    true
}

/// Takes brackets, quotes and blanks off the end of a line whose beginning has their counterparts.
fn without_closers(line: &[u8]) -> Option<&[u8]> {
    let mut text = line;
    while let [rest @ .., last] = text {
        let counterpart = match last {
            b' ' | b'\t' | 0 => None,
            b'"' | b'\'' => Some(*last),
            b')' => Some(b'('),
            b']' => Some(b'['),
            b'>' => Some(b'<'),
            _ => break,
        };
        if counterpart.is_some_and(|counterpart| !rest.contains(&counterpart)) {
            break;
        }
        text = rest;
    }
    (text.len() < line.len()).then_some(text)
}
