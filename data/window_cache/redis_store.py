"""Entries in a Redis that workers and replicas share. While it does not answer everything is a miss, and nobody waits
for it twice: it is left alone for ``DOWN_SECONDS`` after each failure. What is
too large to be sent in time is not sent."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any, Final, TypeVar

from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError as Disconnected
from redis.exceptions import LockError, RedisError, ResponseError
from redis.lock import Lock
from redis.retry import Retry

from data.clock import Clock
from data.events import Channel, emit, note
from data.window_cache.store import PREFIX

T = TypeVar("T")

STORE_SECONDS: Final = 0.25  # for one question; a page does not wait for its cache
SEND_SECONDS: Final = 1.0  # for what is put there
MOST_BYTES: Final = 4 << 20  # of one value: any link that it takes longer on would fail again and again
DOWN_SECONDS: Final = 5.0
POLL_SECONDS: Final = 0.02
TIME_SECONDS: Final = 60.0  # between two looks at Redis' clock; clocks drift apart by milliseconds meanwhile


class RedisStore:
    """In the Redis at ``url``, which bounds its own memory. Safe under threads and on several processes."""

    def __init__(self, url: str, clock: Clock) -> None:
        self._clock = clock
        self._line = _Line(clock)
        self._redis, self._sender = (_client(url, seconds) for seconds in (STORE_SECONDS, SEND_SECONDS))
        self._ahead = clock.now().timestamp() - clock.monotonic()  # until Redis has told its own time
        self._look_again = clock.monotonic()

    def time(self) -> float:
        """Redis' own time, so that processes whose clocks differ agree on the age of what they share; in between it is
        carried on by the monotonic clock at hand."""
        if self._clock.monotonic() >= self._look_again:
            ahead = self._line.ask(self._look, None)
            self._ahead = self._ahead if ahead is None else ahead
            self._look_again = self._clock.monotonic() + (DOWN_SECONDS if ahead is None else TIME_SECONDS)
        return self._clock.monotonic() + self._ahead

    def get(self, keys: Sequence[str]) -> list[bytes | None]:
        found: list[Any] = self._line.ask(lambda: self._redis.mget(keys), []) if keys else []
        return found or [None] * len(keys)

    def put(self, key: str, value: bytes, *, seconds: float) -> None:
        if len(value) > MOST_BYTES:
            self._line.refused("TooLarge")
        else:
            self._line.ask(lambda: self._sender.set(key, value, px=max(1, round(seconds * 1000))), None)

    @contextmanager
    def alone(self, key: str, *, hold: float, wait: float) -> Iterator[bool]:
        lock = Lock(self._redis, f"{key}:alone", timeout=hold, sleep=POLL_SECONDS, thread_local=False)
        got = bool(self._line.ask(lambda: lock.acquire(blocking_timeout=wait), False))
        if not got:
            yield False
            return
        done = threading.Event()
        threading.Thread(target=self._hold_on, args=(lock, done, hold / 4), name="lease", daemon=True).start()
        try:
            yield True
        finally:
            done.set()
            self._line.ask(lambda: _let_go(lock), None)

    def _hold_on(self, lock: Lock, done: threading.Event, every: float) -> None:
        """A lease is short, so that nobody waits for a process that died, and renewed while its holder lives."""
        while not done.wait(every) and self._line.ask(lambda: _renewed(lock), True):
            pass

    def clear(self) -> None:
        self._line.ask(self._forget, None)

    def size(self) -> tuple[int, int]:
        return 0, 0

    def _look(self) -> float | None:
        """How far Redis' clock is ahead of the monotonic one."""
        before = self._clock.monotonic()
        seconds, micros = self._redis.time()
        return float(seconds + micros / 1e6 - (before + self._clock.monotonic()) / 2)

    def _forget(self) -> None:
        for key in self._redis.scan_iter(f"{PREFIX}*", count=1000):
            self._redis.unlink(key)


class _Line:
    """Whether Redis answers. An outage is logged when it begins and when it ends, a refusal once per kind of error, and
    both are counted every time. One thread at a time tries whether an outage is over."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._down = False
        self._again = 0.0
        self._refused: set[str] = set()

    def ask(self, question: Callable[[], T], otherwise: T) -> T:
        """The answer, or ``otherwise`` where there is none. The library's errors never carry the password."""
        if self._down and not self._may_try():
            return otherwise
        try:
            answer = question()
        except ResponseError as error:  # it answers, but will not do this: it is full, or may not be written to
            self.refused(type(error).__name__)
            answer = otherwise
        except (RedisError, OSError) as error:
            self._fails(type(error).__name__)
            return otherwise
        if self._down:
            self._is_back()
        return answer

    def _may_try(self) -> bool:
        with self._lock:
            now = self._clock.monotonic()
            if now < self._again:
                return False
            self._again = now + DOWN_SECONDS
            return True

    def _fails(self, error: str) -> None:
        with self._lock:
            first, self._down = not self._down, True
            self._again = self._clock.monotonic() + DOWN_SECONDS
        _tell(error, first=first)

    def refused(self, error: str) -> None:
        """It answers as ever, and something is not kept there."""
        with self._lock:
            first = error not in self._refused
            self._refused.add(error)
        _tell(error, first=first)

    def _is_back(self) -> None:
        with self._lock:
            ended, self._down = self._down, False
        if ended:
            emit(Channel.APP, "store_back")


def _client(url: str, seconds: float) -> Redis:
    """Which waits so long for one question."""
    return Redis.from_url(
        url,
        socket_timeout=seconds,
        socket_connect_timeout=STORE_SECONDS,
        retry=Retry(NoBackoff(), 1, (Disconnected,)),  # for a connection that was closed meanwhile
    )


def _tell(error: str, *, first: bool) -> None:
    if first:
        emit(Channel.APP, "store_down", level=logging.ERROR, error=error)
    else:
        note("store_down", error=error)


def _renewed(lock: Lock) -> bool:
    with suppress(LockError):
        return lock.reacquire()
    return False  # Redis did not answer for too long, and it is somebody else's by now


def _let_go(lock: Lock) -> None:
    with suppress(LockError):  # held for too long: it is somebody else's by now, or nobody's
        lock.release()
