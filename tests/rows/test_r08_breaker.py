"""R8: an endpoint that fails is left alone: for 10 s nothing is asked and everybody is answered at once. Then exactly
one call tries, whoever else asks meanwhile. If that fails it is 20 s, then up to 60 s; if it works, all is as
before."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import suppress

import pytest
from prometheus_client import CollectorRegistry

from data.errors import SourceError, Unreachable
from data.events import listen
from data.metronome.client import MetronomeClient
from data.metronome.held_back import LeftAlone
from data.upstream_state import Level
from server.numbers import Numbers
from tests.rows.crowd import account
from tests.unit.metronome.upstream import ACCOUNT, Answer, Asked, ManualClock, Upstream, client_on, failed, in_time

OK = Answer({"data": {"id": ACCOUNT}})
CALLERS, AT_ONCE = 50, 0.05


class Case:
    """A client, what it asks, and what the numbers say of it."""

    def __init__(self) -> None:
        self.clock = ManualClock()
        self.upstream = Upstream(failed(503))
        self.client: MetronomeClient = client_on(self.upstream, self.clock)
        self.registry = CollectorRegistry()

    @property
    def asked(self) -> int:
        return len(self.upstream.asked)

    @property
    def gauge(self) -> float | None:
        return self.registry.get_sample_value("burnboard_upstream_breaker", {"family": "account"})

    def ask(self) -> SourceError | None:
        try:
            self.client.customer(ACCOUNT, in_time(self.clock))
        except SourceError as error:
            return error
        return None


@pytest.fixture
def case() -> Iterator[Case]:
    """After twenty calls that failed."""
    made = Case()
    deaf = listen(Numbers(made.registry).hear)
    for _ in range(20):
        made.ask()
    yield made
    deaf()


def test_r08_open_it_asks_nothing_for_ten_seconds_and_answers_at_once(case: Case) -> None:
    assert case.asked == 10
    assert case.gauge == 2
    began = time.monotonic()
    for _ in range(99):
        case.clock.seconds += 0.1
        error = case.ask()
        assert isinstance(error, LeftAlone | Unreachable)
        assert 0 < (error.retry_after or 0) <= 10
    assert time.monotonic() - began < 99 * AT_ONCE
    assert case.asked == 10
    state = case.client.upstream()
    assert (state.level, state.families) == (Level.DOWN, ("account",))
    assert state.retry_in is not None
    assert 0 < state.retry_in <= 0.2
    assert state.since is not None
    assert state.since <= case.clock.now()


def test_r08_half_open_there_is_exactly_one_probe_and_the_others_do_not_wait_for_it(case: Case) -> None:
    case.clock.seconds += 10
    begun, let_go, told = threading.Event(), threading.Event(), []

    def hang(_: Asked) -> Answer:
        begun.set()
        assert let_go.wait(30)
        return OK

    case.upstream.says = [hang]
    threads = [threading.Thread(target=lambda: told.append(case.ask())) for _ in range(CALLERS)]
    for thread in threads:
        thread.start()
    assert begun.wait(30)
    until = time.monotonic() + 30
    while len(told) < CALLERS - 1 and time.monotonic() < until:
        time.sleep(0.005)
    assert all(isinstance(error, LeftAlone) for error in told)
    assert (len(told), case.asked, case.gauge) == (CALLERS - 1, 11, 1)
    let_go.set()
    for thread in threads:
        thread.join(30)
    assert (told[-1], case.asked, case.gauge) == (None, 11, 0)
    assert case.client.upstream().level is Level.OK


def test_r08_a_failed_probe_doubles_the_rest_up_to_a_minute(case: Case) -> None:
    case.clock.seconds += 10
    for rest in (20, 40, 60, 60):
        asked = case.asked
        assert not isinstance(case.ask(), LeftAlone)
        assert case.asked == asked + 1, "a probe is one attempt"
        case.clock.seconds += rest - 0.1
        assert isinstance(case.ask(), LeftAlone)
        assert case.asked == asked + 1
        case.clock.seconds += 0.2


def test_r08_one_success_closes_it_and_the_next_rest_is_short_again(case: Case) -> None:
    case.clock.seconds += 10
    case.ask()
    case.clock.seconds += 20
    case.upstream.says = [OK]
    assert case.ask() is None
    asked = case.asked
    assert [case.ask() for _ in range(20)] == [None] * 20
    assert case.asked == asked + 20
    case.upstream.says = [failed(503)]
    while not isinstance(case.ask(), LeftAlone):
        pass
    assert case.client.upstream().retry_in == pytest.approx(10)


def test_r08_another_endpoint_is_asked_as_usual(case: Case) -> None:
    case.upstream.says = [Answer()]
    assert list(case.client.iter_customers(in_time(case.clock))) == []


def test_r08_what_nobody_asks_for_a_minute_after_its_rest_is_not_known_any_more(case: Case) -> None:
    case.clock.seconds += 69
    assert (case.client.upstream().level, case.gauge) == (Level.DOWN, 2)
    case.clock.seconds += 1
    assert (case.client.upstream().level, case.gauge) == (Level.OK, 0)


@pytest.mark.parametrize(("apart", "level"), [(2.5, Level.DOWN), (3.5, Level.OK)])
def test_r08_ten_within_thirty_seconds_open_it(apart: float, level: Level) -> None:
    clock = ManualClock()
    client = client_on(Upstream(failed(503, x_should_retry="false")), clock)
    for _ in range(10):
        with pytest.raises(SourceError):
            client.customer(ACCOUNT, in_time(clock))
        clock.seconds += apart
    assert client.upstream().level is level


@pytest.mark.parametrize("answer", [OK, failed(404)], ids=["works", "404"])
@pytest.mark.parametrize(("failing", "level"), [(11, Level.DOWN), (9, Level.OK)])
def test_r08_half_of_all_answers_open_it(answer: Answer, failing: int, level: Level) -> None:
    clock, upstream = ManualClock(), Upstream()
    client = client_on(upstream, clock)
    for number in range(20):
        upstream.says = [failed(503, x_should_retry="false") if number >= 20 - failing else answer]
        with suppress(SourceError):
            client.customer(account(number), in_time(clock))
    assert client.upstream().level is level
