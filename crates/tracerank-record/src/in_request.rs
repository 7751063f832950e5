//! A future that runs in a request, whichever threads poll it.

use std::pin::Pin;
use std::task::{Context, Poll};

use crate::request::Request;

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

impl Request {
    /// Runs a future in the request, whichever threads poll it.
    pub fn run<F: Future>(&self, future: F) -> InRequest<F> {
        InRequest { request: Some(self.clone()), future: Some(future) }
    }
}

#[cfg(feature = "tower")]
impl<F> InRequest<F> {
    /// A future that runs in no request.
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
