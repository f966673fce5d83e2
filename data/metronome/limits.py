"""How this process treats Metronome: how much it asks at once and in a second, who waits, and what is left alone.

No rate limit is published (section 1.4 of the Metronome notes), so the client holds itself back and, told 429, halves
its rate and works up again over a minute.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from http import HTTPStatus

from data.clock import Clock
from data.errors import OutOfTime, SourceError
from data.metronome.breaker import Breaker, State, Trial, Verdict, verdict
from data.metronome.budget import RetryBudget
from data.metronome.bulkhead import Bulkhead
from data.metronome.credentials import EVERYWHERE, Credentials, Refusals
from data.metronome.deadline import Deadline
from data.metronome.held_back import Busy
from data.metronome.lane import Lane, current_lane
from data.metronome.pace import Pace
from data.metronome.rate import Rests, TokenBucket
from data.metronome.silence import Silence
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
        if status:
            self.credentials.answered(self.endpoint.family, self.trial.customer, status)
        if error is None or isinstance(error, OutOfTime):
            self.endpoint.pace.took(took)

    def not_offered(self) -> None:
        """It was answered that this is not there for us, whatever the status."""
        self.trial.verdict = Verdict.ANSWERED
        self.credentials.answered(self.endpoint.family, self.trial.customer, HTTPStatus.NOT_FOUND)


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
        self._silence = Silence(clock)
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
        self._credentials.check(family, customer)
        self._rests.check(family)
        endpoint.breaker.check()
        queued = self._clock.monotonic()
        with self._bulkhead.slot(customer, deadline, current_lane()):
            self._take(deadline, queued)
            if deadline.expired:
                raise OutOfTime(f"{family}: waiting for its turn")
            self._rests.check(family)
            with endpoint.breaker.attempt(customer) as trial:
                self._credentials.enter(family, customer)
                try:
                    yield Turn(endpoint, trial, self._credentials, self._clock, self._clock.monotonic())
                finally:
                    self._silence.ended(family, trial.verdict)

    def _take(self, deadline: Deadline, queued: float) -> None:
        """Wait for a token. Embeds have their share of them, as they have of the slots (row R19)."""
        if current_lane() is not Lane.EMBED:
            self._bucket.take(deadline, waited=self._clock.monotonic() - queued)
            return
        self._embed_bucket.take(deadline, waited=self._clock.monotonic() - queued)
        try:
            self._bucket.take(deadline, waited=self._clock.monotonic() - queued)
        except Busy:
            self._embed_bucket.give_back()
            raise

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
        """Ask nothing of this endpoint family for so long: the service named a time that nobody waits for."""
        self._rests.begin(family, seconds)

    def upstream(self) -> UpstreamState:
        """How the service is doing, as far as this process knows. What nobody has asked for a minute is forgotten, and
        told as ended: whoever looks now and then sees to it that no alarm stays for ever."""
        self._credentials.forget()
        for one in list(self._endpoints.values()):
            one.breaker.forget()
        refusals = self._credentials.refusals()
        return (
            _refused(refusals)
            or self._down()
            or _forbidden(refusals)
            or self._throttled()
            or self._slow()
            or UpstreamState()
        )

    def _down(self) -> UpstreamState | None:
        down = [one for one in list(self._endpoints.values()) if one.breaker.state is not State.CLOSED]
        silent = self._silence.since
        if not down and silent is None:
            return None
        begun = [silent, *(one.breaker.since for one in down)]
        since = min((one for one in begun if one is not None), default=None)
        families = _families(down) if silent is None else ()
        return UpstreamState(Level.DOWN, families, since, min((one.breaker.retry_in for one in down), default=None))

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


def _refused(refusals: Refusals) -> UpstreamState | None:
    if EVERYWHERE not in refusals:
        return None
    return UpstreamState(Level.CREDENTIALS, (), *refusals[EVERYWHERE])


def _forbidden(refusals: Refusals) -> UpstreamState | None:
    if not refusals:
        return None
    since, retry_in = (min(kind) for kind in zip(*refusals.values(), strict=True))
    return UpstreamState(Level.FORBIDDEN, tuple(sorted({family for family, _ in refusals})), since, retry_in)
