//! PostgreSQL's jsonlog (from PostgreSQL 15 on): a JSON object a line.

use std::sync::LazyLock;

use memchr::memmem::Finder;

use super::escapes::unescape;
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
