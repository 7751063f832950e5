//! Files in memory without a copy: the only mapping code, prepared for all that can happen to a mapping.
//!
//! Truncating a mapped file (logrotate's `copytruncate`) raises SIGBUS in every program that reads the lost pages, and
//! kills a careless one. Here a handler puts zeros in their place and notes their offset. The scan sees the note after
//! each chunk and ends with an error. A SIGBUS that has nothing to do with our mappings goes to the handler that was
//! there before.

#![allow(unsafe_code)]

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::ptr;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};

use memmap2::{Advice, Mmap, MmapOptions};

/// Bytes at either end that are compared when all is read: a log that was truncated and has grown again begins with
/// another timestamp, or, if only a part of it was taken, ends with other bytes.
const END: usize = 64;

/// A file, mapped up to the length that it had when it was opened.
#[derive(Debug)]
pub(crate) struct Mapped {
    map: Mmap,
    watch: Watch,
    file: File,
    ends: [Vec<u8>; 2],
}

impl Mapped {
    /// Maps the first `len` bytes. Fails where that can't be done, which is no reason not to read the file in another
    /// way.
    pub(crate) fn new(file: File, len: usize) -> io::Result<Self> {
        let ends = ends(&file, len)?;
        // SAFETY: the mapping is read-only, and it is only read as bytes for which every value is valid: that others
        // can change them while we read makes a wrong report, which `lost_at` turns into an error, and nothing worse.
        // No slice of it is kept after a decision that would be unsound were the bytes to change: bounds are taken from
        // the slice's length, never from its content. That pages can vanish is what `Watch` is for, which is in place
        // before the first byte is read.
        let map = unsafe { MmapOptions::new().len(len).map(&file)? };
        advise(&map);
        let watch = Watch::new(&map).ok_or_else(|| io::Error::other("too many mappings, or no SIGBUS handler"))?;
        Ok(Self { map, watch, file, ends })
    }

    /// Gives the mapped bytes. Zeros stand where the file has lost its content; [`lost_at`](Self::lost_at) tells.
    pub(crate) fn bytes(&self) -> &[u8] {
        &self.map
    }

    /// Gives the offset where the file was cut off while it was mapped, if it was: nothing that was read after this
    /// offset is to be trusted. It is `Some(0)` if one of its ends was written anew, since the offset from which it was
    /// is unknown.
    pub(crate) fn lost_at(&self) -> Option<u64> {
        let seen = self.watch.lost_at();
        let len = self.file.metadata().map_or(0, |metadata| metadata.len());
        if seen.is_some() || len < self.map.len() as u64 {
            return Some(seen.map_or(len, |at| len.min(at as u64)));
        }
        let same = ends(&self.file, self.map.len()).is_ok_and(|ends| ends == self.ends);
        (!same).then_some(0)
    }

    /// Says whether pages were already found missing: cheaper than [`lost_at`](Self::lost_at), for every chunk.
    pub(crate) fn is_known_lost(&self) -> bool {
        self.watch.lost_at().is_some()
    }
}

/// Reads the first and the last bytes of a file of this length.
fn ends(file: &File, len: usize) -> io::Result<[Vec<u8>; 2]> {
    let of_end = END.min(len);
    let [mut first, mut last] = [vec![0; of_end], vec![0; of_end]];
    file.read_exact_at(&mut first, 0)?;
    file.read_exact_at(&mut last, (len - of_end) as u64)?;
    Ok([first, last])
}

/// Asks the kernel to read ahead in large pages (since Linux 5.18, on file systems that have them). Both are hints.
///
/// `WillNeed` in chunks reads about as fast, but in pages of 4 KiB: on 4 GB those made the next, warm run take 0.48 s
/// where it takes 0.23 after this or after `cat`, and asking for what is there already cost 8 % of a warm run.
fn advise(map: &Mmap) {
    let _ = map.advise(Advice::HugePage);
    let _ = map.advise(Advice::Sequential);
}

/// The most mappings that there can be at a time. One more is not made, and its file is streamed.
const SLOTS: usize = 256;
const UNHARMED: usize = usize::MAX;

/// One mapping that the handler knows of.
#[derive(Debug)]
struct WatchSlot {
    /// Its first address; zero where there is none.
    start: AtomicUsize,
    /// Its last address and one.
    end: AtomicUsize,
    /// The offset of the first page that was found missing.
    lost_at: AtomicUsize,
}

static WATCHED: [WatchSlot; SLOTS] =
    [const { WatchSlot { start: AtomicUsize::new(0), end: AtomicUsize::new(0), lost_at: AtomicUsize::new(UNHARMED) } };
        SLOTS];

/// The size of a page, and the handler of SIGBUS before ours; set before ours is.
static BEFORE: OnceLock<(usize, libc::sigaction)> = OnceLock::new();

/// A mapping's slot among [`WATCHED`], for as long as it lives.
#[derive(Debug)]
struct Watch(usize);

impl Watch {
    fn new(map: &Mmap) -> Option<Self> {
        static INSTALLED: OnceLock<bool> = OnceLock::new();
        if !*INSTALLED.get_or_init(install) {
            return None;
        }
        let start = map.as_ptr().addr();
        let at = WATCHED.iter().position(|slot| {
            // Taken with an address that no fault can have, until the rest is written.
            slot.start.compare_exchange(0, UNHARMED, Ordering::AcqRel, Ordering::Relaxed).is_ok()
        })?;
        WATCHED[at].lost_at.store(UNHARMED, Ordering::Release);
        WATCHED[at].end.store(start + map.len(), Ordering::Release);
        WATCHED[at].start.store(start, Ordering::Release);
        Some(Self(at))
    }

    fn lost_at(&self) -> Option<usize> {
        let at = WATCHED[self.0].lost_at.load(Ordering::Acquire);
        (at != UNHARMED).then_some(at)
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        WATCHED[self.0].start.store(0, Ordering::Release);
    }
}

/// Installs the handler, once for the process.
fn install() -> bool {
    // SAFETY: plain calls with valid pointers to zeroed or written structures of their own. The handler has the
    // signature that SA_SIGINFO asks for, and BEFORE is set before it can run: until then SIGBUS goes where it went.
    unsafe {
        let page = libc::sysconf(libc::_SC_PAGESIZE);
        let mut before: libc::sigaction = std::mem::zeroed();
        if page <= 0 || libc::sigaction(libc::SIGBUS, ptr::null(), &raw mut before) != 0 {
            return false;
        }
        let _ = BEFORE.set((page as usize, before));
        let mut ours: libc::sigaction = std::mem::zeroed();
        let handler: extern "C" fn(libc::c_int, *mut libc::siginfo_t, *mut libc::c_void) = on_sigbus;
        ours.sa_sigaction = handler as usize;
        ours.sa_flags = libc::SA_SIGINFO | libc::SA_ONSTACK;
        libc::sigaction(libc::SIGBUS, &raw const ours, ptr::null_mut()) == 0
    }
}

/// Puts zeros in the place of all pages from the missing one on. Only atomics and system calls: this runs inside of a
/// signal.
extern "C" fn on_sigbus(_: libc::c_int, info: *mut libc::siginfo_t, _: *mut libc::c_void) {
    let Some((page, before)) = BEFORE.get() else {
        return;
    };
    // SAFETY: the kernel hands a handler with SA_SIGINFO a valid `info`, whose address is set for SIGBUS.
    let address = unsafe { (*info).si_addr() }.addr();
    let hit = WATCHED
        .iter()
        .find(|slot| (slot.start.load(Ordering::Acquire)..slot.end.load(Ordering::Acquire)).contains(&address));
    let zeroed = hit.is_some_and(|slot| {
        let (start, end) = (slot.start.load(Ordering::Acquire), slot.end.load(Ordering::Acquire));
        let missing = address - address % page;
        slot.lost_at.fetch_min(missing - start, Ordering::AcqRel);
        put_zeros(missing, end - missing)
    });
    if !zeroed {
        // SAFETY: `before` is what sigaction gave us; with it in place again, the instruction that faulted faults again
        // and is handled as it would have been without us.
        unsafe { libc::sigaction(libc::SIGBUS, &raw const *before, ptr::null_mut()) };
    }
}

/// Maps zeros over some of our own pages.
fn put_zeros(address: usize, len: usize) -> bool {
    // SAFETY: errno is this thread's own. The address range lies inside of a mapping that this module made and that is
    // still in WATCHED, so it replaces pages of ours and of nobody else; they stay readable, and are unmapped with the
    // rest of the mapping.
    unsafe {
        let errno = *libc::__errno_location();
        let mapped = libc::mmap(
            ptr::with_exposed_provenance_mut(address),
            len,
            libc::PROT_READ,
            libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_FIXED,
            -1,
            0,
        );
        *libc::__errno_location() = errno;
        mapped != libc::MAP_FAILED
    }
}

#[cfg(test)]
#[cfg(feature = "cli")] // for a temporary file
mod tests {
    use std::io::Write;

    use super::*;

    /// Does harm to a file of this content while it is mapped, and gives the offset where it is found cut off.
    fn lost_at(content: &[u8], harm: impl Fn(&mut File)) -> Option<u64> {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(content).unwrap();
        let mapped = Mapped::new(file.try_clone().unwrap(), content.len()).unwrap();
        harm(&mut file);
        mapped.lost_at()
    }

    #[test]
    fn what_becomes_of_a_file_shows_at_its_ends() {
        for len in [1, 63, 64, 65, 127, 128, 100_000] {
            let content: Vec<u8> = (0..len).map(|at| b'a' + (at % 23) as u8).collect();
            let half = len as u64 / 2;
            let regrow = |file: &File, kept: u64| {
                file.set_len(kept).unwrap();
                file.set_len(len as u64).unwrap();
            };
            assert_eq!(lost_at(&content, |_| {}), None, "{len}");
            assert_eq!(lost_at(&content, |file| file.write_all(b"more").unwrap()), None, "{len}, grown");
            assert_eq!(lost_at(&content, |file| file.set_len(half).unwrap()), Some(half), "{len}, cut");
            assert_eq!(lost_at(&content, |file| regrow(file, 0)), Some(0), "{len}, written anew");
            assert_eq!(lost_at(&content, |file| regrow(file, half)), Some(0), "{len}, its end written anew");
        }
    }
}
