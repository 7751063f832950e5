//! Recording, with the real osprofiler at the other end: headers in both directions, lines byte for byte, and traces
//! that go through processes of both kinds. `scripts/osprofiler` installs it, and runs this.

#![cfg(feature = "tower")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
// Modules of a test have no public surface.
#![allow(unreachable_pub)]

mod changed;
mod fields;
mod headers;
mod lines;
mod process;
mod trees;

use std::fs;
use std::path::{Path, PathBuf};

use process::{Peer, Service};
use tempfile::TempDir;
use tracerank_record::{Config, Headers, Profiler, Request};

/// A folder of its own for a test's logs.
struct Folder(TempDir);

impl Folder {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn read(&self, name: &str) -> Vec<u8> {
        fs::read(self.path(name)).unwrap()
    }
}

/// Keys of all kinds, the last one longer than a block of SHA-1.
const KEYS: [&str; 4] =
    ["secret_word", "größe 任務", "=/+", "a key of more than the sixty-four bytes that one block of SHA-1 has"];

/// A profiler with all keys, and the folder that its log is in.
fn profiler() -> (Folder, Profiler) {
    let folder = Folder::new();
    let profiler = Profiler::from_config(config(&folder.path("x.log"))).unwrap();
    (folder, profiler)
}

fn config(log: &Path) -> Config {
    Config::new(log).hmac_keys(&keys())
}

/// All keys as a configuration has them.
fn keys() -> String {
    KEYS.join(" , ")
}

fn accept(profiler: &Profiler, headers: &Headers) -> Option<Request> {
    profiler.accept(Some(headers.info.as_bytes()), Some(headers.hmac.as_bytes()))
}
