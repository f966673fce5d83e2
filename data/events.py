"""What the app tells its operators: one event, its fields, and the request that it belongs to.

``server.logs`` writes them; nothing else knows their form. Fields never hold a token, a name or a query string.
``listen`` and ``trace_with`` are for whoever counts and traces; while nobody does, they cost next to nothing.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from contextvars import ContextVar
from enum import StrEnum
from typing import Protocol

REQUEST_ID: ContextVar[str] = ContextVar("request_id", default="")


class Channel(StrEnum):
    """Where an event goes: who was let in or not, one line per request, one per call upstream, and the rest."""

    AUDIT = "burnboard.audit"
    ACCESS = "burnboard.access"
    UPSTREAM = "burnboard.upstream"
    APP = "burnboard"


Field = str | int | float | bool | None
Listener = Callable[[str, Mapping[str, Field]], None]
_LISTENERS: list[Listener] = []


def emit(channel: Channel, event: str, *, level: int = logging.INFO, **fields: Field) -> None:
    """Hand one event to the log and to whoever listens. ``request_id`` is added from the request under way."""
    logging.getLogger(channel).log(level, event, extra={"fields": {**fields, "request_id": REQUEST_ID.get()}})
    note(event, **fields)


def note(event: str, **fields: Field) -> None:
    """Tell whoever listens, without a line in the log."""
    for listener in _LISTENERS:
        listener(event, fields)


def listen(listener: Listener) -> Callable[[], None]:
    """Call ``listener`` with every event of this process, from any thread; calling what is returned ends that."""
    _LISTENERS.append(listener)
    return lambda: _LISTENERS.remove(listener)


class Span(Protocol):
    """A stretch of time in a trace. ``headers`` carry the trace to whoever is asked meanwhile."""

    @property
    def headers(self) -> Mapping[str, str]: ...

    def tell(self, **fields: Field) -> None: ...


class _NoSpan:
    headers: Mapping[str, str] = {}

    def tell(self, **fields: Field) -> None: ...


Tracer = Callable[[str, Mapping[str, Field]], AbstractContextManager[Span]]
_TRACERS: list[Tracer] = []
_NO_SPAN = _NoSpan()


@contextmanager
def traced(what: str, **fields: Field) -> Iterator[Span]:
    """Run a block as one span of whoever traces."""
    if not _TRACERS:
        yield _NO_SPAN
        return
    with _TRACERS[-1](what, fields) as span:
        yield span


def trace_with(tracer: Tracer) -> Callable[[], None]:
    """Trace this process with ``tracer``; calling what is returned ends that."""
    _TRACERS.append(tracer)
    return lambda: _TRACERS.remove(tracer)
