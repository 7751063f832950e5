//! The text that PostgreSQL writes to standard error: any `log_line_prefix`, `LOG:  duration: `, and a statement, whose
//! further lines begin with a tab.

use std::sync::LazyLock;

use memchr::memmem::Finder;

use super::{PostgresCsv, PostgresJson, Remembered, message, record};
use crate::formats::LogFormat;
use crate::formats::detect::has_record;
use crate::formats::stamp::{self, KnownMinute};
use crate::input::Sample;
use crate::record::{Line, MAX_LINE, Reason, Scratch};

/// PostgreSQL's log as text.
#[derive(Debug, Clone, Copy)]
pub struct Postgres;

/// The sure mark of a record.
const MARK: &[u8] = b"LOG:  duration: ";

/// The words that PostgreSQL writes between a prefix and a message (`src/backend/utils/error/elog.c`).
const WORDS: [&[u8]; 15] = [
    b"LOG",
    b"STATEMENT",
    b"ERROR",
    b"DETAIL",
    b"HINT",
    b"CONTEXT",
    b"QUERY",
    b"LOCATION",
    b"WARNING",
    b"NOTICE",
    b"INFO",
    b"FATAL",
    b"PANIC",
    b"DEBUG",
    b"BACKTRACE",
];

impl LogFormat for Postgres {
    fn name(&self) -> &'static str {
        "postgres"
    }

    fn parse<'a>(&self, line: &'a [u8], scratch: &'a mut Scratch) -> Line<'a> {
        let Scratch { name, memory } = scratch;
        let remembered: &mut Remembered = memory.of();
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        let Some(mark) = find_mark(line, remembered.mark) else { return Line::Other };
        remembered.mark = mark;
        if line.len() > MAX_LINE {
            return Line::Malformed(Reason::TOO_LONG);
        }
        let Ok(time_us) = time_us(&line[..mark], &mut remembered.minute) else {
            return Line::Malformed(Reason::TIME_DOES_NOT_EXIST);
        };
        match message::parse(&line[mark + MARK.len()..], name, &mut remembered.statement) {
            Ok(duration_ns) => Line::Record(record(name, time_us, duration_ns)),
            Err(reason) => Line::Malformed(reason),
        }
    }

    fn joins_lines(&self) -> bool {
        true
    }

    /// PostgreSQL puts a tab after each line feed in a message. Where blanks at the end of lines were cut off, nothing is
    /// left of a line of it alone.
    fn goes_on(&self, _: &[u8], line: &[u8]) -> bool {
        matches!(line, [b'\t', ..] | [] | [b'\r'])
    }

    fn claims(&self, sample: &Sample<'_>) -> bool {
        // In the others, a statement may have the mark in it.
        has_record(sample, self) && !PostgresCsv.claims(sample) && !PostgresJson.claims(sample)
    }

    fn has_ids(&self) -> bool {
        false
    }
}

/// Finds the mark, if it is where a message begins: of most records, it is where that of the record before was.
#[inline]
fn find_mark(line: &[u8], before: usize) -> Option<usize> {
    static FINDER: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new(MARK));
    if line.get(before..).is_some_and(|rest| rest.starts_with(MARK)) && is_prefix(&line[..before]) {
        return Some(before);
    }
    FINDER.find(&line[..line.len().min(MAX_LINE)]).filter(|mark| is_prefix(&line[..*mark]))
}

/// Says whether a text is before any message: no line ends in it, no other message begins, and nothing is wrapped around
/// it that would be around further lines, too.
#[inline]
fn is_prefix(text: &[u8]) -> bool {
    let is_fit = |at: usize| match text[at] {
        b':' => !is_end_of_word(text, at),
        b'{' => text.get(at + 1) != Some(&b'"'),
        _ => false,
    };
    (text.get(10) != Some(&b'T') || !is_of_container(text)) && memchr::memchr3_iter(b':', b'{', b'\n', text).all(is_fit)
}

/// Says whether a container runtime's time and stream are at the beginning: `2026-03-12T10:00:01.482Z stderr F `.
#[cold]
fn is_of_container(text: &[u8]) -> bool {
    let mut words = text.split(|byte| *byte == b' ');
    let is_time = words.next().is_some_and(stamp::has_shape);
    is_time && matches!(words.next(), Some(b"stderr" | b"stdout")) && words.next().is_some()
}

/// Says whether a message begins after the colon at `at`.
#[inline]
fn is_end_of_word(text: &[u8], at: usize) -> bool {
    text[at..].starts_with(b":  ") && {
        let before = &text[..at];
        // `DEBUG5`
        let before = if let [before @ .., b'1'..=b'5'] = before { before } else { before };
        WORDS.iter().any(|word| before.ends_with(word))
    }
}

/// Reads the time in a prefix: of `%m` or `%t`, else of `%n`, if any is there. It is an error if it does not exist.
#[inline]
fn time_us(prefix: &[u8], minute: &mut KnownMinute) -> Result<Option<i64>, ()> {
    if stamp::has_shape(prefix) {
        return minute.time_us(prefix).map(Some).ok_or(());
    }
    time_within(prefix, minute)
}

#[cold]
fn time_within(prefix: &[u8], minute: &mut KnownMinute) -> Result<Option<i64>, ()> {
    match (0..prefix.len()).find(|at| stamp::has_shape(&prefix[*at..])) {
        Some(at) => minute.time_us(&prefix[at..]).map(Some).ok_or(()),
        None => Ok((0..prefix.len()).find_map(|at| epoch_us(prefix, at))),
    }
}

/// Reads seconds since 1970 with three digits after their point.
fn epoch_us(text: &[u8], at: usize) -> Option<i64> {
    let text = if at == 0 || !text[at - 1].is_ascii_alphanumeric() { &text[at..] } else { return None };
    let (seconds, rest) = text.split_at_checked(10)?;
    let [b'.', fraction @ ..] = rest else { return None };
    let fraction = fraction.first_chunk::<3>()?;
    let mut digits = seconds.iter().chain(fraction);
    digits
        .try_fold(0, |ms, digit| digit.is_ascii_digit().then(|| ms * 10 + i64::from(digit - b'0')))
        .map(|ms| ms * 1000)
}
