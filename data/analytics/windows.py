"""Which windows does a range have? Half-open, UTC; weeks begin on Monday; weeks and months are clipped to the range."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from data.filters import Days, Window

Span = tuple[datetime, datetime]
ApiWindow = Literal["hour", "day", "none"]

_MICROSECOND = timedelta(microseconds=1)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def windows_between(days: Days, window: Window) -> list[Span]:
    """Every window of ``days`` in order, as (start, end) in UTC; together they are the range, each instant once."""
    last = midnight(days.end_exclusive)
    spans: list[Span] = []
    start = midnight(days.first)
    while start < last:
        end = min(_next_start(start, window), last)
        spans.append((start, end))
        start = end
    return spans


def fetch_window(window: Window, additive: bool) -> ApiWindow:
    """The API window to ask usage for: weeks and months are sums of days only where days add up.

    ``none`` means one request per window of ``windows_between``, which is the only right figure for a metric that does
    not add up (section 2.3 of the Metronome notes).
    """
    if window is Window.HOUR:
        return "hour"
    if window is Window.DAY or additive:
        return "day"
    return "none"


def midnight(day: date) -> datetime:
    """The first instant of ``day`` in UTC."""
    return datetime.combine(day, time(), tzinfo=UTC)


def open_start(spans: list[Span], now: datetime) -> datetime | None:
    """The start of the first window that is not over at ``now``; None when all are."""
    return next((start for start, end in spans if end > now), None)


def positions(starts: pd.Series, spans: list[Span]) -> NDArray[np.int64]:
    """For each instant the index of the window that holds it; -1 outside the range and for NaT."""
    if not spans:
        return np.full(len(starts), -1, dtype=np.int64)
    instants = microseconds(starts)
    edges = np.array([_since_epoch(start) for start, _ in spans] + [_since_epoch(spans[-1][1])], dtype=np.int64)
    found = np.searchsorted(edges, instants, side="right").astype(np.int64) - 1
    found[found >= len(spans)] = -1
    return found


def microseconds(instants: pd.Series) -> NDArray[np.int64]:
    """Microseconds since 1970 of a ``time`` column; NaT is the smallest int64."""
    return instants.to_numpy(dtype="datetime64[us]").astype(np.int64)


def _since_epoch(moment: datetime) -> int:
    return (moment - _EPOCH) // _MICROSECOND


def _next_start(start: datetime, window: Window) -> datetime:
    if window is Window.HOUR:
        return start + timedelta(hours=1)
    if window is Window.DAY:
        return start + timedelta(days=1)
    if window is Window.WEEK:
        return start + timedelta(days=7 - start.weekday())
    return midnight((start.date().replace(day=1) + timedelta(days=32)).replace(day=1))
