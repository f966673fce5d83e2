"""How long whoever asked has been waiting: one patience for an answer, however many questions it takes to make it."""

from __future__ import annotations

from contextvars import ContextVar
from typing import Final

from data.clock import Clock

PAGE_SECONDS: Final = 10.0
DOWNLOAD_SECONDS: Final = 120.0

_BEGUN: ContextVar[list[float] | None] = ContextVar("begun", default=None)


def begin_waiting() -> None:
    """From here on, in this context, questions belong to one answer. Its time runs from the first of them."""
    _BEGUN.set([])


def waited(clock: Clock) -> float:
    """Seconds since the first question of the answer under way; 0 for the first, and where none is under way."""
    begun = _BEGUN.get()
    if begun is None:
        return 0.0
    if not begun:
        begun.append(clock.monotonic())
    return clock.monotonic() - begun[0]
