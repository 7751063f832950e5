//! Inputs that can't or shouldn't be mapped, read block by block with bounded memory.

use std::io::{self, Read};

use tracerank_summary::Fingerprint;

use super::fingerprint::FingerprintReader;
use crate::record::MAX_LINE;

/// Bytes that are read at a time.
pub(crate) const BLOCK: usize = 1 << 20;

/// Bytes that a block can hold of a line that is too long to be parsed: enough to see that it is.
const CUT: usize = MAX_LINE + 2;

/// Some whole lines of a stream.
#[derive(Debug, Default)]
pub(crate) struct Block {
    /// The offset in the stream where they begin.
    pub(crate) offset: u64,
    /// Memory that stays as long as it was, so that it is not zeroed again for every block. With this and reads of a
    /// whole block, 4 GB that are not mapped take 0.41 s instead of 0.57.
    memory: Vec<u8>,
    len: usize,
}

impl Block {
    /// Gives the lines, each with its line feed, except perhaps the last one of all.
    pub(crate) fn bytes(&self) -> &[u8] {
        &self.memory[..self.len]
    }

    /// Counts the bytes of its memory.
    pub(crate) fn capacity(&self) -> usize {
        self.memory.capacity()
    }

    /// Makes memory for `len` bytes.
    fn reserve(&mut self, len: usize) {
        if self.memory.is_empty() {
            // The system gives it anew, and zeroes only what is touched: little of it for a small log.
            self.memory = vec![0; len];
        } else if self.memory.len() < len {
            self.memory.resize(len, 0);
        }
    }

    fn push(&mut self, bytes: &[u8]) {
        self.reserve(self.len + bytes.len());
        self.memory[self.len..self.len + bytes.len()].copy_from_slice(bytes);
        self.len += bytes.len();
    }
}

/// A reader, cut into blocks of whole lines.
pub(crate) struct Stream {
    reader: FingerprintReader<Box<dyn Read + Send>>,
    /// The beginning of a line whose end was not read yet.
    rest: Vec<u8>,
    /// The offset where `rest` begins.
    offset: u64,
    /// The next bytes are of a line whose beginning was handed out because it is too long.
    skipping: bool,
    ended: bool,
}

impl Stream {
    pub(crate) fn new(reader: Box<dyn Read + Send>) -> Self {
        Self::starting_at(0, reader)
    }

    /// Makes a stream of a part that begins at this offset.
    pub(crate) fn starting_at(offset: u64, reader: Box<dyn Read + Send>) -> Self {
        Self { reader: FingerprintReader::new(reader), rest: Vec::new(), offset, skipping: false, ended: false }
    }

    /// Gives the fingerprint of all that was read so far.
    pub(crate) fn fingerprint(&self) -> Fingerprint {
        self.reader.fingerprint()
    }

    /// Gives the offset of the next byte that is to be read.
    pub(crate) fn offset(&self) -> u64 {
        self.offset + self.rest.len() as u64
    }

    /// Puts the next lines into `block`, in place of its old ones; false if there are none. All blocks together are the
    /// stream, except for the skipped parts of lines that are too long.
    pub(crate) fn next_block(&mut self, block: &mut Block) -> io::Result<bool> {
        block.len = 0;
        block.push(&self.rest);
        self.rest.clear();
        let mut wanted = BLOCK;
        while !self.ended {
            self.fill(block, wanted)?;
            self.skip_line(block);
            if let Some(last) = memchr::memrchr(b'\n', block.bytes()) {
                self.split(block, last + 1);
                return Ok(true);
            }
            if block.len >= CUT {
                self.skipping = true;
                self.split(block, CUT);
                block.push(b"\n");
                return Ok(true);
            }
            wanted = block.len + BLOCK;
        }
        self.split(block, block.len);
        Ok(block.len > 0)
    }

    /// Gives the number of bytes after the last line feed of all, once the stream has ended.
    pub(crate) fn rest_of_ended(&self) -> Option<usize> {
        self.ended.then_some(self.rest.len())
    }

    /// Reads until `block` holds `wanted` bytes or the stream ends.
    fn fill(&mut self, block: &mut Block, wanted: usize) -> io::Result<()> {
        block.reserve(wanted);
        while block.len < wanted {
            match self.reader.read(&mut block.memory[block.len..wanted]) {
                Ok(0) => {
                    self.ended = true;
                    break;
                }
                Ok(read) => block.len += read,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => {
                    self.offset += block.len as u64;
                    return Err(error);
                }
            }
        }
        Ok(())
    }

    /// Drops the rest of a line whose beginning was handed out already.
    fn skip_line(&mut self, block: &mut Block) {
        if self.skipping {
            let end = memchr::memchr(b'\n', block.bytes()).map(|end| end + 1);
            let skipped = end.unwrap_or(block.len);
            block.memory.copy_within(skipped..block.len, 0);
            block.len -= skipped;
            self.offset += skipped as u64;
            self.skipping = end.is_none();
        }
    }

    /// Leaves the first `len` bytes in the block; the others are for the next one.
    fn split(&mut self, block: &mut Block, len: usize) {
        self.rest.extend_from_slice(&block.bytes()[len..]);
        block.len = len;
        block.offset = self.offset;
        self.offset += len as u64;
    }
}
