"""Whether answers take long: the service works, but people wait for it."""

from __future__ import annotations

import threading
from collections import deque
from datetime import datetime
from statistics import median

from data.clock import Clock

SLOW_SECONDS = 2.0
LEAST_CALLS = 5
MOST_CALLS = 20
RECENT_SECONDS = 60.0


class Pace:
    """The last 20 attempts of an endpoint that ended within the last minute. It is slow when there are five of them and
    half took longer than 2 s: a page asks for several things in a row, and 10 s is what it has."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._took: deque[tuple[float, float]] = deque(maxlen=MOST_CALLS)
        self._since: datetime | None = None
        self._lock = threading.Lock()

    def took(self, seconds: float) -> None:
        """An attempt was answered, or was not in time."""
        with self._lock:
            self._took.append((self._clock.monotonic(), seconds))
            self._since = (self._since or self._clock.now()) if self._is_slow() else None

    @property
    def slow_since(self) -> datetime | None:
        with self._lock:
            return self._since if self._is_slow() else None

    def _is_slow(self) -> bool:
        after = self._clock.monotonic() - RECENT_SECONDS
        recent = [seconds for at, seconds in self._took if at >= after]
        return len(recent) >= LEAST_CALLS and median(recent) > SLOW_SECONDS
