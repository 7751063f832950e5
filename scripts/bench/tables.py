"""The Markdown table for the README, the targets, and the records."""

import json
from pathlib import Path

from bench.peers import PEERS, QUERY_ENGINES
from bench.runner import Case

FULL = 4 * 10**9  # the size of log that the targets speak of


class Results:
    """All cases by their keys, and the figures that were measured otherwise."""

    def __init__(self, log: Path, cases: list[Case], requests: list[Case], memory: dict, small: dict, summaries: dict):
        self.log = log
        self.requests = requests  # cases of the access log
        self.cases = {case.key: case for case in cases + requests}
        self.memory = memory
        self.small = small
        self.summaries = summaries

    def ratio(self, key: str, versus: str = "") -> float | None:
        """How fast a case is in relation to what it is compared with."""
        case = self.cases.get(key)
        other = self.cases.get(versus or (case.versus if case else ""))
        return case.speed / other.speed if sound(case) and sound(other) else None

    def cpu_ratio(self, key: str) -> float | None:
        """How many bytes go through in a second of processor time, in relation to what it is compared with."""
        case = self.cases[key]
        other = self.cases.get(case.versus)
        return case.cpu_speed / other.cpu_speed if sound(case) and sound(other) else None

    def cpu_speed(self, key: str) -> float | None:
        """GB a second of processor time."""
        case = self.cases.get(key)
        return case.cpu_speed / 1e9 if sound(case) else None

    def lead(self, key: str) -> float | None:
        """How many times as fast as this peer tracerank is, on the same log."""
        case = self.cases.get(key)
        if not sound(case):
            return None
        own = self.cases.get("report" if case.log == self.log else f"report {case.log.name}")
        return case.seconds / own.seconds if sound(own) else None


def sound(case: Case | None) -> bool:
    """Whether it was measured and its result is right."""
    return bool(case and case.runs and not case.wrong)


def main_table(results: Results) -> str:
    rows = ["| what | log | time | GB/s | in relation |", "|---|--:|--:|--:|---|"]
    rows += [case_row(results, case) for case in results.cases.values() if case not in results.requests]
    return "\n".join(rows)


def access_table(results: Results) -> str:
    rows = ["| access log | size | time | processor time | GB per CPU-second | |", "|---|--:|--:|--:|--:|---|"]
    rows += [access_row(results, case) for case in results.requests]
    return "\n".join(rows)


def access_row(results: Results, case: Case) -> str:
    size = format_bytes(case.log.stat().st_size)
    if not case.runs:
        return f"| {case.label} | {size} | | | | {case.problem} |"
    ratio = results.cpu_ratio(case.key)
    note = f"**another result: {case.wrong}**" if case.wrong else f"{1 / ratio:.0f} times the processor time of tracerank" if ratio else ""
    times = f"{format_seconds(case.seconds)} | {format_seconds(case.cpu_seconds)}"
    return f"| {case.label} | {size} | {times} | {case.cpu_speed / 1e9:.3f} | {note} |"


def case_row(results: Results, case: Case) -> str:
    size = format_bytes(case.log.stat().st_size)
    if not case.runs:
        return f"| {case.label} | {size} | | | {case.problem} |"
    speed = f"{case.speed / 1e9:.2f}"
    note = f"**another result: {case.wrong}**" if case.wrong else relation(results, case)
    return f"| {case.label} | {size} | {format_seconds(case.seconds)} | {speed} | {note} |"


def relation(results: Results, case: Case) -> str:
    if any(case.key == peer.key for peer in PEERS):
        lead = results.lead(case.key)
        return f"tracerank is {lead:.1f} times as fast" if lead else ""
    ratio = results.ratio(case.key)
    if not ratio:
        return ""
    label = results.cases[case.versus].label
    # Two digits of a hundredth tell nothing.
    return f"{ratio:.2f} of {label}" if ratio >= 0.1 else f"{label}, is {1 / ratio:.1f} times as fast"


def target_table(results: Results) -> str:
    rows = ["| what | must reach | reached | |", "|---|---|---|---|"]
    for what, goal, figure, good in targets(results):
        verdict = "not measured" if figure is None else "yes" if good else "**no**"
        rows.append(f"| {what} | {goal} | {figure or ''} | {verdict} |")
    return "\n".join(rows)


def targets(results: Results) -> list[tuple]:
    """What is asked for, the goal, the figure reached or None, and whether that is enough."""
    return speed_targets(results) + other_targets(results)


def target_record(what: str, goal: str, figure: str | None, good: bool) -> dict:
    return {"what": what, "goal": goal, "reached": figure, "met": None if figure is None else good}


def speed_targets(results: Results) -> list[tuple]:
    ratio, lead = results.ratio, results.lead
    leads = {key: lead(key) for key in QUERY_ENGINES if lead(key)}
    closest = min(leads, key=lambda key: leads[key], default="")
    label = results.cases[closest].label if closest else "none measured"
    return [
        at_least("`report` with histograms, of the floor", 0.70, ratio("report")),
        at_least("… of a log just written", 0.70, ratio("written")),
        at_least("against the Python script", 60, lead("python"), " times"),
        at_least(f"against the fastest query engine ({label})", 15, leads.get(closest), " times"),
        at_least("all threads against one thread", 1.7, ratio("report", "report-1"), " times"),
        at_least("cold page cache, of `dd bs=1M`", 0.95, ratio("cold")),
        at_least("standard input, of `cat LOG \\| cat`", 0.80, ratio("stdin")),
        at_least("zstd file, of `zstd -dc`", 0.80, ratio("zstd")),
        at_least("zstd through a pipe, of `zstd -dc`", 0.80, ratio("zstd-pipe")),
        at_least("gzip file, of `gzip -dc`", 0.80, ratio("gzip")),
        at_least("`summarize`, of `report`", 0.50, ratio("summarize")),
        at_least("`tree`, of `report`", 0.20, ratio("tree")),
        at_least("`tree`, all threads against one thread", 1.7, ratio("tree", "tree-1"), " times"),
        at_least("`show BASE_ID`, of `report`", 0.8, ratio("show")),
        at_least("`tree` against the plain Python script", 40, ratio("tree-slice", "tree-python"), " times"),
        at_least("`report` of an access log, one thread, for each CPU-second", 1, results.cpu_speed("access-1"), " GB"),
        at_least("`report` of an access log, all threads, for each CPU-second", 1, results.cpu_speed("access"), " GB"),
    ]


def at_least(what: str, goal: float, figure: float | None, unit: str = "") -> tuple:
    digits = 1 if goal > 10 else 2
    shown = None if figure is None else f"{figure:.{digits}f}{unit}"
    return what, f"at least {goal:g}{unit}", shown, figure is not None and figure >= goal


def other_targets(results: Results) -> list[tuple]:
    memory, small = results.memory, results.small
    rows = []
    for how, peak in memory.get("peaks", {}).items():
        rows.append(below(f"peak anonymous memory, {how}", 64e6, peak, format_bytes))
    for how, figures in memory.get("names", {}).items():
        goal = 100 + figures["mean_name"]
        rows.append(below(f"each further distinct name, {how}", goal, figures["per_name"], "{:.0f} bytes".format))
    if "tree" in memory:
        goal, of_span = 40, memory["tree"]["peak"] / memory["tree"]["spans"]
        rows.append(below("peak anonymous memory of `tree`, for each span", goal, of_span, "{:.1f} bytes".format))
    if small:
        run, bare = small["report"], small["version"]
        rows.append(below("a log of 13 lines, whole process", 0.005, run["seconds"], format_seconds))
        touched = max(1, run["touched_bytes"] - bare["touched_bytes"])
        rows.append(below("… memory touched beyond `--version`", 1e6, touched, format_bytes))
    return rows + summary_targets(results.summaries)


def summary_targets(summaries: dict) -> list[tuple]:
    if not summaries:
        return []
    medians, sizes = summaries["medians"], summaries["bytes"]
    return [
        below("`diff` of two summaries of 1,000 names", 0.05, medians["diff"], format_seconds),
        below("`report` of 1,000 summaries of 100 names", 2, medians["report"], format_seconds),
        below("`summarize` of 1,000 summaries of 100 names", 2, medians["summarize"], format_seconds),
        below("the summary of this log", 1e6, sizes["log"], format_bytes),
        below("the summary of 100 names with 4,000 spans each", 1e6, sizes["a hundred names"], format_bytes),
    ]


def below(what: str, goal: float, figure: float, form) -> tuple:
    return what, f"below {form(goal)}", form(figure), figure < goal


def heading(record: dict) -> str:
    machine, log = record["machine"], record["log"]
    size = f"{format_bytes(log['bytes'])}, {log['lines'] / 1e6:.1f} million lines"
    tools = ", ".join(f"{tool}: {version}" for tool, version in record["versions"].items() if version)
    memory = f"{machine['memory_gib']} GiB of memory, {machine['kernel']}"
    return (
        f"Measured on {record['date']} on {machine['cpu']} ({machine['cores']} cores), {memory}; tracerank "
        f"{record['commit']}; a generated log of {size} (seed {log['seed']}); medians of {record['runs']} runs in "
        f"turn, page cache warm, as reading the log leaves it, unless it says cold or just written. The query is count, total and maximum of each trace name, for "
        f"tracerank also the 95th percentile. Versions: {tools}."
    )


def markdown(record: dict, results: Results) -> str:
    others = len(results.cases) > len(results.requests)
    smaller = others and results.log.stat().st_size < FULL * 0.99
    note = f" (they are meant for {format_bytes(FULL)}; this log is smaller)" if smaller else ""
    parts = [heading(record), *([main_table(results)] if others else [])]
    if results.requests:
        parts += [ACCESS_NOTE, access_table(results)]
    return "\n\n".join([*parts, f"The targets{note}:", target_table(results)]) + "\n"


ACCESS_NOTE = (
    "A generated access log, `combined` with `$request_time`; the processor time is user and system time of all "
    "threads, the least of all runs. On the slice, the plain Python script makes the same table."
)


def case_record(case: Case, show) -> dict:
    return {
        "key": case.key,
        "label": case.label,
        "command": show(case.command),
        "log_bytes": case.log.stat().st_size,
        "seconds": [round(run.seconds, 6) for run in case.runs],
        "cpu_seconds": [round(run.cpu_seconds, 6) for run in case.runs],
        "median": round(case.seconds, 6) if case.runs else None,
        "checked": case.check or "not",
        "problem": show(case.problem),
        "wrong": case.wrong,
    }


def write_records(directory: Path, record: dict, text: str) -> None:
    directory.mkdir(parents=True, exist_ok=True)
    path = directory / f"{record['date']}-compare.json"
    path.write_text(json.dumps(record, indent=1) + "\n")
    path.with_suffix(".md").write_text(text)


def format_seconds(seconds: float) -> str:
    return f"{seconds:.2f} s" if seconds >= 1 else f"{seconds * 1e3:.{1 if seconds < 0.1 else 0}f} ms"


def format_bytes(count: float) -> str:
    for unit, factor in (("GB", 1e9), ("MB", 1e6), ("KB", 1e3)):
        if count >= factor * 0.9995:
            return f"{count / factor:.3g} {unit}"
    return f"{count:.0f} bytes"
