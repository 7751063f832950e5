//! From a [`Source`] to its bytes.

use std::fs::{File, Metadata};
use std::io::{self, Read};
use std::ops::Range;
use std::os::fd::AsFd;
use std::os::unix::fs::FileExt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use rustix::pipe::fcntl_setpipe_size;
use tracerank_summary::{Fingerprint, saved};

use super::compressed::{Format, MAGIC_LEN, is_plain};
use super::joined::JoinedPart;
use super::line::GoesOn;
use super::part::Part;
use super::waiting::{GiveUp, Waiting, open_without_waiting};
use super::{Mapped, Sample, Source, Stream};
use crate::error::Error;

/// The size below which a copy costs less than a mapping.
const SMALLEST_MAPPED: u64 = 256 << 10;

/// An input that is being read.
pub(crate) struct Opened {
    pub(crate) bytes: Open,
    /// Its compression.
    pub(crate) format: Option<&'static str>,
    /// The length that a file had when it was opened, if it is to be read up to there.
    pub(crate) len: Option<u64>,
    /// The fingerprint of the whole file, if only a part of it is read.
    pub(crate) fingerprint: Option<Fingerprint>,
    /// The file, to know it again; only if it may be opened again.
    pub(crate) seen: Option<Sighting>,
    /// A sample of the whole file, where the beginning of the part that is read would not do.
    pub(crate) sample: Option<Sample<'static>>,
}

impl Opened {
    /// Begins to read a part of a file, now that it is known which lines go on with the record before them.
    pub(crate) fn begun(self, goes_on: Option<GoesOn>) -> io::Result<Self> {
        let bytes = match self.bytes {
            Open::Part(part) => Open::Stream(part.stream(goes_on)?),
            other => other,
        };
        Ok(Self { bytes, ..self })
    }

    /// Gives the same for another reading, if it is in memory.
    pub(crate) fn again(&self) -> Option<Self> {
        let Open::Mapped(map, range) = &self.bytes else { return None };
        let bytes = Open::Mapped(Arc::clone(map), range.clone());
        Some(Self { bytes, sample: None, ..*self })
    }
}

/// The ways to read an input.
pub(crate) enum Open {
    /// The lines that begin in a range of a file in memory.
    Mapped(Arc<Mapped>, Range<usize>),
    Stream(Stream),
    /// The lines that begin in a range of a file, which is read once their format is known.
    Part(PartOfFile),
    /// A saved summary.
    Saved(Box<dyn Read + Send>),
}

/// A file as it was opened first. It may have grown since, and is read as it was.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Sighting(Fingerprint);

impl Sighting {
    fn of(file: &File, len: u64) -> io::Result<Self> {
        Fingerprint::read(len, |bytes, at| file.read_exact_at(bytes, at)).map(Self)
    }

    /// Gives the length up to which it is to be read, if the file still is what it was up to there.
    fn len_of(&self, file: &File) -> Option<u64> {
        let Self(Fingerprint { len, .. }) = *self;
        Self::of(file, len).is_ok_and(|now| now.0 == self.0).then_some(len)
    }
}

/// One of the times that a source is opened.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Opening<'a> {
    /// There is no other one.
    Only,
    /// There may be others.
    First,
    /// The same is to be read that was seen the first time.
    Again(&'a Sighting),
}

/// Opens `source`; `progress` counts the bytes that streams take in, before decompression. A pipe is not waited for any
/// longer once its reader is told to give up.
pub(crate) fn open(
    source: &Source,
    may_map: bool,
    progress: &Arc<AtomicU64>,
    give_up: &GiveUp,
    opening: Opening<'_>,
) -> Result<Opened, Error> {
    let count = |reader| Counting { reader, progress: Arc::clone(progress) };
    let failed = |error| Error::Open { path: source.path().to_owned(), source: error };
    if source.is_stdin() {
        widen(io::stdin());
        // As it is, without a buffer: what is in that is not waited for.
        let stdin = io::stdin().as_fd().try_clone_to_owned().map_err(failed)?;
        return stream(count(Box::new(Waiting::new(File::from(stdin), give_up))), None).map_err(failed);
    }
    let is_file = source.len().is_some();
    let file = if is_file { File::open(source.path()) } else { open_without_waiting(source.path()) };
    let file = file.map_err(failed)?;
    let metadata = file.metadata().map_err(failed)?;
    let replaced = || Error::Replaced { path: source.path().to_owned() };
    if !source.is(&metadata) {
        return Err(replaced());
    }
    if metadata.is_dir() {
        return Err(failed(io::ErrorKind::IsADirectory.into()));
    }
    let Some(len) = length(&file, &metadata).map_err(failed)? else {
        widen(&file);
        return stream(count(Box::new(Waiting::new(file, give_up))), None).map_err(failed);
    };
    let (len, seen) = match opening {
        Opening::Only => (len, None),
        Opening::First => (len, Some(Sighting::of(&file, len).map_err(failed)?)),
        Opening::Again(seen) => (seen.len_of(&file).ok_or_else(replaced)?, Some(*seen)),
    };
    let opened = open_file(file, len, source.range(), may_map, progress).map_err(failed)?;
    Ok(Opened { seen, ..opened })
}

/// Gives the length of a file that has the bytes that it says. Other files are read until they end: those of `/proc`
/// say that they are empty, and those of `/sys` that they fill a page.
fn length(file: &File, metadata: &Metadata) -> io::Result<Option<u64>> {
    let says_true = |len: u64| match len.checked_sub(1) {
        Some(last) => file.read_at(&mut [0], last).is_ok_and(|read| read == 1),
        None => file.read_at(&mut [0], 0).is_ok_and(|read| read == 0),
    };
    if !metadata.is_file() || says_true(metadata.len()) {
        return Ok(Some(metadata.len()).filter(|_| metadata.is_file()));
    }
    // One that others have just truncated, or begun, tells another length now.
    let now = file.metadata()?.len();
    Ok(Some(now).filter(|now| *now != metadata.len()))
}

fn open_file(
    file: File,
    len: u64,
    range: Option<Range<u64>>,
    may_map: bool,
    progress: &Arc<AtomicU64>,
) -> io::Result<Opened> {
    let is_plain = is_plain(&file)?;
    let range = range.map(|range| range.start.min(len)..range.end.min(len));
    let fingerprint = range.as_ref().map(|_| Fingerprint::read(len, |bytes, at| file.read_exact_at(bytes, at)));
    let fingerprint = fingerprint.transpose()?;
    if may_map
        && len >= SMALLEST_MAPPED
        && is_plain
        && let Some(mapped) = usize::try_from(len).ok().and_then(|len| Mapped::new(file.try_clone().ok()?, len).ok())
    {
        let range = range.map_or(0..len as usize, |range| range.start as usize..range.end as usize);
        let bytes = Open::Mapped(Arc::new(mapped), range);
        return Ok(Opened { bytes, format: None, len: None, fingerprint, seen: None, sample: None });
    }
    // A file that was cut off meanwhile ends the reading with an error of its own.
    let sample = if is_plain { Sample::read(len, |bytes, at| file.read_exact_at(bytes, at)).ok() } else { None };
    match range {
        None => {
            let reader = Counting { reader: Box::new(file.take(len)), progress: Arc::clone(progress) };
            Ok(Opened { sample, ..stream(reader, Some(len))? })
        }
        Some(range) => {
            let len = Some(range.end);
            let bytes = Open::Part(PartOfFile { file, range, progress: Arc::clone(progress) });
            Ok(Opened { bytes, format: None, len, fingerprint, seen: None, sample })
        }
    }
}

/// A part of a file, before its first line was looked for.
pub(crate) struct PartOfFile {
    file: File,
    range: Range<u64>,
    progress: Arc<AtomicU64>,
}

impl PartOfFile {
    /// Begins to read it.
    fn stream(self, goes_on: Option<GoesOn>) -> io::Result<Stream> {
        let Self { file, range, progress } = self;
        let (reader, begin): (Box<dyn Read + Send>, u64) = match goes_on {
            None => Part::new(file, range.start, range.end).map(|(part, begin)| (Box::new(part) as _, begin))?,
            Some(goes_on) => JoinedPart::new(file, range.start, range.end, goes_on)
                .map(|(part, begin)| (Box::new(part) as _, begin))?,
        };
        Ok(Stream::starting_at(begin, Box::new(Counting { reader, progress })))
    }
}

/// Lets a pipe hold as much as the system allows to any user, so that its two ends wake each other less often. Anything
/// but a pipe stays as it is.
fn widen(pipe: impl AsFd) {
    const USUAL_LIMIT: usize = 1 << 20;
    let _ = fcntl_setpipe_size(pipe, USUAL_LIMIT);
}

fn stream(reader: Counting, len: Option<u64>) -> io::Result<Opened> {
    let (magic, whole) = peek(reader);
    let format = Format::of(&magic);
    let reader = match format {
        Some(format) => format.decoder(whole)?,
        None => Box::new(whole),
    };
    let (magic, reader) = peek(reader);
    let bytes = if magic.starts_with(&saved::MAGIC) {
        Open::Saved(Box::new(reader))
    } else {
        Open::Stream(Stream::new(Box::new(reader)))
    };
    // The format of a compressed file checks the length of its content.
    let len = len.filter(|_| format.is_none());
    Ok(Opened { bytes, format: format.map(Format::name), len, fingerprint: None, seen: None, sample: None })
}

/// Gives the first bytes of a reader, and all of it again. An error among them comes in its place.
fn peek<R: Read>(mut reader: R) -> (Vec<u8>, impl Read + use<R>) {
    let mut magic = Vec::new();
    let read = (&mut reader).take(MAGIC_LEN as u64).read_to_end(&mut magic);
    (magic.clone(), io::Cursor::new(magic).chain(Failed(read.err())).chain(reader))
}

/// A reader that fails once, if at all, and is empty then.
struct Failed(Option<io::Error>);

impl Read for Failed {
    fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
        self.0.take().map_or(Ok(0), Err)
    }
}

/// A reader that counts the bytes that it reads.
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
