"""What did each segment of each balance hold at the end of each day? Ledger entries, and between them the breakdowns.

The ledger has one deduction per invoice, dated at the end of its period (section 4.4 of the Metronome notes); day by
day only the deduction lines of the breakdowns tell what was drawn (6.4). So a path follows the lines of an invoice
until its end, and goes on from the ledger's figure there.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal, localcontext
from itertools import accumulate

import pandas as pd

from data.analytics.burn_days_draws import InvoiceDraws, TrackId, draws_of
from data.analytics.burn_days_landings import Ground, Periods, landings_of
from data.analytics.burn_days_values import ZERO, Event, Extent, Landing, Track
from data.analytics.commitments import Side, amounts_of, side_of
from data.analytics.entries import CLOSING, GRANTED, PENDING, USED, Account, Entry, Segment
from data.analytics.segments import SegmentLeft, segments_left
from data.filters import Days
from data.money import EXACT, exact_sum


@dataclass(frozen=True)
class Burn:
    """One track per segment, balances as listed and their segments by start. ``unplaced`` are positions in LINES of
    deductions from balances that are not listed."""

    tracks: tuple[Track, ...]
    unplaced: tuple[int, ...]


def burn_days(
    accounts: Sequence[Account],
    lines: pd.DataFrame,
    days: Days,
    *,
    periods: Periods,
    extent: Extent,
    now: datetime,
) -> Burn:
    """Balances and the LINES of breakdowns by the day over ``extent`` -> what each segment held on ``days``.

    ``extent`` should reach from the first day of the earliest invoice that overlaps ``days`` to the end of the last; an
    invoice that it does not cover is one step, and unknown before it. A day's events are in its end, and so are
    deductions dated at the midnight that ends it.
    """
    draws = draws_of(lines, accounts)
    asked = _Asked(days, draws.by_track, Ground(periods, extent, now))
    return Burn(tuple(track for account in accounts for track in _tracks(account, asked)), draws.unplaced)


@dataclass(frozen=True)
class _Asked:
    days: Days
    draws: Mapping[TrackId, Mapping[str, InvoiceDraws]]
    ground: Ground


def _tracks(account: Account, asked: _Asked) -> list[Track]:
    if account.entries is None:
        return _stated(account, asked.days, asked.ground.now)
    by_segment: dict[str, list[Entry]] = {one.segment_id: [] for one in account.segments}
    for entry in account.entries:
        by_segment.setdefault(_segment_of(account, entry), []).append(entry)
    drawn = {segment for balance, segment in asked.draws if balance == account.balance_id}
    names = dict.fromkeys((*by_segment, *sorted(drawn)))
    return [_track(account, name, by_segment.get(name, []), asked) for name in names]


def _segment_of(account: Account, entry: Entry) -> str:
    """An entry that no segment can be told for belongs to the only one there is."""
    return entry.segment or (account.segments[0].segment_id if len(account.segments) == 1 else "")


def _track(account: Account, name: str, entries: list[Entry], asked: _Asked) -> Track:
    now = asked.ground.now
    used = [one for one in entries if one.category == USED]
    landings = landings_of(account, name, used, asked.draws.get((account.balance_id, name), {}), asked.ground)
    segment = next((one for one in account.segments if one.segment_id == name), None)
    events = [_event(account, one) for one in entries if one.category != USED]
    events += _scheduled(account, segment, events, landings, now)
    path = _path(asked.days, events, landings)
    if segment is not None and segment.starts_at is not None and _opens_with_unknown(segment, events, now):
        path.forget(segment.starts_at.date())
    return Track(
        account=account,
        segment_id=name,
        segment=segment,
        first=asked.days.first,
        opening=path.opening,
        draws=tuple(path.draws),
        ends=path.ends(),
        events=tuple(sorted(events, key=lambda one: one.at)),
        landings=landings,
        pending_from=_pending_from(events, landings, now),
    )


class _Path:
    """Sums by day while a track is put together; ``opening`` gathers what lies before the range."""

    def __init__(self, first: date, count: int) -> None:
        self.first = first.toordinal()
        self.opening = ZERO
        self.changes = [ZERO] * count
        self.draws = [ZERO] * count
        self.known = [True] * count

    def add(self, day: date, amount: Decimal) -> None:
        at = day.toordinal() - self.first
        if at < 0:
            self.opening = EXACT.add(self.opening, amount)
        elif at < len(self.changes):
            self.changes[at] = EXACT.add(self.changes[at], amount)

    def draw(self, landing: Landing) -> None:
        """Days until it lands, then the rest; the whole at once where it landed before the range, or is not known."""
        if landing.gap is None or landing.day.toordinal() < self.first:
            self.add(landing.day, landing.ledger.copy_negate())
            if landing.unknown_from is not None:
                self.forget(landing.unknown_from, landing.day)
            return
        for one in landing.draws:
            self.add(one.day, one.amount.copy_negate())
            at = one.day.toordinal() - self.first
            if 0 <= at < len(self.draws):
                self.draws[at] = EXACT.add(self.draws[at], one.amount)
        self.add(landing.day, landing.gap.copy_negate())

    def forget(self, begin: date, end: date = date.max) -> None:
        """Nothing is known from ``begin`` until the day before ``end``."""
        first, last = (day.toordinal() - self.first for day in (begin, end))
        for at in range(max(first, 0), min(max(last, 0), len(self.known))):
            self.known[at] = False

    def ends(self) -> tuple[Decimal | None, ...]:
        with localcontext(EXACT):
            path = list(accumulate(self.changes, initial=self.opening))[1:]
        return tuple(held if known else None for held, known in zip(path, self.known, strict=True))


def _path(days: Days, events: Iterable[Event], landings: Iterable[Landing]) -> _Path:
    path = _Path(days.first, days.count)
    for event in events:
        path.add(event.at.date(), event.amount)
    for landing in landings:
        path.draw(landing)
    return path


def _event(account: Account, entry: Entry) -> Event:
    amount = account.unit.major(entry.effect)
    return Event(entry.timestamp, entry.category, amount, entry, entry.state == PENDING)


def _scheduled(
    account: Account, segment: Segment | None, events: Sequence[Event], landings: Sequence[Landing], now: datetime
) -> list[Event]:
    """What the ledger does not list (yet): a segment that will open, and what a segment still holds lapsing with it.

    A segment that is over holds nothing, said or not (section 4.3). An obligation does not lapse: it is trued up.
    """
    if segment is None or _opens_with_unknown(segment, events, now):
        return []
    ahead: list[Event] = []
    opened = any(one.category == GRANTED for one in events)
    if segment.is_ahead(now) and segment.starts_at is not None and segment.amount is not None and not opened:
        ahead.append(Event(segment.starts_at, GRANTED, account.unit.major(segment.amount), None, pending=True))
    if segment.ends_at is not None and side_of(account) is not Side.POSTPAID:
        left = _left([*events, *ahead], landings, None if segment.is_over(now) else segment.ends_at)
        if left > 0:
            ahead.append(Event(segment.ends_at, "expired", left.copy_negate(), None, pending=True))
    return ahead


def _opens_with_unknown(segment: Segment, events: Iterable[Event], now: datetime) -> bool:
    """Whether the schedule alone will open it, and does not say with how much."""
    return segment.amount is None and segment.is_ahead(now) and not any(one.category == GRANTED for one in events)


def _left(events: Iterable[Event], landings: Iterable[Landing], until: datetime | None) -> Decimal:
    """What all entries come to, or those that act before ``until``."""
    amounts = [one.amount for one in events if until is None or _acts_before(one, until)]
    return exact_sum([*amounts, *(one.ledger.copy_negate() for one in landings)])


def _acts_before(event: Event, until: datetime) -> bool:
    return event.at < until or (event.at == until and event.category in CLOSING)


def _pending_from(events: Iterable[Event], landings: Iterable[Landing], now: datetime) -> date:
    drafts = [one.begins for one in landings if one.pending]
    return min([now.date() + timedelta(days=1), *drafts, *(one.at.date() for one in events if one.pending)])


def _stated(account: Account, days: Days, now: datetime) -> list[Track]:
    """Without a ledger: what the balance says is left, from today on, lapsing with its segments."""
    lots = segments_left(account, amounts_of(account, now)["remaining"].amount, now)
    return [_stated_track(account, lot, days, now) for lot in lots]


def _stated_track(account: Account, lot: SegmentLeft, days: Days, now: datetime) -> Track:
    path = _Path(days.first, days.count)
    path.opening = lot.left
    events: tuple[Event, ...] = ()
    if lot.ends_at is not None and lot.left > 0 and side_of(account) is not Side.POSTPAID:
        events = (Event(lot.ends_at, "expired", lot.left.copy_negate(), None, pending=True),)
        path.add(lot.ends_at.date(), lot.left.copy_negate())
    today = now.date().toordinal() - path.first
    path.known = [at >= today for at in range(days.count)]
    return Track(
        account=account,
        segment_id=lot.segment_id,
        segment=next((one for one in account.segments if one.segment_id == lot.segment_id), None),
        first=days.first,
        opening=None,
        draws=tuple(path.draws),
        ends=path.ends(),
        events=events,
        landings=(),
        pending_from=now.date() + timedelta(days=1),
        stated=lot.left,
    )
