//! The `tracing` layer: selects the spans that are profiled, and writes their lines in time.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use tracing::Subscriber;
use tracing::span::{Attributes, Id, Record};
use tracing_subscriber::layer::{Context, Layer};
use tracing_subscriber::registry::{LookupSpan, SpanRef};

use crate::context::{self, SpanKey};
use crate::fields::{JsonFields, LaterFields, Visitor};
use crate::request::Request;
use crate::sketch::Sketch;
use crate::span::Span;
use crate::writer::Writer;

/// Writes the spans of profiled requests; made by [`Profiler::layer`](crate::Profiler::layer).
pub struct ProfileLayer {
    /// Absent where profiling is off.
    writer: Option<Arc<Writer>>,
    with_fields: bool,
    number: u64,
    profiled: Sketch,
}

/// The data that a registry keeps with a span until it ends, even where the layer that made it was taken out of the
/// subscriber before.
struct Recorded {
    layer: u64,
    span: Arc<Span>,
}

impl Drop for Recorded {
    fn drop(&mut self) {
        self.span.stop();
    }
}

impl ProfileLayer {
    pub(crate) fn new(writer: Option<&Arc<Writer>>, with_fields: bool) -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        Self { writer: writer.cloned(), with_fields, number, profiled: Sketch::new() }
    }

    /// Tells whether no request is profiled now. (A per-layer filter of tracing-subscriber that asks this would cost
    /// 130 ns a span, and keep no span from being made.)
    fn is_idle(&self) -> bool {
        self.writer.as_ref().is_none_or(|writer| writer.is_idle())
    }

    /// The request and the parent of a new span, if its request is profiled.
    fn place<S>(&self, attributes: &Attributes<'_>, id: &Id, context: &Context<'_, S>) -> Option<Request>
    where
        S: Subscriber + for<'a> LookupSpan<'a>,
    {
        let current = context::current_of(self.writer.as_ref()?);
        if attributes.is_contextual() {
            return current;
        }
        // A parent that is not profiled may have a parent that is. The search begins at the new span, since it would
        // find nothing from a parent that a filter hides from this layer.
        let ancestors = context.span_scope(id).into_iter().flatten().skip(1);
        let mut profiled = ancestors.filter_map(|span| self.recorded(&span));
        profiled.next().map(|span| span.as_request()).or_else(|| current.map(Request::without_parent))
    }

    /// A span, if it is profiled.
    fn find<S>(&self, id: &Id, context: &Context<'_, S>) -> Option<Arc<Span>>
    where
        S: Subscriber + for<'a> LookupSpan<'a>,
    {
        if !self.profiled.may_contain(id) {
            return None;
        }
        self.recorded(&context.span(id)?)
    }

    fn recorded<'a, S>(&self, span: &SpanRef<'a, S>) -> Option<Arc<Span>>
    where
        S: LookupSpan<'a>,
    {
        let extensions = span.extensions();
        let recorded = extensions.get::<Recorded>().filter(|recorded| recorded.layer == self.number)?;
        Some(Arc::clone(&recorded.span))
    }

    fn key(&self, id: &Id) -> SpanKey {
        SpanKey { layer: self.number, id: id.into_u64() }
    }
}

impl<S> Layer<S> for ProfileLayer
where
    S: Subscriber + for<'a> LookupSpan<'a>,
{
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        if self.is_idle() {
            return;
        }
        let Some(request) = self.place(attributes, id, &context) else { return };
        let Some(span) = context.span(id) else { return };
        let mut json = JsonFields::default();
        if self.with_fields {
            attributes.record(&mut Visitor(&mut json));
        }
        let mut extensions = span.extensions_mut();
        // Of two profilers in one subscriber, whose requests are nested, the first has the span.
        if extensions.get_mut::<Recorded>().is_none() {
            let span = Arc::new(Span::start(request, attributes.metadata().name(), json.as_bytes()));
            extensions.insert(Recorded { layer: self.number, span });
            self.profiled.insert(id);
        }
    }

    fn on_record(&self, id: &Id, values: &Record<'_>, context: Context<'_, S>) {
        if !self.with_fields {
            return;
        }
        if let Some(span) = self.find(id, &context) {
            // With no lock held: a value may be shown by code that records fields of this span, too.
            let mut fields = LaterFields::default();
            values.record(&mut Visitor(&mut fields));
            span.record(fields);
        }
    }

    fn on_enter(&self, id: &Id, context: Context<'_, S>) {
        if let Some(span) = self.find(id, &context) {
            context::enter_span(self.key(id), span);
        }
    }

    fn on_exit(&self, id: &Id, _: Context<'_, S>) {
        if !self.profiled.may_contain(id) {
            return;
        }
        if let Some(span) = context::exit_span(self.key(id)) {
            span.pause();
        }
    }

    fn on_close(&self, id: Id, context: Context<'_, S>) {
        if !self.profiled.may_contain(&id) {
            return;
        }
        let Some(span) = context.span(&id) else { return };
        let recorded = {
            let mut extensions = span.extensions_mut();
            let is_ours = extensions.get_mut::<Recorded>().is_some_and(|recorded| recorded.layer == self.number);
            if is_ours { extensions.remove::<Recorded>() } else { None }
        };
        if recorded.is_some() {
            self.profiled.remove(&id);
        }
    }
}
