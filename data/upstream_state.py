"""What the app knows of the service that it asks, as one value: for the status strip, and for whoever else says it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Level(StrEnum):
    """From good to bad; where several are true, the worst is told."""

    OK = "ok"
    SLOW = "slow"
    THROTTLED = "throttled"
    FORBIDDEN = "forbidden"
    DOWN = "down"
    CREDENTIALS = "credentials"


@dataclass(frozen=True)
class UpstreamState:
    """``families`` are the endpoints that it is about, () for all of them. ``since`` is wall time, for people.
    ``retry_in`` is in seconds: when the next question is let through to try, None where nothing is held back."""

    level: Level = Level.OK
    families: tuple[str, ...] = ()
    since: datetime | None = None
    retry_in: float | None = None
