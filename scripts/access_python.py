#!/usr/bin/env python3
"""Ranks the requests of an access log by method and route, in plain Python.

    access_python.py LOG

The log is nginx's `combined` with `$request_time` at the end. The benchmarks compare with it. Prints
`name TAB count TAB total TAB max`, in seconds.
"""

import re
import sys

# A request without a route is one without method and path.
LINE = re.compile(
    r'\S+ \S+ .*? \[[^]]+\] "(?:(\S+) ([^"]+?) HTTP/[^"]*|[^"]*)" (?:\d+|-) (?:\d+|-) "[^"]*" "[^"]*" (\d+\.\d+)\s*'
)
ID = re.compile(r"[0-9a-fA-F-]{8,}")
HAS_DIGIT = re.compile(r"[0-9]")
PIECES = re.compile(r"([/.])")
END_OF_PATH = re.compile(r"[?#]")


def read_stats(lines):
    """Count, total and maximum in milliseconds of each name."""
    stats = {}
    for line in lines:
        if not (match := LINE.fullmatch(line)):
            continue
        method, path, seconds = match.groups()
        name = f"{method} {route(path)}" if method else "<BADREQ>"
        duration = round(float(seconds) * 1000)
        entry = stats.setdefault(name, [0, 0, 0])
        entry[0] += 1
        entry[1] += duration
        entry[2] = max(entry[2], duration)
    return stats


def route(path):
    """The path without its query, and without what tells one order from the next."""
    pieces = PIECES.split(END_OF_PATH.split(path, maxsplit=1)[0])
    return "".join(map(gap, pieces))


def gap(piece):
    if piece.isdigit():
        return "{n}"
    return "{id}" if ID.fullmatch(piece) and HAS_DIGIT.search(piece) else piece


def main():
    if len(sys.argv) != 2:
        sys.exit("usage: access_python.py LOG")
    with open(sys.argv[1], encoding="latin-1") as log:
        stats = read_stats(log)
    for name, (count, total, longest) in stats.items():
        print(name, count, f"{total / 1000:.3f}", f"{longest / 1000:.3f}", sep="\t")


if __name__ == "__main__":
    main()
