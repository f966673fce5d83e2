"""How often a link was used, counted in a Redis that all processes share. A module of its own, as only those who share
need to load the library."""

from __future__ import annotations

from typing import Final

from redis import Redis, RedisError
from redis.backoff import NoBackoff
from redis.retry import Retry

from access.embed.replay import StoreDown

STORE_SECONDS: Final = 0.5


class RedisUses:
    """``Uses`` by a Redis address."""

    shared = True

    def __init__(self, url: str) -> None:
        self._redis = Redis.from_url(
            url,
            socket_timeout=STORE_SECONDS,
            socket_connect_timeout=STORE_SECONDS,
            retry=Retry(NoBackoff(), 1),  # for a connection that was closed meanwhile
        )

    def count(self, mark: str, seconds: int) -> int:
        try:
            with self._redis.pipeline(transaction=True) as commands:
                commands.set(_name(mark), 0, ex=seconds, nx=True)
                commands.incr(_name(mark))
                return int(commands.execute()[1])
        except (RedisError, OSError) as error:
            raise StoreDown from error

    def is_first(self, mark: str, seconds: int) -> bool:
        try:
            return bool(self._redis.set(_name(mark), 1, ex=seconds, nx=True))
        except (RedisError, OSError) as error:
            raise StoreDown from error


def _name(mark: str) -> str:
    return f"burnboard:link:{mark}"
