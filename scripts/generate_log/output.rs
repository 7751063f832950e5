//! The file or the standard output that a log is written to.

use std::fs::File;
use std::io::{self, Write};

use crate::options::Options;

const BUFFER: usize = 1 << 20;

/// A sink with room for at most `left` more bytes.
pub(crate) struct Output {
    sink: Box<dyn Write>,
    buffer: Vec<u8>,
    left: u64,
}

impl Output {
    pub(crate) fn create(options: &Options) -> Result<Self, String> {
        let sink: Box<dyn Write> = match &options.output {
            Some(path) => Box::new(File::create(path).map_err(|error| format!("{path}: {error}"))?),
            None => Box::new(io::stdout().lock()),
        };
        Ok(Self { sink, buffer: Vec::with_capacity(BUFFER + 1024), left: options.size })
    }

    /// Adds a line; false when there is no room for it.
    pub(crate) fn line(&mut self, write: impl FnOnce(&mut Vec<u8>)) -> io::Result<bool> {
        let before = self.buffer.len();
        write(&mut self.buffer);
        let length = (self.buffer.len() - before) as u64;
        if length > self.left {
            self.buffer.truncate(before);
            return Ok(false);
        }
        self.left -= length;
        if self.buffer.len() >= BUFFER {
            self.flush()?;
        }
        Ok(true)
    }

    pub(crate) fn flush(&mut self) -> io::Result<()> {
        self.sink.write_all(&self.buffer)?;
        self.buffer.clear();
        self.sink.flush()
    }
}
