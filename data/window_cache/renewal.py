"""One piece made new: by one at a time in this process, and by one at a time among all who share the store."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from dataclasses import dataclass
from typing import Any, Final

from data.errors import OutOfTime, SourceError
from data.events import Channel, emit
from data.metronome.deadline import Deadline
from data.metronome.held_back import Busy, TokenRefused
from data.waiting import begin_waiting, take_place
from data.window_cache.ages import hull
from data.window_cache.entry import Entry
from data.window_cache.failures import Failures
from data.window_cache.flights import Flights
from data.window_cache.shelf import Shelf
from data.window_cache.wanted import Piece, Wanted

BACKGROUND: Final = 4  # refreshes under way at once
_MOST_WAITING: Final = 64
ALONE_SECONDS: Final = 3.0  # kept back by who waits for another process; with less a question may fail by itself
LEASE_SECONDS: Final = 2.0  # for which a process that died still holds what it was fetching


@dataclass(frozen=True)
class Renewed:
    """What is held now, and whether it was this call that fetched it."""

    entry: Entry
    was_fetched: bool


class Renewal:
    """Fetches what is past its life. A page and a download wait for different times, so neither waits for the other."""

    def __init__(self, shelf: Shelf, failures: Failures, flights: Flights) -> None:
        self._shelf, self._failures, self._flights = shelf, failures, flights
        self._lock = threading.Condition()
        self._pool: ThreadPoolExecutor | None = None
        self._refreshing: set[str] = set()

    def now(self, wanted: Wanted[Any], piece: Piece, held: Entry | None, *, whole: bool, until: Deadline) -> Renewed:
        """Fetch all days of ``piece`` that are past their life, in one question; whoever waited for the same finds it
        done. Raises ``SourceError``, also one that somebody else met a moment ago."""
        with self._flights.turn((piece.key, whole), until.in_all()) as refusal:
            if refusal is not None:
                raise refusal
            known = self._shelf.held([piece]).get(piece.key) or held
            days = hull(self._shelf.ages(piece, known, wanted.lasts))
            if known is not None and not days:
                return self._found(piece, known)
            failed = self._failures.recent((piece.key, whole), days)
            if failed is not None:
                raise failed
            take_place()
            wait = max(0.0, until.in_all() - ALONE_SECONDS)
            with self._shelf.store.alone(f"{piece.key}:{whole}", hold=LEASE_SECONDS, wait=wait):
                until.touch()  # whoever was waited for got on
                return self._fetched(wanted, piece, known, whole=whole, until=until)

    def later(self, wanted: Wanted[Any], piece: Piece, held: Entry | None, until: Callable[[], Deadline]) -> None:
        """The same for a page that has something to show meanwhile; nothing when it is under way already."""
        with self._lock:
            if piece.key in self._refreshing or len(self._refreshing) >= _MOST_WAITING:
                return
            self._refreshing.add(piece.key)
            self._pool = self._pool or ThreadPoolExecutor(BACKGROUND, thread_name_prefix="refresh")
            self._pool.submit(copy_context().run, self._refresh, wanted, piece, held, until)

    def wait(self, seconds: float) -> bool:
        """Until nothing is fetched behind anybody's back; False when that takes longer than ``seconds``."""
        with self._lock:
            return self._lock.wait_for(lambda: not self._refreshing, seconds)

    def _refresh(self, wanted: Wanted[Any], piece: Piece, held: Entry | None, until: Callable[[], Deadline]) -> None:
        begin_waiting()  # nobody has waited for this
        try:
            self.now(wanted, piece, held, whole=False, until=until())
        except SourceError:
            pass  # remembered: the next one who asks is told
        except Exception as error:  # nobody waits for it who could raise it
            emit(Channel.APP, "refresh_broken", level=logging.ERROR, error=type(error).__name__)
        finally:
            with self._lock:
                self._refreshing.discard(piece.key)
                self._lock.notify_all()

    def _fetched(
        self, wanted: Wanted[Any], piece: Piece, known: Entry | None, *, whole: bool, until: Deadline
    ) -> Renewed:
        known = self._shelf.newest([piece]).get(piece.key) or known
        days = hull(self._shelf.ages(piece, known, wanted.lasts))
        if known is not None and not days:
            return self._found(piece, known)
        stamp, hurried = self._shelf.stamp(), until.remaining() < ALONE_SECONDS
        try:
            fetched = wanted.fetch(piece.asked(days), until)
        except SourceError as error:
            if not _says_nothing(error, hurried=hurried):
                self._failures.remember((piece.key, whole), days, error)
            raise
        self._failures.forget(piece.key)
        return Renewed(self._shelf.keep(piece, known, fetched.entry(days, stamp)), was_fetched=True)

    def _found(self, piece: Piece, known: Entry) -> Renewed:
        """Somebody else was faster."""
        self._failures.forget(piece.key)
        return Renewed(known, was_fetched=False)


def _says_nothing(error: SourceError, *, hurried: bool) -> bool:
    """Whether the next one who asks may well fare better: the question was begun too late, or was not asked at all
    because the token rests after another one was refused, or because there was no place for this asker."""
    return isinstance(error, TokenRefused | Busy) or (hurried and isinstance(error, OutOfTime))
