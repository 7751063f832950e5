"""What is done with saved summaries: compared, and added up by the thousand."""

import shutil
import statistics
from pathlib import Path

from bench import logs
from bench.cases import Bench, summary_of
from bench.runner import must, run

NAMES = 1000
FILES = 1000
NAMES_OF_A_FILE = 100
SPANS_OF_A_NAME = (1000, 4000)  # of the summaries that are compared, and of those that are added up


def measure(bench: Bench, runs: int) -> dict:
    """Seconds of each, and how many bytes a summary has."""
    sides = [summarized(bench, NAMES, SPANS_OF_A_NAME[0], seed) for seed in (1, 2)]
    part = summarized(bench, NAMES_OF_A_FILE, SPANS_OF_A_NAME[1], 1)
    directory = bench.places.logs / "summaries"
    copies(part, directory)
    binary = bench.places.binary
    commands = {
        "diff": f"{binary} diff --top 10 {bench.name(sides[0])} {bench.name(sides[1])}",
        "report": f"{binary} report --duplicates allow {bench.name(directory)}",
        "summarize": f"{binary} summarize --duplicates allow {bench.name(directory)} -o {bench.name(directory)}.trk",
    }
    times: dict[str, list[float]] = {key: [] for key in commands}
    for number in range(runs + 1):
        for key, command in commands.items():
            seconds = run(command).seconds
            times[key] += [seconds] if number else []
    must(f"{binary} summarize {bench.name(bench.log)} -o {bench.name(summary_of(bench))}")
    return {
        "commands": commands,
        "seconds": times,
        "medians": {key: statistics.median(found) for key, found in times.items()},
        "bytes": {"log": summary_of(bench).stat().st_size, "a hundred names": part.stat().st_size},
    }


def summarized(bench: Bench, names: int, spans: int, seed: int) -> Path:
    log = logs.groups(bench.places, names, names * spans, seed)
    summary = log.with_suffix(".trk")
    must(f"{bench.places.binary} summarize {bench.name(log)} -o {bench.name(summary)}")
    return summary


def copies(summary: Path, directory: Path) -> None:
    shutil.rmtree(directory, ignore_errors=True)
    directory.mkdir()
    for number in range(FILES):
        shutil.copyfile(summary, directory / f"{number}.trk")
