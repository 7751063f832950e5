//! Sections of summaries' files that a later version of the program wrote: they are only kept.

use prost::bytes::Bytes;

/// A section that this version of the program can't read.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Unknown {
    pub(crate) kind: u32,
    pub(crate) version: u32,
    pub(crate) spans: u64,
    pub(crate) bytes: Bytes,
}
