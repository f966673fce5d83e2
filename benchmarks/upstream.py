"""The API at a distance: a relay before the sandbox that waits before it answers, and keeps what was asked when."""

from __future__ import annotations

import http.client
import json
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

CURSOR = "next_page"
_PASSED_ON = ("Authorization", "Content-Type")


@dataclass(frozen=True)
class Call:
    """One request and its answer: ``question`` is all of it but the cursor; seconds on one clock."""

    question: str
    page: str
    begun: float
    ended: float

    @property
    def seconds(self) -> float:
        return self.ended - self.begun


class Upstream:
    """``delay``: seconds before each answer."""

    def __init__(self, url: str) -> None:
        self.url, self.delay = url, 0.0
        self._calls: list[Call] = []
        self._lock = threading.Lock()

    def add(self, call: Call) -> None:
        with self._lock:
            self._calls.append(call)

    def taken(self) -> list[Call]:
        """What was answered since this was last asked."""
        with self._lock:
            calls, self._calls = self._calls, []
        return calls


def slowest_chain(calls: list[Call]) -> float:
    """Seconds of the longest row of calls of which each needs the answer before it: the pages of one question, and for
    usage the metrics of the account before them. Nobody who asks these questions can be done sooner."""
    chains: Counter[str] = Counter()
    for call in calls:
        chains[call.question] += call.seconds  # type: ignore[assignment]  # Counter adds floats as well
    metrics = max((seconds for question, seconds in chains.items() if "/billable-metrics" in question), default=0.0)
    return max((seconds + metrics * ("/usage" in question) for question, seconds in chains.items()), default=0.0)


def most_alike(calls: list[Call]) -> int:
    """How often the question that was asked most was asked: 1 where nobody asked twice."""
    return max(Counter((call.question, call.page) for call in calls).values(), default=0)


def question_of(method: str, path: str, body: bytes) -> tuple[str, str]:
    """What is asked, and the cursor."""
    parts = urlsplit(path)
    query = dict(parse_qsl(parts.query))
    sent: dict[str, Any] = json.loads(body) if body else {}
    page = query.pop(CURSOR, None) or sent.pop(CURSOR, None) or ""
    return f"{method} {parts.path}?{urlencode(sorted(query.items()))} {json.dumps(sent, sort_keys=True)}", str(page)


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 512  # whoever asks without keeping a connection opens many at once


class _Relay(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1
    upstream: Upstream

    def setup(self) -> None:
        super().setup()
        self._inner = http.client.HTTPConnection(urlsplit(self.upstream.url).netloc, timeout=120)

    def finish(self) -> None:
        super().finish()
        self._inner.close()

    def _relay(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        begun = time.perf_counter()
        question, page = question_of(self.command, self.path, body)
        time.sleep(self.upstream.delay)
        headers = {name: self.headers[name] for name in _PASSED_ON if self.headers[name]}
        self._inner.request(self.command, self.path, body or None, headers)
        answer = self._inner.getresponse()
        content = answer.read()
        self.send_response(answer.status)
        self.send_header("Content-Type", answer.headers["Content-Type"])
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)
        self.wfile.flush()
        self.upstream.add(Call(question, page, begun, time.perf_counter()))

    do_GET = do_POST = _relay  # noqa: N815 - the base class's names

    def log_message(self, *_: Any) -> None:
        """Nobody reads it."""


@contextmanager
def far_away(api: str) -> Iterator[tuple[str, Upstream]]:
    """The address of the relay before ``api``, and its switches."""
    upstream = Upstream(api)
    handler = type("Relay", (_Relay,), {"upstream": upstream})
    server = _Server(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", upstream
    finally:
        server.shutdown()
        server.server_close()
