"""How many calls a second, and rest when told to rest (row R20)."""

from __future__ import annotations

import threading
from datetime import datetime

from data.clock import Clock
from data.metronome.bulkhead import patience
from data.metronome.deadline import Deadline
from data.metronome.held_back import Busy, Resting

RECOVERY_SECONDS = 60.0
LONGEST_REST = 120.0
SLOWEST = 1 / 16


class TokenBucket:
    """``rps`` calls a second with bursts of ``burst``; ``slow_down`` halves the rate, a minute brings it back."""

    def __init__(self, clock: Clock, rps: float, burst: float) -> None:
        self._clock, self._full_rate, self._burst = clock, rps, burst
        self._rate, self._tokens = rps, burst
        self._seen_at = self._slowed_at = clock.monotonic()
        self._slowed_at -= RECOVERY_SECONDS
        self._slow_since: datetime | None = None
        self._lock = threading.Lock()

    @property
    def rate(self) -> float:
        with self._lock:
            self._refill()
            return self._rate

    @property
    def slow_since(self) -> datetime | None:
        """When the service first asked to slow down; None at full rate."""
        return self._slow_since if self.rate < self._full_rate else None

    def take(self, deadline: Deadline, *, waited: float = 0.0) -> None:
        """Wait for a token; raises ``Busy`` at once when it would not come within what the patience has left."""
        with self._lock:
            self._refill()
            wait = max(0.0, (1 - self._tokens) / self._rate)
            if wait > max(0.0, patience(deadline) - waited):
                raise Busy("own rate limit", retry_after=wait)
            self._tokens -= 1
        if wait:
            self._clock.sleep(wait)

    def give_back(self) -> None:
        """The token that was taken last is not needed."""
        with self._lock:
            self._tokens += 1

    def slow_down(self) -> None:
        """Metronome said 429. Several at once count once: they were asked at the same rate."""
        with self._lock:
            self._refill()
            if self._seen_at - self._slowed_at >= 1.0:
                if self._rate >= self._full_rate:
                    self._slow_since = self._clock.now()
                self._rate = max(self._full_rate * SLOWEST, self._rate / 2)
                self._tokens = min(self._tokens, 0.0)
                self._slowed_at = self._seen_at

    def _refill(self) -> None:
        now = self._clock.monotonic()
        passed, self._seen_at = max(0.0, now - self._seen_at), now
        self._tokens = min(self._burst, self._tokens + passed * self._rate)
        self._rate = min(self._full_rate, self._rate + self._full_rate * passed / RECOVERY_SECONDS)


class Rests:
    """Endpoint families of which nothing is asked for a while."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._until: dict[str, float] = {}

    def begin(self, family: str, seconds: float) -> None:
        """The service named a time that nobody waits for."""
        until = self._clock.monotonic() + min(seconds, LONGEST_REST)
        self._until[family] = max(until, self._until.get(family, until))

    def check(self, family: str) -> None:
        """Raises ``Resting``."""
        left = self._until.get(family, 0.0) - self._clock.monotonic()
        if left > 0:
            raise Resting(f"{family} rests", retry_after=left)

    def left(self) -> dict[str, float]:
        """Seconds by family."""
        now = self._clock.monotonic()
        return {family: until - now for family, until in list(self._until.items()) if until > now}
