"""What was decoded or put together before, in this process, bounded by bytes."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Hashable, Iterable, Mapping
from typing import Any

from data.weighing import arrays_of
from data.window_cache.entry import Entry, Tables

Weights = Mapping[Hashable, int]  # bytes of each part of a value; a part that several values have counts once


class Memo:
    """Values by key, ``limit_bytes`` in all: what was not asked for the longest goes first, and a value that is heavier
    by itself is not kept and drives nothing out. Safe under threads."""

    def __init__(self, limit_bytes: int) -> None:
        self._limit = limit_bytes
        self._lock = threading.Lock()
        self._kept: OrderedDict[Hashable, tuple[Any, Weights]] = OrderedDict()
        self._had_by: dict[Hashable, int] = {}  # of each part, how many values have it
        self._bytes = 0

    def get(self, key: Hashable) -> Any:
        """The value of ``key``, or None."""
        with self._lock:
            kept = self._kept.get(key)
            if kept is None:
                return None
            self._kept.move_to_end(key)
            return kept[0]

    def put(self, key: Hashable, value: object, weights: Weights, *, if_room: bool = False) -> bool:
        """Whether ``value`` is kept in place of what was there. Its parts are ``weights``: a part weighs the same
        wherever it is met. ``if_room``: nothing else is driven out for it."""
        with self._lock:
            self._drop(key)
            room = self._limit - (self._bytes if if_room else 0)
            if sum(weight for part, weight in weights.items() if not (if_room and part in self._had_by)) > room:
                return False
            self._kept[key] = value, weights
            for part, weight in weights.items():
                self._had_by[part] = self._had_by.get(part, 0) + 1
                self._bytes += weight if self._had_by[part] == 1 else 0
            while self._bytes > self._limit:
                self._drop(next(iter(self._kept)))
            return True

    def clear(self) -> None:
        with self._lock:
            self._kept.clear()
            self._had_by.clear()
            self._bytes = 0

    def _drop(self, key: Hashable) -> None:
        _, weights = self._kept.pop(key, (None, {}))
        for part, weight in weights.items():
            self._had_by[part] -= 1
            if not self._had_by[part]:
                del self._had_by[part]
                self._bytes -= weight


def weights_of(*entries: Entry | None) -> dict[Hashable, int]:
    return {entry: entry.weight for entry in entries if entry is not None}


def weight_beside(entries: Iterable[Entry | None], tables: Tables) -> int:
    """Bytes that ``tables``, joined of ``entries``, take besides theirs; the amounts are the same objects."""
    there = {held for entry in entries if entry for frame in entry.tables.values() for held in arrays_of(frame)}
    arrays = {held: size for frame in tables.values() for held, size in arrays_of(frame).items()}
    return sum(size for held, size in arrays.items() if held not in there)
