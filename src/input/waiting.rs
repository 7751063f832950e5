//! Pipes whose writers may be silent: a reader that can be told to give up.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read};
use std::os::fd::AsFd;
use std::os::unix::fs::{FileTypeExt, OpenOptionsExt};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use rustix::event::{PollFd, PollFlags, Timespec, poll};

/// The time after which a reader that waits looks whether it is to give up.
const PATIENCE: Timespec = Timespec { tv_sec: 0, tv_nsec: 100_000_000 };

/// Tells all readers that wait for a writer to give up: there is an error elsewhere, or all is stopped.
#[derive(Debug, Clone, Default)]
pub(crate) struct GiveUp {
    pub(crate) stopped: Arc<AtomicBool>,
    pub(crate) failed: Arc<AtomicBool>,
}

impl GiveUp {
    pub(crate) fn is_told(&self) -> bool {
        self.stopped.load(Ordering::Relaxed) || self.failed.load(Ordering::Relaxed)
    }
}

/// A reader of a pipe, which waits for data without being stuck in the system.
pub(super) struct Waiting<R> {
    reader: R,
    give_up: GiveUp,
}

impl<R: Read + AsFd> Waiting<R> {
    pub(super) fn new(reader: R, give_up: &GiveUp) -> Self {
        Self { reader, give_up: give_up.clone() }
    }

    /// Waits until there is something to read, or the end.
    fn wait(&self) -> io::Result<()> {
        loop {
            match poll(&mut [PollFd::new(&self.reader, PollFlags::IN)], Some(&PATIENCE)) {
                Ok(0) if self.give_up.is_told() => return Err(io::Error::other("given up")),
                Ok(0) | Err(rustix::io::Errno::INTR) => {}
                // If it can't be waited for, the read waits.
                Ok(_) | Err(_) => return Ok(()),
            }
        }
    }
}

impl<R: Read + AsFd> Read for Waiting<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            self.wait()?;
            match self.reader.read(buffer) {
                // Another reader of the pipe was faster.
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                read => return read,
            }
        }
    }
}

/// Opens something to be read; a pipe without waiting for its writer.
pub(super) fn open_without_waiting(path: &Path) -> io::Result<File> {
    if !fs::metadata(path)?.file_type().is_fifo() {
        return File::open(path);
    }
    OpenOptions::new().read(true).custom_flags(libc::O_NONBLOCK).open(path)
}
