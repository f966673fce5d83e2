"""R3: ``Retry-After`` is obeyed, in seconds or as a date, by 429 and by 503: no attempt before the stated time. Beyond
the deadline there is one attempt, and then nothing is asked of that endpoint until the time is there, 120 s at
most."""

from __future__ import annotations

from datetime import timedelta
from email.utils import format_datetime
from itertools import pairwise

import pytest

from data.errors import SourceError, Throttled
from data.metronome.limits import Limits
from data.metronome.retry import asked_wait
from tests.unit.metronome.upstream import ACCOUNT, Answer, Asked, ManualClock, Upstream, client_on, failed, in_time

OK = Answer({"data": {"id": ACCOUNT}})
pytestmark = pytest.mark.parametrize("status", [429, 503])


@pytest.mark.parametrize("seconds", [1, 3])
@pytest.mark.parametrize("as_date", [False, True])
def test_r03_no_attempt_before_the_stated_time(status: int, seconds: int, as_date: bool) -> None:
    clock = ManualClock()
    then = clock.now() + timedelta(seconds=seconds)
    asked = format_datetime(then, usegmt=True) if as_date else str(seconds)
    upstream = Upstream(failed(status, Retry_After=asked), OK)
    client_on(upstream, clock).customer(ACCOUNT, in_time(clock))

    assert clock.slept == [float(seconds)]
    assert clock.now() >= then


@pytest.mark.parametrize("text", ["-1", "0", "soon", "", "nan", "inf", "1e999", "Fri, 31 Dec 1999 23:59:59 GMT"])
def test_r03_what_names_no_time_ahead_is_not_obeyed(status: int, text: str) -> None:
    clock = ManualClock()
    assert asked_wait(text, clock.now()) is None
    upstream = Upstream(failed(status, Retry_After=text), OK)
    assert client_on(upstream, clock).customer(ACCOUNT, in_time(clock)).id == ACCOUNT


@pytest.mark.parametrize(("seconds", "rests"), [(61, 61), (3600, 120)])
def test_r03_beyond_the_deadline_is_one_attempt_and_then_rest(status: int, seconds: int, rests: int) -> None:
    upstream, clock = Upstream(failed(status, Retry_After=str(seconds)), OK), ManualClock()
    client = client_on(upstream, clock)
    with pytest.raises(SourceError) as raised:
        client.customer(ACCOUNT, in_time(clock))
    assert (raised.value.retry_after, len(upstream.asked)) == (seconds, 1)

    clock.seconds += rests - 0.05
    with pytest.raises(Throttled) as held:
        client.customer(ACCOUNT, in_time(clock))
    assert held.value.retry_after == pytest.approx(0.05)
    assert len(upstream.asked) == 1

    clock.seconds += 0.06
    assert client.customer(ACCOUNT, in_time(clock)).id == ACCOUNT


@pytest.mark.parametrize("is_spent", [False, True], ids=["last attempt", "no budget"])
def test_r03_where_nobody_waits_for_it_nobody_asks_before_it(status: int, is_spent: bool) -> None:
    clock = ManualClock()
    limits, at = Limits(clock=clock, rps=1e6, burst=10**6), []

    def answer(_: Asked) -> Answer:
        at.append(clock.seconds)
        return failed(status, Retry_After="2")

    client = client_on(Upstream(answer), clock, limits=limits)
    while is_spent and limits.budget.spend(throttled=True):
        pass
    for _ in range(20):
        with pytest.raises(SourceError):
            client.customer(ACCOUNT, in_time(clock))
        clock.seconds += 0.5
    assert len(at) > 3
    assert min(later - earlier for earlier, later in pairwise(at)) >= 2 - 0.05
