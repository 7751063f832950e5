//! Comparisons of runs: their statistics, and how often the gate is right.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::float_cmp)]

mod gate;
mod statistics;
