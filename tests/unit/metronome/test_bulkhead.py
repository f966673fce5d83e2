"""Slots, and whose turn it is (rows R18 and R19 hold what comes of it)."""

from __future__ import annotations

import threading
from contextlib import ExitStack

import pytest

from data.clock import Clock
from data.errors import OutOfTime, Throttled
from data.metronome.bulkhead import MOST_WAITING, Bulkhead
from data.metronome.deadline import Deadline
from data.metronome.held_back import Busy
from data.metronome.lane import Lane


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


def test_embeds_get_half_of_the_slots_and_staff_the_rest() -> None:
    bulkhead = Bulkhead(4, 4)
    with ExitStack() as held:
        for _ in range(2):
            held.enter_context(bulkhead.slot("a", Impatient(), Lane.EMBED))
        with pytest.raises((Busy, OutOfTime)), bulkhead.slot("b", Impatient(), Lane.EMBED):
            pass
        for _ in range(2):
            held.enter_context(bulkhead.slot("c", Impatient()))
        with pytest.raises((Busy, OutOfTime)), bulkhead.slot("d", Impatient()):
            pass


def test_even_one_slot_is_there_for_embeds() -> None:
    with Bulkhead(1, 1).slot("a", Impatient(), Lane.EMBED):
        pass


def test_a_queue_of_sixty_four_is_as_long_as_it_gets() -> None:
    bulkhead, until = Bulkhead(1, 1), Deadline(Clock(), 20.0, idle=20.0)
    done: list[int] = []

    def wait(number: int) -> None:
        with bulkhead.slot("", until):
            done.append(number)

    threads = [threading.Thread(target=wait, args=(number,)) for number in range(MOST_WAITING)]
    with bulkhead.slot("", until):
        for thread in threads:
            thread.start()
        while len(bulkhead._queue) < MOST_WAITING:
            pass
        with pytest.raises(Busy) as raised, bulkhead.slot("", until):
            pass
        assert raised.value.detail == "queue full"
    for thread in threads:
        thread.join(20)
    assert len(done) == MOST_WAITING == 64


@pytest.mark.parametrize(
    ("crowd", "places"),
    [(("", Lane.EMBED), 32), (("a", Lane.STAFF), 16), (("", Lane.STAFF), 64)],
    ids=["embeds", "one customer", "staff"],
)
def test_places_to_wait_at_are_shared_as_slots_are(crowd: tuple[str, Lane], places: int) -> None:
    bulkhead, until = Bulkhead(4, 1), Deadline(Clock(), 20.0, idle=20.0)
    customer, lane = crowd

    def wait() -> None:
        with bulkhead.slot(customer, until, lane):
            pass

    threads = [threading.Thread(target=wait) for _ in range(places)]
    with ExitStack() as held:
        for _ in range(4):
            held.enter_context(bulkhead.slot("", until))
        for thread in threads:
            thread.start()
        while len(bulkhead._queue) < places:
            pass
        with pytest.raises(Busy) as raised, bulkhead.slot(customer, until, lane):
            pass
        assert raised.value.detail == "queue full"
        if places < MOST_WAITING:
            with pytest.raises((Busy, OutOfTime)) as waited, bulkhead.slot("b", Impatient()):
                pass
            assert waited.value.detail == "no slot", "there was a place to wait at"
    for thread in threads:
        thread.join(20)
