//! Profiles Rust programs as OpenStack Mistral is profiled, in the log that `tracerank` ranks.
//!
//! Mistral's code is marked with osprofiler's traces. It writes two lines for each trace while it works on a request
//! that asked to be profiled. In Rust, the marks are [`tracing`] spans. A [`ProfileLayer`] writes their lines, byte for
//! byte as Mistral's profiler would, into a log of its own or one that it shares with Python processes.
//! `tracerank report` ranks it.
//!
//! ```
//! use tracerank_record::{Config, Profiler};
//! use tracing::info_span;
//! use tracing_subscriber::layer::SubscriberExt;
//! use tracing_subscriber::util::SubscriberInitExt;
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let folder = tempfile::tempdir()?;
//! # let log = folder.path().join("service_osprofile.log");
//! let profiler = Profiler::from_config(Config::new(&log).hmac_key("secret_word"))?;
//! let _guard = profiler.flush_guard();
//! tracing_subscriber::registry().with(profiler.layer()).init();
//!
//! // Nobody asked: nothing is written.
//! info_span!("engine-on-action-complete").in_scope(|| ());
//!
//! // Anyone who knows a key may ask.
//! let request = profiler.request("secret_word").ok_or("profiling is off, or the key is none of ours")?;
//! request.in_scope(|| {
//!     let _action = info_span!("engine-on-action-complete").entered();
//!     info_span!("task-complete").in_scope(|| ());
//! });
//! drop(request);
//! assert_eq!(std::fs::read_to_string(&log)?.lines().count(), 4);
//! # Ok(())
//! # }
//! ```
//!
//! # Lines
//!
//! - **A span** lasts from its creation to the last exit of its code, or to its end if it was never entered. A span
//!   whose children outlive it, as those of a spawned task do, thus does not count their time as its own. The line of
//!   the stop is written when the span is closed, which may be later than the time in it.
//! - **Times** are UTC with six digits. Durations come from a monotonic clock, in whole microseconds, and are never
//!   negative.
//! - **Its parent** is the innermost profiled span that the code is in, or the explicit parent. For `parent: None`, or
//!   without any, it is the span that another process sent along, or none.
//! - **Fields** are left out, since they can hold secrets. [`Config::with_fields`] writes them as JSON: those that are
//!   known at the start with the start, and those that are recorded later with the stop.
//! - **Names** with control characters are written with escapes, so that no name breaks a line.
//! - **Events** are not written.
//!
//! # Requests
//!
//! Code is profiled while it runs in a [`Request`]: in [`in_scope`](Request::in_scope) or after
//! [`enter`](Request::enter) in a thread, in [`run`](Request::run) as a future, whichever threads poll it. A thread or
//! task that is started there is outside of it, unless it gets a clone of [`Request::current`], or enters one of the
//! request's spans.
//!
//! A request comes from [`Profiler::request`] for anyone who knows a key, or from the headers `X-Trace-Info` and
//! `X-Trace-HMAC` of another process by [`Profiler::accept`]. [`Request::headers`] gives the headers for the next
//! process. The feature `tower` has layers that do both for HTTP, in the module of that name.
//!
//! # Keys
//!
//! Anyone who has a key can make this process write to its disk and spend time on it. A key is therefore a password,
//! and osprofiler's default, `SECRET_KEY`, is public. Keys are compared in constant time, headers are refused without a
//! reason, and neither shows in `Debug`.
//!
//! Signatures are HMAC-SHA1, as osprofiler makes them. They don't expire, so anyone who sees the headers of a request
//! can repeat them. Nothing in headers is believed before the signature is checked. Ids that would not fit into a line
//! are then refused: a `base_id` of more than 1 KiB or with a blank or a control character, and a `parent_id` that is
//! neither a UUID nor the `base_id`.
//!
//! # Costs
//!
//! `docs/benchmarks.md` has measured figures. Outside of a request, a span costs two or three comparisons more than
//! `tracing` alone. Memory: up to 64 KiB of lines for each open request, some 400 bytes for each open span, and, while
//! the log can't be written, up to 16 MiB of waiting lines. Further lines are lost and counted
//! ([`Profiler::lost_lines`]); standard error reports it once, and the program goes on. Nothing else is ever lost: a
//! write waits for the disk, unless [`Config::lossy`] is set.
//!
//! Lines are written when a request ends, when there are 64 KiB of them, once a second, by [`Profiler::flush`] and its
//! guard, and when a thread panics. A process that is killed, or that ends by [`std::process::exit`] without a flush,
//! loses at most the last second of requests that did not end. The log is opened for appending and written in whole
//! lines, so that processes can share it, and opened anew once it was moved (logrotate with `create`; with
//! `copytruncate`, too).

mod backlog;
mod config;
mod context;
mod error;
mod fields;
mod headers;
mod in_request;
mod layer;
mod line;
mod log;
mod log_format;
#[cfg(feature = "oslo")]
mod oslo;
mod profiler;
mod request;
mod sketch;
mod span;
#[doc(hidden)]
pub mod stages;
#[cfg(feature = "tower")]
pub mod tower;
mod writer;

pub use config::Config;
pub use context::Entered;
pub use error::Error;
pub use headers::{Headers, X_TRACE_HMAC, X_TRACE_INFO};
pub use in_request::InRequest;
pub use layer::ProfileLayer;
#[cfg(feature = "oslo")]
pub use oslo::{log_file, other_log_files};
pub use profiler::{FlushGuard, Profiler};
pub use request::Request;

/// The README's example runs as a test.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
