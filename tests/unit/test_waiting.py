"""One patience for one answer, whichever of its threads asks, and for nobody else's."""

from __future__ import annotations

from contextvars import copy_context
from threading import Event, Thread

import pytest

from data.errors import OutOfTime
from data.views.memo import Memo
from data.waiting import begin_waiting, waited
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


def test_nobody_waits_without_end_for_what_somebody_else_makes() -> None:
    memo, begun, go_on = Memo(HandClock()), Event(), Event()

    def slow() -> str:
        begun.set()
        go_on.wait(10)
        return "made"

    first = Thread(target=memo.get, args=(("key",), slow, lambda *_: True))
    first.start()
    begun.wait(10)
    with pytest.raises(OutOfTime):
        memo.get(("key",), slow, lambda *_: True, patience=0.05)
    go_on.set()
    first.join()
    assert memo.get(("key",), slow, lambda *_: True) == "made"
