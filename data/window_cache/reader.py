"""The cache as whoever asks sees it: what is held of an answer and good, what has to be fetched first, and what is
shown where that fails."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from functools import partial
from typing import Any, Final, Generic, TypeVar

from data.clock import Clock
from data.errors import Missing, SourceError
from data.metronome.deadline import Deadline
from data.window_cache.assembly import Part, fetched_at, fresh_until, gaps_of, tables_of, version_of
from data.window_cache.entry import Entry, Tables
from data.window_cache.failures import Failures
from data.window_cache.flights import Flights
from data.window_cache.freshness import Freshness
from data.window_cache.gathering import Gathering
from data.window_cache.memo import Memo, weight_beside, weights_of
from data.window_cache.parallel import side_by_side
from data.window_cache.renewal import Renewal
from data.window_cache.shelf import Shelf
from data.window_cache.store import Store
from data.window_cache.wanted import Wanted

T = TypeVar("T")
Begin = Callable[[], Deadline]

DEFAULT_MEMO_BYTES: Final = 64 << 20


class Outcome(StrEnum):
    """What came of a question: all of it was there, some of it was fetched, an old copy stands in."""

    FRESH = "fresh"
    MISS = "miss"
    STALE = "stale"


@dataclass(frozen=True)
class Read(Generic[T]):
    """A value that is shared and not to be written to, when it was fetched, why it is an old copy if it is one, what is
    missing from it. Equal versions: equal values, marks and gaps."""

    value: T
    fetched_at: datetime
    stale: SourceError | None
    missing: tuple[Missing, ...]
    version: Hashable
    outcome: Outcome


@dataclass(frozen=True)
class _Ready:
    """A read, the entries that it was put together of, the store's time from when until when it is good without another
    look, and its bytes besides theirs."""

    read: Read[Any]
    entries: tuple[tuple[str, Entry | None], ...]
    made: float
    until: float
    today: int
    bytes: int


class WindowCache:
    """Answers by day and by list. Safe under threads; ``store`` may be shared by processes. ``realm`` tells what is
    kept for one API and token from what is kept for another."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        *,
        realm: str = "",
        freshness: Freshness | None = None,
        memo_bytes: int = DEFAULT_MEMO_BYTES,
    ) -> None:
        self.store, self.realm, self.freshness = store, realm, freshness or Freshness()
        self._memo, self._flights = Memo(memo_bytes), Flights()
        self._shelf = Shelf(store, self._memo, clock, self.freshness)
        self._failures = Failures(clock, self.freshness)
        self._renewal = Renewal(self._shelf, self._failures, self._flights)
        self._cleared = 0

    def clear(self) -> None:
        """Forget everything, failures too."""
        self._cleared += 1
        self._shelf.store.clear()
        self._memo.clear()
        self._failures.clear()

    def wait(self, seconds: float) -> bool:
        """Until nothing is fetched behind anybody's back; False when that takes longer than ``seconds``."""
        return self._renewal.wait(seconds)

    def read(self, wanted: Wanted[T], *, whole: bool, begin: Begin) -> Read[T]:
        """The answer, for a page or (``whole``) a download, with the patience that begins with ``begin()``.

        For a while a page gets at once what is past its life, and that is fetched behind its back. Where fetching fails
        it gets old copies with a mark, and gaps where there are none; an error when there is nothing, or when the token
        was refused. A download gets all or nothing, with a mark where a copy is old. Raises ``SourceError``.
        """
        read = self._ready(wanted)
        if read is not None:
            return read
        until = begin()
        with self._flights.turn((wanted.name, whole), until.in_all()) as refusal:
            if refusal is not None:
                return self._ready(wanted) or self._held(wanted, refusal, whole=whole)
            until.touch()  # whoever was waited for got on
            return self._ready(wanted) or self._made(wanted, whole=whole, until=until, begin=begin)

    def _ready(self, wanted: Wanted[T]) -> Read[T] | None:
        """What was put together before, while all of it is as good as new and nothing newer came."""
        ready: _Ready | None = self._memo.get(wanted.name)
        now = self._shelf.store.time()
        if ready is None or not ready.made <= now < ready.until or ready.today != self._shelf.today():
            return None
        return ready.read if all(self._memo.get(key) is entry for key, entry in ready.entries) else None

    def _held(self, wanted: Wanted[T], because: SourceError, *, whole: bool) -> Read[T]:
        """What can be said without fetching anything."""
        gathering = Gathering(wanted, self._shelf, self._failures, whole=whole)
        gathering.give_up(because)
        return self._put_together(wanted, gathering.parts(), fetched=False)

    def _made(self, wanted: Wanted[T], *, whole: bool, until: Deadline, begin: Begin) -> Read[T]:
        gathering = Gathering(wanted, self._shelf, self._failures, whole=whole)
        renew = partial(self._renewal.now, wanted, whole=whole, until=until)
        calls = {piece: partial(renew, piece, gathering.entries[piece]) for piece in gathering.due()}
        gathering.take(side_by_side(calls, gathering.ends))
        read = self._put_together(wanted, gathering.parts(), fetched=gathering.was_fetched)
        for piece in [] if whole else gathering.aging():
            self._renewal.later(wanted, piece, gathering.entries[piece], begin)
        return read

    def _put_together(self, wanted: Wanted[T], parts: Sequence[Part], *, fetched: bool) -> Read[T]:
        """Frames are joined once for each version; until when they are good is looked at every time."""
        version = (self._cleared, wanted.name, version_of(parts))
        ready: _Ready | None = self._memo.get(wanted.name)
        read, size = (ready.read, ready.bytes) if ready else (None, 0)
        held = [part.entry for part in parts]
        if read is None or read.version != version:
            tables = tables_of(parts, wanted.tables)
            read, size = self._joined(wanted, parts, tables, version), weight_beside(held, tables)
        until = 0.0 if read.stale or read.missing else fresh_until(parts)
        entries = tuple((part.piece.key, part.entry) for part in parts)
        ready = _Ready(read, entries, self._shelf.store.time(), until, self._shelf.today(), size)
        if self._memo.put(wanted.name, ready, {wanted.name: size, **weights_of(*held)}):
            self._shelf.remember(entries)
        outcome = Outcome.STALE if read.stale else Outcome.MISS if fetched else Outcome.FRESH
        return replace(read, outcome=outcome)

    def _joined(self, wanted: Wanted[T], parts: Sequence[Part], tables: Tables, version: Hashable) -> Read[T]:
        stale = next((part.error for part in parts if part.old), None)
        age = fetched_at(parts, self.freshness, self._shelf.clock.now())
        return Read(wanted.shape(tables), age, stale, gaps_of(parts), version, Outcome.FRESH)
