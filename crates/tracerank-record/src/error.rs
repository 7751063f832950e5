//! Errors that occur before anything is recorded.

use std::io;
use std::path::PathBuf;

use tracerank_display::{Plain, Shown};

/// An error: nothing can be recorded, or a configuration can't be followed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A configuration file is missing or can't be read.
    #[error("{}: can't be read: {}", Shown(path), Plain(source))]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A configuration file has a setting that can't be followed.
    #[error("{}: {what}", Shown(path))]
    Config {
        /// The file.
        path: PathBuf,
        /// The section, the key, and the defect.
        what: String,
        /// A remedy.
        hint: Option<String>,
    },
    /// A line format without the message, or with something that isn't supported.
    #[error("the format {format:?} {what}")]
    Format {
        /// The format.
        format: String,
        /// The defect.
        what: String,
    },
    /// The log can't be opened for appending.
    #[error("{}: can't be opened for writing: {}", Shown(path), Plain(source))]
    Open {
        /// The log.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The thread that writes once a second can't be started.
    #[error("the thread that writes the log can't be started: {}", Plain(source))]
    Thread {
        /// Why.
        source: io::Error,
    },
}

impl Error {
    /// A remedy, if one is known.
    pub fn hint(&self) -> Option<&str> {
        match self {
            Self::Config { hint, .. } => hint.as_deref(),
            _ => None,
        }
    }
}
