//! A summary in a file: small, and as good as the log for all that needs no more than a summary.
//!
//! ```text
//!  Saved ──► messages (protocol buffers) ──► frame (magic, version, zstd with a checksum) ──► bytes
//!                └── hdr (histograms as HdrHistogram's V2)
//! ```
//!
//! `docs/summaries.md` describes the format, so that others can read it.

mod frame;
mod hdr;
mod messages;
mod names;
mod sections;
mod state;

use std::io::{self, BufReader, Read, Write};

use crate::{Account, Coverage, Malformed, Summary};

pub use frame::{MAGIC, VERSION};

/// The content of a file: a summary with shards, and what was read to make it.
#[derive(Debug, Clone)]
pub struct Saved {
    /// The summary of the logs.
    pub summary: Summary,
    /// The account of their lines.
    pub account: Account,
    /// The first malformed records.
    pub malformed: Vec<Malformed>,
    /// The parts of files that were read.
    pub coverage: Coverage,
}

/// The reason why a file is not read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Unreadable {
    /// It does not begin as a summary does.
    #[error("it is no summary")]
    Foreign,
    /// Its format is of a later version of the program.
    #[error("it is a summary in format {0}, and this version of tracerank reads up to {VERSION}")]
    TooNew(u32),
    /// It ends too soon.
    #[error("the summary breaks off")]
    CutOff,
    /// Something stands after its end.
    #[error("something stands after the end of the summary")]
    TooLong,
    /// Its bytes are not those that were written.
    #[error("the summary is damaged: {0}")]
    Damaged(String),
    /// Its bytes are as they were written, and their content is impossible.
    #[error("the summary contradicts itself: {0}")]
    Contradiction(String),
    /// The file can't be read on.
    #[error("{0}")]
    Io(#[source] io::Error),
}

fn contradiction(what: impl Into<String>) -> Unreadable {
    Unreadable::Contradiction(what.into())
}

/// Writes a summary, which must have been made with shards ([`Wanted::SHARDED`](crate::Wanted::SHARDED)). The same
/// summary makes the same bytes. An account of more than there can be is refused, as it is when it is read.
pub fn write(saved: &Saved, out: impl Write) -> io::Result<()> {
    if !saved.account.is_possible() {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "it adds up to more than any logs have"));
    }
    let mut body = frame::Writer::new(out)?;
    body.write(&state::to_message(saved))?;
    for row in saved.summary.rows() {
        body.write(&names::to_message(&row))?;
    }
    sections::write(&saved.summary, &mut body)?;
    body.finish()
}

/// Reads a summary, to the end of `input`. Memory is bounded by the content of the summary, as it is for a log.
pub fn read(input: impl Read) -> Result<Saved, Unreadable> {
    let mut body = frame::Reader::new(BufReader::with_capacity(64 << 10, input))?;
    let (mut saved, names, table) = state::from_message(body.next()?)?;
    for rank in 0..names {
        names::add(&body.next()?, rank, &mut saved.summary)?;
    }
    sections::read(&table, &mut saved, &mut body)?;
    body.finish()?;
    state::check(saved)
}
