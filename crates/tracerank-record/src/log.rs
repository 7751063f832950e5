//! The file that lines are appended to: found again when it was moved, and whole lines only, however full the disk.

use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, IoSlice, Write};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use crate::backlog;
use tracerank_display::{Plain, Shown};

/// A file that is appended to, by other processes, too.
pub(crate) struct Log {
    path: PathBuf,
    file: File,
    /// Device and inode: a log that was rotated has others.
    identity: (u64, u64),
    /// True if the file ends in a part of a line, which the next write has to end.
    is_torn: bool,
    /// True if the last write failed. It is reported once, not at each write.
    is_failing: bool,
    /// The report of that, until it is taken.
    news: Option<String>,
}

impl Log {
    pub(crate) fn open(path: &Path) -> io::Result<Self> {
        let (file, identity) = open(path)?;
        Ok(Self { path: path.to_owned(), file, identity, is_torn: false, is_failing: false, news: None })
    }

    /// Appends whole lines, and keeps those that could not be written; whether all were. `lost`: how many lines were
    /// lost so far.
    pub(crate) fn append(&mut self, lines: &mut Vec<u8>, lost: u64) -> bool {
        let result = self.write(lines);
        let is_written = result.is_ok();
        self.report(result, lost);
        is_written
    }

    /// Writes lines, and keeps those that are not whole in the file.
    fn write(&mut self, lines: &mut Vec<u8>) -> io::Result<()> {
        self.follow()?;
        while !lines.is_empty() {
            // Others append meanwhile: a line that was cut begins again after the part of it that is there, and not
            // where it was cut.
            let end: &[u8] = if self.is_torn { b"\n" } else { b"" };
            let written = match self.file.write_vectored(&[IoSlice::new(end), IoSlice::new(lines)]) {
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                result => result?,
            };
            if written == 0 {
                return Err(ErrorKind::WriteZero.into());
            }
            let written = &lines[..written - end.len()];
            let whole = written.iter().rposition(|byte| *byte == b'\n').map_or(0, |last| last + 1);
            self.is_torn = whole < written.len();
            lines.drain(..whole);
        }
        Ok(())
    }

    /// Opens the log anew if its path leads to another file by now, or to none.
    fn follow(&mut self) -> io::Result<()> {
        let now = match fs::metadata(&self.path) {
            Ok(metadata) => Some((metadata.dev(), metadata.ino())),
            Err(error) if error.kind() == ErrorKind::NotFound => None,
            Err(error) => return Err(error),
        };
        if now != Some(self.identity) {
            (self.file, self.identity) = open(&self.path)?;
            self.is_torn = false;
        }
        Ok(())
    }

    /// Takes the message for standard error, if there is one.
    pub(crate) fn take_news(&mut self) -> Option<String> {
        self.news.take()
    }

    /// Has it said, once, that nothing can be written, and once that it can again.
    fn report(&mut self, result: io::Result<()>, lost: u64) {
        let path = Shown(&self.path);
        let said = match result {
            Ok(()) if self.is_failing => format!("tracerank: {path}: is written again; {lost} lines were lost"),
            Err(error) if !self.is_failing => {
                let error = Plain(&error);
                let megabytes = backlog::LARGEST >> 20;
                format!(
                    "tracerank: {path}: the profile can't be written: {error}; up to {megabytes} MiB of it are kept until it can, more is lost"
                )
            }
            result => {
                self.is_failing = result.is_err();
                return;
            }
        };
        self.is_failing = !self.is_failing;
        self.news = Some(said);
    }
}

fn open(path: &Path) -> io::Result<(File, (u64, u64))> {
    let file = OpenOptions::new().append(true).create(true).open(path)?;
    let metadata = file.metadata()?;
    Ok((file, (metadata.dev(), metadata.ino())))
}
