"""How did each balance go down over time, and where does it go from here? Steps for the chart under the burndown."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, localcontext
from itertools import accumulate

import pandas as pd

from data.analytics.commitments import Side, side_of
from data.analytics.entries import GRANTED, PENDING, Account, Entry, Segment, accounts_of
from data.analytics.units import Units
from data.money import EXACT, exact_sum

Place = tuple[str, ...]


@dataclass(frozen=True)
class Change:
    """One signed part of what a balance holds, in its unit as sent: the effect of ``entry``, else what ``segment``
    brings or takes by the schedule, else what the balance says is left."""

    at: datetime
    amount: Decimal
    entry: Entry | None = None
    segment: Segment | None = None


@dataclass(frozen=True)
class Path:
    """Everything that one balance is the sum of, by time."""

    account: Account
    changes: tuple[Change, ...]

    def until(self, when: datetime) -> tuple[Change, ...]:
        return self.changes[: bisect_right(self.changes, when, key=lambda one: one.at)]


@dataclass(frozen=True)
class BalanceSteps:
    """One balance over time, in currency units: ``remaining[i]`` holds from ``times[i]`` until the next time.

    ``pending_from`` is the first instant that rests on draft invoices or lies ahead, None when all is settled. Each
    step is the sum of ``paths`` at its time, none below 0; several are balances that are drawn as one.
    """

    label: str
    times: tuple[datetime, ...]
    remaining: tuple[Decimal, ...]
    pending_from: datetime | None = None
    paths: tuple[Path, ...] = ()


@dataclass(frozen=True)
class BalanceChart:
    """The balances of one unit and side, which may share an axis."""

    currency: str
    side: Side
    is_money: bool
    steps: tuple[BalanceSteps, ...]

    def holds(self, now: datetime) -> bool:
        """Whether any balance holds something at ``now`` or later."""
        return any(_holds(one, now) for one in self.steps)


def balance_steps(
    balances: pd.DataFrame,
    segments: pd.DataFrame,
    ledger: pd.DataFrame,
    *,
    invoices: pd.DataFrame | None,
    now: datetime,
    until: datetime,
    units: Units,
) -> tuple[BalanceChart, ...]:
    """One chart per (unit, side), money first; each balance as steps in currency units, floored at 0, up to ``until``.

    A step stands where a ledger entry is dated: a draft deduction at the end of its period. Ahead of ``now`` the
    schedule adds what the ledger does not have yet: segments that open, and what an open segment still holds lapsing at
    its end. A balance without a ledger begins at ``now`` with what remains; one of which a segment opens with what is
    not known is left out. A last step at ``until`` ends the line.
    """
    accounts = accounts_of(balances, segments, ledger, invoices=invoices, now=now, units=units)
    charts: dict[tuple[bool, str, Side], list[BalanceSteps]] = {}
    for account in accounts:
        steps = _steps(account, now=now, until=until)
        if steps is not None:
            key = (not account.unit.is_money, account.unit.label, side_of(account))
            charts.setdefault(key, []).append(steps)
    order = list(Side)
    keys = sorted(charts, key=lambda key: (key[0], key[1], order.index(key[2])))
    return tuple(BalanceChart(key[1], key[2], not key[0], tuple(charts[key])) for key in keys)


def step_place(chart: BalanceChart, one: BalanceSteps, at: int) -> Place:
    """What tells the ``at``-th step of ``one`` from all other figures."""
    when = one.times[at].isoformat()
    if len(one.paths) == 1:
        return ("step", one.paths[0].account.balance_id, when)
    return ("steps", chart.currency, chart.side.value, when)


def _steps(account: Account, *, now: datetime, until: datetime) -> BalanceSteps | None:
    known = _known(account, now)
    if known is None or any(one.amount is None for one in _opening(account, now)):
        return None
    path = Path(account, tuple(sorted([*known, *_ahead(account, known, now)], key=lambda change: change.at)))
    with localcontext(EXACT):
        running = list(accumulate(one.amount for one in path.changes))
    sums = zip(path.changes, running, strict=True)
    steps = {one.at: max(total, Decimal(0)) for one, total in sums if one.at <= until}
    if not steps:
        return None
    steps.setdefault(until, list(steps.values())[-1])
    remaining = tuple(account.unit.major(total) for total in steps.values())
    return BalanceSteps(account.label, tuple(steps), remaining, _pending_from(account, steps, now), (path,))


def _known(account: Account, now: datetime) -> list[Change] | None:
    """What the ledger says, oldest first; without a ledger, what remains at ``now``."""
    if account.entries is not None:
        return [Change(one.timestamp, one.effect, entry=one) for one in account.entries]
    balance = account.balance["balance"]
    return [Change(now, balance)] if isinstance(balance, Decimal) else None


def _ahead(account: Account, known: list[Change], now: datetime) -> list[Change]:
    """Openings and lapses that the ledger does not list (yet): a segment that is over holds nothing, said or not."""
    changes = [
        Change(one.starts_at, one.amount, segment=one)
        for one in _opening(account, now)
        if one.starts_at is not None and one.amount is not None
    ]
    for segment in account.segments:
        if segment.ends_at is not None:
            held = _held(account, segment, [*known, *changes])
            if held > 0:
                changes.append(Change(segment.ends_at, held.copy_negate(), segment=segment))
    return changes


def _opening(account: Account, now: datetime) -> list[Segment]:
    """The segments that lie ahead and are not opened by the ledger."""
    begun = {one.segment for one in account.entries or () if one.category == GRANTED}
    return [one for one in account.segments if one.is_ahead(now) and one.segment_id not in begun]


def _held(account: Account, segment: Segment, changes: list[Change]) -> Decimal:
    """What would lapse at the end of ``segment`` if nothing more were used: never more than the balance then holds."""
    own = [one.effect for one in account.entries or () if one.segment == segment.segment_id]
    held = exact_sum(one.amount for one in changes if segment.ends_at is not None and one.at <= segment.ends_at)
    if own:
        return min(exact_sum(own), held)
    return held if segment.amount is None else min(segment.amount, held)


def _pending_from(account: Account, times: Iterable[datetime], now: datetime) -> datetime | None:
    drafts = [one.timestamp for one in account.entries or () if one.state == PENDING]
    ahead = [when for when in times if when > now]
    return min([*drafts, *ahead], default=None)


def _holds(one: BalanceSteps, now: datetime) -> bool:
    last = bisect_right(one.times, now) - 1
    return any(one.remaining[max(last, 0) :])
