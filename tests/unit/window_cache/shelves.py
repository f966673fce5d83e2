"""A cache over a made-up question: a list, or days of which each row says in which fetch it came."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta

import numpy as np
import pandas as pd

from data.clock import Clock
from data.errors import SourceError
from data.frames.columns import as_times, floats, frame, text
from data.metronome.deadline import Deadline
from data.schema import USAGE
from data.window_cache.reader import Read, WindowCache
from data.window_cache.store import MemoryStore, Store
from data.window_cache.wanted import Fetched, Span, Wanted, by_day, by_span, days_of, listed

TODAY = date(2026, 11, 20)
MEGABYTE = 1 << 20


@dataclass(frozen=True)
class HandClock(Clock):
    """Stands still until it is moved, wall and all."""

    ran: list[float] = field(default_factory=lambda: [1000.0])

    def now(self) -> datetime:
        return datetime(TODAY.year, TODAY.month, TODAY.day, 12, tzinfo=UTC) + timedelta(seconds=self.ran[0] - 1000.0)

    def monotonic(self) -> float:
        return self.ran[0]

    def sleep(self, seconds: float) -> None:
        """Nobody waits."""

    def move(self, seconds: float) -> None:
        self.ran[0] += seconds


class MadeUp:
    """Answers every day with one row whose value is the number of the fetch. ``fails``: what a span fails with, if
    anything; ``offered``: whether there is such an endpoint at all; ``gate``: fetches wait until it is open."""

    def __init__(self) -> None:
        self.spans: list[Span | None] = []
        self.moving: frozenset[int] = frozenset()
        self.fails: Callable[[Span | None], SourceError | None] = lambda _: None
        self.offered = True
        self.gate = threading.Event()
        self.gate.set()
        self.most = self._under_way = 0
        self._lock = threading.Lock()

    def fetch(self, span: Span | None, until: Deadline) -> Fetched:
        del until
        with self._lock:
            self.spans.append(span)
            number = len(self.spans)
            self._under_way += 1
            self.most = max(self.most, self._under_way)
        assert self.gate.wait(20)
        with self._lock:
            self._under_way -= 1
        error = self.fails(span)
        if error is not None:
            raise error
        return self._answer(span or (TODAY, TODAY + timedelta(days=1)), float(number))

    def _answer(self, span: Span, value: float) -> Fetched:
        if not self.offered:
            return Fetched({})
        starts = [day.toordinal() for day in days_between(*span)]
        usage = rows_of(starts, value)
        return Fetched({"usage": usage}, {"usage": days_of(usage["window_start"])}, self.moving)


def days_between(start: date, end: date) -> list[date]:
    return [start + timedelta(days=number) for number in range((end - start).days)]


def rows_of(days: list[int], value: float) -> pd.DataFrame:
    starts = (np.array(days, np.int64) - date(1970, 1, 1).toordinal()) * 86_400_000_000
    columns = {
        "window_start": as_times(starts),
        "window_end": as_times(starts + 86_400_000_000),
        "group": text(["{}"] * len(days)),
        "value": floats([value] * len(days)),
    }
    return frame(columns, USAGE)


class Asker:
    """Asks one cache as pages and downloads do."""

    def __init__(self, clock: Clock, api: MadeUp, store: Store | None = None) -> None:
        self.clock, self.api = clock, api
        self.cache = WindowCache(store or MemoryStore(MEGABYTE, clock), clock)

    def days(self, start: date, end: date, *, whole: bool = False) -> Read[pd.DataFrame | None]:
        pieces = by_day("", ("A", "usage"), start, end, 31)
        return self._read(Wanted(name=("A", start, end), pieces=pieces, fetch=self.api.fetch, shape=usage_in), whole)

    def spans(self, *spans: Span, whole: bool = False) -> Read[pd.DataFrame | None]:
        pieces = by_span("", ("A", "spans"), spans)
        return self._read(Wanted(name=("A", spans), pieces=pieces, fetch=self.api.fetch, shape=usage_in), whole)

    def list(self, *, lasts: float = 300.0, whole: bool = False) -> Read[pd.DataFrame | None]:
        pieces = listed("", ("A", "list"))
        wanted = Wanted(name=("A", "list"), pieces=pieces, fetch=self.api.fetch, shape=usage_in, lasts=lasts)
        return self._read(wanted, whole)

    def _read(self, wanted: Wanted[pd.DataFrame | None], whole: bool) -> Read[pd.DataFrame | None]:
        return self.cache.read(wanted, whole=whole, begin=lambda: Deadline(self.clock, 10.0))


def usage_in(tables: object) -> pd.DataFrame | None:
    return tables["usage"] if tables else None  # type: ignore[index]


def fetches(read: Read[pd.DataFrame | None]) -> dict[date, float]:
    """By day the number of the fetch that it came with."""
    assert read.value is not None
    found = zip(read.value["window_start"].dt.date, read.value["value"], strict=True)
    return dict(found)
