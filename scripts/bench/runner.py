"""Running commands in turn and taking their times."""

import contextlib
import os
import resource
import shlex
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
# LC_ALL=C: awk and sort would otherwise decode every character.
ENVIRONMENT = {**os.environ, "LC_ALL": "C", "PYTHONDONTWRITEBYTECODE": "1"}
SHELL_SIGNS = set("|<>&;$(){}*?")


class Failed(Exception):
    """A command that did not do its work, and why."""


@dataclass
class Run:
    seconds: float
    cpu_seconds: float
    output: bytes


@dataclass
class Case:
    """One command that is measured."""

    key: str
    label: str
    command: str  # from the project's root, for a shell
    log: Path  # the log whose bytes it works through
    versus: str = ""  # the key of the case that its speed is compared with
    check: str = ""  # how its output is checked: lines, requests, table or same
    limit: float = 300.0  # seconds
    runs: list[Run] = field(default_factory=list)
    problem: str = ""  # why it was not measured
    wrong: str = ""  # what is wrong with its result

    @property
    def seconds(self) -> float:
        return statistics.median(run.seconds for run in self.runs)

    @property
    def times(self) -> list[float]:
        return [run.seconds for run in self.runs]

    @property
    def speed(self) -> float:
        """Bytes of the log a second."""
        return self.log.stat().st_size / self.seconds

    @property
    def cpu_seconds(self) -> float:
        """Processor time, user and system, of the run that took the least."""
        return min(run.cpu_seconds for run in self.runs)

    @property
    def cpu_speed(self) -> float:
        """Bytes of the log a second of processor time."""
        return self.log.stat().st_size / self.cpu_seconds


def run(command: str, limit: float = 300.0) -> Run:
    """Runs a command once. Its output goes to a file: some tools stop early when they write to /dev/null."""
    with tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as errors:
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        begin = time.perf_counter()
        process = start(command, output, errors)
        # Popen.wait(timeout) polls with pauses of up to 50 ms; a timer that kills does not.
        timer = threading.Timer(limit, kill, [process])
        timer.start()
        status = process.wait()
        seconds = time.perf_counter() - begin
        timer.cancel()
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        if seconds >= limit:
            raise Failed(f"no answer within {limit:g} s")
        if status != 0:
            raise Failed(f"status {status}: {last_line(errors)}")
        output.seek(0)
        cpu = after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime
        return Run(seconds, cpu, output.read())


def kill(process: subprocess.Popen) -> None:
    """Kills a command with all that it started."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)


def start(command: str, output, errors, source=subprocess.DEVNULL) -> subprocess.Popen:
    words = ["sh", "-c", command] if SHELL_SIGNS & set(command) else shlex.split(command)
    try:
        return subprocess.Popen(
            words,
            cwd=ROOT,
            env=ENVIRONMENT,
            stdin=source,
            stdout=output,
            stderr=errors,
            start_new_session=True,
        )
    except OSError as error:
        raise Failed(f"{words[0]}: {error.strerror}") from error


def last_line(errors) -> str:
    errors.seek(0)
    lines = errors.read().decode(errors="replace").strip().splitlines()
    return lines[-1][:200] if lines else "no message"


def measure(cases: list[Case], rounds: int, verify, prepare=lambda case: None) -> None:
    """Runs all cases once a round, so that whatever slows the machine for a while hits all alike.

    `verify(case, output)` says what is wrong with a result. The round before the first only warms up.
    """
    for number in range(rounds + 1):
        say(f"round {number} of {rounds}" if number else "warming up")
        for case in cases:
            if case.problem:
                continue
            try:
                prepare(case)
                done = run(case.command, case.limit)
            except Failed as error:
                case.problem = str(error)
                case.runs.clear()
                continue
            case.wrong = case.wrong or verify(case, done.output)
            if number:
                case.runs.append(done)


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def must(command: str, limit: float = 3600.0) -> bytes:
    """Runs a command that has to succeed."""
    try:
        return run(command, limit).output
    except Failed as error:
        raise SystemExit(f"{command}: {error}") from error
