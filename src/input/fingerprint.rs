//! The fingerprint of content that is seen only as it passes by.

use std::io::{self, Read};

use tracerank_summary::Fingerprint;

/// A reader that takes the fingerprint of all that is read through it.
pub(crate) struct FingerprintReader<R> {
    reader: R,
    len: u64,
    head: Vec<u8>,
    /// The last bytes so far, at least as many as are needed.
    tail: Vec<u8>,
}

impl<R> FingerprintReader<R> {
    pub(crate) fn new(reader: R) -> Self {
        Self { reader, len: 0, head: Vec::new(), tail: Vec::new() }
    }

    /// Gives the fingerprint of all that was read so far.
    pub(crate) fn fingerprint(&self) -> Fingerprint {
        let tail = &self.tail[self.tail.len().saturating_sub(Fingerprint::END)..];
        Fingerprint::of_ends(self.len, &self.head, tail)
    }

    fn see(&mut self, bytes: &[u8]) {
        self.len += bytes.len() as u64;
        let missing = Fingerprint::END - self.head.len();
        self.head.extend_from_slice(&bytes[..missing.min(bytes.len())]);
        if self.tail.len() >= 2 * Fingerprint::END {
            self.tail.drain(..self.tail.len() - Fingerprint::END);
        }
        self.tail.extend_from_slice(&bytes[bytes.len().saturating_sub(Fingerprint::END)..]);
    }
}

impl<R: Read> Read for FingerprintReader<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.reader.read(buffer)?;
        self.see(&buffer[..read]);
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn content(len: usize) -> Vec<u8> {
        (0..len).map(|at| (at as u8).wrapping_mul(31) ^ (at >> 8) as u8).collect()
    }

    #[test]
    fn what_was_read_has_the_fingerprint_of_the_content() {
        for len in [0, 1, 4095, 4096, 4097, 8192, 100_000] {
            let log = content(len);
            for step in [1, 100, 4096, 5000, 1 << 20] {
                let mut reader = FingerprintReader::new(log.as_slice());
                while reader.read(&mut vec![0; step]).unwrap() > 0 {}
                assert_eq!(reader.fingerprint(), Fingerprint::of(&log), "{len} by {step}");
            }
        }
    }
}
