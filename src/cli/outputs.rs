//! Several outputs of one run: each file is whole in the end, or all are as they were.

use std::fs::{self, File, Metadata};
use std::io::{self, Write};
use std::os::fd::AsFd;
use std::os::unix::fs::{FileTypeExt, MetadataExt};
use std::path::{Path, PathBuf};

use anyhow::{Result, bail};

use super::messages::hinted;
use super::output::{Output, Target, follow, is_closed_pipe, is_stdout};
use crate::analyses::gate::Gate;
use crate::input::Source;
use crate::render::display::Shown;
use crate::render::{Renderer, Style};

/// A format, and the file that it goes to; `-` is standard output.
#[derive(Debug, Clone)]
pub(super) struct Export {
    pub(super) format: &'static Renderer<Gate>,
    pub(super) file: PathBuf,
}

/// Formats whose lines can stand among those of another one: GitHub finds its annotations between any others.
const OF_LINES: [&str; 2] = ["text", "github"];

impl Export {
    /// Says whether both can go to standard output, by any of its names, one after the other.
    fn goes_beside(&self, other: &Self) -> bool {
        let is_of_lines = |export: &Self| OF_LINES.contains(&export.format.name) && is_stdout(&export.file);
        self.format.name != other.format.name && is_of_lines(self) && is_of_lines(other)
    }
}

/// The outputs of an answer.
pub(super) struct Outputs(Vec<(&'static Renderer<Gate>, Target)>);

impl Outputs {
    /// Tries whether all can be written. None may be an input, one of the `others` that are in use, or the file of
    /// another output.
    pub(super) fn new(exports: &[Export], sources: &[Source], others: &[Option<&Path>]) -> Result<Self> {
        for (at, export) in exports.iter().enumerate() {
            let file = &export.file;
            if exports[..at].iter().any(|before| is_same_file(&before.file, file) && !export.goes_beside(before)) {
                let name = if is_stdout(file) { "standard output".to_owned() } else { Shown(file).to_string() };
                bail!("{name}: two outputs can't go to one place");
            }
            if others.iter().flatten().any(|other| is_same_file(other, file)) {
                let what = format!("{}: is in use, and would be overwritten", Shown(file));
                return Err(hinted(what, "give the output another file"));
            }
        }
        let target = |export: &Export| Ok((export.format, Target::new(Some(&export.file), sources)?));
        exports.iter().map(target).collect::<Result<_>>().map(Self)
    }

    /// Writes all of them. Standard output is written when all files are written but not yet in their places, so that a
    /// failure of either leaves the other as it was. The reader of an output may go away early. That is not an error
    /// here, since the exit code still has to give the answer to others.
    pub(super) fn write(self, gate: &Gate) -> Result<()> {
        let (last, files): (Vec<_>, Vec<_>) =
            self.0.into_iter().partition(|(_, target)| matches!(target, Target::Stdout));
        let write = |(format, target): (&Renderer<Gate>, Target)| -> Result<Option<Output>> {
            let mut out = target.open()?;
            let written = (format.write)(gate, &Style::PLAIN, &mut out)
                .and_then(|()| out.flush())
                .map_err(|error| out.failed(error));
            unless_closed(written.map(|()| Some(out)), None)
        };
        let finish = |out: Output| unless_closed(out.finish(), ());
        let written = files.into_iter().map(write).collect::<Result<Vec<Option<Output>>>>()?;
        last.into_iter().try_for_each(|output| write(output)?.map_or(Ok(()), finish))?;
        written.into_iter().flatten().try_for_each(finish)
    }
}

/// Replaces the error of writing to a reader that went away.
fn unless_closed<T>(result: Result<T>, gone: T) -> Result<T> {
    match result {
        Err(error) if is_closed_pipe(&error) => Ok(gone),
        result => result,
    }
}

/// Tells whether two paths mean one file or one pipe, be it there or not.
pub(super) fn is_same_file(one: &Path, other: &Path) -> bool {
    if is_stdout(one) && is_stdout(other) {
        return true;
    }
    match (known(one), known(other)) {
        (Some(one), Some(other)) => (one.dev(), one.ino()) == (other.dev(), other.ino()),
        (None, None) => place(one) == place(other),
        _ => false,
    }
}

/// Looks at what a path stands for. Devices are told by their names: anything may go to `/dev/null`, and a terminal
/// takes two outputs as well.
fn known(path: &Path) -> Option<Metadata> {
    let found = if is_stdout(path) {
        let stdout = io::stdout().as_fd().try_clone_to_owned();
        stdout.and_then(|stdout| File::from(stdout).metadata())
    } else {
        fs::metadata(path)
    };
    found.ok().filter(|found| !found.file_type().is_char_device())
}

/// The path that a missing file would have.
fn place(path: &Path) -> PathBuf {
    let path = follow(path);
    let directory = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let name = path.file_name().unwrap_or_default();
    directory.canonicalize().map_or_else(|_| path.clone(), |directory| directory.join(name))
}
