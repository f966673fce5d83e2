"""What a daily burndown is made of: events, landings, and the path of one segment. Amounts are in currency units."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Final

from data.analytics.burn_days_draws import Draw
from data.analytics.entries import Account, Entry, Segment
from data.analytics.windows import Span, midnight

ZERO: Final = Decimal(0)
_INSTANT: Final = timedelta(microseconds=1)


def day_before(moment: datetime) -> date:
    """The last day that has any time before ``moment``: the day at whose end something dated then stands."""
    return (moment - _INSTANT).date()


@dataclass(frozen=True)
class Extent:
    """The days that breakdowns were loaded for, ``end`` exclusive, and the spans that are missing from them."""

    first: date
    end: date
    missing: tuple[Span, ...] = ()

    def covers(self, span: Span, now: datetime) -> bool:
        """Whether every day of ``span`` that has begun was loaded."""
        begin, until = span[0], min(span[1], midnight(now.date() + timedelta(days=1)))
        inside = midnight(self.first) <= begin and until <= midnight(self.end)
        return inside and not any(begin < stop and start < until for start, stop in self.missing)


@dataclass(frozen=True)
class Event:
    """A dated step that is no draw. ``entry`` None: the schedule says so, and the ledger does not list it (yet)."""

    at: datetime
    category: str
    amount: Decimal
    entry: Entry | None
    pending: bool


@dataclass(frozen=True)
class Landing:
    """Where an invoice's daily draws on a segment meet the ledger's deduction: ``gap`` = ``ledger`` - ``drawn``.

    ``day`` is the one at whose end they meet: the last of the period, or today while the invoice is a draft that still
    runs. ``drawn`` and ``gap`` are None when days of the period were not loaded, or have no known draws: then the
    ledger's figure is one step, and nothing is known from ``unknown_from`` until that day (None: it is known).
    ``slack`` is what arithmetic alone may make of a gap (section 3.2 of the Metronome notes, in the unit as sent).
    """

    invoice_id: str
    balance_id: str
    segment_id: str
    at: datetime
    day: date
    ledger: Decimal
    drawn: Decimal | None
    gap: Decimal | None
    pending: bool
    entries: tuple[Entry, ...]
    draws: tuple[Draw, ...]
    slack: Decimal
    unknown_from: date | None = None

    @property
    def is_off(self) -> bool:
        """Whether the draws are known and miss the ledger by more than arithmetic does."""
        return self.gap is not None and abs(self.gap) > self.slack

    @property
    def begins(self) -> date:
        """The first day on which it takes something from the path."""
        return self.draws[0].day if self.gap is not None and self.draws else self.day


@dataclass(frozen=True)
class Step:
    """One signed part of what a segment held: an event, one day's draw of an invoice, or its deduction once landed."""

    amount: Decimal
    event: Event | None = None
    landing: Landing | None = None
    draw: Draw | None = None


@dataclass(frozen=True)
class Track:
    """What one segment of one balance held at the end of each day of a range; not floored, None where not known.

    opening + events - draws - gaps of landings = end, day by day. ``events`` and ``landings`` are all that there are,
    by time, also those before the range. From ``pending_from`` on the path rests on drafts or lies ahead. Without a
    ledger only ``stated``, what the segment holds now, is known, and the path begins today.
    """

    account: Account
    segment_id: str
    segment: Segment | None
    first: date
    opening: Decimal | None
    draws: tuple[Decimal, ...]
    ends: tuple[Decimal | None, ...]
    events: tuple[Event, ...]
    landings: tuple[Landing, ...]
    pending_from: date
    stated: Decimal | None = None

    @property
    def last(self) -> date:
        return self.first + timedelta(days=len(self.ends) - 1)

    @property
    def events_shown(self) -> tuple[Event, ...]:
        """The events inside the range."""
        return tuple(one for one in self.events if self.first <= one.at.date() <= self.last)

    @property
    def landings_shown(self) -> tuple[Landing, ...]:
        """The landings of invoices that drew on the range."""
        return tuple(one for one in self.landings if self.first <= one.day and one.begins <= self.last)

    @property
    def is_empty(self) -> bool:
        """Whether it is known that nothing was held and nothing happened in the range."""
        held = any(end is None or end for end in (self.opening or ZERO, *self.ends))
        return not (held or any(self.draws) or self.events_shown)

    def steps_until(self, day: date) -> Iterator[Step]:
        """Everything that the path at the end of ``day`` is the sum of: an invoice's daily draws until it lands, and
        from then on the ledger's figure instead."""
        if self.stated is not None:
            yield Step(self.stated)
        for event in _until(self.events, day):
            yield Step(event.amount, event=event)
        for landing in self.landings:
            if landing.day <= day:
                yield Step(landing.ledger.copy_negate(), landing=landing)
            elif landing.gap is not None:
                yield from (
                    Step(one.amount.copy_negate(), landing=landing, draw=one) for one in landing.draws if one.day <= day
                )


def _until(events: Sequence[Event], day: date) -> Iterator[Event]:
    return (one for one in events if one.at.date() <= day)
