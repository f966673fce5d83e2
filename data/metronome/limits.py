"""How this process treats Metronome: how much it asks at once and in a second, who waits, and what is left alone.

No rate limit is published (section 1.4 of the Metronome notes), so the client holds itself back and, told 429, halves
its rate and works up again over a minute.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from data.clock import Clock
from data.errors import CredentialsRejected, OutOfTime, SourceError
from data.metronome.breaker import Breaker, State, Trial, Verdict, verdict
from data.metronome.budget import RetryBudget
from data.metronome.bulkhead import Bulkhead
from data.metronome.credentials import Credentials
from data.metronome.deadline import Deadline
from data.metronome.lane import Lane, current_lane
from data.metronome.pace import Pace
from data.metronome.rate import Rests, TokenBucket
from data.upstream_state import Level, UpstreamState


class Endpoint:
    """What is known of one endpoint family."""

    def __init__(self, family: str, clock: Clock) -> None:
        self.family, self.breaker, self.pace = family, Breaker(family, clock), Pace(clock)


@dataclass(frozen=True)
class Turn:
    """The place of one attempt. Whoever holds it says what came of it."""

    endpoint: Endpoint
    trial: Trial
    credentials: Credentials
    clock: Clock
    began: float

    def ended(self, error: SourceError | None, status: int) -> None:
        """``status`` 0: no answer came."""
        took = self.clock.monotonic() - self.began
        self.trial.verdict = verdict(error, status=status, took=took)
        if error is None:
            self.credentials.accepted(self.endpoint.family)
        if isinstance(error, CredentialsRejected):
            self.credentials.refused(self.endpoint.family, status)
        if error is None or isinstance(error, OutOfTime):
            self.endpoint.pace.took(took)

    def not_offered(self) -> None:
        """It was answered that this is not there for us."""
        self.trial.verdict = Verdict.ANSWERED


class Limits:
    """The limits of one process, shared by every client in it. Embeds have ``embed_share`` of the slots and of the
    calls a second, so that they cannot starve the people who are signed in."""

    def __init__(
        self,
        *,
        clock: Clock,
        concurrency: int = 8,
        per_customer: int = 4,
        rps: float = 25.0,
        burst: int = 50,
        embed_share: float = 0.5,
    ) -> None:
        self._clock = clock
        self.concurrency = concurrency
        self.budget = RetryBudget()
        self._bulkhead = Bulkhead(concurrency, per_customer, max(1, int(concurrency * embed_share)))
        self._bucket = TokenBucket(clock, rps, burst)
        self._embed_bucket = TokenBucket(clock, rps * embed_share, max(1.0, burst * embed_share))
        self._rests = Rests(clock)
        self._credentials = Credentials(clock)
        self._endpoints: dict[str, Endpoint] = {}

    @property
    def rate(self) -> float:
        """Calls a second allowed at this moment."""
        return self._bucket.rate

    @contextmanager
    def turn(self, family: str, customer: str, deadline: Deadline) -> Iterator[Turn]:
        """Hold one attempt's place; raises ``HeldBack`` or ``OutOfTime`` instead of waiting too long or for nothing.

        What would be refused anyway is refused before it waits, and again after: much may have happened meanwhile.
        """
        endpoint = self._endpoint(family)
        self._credentials.check(family)
        self._rests.check(family)
        endpoint.breaker.check()
        queued = self._clock.monotonic()
        with self._bulkhead.slot(customer, deadline, current_lane()):
            self._take(deadline, queued)
            if deadline.expired:
                raise OutOfTime(f"{family}: waiting for its turn")
            self._rests.check(family)
            with endpoint.breaker.attempt(customer) as trial:
                self._credentials.enter(family)
                yield Turn(endpoint, trial, self._credentials, self._clock, self._clock.monotonic())

    def _take(self, deadline: Deadline, queued: float) -> None:
        """Wait for a token. Embeds have their share of them, as they have of the slots (row R19)."""
        if current_lane() is Lane.EMBED:
            self._embed_bucket.take(deadline, waited=self._clock.monotonic() - queued)
        self._bucket.take(deadline, waited=self._clock.monotonic() - queued)

    def _endpoint(self, family: str) -> Endpoint:
        known = self._endpoints.get(family)
        return known or self._endpoints.setdefault(family, Endpoint(family, self._clock))

    def may_retry(self, family: str, *, throttled: bool) -> bool:
        """Whether to ask once more, which is then paid for."""
        is_closed = self._endpoint(family).breaker.state is State.CLOSED
        return is_closed and self.budget.spend(throttled=throttled)

    def slow_down(self) -> None:
        """The service said 429."""
        self._bucket.slow_down()
        self._embed_bucket.slow_down()

    def rest(self, family: str, seconds: float) -> None:
        """Ask nothing of this endpoint family for so long: the service named a time beyond the deadline."""
        self._rests.begin(family, seconds)

    def upstream(self) -> UpstreamState:
        """How the service is doing, as far as this process knows."""
        return self._refused() or self._down() or self._throttled() or self._slow() or UpstreamState()

    def _refused(self) -> UpstreamState | None:
        refusals = self._credentials.refusals()
        if not refusals:
            return None
        told = {"": refusals[""]} if "" in refusals else refusals
        since, retry_in = (min(kind) for kind in zip(*told.values(), strict=True))
        return UpstreamState(Level.CREDENTIALS, tuple(sorted(filter(None, told))), since, retry_in)

    def _down(self) -> UpstreamState | None:
        down = [one for one in list(self._endpoints.values()) if one.breaker.state is not State.CLOSED]
        if not down:
            return None
        since = min((one.breaker.since for one in down if one.breaker.since is not None), default=None)
        return UpstreamState(Level.DOWN, _families(down), since, min(one.breaker.retry_in for one in down))

    def _throttled(self) -> UpstreamState | None:
        since, rests = self._bucket.slow_since, self._rests.left()
        if since is None and not rests:
            return None
        return UpstreamState(Level.THROTTLED, tuple(sorted(rests)), since, min(rests.values(), default=None))

    def _slow(self) -> UpstreamState | None:
        slow = [(since, one) for one in list(self._endpoints.values()) if (since := one.pace.slow_since) is not None]
        if not slow:
            return None
        return UpstreamState(Level.SLOW, _families([one for _, one in slow]), min(since for since, _ in slow))


def _families(endpoints: Sequence[Endpoint]) -> tuple[str, ...]:
    return tuple(sorted(one.family for one in endpoints))
