//! A comparison, written down: one file a format, and the words that they share.

mod csv;
pub(crate) mod figures;
pub(crate) mod json;
pub(crate) mod markdown;
pub(crate) mod paint;
pub(crate) mod text;

use std::io::{self, Write};
use std::path::PathBuf;

use super::names::{Diff, Named};
use crate::scan::Account;

/// What a comparison is written as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Format {
    /// For people: a block for each name, a row for each measure.
    #[default]
    Text,
    /// One object, a name a line; times in nanoseconds.
    Json,
    /// RFC 4180, with a header; a row for each name, the same figures as in JSON.
    Csv,
    /// For a merge request: a table of the names that changed, and the rest folded away.
    Markdown,
}

/// How a comparison is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Options {
    /// What it is written as.
    pub format: Format,
    /// At most so many names, those with the largest change first. What is counted up is always all of them.
    pub top: Option<usize>,
    /// Whether text has the colours of a terminal.
    pub coloured: bool,
}

/// Where a run was read from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin {
    /// Its log, or `-` for standard input.
    pub path: PathBuf,
    /// The account of its lines.
    pub account: Account,
}

/// Where the runs were read from that were compared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origins {
    /// The bases, in the order in which they were compared.
    pub bases: Vec<Origin>,
    /// The new run.
    pub new: Origin,
}

impl Diff {
    /// Writes the comparison.
    pub fn write(&self, origins: &Origins, options: &Options, out: &mut dyn Write) -> io::Result<()> {
        match options.format {
            Format::Text => text::write(self, origins, options, out),
            Format::Json => json::write(self, origins, options, out),
            Format::Csv => csv::write(self, options, out),
            Format::Markdown => markdown::write(self, origins, options, out),
        }
    }

    /// The names that are shown.
    fn shown(&self, options: &Options) -> &[Named] {
        &self.names[..options.top.unwrap_or(usize::MAX).min(self.names.len())]
    }
}
