"""An endpoint that fails is left alone for a while, and then tried by one call (rows R8, R9 and R10).

Closed, everything passes and the ends of the last 30 s are remembered. Open, nothing passes. When the rest is over the
first who asks is the probe; everybody else is told so at once until it is back. If nobody asks for a minute then, it is
not known any more how the endpoint does, and it is closed. No lock is held during a call.
"""

from __future__ import annotations

import logging
import threading
from collections import Counter, deque
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from data.clock import Clock
from data.errors import OutOfTime, SourceError, Unreachable
from data.events import Channel, emit
from data.metronome.held_back import LeftAlone

WINDOW_SECONDS = 30.0
LEAST_CALLS = 10
FIRST_REST = 10.0
LONGEST_REST = 60.0
ENOUGH_SECONDS = 3.0  # for an answer to come
PROBE_SECONDS = 1.0  # after which to ask whether the probe is back
FORGOTTEN_SECONDS = 60.0  # after the rest


class State(StrEnum):
    CLOSED = "closed"
    HALF = "half"
    OPEN = "open"


class Verdict(StrEnum):
    """What one attempt says about the endpoint."""

    ANSWERED = "answered"
    FAILED = "failed"


def verdict(error: SourceError | None, *, status: int, took: float) -> Verdict | None:
    """No connection, no answer in time and 5xx are failures, 4xx and nonsense are answers. Whoever had no time left to
    wait for the whole of an answer knows nothing: None."""
    if not isinstance(error, Unreachable | OutOfTime) or 400 <= status < 500:
        return Verdict.ANSWERED
    return None if isinstance(error, OutOfTime) and took < ENOUGH_SECONDS else Verdict.FAILED


@dataclass(eq=False)
class Trial:
    """One attempt. Whoever holds it sets ``verdict``; without one it never happened."""

    customer: str
    round: int
    verdict: Verdict | None = None


@dataclass(frozen=True)
class _End:
    at: float
    customer: str
    failed: bool


class Breaker:
    """Of one endpoint family. Safe to share between threads."""

    def __init__(self, family: str, clock: Clock) -> None:
        self._family, self._clock = family, clock
        self._ends: deque[_End] = deque()
        self._open_until: float | None = None
        self._rest = 0.0
        self._probing = False
        self._round = 0  # each opening and closing begins one; what began in an earlier one says nothing about this
        self.since: datetime | None = None
        self._lock = threading.Lock()

    @property
    def state(self) -> State:
        if self._open_until is None:
            return State.CLOSED
        return State.HALF if self._probing else State.OPEN

    @property
    def retry_in(self) -> float:
        """Seconds until somebody may be let through, 0 when now."""
        until = self._open_until
        if until is None:
            return 0.0
        left = max(0.0, until - self._clock.monotonic())
        return max(left, PROBE_SECONDS) if self._probing else left

    def check(self) -> None:
        """Raises ``LeftAlone`` when an attempt would not pass now."""
        with self._changing():
            self._refuse()

    def forget(self) -> None:
        """Tell whoever listens what is not known any more: there is nobody else to notice where nobody asks."""
        with self._changing():
            pass

    @contextmanager
    def attempt(self, customer: str) -> Iterator[Trial]:
        """Let one attempt pass and hear what came of it; raises ``LeftAlone`` at once when none may."""
        trial = self._begun(customer)
        try:
            yield trial
        finally:
            self._end(trial)

    def _begun(self, customer: str) -> Trial:
        with self._changing():
            self._refuse()
            self._probing = self._open_until is not None
            return Trial(customer, self._round)

    def _end(self, trial: Trial) -> None:
        with self._changing():
            if trial.round == self._round:
                self._judge(trial)

    @contextmanager
    def _changing(self) -> Iterator[None]:
        """Alone. A change is told before the next can happen, so that what was told last is what is."""
        with self._lock:
            before = self.state
            self._lapse()
            try:
                yield
            finally:
                if self.state is not before:
                    self._tell()

    def _lapse(self) -> None:
        until = self._open_until
        if until is not None and not self._probing and self._clock.monotonic() >= until + FORGOTTEN_SECONDS:
            self._close()

    def _refuse(self) -> None:
        left = self.retry_in
        if left > 0:
            raise LeftAlone(f"{self._family}: left alone", retry_after=left)

    def _judge(self, trial: Trial) -> None:
        is_probe, self._probing = self._probing, False
        match trial.verdict:
            case Verdict.FAILED if is_probe:
                self._open()
            case Verdict.ANSWERED if is_probe:
                self._close()
            case Verdict.ANSWERED | Verdict.FAILED:
                self._count(trial)

    def _count(self, trial: Trial) -> None:
        now = self._clock.monotonic()
        self._ends.append(_End(now, trial.customer, trial.verdict is Verdict.FAILED))
        while self._ends[0].at < now - WINDOW_SECONDS:
            self._ends.popleft()
        if trial.verdict is Verdict.FAILED and self._is_failing():
            self._open()

    def _is_failing(self) -> bool:
        """Half of at least ten, and the others see it too when the customer who failed most is left out: what one meets
        alone is not the endpoint's (R18). Fewer than ten others have to agree."""
        if len(self._ends) < LEAST_CALLS or not _half_failed(self._ends):
            return False
        ((worst, _),) = Counter(end.customer for end in self._ends if end.failed).most_common(1)
        others = [end for end in self._ends if end.customer != worst]
        return _half_failed(others) if len(others) >= LEAST_CALLS else all(end.failed for end in others)

    def _open(self) -> None:
        self._rest = min(LONGEST_REST, 2 * self._rest or FIRST_REST)
        self._open_until = self._clock.monotonic() + self._rest
        self.since = self.since or self._clock.now()
        self._ends.clear()
        self._round += 1

    def _close(self) -> None:
        self._open_until, self.since, self._rest = None, None, 0.0
        self._round += 1

    def _tell(self) -> None:
        level = logging.WARNING if self.state is State.OPEN else logging.INFO
        emit(Channel.UPSTREAM, "breaker", level=level, family=self._family, state=self.state, rest_s=self._rest)


def _half_failed(ends: Collection[_End]) -> bool:
    return 2 * sum(end.failed for end in ends) >= len(ends)
