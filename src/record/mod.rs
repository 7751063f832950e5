//! The other end: Rust programs that write this log.

mod backlog;
mod config;
mod context;
mod error;
mod fields;
mod headers;
mod layer;
mod line;
mod log;
mod log_format;
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
pub use context::{Entered, InRequest};
pub use error::Error;
pub use headers::{Headers, X_TRACE_HMAC, X_TRACE_INFO};
pub use layer::ProfileLayer;
pub use oslo::log_file;
pub use profiler::{FlushGuard, Profiler};
pub use request::Request;
