"""Answers kept for a while: bounded, one load at a time per key, the last good copy when a reload fails.

Keys begin with the customer id (or "" for shared lists), so that nothing of one account can answer for another.
Values are handed out as they are and must be treated as read-only; the source copies frames on the way out.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar

from data.clock import Clock
from data.errors import CredentialsRejected, NotFound, SourceError

T = TypeVar("T")
Key = tuple[Hashable, ...]


@dataclass(frozen=True)
class Kept(Generic[T]):
    """A value with its age. ``error`` is why it could not be renewed; a stale copy always has one."""

    value: T
    fetched_at: datetime
    stored: float
    error: SourceError | None = None

    @property
    def stale(self) -> bool:
        return self.error is not None


@dataclass
class _Flight:
    """One load under way; the others wait for its outcome instead of asking again."""

    done: threading.Event
    result: Kept[Any] | None = None
    error: BaseException | None = None


@dataclass(frozen=True)
class Keep:
    """For how long: ``fresh`` seconds as good as new, ``stale`` seconds as a marked stand-in, failures remembered."""

    fresh: float = 60.0
    stale: float = 86_400.0
    failure: float = 2.0


class Cache:
    """In-process cache of ``limit`` entries, least recently used first to go. Safe under threads."""

    def __init__(self, clock: Clock, *, limit: int = 512) -> None:
        self._clock = clock
        self._limit = limit
        self._lock = threading.Lock()
        self._kept: OrderedDict[Key, Kept[Any]] = OrderedDict()
        self._last_whole: OrderedDict[Key, Kept[Any]] = OrderedDict()  # only where a newer answer has gaps
        self._failed: OrderedDict[Key, tuple[float, SourceError]] = OrderedDict()
        self._flights: dict[Key, _Flight] = {}

    def peek(self, key: Key, keep: Keep) -> Kept[Any] | None:
        """The kept value of ``key`` while it is fresh; never loads."""
        with self._lock:
            return self._kept_fresh(key, keep)

    def get(self, key: Key, load: Callable[[], T], keep: Keep) -> Kept[T]:
        """The kept value of ``key`` if fresh, else ``load()``; raises what ``load`` raised when nothing can stand in.

        A value whose ``whole`` attribute is False (some part could not be loaded) is kept only as long as a failure,
        and a whole one before it stays what stands in.
        """
        with self._lock:
            kept = self._fresh(key, keep)
            if kept is not None:
                return kept
            flight = self._flights.get(key)
            if flight is None:
                mine = self._flights[key] = _Flight(threading.Event())
        if flight is not None:
            return self._await(flight)
        return self._fly(key, load, keep, mine)

    def clear(self) -> None:
        with self._lock:
            self._kept.clear()
            self._last_whole.clear()
            self._failed.clear()

    def _fresh(self, key: Key, keep: Keep) -> Kept[Any] | None:
        kept = self._kept_fresh(key, keep)
        if kept is not None:
            return kept
        failed = self._failed.get(key)
        if failed is None or self._clock.monotonic() - failed[0] >= keep.failure:
            return None
        return self._stand_in(key, failed[1], keep)

    def _kept_fresh(self, key: Key, keep: Keep) -> Kept[Any] | None:
        kept = self._kept.get(key)
        if kept is None:
            return None
        life = keep.fresh if _is_whole(kept) else keep.failure
        if self._clock.monotonic() - kept.stored >= life:
            return None
        self._kept.move_to_end(key)
        return kept

    def _stand_in(self, key: Key, error: SourceError, keep: Keep) -> Kept[Any]:
        """The last good copy, marked; raises ``error`` when there is none young enough, or none may be shown."""
        if isinstance(error, NotFound | CredentialsRejected):
            raise error
        for kept in (self._last_whole.get(key), self._kept.get(key)):
            if kept is not None and self._clock.monotonic() - kept.stored < keep.stale:
                return Kept(kept.value, kept.fetched_at, kept.stored, error)
        raise error

    @staticmethod
    def _await(flight: _Flight) -> Kept[Any]:
        flight.done.wait()
        if flight.error is not None:
            raise flight.error
        assert flight.result is not None  # noqa: S101  # set before done; for the type checker
        return flight.result

    def _fly(self, key: Key, load: Callable[[], T], keep: Keep, flight: _Flight) -> Kept[T]:
        try:
            flight.result = self._loaded(key, load, keep)
            return flight.result
        except BaseException as error:
            flight.error = error
            raise
        finally:
            with self._lock:
                del self._flights[key]
            flight.done.set()

    def _loaded(self, key: Key, load: Callable[[], T], keep: Keep) -> Kept[T]:
        try:
            value = load()
        except SourceError as error:
            with self._lock:
                self._put(self._failed, key, (self._clock.monotonic(), error))
                return self._stand_in(key, error, keep)
        kept = Kept(value, self._clock.now(), self._clock.monotonic())
        with self._lock:
            self._failed.pop(key, None)
            self._set_whole_aside(key, kept)
            self._put(self._kept, key, kept)
        return kept

    def _set_whole_aside(self, key: Key, new: Kept[Any]) -> None:
        old = self._kept.get(key)
        if _is_whole(new):
            self._last_whole.pop(key, None)
        elif old is not None and _is_whole(old):
            self._put(self._last_whole, key, old)

    def _put(self, store: OrderedDict[Key, Any], key: Key, entry: object) -> None:
        store[key] = entry
        store.move_to_end(key)
        while len(store) > self._limit:
            store.popitem(last=False)


def _is_whole(kept: Kept[Any]) -> bool:
    return bool(getattr(kept.value, "whole", True))
