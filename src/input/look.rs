//! A look at an input of which no more is read than a sample.

use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use super::{Block, GiveUp, Open, Opening, Sample, Source, Stream, open};
use crate::error::Error;

/// Hands a sample of an input to `look`: the one that its log format would be found by. None of a saved summary.
///
/// # Errors
///
/// The input can't be opened or read.
pub fn with_sample<T>(source: &Source, look: impl FnOnce(&Sample<'_>) -> T) -> Result<Option<T>, Error> {
    let opened = open(source, true, &Arc::new(AtomicU64::new(0)), &GiveUp::default(), Opening::Only)?;
    match (opened.bytes, opened.sample) {
        (Open::Mapped(map, _), _) => Ok(Some(look(&Sample::of(map.bytes()).into_owned()))),
        (Open::Stream(_) | Open::Part(_), Some(sample)) => Ok(Some(look(&sample))),
        (Open::Stream(stream), None) => sample_stream(source, stream, look).map(Some),
        (Open::Saved(_) | Open::Part(_), _) => Ok(None),
    }
}

/// Reads up to the first lines that are not blank.
fn sample_stream<T>(source: &Source, mut stream: Stream, look: impl FnOnce(&Sample<'_>) -> T) -> Result<T, Error> {
    let mut block = Block::default();
    loop {
        let offset = stream.offset();
        let failed = |error| Error::Read { path: source.path().to_owned(), offset, source: error };
        let has_block = stream.next_block(&mut block, None).map_err(failed)?;
        let sample = match stream.rest_of_ended() {
            Some(rest) => Sample::of_lines(block.bytes(), rest),
            None => Sample::of_beginning(block.bytes()),
        };
        if !has_block || !sample.is_empty() {
            return Ok(look(&sample));
        }
    }
}
