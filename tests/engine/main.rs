//! The library against its naive twins: whatever the logs, however they are read. One file a subject.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod against_naive;
mod databases;
mod declared;
mod fast_path;
mod formats_of_others;
#[cfg(feature = "cli")]
mod json;
mod percentiles;
#[cfg(feature = "cli")]
mod spans;
mod sql;
mod summaries;
mod tables;
