//! Writes the buffers of the trace groups into the log: when one is full, when its request ends, once a second, and
//! when the program ends.
//!
//! The order of lines matters within a trace group only (a child's start belongs before its parent's stop), and a trace
//! group has one buffer. So threads of one request share a lock for as long as a line takes to copy, and requests share
//! nothing until they write.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::panic;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, Once, PoisonError, TryLockError, Weak};
use std::thread;
use std::time::{Duration, Instant};

use crate::Error;
use crate::backlog::Backlog;
use crate::log::Log;

/// A buffer of this many bytes is written: two hundred spans, a quarter of whose time is spent in the kernel (perf, two
/// million spans), mostly to copy.
pub(crate) const FULL: usize = 64 << 10;
const INTERVAL: Duration = Duration::from_secs(1);
/// The time for which a panic waits for other threads that write.
const PANIC_PATIENCE: Duration = Duration::from_millis(100);

/// The writer of all requests of a profiler.
pub(crate) struct Writer {
    log: Mutex<Log>,
    /// Locked for a moment only, and after the log if both are, so that only those wait for the disk that have to.
    state: Mutex<State>,
    /// Wakes the thread that writes once a second.
    wake: Condvar,
    /// The number of requests. Without any, no span is looked at.
    live: AtomicUsize,
    is_lossy: AtomicBool,
}

#[derive(Default)]
struct State {
    buffers: BTreeMap<u64, Weak<Buffer>>,
    next: u64,
    backlog: Backlog,
    /// True if the thread waits for the first request, and not for the next second.
    is_asleep: bool,
    is_closed: bool,
}

/// The lines of one trace group that are not written yet.
pub(crate) struct Buffer {
    lines: Mutex<Vec<u8>>,
    writer: Arc<Writer>,
    number: u64,
}

impl Writer {
    /// Opens the log, and starts the thread that writes once a second while there is something to write.
    pub(crate) fn start(path: &Path, is_lossy: bool) -> Result<Arc<Self>, Error> {
        let log = Log::open(path).map_err(|source| Error::Open { path: path.to_owned(), source })?;
        let writer = Arc::new(Self {
            log: Mutex::new(log),
            state: Mutex::default(),
            wake: Condvar::new(),
            live: AtomicUsize::new(0),
            is_lossy: AtomicBool::new(is_lossy),
        });
        let run = {
            let writer = Arc::clone(&writer);
            move || writer.run()
        };
        thread::Builder::new()
            .name("tracerank-log".to_owned())
            .spawn(run)
            .map_err(|source| Error::Thread { source })?;
        write_on_panic(&writer);
        Ok(writer)
    }

    /// Tells whether there is no request.
    pub(crate) fn is_idle(&self) -> bool {
        self.live.load(Ordering::Relaxed) == 0
    }

    pub(crate) fn lost(&self) -> u64 {
        lock(&self.state).backlog.lost()
    }

    /// A buffer for a new trace group.
    pub(crate) fn buffer(self: &Arc<Self>) -> Arc<Buffer> {
        let mut state = lock(&self.state);
        let number = state.next;
        state.next += 1;
        let buffer = Arc::new(Buffer { lines: Mutex::default(), writer: Arc::clone(self), number });
        state.buffers.insert(number, Arc::downgrade(&buffer));
        self.live.fetch_add(1, Ordering::Relaxed);
        if state.is_asleep {
            self.wake.notify_one();
        }
        buffer
    }

    /// Writes all lines. Returns whether all lines so far are written.
    pub(crate) fn flush(&self) -> bool {
        self.flush_until(None);
        let state = lock(&self.state);
        state.backlog.is_empty() && state.backlog.lost() == 0
    }

    /// Ends the thread. Requests that are not at their end yet write for themselves from now on.
    pub(crate) fn close(&self) {
        self.is_lossy.store(false, Ordering::Relaxed);
        self.flush();
        lock(&self.state).is_closed = true;
        self.wake.notify_one();
    }

    fn run(&self) {
        let mut next = Instant::now();
        loop {
            let mut state = lock(&self.state);
            while state.buffers.is_empty() && state.backlog.is_empty() && !state.is_closed {
                state.is_asleep = true;
                state = self.wake.wait(state).unwrap_or_else(PoisonError::into_inner);
                next = Instant::now() + INTERVAL;
            }
            state.is_asleep = false;
            if !state.is_closed {
                let rest = next.saturating_duration_since(Instant::now());
                (state, _) = self.wake.wait_timeout(state, rest).unwrap_or_else(PoisonError::into_inner);
            }
            let is_closed = state.is_closed;
            drop(state);
            if is_closed || next <= Instant::now() {
                self.flush();
                next = Instant::now() + INTERVAL;
            } else {
                // Woken for lines that wait: there may be too many requests to look at all of them each time.
                self.write_backlog(lock(&self.log));
            }
            if is_closed {
                return;
            }
        }
    }

    /// Writes all lines, as far as others do not hold a lock beyond the deadline.
    fn flush_until(&self, deadline: Option<Instant>) -> Option<()> {
        let buffers: Vec<Arc<Buffer>> = lock(&self.state).buffers.values().filter_map(Weak::upgrade).collect();
        for buffer in buffers {
            if let Some(lines) = lock_until(&buffer.lines, deadline) {
                self.append(lines, deadline);
            }
        }
        match deadline {
            Some(deadline) if self.is_lossy.load(Ordering::Relaxed) => self.wait_for_thread(deadline),
            _ => self.write_backlog(lock_until(&self.log, deadline)?),
        }
        Some(())
    }

    /// Waits until the thread has written the waiting lines, at most until a deadline. In the lossy mode only the
    /// thread may wait for the disk.
    fn wait_for_thread(&self, deadline: Instant) {
        while !(lock(&self.state).backlog.is_empty() && self.log.try_lock().is_ok()) && Instant::now() < deadline {
            // Each time: it may have been busy.
            self.wake.notify_one();
            thread::sleep(Duration::from_millis(1));
        }
    }

    /// Writes the waiting lines, as far as the disk takes them.
    fn write_backlog(&self, mut log: MutexGuard<'_, Log>) {
        loop {
            let mut state = lock(&self.state);
            let (Some(mut lines), lost) = (state.backlog.pop(), state.backlog.lost()) else { break };
            drop(state);
            if !log.append(&mut lines, lost) {
                lock(&self.state).backlog.put_back(lines);
                break;
            }
        }
        release(log);
    }

    /// Takes the lines out of a buffer, which is free for further lines while they are written. Those can't overtake,
    /// since the lock that they wait for is taken before.
    fn append(&self, mut lines: MutexGuard<'_, Vec<u8>>, deadline: Option<Instant>) -> Option<()> {
        if lines.is_empty() {
            return Some(());
        }
        if self.is_lossy.load(Ordering::Relaxed) {
            self.put_off(std::mem::take(&mut *lines));
            return Some(());
        }
        let mut log = lock_until(&self.log, deadline)?;
        let room = if lines.len() < FULL { 0 } else { lines.capacity().min(2 * FULL) };
        let mut taken = std::mem::replace(&mut *lines, Vec::with_capacity(room));
        drop(lines);
        let (is_next, is_closed, lost) = {
            let state = lock(&self.state);
            (state.backlog.is_empty(), state.is_closed, state.backlog.lost())
        };
        let is_written = is_next && log.append(&mut taken, lost);
        if !is_written {
            self.put_off(taken);
        }
        if !is_next && is_closed {
            // The thread that would have seen to it has ended.
            self.write_backlog(log);
        } else {
            release(log);
        }
        Some(())
    }

    fn put_off(&self, lines: Vec<u8>) {
        lock(&self.state).backlog.push(lines);
        self.wake.notify_one();
    }
}

impl Buffer {
    pub(crate) fn writer(&self) -> &Arc<Writer> {
        &self.writer
    }

    /// Takes in whole lines.
    pub(crate) fn push(&self, line: &[u8]) {
        let mut lines = lock(&self.lines);
        lines.extend_from_slice(line);
        if lines.len() >= FULL {
            self.writer.append(lines, None);
        }
    }

    /// Writes the rest, at the end of the request.
    pub(crate) fn close(&self) {
        self.writer.append(lock(&self.lines), None);
        lock(&self.writer.state).buffers.remove(&self.number);
        self.writer.live.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Frees the log, and then prints its message. Not before, since a thread that holds standard error may be waiting for
/// the log.
fn release(mut log: MutexGuard<'_, Log>) {
    let news = log.take_news();
    drop(log);
    if let Some(news) = news {
        // Not with a macro that panics where standard error is closed.
        let _ = writeln!(io::stderr(), "{news}");
    }
}

/// Locks a mutex, even if a thread panicked with it: its data are whole between any two lines.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Locks a mutex, if that is possible before a deadline.
fn lock_until<T>(mutex: &Mutex<T>, deadline: Option<Instant>) -> Option<MutexGuard<'_, T>> {
    let Some(deadline) = deadline else { return Some(lock(mutex)) };
    loop {
        match mutex.try_lock() {
            Ok(guard) => return Some(guard),
            Err(TryLockError::Poisoned(poisoned)) => return Some(poisoned.into_inner()),
            Err(TryLockError::WouldBlock) if Instant::now() < deadline => thread::sleep(Duration::from_millis(1)),
            Err(TryLockError::WouldBlock) => return None,
        }
    }
}

/// All writers of this process.
static WRITERS: Mutex<Vec<Weak<Writer>>> = Mutex::new(Vec::new());

/// Makes a panic write all lines before it is reported, since it may abort the process.
fn write_on_panic(writer: &Arc<Writer>) {
    static HOOK: Once = Once::new();
    let mut writers = lock(&WRITERS);
    writers.retain(|writer| writer.strong_count() > 0);
    writers.push(Arc::downgrade(writer));
    drop(writers);
    if thread::panicking() {
        return;
    }
    HOOK.call_once(|| {
        let report = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            let deadline = Instant::now() + PANIC_PATIENCE;
            let writers: Vec<_> = lock_until(&WRITERS, Some(deadline)).map_or_else(Vec::new, |writers| writers.clone());
            for writer in writers.iter().filter_map(Weak::upgrade) {
                writer.flush_until(Some(deadline));
            }
            report(info);
        }));
    });
}
