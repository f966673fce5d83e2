"""How much this process asks of Metronome at once: a bulkhead, a token bucket, and rest when told to rest.

No rate limit is published (section 1.4 of the Metronome notes), so the client holds itself back and, told 429, halves
its rate and works up again over a minute.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from data.clock import Clock
from data.errors import OutOfTime, Throttled
from data.metronome.deadline import Deadline

BUSY = "Too many questions to the billing service are under way here. Please try again in a moment."
QUEUE_SECONDS = 2.0
RECOVERY_SECONDS = 60.0
LONGEST_REST = 120.0
SLOWEST = 1 / 16


class HeldBack(Throttled):
    """It was this process that would not ask: too much is under way already, or the service wants a rest."""


def patience(deadline: Deadline) -> float:
    """How long to wait for a turn: a person's page 2 s, a download as long as it may stand still."""
    return min(deadline.remaining(), deadline.idle or QUEUE_SECONDS)


class Bulkhead:
    """At most ``total`` calls in flight, ``per_customer`` of them for one customer; turns go in order of arrival."""

    def __init__(self, total: int, per_customer: int) -> None:
        self.total, self.per_customer = total, per_customer
        self._in_flight: Counter[str] = Counter()
        self._queue: list[tuple[object, str]] = []
        self._changed = threading.Condition()

    @contextmanager
    def slot(self, customer: str, deadline: Deadline) -> Iterator[None]:
        """Hold one slot. ``customer`` "" is nobody's and only counts in total. Raises ``Throttled``, ``OutOfTime``."""
        ticket = (object(), customer)
        with self._changed:
            self._queue.append(ticket)
            got_turn = self._changed.wait_for(lambda: self._has_turn(ticket), timeout=patience(deadline))
            self._queue.remove(ticket)
            if not got_turn:
                self._changed.notify_all()
                raise OutOfTime("no slot") if deadline.expired else HeldBack("no slot", sentence=BUSY)
            self._in_flight[customer] += 1
            self._changed.notify_all()
        try:
            yield
        finally:
            with self._changed:
                self._in_flight[customer] -= 1
                if not self._in_flight[customer]:
                    del self._in_flight[customer]
                self._changed.notify_all()

    def _has_turn(self, ticket: tuple[object, str]) -> bool:
        earlier = self._queue[: self._queue.index(ticket)]
        return self._is_free(ticket[1]) and not any(self._is_free(customer) for _, customer in earlier)

    def _is_free(self, customer: str) -> bool:
        below_own = not customer or self._in_flight[customer] < self.per_customer
        return below_own and self._in_flight.total() < self.total


class TokenBucket:
    """``rps`` calls a second with bursts of ``burst``; ``slow_down`` halves the rate, a minute brings it back."""

    def __init__(self, clock: Clock, rps: float, burst: float) -> None:
        self._clock, self._full_rate, self._burst = clock, rps, burst
        self._rate, self._tokens = rps, burst
        self._seen_at = self._slowed_at = clock.monotonic()
        self._slowed_at -= RECOVERY_SECONDS
        self._lock = threading.Lock()

    @property
    def rate(self) -> float:
        with self._lock:
            self._refill()
            return self._rate

    def take(self, deadline: Deadline) -> None:
        """Wait for a token; raises ``Throttled`` at once when it would not come within the patience."""
        with self._lock:
            self._refill()
            wait = max(0.0, (1 - self._tokens) / self._rate)
            if wait > patience(deadline):
                raise HeldBack("own rate limit", sentence=BUSY, retry_after=wait)
            self._tokens -= 1
        if wait:
            self._clock.sleep(wait)

    def slow_down(self) -> None:
        """Metronome said 429. Several at once count once: they were asked at the same rate."""
        with self._lock:
            self._refill()
            if self._seen_at - self._slowed_at >= 1.0:
                self._rate = max(self._full_rate * SLOWEST, self._rate / 2)
                self._tokens = min(self._tokens, 0.0)
                self._slowed_at = self._seen_at

    def _refill(self) -> None:
        now = self._clock.monotonic()
        passed, self._seen_at = max(0.0, now - self._seen_at), now
        self._tokens = min(self._burst, self._tokens + passed * self._rate)
        self._rate = min(self._full_rate, self._rate + self._full_rate * passed / RECOVERY_SECONDS)


class Limits:
    """The limits of one process, shared by every client in it."""

    def __init__(
        self, *, clock: Clock, concurrency: int = 8, per_customer: int = 4, rps: float = 25.0, burst: int = 50
    ) -> None:
        self._clock = clock
        self.concurrency = concurrency
        self._bulkhead = Bulkhead(concurrency, per_customer)
        self._bucket = TokenBucket(clock, rps, burst)
        self._rests_until: dict[str, float] = {}

    @property
    def rate(self) -> float:
        """Calls a second allowed at this moment."""
        return self._bucket.rate

    @contextmanager
    def turn(self, family: str, customer: str, deadline: Deadline) -> Iterator[None]:
        """Hold one call's place; raises ``Throttled`` or ``OutOfTime`` instead of waiting too long."""
        rest = self._rests_until.get(family, 0.0) - self._clock.monotonic()
        if rest > 0:
            raise HeldBack(f"{family} rests", retry_after=rest)
        self._bucket.take(deadline)
        with self._bulkhead.slot(customer, deadline):
            yield

    def slow_down(self) -> None:
        self._bucket.slow_down()

    def rest(self, family: str, seconds: float) -> None:
        """Ask nothing of this endpoint family for so long: the service named a time beyond the deadline."""
        self._rests_until[family] = self._clock.monotonic() + min(seconds, LONGEST_REST)
