"""What was made from the source's answers, kept for a moment: bounded, and each made once for all who ask at once.

Nothing here knows whether a thing is still right: whoever asks says so of what is kept (``Question.answer``). What is
handed out is shared by everybody who may see the same, and read only.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from concurrent.futures import Future, wait
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from data.clock import Clock
from data.errors import OutOfTime
from data.events import note
from data.views.heard import Heard, heard_while, hearing
from data.waiting import PAGE_SECONDS, waited, waited_for
from data.weighing import weight_of

T = TypeVar("T")
Key = tuple[Hashable, ...]


@dataclass
class Made(Generic[T]):
    """A value, what it stands on, when it was made by ``Clock.monotonic``, and roughly its bytes. ``held`` is the age
    at which it was last found to be right."""

    value: T
    heard: Heard
    at: float
    weight: int
    held: float = 0.0


# Whether what was made so many seconds ago may be used again.
Holds = Callable[[Made[Any], float], bool]


class Memo:
    """At most ``entries`` and roughly ``weight`` bytes, least recently used first to go; what two entries share counts
    twice. Safe under threads. A key has the whole of who asks in it, so that nothing that was made for one can answer
    another."""

    def __init__(self, clock: Clock, *, entries: int = 512, weight: int = 128 * 1024 * 1024) -> None:
        self._clock, self._most, self._heaviest = clock, entries, weight
        self._lock = threading.Lock()
        self._made: OrderedDict[Key, Made[Any]] = OrderedDict()
        self._weight = 0
        self._flights: dict[Key, Future[Made[Any]]] = {}

    def get(self, key: Key, make: Callable[[], T], holds: Holds, *, patience: float = PAGE_SECONDS) -> T:
        """What is kept under ``key`` where ``holds`` says so, else ``make()``, which everybody who asks meanwhile waits
        for; raises what that raises, and keeps none of it. ``OutOfTime`` for who waited so long for somebody else's."""
        outer = hearing()
        try:
            made = self._found(key, make, holds, patience)
        except BaseException:
            if outer is not None:
                outer.doubt()
            raise
        if outer is not None:
            outer.add(made.heard)
        return made.value  # type: ignore[no-any-return]  # whatever is under this key was made by this ``make``

    def peek(self, key: Key, holds: Holds) -> Any:
        """What is kept under ``key`` where ``holds`` says so, else None."""
        kept = self._held(key)
        return kept.value if kept is not None and holds(kept, self._age(kept)) else None

    def _found(self, key: Key, make: Callable[[], Any], holds: Holds, patience: float) -> Made[Any]:
        kept = self._held(key)
        if kept is not None and holds(kept, self._age(kept)):
            note("view", outcome="kept")
            return kept
        with self._lock:
            newer, flight = self._made.get(key), self._flights.get(key)
            if newer is not None and newer is not kept:
                return newer  # made since this asker came
            if flight is None:
                mine = self._flights[key] = Future()
        return self._fly(key, make, mine) if flight is None else self._joined(flight, patience)

    def _joined(self, flight: Future[Made[Any]], patience: float) -> Made[Any]:
        left = max(0.0, patience - waited(self._clock))
        if not waited_for(lambda seconds: bool(wait([flight], seconds).done), left):
            raise OutOfTime("made for somebody else")
        return flight.result()

    def _fly(self, key: Key, make: Callable[[], Any], flight: Future[Made[Any]]) -> Made[Any]:
        note("view", outcome="made")
        try:
            made = self._make(make)
        except BaseException as error:
            self._land(key, None)
            flight.set_exception(error)
            raise
        self._land(key, made)
        flight.set_result(made)
        return made

    def _make(self, make: Callable[[], Any]) -> Made[Any]:
        heard = Heard()
        value = heard_while(heard, make)
        return Made(value, heard, self._clock.monotonic(), weight_of(value))

    def _land(self, key: Key, made: Made[Any] | None) -> None:
        with self._lock:
            del self._flights[key]
            before = self._made.pop(key, None) if made is not None else None
            self._weight -= before.weight if before is not None else 0
            if made is None or made.weight > self._heaviest:
                return
            self._made[key] = made
            self._weight += made.weight
            while len(self._made) > self._most or self._weight > self._heaviest:
                self._weight -= self._made.popitem(last=False)[1].weight

    def _held(self, key: Key) -> Made[Any] | None:
        with self._lock:
            kept = self._made.get(key)
            if kept is not None:
                self._made.move_to_end(key)
            return kept

    def _age(self, made: Made[Any]) -> float:
        return self._clock.monotonic() - made.at
