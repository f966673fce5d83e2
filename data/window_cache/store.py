"""Where encoded entries are kept: in this process, or in a Redis that processes share. Whatever goes wrong there is a
miss, never an error of the one who asks."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import Final, Protocol

from data.clock import Clock
from data.events import note

PREFIX: Final = "bb"  # of every key
_ENTRY_BYTES: Final = 200  # what an entry takes beside its key and value, roughly


class Store(Protocol):
    """Bytes by key, for a while."""

    def time(self) -> float:
        """Seconds, the same for everyone who shares the store. They go forward, unless the clock of a shared store is
        set back: then a stamp of before counts as infinitely old (``Stamp.age``)."""
        ...

    def get(self, keys: Sequence[str]) -> list[bytes | None]:
        """What is kept under each of ``keys``, asked for at once; None = nothing."""
        ...

    def put(self, key: str, value: bytes, *, seconds: float) -> None:
        """Keep ``value`` for ``seconds`` at most; it may go sooner."""
        ...

    def alone(self, key: str, *, hold: float, wait: float) -> AbstractContextManager[bool]:
        """True for at most one holder of ``key`` at a time among all who share the store, which holds it for
        ``hold`` seconds more if its process dies. False: ``wait`` seconds passed, or the store does not answer; go on
        alone."""
        ...

    def clear(self) -> None:
        """Forget everything."""
        ...

    def size(self) -> tuple[int, int]:
        """Entries and bytes that this process holds."""
        ...


class MemoryStore:
    """In this process, ``limit_bytes`` at most: what was not asked for the longest goes first, and a value that is
    larger by itself is not kept. Safe under threads."""

    def __init__(self, limit_bytes: int, clock: Clock) -> None:
        self._limit, self._clock = limit_bytes, clock
        self._lock = threading.Lock()
        self._kept: OrderedDict[str, tuple[bytes, float]] = OrderedDict()
        self._bytes = 0
        self._free = threading.Condition()
        self._held: set[str] = set()

    def time(self) -> float:
        return self._clock.monotonic()

    def get(self, keys: Sequence[str]) -> list[bytes | None]:
        now = self.time()
        with self._lock:
            return [self._get(key, now) for key in keys]

    def put(self, key: str, value: bytes, *, seconds: float) -> None:
        with self._lock:
            self._drop(key)
            if _weight(key, value) <= self._limit:
                self._kept[key] = (value, self.time() + seconds)
                self._bytes += _weight(key, value)
            while self._bytes > self._limit:
                self._drop(next(iter(self._kept)))
        self._tell()

    @contextmanager
    def alone(self, key: str, *, hold: float, wait: float) -> Iterator[bool]:  # noqa: ARG002  # a thread always lets go
        with self._free:
            got = self._free.wait_for(lambda: key not in self._held, wait)
            if got:
                self._held.add(key)
        try:
            yield got
        finally:
            if got:
                with self._free:
                    self._held.discard(key)
                    self._free.notify_all()

    def clear(self) -> None:
        with self._lock:
            self._kept.clear()
            self._bytes = 0
        self._tell()

    def size(self) -> tuple[int, int]:
        with self._lock:
            return len(self._kept), self._bytes

    def _get(self, key: str, now: float) -> bytes | None:
        value, until = self._kept.get(key, (None, now))
        if value is None or until <= now:
            self._drop(key)
            return None
        self._kept.move_to_end(key)
        return value

    def _drop(self, key: str) -> None:
        gone = self._kept.pop(key, None)
        if gone is not None:
            self._bytes -= _weight(key, gone[0])

    def _tell(self) -> None:
        entries, held = self.size()
        note("cache_size", entries=entries, bytes=held)


def _weight(key: str, value: bytes) -> int:
    return len(key) + len(value) + _ENTRY_BYTES
