//! The places of records in bytes: of one line each, or of several where a format joins lines.

use std::ops::Range;

use crate::formats::LogFormat;
use crate::input::chunk::first_line;
use crate::input::line::{after_line, line_at, line_before};
use crate::record::MAX_LINE;

/// The records in some bytes, which begin with one.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Places<'a> {
    format: &'a dyn LogFormat,
    bytes: &'a [u8],
}

impl<'a> Places<'a> {
    pub(crate) fn new(format: &'a dyn LogFormat, bytes: &'a [u8]) -> Self {
        Self { format, bytes }
    }

    /// Finds the first record of a range, if any begins in it. All ranges of a log together hold every record once,
    /// wherever they are cut.
    pub(crate) fn first(&self, range: &Range<usize>) -> Option<usize> {
        let mut at = first_line(self.bytes, range)?;
        while at < range.end && self.goes_on(at) {
            at = after_line(self.bytes, at);
        }
        (at < range.end).then_some(at)
    }

    /// Finds the beginning of the record that holds a byte, in a stretch that begins at `least` with a record.
    pub(crate) fn begin_of(&self, least: usize, at: usize) -> usize {
        let mut begin = self.line_of(least, at);
        while begin > least && self.goes_on(begin) {
            begin = self.line_of(least, begin - 1);
        }
        begin
    }

    /// Finds the end of the record that begins at `begin`: that of its last line, without its line feed.
    pub(crate) fn end_of(&self, begin: usize) -> usize {
        let mut next = after_line(self.bytes, begin);
        while self.goes_on(next) {
            next = after_line(self.bytes, next);
        }
        if self.bytes[begin..next].ends_with(b"\n") { next - 1 } else { next }
    }

    /// Appends the lines that go on after the one that ends before `next`, as many bytes of them as a line can have.
    /// Gives their number, and where the next record begins.
    pub(crate) fn join(&self, mut next: usize, record: &mut Vec<u8>) -> (u64, usize) {
        let mut lines = 0;
        while self.goes_on(next) {
            let line = line_at(self.bytes, next);
            let room = (MAX_LINE + 2).saturating_sub(record.len());
            record.extend(std::iter::once(&b'\n').chain(line).take(room));
            next = after_line(self.bytes, next);
            lines += 1;
        }
        (lines, next)
    }

    fn line_of(&self, least: usize, at: usize) -> usize {
        memchr::memrchr(b'\n', &self.bytes[least..at.max(least)]).map_or(least, |feed| least + feed + 1)
    }

    /// Says whether the line that begins at `at` goes on with the record before it.
    fn goes_on(&self, at: usize) -> bool {
        self.format.joins_lines()
            && at > 0
            && at < self.bytes.len()
            && self.format.goes_on(line_before(self.bytes, at), line_at(self.bytes, at))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::formats::LogFormat;
    use crate::input::Sample;
    use crate::record::{Line, Scratch};

    /// Lines that begin with a blank go on, and so does one after a comma.
    #[derive(Debug)]
    struct Indented;

    impl LogFormat for Indented {
        fn name(&self) -> &'static str {
            "indented"
        }

        fn parse<'a>(&self, _: &'a [u8], _: &'a mut Scratch) -> Line<'a> {
            Line::Other
        }

        fn claims(&self, _: &Sample<'_>) -> bool {
            false
        }

        fn joins_lines(&self) -> bool {
            true
        }

        fn goes_on(&self, before: &[u8], line: &[u8]) -> bool {
            line.starts_with(b" ") || before.ends_with(b",")
        }
    }

    const TEXTS: [&str; 9] = ["", "\n", "a", " a\n b\nc", "a\n b\n", "a,\nb\n c\nd", "a\n\n b", " \n \n", "a,\n"];

    /// Cuts a text into records, the slow way.
    fn records(text: &str) -> Vec<Range<usize>> {
        let mut records: Vec<Range<usize>> = Vec::new();
        let (mut at, mut before) = (0, "");
        for line in text.split_inclusive('\n') {
            let end = at + line.len();
            let goes_on = line.starts_with(' ') || before.ends_with(",\n");
            match records.last_mut().filter(|_| goes_on) {
                Some(record) => record.end = end,
                None => records.push(at..end),
            }
            (at, before) = (end, line);
        }
        records
    }

    #[test]
    fn ranges_hold_the_records_that_begin_in_them() {
        for text in TEXTS {
            let places = Places::new(&Indented, text.as_bytes());
            let records = records(text);
            for start in 0..text.len() {
                for end in start + 1..=text.len() {
                    let expected = records.iter().map(|record| record.start).find(|at| (start..end).contains(at));
                    assert_eq!(places.first(&(start..end)), expected, "{text:?} {start}..{end}");
                }
            }
            for record in records {
                let end = record.end - usize::from(text[record.clone()].ends_with('\n'));
                assert_eq!(places.end_of(record.start), end, "{text:?}");
                for at in record.clone() {
                    assert_eq!(places.begin_of(0, at), record.start, "{text:?} {at}");
                }
                let first = line_at(text.as_bytes(), record.start);
                let mut joined = first.to_vec();
                let (lines, next) = places.join(after_line(text.as_bytes(), record.start), &mut joined);
                assert_eq!(next, record.end);
                assert_eq!(joined, &text.as_bytes()[record.start..end]);
                assert_eq!(lines as usize, text[record.start..end].matches('\n').count());
            }
        }
    }
}
