"""R4: no retry storm. 1,000 calls to a service that fails each time make at most 1,010 attempts, 1,020 when it asks to
slow down instead; once it is mended, calls work. Calls are 20 s apart, so that the breaker never has ten within its 30
s and the budget alone is what holds back."""

from __future__ import annotations

import pytest

from data.errors import SourceError, Unreachable
from data.events import listen
from data.metronome.budget import RetryBudget
from data.metronome.limits import Limits
from data.upstream_state import Level
from tests.unit.metronome.upstream import ACCOUNT, Answer, ManualClock, Upstream, client_on, failed, in_time

CALLS, APART = 1_000, 20.0


@pytest.mark.parametrize(("status", "most"), [(503, 1_010), (429, 1_020)])
def test_r04_a_thousand_failing_calls(status: int, most: int) -> None:
    upstream, clock = Upstream(failed(status)), ManualClock()
    client = client_on(upstream, clock)
    for _ in range(CALLS):
        with pytest.raises(SourceError):
            client.customer(ACCOUNT, in_time(clock))
        assert client.upstream().level is not Level.DOWN
        clock.seconds += APART
    assert len(upstream.asked) == most

    waited = len(clock.slept)
    upstream.says = [Answer({"data": {"id": ACCOUNT}})]
    assert all(client.customer(ACCOUNT, in_time(clock)) for _ in range(100))
    assert len(clock.slept) == waited, "nobody waited for a second try"


def test_r04_in_the_long_run_one_retry_for_ten_calls_that_work() -> None:
    budget = RetryBudget()
    while budget.spend(throttled=False):
        pass
    retries = 0
    for _ in range(1_000):
        budget.give_back()
        retries += budget.spend(throttled=False)
    assert retries == 100


def test_r04_the_budget_is_told_when_it_changes() -> None:
    told: list[object] = []
    deaf = listen(lambda event, fields: told.append(fields["spent"]) if event == "retry_budget" else None)
    try:
        budget = RetryBudget()
        budget.give_back()
        budget.spend(throttled=False)
        budget.spend(throttled=True)
        budget.give_back()
    finally:
        deaf()
    assert told == [10, 15, 14]
    assert budget.left == 86


def test_r04_a_retry_that_finds_no_place_is_not_paid_for_and_the_failure_stands() -> None:
    upstream, clock = Upstream(failed(500)), ManualClock()
    limits = Limits(clock=clock, rps=0.01, burst=1)
    with pytest.raises(Unreachable):
        client_on(upstream, clock, limits=limits).customer(ACCOUNT, in_time(clock))
    assert (len(upstream.asked), limits.budget.left) == (1, 100)
