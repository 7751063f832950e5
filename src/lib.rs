//! tracerank tells where the time went. It reads start/stop trace logs, such as osprofiler writes inside of OpenStack
//! Mistral, and access logs, from a few lines to hundreds of gigabytes. It ranks the traced code by the time it took.
//!
//! ```text
//!  bytes ──► chunks and blocks ──► records ──► tables, one a thread ──► one summary ──► report
//!  input     engine                formats     summary                  (merged in      analyses, render
//!                                              tails                    input order)
//!                                                                        │      ▲
//!                                                                        ▼      │
//!                                                                       a file of some kilobytes
//!                                                                       crates/tracerank-summary
//!
//!  records ──► partitions by trace group ──► trees ──► self time, call tree, flame graph; the slowest spans
//!  formats     spans                         spans     analyses::tree                     analyses::slowest
//!
//!  two summaries ──► each name: slower, or chance ──► pass or fail
//!                    analyses::diff                   analyses::gate
//! ```
//!
//! One engine reads any log. A log format is a folder of `formats`, or a declaration there. A renderer is a file. An
//! analysis is a folder of `analyses` and a file of `cli`. `docs/architecture.md` shows the modules and their imports.
//!
//! A [`Summary`](tracerank_summary::Summary) is what is learnt from a stretch of log. Summaries merge. That lets
//! threads share the work, files be added up and a file stand in for a log, whatever the number of threads and wherever
//! the log is cut. The summary, its file and the account of the lines that were read are a crate of their own,
//! `tracerank-summary`.
//!
//! An analysis that has to know the parents of spans works on whole trace groups ([`spans`]), since a tree never
//! crosses one.
//!
//! ```
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! use tracerank::analyses::report::{Options, Report};
//! use tracerank::render::Model;
//! use tracerank::{engine::Engine, input};
//! use tracerank_summary::Wanted;
//!
//! let sources = input::resolve(&["testdata/corpus/basic.log".into()], false).map_err(|mut errors| errors.remove(0))?;
//! let scanned = Engine::default().scan(&sources, Wanted::ALL)?;
//! let options = Options { top: Some(5), ..Options::default() };
//! Report::new(scanned.summary, scanned.account, &options, None).write_as("text", &mut std::io::stdout())?;
//! # Ok(())
//! # }
//! ```
//!
//! [`analyses::diff`] tells names that got slower from one log to another from those that differ by chance.
//! [`analyses::gate`] decides whether that stops a change from going in.
//!
//! [`analyses::show`] puts all records of one trace group together as a tree. [`engine::Engine::look_up`] finds their
//! lines by their bytes.
//!
//! Times are integer nanoseconds throughout. `docs/format.md` says what a line of an osprofiler log means.
//!
//! The crate `tracerank-record` writes such logs: a layer for [`tracing`](https://docs.rs/tracing), with which a Rust
//! program is profiled as Mistral is. It needs nothing of this one.
//!
//! The feature `cli`, the default, is the command; without it, this is a library alone. `flamegraph`, a part of it,
//! draws flame graphs.
//!
//! While a file is mapped, this library handles SIGBUS for the process. So a log that is truncated ends a scan with an
//! error, and not the process with a signal. Faults elsewhere go to the handler that was there before. Linux only.

pub mod analyses;
#[cfg(feature = "cli")]
pub mod cli;
pub mod engine;
mod error;
pub mod formats;
pub mod input;
pub mod normalise;
pub mod record;
mod remedy;
pub mod render;
mod simd;
pub mod spans;
#[doc(hidden)]
pub mod stages;
pub mod summary;
mod tails;

pub use error::{Error, NoUnit, Undetected};
pub use remedy::{Parted, Parting, Remedy};

/// The README's examples of the library run as tests.
#[cfg(all(doctest, feature = "cli"))]
#[doc = include_str!("../README.md")]
struct Readme;
