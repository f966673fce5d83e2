"""How old each day of a piece is, and what may be done with it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import IntEnum

from data.window_cache.entry import Entry
from data.window_cache.freshness import Freshness
from data.window_cache.wanted import Piece

# An endpoint that is not offered may be one day: asked again as often as a list of things that hardly change.
NOT_OFFERED_SECONDS = 300.0

Life = Callable[[int, bool], float]


class Age(IntEnum):
    """What is held of a day: as good as new; shown to a page while a new one is fetched; shown, with a mark, where no
    new one can be had; nothing that may be shown."""

    FRESH = 0
    AGING = 1
    OLD = 2
    GONE = 3


Ages = Mapping[int, Age]


def life_of(entry: Entry | None, freshness: Freshness, today: int, lasts: float | None) -> Life:
    """For how many seconds the days of ``entry`` are as good as new, by (day, settled)."""
    if entry is not None and not entry.tables:
        return lambda _day, _settled: NOT_OFFERED_SECONDS
    if lasts is not None:
        return lambda _day, _settled: lasts
    return lambda day, settled: freshness.life(day, today, settled)


def ages_of(piece: Piece, entry: Entry | None, life: Life, freshness: Freshness, now: float) -> dict[int, Age]:
    """Of every day of ``piece``; ``now`` is the store's time."""
    if entry is None:
        return dict.fromkeys(piece.days, Age.GONE)
    return {day: _age(entry, day, life, freshness, now) for day in piece.days}


def _age(entry: Entry, day: int, life: Life, freshness: Freshness, now: float) -> Age:
    stamp = entry.days.get(day)
    if stamp is None:
        return Age.GONE
    age, fresh = stamp.age(now), life(day, day in entry.settled)
    if age < fresh:
        return Age.FRESH
    if age >= freshness.stands_in(fresh):
        return Age.GONE
    return Age.AGING if age < fresh + freshness.revalidate else Age.OLD


def hull(ages: Ages) -> range:
    """The shortest range with all days in it that are past their life; empty when there is none."""
    days = [day for day, age in ages.items() if age > Age.FRESH]
    return range(min(days), max(days) + 1) if days else range(0)
