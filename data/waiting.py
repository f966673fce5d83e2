"""Whoever asked, and waits: one patience for an answer, however many questions it takes to make it; and one thread of
the server, of which some stay free for those who need not wait."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Final

from data.clock import Clock
from data.metronome.held_back import Busy

PAGE_SECONDS: Final = 10.0
DOWNLOAD_SECONDS: Final = 120.0
MOMENT: Final = 0.25  # seconds that anybody may wait for somebody else's work without a place
AGAIN: Final = 5.0  # seconds after which whoever finds no place may ask again
BROWSER: Final = 6  # connections of a browser to one host


class Room:
    """The places in which requests of one process wait, each of which holds one of its ``threads``; an eighth of them
    has none. A customer may have as many as are left for the others, so that a few slow ones leave some to the next;
    and what one browser asks at once, while there are any (row R18)."""

    def __init__(self, threads: int) -> None:
        self._places = threads - threads // 8
        self._taken: Counter[str] = Counter()
        self._lock = threading.Lock()

    def enter(self, answer: _Answer) -> None:
        """Once for each answer; raises ``Busy`` where no place is left for its customer."""
        with self._lock:
            if answer.has_place or answer.is_over:
                return
            free = self._places - self._taken.total()
            if free <= 0 or self._taken[answer.customer] >= max(free, BROWSER):
                raise Busy("no thread may wait for this", retry_after=AGAIN)
            self._taken[answer.customer] += 1
            answer.has_place = True

    def leave(self, answer: _Answer) -> None:
        with self._lock:
            answer.is_over = True
            self._taken -= Counter({answer.customer: int(answer.has_place)})


@dataclass(eq=False)
class _Answer:
    room: Room | None = None
    begun: float | None = None
    customer: str = ""
    has_place: bool = False
    is_over: bool = False  # its threads may go on for a while; nobody waits for them


_ANSWER: ContextVar[_Answer | None] = ContextVar("answer", default=None)


def begin_waiting() -> None:
    """From here on, in this context and its threads, questions belong to one answer, for which no thread of the server
    waits. Its time runs from the first of them."""
    _ANSWER.set(_Answer())


@contextmanager
def answering(room: Room | None) -> Iterator[None]:
    """The same for the block, for a request that waits in ``room``, if anywhere."""
    answer = _Answer(room)
    token = _ANSWER.set(answer)
    try:
        yield
    finally:
        _ANSWER.reset(token)
        if room is not None:
            room.leave(answer)


def about(customer: str) -> None:
    """The answer under way is about this customer, until it has its place."""
    answer = _ANSWER.get()
    if answer is not None and not answer.has_place:
        answer.customer = customer


def take_place() -> None:
    """From here on the answer under way waits for Metronome; raises ``Busy`` where it may not."""
    answer = _ANSWER.get()
    if answer is not None and answer.room is not None:
        answer.room.enter(answer)


def waited_for(somebody: Callable[[float], bool], seconds: float) -> bool:
    """``somebody(seconds)``, which waits so long for another one's work; raises ``Busy`` where that takes more than a
    moment and there is no place."""
    moment = min(MOMENT, seconds)
    if somebody(moment):
        return True
    take_place()
    return somebody(seconds - moment)


def waited(clock: Clock) -> float:
    """Seconds since the first question of the answer under way; 0 for the first, and where none is under way."""
    answer = _ANSWER.get()
    if answer is None:
        return 0.0
    if answer.begun is None:
        answer.begun = clock.monotonic()
    return clock.monotonic() - answer.begun
