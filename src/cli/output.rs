//! Where the data goes: standard output, or a file that is either whole or as it was.

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, Stdout, Write};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};

use anyhow::Result;
use tempfile::{Builder, NamedTempFile};

use super::messages::hinted;
use crate::error::{Plain, Shown};
use crate::input::Source;

/// An output that is open.
pub(super) enum Output {
    Stdout(BufWriter<Stdout>),
    /// Written beside its target, which it replaces in the end.
    Beside(BufWriter<NamedTempFile>, PathBuf),
    /// A device or a pipe, which nothing can replace.
    Device(BufWriter<File>, PathBuf),
}

impl Output {
    /// Opens `path`, before any work is done in vain, or standard output.
    pub(super) fn open(path: Option<&Path>, sources: &[Source]) -> Result<Self> {
        let Some(path) = path.filter(|path| path.as_os_str() != "-") else {
            return Ok(Self::Stdout(BufWriter::new(io::stdout())));
        };
        // A link stays a link: what it points to is replaced.
        let target = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
        let existing = fs::metadata(&target).ok();
        let identity =
            existing.as_ref().filter(|metadata| metadata.is_file()).map(|metadata| (metadata.dev(), metadata.ino()));
        if identity.is_some() && sources.iter().any(|source| source.identity() == identity) {
            let what = format!("{}: is an input, too, and would be overwritten", Shown(path));
            return Err(hinted(what, "give -o another file"));
        }
        Self::open_file(path, target, existing).map_err(|error| unwritten(path, error))
    }

    fn open_file(path: &Path, target: PathBuf, existing: Option<fs::Metadata>) -> io::Result<Self> {
        if let Some(metadata) = &existing {
            if metadata.is_dir() {
                return Err(io::ErrorKind::IsADirectory.into());
            }
            if !metadata.is_file() {
                let file = OpenOptions::new().write(true).open(&target)?;
                return Ok(Self::Device(BufWriter::new(file), path.to_owned()));
            }
        }
        let directory = target.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
        // A new file's mode is cut by the umask; an existing one keeps its own.
        let file = Builder::new()
            .prefix(".tracerank-")
            .permissions(fs::Permissions::from_mode(0o666))
            .tempfile_in(directory)?;
        if let Some(metadata) = existing {
            file.as_file().set_permissions(metadata.permissions())?;
        }
        Ok(Self::Beside(BufWriter::new(file), target))
    }

    /// Writes out what is buffered and puts the file in its place. Only now is the output whole.
    pub(super) fn finish(self) -> Result<()> {
        match self {
            Self::Stdout(mut out) => out.flush().map_err(|error| unwritten(Path::new("standard output"), error)),
            Self::Device(mut out, path) => out.flush().map_err(|error| unwritten(&path, error)),
            Self::Beside(out, target) => {
                let file = out.into_inner().map_err(|error| unwritten(&target, error.into_error()))?;
                file.persist(&target).map(drop).map_err(|error| unwritten(&target, error.error))
            }
        }
    }

    /// An error of writing to it.
    pub(super) fn failed(&self, error: io::Error) -> anyhow::Error {
        match self {
            Self::Stdout(_) => unwritten(Path::new("standard output"), error),
            Self::Beside(_, path) | Self::Device(_, path) => unwritten(path, error),
        }
    }
}

impl Write for Output {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Stdout(out) => out.write(bytes),
            Self::Beside(out, _) => out.write(bytes),
            Self::Device(out, _) => out.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Stdout(out) => out.flush(),
            Self::Beside(out, _) => out.flush(),
            Self::Device(out, _) => out.flush(),
        }
    }
}

/// An output that could not be written whole.
#[derive(Debug, thiserror::Error)]
#[error("{}: can't be written: {}", Shown(path), Plain(source))]
struct Unwritten {
    path: PathBuf,
    source: io::Error,
}

fn unwritten(path: &Path, source: io::Error) -> anyhow::Error {
    Unwritten { path: path.to_owned(), source }.into()
}

/// Whether the reader of standard output went away, which is its right (`| head`).
pub(super) fn is_closed_pipe(error: &anyhow::Error) -> bool {
    error.downcast_ref::<Unwritten>().is_some_and(|error| error.source.kind() == io::ErrorKind::BrokenPipe)
}
