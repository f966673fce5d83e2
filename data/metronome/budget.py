"""How many second tries there may be: an upstream that fails is not asked three times as much for it (row R4)."""

from __future__ import annotations

import threading

from data.events import note

SIZE = 100
COST = 10
COST_THROTTLED = 5
RETURN = 1


class RetryBudget:
    """A bucket that retries empty and clean successes fill: in the long run one retry for ten calls that work. When it
    is empty there is no retry, and nobody waits for one."""

    def __init__(self) -> None:
        self._left = SIZE
        self._lock = threading.Lock()

    @property
    def left(self) -> int:
        return self._left

    def spend(self, *, throttled: bool) -> bool:
        """Whether one more retry may be made; it is then paid for."""
        cost = COST_THROTTLED if throttled else COST
        with self._lock:
            if self._left < cost:
                return False
            self._left -= cost
        self._tell()
        return True

    def refund(self, *, throttled: bool) -> None:
        """The retry that was paid for is not made."""
        self._add(COST_THROTTLED if throttled else COST)

    def give_back(self) -> None:
        """A call worked at the first attempt."""
        if self._left < SIZE:
            self._add(RETURN)

    def _add(self, some: int) -> None:
        with self._lock:
            self._left = min(SIZE, self._left + some)
        self._tell()

    def _tell(self) -> None:
        note("retry_budget", spent=SIZE - self._left)
