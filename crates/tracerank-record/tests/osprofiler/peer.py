"""The real osprofiler, for the tests to talk to: a question a line, in JSON, and an answer a line.

    peer.py [LOG]

A question is a list: the name of one of the functions in QUESTIONS, and its arguments. With LOG, what osprofiler notifies of is
written there the way Mistral writes it.
"""

import base64
import contextlib
import datetime
import json
import socketserver
import sys
import threading
import urllib.request
import wsgiref.simple_server
from concurrent.futures import ThreadPoolExecutor

import webob
from osprofiler import _utils as utils
from osprofiler import notifier, profiler, web

PATIENCE = 60  # seconds that an answer over the network may take

# ---- Headers ----


def pack(contents, key):
    """The two headers that osprofiler makes of contents."""
    info, hmac = utils.signed_pack(contents, key)
    return [info.decode(), hmac]


def sign(text, key):
    """The same of any text, in place of JSON."""
    info = base64.urlsafe_b64encode(text.encode()).decode()
    return [info, utils.generate_hmac(info, key)]


def place(key, base_id, parent_id, depth):
    """The headers that osprofiler gives in this many spans, and where they stand: the ids of the group and the innermost span."""
    profiler.init(key, base_id, parent_id)
    try:
        with contextlib.ExitStack() as spans:
            for _ in range(depth):
                spans.enter_context(profiler.Trace("span"))
            headers = web.get_trace_id_headers()
            here = profiler.get()
            return [headers[web.X_TRACE_INFO], headers[web.X_TRACE_HMAC], here.get_base_id(), here.get_id()]
    finally:
        profiler.clean()


def unpack(info, hmac, keys):
    return utils.signed_unpack(info, hmac, utils.split(keys))


def accept(info, hmac, keys):
    """Where an application behind osprofiler's middleware is: the ids of the group and the parent, and the key."""
    seen = []

    def application(environ, start_response):
        here = profiler.get()
        seen.append(here and [here.get_base_id(), here.get_parent_id(), here.hmac_key])
        start_response("200 OK", [])
        return []

    request = webob.Request.blank("/", headers={web.X_TRACE_INFO: info, web.X_TRACE_HMAC: hmac})
    request.get_response(web.WsgiMiddleware(application, hmac_keys=keys, enabled=True))
    return seen[0]


# ---- Lines ----


def line_of(info, took=None):
    """The line that Mistral writes. `took`: of a span that stops."""
    seconds = took and took.total_seconds()
    duration = " " * 8 if took is None else str(took.total_seconds())
    words = [info["timestamp"], duration, *(info[key] for key in ("base_id", "parent_id", "trace_id", "name"))]
    if seconds and seconds > 0.5:
        words.append(" <- !!!")
    if "db" in info.get("info", {}):
        words.append(json.dumps({key: value for key, value in info["info"]["db"].items() if key != "params"}))
    return " ".join(words) + "\n"


def lines(span):
    """Both lines of a span whose times are given in microseconds."""

    def line(at, marker, took=None):
        time = datetime.datetime(1970, 1, 1) + datetime.timedelta(microseconds=at)
        timestamp = time.strftime("%Y-%m-%dT%H:%M:%S.%f")
        info = {} if span["db"] is None else {"info": {"db": span["db"]}}
        return line_of({**span, **info, "name": span["name"] + marker, "timestamp": timestamp}, took)

    took = datetime.timedelta(microseconds=span["took"])
    return [line(span["started_at"], "-start"), line(span["stopped_at"], "-stop", took)]


class Log:
    """What osprofiler calls at the start and the stop of each span."""

    def __init__(self, path):
        self.file = open(path, "a", encoding="utf-8")
        self.lock = threading.Lock()
        self.started = {}

    def __call__(self, info):
        now = datetime.datetime.now(datetime.timezone.utc)
        with self.lock:
            if info["name"].endswith("-start"):
                self.started[info["trace_id"]] = now
                took = None
            else:
                took = now - self.started.pop(info["trace_id"])
            self.file.write(line_of(info, took))
            self.file.flush()


# ---- HTTP ----


def get(url, headers):
    """Status and body of what is at a URL of this machine, whatever the environment says of proxies."""
    request = urllib.request.Request(url, headers=headers)
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(request, timeout=PATIENCE) as response:
        return [response.status, response.read().decode()]


def get_all(url, calls):
    """Gets it with each of the headers, all at once. Without headers: in a trace of osprofiler that begins here, with this key."""

    def get_one(call):
        if isinstance(call, dict):
            return [*get(url, call), None]
        here = profiler.init(call)
        try:
            with profiler.Trace("client"):
                return [*get(url, web.get_trace_id_headers()), here.get_base_id()]
        finally:
            profiler.clean()

    with ThreadPoolExecutor(len(calls)) as threads:
        return list(threads.map(get_one, calls))


class Server(socketserver.ThreadingMixIn, wsgiref.simple_server.WSGIServer):
    daemon_threads = True


class Quiet(wsgiref.simple_server.WSGIRequestHandler):
    def log_message(self, *_):
        pass


def serve(keys, next_url):
    """Starts a service behind osprofiler's middleware, which calls the next one; where it listens."""

    def application(environ, start_response):
        with profiler.Trace("stock"):
            with profiler.Trace("db", {"db": {"statement": "SELECT größe\nFROM stock", "params": {"id": 1}}}):
                pass
            with profiler.Trace("ask"):
                _, answer = get(next_url, web.get_trace_id_headers())
        start_response("200 OK", [("Content-Type", "text/plain")])
        return [b"in stock\n", answer.encode()]

    middleware = web.WsgiMiddleware(application, hmac_keys=keys, enabled=True)
    server = wsgiref.simple_server.make_server("127.0.0.1", 0, middleware, Server, Quiet)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return f"http://127.0.0.1:{server.server_port}/stock"


QUESTIONS = {
    "pack": pack,
    "sign": sign,
    "place": place,
    "unpack": unpack,
    "accept": accept,
    "dumps": lambda values: [json.dumps(value) for value in values],
    "lines": lambda spans: [lines(span) for span in spans],
    "get_all": get_all,
    "serve": serve,
}


def main():
    if len(sys.argv) > 1:
        notifier.set(Log(sys.argv[1]))
    # Half of a character can stand in Python's texts, and nowhere else.
    sys.stdout.reconfigure(encoding="utf-8", errors="replace")
    for question in sys.stdin:
        name, *arguments = json.loads(question)
        print(json.dumps(QUESTIONS[name](*arguments), ensure_ascii=False), flush=True)


if __name__ == "__main__":
    main()
