"""R7: the deadline passes down to every page, attempt and wait. Nothing is asked after it, and each attempt has
strictly less time than the one before."""

from __future__ import annotations

import threading
from itertools import count

import pytest

from data.errors import OutOfTime, SourceError, Unreachable
from data.metronome.deadline import Deadline
from data.metronome.limits import Limits
from tests.unit.metronome.upstream import ACCOUNT, Answer, ManualClock, Upstream, client_on, failed, in_time, page


class Noting:
    """Passes three seconds with each call, and notes what was left when it began."""

    def __init__(self, seconds: float) -> None:
        self.clock = ManualClock()
        self.deadline = Deadline(self.clock, seconds)
        self.left: list[float] = []

    def moves(self) -> None:
        self.left.append(self.deadline.remaining())
        self.clock.seconds += 3


def test_r07_four_pages_of_three_seconds_and_no_call_after_ten() -> None:
    noting, numbers = Noting(10), count()
    upstream = Upstream(lambda _: page([], str(next(numbers))), moves=noting.moves)
    with pytest.raises(OutOfTime):
        list(client_on(upstream, noting.clock).iter_customers(noting.deadline))

    assert noting.left == [10, 7, 4, 1]
    assert [asked.timeout for asked in upstream.asked] == [(3.0, 5.0), (3.0, 5.0), (3.0, 4.0), (1.0, 1.0)]


def test_r07_attempts_share_it_too() -> None:
    noting = Noting(5)
    upstream = Upstream(failed(503), moves=noting.moves)
    with pytest.raises(SourceError):
        client_on(upstream, noting.clock).customer(ACCOUNT, noting.deadline)

    assert noting.left == sorted(set(noting.left), reverse=True)
    assert 0 < noting.left[-1] < noting.left[0] == 5
    assert [asked.timeout[1] for asked in upstream.asked] == pytest.approx(noting.left)


def test_r07_no_wait_reaches_beyond_it() -> None:
    upstream, clock = Upstream(failed(500)), ManualClock()
    with pytest.raises(Unreachable):
        client_on(upstream, clock).customer(ACCOUNT, in_time(clock, 0.0001))

    assert clock.slept == []
    assert len(upstream.asked) == 1


def test_r07_who_got_a_slot_too_late_asks_nothing() -> None:
    clock = ManualClock()
    limits = Limits(clock=clock, concurrency=1, rps=1e6, burst=10**6)
    upstream, went_wrong = Upstream(Answer({"data": {"id": ACCOUNT}})), []

    def late() -> None:
        try:
            client_on(upstream, clock, limits=limits).customer(ACCOUNT, in_time(clock, 1.0))
        except SourceError as error:
            went_wrong.append(error)

    thread = threading.Thread(target=late)
    with limits.turn("account", "", in_time(clock, 60)):
        thread.start()
        while not limits._bulkhead._queue:
            pass
        clock.seconds += 2
    thread.join(5)
    assert [type(error) for error in went_wrong] == [OutOfTime]
    assert upstream.asked == []
