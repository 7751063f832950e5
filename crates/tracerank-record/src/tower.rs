//! HTTP services and clients that take part in a trace, as [`tower`](https://docs.rs/tower) layers: for axum, hyper,
//! tonic and all that is made of them.

use std::task::{Context, Poll};

use http::{HeaderMap, HeaderValue, Request};
use tower_layer::Layer;
use tower_service::Service;
use tracing::instrument::{Instrument, Instrumented};

use crate::{Headers, InRequest, Profiler, X_TRACE_HMAC, X_TRACE_INFO};

/// For a service: profiles the HTTP requests that ask for it with signed headers, below a span named `wsgi`, as
/// osprofiler's middleware does.
///
/// The span's fields are the path, the query, the method and the scheme. All others go through untouched; nothing tells
/// a client why its headers were not accepted. The lines of a request are in the log before its response is sent.
#[derive(Debug, Clone)]
pub struct AcceptLayer {
    profiler: Profiler,
}

impl AcceptLayer {
    /// Makes a layer with the keys of a profiler.
    pub fn new(profiler: &Profiler) -> Self {
        Self { profiler: profiler.clone() }
    }
}

impl<S> Layer<S> for AcceptLayer {
    type Service = Accept<S>;

    fn layer(&self, inner: S) -> Accept<S> {
        Accept { inner, profiler: self.profiler.clone() }
    }
}

/// A service inside of [`AcceptLayer`].
#[derive(Debug, Clone)]
pub struct Accept<S> {
    inner: S,
    profiler: Profiler,
}

impl<S: Service<Request<B>>, B> Service<Request<B>> for Accept<S> {
    type Response = S::Response;
    type Error = S::Error;
    type Future = InRequest<Instrumented<S::Future>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let value = |name| request.headers().get(name).map(HeaderValue::as_bytes);
        let Some(profiled) = self.profiler.accept(value(X_TRACE_INFO), value(X_TRACE_HMAC)) else {
            return InRequest::outside(self.inner.call(request).instrument(tracing::Span::none()));
        };
        let span = profiled.in_scope(|| {
            let uri = request.uri();
            tracing::info_span!(
                "wsgi",
                path = uri.path(),
                query = uri.query().unwrap_or_default(),
                method = request.method().as_str(),
                scheme = uri.scheme_str().unwrap_or("http"),
            )
        });
        // What the service does before its future is polled is part of it, too.
        let future = profiled.in_scope(|| span.in_scope(|| self.inner.call(request)));
        profiled.run(future.instrument(span))
    }
}

/// For a client: adds the headers that have the service take part in the trace, to requests that are made in a profiled
/// request.
///
/// It takes the position of the caller at the call. Put it outside of layers that call in tasks of their own, such as
/// buffers and retries.
///
/// A client must not run its connections in the span of the call that opens them, which would then end with the
/// connection: hyper-util does so with its feature `tracing` before 0.1.21, and with `rt-tracing-exec-force` since.
#[derive(Debug, Clone, Copy, Default)]
pub struct GiveLayer;

impl<S> Layer<S> for GiveLayer {
    type Service = Give<S>;

    fn layer(&self, inner: S) -> Give<S> {
        Give { inner }
    }
}

/// A client inside of [`GiveLayer`].
#[derive(Debug, Clone, Copy)]
pub struct Give<S> {
    inner: S,
}

impl<S: Service<Request<B>>, B> Service<Request<B>> for Give<S> {
    type Response = S::Response;
    type Error = S::Error;
    type Future = S::Future;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, mut request: Request<B>) -> S::Future {
        if let Some(profiled) = crate::Request::current() {
            give(&profiled.headers(), request.headers_mut());
        }
        self.inner.call(request)
    }
}

fn give(headers: &Headers, to: &mut HeaderMap) {
    for (name, value) in [(X_TRACE_INFO, &headers.info), (X_TRACE_HMAC, &headers.hmac)] {
        // Base64 and hexadecimal digits always are a header's value.
        if let (Ok(name), Ok(value)) = (http::HeaderName::try_from(name), HeaderValue::try_from(value)) {
            to.insert(name, value);
        }
    }
}
