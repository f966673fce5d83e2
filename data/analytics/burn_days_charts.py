"""Which paths share a chart, and in which order do they stand? One chart per unit and side, in the order of use."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from functools import cached_property
from typing import Final

from data.analytics.burn_days_values import ZERO, Event, Landing, Track
from data.analytics.commitments import Side, side_of
from data.analytics.use_order import unit_of_use, use_rank
from data.filters import Days
from data.money import UnitKind, exact_sum

SERIES: Final = 12
_KEY_LIMIT: Final = 80
Place = tuple[str, ...]


@dataclass(frozen=True)
class BurnSeries:
    """What is drawn as one: a segment, or several small ones together."""

    tracks: tuple[Track, ...]

    @cached_property
    def held(self) -> tuple[Decimal | None, ...]:
        """At the end of each day, each path floored at 0; None where one of them is not known."""
        columns = zip(*(one.ends for one in self.tracks), strict=True)
        return tuple(_floored_sum(column) for column in columns)

    @cached_property
    def draws(self) -> tuple[Decimal, ...]:
        return tuple(exact_sum(column) for column in zip(*(one.draws for one in self.tracks), strict=True))

    @cached_property
    def pending_from(self) -> date:
        return min(one.pending_from for one in self.tracks)

    @property
    def events(self) -> tuple[tuple[Track, Event], ...]:
        """Those inside the range, each with its track."""
        found = [(track, event) for track in self.tracks for event in track.events_shown]
        return tuple(sorted(found, key=lambda pair: pair[1].at))

    @property
    def landings(self) -> tuple[tuple[Track, Landing], ...]:
        """Those of invoices that drew on the range, each with its track."""
        found = [(track, landing) for track in self.tracks for landing in track.landings_shown]
        return tuple(sorted(found, key=lambda pair: pair[1].day))

    def is_floored(self, at: int) -> bool:
        """Whether a path lies below 0 at the end of the ``at``-th day, where 0 is drawn."""
        return any(end is not None and end < 0 for end in (one.ends[at] for one in self.tracks))


@dataclass(frozen=True)
class BurnChart:
    """The balances of one unit and side over ``days``: ``series`` in the order of use, folded ones last.

    ``key`` names the chart in an address. ``product`` is that of QUANTITY balances.
    """

    key: str
    currency: str
    product: str
    side: Side
    is_money: bool
    days: Days
    series: tuple[BurnSeries, ...]

    @cached_property
    def dates(self) -> tuple[date, ...]:
        return tuple(self.days.first + timedelta(days=at) for at in range(self.days.count))

    @property
    def tracks(self) -> tuple[Track, ...]:
        return tuple(track for one in self.series for track in one.tracks)

    @property
    def is_held(self) -> bool:
        """Whether anything is held on any day."""
        return any(end for one in self.series for end in one.held)


def burn_charts(tracks: Iterable[Track], days: Days) -> tuple[BurnChart, ...]:
    """Charts of the tracks that hold something or change in ``days``: money first, prepaid value before obligations."""
    groups: dict[tuple[bool, str, str, Side], list[Track]] = {}
    for track in tracks:
        if not track.is_empty:
            key = (not track.account.unit.is_money, *unit_of_use(track.account), side_of(track.account))
            groups.setdefault(key, []).append(track)
    order = list(Side)
    keys = sorted(groups, key=lambda key: (key[0], key[1], key[2], order.index(key[3])))
    return tuple(_chart(key, groups[key], days) for key in keys)


def day_place(chart: BurnChart, one: BurnSeries, day: date) -> Place:
    """What tells a figure from all others: that of one segment at the end of ``day``, or of several drawn as one."""
    if len(one.tracks) > 1:
        return ("others", chart.key, str(len(one.tracks)), day.isoformat())
    track = one.tracks[0]
    return ("day", track.account.balance_id, track.segment_id, day.isoformat())


def held_place(chart: BurnChart, day: date) -> Place:
    """As ``day_place``, for what all balances of a chart held together."""
    return ("held", chart.key, day.isoformat())


def event_place(track: Track, event: Event) -> Place:
    """That of one event: its entry, or where the schedule says it."""
    place = str(event.entry.position) if event.entry else f"{event.category} {event.at.isoformat()}"
    return ("event", track.account.balance_id, track.segment_id, place)


def events_place(chart: BurnChart, day: date) -> Place:
    """That of all events of ``day`` together."""
    return ("events", chart.key, day.isoformat())


def landing_place(landing: Landing, part: str) -> Place:
    """That of one landing; ``part`` is ``ledger``, ``drawn`` or ``gap``. Without an invoice its entry tells it."""
    named = landing.invoice_id or f"entry {landing.entries[0].position}"
    return ("landing", landing.balance_id, landing.segment_id, named, part)


def landings_place(chart: BurnChart, day: date, *, is_off: bool) -> Place:
    """That of all landings of ``day`` together: those that miss the ledger, or the others."""
    return ("landings", chart.key, day.isoformat(), "off" if is_off else "met")


def below_place(chart: BurnChart, day: date) -> Place:
    """That of all paths that lie below zero at the end of ``day``, together."""
    return ("below", chart.key, day.isoformat())


def _chart(group: tuple[bool, str, str, Side], tracks: list[Track], days: Days) -> BurnChart:
    other_unit, currency, product, side = group
    key = _key(tracks[0], side)
    return BurnChart(key, currency, product, side, not other_unit, days, _folded(tracks))


def _key(track: Track, side: Side) -> str:
    """The unit's label where it can stand in an address, else its id; what is no prepaid value says so."""
    unit, balance = track.account.unit, track.account.balance
    label = unit.label if unit.label.isprintable() and len(unit.label) <= _KEY_LIMIT else unit.id
    named = f"{label} {balance['product_id']}" if unit.kind is UnitKind.QUANTITY else label
    return named if side is Side.PREPAID else f"{named} {side.value}"


def _folded(tracks: list[Track]) -> tuple[BurnSeries, ...]:
    """Each track by itself in the order of use; beyond 12 the smallest together, as the last."""
    ranked = sorted(tracks, key=lambda one: use_rank(one.account, one.segment))
    if len(ranked) <= SERIES:
        return tuple(BurnSeries((one,)) for one in ranked)
    largest = sorted(range(len(ranked)), key=lambda at: _peak(ranked[at]), reverse=True)[: SERIES - 1]
    kept = [BurnSeries((one,)) for at, one in enumerate(ranked) if at in largest]
    return (*kept, BurnSeries(tuple(one for at, one in enumerate(ranked) if at not in largest)))


def _peak(track: Track) -> Decimal:
    return max((end for end in (track.opening, *track.ends) if end is not None), default=ZERO)


def _floored_sum(ends: Iterable[Decimal | None]) -> Decimal | None:
    column = list(ends)
    known = [max(end, ZERO) for end in column if end is not None]
    return exact_sum(known) if len(known) == len(column) else None
