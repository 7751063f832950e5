//! What the tests of several crates share: the naive engines that judge the real one, logs to judge it by, and runs
//! that are simulated.
//!
//! Only tests, benches, examples and fuzz targets depend on it.

#![allow(missing_docs, reason = "names of the formats' pages, which explain them")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test that fails panics")]
#![allow(clippy::missing_panics_doc, clippy::return_self_not_must_use, reason = "for tests alone")]

pub mod access;
pub mod naive;
pub mod odd;
pub mod pattern;
pub mod same_tree;
pub mod simulated;
pub mod sql;
pub mod timeline;
