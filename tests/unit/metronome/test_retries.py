"""Which failures are tried again, when, and for how long (rows R1, R2, R3 and R7 of the reliability design)."""

from __future__ import annotations

import random
from datetime import timedelta
from email.utils import format_datetime
from statistics import fmean
from typing import Any

import pytest
import requests
from urllib3.exceptions import ProtocolError, ReadTimeoutError

from data.errors import (
    BadAnswer,
    CredentialsRejected,
    NotFound,
    OutOfTime,
    Refused,
    SourceError,
    Throttled,
    Unreachable,
)
from data.metronome.limits import Limits
from data.metronome.retry import asked_wait, backoff
from tests.unit.metronome.upstream import ACCOUNT, Answer, ManualClock, Upstream, client_on, in_time, page

OK = Answer({"data": {"id": ACCOUNT}})
JSON = {"Content-Type": "application/json"}


def failed(status: int, body: Any = None, **headers: str) -> Answer:
    return Answer(body or {"message": "made up"}, status, JSON | {k.replace("_", "-"): v for k, v in headers.items()})


@pytest.mark.parametrize(
    ("said", "error", "attempts"),
    [
        *[(failed(status), Unreachable, 3) for status in (500, 502, 503, 504)],
        *[(failed(status), Unreachable, 1) for status in (501, 505, 507, 520, 599)],
        (failed(408), OutOfTime, 3),
        (failed(429), Throttled, 3),
        *[(failed(status), Refused, 1) for status in (400, 402, 405, 406, 409, 410, 415, 422, 451)],
        *[(failed(status), CredentialsRejected, 1) for status in (401, 403)],
        (failed(404), NotFound, 1),
        (failed(400, {"code": "CustomerNotFound", "message": "x"}), NotFound, 1),
        (failed(400, {"code": "ContractNotFound", "message": "x"}), NotFound, 1),
        (failed(400, {"code": "SomethingElse", "message": "x"}), Refused, 1),
        (failed(400, {"code": 7}), Refused, 1),
        *[(failed(status, Location="https://elsewhere.test/"), BadAnswer, 1) for status in (301, 302, 303, 307, 308)],
        *[(failed(status), BadAnswer, 1) for status in (201, 204, 206, 300, 304)],
        (failed(500, x_should_retry="false"), Unreachable, 1),
        (failed(429, x_should_retry="false"), Throttled, 1),
        (failed(409, x_should_retry="true"), Refused, 3),
        (failed(404, x_should_retry="true"), NotFound, 3),
        (failed(503, x_should_retry="perhaps"), Unreachable, 3),
        (requests.ConnectTimeout(), Unreachable, 3),
        (requests.ConnectionError(), Unreachable, 3),
        (requests.ReadTimeout(), OutOfTime, 3),
        (ReadTimeoutError(None, "", ""), OutOfTime, 3),
        (ProtocolError("broken"), Unreachable, 3),
        (ConnectionResetError(), Unreachable, 3),
        (requests.exceptions.SSLError(), Unreachable, 1),
        (requests.exceptions.InvalidHeader(), BadAnswer, 1),
        (Answer(b"<html>", 200, {"Content-Type": "text/html"}), BadAnswer, 1),
        (Answer(b"not json"), BadAnswer, 1),
    ],
)
def test_only_the_right_failures_are_tried_again(said: Any, error: type[SourceError], attempts: int) -> None:
    upstream, clock = Upstream(said), ManualClock()
    with pytest.raises(SourceError) as raised:
        client_on(upstream, clock).customer(ACCOUNT, in_time(clock, 60))

    assert (type(raised.value), len(upstream.asked)) == (error, attempts)


@pytest.mark.parametrize("said", [failed(500), failed(429), requests.ConnectionError(), ProtocolError("broken")])
def test_a_call_that_works_the_third_time_gives_its_answer(said: Any) -> None:
    upstream, clock = Upstream(said, said, OK), ManualClock()

    assert client_on(upstream, clock).customer(ACCOUNT, in_time(clock, 60)).id == ACCOUNT
    assert len(upstream.asked) == len(clock.slept) + 1 == 3


@pytest.mark.parametrize(("throttled", "bounds"), [(False, [0.25, 0.5, 1, 2, 4, 4]), (True, [1, 2, 4, 4, 4, 4])])
def test_backoff_is_full_jitter_below_a_doubling_bound(throttled: bool, bounds: list[float]) -> None:
    rng = random.Random(20)  # noqa: S311 - jitter
    for attempt, bound in enumerate(bounds):
        waits = [backoff(attempt, rng, throttled=throttled) for _ in range(10_000)]
        assert min(waits) >= 0
        assert max(waits) <= bound
        assert fmean(waits) == pytest.approx(bound / 2, rel=0.05)


@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize("as_date", [False, True])
def test_retry_after_is_waited_for_exactly(status: int, as_date: bool) -> None:
    clock = ManualClock()
    asked = format_datetime(clock.now() + timedelta(seconds=3), usegmt=True) if as_date else "3"
    upstream = Upstream(failed(status, Retry_After=asked), OK)
    client_on(upstream, clock).customer(ACCOUNT, in_time(clock))

    assert clock.slept == [3.0]


@pytest.mark.parametrize("text", ["-1", "0", "soon", "", "nan", "inf", "1e999", "Fri, 31 Dec 1999 23:59:59 GMT"])
def test_a_retry_after_that_names_no_time_ahead_is_no_retry_after(text: str) -> None:
    assert asked_wait(text, ManualClock().now()) is None


@pytest.mark.parametrize(("seconds", "rests"), [(61, 61), (3600, 120)])
def test_a_retry_after_beyond_the_deadline_ends_the_call_and_lets_the_endpoint_rest(seconds: int, rests: int) -> None:
    upstream, clock = Upstream(failed(429, Retry_After=str(seconds)), OK), ManualClock()
    client = client_on(upstream, clock)
    with pytest.raises(Throttled) as raised:
        client.customer(ACCOUNT, in_time(clock))
    assert (raised.value.retry_after, len(upstream.asked)) == (seconds, 1)

    clock.seconds += rests - 1
    with pytest.raises(Throttled):
        client.customer(ACCOUNT, in_time(clock))
    assert len(upstream.asked) == 1

    clock.seconds += 2
    assert client.customer(ACCOUNT, in_time(clock)).id == ACCOUNT


def test_nothing_is_asked_after_the_deadline_and_each_page_gets_less_time() -> None:
    clock = ManualClock()

    def three_seconds_pass() -> None:
        clock.seconds += 3

    cursors = iter("abcdefgh")
    upstream = Upstream(lambda _: page([], next(cursors)), moves=three_seconds_pass)
    with pytest.raises(OutOfTime):
        list(client_on(upstream, clock).iter_customers(in_time(clock, 10)))

    assert len(upstream.asked) == 4
    assert [asked.timeout[1] for asked in upstream.asked] == [5.0, 5.0, 4.0, 1.0]


def test_no_wait_reaches_beyond_the_deadline() -> None:
    upstream, clock = Upstream(failed(500)), ManualClock()
    with pytest.raises(Unreachable):
        client_on(upstream, clock).customer(ACCOUNT, in_time(clock, 0.0001))

    assert clock.slept == []
    assert len(upstream.asked) == 1


def test_a_429_halves_the_rate_and_time_brings_it_back() -> None:
    clock = ManualClock()
    limits = Limits(clock=clock, rps=20, burst=5)
    upstream = Upstream(failed(429, x_should_retry="false"))
    with pytest.raises(Throttled):
        client_on(upstream, clock, limits=limits).customer(ACCOUNT, in_time(clock))

    assert limits.rate == 10
    clock.seconds += 15
    assert limits.rate == pytest.approx(15)
    clock.seconds += 60
    assert limits.rate == 20
