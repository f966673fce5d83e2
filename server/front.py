"""The outermost layer of the whole site: gives each request its id, hands it to the site that it is for, and tells in
one line how it went. Health is answered here, before anybody is asked who they are.

Paths stay whole: every site knows the prefix that it lives under (stack notes, section 3).
"""

from __future__ import annotations

import logging
import re
import threading
import uuid
from collections.abc import Callable, Iterable, Mapping
from contextvars import Context, copy_context
from dataclasses import dataclass
from typing import Any

from werkzeug.wrappers import Response

from data.clock import Clock
from data.events import REQUEST_ID, Channel, emit, note, traced
from data.waiting import Room, answering
from server.headers import bare
from server.health import LIVE, READY, Health
from server.identity import FAILED
from server.leaving_body import LeavingBody
from server.problems import NOTHING_HERE, problem
from server.told import TOLD, Sort, Told

Environ = dict[str, Any]
StartResponse = Callable[..., Any]
Wsgi = Callable[[Environ, StartResponse], Iterable[bytes]]

INBOUND_ID = re.compile(r"[A-Za-z0-9._-]{8,64}")
MOST_POSTED, MOST_IN_CALLBACK = 64 * 1024, 256 * 1024
WHOLE_BYTES = 1024 * 1024  # an answer of a known length up to this goes out in one piece
START_SECONDS = 60.0
_METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT")
# What a request may bring. The server adds the whole environment of the process, tokens and all; that stays behind.
_KNOWN = frozenset((
    "CONTENT_LENGTH", "CONTENT_TYPE", "GATEWAY_INTERFACE", "PATH_INFO", "QUERY_STRING", "RAW_URI", "REMOTE_ADDR",
    "REMOTE_PORT", "REQUEST_METHOD", "REQUEST_URI", "SCRIPT_NAME", "SERVER_NAME", "SERVER_PORT", "SERVER_PROTOCOL",
    "SERVER_SOFTWARE",
))  # fmt: skip
_KNOWN_KINDS = ("HTTP_", "wsgi.", "werkzeug.")

log = logging.getLogger("burnboard")


@dataclass(frozen=True)
class Site:
    """One of the two servers behind the front. ``mode``: how it tells people apart."""

    app: Wsgi
    mode: str


class Front:
    """The WSGI application of the site. Until ``open`` is called it answers about its health and makes others wait.
    ``room``: where those wait whose answers take long, if that is bounded."""

    def __init__(self, prefix: str, health: Health, clock: Clock, room: Room | None = None) -> None:
        self.health = health
        self._prefix, self._clock, self._room = prefix, clock, room
        self._opened = threading.Event()
        self._pages: Site | None = None
        self._embeds: Site | None = None

    def open(self, pages: Site | None, embeds: Site | None) -> Front:
        """Begin to answer with these; None where the mode has no such site."""
        self._pages, self._embeds = pages, embeds
        self.health.started = True
        self._opened.set()
        return self

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        context = copy_context()  # threads of the server are used again; what is set here must not be
        return context.run(self._answer, _cleaned(environ), start_response, context)

    def _answer(self, environ: Environ, start_response: StartResponse, context: Context) -> Iterable[bytes]:
        told, started = Told(), self._clock.monotonic()
        given = environ.get("HTTP_X_REQUEST_ID", "")
        request_id = given if INBOUND_ID.fullmatch(given) else uuid.uuid4().hex
        environ["burnboard.request_id"] = request_id
        REQUEST_ID.set(request_id)
        TOLD.set(told)
        answer = _Answer(start_response, self._extra(request_id))
        span = traced("request", traceparent=environ.get("HTTP_TRACEPARENT", ""))
        tell = span.__enter__()

        def end(size: int) -> None:
            tell.tell(route=told.route, kind=told.sort, status=answer.status)
            span.__exit__(None, None, None)
            _tell(environ, told, answer.status, (self._clock.monotonic() - started) * 1000, size)

        with answering(self._room):
            body = self._guarded(environ, answer, told)
        return _sent(body, answer, context, end)

    def _extra(self, request_id: str) -> list[tuple[str, str]]:
        """Headers of every answer. A process that is about to stop lets go of its connections, one answer each."""
        return [("X-Request-Id", request_id), *([("Connection", "close")] if self.health.leaving() else [])]

    def _guarded(self, environ: Environ, answer: _Answer, told: Told) -> Iterable[bytes]:
        try:
            return self._chosen(environ, told)(environ, answer)
        except Exception:
            log.exception("unforeseen error in front of the site")
            return bare(problem(500, FAILED))(environ, answer)

    def _chosen(self, environ: Environ, told: Told) -> Wsgi:
        path = str(environ.get("PATH_INFO", ""))
        name = path.removeprefix(self._prefix if path.startswith(self._prefix) else "/")
        if name in (LIVE, READY) and environ["REQUEST_METHOD"] in ("GET", "HEAD"):
            told.sort, told.route = Sort.HEALTH, f"/{name}"
            report = self.health.report(name)
            return bare(_plain(report.status, report.body))
        if _length(environ) > (MOST_IN_CALLBACK + 1 if path.endswith("_dash-update-component") else MOST_POSTED):
            return bare(problem(413, "That is more than is read here."))
        if not self._opened.wait(START_SECONDS):
            return bare(problem(503, "This is still starting. Please try again in a moment.", retry_after=1))
        site = self._embeds if self._is_embed(path) else self._pages
        if site is None or not path.startswith(self._prefix):
            return bare(problem(404, NOTHING_HERE))
        told.mode = site.mode
        return site.app

    def _is_embed(self, path: str) -> bool:
        below = path.removeprefix(self._prefix)
        return below.startswith("embed/") or below in ("embed.js", "embed.d.ts", "v1/dashboards/getEmbeddableUrl")


class _Answer:
    """``start_response`` of one request: remembers the status, adds the headers of every answer."""

    def __init__(self, start_response: StartResponse, extra: list[tuple[str, str]]) -> None:
        self._start, self._extra = start_response, extra
        self._own = {name.lower() for name, _ in extra}
        self.status, self.length = 500, -1

    def __call__(self, status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Any:
        self.status = int(status.split(" ", 1)[0])
        length = next((value for name, value in headers if name.lower() == "content-length"), "")
        self.length = int(length) if length.isdigit() else -1
        kept = [(name, value) for name, value in headers if name.lower() not in self._own]
        return self._start(status, kept + self._extra, *([exc_info] if exc_info else []))


def _sent(body: Iterable[bytes], answer: _Answer, context: Context, end: Callable[[int], None]) -> Iterable[bytes]:
    """The body: in one piece where it is short and whole already, else piece by piece in the request's context."""
    leaving = LeavingBody(body, context, end)
    if not 0 <= answer.length <= WHOLE_BYTES:
        return leaving
    try:
        return [b"".join(leaving.inside())]
    finally:
        leaving.end()


def _tell(environ: Mapping[str, Any], told: Told, status: int, ms: float, size: int) -> None:
    method = environ["REQUEST_METHOD"]
    if told.admitted:
        note("admitted", mode=told.mode)
    emit(
        Channel.ACCESS,
        "request",
        level=logging.DEBUG if told.sort is Sort.HEALTH else logging.INFO,
        method=method if method in _METHODS else "(other)",
        route=told.route,
        kind=told.sort,
        mode=told.mode,
        subject=told.subject,
        status=status,
        ms=round(ms, 1),
        bytes=size,
    )


def _cleaned(environ: Environ) -> Environ:
    kept = {name: value for name, value in environ.items() if name in _KNOWN or name.startswith(_KNOWN_KINDS)}
    kept.pop("HTTP_PROXY", None)  # a variable of the environment, not a header
    kept.setdefault("REQUEST_METHOD", "GET")
    return kept


def _length(environ: Mapping[str, Any]) -> int:
    text = str(environ.get("CONTENT_LENGTH") or "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 16 else 0


def _plain(status: int, body: bytes) -> Response:
    return Response(body, status, content_type="application/json", headers={"Cache-Control": "no-store"})
