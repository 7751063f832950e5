//! The position of a thread: the requests and spans that it is in, the innermost last.

use std::cell::{Cell, RefCell};
use std::marker::PhantomData;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use crate::line::Parent;
use crate::request::{Request, Trace};
use crate::span::Span;
use crate::writer::Writer;

thread_local! {
    static STACK: RefCell<Vec<Frame>> = const { RefCell::new(Vec::new()) };
    static NEXT: Cell<u64> = const { Cell::new(0) };
}

enum Frame {
    Request { number: u64, request: Request },
    Span { key: SpanKey, span: Arc<Span> },
}

/// A span of a subscriber: ids of spans are unique in one subscriber only, and subscribers nest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct SpanKey {
    pub(crate) layer: u64,
    pub(crate) id: u64,
}

impl Frame {
    fn trace(&self) -> &Arc<Trace> {
        match self {
            Self::Request { request, .. } => request.trace(),
            Self::Span { span, .. } => span.trace(),
        }
    }

    fn as_parent(&self) -> Parent {
        match self {
            Self::Request { request, .. } => *request.parent(),
            Self::Span { span, .. } => Parent::Span(*span.trace_id()),
        }
    }

    /// Tells whether the thread can't be in it any more.
    fn is_over(&self) -> bool {
        matches!(self, Self::Span { span, .. } if span.is_over())
    }
}

/// The innermost request, at the innermost span.
pub(crate) fn current() -> Option<Request> {
    find(|_| true)
}

/// The same, of one profiler.
pub(crate) fn current_of(writer: &Arc<Writer>) -> Option<Request> {
    find(|frame| Arc::ptr_eq(frame.trace().writer(), writer))
}

fn find(is_wanted: impl Fn(&Frame) -> bool) -> Option<Request> {
    let find = |stack: &RefCell<Vec<Frame>>| {
        let stack = stack.borrow();
        let frame = stack.iter().rfind(|frame| is_wanted(frame) && !frame.is_over())?;
        Some(Request::below(Arc::clone(frame.trace()), frame.as_parent()))
    };
    STACK.try_with(find).ok().flatten()
}

pub(crate) fn enter(request: Request) -> Entered {
    let number = NEXT.try_with(|next| next.replace(next.get() + 1)).unwrap_or_default();
    push(Frame::Request { number, request });
    Entered { number, in_one_thread: PhantomData }
}

pub(crate) fn enter_span(key: SpanKey, span: Arc<Span>) {
    push(Frame::Span { key, span });
}

/// Leaves a span. Returns it if it is profiled.
pub(crate) fn exit_span(key: SpanKey) -> Option<Arc<Span>> {
    match remove(|frame| matches!(frame, Frame::Span { key: entered, .. } if *entered == key)) {
        Some(Frame::Span { span, .. }) => Some(span),
        _ => None,
    }
}

fn push(frame: Frame) {
    // Frames that are over are taken out only here, and dropped with no borrow: their request may end.
    while remove_last_if_over().is_some() {}
    let _ = STACK.try_with(|stack| stack.borrow_mut().push(frame));
}

fn remove_last_if_over() -> Option<Frame> {
    let remove = |stack: &RefCell<Vec<Frame>>| {
        let mut stack = stack.borrow_mut();
        if stack.last()?.is_over() { stack.pop() } else { None }
    };
    STACK.try_with(remove).ok().flatten()
}

/// Takes out the last frame of its kind; not always the last of all, since guards can be dropped in any order.
fn remove(is_it: impl Fn(&Frame) -> bool) -> Option<Frame> {
    let remove = |stack: &RefCell<Vec<Frame>>| {
        let mut stack = stack.borrow_mut();
        let at = stack.iter().rposition(is_it)?;
        Some(stack.remove(at))
    };
    // The caller drops the frame, since that may be the end of a request.
    STACK.try_with(remove).ok().flatten()
}

/// A thread is in a request until this is dropped.
#[derive(Debug)]
#[must_use = "the request is left at once"]
pub struct Entered {
    number: u64,
    in_one_thread: PhantomData<*const ()>,
}

impl Drop for Entered {
    fn drop(&mut self) {
        drop(remove(|frame| matches!(frame, Frame::Request { number, .. } if *number == self.number)));
    }
}

pin_project_lite::pin_project! {
    /// A future that runs in a request; made by [`Request::run`].
    #[must_use = "futures do nothing unless they are polled"]
    pub struct InRequest<F> {
        request: Option<Request>,
        #[pin]
        future: Option<F>,
    }

    impl<F> PinnedDrop for InRequest<F> {
        fn drop(this: Pin<&mut Self>) {
            let mut this = this.project();
            // If a future is dropped half-way, the drop of its values is part of the request.
            let _entered = this.request.as_ref().map(Request::enter);
            this.future.set(None);
        }
    }
}

impl<F> InRequest<F> {
    pub(crate) fn new(request: Request, future: F) -> Self {
        Self { request: Some(request), future: Some(future) }
    }

    /// A future that runs in no request.
    #[cfg(feature = "tower")]
    pub(crate) fn outside(future: F) -> Self {
        Self { request: None, future: Some(future) }
    }
}

impl<F: Future> Future for InRequest<F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<F::Output> {
        let mut this = self.project();
        let entered = this.request.as_ref().map(Request::enter);
        let Some(future) = this.future.as_mut().as_pin_mut() else {
            // It was polled after its end. The answer is up to the future.
            return Poll::Pending;
        };
        let output = std::task::ready!(future.poll(context));
        // Its spans end with the future, and its lines are written with the request, before a waiting task goes on.
        this.future.set(None);
        drop(entered);
        *this.request = None;
        Poll::Ready(output)
    }
}
