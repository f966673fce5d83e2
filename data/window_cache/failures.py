"""What failed last, until it succeeds: so that nobody queues up to fail again, and nothing old is shown as new."""

from __future__ import annotations

import threading
from collections import OrderedDict
from dataclasses import dataclass, replace
from typing import Final

from data.clock import Clock
from data.errors import CredentialsRejected, NotFound, Refused, SourceError
from data.window_cache.freshness import Freshness

_MOST: Final = 4096
Key = tuple[str, bool]  # an entry's, and whether it was for a download, which waits longer


@dataclass(frozen=True)
class Failure:
    """Days of an entry that could not be fetched, why, and when by ``Clock.monotonic``."""

    days: range
    error: SourceError
    at: float


def allows_copies(error: SourceError) -> bool:
    """Whether an old copy may stand in: not for what is gone, nor for what may not be read any more."""
    return not isinstance(error, NotFound | CredentialsRejected)


class Failures:
    """By entry, the last one. Safe under threads."""

    def __init__(self, clock: Clock, freshness: Freshness) -> None:
        self._clock, self._freshness = clock, freshness
        self._lock = threading.Lock()
        self._kept: OrderedDict[Key, Failure] = OrderedDict()

    def get(self, key: Key) -> Failure | None:
        """With an error of the asker's own, to raise or to keep."""
        with self._lock:
            failure = self._kept.get(key)
        return replace(failure, error=failure.error.bare()) if failure is not None else None

    def recent(self, key: Key, days: range) -> SourceError | None:
        """What ``days`` failed with a moment ago, if they did: too short a time to ask again."""
        failure = self.get(key)
        if failure is None or failure.days.start > days.start or failure.days.stop < days.stop:
            return None
        absent = isinstance(failure.error, NotFound | Refused)
        rests = self._freshness.absent if absent else self._freshness.failure
        return failure.error if self._clock.monotonic() - failure.at < rests else None

    def remember(self, key: Key, days: range, error: SourceError) -> None:
        with self._lock:
            self._kept[key] = Failure(days, error.bare(), self._clock.monotonic())
            self._kept.move_to_end(key)
            while len(self._kept) > _MOST:
                self._kept.popitem(last=False)

    def forget(self, key: str) -> None:
        """It succeeded, for whomever."""
        with self._lock:
            for whole in (False, True):
                self._kept.pop((key, whole), None)

    def clear(self) -> None:
        with self._lock:
            self._kept.clear()
