//! The progress bar: on a terminal, for work that takes longer than a second.

use std::io::{self, IsTerminal, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use indicatif::{DecimalBytes, ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::When;
use crate::input::Source;

/// Work below this time shows nothing.
const PATIENCE: Duration = Duration::from_secs(1);

/// Watches a counter of bytes from a thread of its own, until it is dropped.
pub(super) struct Progress(Option<(Sender<()>, JoinHandle<()>)>);

impl Progress {
    pub(super) fn start(when: When, sources: &[Source], done: Arc<AtomicU64>) -> Self {
        if !when.resolve(|| io::stderr().is_terminal()) {
            return Self(None);
        }
        let patience = if when == When::Always { Duration::ZERO } else { PATIENCE };
        let total: Option<u64> = sources.iter().map(|source| source.len().filter(|len| *len > 0)).sum();
        let (stop, stopped) = mpsc::channel();
        let watch = move || {
            if stopped.recv_timeout(patience) != Err(RecvTimeoutError::Timeout) {
                return;
            }
            let shown = Shown::new(total);
            loop {
                shown.update(done.load(Ordering::Relaxed));
                if stopped.recv_timeout(shown.pause()) != Err(RecvTimeoutError::Timeout) {
                    return;
                }
            }
        };
        Self(thread::Builder::new().spawn(watch).ok().map(|thread| (stop, thread)))
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if let Some((stop, thread)) = self.0.take() {
            drop(stop);
            // A bar that failed to draw has nothing to tell.
            let _ = thread.join();
        }
    }
}

/// A bar on a terminal. Elsewhere a line a second, if it was asked for.
enum Shown {
    Bar(ProgressBar),
    Lines(Option<u64>),
}

impl Shown {
    fn new(total: Option<u64>) -> Self {
        if io::stderr().is_terminal() { Self::Bar(bar(total)) } else { Self::Lines(total) }
    }

    fn update(&self, done: u64) {
        match self {
            Self::Bar(bar) => bar.set_position(done),
            // An error is ignored: nobody reads a closed standard error.
            Self::Lines(total) => {
                let of = total.map_or_else(String::new, |total| format!(" of {}", DecimalBytes(total)));
                let _ = writeln!(io::stderr(), "tracerank: {}{of} read", DecimalBytes(done));
            }
        }
    }

    fn pause(&self) -> Duration {
        match self {
            Self::Bar(_) => Duration::from_millis(100),
            Self::Lines(_) => Duration::from_secs(1),
        }
    }
}

impl Drop for Shown {
    fn drop(&mut self) {
        if let Self::Bar(bar) = self {
            bar.finish_and_clear();
        }
    }
}

/// Makes a bar, with the share and the time left if the size is known.
fn bar(total: Option<u64>) -> ProgressBar {
    let (bar, template) = match total {
        Some(total) => (
            ProgressBar::new(total),
            "{bar:30} {percent:>3}%  {decimal_bytes}/{decimal_total_bytes}  {decimal_bytes_per_sec}  {eta} left",
        ),
        None => (ProgressBar::no_length(), "{spinner} {decimal_bytes}  {decimal_bytes_per_sec}  {elapsed}"),
    };
    bar.set_draw_target(ProgressDrawTarget::stderr());
    if let Ok(style) = ProgressStyle::with_template(template) {
        bar.set_style(style.progress_chars("=> "));
    }
    bar
}
