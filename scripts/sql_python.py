#!/usr/bin/env python3
"""Ranks the statements of a log of PostgreSQL, MySQL or MariaDB, in plain Python.

    sql_python.py postgres|mysql-slow LOG

Prints `name TAB count TAB total TAB max`, in nanoseconds, the names as JSON, the largest total first. It follows
docs/formats.md and docs/normalise.md for logs that are whole. A log of PostgreSQL whose name ends in .csv or .json is
its csvlog or jsonlog.
"""

import csv
import json
import re
import sys
from decimal import Decimal

WORD = r"[0-9A-Za-z_$\x80-\xff]"
NUMBER = (rf"0[xX][0-9a-fA-F_]+(?!{WORD})|(?:[0-9][0-9_]*(?:\.(?!\.)[0-9_]*)?|\.[0-9][0-9_]*)(?:[eE][+-]?[0-9]+)?(?!{WORD})"
          rf"|[0-9][0-9_]*(?=\.)")
TOKENS = {
    "postgres": [
        ("blank", r"[ \t-\r]+|--[^\n]*"), ("comment", r"/\*"), ("name", r'"(?:[^"]|"")*"'),
        ("gap", r"[eE]'(?:[^'\\]|''|\\.)*'|(?:[uU]&|[bBnNxX])?'(?:[^']|'')*'|\$(\w*)\$.*?\$\1\$"),
    ],
    "mysql-slow": [
        ("blank", r"[ \t-\r]+|#[^\n]*|-- [^\n]*|/\*.*?\*/"), ("name", r"`(?:[^`]|``)*`"),
        ("gap", r"""[bBnNxX]?'(?:[^'\\]|''|\\.)*'|"(?:[^"\\]|""|\\.)*\""""),
    ],
}
SHARED = [("gap", r"\$[0-9]+|\?[0-9]*|%s|%\(\w+\)s"), ("number", NUMBER), ("text", rf"::|{WORD}+|.")]


def fingerprint(statement, dialect):
    """Replaces what differs from call to call, token after token."""
    tokens = [(kind, re.compile(pattern, re.DOTALL)) for kind, pattern in TOKENS[dialect] + SHARED]
    out, at = "", 0
    while at < len(statement):
        kind, match = next((kind, match) for kind, regex in tokens if (match := regex.match(statement, at)))
        end = match.end()
        if kind == "comment":
            end = end_of_comment(statement, at)
        if kind in ("blank", "comment"):
            out += "" if out == "" or out.endswith(" ") else " "
        elif kind in ("gap", "number"):
            if kind == "number":
                out = re.sub(r"([(,=<>] ?)[+-]$", r"\1", out)
            out += "?"
        else:
            out += match[0] if kind == "name" else re.sub("[A-Z]", lambda letter: letter[0].lower(), match[0])
        at = end
        if match[0] == ")":
            out = re.sub(r"\( ?\?( ?, ?\?)+ ?\)$", "(?+)", out)
            out = re.sub(r"\(\?\+\) ?, ?\(\?\+\)$", "(?+)", out)
    return out.rstrip(" ;")


def end_of_comment(statement, at):
    depth = 0
    for mark in re.finditer(r"/\*|\*/", statement[at:]):
        depth += 1 if mark[0] == "/*" else -1
        if depth == 0:
            return at + mark.end()
    return len(statement)


def postgres_messages(path):
    """The messages of a log, their lines joined."""
    if path.endswith(".json"):
        for line in open(path, encoding="latin-1"):
            yield json.loads(line).get("message", "").encode("latin-1", "replace").decode("latin-1")
    elif path.endswith(".csv"):
        for row in csv.reader(open(path, encoding="latin-1", newline="")):
            yield row[13]
    else:
        text = re.sub("\n\t", "\n", open(path, encoding="latin-1", newline="").read())
        # Each message begins after its severity; what follows one in a line of its own is a message, too.
        yield from (message[2] for message in re.finditer(r"^(?:.*?[: ])??(LOG|ERROR|STATEMENT|FATAL|DETAIL|HINT):  ((?:.|\n)*?)\n(?=(?:.*?[: ])??(?:LOG|ERROR|STATEMENT|FATAL|DETAIL|HINT):  |\Z)", text, re.M)
                    if message[1] == "LOG")


def postgres_spans(path):
    for message in postgres_messages(path):
        match = re.fullmatch(r"duration: ([0-9.]+) ms(?:  (statement|plan|execute fetch from|execute|parse|bind)(?: ([^:]+))?:\s(.*))?",
                             message, re.DOTALL)
        if not match:
            continue
        duration, kind, _, statement = match.groups()
        if kind == "plan":
            if statement.lstrip().startswith("{"):
                statement = json.loads(statement)["Query Text"]
            else:
                statement = re.match(r"\s*Query Text: (.*?)\n[^\n]*  \(cost=", statement, re.DOTALL)[1]
        name = fingerprint(statement, "postgres") if kind else "(no statement)"
        name = {"execute fetch from": "fetch"}.get(kind, f"{kind}: {name}" if kind in ("plan", "parse", "bind") else name)
        yield name, Decimal(duration) * 10**6


def mysql_slow_spans(path):
    text = open(path, encoding="latin-1", newline="").read()
    text = re.sub(r"^\S+, Version: .* started with:\nTcp port: .*\nTime\s+Id Command.*\n", "", text, flags=re.M)
    for record in re.split(r"^(?:# Time: *\d.*\n)?# User@Host: .*\n", text, flags=re.M)[1:]:
        record = re.sub(r"^# Time: *\d.*\n\Z", "", record, flags=re.M)
        duration = re.search(r"^# Query_time: ([0-9.]+) ", record, re.M)[1]
        statement = re.search(r"^SET timestamp=\d+;\n(.*);\n", record, re.M | re.DOTALL)[1]
        command = re.match(r"# (administrator command: \w.*)", statement)
        yield command[1] if command else fingerprint(statement, "mysql-slow"), Decimal(duration) * 10**9


def main():
    kind, path = sys.argv[1:]
    stats = {}
    for name, duration in (postgres_spans if kind == "postgres" else mysql_slow_spans)(path):
        count, total, longest = stats.get(name, (0, 0, 0))
        stats[name] = count + 1, total + int(duration), max(longest, int(duration))
    for name, (count, total, longest) in sorted(stats.items(), key=lambda row: (-row[1][1], row[0])):
        name = json.dumps(name.encode("latin-1").decode("utf-8", "replace"), ensure_ascii=False)
        print(name, count, total, longest, sep="\t")


main()
