//! Answers: each a folder with a model, and what is special in showing it.

pub mod diff;
pub mod gate;
pub(crate) mod near;
pub mod report;
pub mod show;
pub mod slowest;
pub mod sort;
pub mod tree;
