//! PostgreSQL's jsonlog (from PostgreSQL 15 on): a JSON object a line.

use std::sync::LazyLock;

use memchr::memmem::Finder;

use super::{Remembered, message, record};
use crate::formats::LogFormat;
use crate::formats::detect::has_record;
use crate::formats::stamp;
use crate::input::Sample;
use crate::record::{Line, MAX_LINE, Reason, Scratch};

/// PostgreSQL's log as JSON.
#[derive(Debug, Clone, Copy)]
pub struct PostgresJson;

/// The beginning of every message of interest.
const DURATION: &[u8] = b"duration: ";

impl LogFormat for PostgresJson {
    fn name(&self) -> &'static str {
        "postgres-json"
    }

    fn parse<'a>(&self, line: &'a [u8], scratch: &'a mut Scratch) -> Line<'a> {
        static KEYS: LazyLock<[Finder<'static>; 3]> =
            LazyLock::new(|| ["\"error_severity\"", "\"message\"", "\"timestamp\""].map(Finder::new));
        let [severity, message_key, timestamp] = &*KEYS;
        let Scratch { name, memory } = scratch;
        let Remembered { minute, message, statement, .. } = memory.of();
        let whole = line;
        let line = &line[..line.len().min(MAX_LINE)];
        if !line.trim_ascii_start().starts_with(b"{") {
            return Line::Other;
        }
        let is_log = value(line, severity).is_some_and(|text| text.starts_with(b"LOG\""));
        let Some(text) = value(line, message_key).filter(|text| is_log && text.starts_with(DURATION)) else {
            return Line::Other;
        };
        if whole.strip_suffix(b"\r").unwrap_or(whole).len() > MAX_LINE {
            return Line::Malformed(Reason::TOO_LONG);
        }
        let time = value(line, timestamp).filter(|text| stamp::has_shape(text));
        let time_us = time.map(|text| minute.time_us(text));
        if time_us == Some(None) {
            return Line::Malformed(Reason::TIME_DOES_NOT_EXIST);
        }
        message.clear();
        if !unescape(text, message) || !line.trim_ascii_end().ends_with(b"}") {
            return Line::Malformed(Reason::CUT_SHORT);
        }
        match message::parse(&message[DURATION.len()..], name, statement) {
            Ok(duration_ns) => Line::Record(record(name, time_us.flatten(), duration_ns)),
            Err(reason) => Line::Malformed(reason),
        }
    }

    fn claims(&self, sample: &Sample<'_>) -> bool {
        has_record(sample, self)
    }

    fn has_ids(&self) -> bool {
        false
    }
}

/// Gives the rest of the line after the quote of a key's value, if that is a string. In no string can a quote stand
/// without a backslash before it, so that what is found is a key, or a value that is equal to one.
fn value<'a>(line: &'a [u8], key: &Finder<'_>) -> Option<&'a [u8]> {
    key.find_iter(line).find_map(|at| {
        let rest = line[at + key.needle().len()..].trim_ascii_start().strip_prefix(b":")?;
        rest.trim_ascii_start().strip_prefix(b"\"")
    })
}

/// Appends a JSON string up to the quote that ends it, without its escapes. Says whether it is ended.
pub(super) fn unescape(text: &[u8], out: &mut Vec<u8>) -> bool {
    let mut rest = text;
    loop {
        let Some(at) = memchr::memchr2(b'"', b'\\', rest) else {
            out.extend_from_slice(rest);
            return false;
        };
        out.extend_from_slice(&rest[..at]);
        let Some((escaped, after)) = rest[at + 1..].split_first().filter(|_| rest[at] == b'\\') else {
            return rest[at] == b'"';
        };
        rest = after;
        match escaped {
            b'n' => out.push(b'\n'),
            b't' => out.push(b'\t'),
            b'r' => out.push(b'\r'),
            b'b' => out.push(8),
            b'f' => out.push(12),
            b'u' => rest = unescape_unicode(rest, out),
            other => out.push(*other),
        }
    }
}

/// Appends the character of the four digits after `\u`, and gives what stands after them.
#[cold]
fn unescape_unicode<'a>(text: &'a [u8], out: &mut Vec<u8>) -> &'a [u8] {
    let unit = |text: &[u8]| {
        let digits = text.first_chunk::<4>()?;
        u16::from_str_radix(std::str::from_utf8(digits).ok().filter(|digits| !digits.starts_with('+'))?, 16).ok()
    };
    let second = || text.get(4..).and_then(|rest| unit(rest.strip_prefix(b"\\u")?));
    let Some(first) = unit(text) else {
        out.push(b'u');
        return text;
    };
    let pair = [first, second().unwrap_or(0)];
    let (character, len) = match char::decode_utf16(pair).next() {
        Some(Ok(character)) => (character, if character.len_utf16() == 2 { 10 } else { 4 }),
        _ => (char::REPLACEMENT_CHARACTER, 4),
    };
    out.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
    &text[len..]
}
