"""Answers kept: fresh, stale and failed, one load at a time."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from datetime import UTC, datetime

import pytest

from data.cache import Cache, Keep
from data.clock import Clock
from data.errors import CredentialsRejected, NotFound, SourceError, Unreachable

KEEP = Keep(fresh=60.0, stale=600.0, failure=2.0)


@dataclass(frozen=True)
class HandClock(Clock):
    """A clock that moves when told."""

    hands: list[float] = field(default_factory=lambda: [0.0])

    def now(self) -> datetime:
        return datetime.fromtimestamp(self.hands[0], UTC)

    def monotonic(self) -> float:
        return self.hands[0]

    def move(self, seconds: float) -> None:
        self.hands[0] += seconds


class Upstream:
    def __init__(self) -> None:
        self.calls = 0
        self.error: SourceError | None = None

    def __call__(self) -> int:
        self.calls += 1
        if self.error:
            raise self.error
        return self.calls


@dataclass(frozen=True)
class Part:
    name: str
    whole: bool


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
def cache(clock: HandClock) -> Cache:
    return Cache(clock)


def test_a_fresh_value_is_not_loaded_again(cache: Cache, clock: HandClock) -> None:
    upstream = Upstream()
    assert cache.get(("a",), upstream, KEEP).value == 1
    clock.move(59)
    assert cache.get(("a",), upstream, KEEP).value == 1
    clock.move(2)
    assert cache.get(("a",), upstream, KEEP).value == 2


def test_a_failed_reload_gives_the_last_good_copy_marked_with_its_age(cache: Cache, clock: HandClock) -> None:
    upstream = Upstream()
    cache.get(("a",), upstream, KEEP)
    clock.move(100)
    upstream.error = Unreachable()
    kept = cache.get(("a",), upstream, KEEP)
    assert (kept.value, kept.stale, kept.fetched_at) == (1, True, datetime.fromtimestamp(0, UTC))
    clock.move(1000)
    with pytest.raises(Unreachable):
        cache.get(("a",), upstream, KEEP)


def test_a_failure_is_remembered_briefly_so_that_callers_do_not_queue_up_to_fail(
    cache: Cache, clock: HandClock
) -> None:
    upstream = Upstream()
    upstream.error = Unreachable()
    for _ in range(3):
        with pytest.raises(Unreachable):
            cache.get(("a",), upstream, KEEP)
    assert upstream.calls == 1
    clock.move(3)
    upstream.error = None
    assert cache.get(("a",), upstream, KEEP).value == 2


@pytest.mark.parametrize("error", [NotFound(), CredentialsRejected()])
def test_what_is_gone_or_forbidden_is_never_shown_from_an_old_copy(
    cache: Cache, clock: HandClock, error: SourceError
) -> None:
    upstream = Upstream()
    cache.get(("a",), upstream, KEEP)
    clock.move(100)
    upstream.error = error
    with pytest.raises(type(error)):
        cache.get(("a",), upstream, KEEP)


def test_many_at_once_cause_one_load(cache: Cache) -> None:
    started, release = threading.Event(), threading.Event()
    calls: list[int] = []

    def slow() -> str:
        calls.append(1)
        started.set()
        release.wait(5)
        return "answer"

    answers: list[str] = []
    readers = [threading.Thread(target=lambda: answers.append(cache.get(("k",), slow, KEEP).value)) for _ in range(20)]
    readers[0].start()
    started.wait(5)
    for reader in readers[1:]:
        reader.start()
    release.set()
    for reader in readers:
        reader.join(5)
    assert (len(calls), answers) == (1, ["answer"] * 20)


def test_a_failure_reaches_everybody_who_waited(cache: Cache) -> None:
    started, release = threading.Event(), threading.Event()

    def failing() -> str:
        started.set()
        release.wait(5)
        raise Unreachable

    errors: list[BaseException] = []

    def read() -> None:
        try:
            cache.get(("k",), failing, KEEP)
        except Unreachable as error:
            errors.append(error)

    readers = [threading.Thread(target=read) for _ in range(5)]
    readers[0].start()
    started.wait(5)
    for reader in readers[1:]:
        reader.start()
    release.set()
    for reader in readers:
        reader.join(5)
    assert len(errors) == 5


def test_a_partial_value_is_kept_only_as_long_as_a_failure(cache: Cache, clock: HandClock) -> None:
    loads: list[int] = []

    def load() -> Part:
        loads.append(1)
        return Part("partial", whole=False)

    cache.get(("p",), load, KEEP)
    cache.get(("p",), load, KEEP)
    assert len(loads) == 1
    clock.move(3)
    cache.get(("p",), load, KEEP)
    assert len(loads) == 2


def test_the_least_recently_used_goes_first(clock: HandClock) -> None:
    cache, upstream = Cache(clock, limit=2), Upstream()
    for key in ("a", "b", "a", "c"):
        cache.get((key,), upstream, KEEP)
    assert cache.peek(("a",), KEEP) is not None
    assert cache.peek(("b",), KEEP) is None


def test_keys_of_two_accounts_never_meet(cache: Cache) -> None:
    upstream = Upstream()
    first = cache.get(("a", "usage"), upstream, KEEP).value
    assert cache.get(("b", "usage"), upstream, KEEP).value != first


def test_after_a_partial_reload_the_last_whole_copy_still_stands_in(cache: Cache, clock: HandClock) -> None:
    cache.get(("p",), lambda: Part("whole", whole=True), KEEP)
    for seconds in (100, 10):
        clock.move(seconds)
        assert cache.get(("p",), lambda: Part("partial", whole=False), KEEP).value.name == "partial"
    clock.move(10)

    def fail() -> Part:
        raise Unreachable

    stale = cache.get(("p",), fail, KEEP)
    assert (stale.value.name, stale.stale, stale.fetched_at) == ("whole", True, datetime.fromtimestamp(0, UTC))
    clock.move(480)
    assert cache.get(("p",), fail, KEEP).value.name == "partial"
    cache.get(("q",), lambda: Part("older", whole=True), KEEP)
    clock.move(100)
    cache.get(("q",), lambda: Part("partial", whole=False), KEEP)
    clock.move(10)
    cache.get(("q",), lambda: Part("newer", whole=True), KEEP)
    clock.move(100)
    assert cache.get(("q",), fail, KEEP).value.name == "newer"
