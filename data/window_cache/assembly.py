"""Held pieces put together as one answer: its rows, its age, its gaps, and a version that tells it from any other."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time

from data.errors import Missing, SourceError
from data.window_cache.ages import Life
from data.window_cache.entry import Entry, Stamp, Tables, joined, sliced
from data.window_cache.freshness import Freshness
from data.window_cache.strays import joined_once
from data.window_cache.tables import nothing
from data.window_cache.wanted import Piece


@dataclass(frozen=True)
class Part:
    """A piece, what is held of it, and its days: shown as good as new, shown with a mark, and not there."""

    piece: Piece
    entry: Entry | None
    life: Life
    shown: tuple[int, ...]
    old: frozenset[int] = frozenset()
    missing: tuple[int, ...] = ()
    error: SourceError | None = None

    def stamps(self) -> Iterator[tuple[int, Stamp]]:
        return ((day, self.entry.days[day]) for day in self.shown) if self.entry else iter(())


def tables_of(parts: Sequence[Part], names: Sequence[str] = ()) -> Tables:
    """The rows of all days that are shown, in the order of the parts; of no days at all tables of these ``names``."""
    if not parts:
        return {name: nothing(name) for name in names}
    pieces = [sliced(part.entry, days.start, days.stop) for part in parts if part.entry for days in _runs(part.shown)]
    return joined_once(pieces) if all(part.piece.by_day for part in parts) else joined(pieces)


def fetched_at(parts: Sequence[Part], freshness: Freshness, now: datetime) -> datetime:
    """The oldest fetch of a day that may still change or is shown with a mark; of any day when there is none
    such, and ``now`` of no days at all."""
    told: list[datetime] = []
    rest: list[datetime] = []
    for part in parts:
        for day, stamp in part.stamps():
            closed = part.life(day, day in part.entry.settled) >= freshness.closed if part.entry else False
            (rest if closed and day not in part.old else told).append(stamp.fetched_at)
    return min(told or rest, default=now)


def gaps_of(parts: Sequence[Part]) -> tuple[Missing, ...]:
    return tuple(
        Missing(_midnight(span[0]), _midnight(span[1]), part.error)
        for part in parts
        if part.error is not None
        for days in _runs(part.missing)
        if (span := part.piece.asked(days))
    )


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)


def version_of(parts: Sequence[Part]) -> Hashable:
    """Equal for equal rows, marks and gaps: the moments at which each day was stored, and what went wrong."""
    return tuple(
        (
            part.piece.key,
            part.shown,
            tuple(stamp.stored for _, stamp in part.stamps()),
            part.old,
            (part.error.code, part.error.sentence, part.error.retry_after) if part.error else None,
        )
        for part in parts
    )


def fresh_until(parts: Sequence[Part]) -> float:
    """The store's time at which the first of the days is no longer as good as new."""
    return min(
        (stamp.stored + part.life(day, day in part.entry.settled) for part in parts if part.entry
         for day, stamp in part.stamps()),
        default=0.0,
    )  # fmt: skip


def _runs(days: Sequence[int]) -> list[range]:
    """Ascending days as ranges without a gap."""
    found: list[range] = []
    for day in days:
        if found and found[-1].stop == day:
            found[-1] = range(found[-1].start, day + 1)
        else:
            found.append(range(day, day + 1))
    return found
