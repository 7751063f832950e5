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
//! ```
//!
//! What is learnt from a stretch of log is a [`Summary`](tracerank_summary::Summary), and summaries merge: that is what lets threads share the work and
//! files be added up, whatever the number of threads and wherever the log is cut, and a file stand in for a log. What a summary is, how its file is written, and
//! the account of what was read are a crate of their own, `tracerank-summary`.
//!
//! What needs to know whose child a span is works on whole trace groups (`spans`), since a tree never crosses one.
//!
//! ```
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! use tracerank::analyses::report::{Options, Report};
//! use tracerank::render::Model;
//! use tracerank::{engine::Engine, input};
//!
//! let sources = input::resolve(&["testdata/corpus/basic.log".into()], false).map_err(|mut errors| errors.remove(0))?;
//! let scanned = Engine::default().scan(&sources, Wanted::ALL)?;
//! let options = Options { top: Some(5), ..Options::default() };
//! Report::new(scanned.summary, scanned.account, &options, None).write_as("text", &mut std::io::stdout())?;
//! # Ok(())
//! # }
//! ```
//!
//! Whether one log's names are slower than another's, or whether that is chance, is the subject of `diff`; whether that is to stop a change from going in, that
//! of `gate`.
//!
//! All records of one trace group are put together as a tree by `show`; which lines they are, [`engine::Engine::look_up`] finds by their bytes.
//!
//! Times are integer nanoseconds throughout. What a line of a log means is written down in `docs/format.md`.
//!
//! Such logs are written, too: the crate `tracerank-record` is a layer for [`tracing`](https://docs.rs/tracing) with which a Rust program is
//! profiled as Mistral is. It needs nothing of this one.
//!
//! The feature `cli`, the default, is the command; without it, this is a library alone. `flamegraph`, a part of it, draws flame graphs.
//!
//! While a file is mapped, this library handles SIGBUS for the process, so that a log that is truncated ends a scan with an error and not the
//! process with a signal; faults elsewhere go to whatever handled them before. Linux only.

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

pub use error::Error;
pub use remedy::Remedy;

/// The README's examples of the library run as tests.
#[cfg(all(doctest, feature = "cli"))]
#[doc = include_str!("../README.md")]
struct Readme;
