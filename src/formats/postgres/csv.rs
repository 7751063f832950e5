//! PostgreSQL's csvlog: 26 fields a record (23 before PostgreSQL 13), of which the message is the 14th.

use std::sync::LazyLock;

use memchr::memmem::Finder;

use super::{Remembered, message, record};
use crate::formats::LogFormat;
use crate::formats::stamp;
use crate::input::Sample;
use crate::record::{Line, MAX_LINE, Reason, Scratch};

/// PostgreSQL's log as comma-separated values.
#[derive(Debug, Clone, Copy)]
pub struct PostgresCsv;

/// The severity, the state and the beginning of the message. Quotes in a field are doubled, so that it can be in none.
const MARK: &[u8] = b",LOG,00000,\"duration: ";

impl LogFormat for PostgresCsv {
    fn name(&self) -> &'static str {
        "postgres-csv"
    }

    fn parse<'a>(&self, line: &'a [u8], scratch: &'a mut Scratch) -> Line<'a> {
        let Scratch { name, memory } = scratch;
        let Remembered { minute, message, statement, .. } = memory.of();
        if !begins_record(line) {
            return Line::Other;
        }
        let Some(mark) = find_mark(line) else { return Line::Other };
        if line.len() > MAX_LINE {
            return Line::Malformed(Reason::TOO_LONG);
        }
        let Some(time_us) = minute.time_us(line) else { return Line::Malformed(Reason::TIME_DOES_NOT_EXIST) };
        let rest = &line[mark + MARK.len()..];
        let Some(text) = unquote(rest, message) else { return Line::Malformed(Reason::CUT_SHORT) };
        match message::parse(text, name, statement) {
            Ok(duration_ns) => Line::Record(record(name, Some(time_us), duration_ns)),
            Err(reason) => Line::Malformed(reason),
        }
    }

    fn joins_lines(&self) -> bool {
        true
    }

    /// A message has its line feeds as they are. A record begins with a time, and a user in quotes or none.
    fn goes_on(&self, _: &[u8], line: &[u8]) -> bool {
        !begins_record(line)
    }

    /// Any line with the mark will do: a record may go on in the next one.
    fn claims(&self, sample: &Sample<'_>) -> bool {
        sample.lines().any(|line| begins_record(line) && find_mark(line).is_some())
    }

    fn has_ids(&self) -> bool {
        false
    }
}

fn find_mark(line: &[u8]) -> Option<usize> {
    static FINDER: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new(MARK));
    FINDER.find(&line[..line.len().min(MAX_LINE)])
}

/// Says whether a line begins with `2026-03-12 10:00:01.482 UTC,"user"` or `2026-03-12 10:00:01.482 UTC,,`.
#[inline]
fn begins_record(line: &[u8]) -> bool {
    /// Longer than any time with its zone.
    const LONGEST: usize = 64;
    stamp::has_shape(line) && {
        let rest = &line[stamp::SECONDS_LEN..line.len().min(LONGEST)];
        memchr::memchr(b',', rest).is_some_and(|comma| matches!(rest.get(comma + 1), Some(b'"' | b',')))
    }
}

/// Gives the rest of a quoted field, up to its quote; each quote in it is doubled.
fn unquote<'a>(text: &'a [u8], unquoted: &'a mut Vec<u8>) -> Option<&'a [u8]> {
    let end = memchr::memchr(b'"', text)?;
    if text.get(end + 1) != Some(&b'"') {
        return Some(&text[..end]);
    }
    unquoted.clear();
    let mut rest = text;
    loop {
        let quote = memchr::memchr(b'"', rest)?;
        unquoted.extend_from_slice(&rest[..quote]);
        rest = &rest[quote + 1..];
        match rest.split_first() {
            Some((b'"', after)) => {
                unquoted.push(b'"');
                rest = after;
            }
            _ => return Some(unquoted),
        }
    }
}
