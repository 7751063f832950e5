//! Log formats that a pattern can say: the access log as it is and as it should not be, held against a naive twin.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod access;
mod engine;
mod naive;
mod patterns;
