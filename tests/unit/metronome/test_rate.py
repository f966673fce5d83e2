"""The token bucket, and how it takes being told to slow down (row R20)."""

from __future__ import annotations

import pytest

from data.errors import Throttled
from data.metronome.deadline import Deadline
from data.metronome.held_back import Busy
from data.metronome.lane import Lane, in_lane
from data.metronome.limits import Limits
from data.metronome.rate import TokenBucket
from tests.unit.metronome.upstream import ACCOUNT, ManualClock, Upstream, client_on, failed, in_time


def test_a_burst_passes_at_once_and_then_the_rate_holds() -> None:
    clock = ManualClock()
    bucket = TokenBucket(clock, rps=10, burst=5)
    for _ in range(15):
        bucket.take(Deadline(clock, 60))

    assert len(clock.slept) == 10
    assert sum(clock.slept) == pytest.approx(1.0)


def test_a_wait_longer_than_the_patience_is_refused_at_once_with_a_sentence_of_its_own() -> None:
    clock = ManualClock()
    bucket = TokenBucket(clock, rps=0.1, burst=1)
    bucket.take(Deadline(clock, 60))
    with pytest.raises(Throttled) as raised:
        bucket.take(Deadline(clock, 60))

    assert clock.slept == []
    assert raised.value.sentence != Throttled.sentence
    assert raised.value.retry_after == pytest.approx(10)


def test_many_429_at_once_slow_down_once_and_never_below_a_sixteenth() -> None:
    clock = ManualClock()
    bucket = TokenBucket(clock, rps=16, burst=5)
    for _ in range(8):
        bucket.slow_down()
    assert bucket.rate == 8

    for _ in range(20):
        clock.seconds += 1.0
        bucket.slow_down()
    assert 1.0 <= bucket.rate < 2.0


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


def test_waiting_in_the_queue_and_for_a_token_is_one_patience() -> None:
    clock = ManualClock()
    bucket = TokenBucket(clock, rps=1, burst=1)
    bucket.take(Deadline(clock, 60))
    with pytest.raises(Throttled):
        bucket.take(Deadline(clock, 60), waited=1.5)
    bucket.take(Deadline(clock, 60), waited=0.5)
    assert clock.slept == [1]


def test_an_embed_that_finds_no_token_for_all_gives_its_own_back() -> None:
    clock = ManualClock()
    limits = Limits(clock=clock, rps=0.1, burst=4)
    for _ in range(4):
        with limits.turn("account", "", Deadline(clock, 10)):
            pass
    with in_lane(Lane.EMBED):
        for _ in range(5):
            with pytest.raises(Busy), limits.turn("account", "", Deadline(clock, 10)):
                pass
        clock.seconds += 20
        for _ in range(2):
            with limits.turn("account", "", Deadline(clock, 10)):
                pass
    assert clock.slept == []


def test_a_rest_is_as_long_as_the_longest_that_was_named() -> None:
    clock = ManualClock()
    limits = Limits(clock=clock)
    limits.rest("usage", 60)
    limits.rest("usage", 1)
    clock.seconds += 59
    with pytest.raises(Throttled), limits.turn("usage", "", Deadline(clock, 10)):
        pass
