"""Taking a file out of the page cache."""

import ctypes
import mmap
import os
from pathlib import Path

DROP = Path("/proc/sys/vm/drop_caches")


def evict(path: Path) -> bool:
    """Whether the file is out of the page cache now."""
    os.sync()  # pages that still have to be written stay
    try:
        DROP.write_text("1\n")
    except OSError:
        with path.open("rb") as file:
            os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
    return resident(path) < 0.05


def read_back(path: Path) -> None:
    """Brings a file into the page cache as any reader does: read ahead, in large pages where the kernel has them."""
    evict(path)
    with path.open("rb", buffering=0) as file:
        while file.read(1 << 20):
            pass


def resident(path: Path) -> float:
    """The share of the file that the page cache holds."""
    libc = ctypes.CDLL(None, use_errno=True)
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, mmap.MAP_PRIVATE) as view:
        pages = -(-len(view) // mmap.PAGESIZE)
        states = (ctypes.c_ubyte * pages)()
        first = ctypes.c_char.from_buffer(view)
        try:
            length = ctypes.c_size_t(len(view))
            if libc.mincore(ctypes.c_void_p(ctypes.addressof(first)), length, states) != 0:
                raise OSError(ctypes.get_errno(), "mincore")
        finally:
            del first
        return sum(state & 1 for state in bytes(states)) / pages
