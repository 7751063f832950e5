//! Tells whether a log comes from memory or from its device.

use std::fs::File;
use std::io::IoSliceMut;

use rustix::io::{Errno, ReadWriteFlags, preadv2};

use super::Source;

/// The size below which a log is read before more threads are started.
const SMALLEST: u64 = 64 << 20;
/// Number of places of a log that are looked at.
const SAMPLES: u64 = 16;

/// Says whether most of the large files among `sources` still have to be read from their devices.
pub(crate) fn are_cold(sources: &[Source]) -> bool {
    let large = sources.iter().filter_map(|source| Some((source, source.len().filter(|len| *len >= SMALLEST)?)));
    let (mut places, mut missing) = (0, 0);
    for (source, len) in large {
        // A file that can't be opened is an error soon enough.
        if let Ok(file) = File::open(source.path()) {
            places += SAMPLES;
            missing += (0..SAMPLES).filter(|nth| is_missing(&file, len / SAMPLES * nth)).count() as u64;
        }
    }
    2 * missing > places
}

/// Says whether a read at this offset would have to wait. A system that does not tell is taken for one that has the
/// data.
fn is_missing(file: &File, offset: u64) -> bool {
    let mut byte = [0];
    let read = preadv2(file, &mut [IoSliceMut::new(&mut byte)], offset, ReadWriteFlags::NOWAIT);
    matches!(read, Err(Errno::AGAIN))
}
