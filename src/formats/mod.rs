//! Log formats: what a line means.

pub mod osprofiler;
