//! The position of a thread: the requests and spans that it is in, the innermost last.

use std::cell::{Cell, RefCell};
use std::marker::PhantomData;
use std::sync::Arc;

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

impl Request {
    /// The request that the calling code runs in, at the span that it runs in: what is opened in it is a child of that
    /// span, in any thread.
    pub fn current() -> Option<Self> {
        find(|_| true)
    }

    /// Runs what follows in this thread in the request, until the guard is dropped.
    ///
    /// In a future, use [`run`](Self::run): other tasks run in the thread while it waits.
    pub fn enter(&self) -> Entered {
        let number = NEXT.try_with(|next| next.replace(next.get() + 1)).unwrap_or_default();
        push(Frame::Request { number, request: self.clone() });
        Entered { number, in_one_thread: PhantomData }
    }

    /// Runs a closure in the request.
    pub fn in_scope<T>(&self, run: impl FnOnce() -> T) -> T {
        let _entered = self.enter();
        run()
    }
}

/// The innermost request of one profiler, at its innermost span.
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
