"""How much is left on each open segment of a balance, and until when?"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal, localcontext
from typing import Final

from data.analytics.entries import Account, Entry, Segment
from data.money import EXACT, exact_sum

NEVER: Final = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True)
class SegmentLeft:
    """What an open segment still holds, in currency units; ``ends_at`` None = it does not end. ``entries`` are what
    the ledger tells it by: those of the segment, or all where it is the only open one."""

    segment_id: str
    ends_at: datetime | None
    left: Decimal
    entries: tuple[Entry, ...] = ()


def segments_left(account: Account, remaining: Decimal | None, now: datetime) -> tuple[SegmentLeft, ...]:
    """The open segments, the first to end first; together never more than ``remaining`` (as sent).

    With a ledger by its entries, which name their segment (manual ones by their time, section 4.3 of the Metronome
    notes); without one, as the API draws: the segment that ends first is used first. Empty when it cannot be told.
    """
    if remaining is None:
        return ()
    opened = sorted((one for one in account.segments if one.holds(now)), key=_end)
    several = len(opened) > 1
    lots: list[SegmentLeft] = []
    rest = max(remaining, Decimal(0))
    with localcontext(EXACT):
        for segment in reversed(opened):
            entries = _counting(account, segment if several else None)
            room = _room(account, segment, entries) if several else rest
            if room is None:
                return ()
            left = max(min(room, rest), Decimal(0))
            rest -= left
            lots.append(SegmentLeft(segment.segment_id, segment.ends_at, account.unit.major(left), entries))
    return tuple(reversed(lots))


def _room(account: Account, segment: Segment, entries: tuple[Entry, ...]) -> Decimal | None:
    """What the segment may hold at most, as sent."""
    return segment.amount if account.entries is None else exact_sum(one.effect for one in entries)


def _counting(account: Account, segment: Segment | None) -> tuple[Entry, ...]:
    """The entries that count now, those of ``segment`` or all."""
    counted = (one for one in account.entries or () if one.counts)
    return tuple(one for one in counted if segment is None or one.segment == segment.segment_id)


def _end(segment: Segment) -> datetime:
    return segment.ends_at or NEVER
