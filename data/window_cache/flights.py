"""One at a time for each key within this process; the others wait, and then find what the first one left."""

from __future__ import annotations

import threading
from collections.abc import Hashable, Iterator
from contextlib import contextmanager

from data.errors import OutOfTime, SourceError
from data.metronome.held_back import Busy
from data.waiting import waited_for


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
    def turn(self, key: Hashable, seconds: float) -> Iterator[SourceError | None]:
        """Hold ``key``: None. Else why not: whoever holds it did not let go within ``seconds``, or nobody else may
        wait."""
        with self._lock:
            turn = self._turns.setdefault(key, _Turn())
            turn.wanted_by += 1
        try:
            refusal = _acquired(turn, seconds)
            try:
                yield refusal
            finally:
                if refusal is None:
                    turn.lock.release()
        finally:
            with self._lock:
                turn.wanted_by -= 1
                if not turn.wanted_by:
                    del self._turns[key]


def _acquired(turn: _Turn, seconds: float) -> SourceError | None:
    try:
        mine = waited_for(lambda so_long: turn.lock.acquire(timeout=so_long), seconds)
    except Busy as busy:
        return busy
    return None if mine else OutOfTime("waiting for the same question of somebody else")
