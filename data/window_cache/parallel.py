"""Calls side by side, a few at a time."""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable, Mapping
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextvars import copy_context
from typing import Final, TypeVar, cast

from data.errors import SourceError

PARALLEL: Final = 4

K = TypeVar("K", bound=Hashable)
R = TypeVar("R")


def side_by_side(
    calls: Mapping[K, Callable[[], R]], ends: Callable[[K, R | SourceError], bool]
) -> dict[K, R | SourceError]:
    """What each call gave or failed with, at most four at a time. After an outcome that ``ends`` it all no more are
    begun; those under way run to their end by themselves, and are not in the result."""
    if len(calls) <= 1:
        return {key: _tried(call) for key, call in calls.items()}
    ended = threading.Event()
    found: dict[K, R | SourceError] = {}

    def run(key: K, call: Callable[[], R]) -> None:
        if not ended.is_set():
            found[key] = _tried(call)
            if ends(key, found[key]):
                ended.set()

    pool = ThreadPoolExecutor(min(PARALLEL, len(calls)), thread_name_prefix="metronome")
    try:
        for future in as_completed([pool.submit(copy_context().run, run, key, call) for key, call in calls.items()]):
            future.result()
            if ended.is_set():
                break
    finally:
        pool.shutdown(wait=False, cancel_futures=True)
    return found.copy()


def all_of(calls: Mapping[K, Callable[[], R]]) -> list[R]:
    """What each call gave, in their order; raises the first failure."""
    found = side_by_side(calls, lambda _, outcome: isinstance(outcome, SourceError))
    for outcome in found.values():
        if isinstance(outcome, SourceError):
            raise outcome
    return [cast(R, found[key]) for key in calls]


def _tried(call: Callable[[], R]) -> R | SourceError:
    try:
        return call()
    except SourceError as error:
        return error.bare()
