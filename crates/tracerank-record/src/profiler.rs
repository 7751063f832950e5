//! The profiler: begins the requests that are profiled.

use std::sync::Arc;

use uuid::Uuid;

use crate::headers::{self, Place};
use crate::layer::ProfileLayer;
use crate::line::Parent;
use crate::log_format::LogFormat;
use crate::request::{Request, Trace};
use crate::writer::Writer;
use crate::{Config, Error};

/// Decides which requests are profiled, and writes the log of those that are. Clones are the same profiler.
#[derive(Clone)]
pub struct Profiler {
    shared: Arc<Shared>,
}

struct Shared {
    keys: Vec<String>,
    with_fields: bool,
    format: Option<Arc<LogFormat>>,
    /// Absent where profiling is off.
    writer: Option<Arc<Writer>>,
}

impl Profiler {
    /// A profiler as a configuration describes it. The log is opened, and made if there is none, unless profiling is
    /// off.
    pub fn from_config(config: Config) -> Result<Self, Error> {
        let shared = if config.is_enabled() {
            let format = config.line_format()?;
            let format = (!format.is_bare()).then(|| Arc::new(format));
            let writer = Some(Writer::start(config.log(), config.is_lossy())?);
            Shared { with_fields: config.has_fields(), keys: config.into_keys(), format, writer }
        } else {
            Shared { with_fields: false, keys: Vec::new(), format: None, writer: None }
        };
        Ok(Self { shared: Arc::new(shared) })
    }

    /// The layer to give to a `tracing` subscriber.
    pub fn layer(&self) -> ProfileLayer {
        ProfileLayer::new(self.shared.writer.as_ref(), self.shared.with_fields)
    }

    /// A new request to be profiled, if profiling is on and the key is one of the keys.
    pub fn request(&self, key: &str) -> Option<Request> {
        let key = headers::find_key(&self.shared.keys, key)?;
        self.place(Place { base_id: Uuid::new_v4().to_string().into(), parent: Parent::None, key })
    }

    /// The request that another process began, if profiling is on and the headers [`X_TRACE_INFO`](crate::X_TRACE_INFO)
    /// and [`X_TRACE_HMAC`](crate::X_TRACE_HMAC) are there, well-formed and signed with one of the keys.
    pub fn accept(&self, info: Option<&[u8]>, hmac: Option<&[u8]>) -> Option<Request> {
        self.place(headers::verify(&self.shared.keys, info?, hmac?)?)
    }

    fn place(&self, place: Place) -> Option<Request> {
        let Shared { keys, format, writer, .. } = &*self.shared;
        let key = keys.get(place.key)?.as_str();
        Some(Request::new(Trace::new(place, key.into(), format.clone(), writer.as_ref()?)))
    }

    /// Writes all lines that there are. Returns whether all lines of all requests so far are in the log. If not, they
    /// wait, or were lost.
    pub fn flush(&self) -> bool {
        self.shared.writer.as_ref().is_none_or(|writer| writer.flush())
    }

    /// A guard that writes all lines that there are when it is dropped: for the end of `main`.
    pub fn flush_guard(&self) -> FlushGuard {
        FlushGuard { profiler: self.clone() }
    }

    /// The number of lost lines: those that came while more than 16 MiB waited for a disk that was full, or, in the
    /// lossy mode, slow.
    pub fn lost_lines(&self) -> u64 {
        self.shared.writer.as_ref().map_or(0, |writer| writer.lost())
    }
}

impl std::fmt::Debug for Profiler {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Profiler").field("is_on", &self.shared.writer.is_some()).finish_non_exhaustive()
    }
}

impl Drop for Shared {
    fn drop(&mut self) {
        if let Some(writer) = &self.writer {
            writer.close();
        }
    }
}

/// Writes all lines that there are when it is dropped.
#[derive(Debug)]
#[must_use = "the lines are written when it is dropped"]
pub struct FlushGuard {
    profiler: Profiler,
}

impl Drop for FlushGuard {
    fn drop(&mut self) {
        self.profiler.flush();
    }
}
