//! Compressed logs, known by their first bytes. Several members or frames in one file all count.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::os::unix::fs::FileExt;

use bzip2::bufread::BzDecoder;
use flate2::bufread::GzDecoder;
use liblzma::bufread::XzDecoder;
use tracerank_summary::saved;
use zstd::zstd_safe::zstd_sys::ZSTD_ErrorCode;

/// Number of bytes that [`Format::of`] wants to see.
pub(crate) const MAGIC_LEN: usize = 10;

/// Bytes of compressed data that are read at a time.
const BUFFER: usize = 256 << 10;

/// A compression format.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Format {
    Gzip,
    Zstd,
    Xz,
    Bzip2,
}

impl Format {
    /// Tells the format of data that begins with `bytes`.
    pub(crate) fn of(bytes: &[u8]) -> Option<Self> {
        match bytes {
            [0x1F, 0x8B, 0x08, ..] => Some(Self::Gzip),
            // RFC 8878: a frame, or a skippable one in front of it.
            [0x28, 0xB5, 0x2F, 0xFD, ..] | [0x50..=0x5F, 0x2A, 0x4D, 0x18, ..] => Some(Self::Zstd),
            [0xFD, b'7', b'z', b'X', b'Z', 0, ..] => Some(Self::Xz),
            // A block, or the end of a stream without one.
            [b'B', b'Z', b'h', b'1'..=b'9', 0x31, 0x41, 0x59, 0x26, 0x53, 0x59, ..]
            | [b'B', b'Z', b'h', b'1'..=b'9', 0x17, 0x72, 0x45, 0x38, 0x50, 0x90, ..] => Some(Self::Bzip2),
            _ => None,
        }
    }

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Gzip => "gzip",
            Self::Zstd => "zstd",
            Self::Xz => "xz",
            Self::Bzip2 => "bzip2",
        }
    }

    /// Makes a reader of the content of `reader`, decompressed.
    pub(crate) fn decoder(self, reader: impl Read + Send + 'static) -> io::Result<Box<dyn Read + Send>> {
        let reader = BufReader::with_capacity(BUFFER, reader);
        Ok(match self {
            Self::Gzip => Box::new(Members {
                decoder: Some(GzDecoder::new(reader)),
                rest: GzDecoder::get_mut,
                next: |ended| GzDecoder::new(ended.into_inner()),
            }),
            // No padding: zstd(1) refuses it, too, and a decoder for each frame made those of 16 KiB take half as long
            // again.
            Self::Zstd => Box::new(zstd::Decoder::with_buffer(reader)?),
            // Padding is part of the format, in multiples of four bytes.
            Self::Xz => Box::new(Intact { decoder: XzDecoder::new_multi_decoder(reader), failed: None }),
            Self::Bzip2 => Box::new(Members {
                decoder: Some(BzDecoder::new(reader)),
                rest: BzDecoder::get_mut,
                next: |ended| BzDecoder::new(ended.into_inner()),
            }),
        })
    }
}

/// A decoder of xz that gives all that comes before an error. By itself it keeps what it made in the call that fails,
/// up to a block of it.
struct Intact<R> {
    decoder: XzDecoder<R>,
    /// The error that comes next.
    failed: Option<io::Error>,
}

impl<R: BufRead> Read for Intact<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if let Some(error) = self.failed.take() {
            return Err(error);
        }
        let before = self.decoder.total_out();
        self.decoder.read(buffer).or_else(|error| {
            let made = (self.decoder.total_out() - before) as usize;
            if made == 0 {
                return Err(error);
            }
            self.failed = Some(error);
            Ok(made)
        })
    }
}

/// Says whether the content of a file is neither compressed nor a saved summary.
pub(super) fn is_plain(file: &File) -> io::Result<bool> {
    let mut magic = [0; MAGIC_LEN];
    let read = file.read_at(&mut magic, 0)?;
    let magic = &magic[..read];
    Ok(Format::of(magic).is_none() && !magic.starts_with(&saved::MAGIC))
}

/// Says whether a decoder gave up because the data asks for a longer window than it allows by itself: 128 MB for zstd.
pub(crate) fn asks_for_long_window(error: &io::Error) -> bool {
    let of_zstd = error.get_ref().and_then(|error| error.downcast_ref::<zstd::Error>());
    of_zstd.is_some_and(|error| error.is(ZSTD_ErrorCode::ZSTD_error_frameParameter_windowTooLarge))
}

/// The members of a file, one after the other. Zeros between them and after the last one are the padding of tapes and
/// block devices.
struct Members<R, D> {
    /// The decoder of one member. It is always there, except while it makes room for the next one.
    decoder: Option<D>,
    /// Gives the input after its member, once that has ended.
    rest: fn(&mut D) -> &mut R,
    /// Makes a decoder of the member that begins there.
    next: fn(D) -> D,
}

impl<R: BufRead, D: Read> Read for Members<R, D> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while let Some(decoder) = &mut self.decoder {
            let read = decoder.read(buffer)?;
            if read > 0 || buffer.is_empty() || !skip_zeros((self.rest)(decoder))? {
                return Ok(read);
            }
            self.decoder = self.decoder.take().map(self.next);
        }
        Ok(0)
    }
}

/// Skips zeros. Says whether anything follows them.
fn skip_zeros(reader: &mut impl BufRead) -> io::Result<bool> {
    loop {
        let bytes = reader.fill_buf()?;
        let (len, zeros) = (bytes.len(), bytes.iter().take_while(|byte| **byte == 0).count());
        reader.consume(zeros);
        if zeros < len || len == 0 {
            return Ok(len > 0);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    type Compress = fn(&[u8]) -> Vec<u8>;

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    fn xz(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = liblzma::write::XzEncoder::new(Vec::new(), 6);
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    fn zstd(bytes: &[u8]) -> Vec<u8> {
        zstd::encode_all(bytes, 3).unwrap()
    }

    /// Reads to the error, so many bytes at a time, and gives what came before it.
    fn intact(format: Format, data: &[u8], at_a_time: usize) -> Vec<u8> {
        let mut decoder = format.decoder(io::Cursor::new(data.to_vec())).unwrap();
        let (mut all, mut buffer) = (Vec::new(), vec![0; at_a_time]);
        while let Ok(read @ 1..) = decoder.read(&mut buffer) {
            all.extend_from_slice(&buffer[..read]);
        }
        all
    }

    /// (A block of bzip2 is whole or damaged: nothing of a damaged one is sure to be right.)
    #[test]
    fn all_that_comes_before_damage_is_read() {
        let log: Vec<u8> =
            (0..40_000).flat_map(|nth: u32| format!("line {}\n", nth * 7919 % 10_007).into_bytes()).collect();
        let formats: [(Format, Compress); 3] = [(Format::Gzip, gzip), (Format::Zstd, zstd), (Format::Xz, xz)];
        for (format, compress) in formats {
            let mut data = compress(&log);
            let middle = data.len() / 2;
            data[middle..middle + 64].fill(0x55);
            let truth = intact(format, &data, 1);
            let found = intact(format, &data, 1 << 20);
            assert_eq!(found.len(), truth.len(), "{}", format.name());
        }
    }
}
