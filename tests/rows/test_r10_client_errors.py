"""R10: what the service refuses does not count as its failing: a thousand 404 and 422 leave everything as it is. A
token that it refuses does stop the asking: at most three calls in a minute, never a second try, and it is told and
counted."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from datetime import date

import pytest
from prometheus_client import CollectorRegistry

from data.clock import Clock
from data.errors import CredentialsRejected, NotAllowed, SourceError, Unreachable
from data.events import listen
from data.metronome.client import MetronomeClient
from data.metronome.held_back import HeldBack, TokenRefused
from data.metronome.limits import Limits
from data.upstream_state import Level
from server.numbers import Numbers
from tests.rows.crowd import account
from tests.unit.metronome.upstream import ACCOUNT, Answer, ManualClock, Upstream, client_on, failed, in_time

OK = Answer({"data": {"id": ACCOUNT}})
DAYS = date(2024, 1, 1), date(2024, 1, 3)
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


def test_r10_403_is_about_what_one_customer_asks_of_one_endpoint(rejected: Callable[[], float | None]) -> None:
    upstream, clock = Upstream(failed(403), OK), ManualClock()
    client = client_on(upstream, clock)
    with pytest.raises(CredentialsRejected):
        list(client.iter_balances(ACCOUNT, in_time(clock)))
    assert client.customer(ACCOUNT, in_time(clock)).id == ACCOUNT
    with pytest.raises(NotAllowed) as held:
        list(client.iter_balances(ACCOUNT, in_time(clock)))
    assert isinstance(held.value, HeldBack)
    assert len(upstream.asked) == 2
    upstream.says = [Answer()]
    assert list(client.iter_balances(account(2), in_time(clock))) == []
    state = client.upstream()
    assert (state.level, state.families, state.retry_in) == (Level.FORBIDDEN, ("balances",), 20)
    assert rejected() == 0, "the token is good"
    clock.seconds += 20
    assert list(client.iter_balances(ACCOUNT, in_time(clock))) == []
    assert client.upstream().level is Level.OK


@pytest.mark.parametrize("status", [400, 403, 404, 422, 429, 503])
def test_r10_whatever_is_not_401_proves_the_token_good(status: int, rejected: Callable[[], float | None]) -> None:
    upstream, clock = Upstream(failed(401), failed(status)), ManualClock()
    client = client_on(upstream, clock)
    with pytest.raises(CredentialsRejected):
        client.customer(ACCOUNT, in_time(clock))
    clock.seconds += 20
    with pytest.raises(SourceError) as probe:
        client.customer(ACCOUNT, in_time(clock))
    assert type(probe.value) is not TokenRefused
    assert client.upstream().level is not Level.CREDENTIALS
    assert rejected() == 0
    upstream.says = [OK]
    assert client.customer(account(2), in_time(clock)).id == ACCOUNT


def test_r10_what_is_not_offered_proves_it_too_and_no_answer_proves_nothing() -> None:
    upstream, clock = Upstream(failed(401)), ManualClock()
    client = client_on(upstream, clock)
    with pytest.raises(CredentialsRejected):
        client.customer(ACCOUNT, in_time(clock))
    clock.seconds += 20
    upstream.says = [ConnectionResetError()]
    with pytest.raises(SourceError) as probe:
        client.customer(ACCOUNT, in_time(clock))
    assert type(probe.value) is Unreachable, "what the probe met"
    assert client.upstream().level is Level.CREDENTIALS
    clock.seconds += 20
    upstream.says = [failed(403)]
    assert client.spend_breakdowns(ACCOUNT, *DAYS, keys=("region",), deadline=in_time(clock)) is None
    assert client.upstream().level is Level.OK


@pytest.mark.parametrize("status", [401, 403])
def test_r10_what_nobody_tries_for_a_minute_is_not_known_any_more(
    status: int, rejected: Callable[[], float | None]
) -> None:
    clock = ManualClock()
    client = client_on(Upstream(failed(status)), clock)
    with pytest.raises(CredentialsRejected):
        client.customer(ACCOUNT, in_time(clock))
    clock.seconds += 79
    assert client.upstream().level is not Level.OK
    clock.seconds += 1
    assert client.upstream().level is Level.OK
    assert rejected() == 0


def test_r10_who_waited_for_a_turn_while_the_token_was_refused_asks_nothing() -> None:
    clock = Clock()
    limits, told = Limits(clock=clock, concurrency=1, rps=1e6, burst=10**6), []
    upstream = Upstream(failed(401))
    client = client_on(upstream, clock, limits=limits)

    def ask(number: int) -> None:
        with pytest.raises(CredentialsRejected) as raised:
            client.customer(account(number), in_time(clock))
        told.append(type(raised.value))

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(12)]
    with limits.turn("account", "", in_time(clock)):
        for thread in threads:
            thread.start()
        while len(limits._bulkhead._queue) < len(threads):
            pass
    for thread in threads:
        thread.join(10)
    assert len(upstream.asked) == 1
    assert sorted(told, key=str) == sorted([CredentialsRejected, *[TokenRefused] * 11], key=str)


def test_r10_where_something_is_not_offered_the_token_is_not_in_question() -> None:
    upstream, clock = Upstream(failed(403)), ManualClock()
    client = client_on(upstream, clock)
    assert client.spend_breakdowns(ACCOUNT, *DAYS, keys=("region",), deadline=in_time(clock)) is None
    assert client.upstream().level is Level.OK
