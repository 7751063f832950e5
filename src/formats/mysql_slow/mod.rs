//! The slow query log of MySQL, MariaDB and Percona Server.
//!
//! ```text
//! # Time: 2026-03-12T10:00:00.045396Z                 the end; in MariaDB only where the second is another one
//! # User@Host: app[app] @ web-1 [10.0.0.7]  Id: 115   a record begins here, or with the time before it
//! # Query_time: 0.684781  Lock_time: 0.000012 …       the duration; further lines of this kind may follow
//! use shop;                                           where the database is another one
//! SET timestamp=1773309600;
//! SELECT id, name FROM products_12 WHERE id = 33977;  the statement, of any number of lines
//! ```

use std::sync::Arc;

use super::decimal::{OF_SECONDS, parse_ns};
use super::stamp::{self, KnownMinute};
use super::{LogFormat, Registered};
use crate::input::Sample;
use crate::normalise::{Dialect, sql};
use crate::record::{Kind, Line, MAX_LINE, Reason, Record, Scratch};

/// The slow query log.
#[derive(Debug, Clone, Copy)]
pub struct MysqlSlow;

/// Its entry of the registry.
pub(super) const REGISTERED: Registered =
    Registered { help: "slow query logs of MySQL, MariaDB and Percona Server", make: || Arc::new(MysqlSlow) };

/// The name of a statement that is empty.
pub const NO_STATEMENT: &[u8] = b"(no statement)";

const TIME: &[u8] = b"# Time: ";
const USER: &[u8] = b"# User@Host: ";
/// The sure mark of a record.
const QUERY_TIME: &[u8] = b"# Query_time: ";
/// The text in place of a statement where a client asked for something else: `# administrator command: Ping;`.
const COMMAND: &[u8] = b"# administrator command: ";

impl LogFormat for MysqlSlow {
    fn name(&self) -> &'static str {
        "mysql-slow"
    }

    fn parse<'a>(&self, line: &'a [u8], scratch: &'a mut Scratch) -> Line<'a> {
        let Scratch { name, memory } = scratch;
        let record = line.strip_suffix(b"\r").unwrap_or(line);
        let Some(head) = Head::read(&record[..record.len().min(MAX_LINE)]) else { return Line::Other };
        if record.len() > MAX_LINE {
            return Line::Malformed(Reason::TOO_LONG);
        }
        let time_us = match head.time_us(memory.of()) {
            Ok(time_us) => time_us,
            Err(reason) => return Line::Malformed(reason),
        };
        match head.duration_ns() {
            Ok(duration_ns) => {
                let Some(statement) = whole_statement(head.statement) else {
                    return Line::Malformed(Reason::CUT_SHORT);
                };
                write_name(statement, name);
                let duration_ns = Some(duration_ns);
                Line::Record(Record {
                    kind: Kind::Whole,
                    time_us,
                    time_rest_ns: 0,
                    duration_ns,
                    ids: None,
                    name,
                    tail: None,
                    json: &[],
                })
            }
            Err(reason) => Line::Malformed(reason),
        }
    }

    fn joins_lines(&self) -> bool {
        true
    }

    fn goes_on(&self, before: &[u8], line: &[u8]) -> bool {
        if line.starts_with(USER) {
            return begins_with_time(before);
        }
        !(begins_with_time(line) || is_of_server(line) || is_of_server(before))
    }

    fn claims(&self, sample: &Sample<'_>) -> bool {
        sample.lines().any(|line| {
            let rest = line.strip_prefix(QUERY_TIME).unwrap_or_default();
            rest.first().is_some_and(u8::is_ascii_digit) && memchr::memmem::find(rest, b" Lock_time: ").is_some()
        })
    }

    fn has_ids(&self) -> bool {
        false
    }
}

/// Says whether a line is the one with which a record begins in most logs.
fn begins_with_time(line: &[u8]) -> bool {
    line.strip_prefix(TIME).and_then(|time| time.trim_ascii_start().first()).is_some_and(u8::is_ascii_digit)
}

/// Says whether a line is one of the three that a server writes when it opens the log.
#[inline]
fn is_of_server(line: &[u8]) -> bool {
    let line = line.trim_ascii_end();
    match line.first() {
        Some(b'T') => {
            (line.starts_with(b"Tcp port: ") && memchr::memmem::find(line, b"Unix socket: ").is_some())
                || (line.starts_with(b"Time") && line.ends_with(b"Argument") && is_heading(line))
        }
        Some(b'#') => false,
        _ => line.ends_with(b". started with:") && memchr::memmem::find(line, b", Version: ").is_some(),
    }
}

/// Says whether a line is the heading of the columns that the general log has.
fn is_heading(line: &[u8]) -> bool {
    let words = line.split(u8::is_ascii_whitespace).filter(|word| !word.is_empty());
    words.eq([b"Time".as_slice(), b"Id", b"Command", b"Argument"])
}

/// The lines of a record before its statement.
#[derive(Debug, Default)]
struct Head<'a> {
    time: Option<&'a [u8]>,
    /// The text from the number on.
    query_time: Option<&'a [u8]>,
    /// The seconds since 1970 that `SET timestamp` tells.
    timestamp: Option<i64>,
    /// What stands after it: empty if the record breaks off.
    statement: &'a [u8],
}

impl<'a> Head<'a> {
    /// Reads the lines in front of a statement, if these are such.
    fn read(record: &'a [u8]) -> Option<Self> {
        let mut head = Self::default();
        let mut rest = record;
        while rest.starts_with(b"#") && !rest.starts_with(COMMAND) {
            let (line, after) = split_line(rest);
            if let Some(time) = line.strip_prefix(TIME) {
                head.time = Some(time);
            } else if let Some(number) = line.strip_prefix(QUERY_TIME) {
                head.query_time = Some(number);
            }
            rest = after;
        }
        if head.query_time.is_none() && !record.starts_with(USER) && !begins_with_time(record) {
            return None;
        }
        head.statement = rest;
        head.pass_settings(rest);
        Some(head)
    }

    /// Passes over `use shop;` and `SET timestamp=1773309600;`, which are no statements of the client's.
    fn pass_settings(&mut self, rest: &'a [u8]) {
        let (first, after) = split_line(rest);
        let is_use = first.starts_with(b"use ") && first.ends_with(b";");
        let (set, after) = if is_use { split_line(after) } else { (first, after) };
        match timestamp(set) {
            Some(timestamp) => (self.timestamp, self.statement) = (Some(timestamp), after),
            // It breaks off in `SET timestamp`.
            None if is_use && !set.ends_with(b";") => self.statement = &[],
            None => {}
        }
    }

    /// Gives the end of the statement. `SET timestamp` is its beginning from MySQL 8.0.14 on, where every record has a
    /// time with a zone; and its end where it has not.
    fn time_us(&self, minute: &mut KnownMinute) -> Result<Option<i64>, Reason> {
        let time = self.time.map(<[u8]>::trim_ascii_start);
        match time.filter(|time| stamp::has_shape(time)) {
            Some(time) => minute.time_us(time).map(Some).ok_or(Reason::TIME_DOES_NOT_EXIST),
            None => Ok(self.timestamp.and_then(|seconds| seconds.checked_mul(1_000_000))),
        }
    }

    fn duration_ns(&self) -> Result<i64, Reason> {
        let text = self.query_time.ok_or(Reason::CUT_SHORT)?;
        let number = text.split(|byte| *byte == b' ').next().unwrap_or_default();
        if number.len() == text.len() && number.iter().all(|byte| byte.is_ascii_digit() || *byte == b'.') {
            return Err(Reason::CUT_SHORT);
        }
        parse_ns(number, OF_SECONDS)
    }
}

/// Splits the first line off, without its ending.
fn split_line(text: &[u8]) -> (&[u8], &[u8]) {
    let (line, rest) = match memchr::memchr(b'\n', text) {
        Some(feed) => (&text[..feed], &text[feed + 1..]),
        None => (text, &[][..]),
    };
    (line.strip_suffix(b"\r").unwrap_or(line), rest)
}

/// Reads `SET timestamp=1773309600;`, `SET last_insert_id=7,timestamp=1773309600;`.
fn timestamp(line: &[u8]) -> Option<i64> {
    let settings = line.strip_prefix(b"SET ")?.strip_suffix(b";")?;
    let mut values = settings.split(|byte| *byte == b',').map(|setting| setting.strip_prefix(b"timestamp="));
    let value = values.find_map(|value| value)?;
    let seconds = value.split(|byte| *byte == b'.').next()?;
    std::str::from_utf8(seconds).ok()?.parse().ok()
}

/// Cuts a statement off after the semicolon that the server writes at its end. Without that, it breaks off.
fn whole_statement(text: &[u8]) -> Option<&[u8]> {
    let mut text = text.trim_ascii_end();
    while !text.ends_with(b";") {
        text = text[..memchr::memrchr(b'\n', text)?].trim_ascii_end();
    }
    Some(text)
}

fn write_name(statement: &[u8], name: &mut Vec<u8>) {
    name.clear();
    match statement.strip_prefix(COMMAND) {
        Some(command) => {
            let (command, _) = split_line(command);
            name.extend_from_slice(b"administrator command: ");
            name.extend_from_slice(command.strip_suffix(b";").unwrap_or(command));
        }
        None => sql(statement, Dialect::MySql, name),
    }
    if name.is_empty() {
        name.extend_from_slice(NO_STATEMENT);
    }
}
