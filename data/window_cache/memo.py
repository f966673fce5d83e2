"""What was decoded or put together before, in this process, bounded by bytes."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Hashable
from typing import Any

from data.window_cache.entry import Tables

_OBJECT_BYTES = 100  # an amount or a text of its own, roughly
_LEAST_BYTES = 1_000


class Memo:
    """Values by key, ``limit_bytes`` in all: what was not asked for the longest goes first. Safe under threads."""

    def __init__(self, limit_bytes: int) -> None:
        self._limit = limit_bytes
        self._lock = threading.Lock()
        self._kept: OrderedDict[Hashable, tuple[Any, int]] = OrderedDict()
        self._bytes = 0

    def get(self, key: Hashable) -> Any:
        """The value of ``key``, or None."""
        with self._lock:
            kept = self._kept.get(key)
            if kept is None:
                return None
            self._kept.move_to_end(key)
            return kept[0]

    def put(self, key: Hashable, value: object, weight: int) -> None:
        with self._lock:
            self._bytes += weight - self._kept.pop(key, (None, 0))[1]
            self._kept[key] = value, weight
            while self._bytes > self._limit:
                _, (_, gone) = self._kept.popitem(last=False)
                self._bytes -= gone

    def clear(self) -> None:
        with self._lock:
            self._kept.clear()
            self._bytes = 0


def weight(tables: Tables) -> int:
    """Bytes that the frames take, roughly: each amount and text of an object column counts as one of its own."""
    columns = [column for frame in tables.values() for _, column in frame.items()]
    objects = sum(len(column) for column in columns if column.dtype == object)
    return sum(column.memory_usage(index=False) for column in columns) + objects * _OBJECT_BYTES + _LEAST_BYTES
