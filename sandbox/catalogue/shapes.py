"""How much an account uses from day to day, in thousandths of its daily amount. Whole numbers only."""

from __future__ import annotations

from datetime import datetime

from sandbox.ids import seeded
from sandbox.model import Shape


def steady(_index: int, day: datetime) -> int:
    return 1000 if day.weekday() < 5 else 900


def office_week(_index: int, day: datetime) -> int:
    """Busy from Monday to Friday, quiet at the weekend."""
    return (1100, 1250, 1300, 1200, 950, 220, 160)[day.weekday()]


def growing(per_day: int, *, start: int = 400) -> Shape:
    """``start`` thousandths on the first day, ``per_day`` more with each day."""
    return lambda index, day: (start + per_day * index) * steady(index, day) // 1000


def shrinking(per_day: int, *, start: int = 1600, floor: int = 120) -> Shape:
    return lambda index, day: max(floor, start - per_day * index) * steady(index, day) // 1000


def spiky(seed: str, *, every: int = 23, height: int = 7000) -> Shape:
    """Calm, with a burst about once in ``every`` days that takes two days to fade."""

    def shape(_index: int, day: datetime) -> int:
        bursts = (seeded("burst", seed, str(day.toordinal() - ago)) % every == 0 for ago in range(3))
        heights = (height >> ago for ago, burst in enumerate(bursts) if burst)
        return max(heights, default=600)

    return shape
