"""Access logs: tracerank, a plain Python script and other tools, on one log as nginx writes it.

The figure is bytes a second of processor time: user and system time of all threads, in the run that took the least,
since other load on the machine disturbs that one least.

DuckDB makes the same routes: two replacements do for the paths in the generated log. GoAccess makes none, and counts
paths without their queries.
"""

from pathlib import Path

from bench import logs
from bench.cases import Bench
from bench.peers import Peer, module
from bench.runner import ROOT, Case

SLICE = 16  # the part of the log that slower tools get

GOACCESS = (
    "goaccess -f {log} --no-global-config --no-progress --no-query-string -o json --date-format=%d/%b/%Y"
    """ --time-format=%T --log-format='%h %^[%d:%t %^] "%r" %s %b "%R" "%u" %T'"""
)

PEERS = [
    Peer("access-duckdb", "DuckDB, regular expressions", "{python} scripts/bench/engines.py access {log}", "table", module("duckdb")),
    Peer("access-goaccess", "GoAccess, without routes", GOACCESS, "requests", "goaccess --version"),
]


def cases(bench: Bench, with_peers: bool) -> list[Case]:
    """The whole log for tracerank; a slice for it, for the script, whose result proves that the work is equal, and for peers."""
    log = bench.access_log
    part = logs.beginning(log, log.stat().st_size // SLICE)
    script = f"python3 {ROOT / 'scripts/access_python.py'} {bench.name(part)}"
    found = [
        report(bench, "access", "report, all threads", log),
        report(bench, "access-1", "report, one thread", log, "--threads 1"),
        report(bench, "access-slice", "report, all threads", part),
        bench.case("access-python", "plain Python script", script, log=part, versus="access-slice", check="table"),
    ]
    return found + [peer_case(bench, peer, part) for peer in PEERS if with_peers]


def report(bench: Bench, key: str, label: str, log: Path, options: str = "") -> Case:
    return bench.case(key, label, bench.report(bench.name(log), options), log=log, check="same")


def peer_case(bench: Bench, peer: Peer, log: Path) -> Case:
    command = peer.command(bench.places, bench.name(log))
    case = bench.case(peer.key, peer.label, command, log=log, versus="access-slice", check=peer.check)
    if peer.version_in(bench.places) is None:
        case.problem = "not installed"
    return case
