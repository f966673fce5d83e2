"""The bulkhead, the token bucket and the deadline (rows R7, R18 and R20)."""

from __future__ import annotations

import threading
from contextlib import ExitStack

import pytest

from data.clock import Clock
from data.errors import OutOfTime, Throttled
from data.metronome.deadline import Deadline
from data.metronome.limits import Bulkhead, Limits, TokenBucket
from tests.unit.metronome.upstream import ManualClock


class Impatient(Deadline):
    """Waits for a turn no longer than a test may."""

    def __init__(self) -> None:
        super().__init__(Clock(), 5.0, idle=0.02)


def test_no_more_than_the_total_are_in_flight() -> None:
    bulkhead = Bulkhead(3, 2)
    with ExitStack() as held:
        for customer in ("a", "b", "c"):
            held.enter_context(bulkhead.slot(customer, Impatient()))
        with pytest.raises((Throttled, OutOfTime)), bulkhead.slot("d", Impatient()):
            pass
    with bulkhead.slot("d", Impatient()):
        pass


def test_one_customer_cannot_take_the_slots_of_the_others() -> None:
    bulkhead = Bulkhead(4, 2)
    with bulkhead.slot("a", Impatient()), bulkhead.slot("a", Impatient()):
        with pytest.raises((Throttled, OutOfTime)), bulkhead.slot("a", Impatient()):
            pass
        with bulkhead.slot("b", Impatient()), bulkhead.slot("", Impatient()):
            pass


def test_a_slot_is_given_back_when_the_call_fails() -> None:
    bulkhead = Bulkhead(1, 1)
    with pytest.raises(ValueError, match="made up"), bulkhead.slot("a", Impatient()):
        raise ValueError("made up")
    with bulkhead.slot("a", Impatient()):
        pass


def test_waiting_customers_get_their_turn_in_order() -> None:
    bulkhead, order, waiting = Bulkhead(1, 1), [], threading.Semaphore(0)

    def take(name: str) -> None:
        waiting.release()
        with bulkhead.slot(name, Deadline(Clock(), 5.0)):
            order.append(name)

    threads = []
    with bulkhead.slot("first", Deadline(Clock(), 5.0)):
        for number, name in enumerate(("a", "b", "c"), 1):
            thread = threading.Thread(target=take, args=(name,))
            thread.start()
            threads.append(thread)
            waiting.acquire()
            while len(bulkhead._queue) < number:
                pass
    for thread in threads:
        thread.join(5)
    assert order == ["a", "b", "c"]


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


def test_an_endpoint_that_rests_does_not_stop_the_others() -> None:
    clock = ManualClock()
    limits = Limits(clock=clock)
    limits.rest("usage", 30)
    with pytest.raises(Throttled) as raised, limits.turn("usage", "a", Deadline(clock, 10)):
        pass
    assert raised.value.retry_after == 30
    with limits.turn("invoices", "a", Deadline(clock, 10)):
        pass


def test_a_deadline_ends_in_all_or_without_progress() -> None:
    clock = ManualClock()
    download = Deadline(clock, 120, idle=10)
    clock.seconds += 9
    assert download.remaining() == pytest.approx(1)
    download.touch()
    clock.seconds += 9
    assert not download.expired
    clock.seconds += 2
    assert download.expired

    steady = Deadline(clock, 120, idle=10)
    for _ in range(13):
        clock.seconds += 9
        steady.touch()
    assert steady.remaining() == pytest.approx(3)
    clock.seconds += 4
    steady.touch()
    assert steady.expired
