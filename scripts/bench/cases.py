"""Which commands are measured, on which log."""

import shutil
from functools import cached_property
from pathlib import Path

from bench import logs
from bench.peers import PEERS, Peer
from bench.places import Places
from bench.results import problem_of
from bench.runner import ROOT, Case, Failed, run

PATIENCE = 20.0  # seconds; what would take longer on the whole log gets a slice of it
ACCESS_SIZE = 10**9  # at most
QUERY = "--format csv --columns name,count,total,max,p95"
SECTIONS = ["floor", "report", "text", "no-mmap", "written", "stdin", "gzip", "zstd", "cold", "summaries", "trees", "access", "memory", "small"]
KEYS = SECTIONS + [peer.key for peer in PEERS]


class Bench:
    """The places, the logs, and what tracerank finds in each log."""

    def __init__(self, places: Places, size: int, seed: int, limit: float):
        self.places = places
        self.size = size
        self.seed = seed
        self.limit = limit
        self.references: dict[Path, bytes] = {}
        self.lines: dict[Path, int] = {}

    @cached_property
    def log(self) -> Path:
        return logs.generate(self.places, self.size, self.seed)

    @cached_property
    def access_log(self) -> Path:
        return logs.generate_access(self.places, min(self.size, ACCESS_SIZE), self.seed)

    @cached_property
    def slices(self) -> list[Path]:
        return [logs.beginning(self.log, self.size // part) for part in (64, 8)]

    def name(self, path: Path) -> str:
        return self.places.name(path)

    def report(self, log: str, options: str = "") -> str:
        return f"{self.places.binary} report {QUERY} {options} {log}".replace("  ", " ")

    def reference(self, log: Path) -> bytes:
        """tracerank's own result, and the number of lines as the floor counts them."""
        if log not in self.references:
            self.lines[log] = int(run(f"{self.places.floor} {self.name(log)}").output)
            self.references[log] = run(self.report(self.name(log))).output
        return self.references[log]

    def verify(self, case: Case, output: bytes) -> str:
        """What is wrong with the result of a case."""
        if not case.check:
            return ""
        reference = self.reference(case.log)
        return problem_of(case.check, output, reference, self.lines[case.log])

    def case(self, key: str, label: str, command: str, **options) -> Case:
        log = options.pop("log", None) or self.log
        return Case(key, label, command, log, **{"limit": self.limit, **options})


def own_cases(bench: Bench, wanted: set[str]) -> list[Case]:
    """The floor, and tracerank on the plain log."""
    log, case, floor = bench.name(bench.log), bench.case, bench.places.floor
    read = bench.report(log, "--no-mmap")
    text = f"{bench.places.binary} report {log}"
    one = "--threads 1"
    cases = [
        ("floor", case("floor", "floor, all threads", f"{floor} {log}", check="lines")),
        ("report", case("report", "report, all threads", bench.report(log), versus="floor", check="same")),
        ("floor", case("floor-1", "floor, one thread", f"{floor} {log} {one}", check="lines")),
        ("report", case("report-1", "report, one thread", bench.report(log, one), versus="floor-1", check="same")),
        ("text", case("text", "report, as text", text, versus="floor", check="table")),
        ("no-mmap", case("no-mmap", "report, `--no-mmap`", read, versus="floor", check="same")),
    ]
    return [case for section, case in cases if section in wanted]


def summary_cases(bench: Bench) -> list[Case]:
    """Saving what a report is made of, shard by shard."""
    command = f"{bench.places.binary} summarize {bench.name(bench.log)} -o {bench.name(summary_of(bench))}"
    return [bench.case("summarize", "summarize", command, versus="report")]


def summary_of(bench: Bench) -> Path:
    return bench.log.with_suffix(".trk")


def tree_cases(bench: Bench) -> list[Case]:
    """Spans put into trees, by tracerank and by the plain script, which gets an eighth of the log; and the search for one of them."""
    case, few = bench.case, bench.slices[1]

    def tree(log: Path, options: str = "") -> str:
        return f"{bench.places.binary} tree {options} {bench.name(log)}".replace("  ", " ")

    def show(what: str) -> str:
        return f"{bench.places.binary} show {what} {bench.name(bench.log)}"

    script = f"python3 {ROOT / 'scripts' / 'tree_python.py'} {bench.name(few)}"
    base_id, trace_id = logs.ids_in_the_middle(bench.log)
    return [
        case("tree", "tree, all threads", tree(bench.log), versus="report"),
        case("tree-1", "tree, one thread", tree(bench.log, "--threads 1"), versus="report-1"),
        case("self", "report with self time", bench.report(bench.name(bench.log), "-s self"), versus="report"),
        case("slowest", "slowest", f"{bench.places.binary} slowest {bench.name(bench.log)}", versus="report"),
        case("show", "show, by base id", show(base_id), versus="report"),
        case("show-span", "show, by trace id", show(trace_id), versus="report"),
        case("tree-slice", "tree, all threads", tree(few), log=few),
        case("tree-python", "tree, plain Python script", script, log=few, versus="tree-slice"),
    ]


def written_cases(bench: Bench) -> list[Case]:
    """The log as the program that wrote it leaves it in the page cache: in single pages, which take longer to map."""
    copy = logs.written(bench.log)
    log, case = bench.name(copy), bench.case
    return [
        case("floor-written", "floor, log just written", f"{bench.places.floor} {log}", log=copy, check="lines"),
        case("written", "report, log just written", bench.report(log), log=copy, versus="floor-written", check="same"),
    ]


def stdin_cases(bench: Bench) -> list[Case]:
    log, case = bench.name(bench.log), bench.case
    report = bench.report("-")
    return [
        case("cat", "`cat LOG \\| cat > /dev/null`", f"cat {log} | cat > /dev/null"),
        case("stdin", "`cat LOG \\| tracerank report -`", f"cat {log} | {report}", versus="cat", check="same"),
        case("stdin-file", "`tracerank report - < LOG`", f"{report} < {log}", check="same"),
    ]


def compressed_cases(bench: Bench, tool: str) -> list[Case]:
    log, file = plain(bench, tool), packed(bench, tool)
    producer = f"{tool} -dc {file}"

    def case(key: str, label: str, command: str, **options) -> Case:
        return bench.case(key, label, command, log=log, **options)

    return [
        case(f"{tool}-dc", f"`{tool} -dc LOG > /dev/null`", f"{producer} > /dev/null"),
        case(tool, f"report of a {tool} file", bench.report(file), versus=f"{tool}-dc", check="same"),
        case(f"{tool}-pipe", f"`{tool} -dc LOG \\| tracerank report -`", f"{producer} | {bench.report('-')}",
             versus=f"{tool}-dc", check="same"),
    ]  # fmt: skip


def plain(bench: Bench, tool: str) -> Path:
    """What is compressed: gzip is slow enough to be measured on a slice."""
    return bench.slices[1] if tool == "gzip" else bench.log


def packed(bench: Bench, tool: str) -> str:
    options, ending = ("-6", "gz") if tool == "gzip" else ("-3 -q -T0", "zst")
    return bench.name(logs.compress(bench.places, plain(bench, tool), tool, options, ending))


def cold_cases(bench: Bench) -> list[Case]:
    log, case = bench.name(bench.log), bench.case
    return [
        case("dd", "`dd bs=1M`, cold", f"dd if={log} of=/dev/null bs=1M status=none"),
        case("cold", "report, cold", bench.report(log), versus="dd", check="same"),
        case("cold-no-mmap", "report, `--no-mmap`, cold", bench.report(log, "--no-mmap"), versus="dd", check="same"),
    ]


def peer_cases(bench: Bench, wanted: set[str]) -> list[Case]:
    cases = [peer_case(bench, peer) for peer in PEERS if peer.key in wanted]
    return cases + slice_reports(bench, cases) if cases else []


def peer_case(bench: Bench, peer: Peer) -> Case:
    case = bench.case(peer.key, peer.label, "", versus="report", check=peer.check)
    if peer.version_in(bench.places) is None:
        case.problem = "not installed"
        return case
    try:
        case.log = choose_log(bench, peer)
    except Failed as error:
        case.problem = str(error)
    case.command = peer.command(bench.places, bench.name(case.log))
    return case


def choose_log(bench: Bench, peer: Peer) -> Path:
    """The largest of the three logs that the peer reads within PATIENCE, judged by runs on the smaller ones."""
    small, medium = bench.slices
    for probe in (small, medium):
        seconds = run(peer.command(bench.places, bench.name(probe)), bench.limit).seconds
        per_byte = seconds / probe.stat().st_size
        if per_byte * bench.log.stat().st_size <= PATIENCE:
            return bench.log
        if per_byte * medium.stat().st_size > PATIENCE:
            return small
    return medium


def slice_reports(bench: Bench, cases: list[Case]) -> list[Case]:
    """tracerank on each slice that a peer is measured on."""
    used = [log for log in bench.slices if log != bench.log and any(case.log == log for case in cases)]
    return [
        bench.case(f"report {log.name}", "report, all threads", bench.report(bench.name(log)), log=log, check="same")
        for log in used
    ]


def have(tool: str) -> bool:
    return shutil.which(tool) is not None
