"""What a span costs with osprofiler, configured like Mistral's profiler: nanoseconds a span, nested ten deep.

    osprofiler_spans.py SPANS LOG
"""

import json
import logging
import sys
import threading
import time

from oslo_utils import timeutils
from osprofiler import notifier, profiler

DEPTH = 10
LOGGER = logging.getLogger("profiler_trace")
STARTED = threading.local()


def notify(info, context=None):
    """Writes the line of a start or a stop, with the same work as Mistral's profiler does for it."""
    name, trace_id = info["name"], info["trace_id"]
    now = timeutils.utcnow()
    if name.endswith("-stop"):
        seconds = (now - STARTED.__dict__.pop(trace_id)).total_seconds()
        duration, mark = str(seconds), [" <- !!!"] if seconds > 0.5 else []
    else:
        STARTED.__dict__[trace_id] = now
        duration, mark = " " * 8, []
    words = [str(info["timestamp"]), duration, info["base_id"], info["parent_id"], trace_id, name, *mark]
    if "db" in info.get("info", {}):
        words.append(json.dumps(info["info"]["db"]))
    LOGGER.info(" ".join(words))


def nested(depth):
    with profiler.Trace("engine-on-action-complete"):
        if depth > 1:
            nested(depth - 1)


def main():
    spans, log = int(sys.argv[1]), sys.argv[2]
    handler = logging.FileHandler(log, mode="w")
    handler.setFormatter(logging.Formatter("%(message)s"))
    LOGGER.addHandler(handler)
    LOGGER.setLevel(logging.INFO)
    LOGGER.propagate = False
    notifier.set(notify)
    begin = time.perf_counter_ns()
    for _ in range(spans // DEPTH):
        nested(DEPTH)
    outside = (time.perf_counter_ns() - begin) / spans
    profiler.init("secret_word")
    begin = time.perf_counter_ns()
    for _ in range(spans // DEPTH):
        nested(DEPTH)
    inside = (time.perf_counter_ns() - begin) / spans
    print(json.dumps({"outside": outside, "inside": inside}))


main()
