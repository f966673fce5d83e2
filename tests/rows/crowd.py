"""Many viewers who ask at the same time: what is in flight at each moment, and how long each of them waits."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from data.clock import Clock
from data.errors import OutOfTime, SourceError
from data.metronome.client import MetronomeClient
from data.metronome.deadline import Deadline
from data.metronome.lane import Lane, current_lane, in_lane
from data.metronome.limits import Limits
from tests.unit.metronome.upstream import Answer, Asked, Upstream, client_on


def account(number: int) -> str:
    return str(UUID(int=number))


@dataclass
class Busy:
    """An upstream that takes ``seconds`` for an account, and knows the most that was ever in flight of each kind."""

    seconds: Callable[[str], float]
    most: Counter[str] = field(default_factory=Counter)
    _now: Counter[str] = field(default_factory=Counter)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def answer(self, asked: Asked) -> Answer:
        customer = asked.path.rsplit("/", 1)[-1]
        kinds = ("all", customer, f"lane {current_lane()}")
        self._count(kinds, 1)
        time.sleep(self.seconds(customer))
        self._count(kinds, -1)
        return Answer({"data": {"id": customer}})

    def _count(self, kinds: Sequence[str], by: int) -> None:
        with self._lock:
            for kind in kinds:
                self._now[kind] += by
                self.most[kind] = max(self.most[kind], self._now[kind])

    def client(self, *, rps: float = 1e6, burst: int = 10**6) -> MetronomeClient:
        clock = Clock()
        return client_on(Upstream(self.answer), clock, limits=Limits(clock=clock, rps=rps, burst=burst))


@dataclass(frozen=True, kw_only=True)
class Viewers:
    """``number`` of them: they come one after another within ``think`` seconds, and think as long between two
    questions."""

    number: int
    accounts: Sequence[str]
    think: float
    lane: Lane = Lane.STAFF
    patience: float = 10.0


@dataclass
class Waits:
    """Seconds until an answer and until a refusal."""

    answered: list[float] = field(default_factory=list)
    refused: list[float] = field(default_factory=list)
    late: list[float] = field(default_factory=list)

    @property
    def p95(self) -> float:
        return sorted(self.answered)[int(len(self.answered) * 0.95)]


def looked(client: MetronomeClient, seconds: float, *crowds: Viewers) -> list[Waits]:
    """How it went for each crowd, all of them together looking for so long."""
    waits = [Waits() for _ in crowds]
    until = time.monotonic() + seconds
    threads = [
        threading.Thread(target=_look, args=(client, crowd, number, until, waited))
        for crowd, waited in zip(crowds, waits, strict=True)
        for number in range(crowd.number)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return waits


def _look(client: MetronomeClient, crowd: Viewers, number: int, until: float, waits: Waits) -> None:
    time.sleep(crowd.think * number / crowd.number)
    with in_lane(crowd.lane):
        while time.monotonic() < until:
            began = time.monotonic()
            end = waits.answered
            try:
                client.customer(crowd.accounts[number % len(crowd.accounts)], Deadline(Clock(), crowd.patience))
            except OutOfTime:
                end = waits.late
            except SourceError:
                end = waits.refused
            end.append(time.monotonic() - began)
            time.sleep(crowd.think)
