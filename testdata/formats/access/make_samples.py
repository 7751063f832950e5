#!/usr/bin/env python3
"""Writes an access log in the spelling of each program, and beside it NAME.tsv: each name with its count, its total and its
maximum in nanoseconds, and the earliest and the latest end in microseconds since 1970. Both come from the same list of
requests, so that nothing here has to read a log. The same bytes in every run."""

import random
from collections import OrderedDict
from datetime import datetime, timedelta, timezone
from pathlib import Path

HERE = Path(__file__).parent
MS = 1_000_000
ROUTES = [
    ("GET", "/", "/"),
    ("GET", "/health", "/health"),
    ("GET", "/api/orders/%d", "/api/orders/{n}"),
    ("GET", "/cart/%d?x=1", "/cart/{n}"),
    ("POST", "/api/users/0f1e2d3c-%04d-4a5b-8c7d-0123456789ab/cart", "/api/users/{id}/cart"),
    ("PUT", "/search?q=a+b&page=%d", "/search"),
]
BEGIN = datetime(2026, 3, 12, 10, 0, 1, 101000, tzinfo=timezone.utc)


class Request:
    """A request: when it began, how long it took, and what it asked for. No method where it was no HTTP."""

    def __init__(self, rng, nth):
        self.nth = nth
        self.start = BEGIN + timedelta(milliseconds=137 * nth)
        self.ns = rng.randrange(1, 400) * MS
        self.is_bad = nth % 17 == 11
        self.method, path, route = rng.choice(ROUTES)
        self.path = path % rng.randrange(10_000) if "%" in path else path
        self.name = "<BADREQ>" if self.is_bad else f"{self.method} {route}"
        self.status = rng.choice([200, 200, 201, 304, 404, 503])
        self.bytes = rng.randrange(100_000)
        self.client = f"203.0.113.{rng.randrange(256)}"
        self.agent = rng.choice(["curl/8.11", r"shop \"beta\" [x] {y}", "Mozilla/5.0 (X11; Linux x86_64)"])
        self.id = f"{rng.getrandbits(128):032x}"

    @property
    def ms(self):
        return self.ns // MS

    @property
    def end(self):
        return self.start + timedelta(milliseconds=self.ms)

    def line(self, version="HTTP/1.1", host="", bad=r"\x16\x03\x01"):
        return bad if self.is_bad else f"{self.method} {host}{self.path} {version}"

    def clf(self, when):
        return when.strftime("%d/%b/%Y:%H:%M:%S +0000")

    def seconds(self):
        return f"{self.ms / 1000:.3f}"

    def combined(self, when):
        return f'{self.client} - - [{self.clf(when)}] "{self.line()}" {self.status} {self.bytes} "-" "{self.agent}"'


def whole_second(when):
    return when.replace(microsecond=0)


def iso(when):
    return when.strftime("%Y-%m-%dT%H:%M:%S.") + f"{when.microsecond // 1000:03}Z"


def upstream(request):
    """What nginx writes of the servers behind: none, one, or several in turn, at most as long as the request."""
    half = (request.ms // 2) / 1000
    return ["-", request.seconds(), f"{half:.3f}, {half:.3f}", f"{half:.3f} : {half:.3f}"][request.nth % 4]


# Each gives the line of a request, its duration in nanoseconds and the time of its end, as far as the line tells them.


def nginx(r):
    return f"{r.combined(r.end)} {r.seconds()}", r.ns, whole_second(r.end)


def nginx_upstream_first(r):
    return f"{r.combined(r.end)} {upstream(r)} {r.seconds()}", r.ns, whole_second(r.end)


def nginx_upstream_last(r):
    return f"{r.combined(r.end)} {r.seconds()} {upstream(r)}", r.ns, whole_second(r.end)


def common(r):
    line = f'{r.client} - - [{r.clf(r.end)}] "{r.line()}" {r.status} {r.bytes} {r.seconds()}'
    return line, r.ns, whole_second(r.end)


def ingress_nginx(r):
    servers = [
        f"10.1.2.3:8080 {r.bytes} {r.seconds()} {r.status}",
        f"10.1.2.3:8080, 10.1.2.4:8080 0, {r.bytes} 0.001, {r.seconds()} 502, {r.status}",
    ]
    behind = servers[r.nth % 2]
    line = f"{r.combined(r.end)} 312 {r.seconds()} [shop-web-80] [] {behind} {r.id}"
    return line, r.ns, whole_second(r.end)


def envoy(r, more=""):
    request = "- - -" if r.is_bad else r.line("HTTP/2")
    flags = ["-", "UF", "UC,URX"][r.nth % 3]
    line = f'[{iso(r.start)}] "{request}" {r.status} {flags}{more} 0 {r.bytes} {r.ms} 41 "-" "{r.agent}" "{r.id}" "shop" "10.1.2.3:8080"'
    return line, r.ns, r.end


def istio(r):
    line, ns, end = envoy(r, ' via_upstream - "-"')
    return line + " outbound|80||web.shop.svc.cluster.local 10.0.0.1:3 10.0.0.2:80 10.0.0.3:4 - default", ns, end


def haproxy(r, head="Mar 12 10:00:01 lb haproxy[812]: "):
    accepted = r.start.strftime("%d/%b/%Y:%H:%M:%S.") + f"{r.start.microsecond // 1000:03}"
    headers = ["", "{shop.example|curl} {} "][r.nth % 2]
    timers, ns = f"0/0/1/{r.ms - 1}/{r.ms}", r.ns
    if r.is_bad:
        timers, ns = f"-1/-1/-1/-1/{r.ms}", r.ns
    elif r.nth % 7 == 3:
        timers = f"0/0/1/-1/+{r.ms}"
    elif r.nth % 7 == 5:
        timers, ns = "0/0/-1/-1/-1", 0
    request = r.line(bad="<BADREQ>")
    line = f'{head}{r.client}:5111 [{accepted}] fe~ be/s1 {timers} {r.status} {r.bytes} - - ---- 9/9/0/0/0 0/0 {headers}"{request}"'
    return line, ns, r.start + timedelta(microseconds=ns // 1000)


def haproxy_alone(r):
    return haproxy(r, "")


def alb(r, kind="https "):
    first, second = 0.001, r.ms - 1
    times, ns = f"{first:.3f} {second / 1000:.3f} 0.000", r.ns
    if r.nth % 7 == 5:
        times, ns = "-1 -1 -1", 0
    request = "- http://shop.example:80- " if r.is_bad else r.line("HTTP/2.0", "https://shop.example:443")
    target = "-" if ns == 0 else str(r.status)
    line = (
        f"{kind}{iso(r.end)} app/shop/50dc {r.client}:5111 10.1.2.3:80 {times} {r.status} {target} 34 {r.bytes} "
        f'"{request}" "curl/8.11" ECDHE-RSA-AES128-GCM-SHA256 TLSv1.2'
    )
    return line, ns, r.end


def elb(r):
    line, ns, end = alb(r, "")
    return line.replace("app/shop/50dc", "shop"), ns, end


def traefik(r):
    line = f'{r.combined(r.start)} {r.nth + 1} "shop@docker" "http://10.1.2.3:80" {r.ms}ms'
    return line, r.ns, whole_second(r.start) + timedelta(milliseconds=r.ms)


def ltsv(r):
    request = "method:-\turi:-" if r.is_bad else f"method:{r.method}\turi:{r.path}"
    line = f"time:{r.clf(r.end)}\thost:{r.client}\t{request}\tstatus:{r.status}\tua:a:b\tapptime:0.001\treqtime:{r.seconds()}"
    return line, r.ns, whole_second(r.end)


def lograge(r):
    r.name = "JobsController#show"
    prefix = ["", f"I, [2026-03-12T10:00:01.482 #1]  INFO -- : [{r.id}] "][r.nth % 2]
    line = f"{prefix}method={r.method} path={r.path} format=html controller=JobsController action=show status={r.status} duration={r.ms}.5 view=40.43 db=15.26"
    r.ns += MS // 2
    return line, r.ns, None


def logfmt(r):
    r.name = r.name if not r.is_bad else "<BADREQ>"
    request = 'method="" path=""' if r.is_bad else f'method={r.method} path="{r.path}"'
    line = f'time={iso(r.end)} level=info msg="done \\"x\\" duration=9s" {request} status={r.status} duration={r.ms * 1000}µs'
    return line, r.ns, r.end


SPELLINGS = [
    nginx, nginx_upstream_first, nginx_upstream_last, common, ingress_nginx, envoy, istio, haproxy, haproxy_alone, alb, elb,
    traefik, ltsv, lograge, logfmt,
]  # fmt: skip


def main():
    for spelling in SPELLINGS:
        rng = random.Random(spelling.__name__)
        rows, ends, lines = OrderedDict(), [], []
        for nth in range(60):
            request = Request(rng, nth)
            line, ns, end = spelling(request)
            lines.append(line)
            row = rows.setdefault(request.name, [0, 0, 0])
            rows[request.name] = [row[0] + 1, row[1] + ns, max(row[2], ns)]
            if end is not None:
                ends.append((end - datetime(1970, 1, 1, tzinfo=timezone.utc)) // timedelta(microseconds=1))
        name = spelling.__name__.replace("_", "-")
        (HERE / f"{name}.log").write_text("\n".join(lines) + "\n")
        times = f"{min(ends)}\t{max(ends)}" if ends else "-\t-"
        figures = "".join(f"{name}\t{count}\t{total}\t{most}\n" for name, (count, total, most) in rows.items())
        (HERE / f"{name}.tsv").write_text(f"# ends\t{times}\n{figures}")


main()
