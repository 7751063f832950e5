//! Outputs: standard output, or a file that is either whole or as it was.

use std::fs::{self, File, Metadata, OpenOptions};
use std::io::{self, BufWriter, Stdout, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use anyhow::Result;
use tempfile::{Builder, NamedTempFile};

use super::messages::hinted;
use super::process::{Unfinished, check_stdout};
use crate::input::Source;
use crate::render::display::{Plain, Shown};

/// The place that data is to go to.
pub(super) enum Target {
    Stdout,
    /// A file that is there or will be, links resolved.
    File(PathBuf),
    /// A file that nothing can replace: a device, a pipe, or something that the process has open already
    /// (`/dev/stderr`).
    Device(File, PathBuf),
}

/// An output that is open.
pub(super) enum Output {
    Stdout(BufWriter<Stdout>),
    /// Written beside its target, which it replaces in the end.
    Beside(BufWriter<Beside>, PathBuf),
    Device(BufWriter<File>, PathBuf),
}

/// A file beside the one that it is to replace. It is removed when it is dropped, or when a signal ends the process.
pub(super) struct Beside {
    file: NamedTempFile,
    unfinished: Option<Unfinished>,
}

impl Target {
    /// Takes standard output, if there is one.
    pub(super) fn stdout() -> Result<Self> {
        check_stdout().map_err(stdout_failed)?;
        Ok(Self::Stdout)
    }

    /// Resolves `path`, or takes standard output. Tries now whether a file can be written, before any work is done in
    /// vain. Nothing of the trial stays.
    pub(super) fn new(path: Option<&Path>, sources: &[Source]) -> Result<Self> {
        let Some(path) = path.filter(|path| !is_stdout(path)) else {
            return Self::stdout();
        };
        if is_open_already(path) {
            return Self::device(path);
        }
        let target = follow(path);
        if fs::symlink_metadata(&target).is_ok_and(|target| target.is_symlink()) {
            return Err(unwritten(path, io::Error::from_raw_os_error(libc::ELOOP)));
        }
        if let Ok(existing) = fs::metadata(&target) {
            if existing.is_dir() {
                return Err(unwritten(path, io::ErrorKind::IsADirectory.into()));
            }
            if !existing.is_file() {
                return Self::device(&target);
            }
            if is_input(&existing, sources) {
                let what = format!("{}: is an input, too, and would be overwritten", Shown(path));
                return Err(hinted(what, "give -o another file"));
            }
        }
        file_beside(&target).map(drop).map_err(|error| unwritten(path, error))?;
        Ok(Self::File(target))
    }

    /// Opens a device or a pipe at once: the reader of a pipe waits for that.
    fn device(path: &Path) -> Result<Self> {
        let opened = OpenOptions::new().append(true).open(path);
        opened.map(|file| Self::Device(file, path.to_owned())).map_err(|error| unwritten(path, error))
    }

    /// Opens it.
    pub(super) fn open(self) -> Result<Output> {
        match self {
            Self::Stdout => Ok(Output::Stdout(BufWriter::new(io::stdout()))),
            Self::Device(file, path) => Ok(Output::Device(BufWriter::new(file), path)),
            Self::File(path) => match file_beside(&path) {
                Ok(file) => Ok(Output::Beside(BufWriter::new(file), path)),
                Err(error) => Err(unwritten(&path, error)),
            },
        }
    }
}

/// Tells whether a path is another name of standard output. If it were opened anew, a file would be overwritten from
/// its beginning.
pub(super) fn is_stdout(path: &Path) -> bool {
    ["-", "/dev/stdout", "/dev/fd/1", "/proc/self/fd/1"].iter().any(|name| path == Path::new(name))
}

/// Tells whether a path is another name of something that the process has open already, and that others may be writing
/// to as well.
fn is_open_already(path: &Path) -> bool {
    path == Path::new("/dev/stderr") || path.starts_with("/dev/fd") || path.starts_with("/proc")
}

/// Tells whether a file is one of the inputs.
pub(super) fn is_input(file: &Metadata, sources: &[Source]) -> bool {
    let identity = Some((file.dev(), file.ino()));
    sources.iter().any(|source| source.identity() == identity)
}

/// Follows links to the end, whether or not there is a file: a link stays a link.
pub(super) fn follow(path: &Path) -> PathBuf {
    const MOST_LINKS: usize = 40; // as in Linux
    let mut target = path.to_owned();
    for _ in 0..MOST_LINKS {
        let Ok(next) = fs::read_link(&target) else {
            break;
        };
        target = target.parent().unwrap_or(Path::new("")).join(next);
    }
    target
}

/// A file in the same directory, with the rights that the file itself has or would get.
fn file_beside(path: &Path) -> io::Result<Beside> {
    let directory = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut unfinished = None;
    let create = |path: &Path| {
        unfinished = Some(Unfinished::announce(path)?);
        // A new file's mode is cut by the umask; an existing one keeps its own.
        let created = OpenOptions::new().write(true).create_new(true).mode(0o666).open(path);
        created.inspect_err(|_| unfinished = None)
    };
    let file = Builder::new().prefix(".tracerank-").make_in(directory, create)?;
    if let Ok(existing) = fs::metadata(path) {
        file.as_file().set_permissions(existing.permissions())?;
    }
    Ok(Beside { file, unfinished })
}

impl Beside {
    /// Puts it in the place of `target`.
    fn replace(self, target: &Path) -> io::Result<()> {
        let Self { file, unfinished } = self;
        file.persist(target).map_err(|error| error.error)?;
        drop(unfinished);
        Ok(())
    }
}

impl Write for Beside {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

impl Output {
    /// Flushes the buffer and puts the file in its place. Only now is the output whole.
    pub(super) fn finish(self) -> Result<()> {
        match self {
            Self::Stdout(mut out) => out.flush().map_err(stdout_failed),
            Self::Device(mut out, path) => out.flush().map_err(|error| unwritten(&path, error)),
            Self::Beside(out, target) => {
                let file = out.into_inner().map_err(|error| unwritten(&target, error.into_error()))?;
                file.replace(&target).map_err(|error| unwritten(&target, error))
            }
        }
    }

    /// An error of writing to it.
    pub(super) fn failed(&self, error: io::Error) -> anyhow::Error {
        match self {
            Self::Stdout(_) => stdout_failed(error),
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

    /// Not the default, which is a loop: trees are written in many small pieces.
    fn write_all(&mut self, bytes: &[u8]) -> io::Result<()> {
        match self {
            Self::Stdout(out) => out.write_all(bytes),
            Self::Beside(out, _) => out.write_all(bytes),
            Self::Device(out, _) => out.write_all(bytes),
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

/// An error of writing to standard output.
pub(super) fn stdout_failed(error: io::Error) -> anyhow::Error {
    unwritten(Path::new("standard output"), error)
}

/// Tells whether the reader of standard output went away, which is its right (`| head`).
pub(super) fn is_closed_pipe(error: &anyhow::Error) -> bool {
    error.downcast_ref::<Unwritten>().is_some_and(|error| error.source.kind() == io::ErrorKind::BrokenPipe)
}
