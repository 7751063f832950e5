#!/usr/bin/env python3
"""Ranks the traced code of a profiler log, as Mistral's rank_profiled_methods.py does, in plain Python.

    rank_python.py LOG

The benchmarks compare with it. It reads the log line by line, takes the stop lines, and keeps total, maximum and
count of each trace name.
"""

import sys


def read_stats(lines):
    """Total, maximum and count of each trace name."""
    stats = {}
    for line in lines:
        fields = line.split(" ", 6)
        if not fields[1]:  # a start line: blanks stand where the duration would
            continue
        duration = float(fields[1])
        name = fields[5].rstrip().removesuffix("-stop")
        entry = stats.get(name)
        if entry is None:
            stats[name] = [duration, duration, 1]
            continue
        entry[0] += duration
        entry[1] = max(entry[1], duration)
        entry[2] += 1
    return stats


def print_report(stats):
    print("Total time | Max time | Avg time | Occurrences | Trace name")
    print("-" * 91)
    for name, (total, longest, count) in sorted(stats.items(), key=lambda item: -item[1][0]):
        print(f"{total:<12.3f} {longest:<10.3f} {total / count:<10.3f} {count:<13} {name}")


def main():
    if len(sys.argv) != 2:
        sys.exit("usage: rank_python.py LOG")
    with open(sys.argv[1], encoding="utf-8") as log:
        print_report(read_stats(log))


if __name__ == "__main__":
    main()
