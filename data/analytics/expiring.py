"""How much prepaid value ends soon, and how much of it would today's pace leave unused?

The pace of a unit is what its commits and credits paid for per day, over the complete days of the last 28 that were
loaded and on which one of them could be used. It is carried forward evenly, and every day's part draws on what is open
then in the order of use (``use_order``), as if each balance applied to all usage.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Final

from data.analytics.burn_days_draws import Draws
from data.analytics.burn_days_values import Extent
from data.analytics.commitments import Side, amounts_of, side_of
from data.analytics.entries import Account, Segment
from data.analytics.segments import SegmentLeft, segments_left
from data.analytics.use_order import unit_of_use, use_rank
from data.analytics.windows import Span, midnight
from data.money import EXACT, exact_sum

HORIZONS: Final = (30, 60, 90)
PACE_DAYS: Final = 28
_DAY: Final = timedelta(days=1)
_MICROSECOND: Final = timedelta(microseconds=1)
UnitKey = tuple[str, str]


@dataclass(frozen=True)
class Pace:
    """What was drawn over ``days`` complete days, the first of them ``first``, in currency units; ``rows`` of LINES say
    so."""

    drawn: Decimal
    days: int
    first: date
    rows: tuple[int, ...]

    @property
    def per_day(self) -> Decimal:
        return EXACT.divide(self.drawn, Decimal(self.days))


@dataclass(frozen=True)
class Lot:
    """An open segment of prepaid value that ends within 90 days: ``held`` now, ``unused`` at its end under the pace of
    its unit (None: no pace is known, or not what opens by then), and the first horizon in days that it ends within."""

    account: Account
    segment_id: str
    ends_at: datetime
    held: SegmentLeft
    unused: Decimal | None
    within: int

    @property
    def left(self) -> Decimal:
        return self.held.left


@dataclass(frozen=True)
class Expiring:
    """One unit: its lots, the first to end first, and the pace that they share. ``accounts`` are all balances whose
    draws make the pace, ``unknown`` those that end soon and do not say what is left."""

    currency: str
    product: str
    is_money: bool
    pace: Pace | None
    lots: tuple[Lot, ...]
    accounts: tuple[Account, ...]
    unknown: tuple[Account, ...]

    def ending_within(self, days: int) -> tuple[Lot, ...]:
        return tuple(one for one in self.lots if one.within <= days)

    def left(self, days: int) -> Decimal:
        """What ends within ``days``, of the balances whose remainder is known."""
        return exact_sum(one.left for one in self.ending_within(days))

    def unused(self, days: int) -> Decimal | None:
        unused = [one.unused for one in self.ending_within(days)]
        known = [one for one in unused if one is not None]
        return exact_sum(known) if len(known) == len(unused) else None


@dataclass(frozen=True)
class _Store:
    """A segment that the pace can draw on: one that is open, or one that opens within the horizon."""

    account: Account
    segment: Segment
    held: SegmentLeft
    is_open: bool

    def within(self, now: datetime) -> int | None:
        """The first horizon that it ends in, of a segment that is open and holds something."""
        ends = self.segment.ends_at
        if not self.is_open or ends is None or self.held.left <= 0:
            return None
        return next((days for days in HORIZONS if ends <= now + days * _DAY), None)


def expiring(accounts: Sequence[Account], draws: Draws, extent: Extent, now: datetime) -> tuple[Expiring, ...]:
    """Per unit what ends within 90 days of ``now``; units of which nothing ends are left out.

    ``draws`` are those of the breakdowns over ``extent``, day by day.
    """
    units: dict[UnitKey, list[Account]] = {}
    for account in accounts:
        if side_of(account) is Side.PREPAID:
            units.setdefault(unit_of_use(account), []).append(account)
    found = [_expiring(unit, members, pace_of(members, draws, extent, now), now) for unit, members in units.items()]
    kept = [one for one in found if one.lots or one.unknown]
    return tuple(sorted(kept, key=lambda one: (not one.is_money, one.currency, one.product)))


def pace_of(accounts: Sequence[Account], draws: Draws, extent: Extent, now: datetime) -> Pace | None:
    """None when none of the last 28 complete days was loaded, or when a line of them says no amount."""
    spans = [(midnight(day), midnight(day + _DAY)) for day in _days(now.date() - PACE_DAYS * _DAY, now.date())]
    days = [span[0].date() for span in spans if extent.covers(span, now) and _usable(accounts, span)]
    if not days:
        return None
    idents = {one.balance_id for one in accounts}
    invoices = [one for track, by in draws.by_track.items() if track[0] in idents for one in by.values()]
    if not all(one.whole for one in invoices):
        return None
    counted = frozenset(days)
    drawn = [draw for one in invoices for draw in one.days if draw.day in counted]
    rows = tuple(sorted(row for draw in drawn for row in draw.rows))
    return Pace(exact_sum(one.amount for one in drawn), len(days), days[0], rows)


def _usable(accounts: Sequence[Account], span: Span) -> bool:
    """Whether one of them was open at any time of ``span``; without segments it is not known when one is not."""
    start, end = span
    return any(
        not account.segments or any(not one.is_over(start) and _begins_before(one, end) for one in account.segments)
        for account in accounts
    )


def _begins_before(segment: Segment, end: datetime) -> bool:
    return segment.starts_at is None or segment.starts_at < end


def _expiring(unit: UnitKey, accounts: Sequence[Account], pace: Pace | None, now: datetime) -> Expiring:
    stores = [store for account in accounts for store in _stores(account, now)]
    stores.sort(key=lambda one: use_rank(one.account, one.segment))
    blind = pace is None or any(one.amount is None for account in accounts for one in _opening(account, now))
    unused = [None] * len(stores) if pace is None or blind else _played(stores, max(pace.per_day, Decimal(0)), now)
    lots = [
        Lot(store.account, store.held.segment_id, ends_at, store.held, rest, within)
        for store, rest in zip(stores, unused, strict=True)
        if (within := store.within(now)) is not None and (ends_at := store.segment.ends_at) is not None
    ]
    unknown = tuple(one for one in accounts if _ends(one, now) and not _lots(one, now))
    lots.sort(key=lambda one: (one.ends_at, one.account.label, one.segment_id))
    return Expiring(*unit, accounts[0].unit.is_money, pace, tuple(lots), tuple(accounts), unknown)


def _ends(account: Account, now: datetime) -> bool:
    until = now + max(HORIZONS) * _DAY
    return any(one.holds(now) and one.is_over(until) for one in account.segments)


def _stores(account: Account, now: datetime) -> list[_Store]:
    held = {lot.segment_id: lot for lot in _lots(account, now)}
    opened = [one for one in account.segments if one.segment_id in held]
    granted = [(one, account.unit.major(one.amount)) for one in _opening(account, now) if one.amount is not None]
    return [
        *(_Store(account, one, held[one.segment_id], is_open=True) for one in opened),
        *(
            _Store(account, one, SegmentLeft(one.segment_id, one.ends_at, amount), is_open=False)
            for one, amount in granted
        ),
    ]


def _lots(account: Account, now: datetime) -> tuple[SegmentLeft, ...]:
    return segments_left(account, amounts_of(account, now)["remaining"].amount, now)


def _opening(account: Account, now: datetime) -> list[Segment]:
    """The segments that open within the last horizon."""
    until = now + max(HORIZONS) * _DAY
    return [one for one in account.segments if one.is_ahead(now) and not one.is_ahead(until)]


def _played(stores: Sequence[_Store], per_day: Decimal, now: datetime) -> list[Decimal | None]:
    """What each store, in the order of use, still holds when it ends; None when it does not end within the horizon.

    Between any two starts or ends the pace draws evenly on what is open then.
    """
    until = now + max(HORIZONS) * _DAY
    left = [store.held.left for store in stores]
    unused: list[Decimal | None] = [None] * len(stores)
    bounds = {one for store in stores for one in (store.segment.starts_at, store.segment.ends_at) if one is not None}
    before = now
    for bound in sorted(one for one in bounds if now < one <= until):
        need = EXACT.multiply(per_day, _length(bound - before))
        for at, store in enumerate(stores):
            if store.segment.holds(before):
                taken = min(left[at], need)
                left[at], need = EXACT.subtract(left[at], taken), EXACT.subtract(need, taken)
            if store.segment.ends_at == bound:
                unused[at] = left[at]
        before = bound
    return unused


def _length(span: timedelta) -> Decimal:
    return EXACT.divide(Decimal(span // _MICROSECOND), Decimal(_DAY // _MICROSECOND))


def _days(first: date, end: date) -> Iterable[date]:
    return (first + number * _DAY for number in range(max((end - first).days, 0)))
