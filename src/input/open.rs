//! From a [`Source`] to its bytes.

use std::fs::File;
use std::io::{self, Read};
use std::os::fd::AsFd;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use rustix::pipe::fcntl_setpipe_size;

use super::compressed::{Format, MAGIC_LEN};
use super::{Mapped, Source, Stream};
use crate::error::Error;

/// Below this size a copy costs less than a mapping.
const SMALLEST_MAPPED: u64 = 256 << 10;

/// An input that is being read.
pub(crate) struct Opened {
    pub(crate) bytes: Open,
    /// What it is compressed with.
    pub(crate) format: Option<&'static str>,
    /// The length that a file had when it was opened, if it is to be read up to there.
    pub(crate) len: Option<u64>,
}

/// The two ways to read.
pub(crate) enum Open {
    Mapped(Mapped),
    Stream(Stream),
}

/// Opens `source`; `progress` counts the bytes that streams take in, before decompression.
pub(crate) fn open(source: &Source, may_map: bool, progress: &Arc<AtomicU64>) -> Result<Opened, Error> {
    let count = |reader| Counting { reader, progress: Arc::clone(progress) };
    let opened = if source.is_stdin() {
        widen(io::stdin());
        stream(count(Box::new(io::stdin())), None)
    } else {
        open_file(source, may_map, count)
    };
    opened.map_err(|error| Error::Open { path: source.path().to_owned(), source: error })
}

fn open_file(source: &Source, may_map: bool, count: impl Fn(Box<dyn Read + Send>) -> Counting) -> io::Result<Opened> {
    let file = File::open(source.path())?;
    let metadata = file.metadata()?;
    if metadata.is_dir() {
        return Err(io::ErrorKind::IsADirectory.into());
    }
    // Files of /proc and the like say that they are empty; they are read until they end.
    if !metadata.is_file() || metadata.len() == 0 {
        widen(&file);
        return stream(count(Box::new(file)), None);
    }
    let len = metadata.len();
    if may_map
        && len >= SMALLEST_MAPPED
        && !is_compressed(&file)?
        && let Some(mapped) = usize::try_from(len).ok().and_then(|len| Mapped::new(file.try_clone().ok()?, len).ok())
    {
        return Ok(Opened { bytes: Open::Mapped(mapped), format: None, len: None });
    }
    stream(count(Box::new(file.take(len))), Some(len))
}

/// Lets a pipe hold as much as the system allows to anybody, so that its two ends wake each other less often. What is no pipe stays as it is.
fn widen(pipe: impl AsFd) {
    const USUAL_LIMIT: usize = 1 << 20;
    let _ = fcntl_setpipe_size(pipe, USUAL_LIMIT);
}

fn is_compressed(file: &File) -> io::Result<bool> {
    use std::os::unix::fs::FileExt;
    let mut magic = [0; MAGIC_LEN];
    file.read_exact_at(&mut magic, 0)?;
    Ok(Format::of(&magic).is_some())
}

fn stream(mut reader: Counting, len: Option<u64>) -> io::Result<Opened> {
    let mut magic = Vec::new();
    (&mut reader).take(MAGIC_LEN as u64).read_to_end(&mut magic)?;
    let format = Format::of(&magic);
    let whole = io::Cursor::new(magic).chain(reader);
    let reader = match format {
        Some(format) => format.decoder(whole)?,
        None => Box::new(whole),
    };
    Ok(Opened {
        bytes: Open::Stream(Stream::new(reader)),
        format: format.map(Format::name),
        // How long the content of a compressed file is, its format checks.
        len: len.filter(|_| format.is_none()),
    })
}

/// A reader that counts what it reads.
struct Counting {
    reader: Box<dyn Read + Send>,
    progress: Arc<AtomicU64>,
}

impl Read for Counting {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.reader.read(buffer)?;
        self.progress.fetch_add(read as u64, Ordering::Relaxed);
        Ok(read)
    }
}
