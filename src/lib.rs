//! tracerank tells where the time went: it reads start/stop trace logs of the kind that osprofiler writes inside of OpenStack
//! Mistral, from a few lines to hundreds of gigabytes, and ranks the traced code by the time it took.
//!
//! ```text
//!  bytes ──► chunks ──► records ──► summaries ──► one summary ──► report
//!  input     chunk      format      aggregate     (merged in       report
//!                                                 input order)
//!                                                  │      ▲
//!                                                  ▼      │
//!                                                 a file of some kilobytes
//!                                                 saved
//!
//!  records ──► partitions by trace group ──► trees ──► self time, call tree, flame graph; the slowest spans
//!              spans                                   tree                               slowest
//!
//!  two summaries ──► each name: slower, or chance ──► pass or fail
//!                    diff                             gate
//!
//!  record    spans of a Rust program ──► bytes
//! ```
//!
//! What is learnt from a stretch of log is a summary (`summary::Summary`), and summaries merge: that is what lets threads share the work and
//! files be added up, whatever the number of threads and wherever the log is cut, and a file (`saved`) stand in for a log. What was read of which files is in
//! the `account`.
//!
//! What needs to know whose child a span is works on whole trace groups (`spans`), since a tree never crosses one.
//!
//! ```
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! use tracerank::analyses::report::{Options, Report};
//! use tracerank::render::Model;
//! use tracerank::{engine::Scan, input};
//!
//! let sources = input::resolve(&["testdata/corpus/basic.log".into()], false).map_err(|mut errors| errors.remove(0))?;
//! let scanned = Scan::default().run(&sources)?;
//! let options = Options { top: Some(5), ..Options::default() };
//! Report::new(scanned.summary, scanned.account, &options, None).write_as("text", &mut std::io::stdout())?;
//! # Ok(())
//! # }
//! ```
//!
//! Whether one log's names are slower than another's, or whether that is chance, is the subject of `diff`; whether that is to stop a change from going in, that
//! of `gate`.
//!
//! All records of one trace group are put together as a tree by `show`; which lines they are, [`engine::Scan::look_up`] finds by their bytes.
//!
//! Times are integer nanoseconds throughout. What a line of a log means is written down in `docs/format.md`.
//!
//! Such logs are written, too: `record` is a layer for [`tracing`](https://docs.rs/tracing) with which a Rust program is profiled as Mistral is.
//!
//! The feature `engine` reads logs, `record` writes them, `tower` adds layers for HTTP services to it; each can be had alone. `cli`, the default,
//! is the command.
//!
//! While a file is mapped, this library handles SIGBUS for the process, so that a log that is truncated ends a scan with an error and not the
//! process with a signal; faults elsewhere go to whatever handled them before. Linux only.

#[cfg(feature = "engine")]
pub mod analyses;
#[cfg(feature = "cli")]
pub mod cli;
#[cfg(feature = "engine")]
pub mod engine;
#[cfg(feature = "engine")]
mod error;
#[cfg(feature = "engine")]
pub mod formats;
#[cfg(feature = "engine")]
pub mod input;
#[cfg(feature = "record")]
pub mod record;
#[cfg(any(feature = "engine", feature = "record"))]
pub mod render;
#[cfg(feature = "engine")]
pub mod spans;
#[cfg(feature = "engine")]
#[doc(hidden)]
pub mod stages;
#[cfg(feature = "engine")]
pub mod summary;

#[cfg(feature = "engine")]
pub use error::Error;

/// The README's examples of the library run as tests.
#[cfg(all(doctest, feature = "cli"))]
#[doc = include_str!("../README.md")]
struct Readme;
