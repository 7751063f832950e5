"""Peak anonymous memory, and what a very small log costs."""

import os
import shlex
import statistics
import subprocess
import tempfile
import time

from bench.runner import ENVIRONMENT, ROOT, Failed, last_line, start

POLL = 0.0005


def peak_anonymous(command: str, producer: str = "") -> int:
    """The largest RssAnon of a process, in bytes; `producer` writes to its standard input.

    The kernel keeps a high-water mark of all resident memory only (VmHWM), and that counts the pages of a mapped log
    too. So RssAnon is read every half millisecond; a shorter spike escapes, but what an allocator touched stays.
    """
    with tempfile.TemporaryFile() as errors:
        source = start(producer, subprocess.PIPE, errors) if producer else None
        process = start(command, errors, errors, source.stdout if source else subprocess.DEVNULL)
        if source:
            source.stdout.close()
        peak = watch(process)
        if source:
            source.wait()
        if process.returncode != 0:
            raise Failed(f"status {process.returncode}: {last_line(errors)}")
    return peak


def watch(process: subprocess.Popen) -> int:
    peak = 0
    with open(f"/proc/{process.pid}/status", "rb", buffering=0) as status:
        while process.poll() is None:
            peak = max(peak, anonymous(status))
            time.sleep(POLL)
    return peak


def anonymous(status) -> int:
    status.seek(0)
    try:
        text = status.read(4096)
    except ProcessLookupError:
        return 0
    _, found, rest = text.partition(b"RssAnon:")
    return int(rest.split()[0]) * 1024 if found else 0


def small_run(words: list[str], output: int) -> tuple[float, int]:
    """Seconds from start to end of a process, and the pages that it touched for the first time."""
    begin = time.perf_counter()
    actions = [(os.POSIX_SPAWN_DUP2, output, 1)]
    pid = os.posix_spawnp(words[0], words, ENVIRONMENT, file_actions=actions)
    _, status, usage = os.wait4(pid, 0)
    seconds = time.perf_counter() - begin
    if status != 0:
        raise Failed(f"{shlex.join(words)}: status {os.waitstatus_to_exitcode(status)}")
    return seconds, usage.ru_minflt


def small_log(commands: dict[str, str], runs: int) -> dict[str, dict]:
    """Medians of many short runs, the commands in turn. Spawned without a shell, which would cost more than the run."""
    os.chdir(ROOT)
    seconds: dict[str, list[float]] = {key: [] for key in commands}
    pages: dict[str, list[int]] = {key: [] for key in commands}
    with tempfile.TemporaryFile() as output:
        for _ in range(runs):
            for key, command in commands.items():
                taken, touched = small_run(shlex.split(command), output.fileno())
                seconds[key].append(taken)
                pages[key].append(touched)
    page = os.sysconf("SC_PAGE_SIZE")
    return {
        key: {
            "command": commands[key],
            "seconds": statistics.median(seconds[key]),
            "times": seconds[key],
            "touched_bytes": round(statistics.median(pages[key])) * page,
        }
        for key in commands
    }
