#!/usr/bin/env python3
"""Prints the calling-context tree of a profiler log, in plain Python.

    tree_python.py LOG

The benchmarks compare with it. It follows docs/spans.md for a single log without prefixes and ids without blanks,
reads the log line by line, and keeps all spans in memory. For each node, it prints count, total, self and max (in
nanoseconds) and the path, separated by tabs; semicolons separate the names of a path. Where a path has only spans that
never stopped, max is empty.
"""

import re
import sys
from datetime import datetime, timedelta

HEAD_AND_IDS = r"(\d{4}-\d\d-\d\dT\S+) (        |-?\d[\d.e+-]*) (\S+) (\S+) (\S+) "
RECORD = re.compile(HEAD_AND_IDS + r"(.+)-(?:start|stop)(?:  <- !!!)?$")
RECORD_WITH_JSON = re.compile(HEAD_AND_IDS + r"(.+?)-(?:start|stop)(?:  <- !!!)? \{.*\}$")
EPOCH = datetime(1970, 1, 1)
MICROSECOND = timedelta(microseconds=1)


class Span:
    """The start, the stop or both of a traced piece of code.

    It stops at stop_ns, in line stop_line; both are None if it never stopped.
    """

    __slots__ = ("base_id", "parent_id", "trace_id", "name", "line", "stop_line", "stop_ns", "duration_ns",
                 "parent", "children")

    def __init__(self, base_id, parent_id, trace_id, name, line):
        self.base_id = base_id
        self.parent_id = parent_id
        self.trace_id = trace_id
        self.name = name
        self.line = line
        self.stop_line = None
        self.stop_ns = None
        self.duration_ns = None
        self.parent = None
        self.children = []


class Node:
    """The spans of one path."""

    __slots__ = ("count", "total", "self", "subtree", "max", "children")

    def __init__(self):
        self.count = 0
        self.total = 0
        self.self = 0
        self.max = None
        self.children = {}


def nanoseconds(timestamp):
    return (datetime.fromisoformat(timestamp) - EPOCH) // MICROSECOND * 1000


def read_spans(lines):
    """All spans in the order of their first lines."""
    spans = []
    open_spans = {}
    for number, line in enumerate(lines):
        line = line.rstrip("\r\n")
        match = RECORD.match(line) or RECORD_WITH_JSON.match(line)
        if match is None:
            continue
        timestamp, duration, base_id, parent_id, trace_id, name = match.groups()
        key = base_id, trace_id
        if duration.isspace():
            span = Span(base_id, parent_id, trace_id, name, number)
            spans.append(span)
            open_spans.setdefault(key, []).append(span)
            continue
        if open_spans.get(key):
            span = open_spans[key].pop()
        else:
            span = Span(base_id, parent_id, trace_id, name, number)
            spans.append(span)
        span.name = name
        span.stop_line = number
        span.stop_ns = nanoseconds(timestamp)
        span.duration_ns = round(float(duration) * 1e9)
    return spans


def find_parents(spans):
    """Gives each span its parent and children, and returns the roots."""
    first = {}
    for span in spans:
        first.setdefault((span.base_id, span.trace_id), span)
    last = {}
    for span in spans:
        if span.parent_id != span.base_id:
            key = span.base_id, span.parent_id
            span.parent = last.get(key) or first.get(key)
        last[span.base_id, span.trace_id] = span
    break_cycles(spans)
    for span in spans:
        if span.parent is not None:
            span.parent.children.append(span)
    return [span for span in spans if span.parent is None]


def break_cycles(spans):
    """Makes the first span of each cycle a root."""
    rooted = set()
    for span in spans:
        chain = []
        above = span
        while above is not None and above not in rooted:
            if above in chain:
                cycle = chain[chain.index(above):]
                min(cycle, key=lambda one: one.line).parent = None
                break
            chain.append(above)
            above = above.parent
        rooted.update(chain)


def self_time(span):
    """The duration less the union of the children that began while the span was open."""
    if span.duration_ns <= 0:
        return 0
    end = span.stop_ns
    covered_to = begin = end - span.duration_ns
    intervals = sorted(
        (child.stop_ns - child.duration_ns, child.stop_ns)
        for child in span.children
        if child.stop_line is not None and child.line < span.stop_line and child.duration_ns > 0
    )
    covered = 0
    for child_begin, child_end in intervals:
        child_begin = max(child_begin, covered_to)
        child_end = min(child_end, end)
        if child_end > child_begin:
            covered += child_end - child_begin
            covered_to = child_end
    return end - begin - covered


def build_tree(roots):
    tree = Node()
    stack = [(root, tree) for root in roots]
    while stack:
        span, above = stack.pop()
        node = above.children.get(span.name)
        if node is None:
            node = above.children[span.name] = Node()
        if span.duration_ns is not None:
            node.count += 1
            node.total += span.duration_ns
            node.self += self_time(span)
            node.max = span.duration_ns if node.max is None else max(node.max, span.duration_ns)
        stack.extend((child, node) for child in span.children)
    return tree


def add_up_subtrees(tree):
    """The self time of each node and of all below it."""
    nodes = [tree]
    for node in nodes:
        nodes.extend(node.children.values())
    for node in reversed(nodes):
        node.subtree = node.self + sum(child.subtree for child in node.children.values())


def print_tree(tree):
    def children_of(node, path):
        by_subtree = sorted(node.children.items(), key=lambda item: (-item[1].subtree, item[0].encode()))
        return [(path + [name], child) for name, child in reversed(by_subtree)]

    stack = children_of(tree, [])
    while stack:
        path, node = stack.pop()
        longest = "" if node.max is None else node.max
        print(node.count, node.total, node.self, longest, ";".join(path), sep="\t")
        stack.extend(children_of(node, path))


def main():
    if len(sys.argv) != 2:
        sys.exit("usage: tree_python.py LOG")
    with open(sys.argv[1], encoding="utf-8") as log:
        spans = read_spans(log)
    tree = build_tree(find_parents(spans))
    add_up_subtrees(tree)
    print_tree(tree)


if __name__ == "__main__":
    main()
