"""Whether the tools found the same."""

import csv
import io
import json

Stats = dict[str, tuple[int, float, float]]  # name: count, total and maximum in seconds


def problem_of(check: str, output: bytes, reference: bytes, lines: int) -> str:
    """What is wrong with an output, or nothing. `reference` is tracerank's CSV of the same log."""
    try:
        if check == "lines":
            found = int(output.split()[0])
            return "" if found == lines else f"counts {found} lines, not {lines}"
        if check == "requests":
            found = json.loads(output)["general"]["valid_requests"]
            return "" if found == lines else f"counts {found} requests, not {lines}"
        if check == "same":
            return "" if output == reference else "differs from the report of the plain file"
        return difference(stats_of(reference), stats_of(output), precision_of(output))
    except (ValueError, KeyError, IndexError) as error:
        return f"unreadable output: {error!r}"


def stats_of(output: bytes) -> Stats:
    """Reads the table of any of the tools."""
    text = output.decode()
    if text.startswith("["):
        rows = [[row["n"], row["c"], row["t"], row["m"]] for row in json.loads(text)]
    elif text.startswith("Total time |"):
        rows = [report_row(line) for line in text.splitlines()[2:]]
    elif text.startswith("name,count,total_ns,"):
        rows = [[n, c, int(t) / 1e9, int(m) / 1e9] for n, c, t, m, *_ in list(csv.reader(io.StringIO(text)))[1:]]
    else:
        rows = [row for line in text.splitlines() if (row := line.split("\t"))[1].isdigit()]
    stats: Stats = {}
    for name, count, total, longest in rows:
        stats[str(name).removesuffix("-stop")] = (int(count), float(total), float(longest))
    return stats


def report_row(line: str) -> list[str]:
    total, longest, _, count, name = line.split(maxsplit=4)
    return [name, count, total, longest]


def precision_of(output: bytes) -> float:
    """How far a time may be off by rounding: the report has three decimals, awk prints six."""
    return 0.000501 if output.startswith(b"Total time |") else 0.000001


def difference(expected: Stats, found: Stats, precision: float) -> str:
    """Counts have to be equal; totals may differ as sums of floats do."""
    if expected.keys() != found.keys():
        names = sorted(expected.keys() ^ found.keys())
        return f"{len(names)} trace names are not in both results, such as {names[0]!r}"
    for name, (count, total, longest) in expected.items():
        other_count, other_total, other_longest = found[name]
        if count != other_count:
            return f"{name}: count {other_count}, not {count}"
        if abs(total - other_total) > precision + 1e-9 * abs(total):
            return f"{name}: total {other_total}, not {total}"
        if abs(longest - other_longest) > precision:
            return f"{name}: max {other_longest}, not {longest}"
    return ""
