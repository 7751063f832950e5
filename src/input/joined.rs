//! A part of a file whose records can have several lines, read as a stream.

use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom};

use super::line::GoesOn;
use crate::record::MAX_LINE;

/// Bytes before a range that are read: the line before the first one in it tells whether that goes on.
const BEFORE: u64 = 64 << 10;
/// Bytes of a line that are looked at: enough to see that it is too long.
const LONGEST: u64 = MAX_LINE as u64 + 3;

/// The whole records that begin in a range. A record that begins before it belongs to the range before; a record that
/// goes on after it is read to its end.
pub(super) struct JoinedPart<R> {
    reader: BufReader<R>,
    goes_on: GoesOn,
    /// The offset in the file of the line.
    at: u64,
    end: u64,
    /// The line before, as far as it is looked at.
    before: Vec<u8>,
    /// The line, or a part of one that is too long, and how many of its bytes were handed out.
    line: Vec<u8>,
    read: usize,
}

impl<R: Read + Seek> JoinedPart<R> {
    /// Gives the part, and the offset where its first record begins; not before the end of the range if there is none.
    pub(super) fn new(mut reader: R, from: u64, to: u64, goes_on: GoesOn) -> io::Result<(Self, u64)> {
        let at = from.saturating_sub(BEFORE);
        reader.seek(SeekFrom::Start(at))?;
        let reader = BufReader::new(reader);
        let mut part = Self { reader, goes_on, at, end: to, before: Vec::new(), line: Vec::new(), read: 0 };
        // What is before the first line feed begins no line, unless the file does.
        let mut begins = at == 0;
        while part.next()? && part.at < to && (part.at < from || !begins || part.is_of_record_before()) {
            begins = part.line.ends_with(b"\n");
        }
        let begin = if part.line.is_empty() { part.at.max(to) } else { part.at };
        if part.at >= to {
            part.line.clear();
        }
        Ok((part, begin))
    }
}

impl<R: Read> JoinedPart<R> {
    /// Reads the next line, or the next part of one that is too long; false at the end of the file.
    fn next(&mut self) -> io::Result<bool> {
        self.at += self.line.len() as u64;
        if self.line.ends_with(b"\n") || self.line.is_empty() {
            std::mem::swap(&mut self.before, &mut self.line);
        }
        self.line.clear();
        self.read = 0;
        self.reader.by_ref().take(LONGEST).read_until(b'\n', &mut self.line)?;
        Ok(!self.line.is_empty())
    }

    /// Says whether the line goes on with the record before it.
    fn is_of_record_before(&self) -> bool {
        let text = |line: &[u8]| line.strip_suffix(b"\n").map_or(line.len(), <[u8]>::len);
        self.at > 0 && (self.goes_on)(&self.before[..text(&self.before)], &self.line[..text(&self.line)])
    }
}

impl<R: Read> Read for JoinedPart<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.read == self.line.len() {
            let is_in_line = !self.line.is_empty() && !self.line.ends_with(b"\n");
            if self.line.is_empty() || !self.next()? {
                return Ok(0);
            }
            if self.at >= self.end && !is_in_line && !self.is_of_record_before() {
                self.line.clear();
                return Ok(0);
            }
        }
        let len = buffer.len().min(self.line.len() - self.read);
        buffer[..len].copy_from_slice(&self.line[self.read..self.read + len]);
        self.read += len;
        Ok(len)
    }
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;
    use std::sync::Arc;

    use super::*;

    /// Cuts a text into records: a line that begins with a blank goes on, and so does one after a comma.
    fn records(text: &str) -> Vec<(usize, String)> {
        let mut records: Vec<(usize, String)> = Vec::new();
        let mut at = 0;
        for line in text.split_inclusive('\n') {
            match records.last_mut() {
                Some((_, record)) if line.starts_with(' ') || record.ends_with(",\n") => record.push_str(line),
                _ => records.push((at, line.to_owned())),
            }
            at += line.len();
        }
        records
    }

    #[test]
    fn a_part_has_the_records_that_begin_in_it() {
        let goes_on: GoesOn = Arc::new(|before, line| line.starts_with(b" ") || before.ends_with(b","));
        for text in
            ["", "\n", "a", " a\n b\nc", "a\n b\n", "a,\nb\n c\nd", "a\n\n b", " \n \n", "a,\n", "ab\n cd\nef\n"]
        {
            let records = records(text);
            for from in 0..=text.len() {
                for to in from..=text.len() {
                    let (mut part, begin) =
                        JoinedPart::new(Cursor::new(text), from as u64, to as u64, Arc::clone(&goes_on)).unwrap();
                    let mut read = String::new();
                    part.read_to_string(&mut read).unwrap();
                    let inside: Vec<_> = records.iter().filter(|(at, _)| (from..to).contains(at)).collect();
                    let expected: String = inside.iter().map(|(_, record)| record.as_str()).collect();
                    assert_eq!(read, expected, "{text:?} {from}..{to}");
                    let is_begin = inside.first().map_or(begin >= to as u64, |(at, _)| begin == *at as u64);
                    assert!(is_begin, "{text:?} {from}..{to}: {begin}");
                }
            }
        }
    }
}
