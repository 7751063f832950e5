"""The tools that tracerank is compared with, each with the same query in its best form.

They give count, total and maximum of each trace name; the 95th percentile is left out, since most of them would have to
keep every duration for it. tracerank is measured with it. The names in the generated log hold no blanks, and the
queries may use that. Forms were compared on a log of 256 MB:

    mawk     field count tells stop lines from start lines 0.52 s; the byte after the timestamp 0.52 s; /-stop/ 0.68 s
    gawk     the same with -b (bytes for characters) 0.90 s, without 2.1 s (in a UTF-8 locale)
    Miller   NIDX 3.0 s; CSV-lite split at blanks 3.6 s. stats1 passes over records that lack the fields, which is
             faster than a filter before it
    agrind   (64 MB) one regular expression 0.7 s; a pattern with asterisks behind a filter "-stop" 0.9 s, without 1.1 s

DuckDB, Polars and chdb: see engines.py.
"""

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass

from bench.places import Places, first_line
from bench.runner import ROOT

AWK = (
    "'NF>5{n=$6; d=$2+0; count[n]++; total[n]+=d; if(d>max[n]) max[n]=d}"
    ' END{for(n in count) printf "%s\\t%d\\t%.6f\\t%.6f\\n", n, count[n], total[n], max[n]}\' {log}'
)
MILLER = "mlr --inidx --ifs ' ' --repifs --otsv stats1 -a count,sum,max -f 2 -g 6 {log}"
AGRIND = (
    r"""{agrind} -f {log} -o json '* | parse regex "^\S+ (?P<d>\S+) \S+ \S+ \S+ (?P<n>\S+)-stop" """
    "| count as c, sum(d) as t, max(d) as m by n'"
)
ENGINES = "{python} scripts/bench/engines.py "


@dataclass
class Peer:
    key: str
    label: str
    template: str
    check: str  # lines, requests: it counts these; table: it answers the query
    version: str  # a command that prints it in its first line

    def command(self, places: Places, log: str) -> str:
        return self.fill(self.template, places).replace("{log}", log)

    def version_in(self, places: Places) -> str | None:
        line = first_line(self.fill(self.version, places))
        return line and line.split(",")[0]

    def fill(self, text: str, places: Places) -> str:
        return text.replace("{python}", places.python).replace("{agrind}", places.agrind)


def module(name: str) -> str:
    return f"{{python}} -c 'import {name}; print({name}.__version__)'"


PEERS = [
    Peer("wc", "`wc -l`", "wc -l {log}", "lines", "wc --version"),
    Peer("rg", "`rg -c ''`", "rg -c '' {log}", "lines", "rg --version"),
    Peer("python", "plain Python script", "python3 scripts/rank_python.py {log}", "table", "python3 --version"),
    Peer("mawk", "mawk", "mawk " + AWK, "table", "mawk -W version"),
    Peer("gawk", "gawk", "gawk -b " + AWK, "table", "gawk --version"),
    Peer("miller", "Miller", MILLER, "table", "mlr --version"),
    Peer("duckdb", "DuckDB", ENGINES + "duckdb {log}", "table", module("duckdb")),
    Peer("polars", "Polars", ENGINES + "polars {log}", "table", module("polars")),
    Peer("chdb", "ClickHouse (chdb)", ENGINES + "chdb {log}", "table", module("chdb")),
    Peer("agrind", "angle-grinder", AGRIND, "table", "{agrind} --version"),
]
QUERY_ENGINES = ["mawk", "gawk", "miller", "duckdb", "polars", "chdb", "agrind"]


def install(places: Places) -> None:
    """Gets the peers that the registries have. What cannot be had is reported and left out."""
    install_packages()
    venv = places.logs / "venv"
    if not venv.exists():
        attempt([sys.executable, "-m", "venv", str(venv)])
    attempt([str(venv / "bin/python"), "-m", "pip", "install", "-q", "duckdb", "polars", "chdb"])
    tools = places.logs / "tools"
    if not (tools / "bin/agrind").exists():
        attempt(["cargo", "install", "-q", "--locked", "ag", "--root", str(tools)])


def install_packages() -> None:
    packages = {"mawk": "mawk", "gawk": "gawk", "mlr": "miller", "rg": "ripgrep", "zstd": "zstd", "goaccess": "goaccess"}
    missing = [package for program, package in packages.items() if not shutil.which(program)]
    if not missing:
        return
    prefix: list[str] = [] if os.geteuid() == 0 else ["sudo", "-n"]
    attempt([*prefix, "apt-get", "update", "-q"])
    attempt([*prefix, "apt-get", "install", "-q", "-y", *missing])


def attempt(command: list[str]) -> None:
    try:
        if subprocess.run(command, cwd=ROOT, stdout=sys.stderr).returncode == 0:
            return
    except OSError as error:
        print(error, file=sys.stderr)
    print(f"not installed: {' '.join(command)}", file=sys.stderr)
