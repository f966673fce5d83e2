"""R18: a customer that takes long hurts only itself. With thirty viewers on it, those of other customers wait no
longer than without it (p95 at most half as much again), never more than eight calls are in flight and four of them for
it, and whoever finds no place is told so after the two seconds of the queue."""

from __future__ import annotations

import pytest

from data.errors import SourceError, Unreachable
from data.upstream_state import Level
from tests.rows.crowd import Busy, Viewers, account, looked
from tests.unit.metronome.upstream import Answer, Asked, ManualClock, Upstream, client_on, failed, in_time

SLOW, EACH, TAKES = account(1), 0.1, 1.2
NOISE = 0.05  # seconds that a machine with other work may add
OTHERS = Viewers(number=10, accounts=[account(number) for number in range(2, 12)], think=0.5)


@pytest.mark.process
def test_r18_the_others_do_not_notice() -> None:
    busy = Busy(lambda customer: TAKES if customer == SLOW else EACH)
    (before,) = looked(busy.client(), 2.5, OTHERS)
    crowd = Viewers(number=30, accounts=[SLOW], think=0.2)
    during, slow = looked(busy.client(), 5.0, OTHERS, crowd)

    assert not during.refused
    assert not during.late
    assert during.p95 <= 1.5 * before.p95 + NOISE
    assert busy.most["all"] <= 8
    assert busy.most[SLOW] == 4
    assert slow.refused, "thirty do not find a place"
    assert max(slow.refused) <= 2.2 + NOISE


def test_r18_one_customers_failures_do_not_open_the_breaker_for_the_others() -> None:
    def answer(asked: Asked) -> Answer:
        return failed(503) if SLOW in asked.path else Answer({"data": {"id": "x"}})

    clock = ManualClock()
    client = client_on(Upstream(answer), clock)
    for number in range(60):
        if number % 6 == 0:
            assert client.customer(account(2), in_time(clock)).id
        with pytest.raises(SourceError):
            client.customer(SLOW, in_time(clock))
    assert client.upstream().level is Level.OK


@pytest.mark.parametrize("others", [1, 6, 12])
def test_r18_one_failure_of_somebody_else_does_not_change_that(others: int) -> None:
    clock, upstream = ManualClock(), Upstream()
    client = client_on(upstream, clock)
    for number in range(others):
        upstream.says = [Answer({"data": {"id": "x"}})]
        assert client.customer(account(2 + number), in_time(clock)).id
    upstream.says = [failed(503, x_should_retry="false")]
    for customer in [SLOW] * 15 + [account(20)]:
        with pytest.raises(Unreachable):
            client.customer(customer, in_time(clock))
    assert len(upstream.asked) == others + 16
    assert client.upstream().level is Level.OK


def test_r18_failures_of_two_customers_do() -> None:
    clock = ManualClock()
    client = client_on(Upstream(failed(503)), clock)
    for number in range(10):
        with pytest.raises(SourceError):
            client.customer(account(number % 2), in_time(clock))
    assert client.upstream().level is Level.DOWN
