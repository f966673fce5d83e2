"""A token that is not accepted is not held out again and again (row R10).

401 is about the token: nothing is asked of any endpoint. 403 is about what it may read: that endpoint is not asked for
that customer. One question in 20 s is let through to see whether that has changed. An answer that is not a 401 proves
the token good, whatever else it says. If nobody asks for a minute, it is not known any more.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus

from data.clock import Clock
from data.events import Channel, emit
from data.metronome.breaker import FORGOTTEN_SECONDS
from data.metronome.held_back import KeptOut, TokenRefused

PROBE_SECONDS = 20.0
Place = tuple[str, str]  # endpoint family and customer
EVERYWHERE: Place = ("", "")
Refusals = Mapping[Place, tuple[datetime, float]]  # since when, and for how many seconds to come
_REFUSED = (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN)


@dataclass
class _Refusal:
    since: datetime
    probe_at: float


class Credentials:
    """What the token is good for, as far as is known. Safe to share between threads."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._refusals: dict[Place, _Refusal] = {}
        self._lock = threading.Lock()

    def check(self, family: str, customer: str) -> None:
        """Raises ``TokenRefused`` or ``KeptOut`` when nothing may be asked there now."""
        with self._lock:
            self._due((family, customer))

    def enter(self, family: str, customer: str) -> None:
        """As ``check``; where a probe is due, the caller is the one."""
        with self._lock:
            for refusal in self._due((family, customer)):
                refusal.probe_at = self._clock.monotonic() + PROBE_SECONDS

    def answered(self, family: str, customer: str, status: int) -> None:
        """The service answered. Told before the next can be, so that what was told last is what is."""
        if not self._refusals and status not in _REFUSED:
            return
        with self._lock:
            if status != HTTPStatus.UNAUTHORIZED:
                self._end(EVERYWHERE, family, status)
            if status in _REFUSED:
                self._begin(EVERYWHERE if status == HTTPStatus.UNAUTHORIZED else (family, customer), family, status)
            else:
                self._end((family, customer), family, status)

    def forget(self) -> None:
        """Drop what nobody has tried again for a minute."""
        before = self._clock.monotonic() - FORGOTTEN_SECONDS
        with self._lock:
            for place in [place for place, one in self._refusals.items() if one.probe_at <= before]:
                self._end(place, place[0], 0)

    def refusals(self) -> Refusals:
        now = self._clock.monotonic()
        with self._lock:
            return {place: (one.since, max(0.0, one.probe_at - now)) for place, one in self._refusals.items()}

    def _due(self, place: Place) -> list[_Refusal]:
        now, due = self._clock.monotonic(), []
        for key, error in ((EVERYWHERE, TokenRefused), (place, KeptOut)):
            refusal = self._refusals.get(key)
            if refusal is not None and refusal.probe_at > now:
                raise error(f"{place[0]}: the token was refused", retry_after=refusal.probe_at - now)
            due += [refusal] if refusal is not None else []
        return due

    def _begin(self, place: Place, family: str, status: int) -> None:
        known = self._refusals.get(place)
        since = known.since if known is not None else self._clock.now()
        self._refusals[place] = _Refusal(since, self._clock.monotonic() + PROBE_SECONDS)
        if known is None:
            self._tell(family, status, logging.WARNING)

    def _end(self, place: Place, family: str, status: int) -> None:
        if self._refusals.pop(place, None) is not None:
            self._tell(family, status, logging.INFO)

    def _tell(self, family: str, status: int, level: int) -> None:
        rejected = EVERYWHERE in self._refusals
        emit(Channel.UPSTREAM, "credentials", level=level, family=family, status=int(status), rejected=rejected)
