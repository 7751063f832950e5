//! The naive engines against the pages that they follow, docs/format.md and docs/spans.md.
//!
//! What judges the real engine has to be judged first.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod records;
mod spans;

use std::path::PathBuf;

/// The repository.
fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}
