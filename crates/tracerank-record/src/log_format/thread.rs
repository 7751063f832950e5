//! The thread that logs, as others see it.

use std::cell::Cell;
use std::fs;
use std::thread;

use tracerank_display::Terminal;

/// The number of this thread in the system, as `ps -L` shows it; Python's is of no use outside of its process.
pub(super) fn id() -> u64 {
    thread_local! {
        static ID: Cell<Option<u64>> = const { Cell::new(None) };
    }
    ID.get().unwrap_or_else(|| {
        let id = read_id().unwrap_or_default();
        ID.set(Some(id));
        id
    })
}

/// Linux has a link to `<process>/task/<thread>`.
fn read_id() -> Option<u64> {
    fs::read_link("/proc/thread-self").ok()?.file_name()?.to_str()?.parse().ok()
}

/// The name of this thread, which must not break the line.
pub(super) fn name() -> String {
    match thread::current().name() {
        Some(name) => Terminal(name.as_bytes()).to_string(),
        None => format!("Thread-{}", id()),
    }
}
