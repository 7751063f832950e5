//! The process: the standard output that it was started with, its memory, and the signals that end it.
//!
//! Rust opens `/dev/null` in the place of a standard output that is closed, before anything here runs, and takes an
//! output that can only be read for one that takes all. Neither is where an answer may go.

#![allow(unsafe_code)]

use std::ffi::{CString, c_char, c_int};
use std::io;
use std::mem;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::ptr;
use std::sync::Once;
use std::sync::atomic::{AtomicBool, AtomicPtr, Ordering};

/// Standard output was closed, or open for reading only, when the process began.
static NO_STDOUT: AtomicBool = AtomicBool::new(false);

/// The system runs this before Rust's own beginning.
#[cfg(target_os = "linux")]
#[used]
#[unsafe(link_section = ".init_array")]
static BEFORE_ALL: extern "C" fn() = look_at_stdout;

#[cfg(target_os = "linux")]
extern "C" fn look_at_stdout() {
    // SAFETY: a plain call without pointers.
    let flags = unsafe { libc::fcntl(libc::STDOUT_FILENO, libc::F_GETFL) };
    NO_STDOUT.store(flags == -1 || flags & libc::O_ACCMODE == libc::O_RDONLY, Ordering::Relaxed);
}

/// Returns an error if nothing can be written to standard output.
pub(super) fn check_stdout() -> io::Result<()> {
    if NO_STDOUT.load(Ordering::Relaxed) { Err(io::Error::from_raw_os_error(libc::EBADF)) } else { Ok(()) }
}

/// Makes a file that grows too large (`ulimit -f`) an error of writing, which would otherwise be the end.
pub(super) fn ignore_file_size_signal() {
    // SAFETY: a plain call; no handler of ours runs.
    unsafe { libc::signal(libc::SIGXFSZ, libc::SIG_IGN) };
}

/// Lets the allocator keep little of the memory that is freed. By itself, glibc keeps ever more of it: of a limit of
/// 64 MB, a list of unfinished spans with 16 threads took 57 to 70 MB, and takes 46 to 52 so. Instructions and time stay
/// the same. (A single heap for all threads adds nothing to it, and 3 % of the instructions of a line of a tree.)
pub(super) fn keep_little_freed_memory() {
    // SAFETY: a plain call with known parameters. Only a setting of the allocator changes, which takes a lock for it.
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    unsafe {
        libc::mallopt(libc::M_TRIM_THRESHOLD, 1 << 20);
    }
}

/// Signals that end a process, and that others send.
const ENDING: [c_int; 5] = [libc::SIGHUP, libc::SIGINT, libc::SIGQUIT, libc::SIGTERM, libc::SIGXCPU];

/// The paths of files that a signal removes; null where there is none.
static UNFINISHED: [AtomicPtr<c_char>; 64] = [const { AtomicPtr::new(ptr::null_mut()) }; 64];

/// A file that is removed if a signal ends the process while this value lives.
#[derive(Debug)]
pub(super) struct Unfinished(Option<usize>);

impl Unfinished {
    /// Announces a file, before there is one.
    pub(super) fn announce(path: &Path) -> io::Result<Self> {
        static HANDLED: Once = Once::new();
        HANDLED.call_once(|| ENDING.into_iter().for_each(handle));
        // It is never freed: a handler may be reading it. An output takes a few of them.
        let path = CString::new(path.as_os_str().as_bytes())?.into_raw();
        let is_free = |slot: &AtomicPtr<c_char>| {
            slot.compare_exchange(ptr::null_mut(), path, Ordering::AcqRel, Ordering::Relaxed).is_ok()
        };
        Ok(Self(UNFINISHED.iter().position(is_free)))
    }
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        if let Some(slot) = self.0 {
            UNFINISHED[slot].store(ptr::null_mut(), Ordering::Release);
        }
    }
}

/// Installs the handler of a signal, unless it is ignored, as `nohup` has it, or others have a handler.
fn handle(signal: c_int) {
    // SAFETY: plain calls with valid pointers to zeroed or written structures of their own. The handler has the
    // signature of one without SA_SIGINFO.
    unsafe {
        let mut before: libc::sigaction = mem::zeroed();
        if libc::sigaction(signal, ptr::null(), &raw mut before) != 0 || before.sa_sigaction != libc::SIG_DFL {
            return;
        }
        let mut ours: libc::sigaction = mem::zeroed();
        let handler: extern "C" fn(c_int) = on_signal;
        ours.sa_sigaction = handler as usize;
        ours.sa_flags = libc::SA_RESETHAND | libc::SA_ONSTACK;
        libc::sigaction(signal, &raw const ours, ptr::null_mut());
    }
}

/// Removes what is unfinished, and ends the process as the signal does. Only atomics and system calls: this runs inside
/// of a signal.
extern "C" fn on_signal(signal: c_int) {
    for slot in &UNFINISHED {
        let path = slot.load(Ordering::Acquire);
        if !path.is_null() {
            // SAFETY: the path is a string that is never freed.
            unsafe { libc::unlink(path) };
        }
    }
    // SAFETY: a plain call. SA_RESETHAND has put the default in place, which comes when this handler returns.
    unsafe { libc::raise(signal) };
}
