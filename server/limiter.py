"""Counting how often viewers ask; ``server.limits`` says who is counted and for what. A module of its own, as nobody is
counted on one's own machine and the library takes its time to load."""

from __future__ import annotations

import logging
import threading
from collections import OrderedDict
from typing import Any

from limits import RateLimitItem, RateLimitItemPerSecond
from limits.errors import StorageError
from limits.storage import MemoryStorage, RedisStorage
from limits.strategies import MovingWindowRateLimiter

from data.clock import Clock
from data.events import Channel, emit, note
from data.scope import Kind
from server.limits import ADDRESS, BURST_SECONDS

REST_SECONDS, DOWN_SECONDS = 2.0, 5.0
STORE_SECONDS = 0.25
MOST_RESTING = 10_000
JUMP_SECONDS = 10.0
VIEWERS_AT_AN_ADDRESS = 5


class Limiter:
    """Counts. ``clock`` has to run: ``BURNBOARD_NOW`` is not for it."""

    def __init__(self, *, viewer_rate: float, embed_rate: float, clock: Clock, shared_url: str | None = None) -> None:
        self._rates: dict[str, float] = {
            Kind.PROXY: viewer_rate,
            Kind.EMBED: embed_rate,
            ADDRESS: embed_rate * VIEWERS_AT_AN_ADDRESS,
        }
        self._clock = clock
        self._own = MovingWindowRateLimiter(MemoryStorage())
        self._shared = MovingWindowRateLimiter(_store(shared_url)) if shared_url else None
        self._down_until = self._clock.monotonic() - 1
        self._resting: OrderedDict[str, float] = OrderedDict()
        self._lock = threading.Lock()
        self._offset = self._wall() - clock.monotonic()

    def wait(self, kind: str, viewer: str) -> float | None:
        """Seconds that ``viewer`` has to wait, None when the request may go on. Counts it. The first refusal is one of
        ``BURST_SECONDS``, those of somebody who does not pause are of ``REST_SECONDS``."""
        rate = self._rates.get(kind)
        if rate is None:
            return None
        if self._rests(viewer):
            note("limited", viewer_kind=kind)
            return REST_SECONDS
        if self._hit(f"{viewer}{self._jump()}", rate):
            return None
        self._rest(viewer)
        note("limited", viewer_kind=kind)
        emit(Channel.APP, "limit_reached", level=logging.WARNING, mode=kind)
        return float(BURST_SECONDS)

    def _hit(self, key: str, rate: float) -> bool:
        shared = self._shared
        if shared is None:
            return self._own.hit(_item(rate), key)
        if self._clock.monotonic() >= self._down_until:
            try:
                return shared.hit(_item(rate), key)
            except StorageError:
                self._down_until = self._clock.monotonic() + DOWN_SECONDS
                emit(Channel.APP, "limiter_down", level=logging.ERROR)
        return self._own.hit(_item(rate / 2), key)

    def _rests(self, viewer: str) -> bool:
        """Whether ``viewer`` was told to wait and did not; then the wait begins again."""
        now = self._clock.monotonic()
        with self._lock:
            if self._resting.get(viewer, now) <= now:
                return False
            self._resting[viewer] = now + REST_SECONDS
            return True

    def _rest(self, viewer: str) -> None:
        with self._lock:
            self._resting[viewer] = self._clock.monotonic() + REST_SECONDS
            self._resting.move_to_end(viewer)
            while len(self._resting) > MOST_RESTING:
                self._resting.popitem(last=False)

    def _jump(self) -> str:
        """The library counts by the wall clock. When that has jumped counting begins anew, or nobody would be let in
        until it is as late as it was thought to be (R37)."""
        jumped = round((self._wall() - self._clock.monotonic() - self._offset) / JUMP_SECONDS)
        return f"@{jumped}" if jumped else ""

    def _wall(self) -> float:
        return self._clock.now().timestamp()


def _item(rate: float) -> RateLimitItem:
    return RateLimitItemPerSecond(max(1, round(rate * BURST_SECONDS)), BURST_SECONDS, namespace="burnboard")


def _store(url: str) -> RedisStorage:
    patience: Any = {"socket_timeout": STORE_SECONDS, "socket_connect_timeout": STORE_SECONDS}
    return RedisStorage(url, wrap_exceptions=True, key_prefix="burnboard", **patience)
