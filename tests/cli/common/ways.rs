//! The ways in which one and the same log can be read.

use std::io::Write;
use std::process::Command;

use super::{Folder, Ran, TRACERANK, clean, run, tracerank};

/// One way to read a log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// Mapped, if the file is large enough (256 KiB).
    File,
    Unmapped,
    Gzip,
    Zstd,
    Xz,
    Bzip2,
    /// Standard input, a pipe.
    Pipe,
    /// Standard input, a file.
    Redirected,
}

impl Way {
    pub const ALL: [Self; 8] =
        [Self::File, Self::Unmapped, Self::Gzip, Self::Zstd, Self::Xz, Self::Bzip2, Self::Pipe, Self::Redirected];

    /// One of each kind: what the bytes come from makes no difference behind the decompressor.
    pub const KINDS: [Self; 4] = [Self::File, Self::Unmapped, Self::Gzip, Self::Pipe];

    /// The name of the file for this way.
    fn file(self) -> &'static str {
        match self {
            Self::Gzip => "log.gz",
            Self::Zstd => "log.zst",
            Self::Xz => "log.xz",
            Self::Bzip2 => "log.bz2",
            _ => "log",
        }
    }

    /// How many threads to try on a large log: decompressors are slow in a debug build, and one thread's work however many there are.
    pub fn threads(self) -> &'static [usize] {
        let is_compressed = [Self::Gzip, Self::Zstd, Self::Xz, Self::Bzip2].contains(&self);
        if is_compressed { &[2] } else { &[1, 2, 7] }
    }

    /// What messages call it.
    pub fn shown(self) -> &'static str {
        if [Self::Pipe, Self::Redirected].contains(&self) { "standard input" } else { self.file() }
    }

    fn compress(self, content: &[u8]) -> Vec<u8> {
        match self {
            Self::Gzip => gzip(content),
            Self::Zstd => zstd(content),
            Self::Xz => xz(content),
            Self::Bzip2 => bzip2(content),
            _ => content.to_vec(),
        }
    }
}

/// A log in a folder, and compressed versions beside it.
pub struct Prepared {
    pub folder: Folder,
    log: Vec<u8>,
}

impl Prepared {
    pub fn new(log: &[u8]) -> Self {
        Self::repeated(log, 1)
    }

    /// A log that is so many times `piece`; compressed, it has as many members.
    pub fn repeated(piece: &[u8], times: usize) -> Self {
        Self::repeated_for(&Way::ALL, piece, times)
    }

    /// The same, for some of the ways only.
    pub fn repeated_for(ways: &[Way], piece: &[u8], times: usize) -> Self {
        let folder = Folder::new();
        let log = piece.repeat(times);
        folder.write("log", &log);
        for way in ways.iter().filter(|way| way.file() != "log") {
            folder.write(way.file(), way.compress(piece).repeat(times));
        }
        Self { folder, log }
    }

    pub fn log(&self) -> &[u8] {
        &self.log
    }

    /// Runs the command on the log, read in this way.
    pub fn run(&self, way: Way, arguments: &str) -> Ran {
        let arguments = arguments.split_whitespace();
        if way == Way::Redirected {
            let mut command = Command::new("sh");
            command.args(["-c", "exec \"$0\" \"$@\" < log", TRACERANK]).args(arguments).current_dir(self.folder.root());
            clean(&mut command);
            return run(command, b"");
        }
        let mut command = tracerank(self.folder.root());
        command.args(arguments);
        match way {
            Way::Pipe => return run(command, &self.log),
            Way::Unmapped => command.args(["--no-mmap", way.file()]),
            _ => command.arg(way.file()),
        };
        run(command, b"")
    }
}

// ---- Compressors, each as fast as it can ----

pub fn gzip(content: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(content).unwrap();
    encoder.finish().unwrap()
}

/// With a checksum, as the zstd command makes it.
pub fn zstd(content: &[u8]) -> Vec<u8> {
    let mut encoder = zstd::Encoder::new(Vec::new(), 1).unwrap();
    encoder.include_checksum(true).unwrap();
    encoder.write_all(content).unwrap();
    encoder.finish().unwrap()
}

pub fn xz(content: &[u8]) -> Vec<u8> {
    let mut encoder = liblzma::write::XzEncoder::new(Vec::new(), 0);
    encoder.write_all(content).unwrap();
    encoder.finish().unwrap()
}

pub fn bzip2(content: &[u8]) -> Vec<u8> {
    let mut encoder = bzip2::write::BzEncoder::new(Vec::new(), bzip2::Compression::fast());
    encoder.write_all(content).unwrap();
    encoder.finish().unwrap()
}
