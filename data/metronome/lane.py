"""For whom a question is asked: staff, or a customer's embed. Embeds may take half of what may be under way."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from enum import StrEnum


class Lane(StrEnum):
    STAFF = "staff"
    EMBED = "embed"


_LANE: ContextVar[Lane] = ContextVar("lane", default=Lane.STAFF)


@contextmanager
def in_lane(lane: Lane) -> Iterator[None]:
    """Everything asked inside this block, and in threads that run in a copy of its context, is asked in ``lane``."""
    token = _LANE.set(lane)
    try:
        yield
    finally:
        _LANE.reset(token)


def current_lane() -> Lane:
    return _LANE.get()
