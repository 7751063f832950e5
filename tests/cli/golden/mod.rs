//! The command over the logs of testdata/corpus, against the outputs that are kept beside them.

mod diff;
mod report;
mod show;
mod slowest;
mod tree;
