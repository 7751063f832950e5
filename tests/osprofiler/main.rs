//! Recording, with the real osprofiler at the other end: headers in both directions, lines byte for byte, and traces that go through
//! processes of both kinds. `scripts/osprofiler` installs it, and runs this.

#![cfg(all(feature = "cli", feature = "tower"))]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
// Modules of a test have no public surface.
#![allow(unreachable_pub)]

#[path = "../common/mod.rs"]
mod common;

mod changed;
mod fields;
mod headers;
mod lines;
mod process;
mod trees;

use std::path::Path;

use common::Folder;
use process::{Peer, Service};
use tracerank::record::{Config, Headers, Profiler, Request};

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
