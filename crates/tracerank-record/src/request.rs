//! A request that asked to be profiled, and where in it code runs.

use std::cell::Cell;
use std::sync::Arc;
use std::time::SystemTime;

use crate::headers::{self, Headers, Place};
use crate::line::Parent;
use crate::log_format::LogFormat;
use crate::writer::{self, Buffer, Writer};

/// A request that is profiled: spans that are opened in it are written, in one trace group.
///
/// A request is where code runs, and not a span: open spans in it. Clones are the same request. Its lines are in the
/// log at latest when the last clone and the last span of it are dropped.
#[derive(Clone)]
pub struct Request {
    trace: Arc<Trace>,
    /// The span, of this process or another, that spans without a parent of their own are children of.
    parent: Parent,
}

/// The data that all spans of a request have in common.
///
/// Aligned so that counting its references in one thread does not take it out of the caches of the others.
#[repr(align(64))]
pub(crate) struct Trace {
    base_id: Box<str>,
    key: Arc<str>,
    /// The span of another process that the request comes from.
    parent: Parent,
    /// Before a record, if anything is.
    format: Option<Arc<LogFormat>>,
    buffer: Arc<Buffer>,
}

impl Request {
    /// At the place in the request where it came into this process.
    pub(crate) fn new(trace: Arc<Trace>) -> Self {
        let parent = trace.parent;
        Self { trace, parent }
    }

    /// At a span of this process.
    pub(crate) fn below(trace: Arc<Trace>, parent: Parent) -> Self {
        Self { trace, parent }
    }

    pub(crate) fn trace(&self) -> &Arc<Trace> {
        &self.trace
    }

    pub(crate) fn parent(&self) -> &Parent {
        &self.parent
    }

    pub(crate) fn into_parts(self) -> (Arc<Trace>, Parent) {
        (self.trace, self.parent)
    }

    /// The same request, for spans that are to be nobody's children in this process.
    pub(crate) fn without_parent(self) -> Self {
        let parent = self.trace.parent;
        Self { parent, ..self }
    }

    /// The id of the trace group.
    pub fn base_id(&self) -> &str {
        self.trace.base_id()
    }

    /// The headers with which another process takes part in this request.
    ///
    /// Its spans become children of the span that is current when [`current`](Self::current) is called.
    pub fn headers(&self) -> Headers {
        headers::sign(&self.trace.key, self.base_id(), &self.parent)
    }
}

impl std::fmt::Debug for Request {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Request").field("base_id", &self.base_id()).finish_non_exhaustive()
    }
}

impl Trace {
    pub(crate) fn new(place: Place, key: Arc<str>, format: Option<Arc<LogFormat>>, writer: &Arc<Writer>) -> Arc<Self> {
        let Place { base_id, parent, .. } = place;
        Arc::new(Self { base_id, key, parent, format, buffer: writer.buffer() })
    }

    pub(crate) fn base_id(&self) -> &str {
        &self.base_id
    }

    /// The writer of its profiler.
    pub(crate) fn writer(&self) -> &Arc<Writer> {
        self.buffer.writer()
    }

    /// Writes a line: what `write` appends.
    pub(crate) fn write_line(&self, at: SystemTime, write: impl FnOnce(&mut Vec<u8>)) {
        thread_local! {
            /// So that the lock of the buffer is held for a copy only, and no line is an allocation.
            static LINE: Cell<Vec<u8>> = const { Cell::new(Vec::new()) };
        }
        // A thread that ends has no such storage any more.
        let mut line = LINE.try_with(Cell::take).unwrap_or_default();
        line.clear();
        if let Some(format) = &self.format {
            format.write_prefix(&mut line, at);
        }
        write(&mut line);
        self.buffer.push(&line);
        // Not for ever what one long line took.
        if line.capacity() <= writer::FULL {
            let _ = LINE.try_with(|cell| cell.set(line));
        }
    }
}

impl Drop for Trace {
    fn drop(&mut self) {
        self.buffer.close();
    }
}
