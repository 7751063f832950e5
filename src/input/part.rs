//! A part of a file, read as a stream: the lines that begin in a range of bytes.

use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom};

const BUFFER: usize = 256 << 10;

/// The whole lines that begin in a range. A line that begins before it belongs to the range before; a line that goes on
/// after it is read to its end.
pub(super) struct Part<R> {
    reader: BufReader<R>,
    /// The offset in the file of the next byte.
    at: u64,
    end: u64,
    /// The next byte begins a line.
    is_between_lines: bool,
}

impl<R: Read + Seek> Part<R> {
    /// Gives the part, and the offset where its first line begins; not before the end of the range if there is none.
    pub(super) fn new(reader: R, from: u64, to: u64) -> io::Result<(Self, u64)> {
        let mut part =
            Self { reader: BufReader::with_capacity(BUFFER, reader), at: from, end: to, is_between_lines: true };
        if let Some(before) = from.checked_sub(1) {
            part.reader.seek(SeekFrom::Start(before))?;
            part.at = before;
            part.skip_line()?;
        }
        let begin = part.at;
        Ok((part, begin))
    }

    /// Skips the rest of a line, but no further than to the end of the range.
    fn skip_line(&mut self) -> io::Result<()> {
        while self.at < self.end {
            let bytes = self.reader.fill_buf()?;
            let feed = memchr::memchr(b'\n', bytes);
            let len = feed.map_or(bytes.len(), |feed| feed + 1);
            if len == 0 {
                break;
            }
            self.reader.consume(len);
            self.at += len as u64;
            if feed.is_some() {
                return Ok(());
            }
        }
        // No line begins in the range.
        self.at = self.at.max(self.end);
        Ok(())
    }
}

impl<R: Read> Read for Part<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let bytes = self.reader.fill_buf()?;
        let mut len = bytes.len().min(buffer.len());
        if self.at >= self.end {
            // Only the rest of the last line is left.
            let rest =
                if self.is_between_lines { 0 } else { memchr::memchr(b'\n', bytes).map_or(len, |feed| feed + 1) };
            len = len.min(rest);
        } else {
            len = len.min(usize::try_from(self.end - self.at).unwrap_or(usize::MAX));
        }
        buffer[..len].copy_from_slice(&bytes[..len]);
        if let Some(last) = buffer[..len].last() {
            self.is_between_lines = *last == b'\n';
        }
        self.reader.consume(len);
        self.at += len as u64;
        Ok(len)
    }
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;
    use crate::input::chunk;

    #[test]
    fn a_part_has_the_lines_that_begin_in_it() {
        for text in ["", "\n", "a", "a\n", "\n\n", "a\nb", "ab\n\ncd\n", "abcdefgh\ni\n\n\njk"] {
            for from in 0..=text.len() {
                for to in from..=text.len() {
                    let (mut part, begin) = Part::new(Cursor::new(text), from as u64, to as u64).unwrap();
                    let mut read = String::new();
                    part.read_to_string(&mut read).unwrap();
                    let first = if from < to { chunk::first_line(text.as_bytes(), &(from..to)) } else { None };
                    let end = |first: usize| {
                        let last = text.as_bytes()[to - 1..].iter().position(|byte| *byte == b'\n');
                        &text[first..last.map_or(text.len(), |at| to + at)]
                    };
                    assert_eq!(read, first.map_or("", end), "{text:?} {from}..{to}");
                    assert!(first.map_or(begin >= to as u64, |first| begin == first as u64), "{text:?} {from}..{to}");
                }
            }
        }
    }
}
