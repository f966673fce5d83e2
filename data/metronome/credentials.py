"""A token that is not accepted is not held out again and again (row R10).

401 is about the token: no endpoint is asked. 403 is about what it may read: that endpoint is not asked. One question in
20 s is let through to see whether that has changed; the first answer ends it.
"""

from __future__ import annotations

import logging
import threading
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus

from data.clock import Clock
from data.events import Channel, emit
from data.metronome.held_back import TokenRefused

PROBE_SECONDS = 20.0
_EVERY = ""


@dataclass
class _Refusal:
    since: datetime
    probe_at: float


class Credentials:
    """Whether the token is accepted, as far as is known. Safe to share between threads."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._refusals: dict[str, _Refusal] = {}
        self._lock = threading.Lock()

    def check(self, family: str) -> None:
        """Raises ``TokenRefused`` when nothing may be asked of ``family`` now."""
        with self._lock:
            self._due(family)

    def enter(self, family: str) -> None:
        """As ``check``; where a probe is due, the caller is the one."""
        with self._lock:
            for refusal in self._due(family):
                refusal.probe_at = self._clock.monotonic() + PROBE_SECONDS

    def _due(self, family: str) -> list[_Refusal]:
        refusals = [self._refusals[key] for key in (_EVERY, family) if key in self._refusals]
        left = max((one.probe_at for one in refusals), default=0.0) - self._clock.monotonic()
        if refusals and left > 0:
            raise TokenRefused(f"{family}: the token was refused", retry_after=left)
        return refusals

    def refused(self, family: str, status: int) -> None:
        """The service said 401 or 403."""
        key = _EVERY if status == HTTPStatus.UNAUTHORIZED else family
        with self._lock:
            is_new = key not in self._refusals
            since = self._clock.now() if is_new else self._refusals[key].since
            self._refusals[key] = _Refusal(since, self._clock.monotonic() + PROBE_SECONDS)
        if is_new:
            self._tell(family, status, logging.WARNING)

    def accepted(self, family: str) -> None:
        """The service answered ``family``."""
        if not self._refusals:
            return
        with self._lock:
            ended = [self._refusals.pop(key) for key in (_EVERY, family) if key in self._refusals]
        if ended:
            self._tell(family, HTTPStatus.OK, logging.INFO)

    def _tell(self, family: str, status: int, level: int) -> None:
        emit(
            Channel.UPSTREAM,
            "credentials",
            level=level,
            family=family,
            status=int(status),
            rejected=bool(self._refusals),
        )

    def refusals(self) -> dict[str, tuple[datetime, float]]:
        """Since when and for how many seconds to come, by family; under "" for all families."""
        now = self._clock.monotonic()
        with self._lock:
            return {key: (one.since, max(0.0, one.probe_at - now)) for key, one in self._refusals.items()}
