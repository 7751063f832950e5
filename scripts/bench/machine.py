"""What the measurements ran on."""

import os
import platform
import re
from pathlib import Path

from bench.places import first_line

TOOLS = {
    "rustc": "rustc --version",
    "python": "python3 --version",
    "gzip": "gzip --version",
    "zstd": "zstd --version",
    "dd": "dd --version",
}


def describe() -> dict:
    return {
        "cpu": re.sub(r"\s+", " ", field("/proc/cpuinfo", "model name") or platform.processor() or "unknown"),
        "cores": len(os.sched_getaffinity(0)),
        "memory_gib": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30, 1),
        "kernel": f"{platform.system()} {re.match(r'[0-9.]*', platform.release())[0]}",
        "tools": {tool: first_line(command) for tool, command in TOOLS.items()},
    }


def field(path: str, name: str) -> str | None:
    match = re.search(rf"^{name}\s*:\s*(.*)$", Path(path).read_text(), re.MULTILINE)
    return match and match[1]
