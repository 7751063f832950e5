//! One span that is profiled: when it began, when its code ran last, and its two lines.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use crate::fields::LaterFields;
use crate::line::{self, Identity, Parent, TraceId};
use crate::request::{Request, Trace};

/// A span from its creation to its end.
pub(crate) struct Span {
    trace: Arc<Trace>,
    parent: Parent,
    trace_id: TraceId,
    name: &'static str,
    began: Instant,
    /// The time at which its code stopped running last, in microseconds since 1970; 0 if it never ran.
    stopped_at: AtomicU64,
    /// The same, in nanoseconds since `began`.
    took: AtomicU64,
    /// Fields that were recorded after its start.
    later: Mutex<LaterFields>,
    is_over: AtomicBool,
}

impl Span {
    /// Begins, and writes the line that says so.
    pub(crate) fn start(request: Request, name: &'static str, json: &[u8]) -> Self {
        let (trace, parent) = request.into_parts();
        let span = Self {
            trace,
            parent,
            trace_id: TraceId::random(),
            name,
            stopped_at: AtomicU64::new(0),
            took: AtomicU64::new(0),
            later: Mutex::default(),
            is_over: AtomicBool::new(false),
            began: Instant::now(),
        };
        let now = SystemTime::now();
        span.trace.write_line(now, |line| line::write_start(line, since_1970(now), span.identity(), json));
        span
    }

    pub(crate) fn trace(&self) -> &Arc<Trace> {
        &self.trace
    }

    pub(crate) fn trace_id(&self) -> &TraceId {
        &self.trace_id
    }

    /// The request that it belongs to, at this span.
    pub(crate) fn as_request(&self) -> Request {
        Request::below(Arc::clone(&self.trace), Parent::Span(self.trace_id))
    }

    /// Its code stops running, perhaps for the last time.
    pub(crate) fn pause(&self) {
        self.took.store(nanos(self.began.elapsed()), Ordering::Relaxed);
        self.stopped_at.store(since_1970(SystemTime::now()), Ordering::Relaxed);
    }

    /// Takes in fields that were recorded after its start.
    pub(crate) fn record(&self, fields: LaterFields) {
        self.later.lock().unwrap_or_else(PoisonError::into_inner).update(fields);
    }

    /// Tells whether the line of its end was written. A thread that still seems to be in it never said that it left:
    /// its guard was forgotten, or the layer taken away meanwhile.
    pub(crate) fn is_over(&self) -> bool {
        self.is_over.load(Ordering::Relaxed)
    }

    /// Writes the line of its end. That is where its code ran last: a span is kept by children that outlive it, whose
    /// time is not its own.
    pub(crate) fn stop(&self) {
        if self.stopped_at.load(Ordering::Relaxed) == 0 {
            self.pause();
        }
        let at = self.stopped_at.load(Ordering::Relaxed);
        let took = self.took.load(Ordering::Relaxed) / 1000;
        let wall = UNIX_EPOCH + Duration::from_micros(at);
        let json = self.later.lock().unwrap_or_else(PoisonError::into_inner).to_json();
        self.trace.write_line(wall, |line| line::write_stop(line, at, took, self.identity(), json.as_bytes()));
        self.is_over.store(true, Ordering::Relaxed);
    }

    fn identity(&self) -> Identity<'_> {
        Identity { base_id: self.trace.base_id(), parent: &self.parent, trace_id: &self.trace_id, name: self.name }
    }
}

/// Microseconds; 1 for a clock that stands before 1970.
fn since_1970(time: SystemTime) -> u64 {
    time.duration_since(UNIX_EPOCH).map_or(1, |since| since.as_micros().try_into().unwrap_or(u64::MAX)).max(1)
}

fn nanos(duration: Duration) -> u64 {
    duration.as_nanos().try_into().unwrap_or(u64::MAX)
}
