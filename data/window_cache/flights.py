"""One at a time for each key within this process; the others wait, and then find what the first one left."""

from __future__ import annotations

import threading
from collections.abc import Hashable, Iterator
from contextlib import contextmanager

from data.errors import OutOfTime
from data.metronome.deadline import Deadline


class _Turn:
    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.wanted_by = 0


class Flights:
    """A lock for each key that anybody wants at this moment."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._turns: dict[Hashable, _Turn] = {}

    @contextmanager
    def turn(self, key: Hashable, deadline: Deadline) -> Iterator[None]:
        """Hold ``key``; raises ``OutOfTime`` when whoever holds it does not let go before the deadline."""
        with self._lock:
            turn = self._turns.setdefault(key, _Turn())
            turn.wanted_by += 1
        try:
            if not turn.lock.acquire(timeout=deadline.remaining()):
                raise OutOfTime("waiting for the same question of somebody else")
            try:
                yield
            finally:
                turn.lock.release()
        finally:
            with self._lock:
                turn.wanted_by -= 1
                if not turn.wanted_by:
                    del self._turns[key]
