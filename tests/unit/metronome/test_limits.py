"""What comes together in one turn, and what is told of the service."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from datetime import timedelta

import pytest

from data.clock import Clock
from data.errors import BadAnswer, NotFound, OutOfTime, SourceError, Throttled, Unreachable
from data.events import Field, listen
from data.metronome.breaker import Verdict, verdict
from data.metronome.client import MetronomeClient
from data.metronome.credentials import Credentials
from data.metronome.deadline import Deadline
from data.metronome.held_back import HeldBack, KeptOut, LeftAlone, Resting, TokenRefused
from data.metronome.lane import Lane, in_lane
from data.metronome.limits import Limits
from data.metronome.pace import LEAST_CALLS, SLOW_SECONDS
from data.upstream_state import Level, UpstreamState
from tests.unit.metronome.upstream import ACCOUNT, Answer, ManualClock, Upstream, client_on, failed, in_time

OK = Answer({"data": {"id": ACCOUNT}})


def asked(client: MetronomeClient, clock: ManualClock, times: int = 1) -> None:
    for _ in range(times):
        try:
            client.customer(ACCOUNT, in_time(clock))
        except SourceError:
            continue


def test_an_endpoint_that_rests_does_not_stop_the_others() -> None:
    clock = ManualClock()
    limits = Limits(clock=clock)
    limits.rest("usage", 30)
    with pytest.raises(Throttled) as raised, limits.turn("usage", "a", Deadline(clock, 10)):
        pass
    assert raised.value.retry_after == 30
    with limits.turn("invoices", "a", Deadline(clock, 10)):
        pass


def test_at_first_all_is_well() -> None:
    assert Limits(clock=ManualClock()).upstream() == UpstreamState(Level.OK)


def test_slow_is_half_of_the_last_answers_over_two_seconds() -> None:
    clock = ManualClock()
    began = clock.now()
    takes = [SLOW_SECONDS + 0.5]

    def moves() -> None:
        clock.seconds += takes[0]

    client = client_on(Upstream(OK, moves=moves), clock)
    asked(client, clock, LEAST_CALLS - 1)
    assert client.upstream().level is Level.OK
    asked(client, clock)
    state = client.upstream()
    assert (state.level, state.families, state.retry_in) == (Level.SLOW, ("account",), None)
    assert state.since == began + timedelta(seconds=LEAST_CALLS * takes[0])
    takes[0] = 0.1
    asked(client, clock, LEAST_CALLS)
    assert client.upstream().level is Level.OK


def test_slow_is_forgotten_when_nobody_has_asked_for_a_minute() -> None:
    clock = ManualClock()

    def moves() -> None:
        clock.seconds += 3

    client = client_on(Upstream(OK, moves=moves), clock)
    asked(client, clock, LEAST_CALLS)
    assert client.upstream().level is Level.SLOW
    clock.seconds += 61
    assert client.upstream().level is Level.OK


def test_throttled_until_the_rate_is_back_and_while_an_endpoint_rests() -> None:
    clock = ManualClock()
    client = client_on(Upstream(failed(429, Retry_After="90")), clock)
    began = clock.now()
    asked(client, clock)
    assert client.upstream() == UpstreamState(Level.THROTTLED, ("account",), began, 90)
    clock.seconds += 61
    assert client.upstream() == UpstreamState(Level.THROTTLED, ("account",), None, 29)
    clock.seconds += 30
    assert client.upstream().level is Level.OK


def test_the_worst_is_told_and_all_families_that_it_is_about() -> None:
    clock = ManualClock()
    upstream = Upstream(failed(503))
    client = client_on(upstream, clock)
    asked(client, clock, 12)
    began = client.upstream().since
    clock.seconds += 3
    for _ in range(12):
        with pytest.raises(Unreachable):
            list(client.iter_customers(in_time(clock)))
    assert client.upstream().families == (), "nothing answers at all"
    upstream.says = [failed(404)]
    with pytest.raises(SourceError):
        list(client.iter_invoices(ACCOUNT, in_time(clock)))
    state = client.upstream()
    assert (state.level, state.families, state.since) == (Level.DOWN, ("account", "accounts"), began)
    assert state.retry_in is not None
    assert state.retry_in <= 7
    upstream.says = [failed(401)]
    with pytest.raises(SourceError):
        list(client.iter_balances(ACCOUNT, in_time(clock)))
    assert client.upstream().level is Level.CREDENTIALS


@pytest.mark.parametrize("error", [LeftAlone, TokenRefused, KeptOut])
def test_what_is_held_back_says_what_happens_next_in_a_sentence_for_anybody(error: type[HeldBack]) -> None:
    held = error("detail", retry_after=7.0)
    assert (held.status, held.retry_after) == (503, 7.0)
    assert "tried again" in held.sentence
    assert held.sentence.startswith(error.__mro__[2].sentence.rstrip("."))  # type: ignore[attr-defined]


def test_a_probe_that_has_hardly_any_time_is_no_verdict() -> None:
    """Whoever asks when the rest is over may have next to nothing left of a deadline; that says nothing."""
    clock = ManualClock()
    upstream = Upstream(failed(503))
    client = client_on(upstream, clock)
    asked(client, clock, 12)
    clock.seconds += 10

    def late() -> None:
        clock.seconds += 0.2

    upstream.says, upstream.moves = [TimeoutError()], late
    with pytest.raises(OutOfTime):
        client.customer(ACCOUNT, in_time(clock, 0.1))
    upstream.says = [OK]
    assert client.customer(ACCOUNT, in_time(clock)).id == ACCOUNT
    assert client.upstream().level is Level.OK


def test_where_nobody_signs_in_embeds_have_all_of_it() -> None:
    clock = ManualClock()
    limits = Limits(clock=clock, concurrency=2, per_customer=2, embed_share=1.0)
    with in_lane(Lane.EMBED), limits.turn("usage", "a", in_time(clock)), limits.turn("usage", "b", in_time(clock)):
        assert clock.seconds == 1000


def test_who_waited_for_a_turn_while_the_service_named_a_time_asks_nothing() -> None:
    clock, told = Clock(), []
    limits = Limits(clock=clock, concurrency=1)

    def late() -> None:
        with pytest.raises(Resting) as raised, limits.turn("usage", "", in_time(clock)):
            told.append("asked")
        told.append(raised.type)

    thread = threading.Thread(target=late)
    with limits.turn("usage", "", in_time(clock)):
        thread.start()
        while not limits._bulkhead._queue:
            pass
        limits.rest("usage", 30)
    thread.join(10)
    assert told == [Resting]


@pytest.mark.parametrize(
    ("error", "status", "took", "says"),
    [
        (None, 200, 0.1, Verdict.ANSWERED),
        (OutOfTime(), 0, 2.9, None),
        (OutOfTime(), 200, 2.9, None),
        (OutOfTime(), 0, 3.0, Verdict.FAILED),
        (OutOfTime(), 200, 3.0, Verdict.FAILED),
        (OutOfTime(), 408, 0.1, Verdict.ANSWERED),
        (Unreachable(), 0, 0.1, Verdict.FAILED),
        (Unreachable(), 503, 0.1, Verdict.FAILED),
        (Throttled(), 429, 0.1, Verdict.ANSWERED),
        (NotFound(), 404, 0.1, Verdict.ANSWERED),
        (BadAnswer(), 200, 0.1, Verdict.ANSWERED),
    ],
)
def test_what_an_attempt_says_of_its_endpoint(
    error: SourceError | None, status: int, took: float, says: Verdict | None
) -> None:
    assert verdict(error, status=status, took=took) is says


def test_what_was_told_last_of_the_token_is_what_is() -> None:
    credentials, told = Credentials(ManualClock()), []
    accept = threading.Thread(target=credentials.answered, args=("usage", "a", 200))

    def hear(event: str, fields: Mapping[str, Field]) -> None:
        if event == "credentials" and fields["rejected"]:
            accept.start()
            accept.join(0.2)
        told.append(fields["rejected"])

    deaf = listen(hear)
    try:
        credentials.answered("usage", "a", 401)
        accept.join(10)
    finally:
        deaf()
    assert told == [True, False]
    assert credentials.refusals() == {}
