"""R10: what the service refuses does not count as its failing: a thousand 404 and 422 leave everything as it is. A
token that it refuses does stop the asking: at most three calls in a minute, never a second try, and it is told and
counted."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date

import pytest
from prometheus_client import CollectorRegistry

from data.errors import CredentialsRejected, SourceError
from data.events import listen
from data.metronome.client import MetronomeClient
from data.upstream_state import Level
from server.numbers import Numbers
from tests.unit.metronome.upstream import ACCOUNT, Answer, ManualClock, Upstream, client_on, failed, in_time

OK = Answer({"data": {"id": ACCOUNT}})
Ask = Callable[[MetronomeClient, ManualClock], object]
ASKS: tuple[Ask, ...] = (
    lambda client, clock: client.customer(ACCOUNT, in_time(clock)),
    lambda client, clock: list(client.iter_customers(in_time(clock))),
    lambda client, clock: list(client.iter_invoices(ACCOUNT, in_time(clock))),
    lambda client, clock: list(client.iter_balances(ACCOUNT, in_time(clock))),
)


@pytest.fixture
def rejected() -> Iterator[Callable[[], float | None]]:
    registry = CollectorRegistry()
    deaf = listen(Numbers(registry).hear)
    yield lambda: registry.get_sample_value("burnboard_upstream_credentials_rejected")
    deaf()


@pytest.mark.parametrize("status", [404, 422])
def test_r10_a_thousand_client_errors_leave_the_endpoint_as_it_is(status: int) -> None:
    upstream, clock = Upstream(failed(status)), ManualClock()
    client = client_on(upstream, clock)
    for _ in range(1_000):
        with pytest.raises(SourceError):
            client.customer(ACCOUNT, in_time(clock))
    assert len(upstream.asked) == 1_000
    assert client.upstream().level is Level.OK


def test_r10_a_refused_token_is_held_out_three_times_a_minute(rejected: Callable[[], float | None]) -> None:
    upstream, clock = Upstream(failed(401, x_should_retry="true")), ManualClock()
    client, errors = client_on(upstream, clock), []
    assert rejected() == 0
    for second in range(60):
        for ask in ASKS:
            with pytest.raises(CredentialsRejected) as raised:
                ask(client, clock)
            errors.append(raised.value)
        assert client.upstream().level is Level.CREDENTIALS, second
        clock.seconds += 1
    assert len(upstream.asked) == 3
    assert clock.slept == []
    assert rejected() == 1
    assert {(error.code, error.status) for error in errors} == {("credentials", 503)}
    assert all(0 < error.retry_after <= 20 for error in errors if error.retry_after is not None)
    assert sum(error.retry_after is None for error in errors) == 3, "the calls that were made"
    state = client.upstream()
    assert (state.families, state.since) == ((), ManualClock().now())


def test_r10_it_ends_with_the_first_success(rejected: Callable[[], float | None]) -> None:
    upstream, clock = Upstream(failed(401), OK), ManualClock()
    client = client_on(upstream, clock)
    with pytest.raises(CredentialsRejected):
        client.customer(ACCOUNT, in_time(clock))
    clock.seconds += 20
    assert client.customer(ACCOUNT, in_time(clock)).id == ACCOUNT
    assert client.upstream().level is Level.OK
    assert rejected() == 0
    assert all(client.customer(ACCOUNT, in_time(clock)) for _ in range(5))


def test_r10_403_is_about_that_endpoint_alone(rejected: Callable[[], float | None]) -> None:
    upstream, clock = Upstream(failed(403), OK), ManualClock()
    client = client_on(upstream, clock)
    with pytest.raises(CredentialsRejected):
        list(client.iter_balances(ACCOUNT, in_time(clock)))
    assert client.customer(ACCOUNT, in_time(clock)).id == ACCOUNT
    with pytest.raises(CredentialsRejected):
        list(client.iter_balances(ACCOUNT, in_time(clock)))
    assert len(upstream.asked) == 2
    state = client.upstream()
    assert (state.level, state.families, state.retry_in) == (Level.CREDENTIALS, ("balances",), 20)
    assert rejected() == 1


def test_r10_where_something_is_not_offered_the_token_is_not_in_question() -> None:
    upstream, clock = Upstream(failed(403)), ManualClock()
    client = client_on(upstream, clock)
    days = date(2024, 1, 1), date(2024, 1, 3)
    assert client.spend_breakdowns(ACCOUNT, *days, keys=("region",), deadline=in_time(clock)) is None
    assert client.upstream().level is Level.OK
