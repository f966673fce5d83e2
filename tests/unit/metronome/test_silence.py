"""What is told of an outage while few people look."""

from __future__ import annotations

from data.errors import SourceError
from data.metronome.client import MetronomeClient
from data.metronome.silence import RECENT_SECONDS
from data.upstream_state import Level, UpstreamState
from tests.unit.metronome.upstream import ACCOUNT, Answer, ManualClock, Upstream, client_on, failed, in_time

OK = Answer({"data": {"id": ACCOUNT}})


def page(client: MetronomeClient, clock: ManualClock) -> None:
    """Some of what one page asks."""
    for ask in (client.iter_balances, client.iter_invoices):
        try:
            list(ask(ACCOUNT, in_time(clock)))
        except SourceError:
            continue


def test_one_page_without_any_answer_is_an_outage_of_everything() -> None:
    clock = ManualClock()
    client, began = client_on(Upstream(failed(503)), clock), clock.now()
    page(client, clock)
    assert client.upstream() == UpstreamState(Level.DOWN, (), began, None)
    for _ in range(8):
        clock.seconds += 10
        page(client, clock)
        state = client.upstream()
        assert (state.level, state.families, state.since) == (Level.DOWN, (), began)


def test_it_ends_with_the_first_answer() -> None:
    clock, answers = ManualClock(), [failed(503)]
    client = client_on(Upstream(lambda _: answers[0]), clock)
    page(client, clock)
    answers[0] = OK
    assert client.customer(ACCOUNT, in_time(clock)).id == ACCOUNT
    assert client.upstream().level is Level.OK


def test_one_endpoint_alone_is_none() -> None:
    clock = ManualClock()
    client = client_on(Upstream(failed(503)), clock)
    for _ in range(3):
        try:
            client.customer(ACCOUNT, in_time(clock))
        except SourceError:
            continue
    assert client.upstream().level is Level.OK


def test_where_nobody_asks_it_is_not_known_any_more() -> None:
    clock = ManualClock()
    client = client_on(Upstream(failed(503)), clock)
    page(client, clock)
    clock.seconds += RECENT_SECONDS + 1
    assert client.upstream().level is Level.OK
