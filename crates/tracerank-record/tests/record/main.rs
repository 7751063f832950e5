//! The recording end: what is written, of which spans, and that all of it is.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, unreachable_pub)]

mod fields;
mod nesting;
mod recorded;
mod requests;
mod roundtrip;
mod trouble;
mod writing;
