//! The outside of the file: its first bytes, and a stream of messages in one zstd frame.

use std::io::{self, BufRead, Cursor, Read, Write};

use prost::Message;
use prost::bytes::Bytes;

use super::Unreadable;

/// The first bytes of every file. They have a byte that is no text, and line endings that a conversion of text would
/// change.
pub const MAGIC: [u8; 8] = *b"\x8ATRK\r\n\x1A\n";

/// The version of the format that is written. It goes up when older versions of the program could not read the file.
pub const VERSION: u32 = 2;

/// The first version, which had no sections.
const FIRST_VERSION: u32 = 1;

/// The longest message: more than any name with all of its histograms takes, less than a hostile length could ask for.
const MAX_MESSAGE: u64 = 64 << 20;
/// The length up to which room for a message is made before it is read.
const SMALL: u64 = 64 << 10;
/// The compression level, for a good ratio: 3 makes 1 % more of it, and 9 takes five times as long for 4 % less.
const LEVEL: i32 = 3;
/// log2 of the most memory that a frame can ask of its reader, 8 MiB, as RFC 8878 recommends.
const WINDOW_LOG: u32 = 23;

/// Writes messages.
pub(super) struct Writer<W: Write> {
    encoder: zstd::Encoder<'static, W>,
    buffer: Vec<u8>,
}

impl<W: Write> Writer<W> {
    pub(super) fn new(mut out: W) -> io::Result<Self> {
        out.write_all(&MAGIC)?;
        out.write_all(&VERSION.to_le_bytes())?;
        let mut encoder = zstd::Encoder::new(out, LEVEL)?;
        encoder.include_checksum(true)?;
        Ok(Self { encoder, buffer: Vec::new() })
    }

    pub(super) fn write(&mut self, message: &impl Message) -> io::Result<()> {
        self.buffer.clear();
        message.encode_length_delimited(&mut self.buffer).map_err(io::Error::other)?;
        self.encoder.write_all(&self.buffer)
    }

    /// Writes a message of which only the bytes are known.
    pub(super) fn write_bytes(&mut self, message: &[u8]) -> io::Result<()> {
        self.buffer.clear();
        prost::encode_length_delimiter(message.len(), &mut self.buffer).map_err(io::Error::other)?;
        self.encoder.write_all(&self.buffer)?;
        self.encoder.write_all(message)
    }

    pub(super) fn finish(self) -> io::Result<()> {
        self.encoder.finish()?.flush()
    }
}

/// Reads messages.
pub(super) struct Reader<R: BufRead> {
    decoder: io::BufReader<zstd::Decoder<'static, io::Chain<Cursor<[u8; BEGIN_LEN]>, R>>>,
}

/// The length of a zstd frame's beginning: its magic, and a byte of flags.
const BEGIN_LEN: usize = 5;

/// Says whether a frame that begins like this has a checksum, and nothing that a decoder passes over.
fn is_checked([magic @ .., flags]: [u8; BEGIN_LEN]) -> bool {
    const CHECKSUM: u8 = 0x04;
    const UNUSED: u8 = 0x18;
    magic == [0x28, 0xB5, 0x2F, 0xFD] && flags & (CHECKSUM | UNUSED) == CHECKSUM
}

impl<R: BufRead> Reader<R> {
    pub(super) fn new(mut input: R) -> Result<Self, Unreadable> {
        let (mut magic, mut version) = ([0; 8], [0; 4]);
        read_exact(&mut input, &mut magic)?;
        if magic != MAGIC {
            return Err(Unreadable::Foreign);
        }
        read_exact(&mut input, &mut version)?;
        match u32::from_le_bytes(version) {
            FIRST_VERSION..=VERSION => {}
            0 => return Err(Unreadable::Damaged("there is no format 0".to_owned())),
            newer => return Err(Unreadable::TooNew(newer)),
        }
        let mut begin = [0; BEGIN_LEN];
        read_exact(&mut input, &mut begin)?;
        if !is_checked(begin) {
            return Err(Unreadable::Damaged("what follows is no zstd frame with a checksum".to_owned()));
        }
        let frame = Cursor::new(begin).chain(input);
        let mut decoder = zstd::Decoder::with_buffer(frame).map_err(Unreadable::Io)?.single_frame();
        decoder.window_log_max(WINDOW_LOG).map_err(Unreadable::Io)?;
        Ok(Self { decoder: io::BufReader::with_capacity(128 << 10, decoder) })
    }

    /// Reads the next message, which must be there.
    pub(super) fn next<M: Message + Default>(&mut self) -> Result<M, Unreadable> {
        decode(self.next_bytes()?)
    }

    /// Reads the bytes of the next message.
    pub(super) fn next_bytes(&mut self) -> Result<Bytes, Unreadable> {
        let len = self.read_length()?;
        if len > MAX_MESSAGE {
            return Err(Unreadable::Contradiction(format!("a message of {len} bytes")));
        }
        // Memory grows with the bytes that are there and not with those that are promised.
        let mut bytes = Vec::with_capacity(len.min(SMALL) as usize);
        let read = (&mut self.decoder).take(len).read_to_end(&mut bytes).map_err(explain)?;
        if (read as u64) < len {
            return Err(Unreadable::CutOff);
        }
        Ok(Bytes::from(bytes))
    }

    /// Reads a number of seven bits a byte, the lowest first.
    fn read_length(&mut self) -> Result<u64, Unreadable> {
        let mut length = 0;
        for shift in (0..u64::BITS).step_by(7) {
            let mut byte = [0];
            read_exact(&mut self.decoder, &mut byte)?;
            length |= u64::from(byte[0] & 0x7F) << shift;
            if byte[0] < 0x80 {
                return Ok(length);
            }
        }
        Err(Unreadable::Contradiction("a length that does not end".to_owned()))
    }

    /// Makes sure that nothing follows: this is when the checksum is looked at.
    pub(super) fn finish(mut self) -> Result<(), Unreadable> {
        if !self.decoder.fill_buf().map_err(explain)?.is_empty() {
            return Err(Unreadable::Contradiction("there is more in it than it says".to_owned()));
        }
        let mut input = self.decoder.into_inner().finish();
        if input.fill_buf().map_err(explain)?.is_empty() { Ok(()) } else { Err(Unreadable::TooLong) }
    }
}

/// Decodes a message. The histograms in it are parts of its bytes, without a copy.
pub(super) fn decode<M: Message + Default>(bytes: Bytes) -> Result<M, Unreadable> {
    M::decode(bytes).map_err(|error| Unreadable::Contradiction(error.to_string()))
}

fn read_exact(input: &mut impl Read, bytes: &mut [u8]) -> Result<(), Unreadable> {
    input.read_exact(bytes).map_err(explain)
}

/// Makes an [`Unreadable`] of an error of reading. The system's errors have a number, the decompressor's have none.
fn explain(error: io::Error) -> Unreadable {
    match error.kind() {
        io::ErrorKind::UnexpectedEof => Unreadable::CutOff,
        _ if error.raw_os_error().is_some() => Unreadable::Io(error),
        _ => Unreadable::Damaged(error.to_string()),
    }
}
