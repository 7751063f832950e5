//! Inputs that can't or shouldn't be mapped, read block by block with bounded memory.

use std::io::{self, Read};

use crate::format::MAX_LINE;

/// How much is read at a time.
pub(crate) const BLOCK: usize = 1 << 20;

/// What a block can hold of a line that is too long to be parsed: enough to see that it is.
const CUT: usize = MAX_LINE + 2;

/// Some whole lines of a stream.
#[derive(Debug)]
pub(crate) struct Block {
    /// The lines, each with its line feed but perhaps the last one of all.
    pub(crate) bytes: Vec<u8>,
    /// Where in the stream they begin.
    pub(crate) offset: u64,
}

/// A reader, cut into blocks of whole lines.
pub(crate) struct Stream {
    reader: Box<dyn Read + Send>,
    /// The beginning of a line whose end was not read yet.
    rest: Vec<u8>,
    /// Where `rest` begins.
    offset: u64,
    /// Within a line whose beginning was handed out because it is too long.
    skipping: bool,
    ended: bool,
}

impl Stream {
    pub(crate) fn new(reader: Box<dyn Read + Send>) -> Self {
        Self { reader, rest: Vec::new(), offset: 0, skipping: false, ended: false }
    }

    /// How many bytes were read.
    pub(crate) fn offset(&self) -> u64 {
        self.offset + self.rest.len() as u64
    }

    /// The next lines, in `buffer`'s memory. Blocks and nothing else make up the stream, but for what is skipped of lines that are too long.
    pub(crate) fn next_block(&mut self, mut buffer: Vec<u8>) -> io::Result<Option<Block>> {
        buffer.clear();
        buffer.append(&mut self.rest);
        let mut wanted = BLOCK;
        while !self.ended {
            self.fill(&mut buffer, wanted)?;
            self.skip_line(&mut buffer);
            if let Some(last) = memchr::memrchr(b'\n', &buffer) {
                return Ok(Some(self.split(buffer, last + 1)));
            }
            if buffer.len() >= CUT {
                self.skipping = true;
                let mut block = self.split(buffer, CUT);
                block.bytes.push(b'\n');
                return Ok(Some(block));
            }
            wanted = buffer.len() + BLOCK;
        }
        Ok((!buffer.is_empty()).then(|| {
            let len = buffer.len();
            self.split(buffer, len)
        }))
    }

    /// Reads until `buffer` holds `wanted` bytes or the stream ends.
    fn fill(&mut self, buffer: &mut Vec<u8>, wanted: usize) -> io::Result<()> {
        let missing = wanted.saturating_sub(buffer.len());
        buffer.reserve_exact(missing);
        let read = Read::take(&mut self.reader, missing as u64).read_to_end(buffer);
        match read {
            Ok(read) => {
                self.ended = read < missing;
                Ok(())
            }
            Err(error) => {
                self.offset += buffer.len() as u64;
                Err(error)
            }
        }
    }

    /// Drops what belongs to a line whose beginning was handed out already.
    fn skip_line(&mut self, buffer: &mut Vec<u8>) {
        if self.skipping {
            let end = memchr::memchr(b'\n', buffer).map(|end| end + 1);
            let skipped = end.unwrap_or(buffer.len());
            buffer.drain(..skipped);
            self.offset += skipped as u64;
            self.skipping = end.is_none();
        }
    }

    /// The first `len` bytes as a block; the others are for the next one.
    fn split(&mut self, mut buffer: Vec<u8>, len: usize) -> Block {
        self.rest.extend_from_slice(&buffer[len..]);
        buffer.truncate(len);
        let offset = self.offset;
        self.offset += len as u64;
        Block { bytes: buffer, offset }
    }
}
