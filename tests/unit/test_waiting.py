"""One patience for one answer, whichever of its threads asks, and for nobody else's."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from contextvars import copy_context
from threading import Event, Thread

import pytest

from data.errors import OutOfTime
from data.metronome.held_back import Busy
from data.views.memo import Memo
from data.waiting import AGAIN, Room, about, answering, begin_waiting, take_place, waited, waited_for
from tests.embeds import HandClock


def test_time_runs_from_the_first_question_of_an_answer() -> None:
    clock = HandClock()

    def answer() -> list[float]:
        begin_waiting()
        told = []
        for seconds in (3, 4, 5):
            clock.move(seconds)
            told.append(waited(clock))
        return told

    for _ in range(2):
        assert copy_context().run(answer) == [0, 4, 9]


def test_threads_of_one_answer_wait_together() -> None:
    clock, told = HandClock(), []

    def answer() -> None:
        begin_waiting()
        threads = [Thread(target=copy_context().run, args=(lambda: told.append(waited(clock)),)) for _ in range(2)]
        for thread in threads:
            thread.start()
            thread.join()
            clock.move(2)

    copy_context().run(answer)
    assert told == [0, 2]


def test_where_no_answer_is_under_way_nobody_has_waited() -> None:
    clock = HandClock()
    assert waited(clock) == 0
    clock.move(9)
    assert waited(clock) == 0


class SlowMaking:
    """Something that somebody is making, until ``end``."""

    def __init__(self) -> None:
        self.memo, self._begun, self._go_on = Memo(HandClock()), Event(), Event()
        self._first = Thread(target=self.ask)
        self._first.start()
        self._begun.wait(10)

    def ask(self, **patience: float) -> str:
        return self.memo.get(("key",), self._make, lambda *_: True, **patience)

    def end(self) -> None:
        self._go_on.set()
        self._first.join()

    def _make(self) -> str:
        self._begun.set()
        self._go_on.wait(10)
        return "made"


def test_nobody_waits_without_end_for_what_somebody_else_makes() -> None:
    making = SlowMaking()
    with pytest.raises(OutOfTime):
        making.ask(patience=0.05)
    making.end()
    assert making.ask() == "made"


class Waiting(ExitStack):
    """Answers that are under way, each in its place."""

    def enter(self, room: Room, customer: str) -> bool:
        """Whether another one, about ``customer``, found a place."""
        self.enter_context(answering(room))
        about(customer)
        try:
            take_place()
        except Busy:
            return False
        return True


@pytest.fixture
def waiting() -> Iterator[Waiting]:
    with Waiting() as held:
        yield held


@pytest.fixture
def full(waiting: Waiting) -> Room:
    """A room with no place for anybody."""
    room = Room(8)
    while waiting.enter(room, "a") or waiting.enter(room, "b"):
        pass
    return room


def test_a_customer_may_have_as_many_places_as_it_leaves_to_the_others(waiting: Waiting) -> None:
    room = Room(64)
    taken = {one: sum(waiting.enter(room, one) for _ in range(64)) for one in ("a", "b", "c", "d")}
    assert taken == {"a": 28, "b": 14, "c": 7, "d": 6}


def test_some_threads_stay_free_whoever_waits(waiting: Waiting) -> None:
    room = Room(64)
    assert sum(waiting.enter(room, str(number)) for number in range(100)) == 64 - 8


@pytest.mark.parametrize("threads", [1, 4, 8, 16])
def test_what_one_browser_asks_at_once_finds_its_places(waiting: Waiting, threads: int) -> None:
    room = Room(threads)
    assert all(waiting.enter(room, "a") for _ in range(min(threads, 6)))


def test_a_place_is_taken_once_and_left_with_the_answer() -> None:
    room = Room(8)
    for _ in range(50):
        with answering(room):
            about("a")
            threads = [Thread(target=copy_context().run, args=(take_place,)) for _ in range(9)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            late = copy_context()
        late.run(take_place)


def test_who_waits_a_moment_only_needs_no_place(full: Room) -> None:
    with answering(full):
        about("a")
        assert waited_for(lambda _: True, 9)
        with pytest.raises(Busy) as refused:
            waited_for(lambda _: False, 9)
    assert refused.value.retry_after == AGAIN


def test_what_is_made_behind_somebodys_back_needs_no_place(full: Room) -> None:
    with answering(full):
        about("a")
        begin_waiting()
        take_place()


def test_whoever_joins_what_is_being_made_waits_in_a_place(full: Room) -> None:
    making = SlowMaking()
    with answering(full):
        about("a")
        with pytest.raises(Busy):
            making.ask()
        making.end()
        assert making.ask() == "made"
