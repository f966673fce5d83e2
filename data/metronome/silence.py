"""Whether the service answers at all. Where few people ask, no endpoint fails often enough for its breaker."""

from __future__ import annotations

import threading
from datetime import datetime
from typing import Final

from data.clock import Clock
from data.metronome.breaker import Verdict

LEAST_FAILED: Final = 3
LEAST_FAMILIES: Final = 2  # one that fails alone is its breaker's
RECENT_SECONDS: Final = 60.0


class Silence:
    """The attempts that failed since the last answer, whichever endpoint they were for. Safe under threads."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._failed, self._families = 0, set[str]()
        self._begun, self._last = clock.now(), 0.0
        self._lock = threading.Lock()

    def ended(self, family: str, verdict: Verdict | None) -> None:
        with self._lock:
            if verdict is Verdict.ANSWERED:
                self._failed, self._families = 0, set()
            if verdict is Verdict.FAILED:
                self._begun = self._begun if self._failed else self._clock.now()
                self._failed, self._last = self._failed + 1, self._clock.monotonic()
                self._families.add(family)

    @property
    def since(self) -> datetime | None:
        """When it began, None where something answers, or nobody has asked for a minute."""
        with self._lock:
            is_recent = self._clock.monotonic() - self._last <= RECENT_SECONDS
            is_silent = self._failed >= LEAST_FAILED and len(self._families) >= LEAST_FAMILIES
            return self._begun if is_recent and is_silent else None
