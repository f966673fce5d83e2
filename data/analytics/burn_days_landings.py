"""Do the daily draws of each invoice come to the ledger's deduction? One landing per invoice and segment."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import pandas as pd

from data.analytics.burn_days_draws import Draw, InvoiceDraws
from data.analytics.burn_days_values import Extent, Landing, day_before
from data.analytics.entries import PENDING, Account, Entry
from data.analytics.records import records
from data.analytics.windows import Span, midnight
from data.money import EXACT, TOLERANCE, exact_sum

Periods = Mapping[str, Span]


@dataclass(frozen=True)
class Ground:
    """What landings are judged by: billing periods by invoice, the days that were loaded, and the present."""

    periods: Periods
    extent: Extent
    now: datetime


def invoice_periods(*frames: pd.DataFrame | None) -> Periods:
    """The billing period of each invoice in INVOICES or WINDOWS; earlier frames win, None is passed over."""
    found: dict[str, Span] = {}
    for frame in frames:
        if frame is not None:
            known = frame[["invoice_id", "period_start", "period_end"]].drop_duplicates("invoice_id")
            for row in records(known):
                start, end = row["period_start"], row["period_end"]
                if isinstance(start, datetime) and isinstance(end, datetime):
                    found.setdefault(str(row["invoice_id"]), (start, end))
    return found


def landings_of(
    account: Account, segment_id: str, used: Iterable[Entry], drawn: Mapping[str, InvoiceDraws], ground: Ground
) -> tuple[Landing, ...]:
    """``used`` are the deductions of one segment, ``drawn`` its daily draws by invoice; in the order of their days."""
    entries: dict[str, list[Entry]] = {}
    for one in used:
        # A deduction that names no invoice can meet no breakdown: it is a step of its own.
        entries.setdefault(one.invoice_id or f"\0{one.position}", []).append(one)
    names = dict.fromkeys((*entries, *drawn))
    landings = [
        _landing(
            (account, segment_id), name, entries=tuple(entries.get(name, ())), drawn=drawn.get(name), ground=ground
        )
        for name in names
    ]
    return tuple(sorted(landings, key=lambda one: (one.day, one.at, one.invoice_id)))


def _landing(
    owner: tuple[Account, str], name: str, *, entries: tuple[Entry, ...], drawn: InvoiceDraws | None, ground: Ground
) -> Landing:
    account, segment_id = owner
    draws, period = drawn.days if drawn else (), ground.periods.get(name)
    ledger = account.unit.major(EXACT.minus(exact_sum(one.effect for one in entries)))
    at = min(_dated(entries, period, draws[-1].day if draws else ground.now.date()), ground.now)
    is_whole = period is not None and ground.extent.covers(period, ground.now) and (drawn is None or drawn.whole)
    total = exact_sum(one.amount for one in draws) if is_whole else None
    day = max([day_before(at), *(one.day for one in draws[-1:] if is_whole)])
    return Landing(
        invoice_id="" if name.startswith("\0") else name,
        balance_id=account.balance_id,
        segment_id=segment_id,
        at=at,
        day=day,
        ledger=ledger,
        drawn=total,
        gap=None if total is None else EXACT.subtract(ledger, total),
        pending=any(one.state == PENDING for one in entries) if entries else bool(drawn and drawn.draft),
        entries=entries,
        draws=draws,
        slack=account.unit.major(TOLERANCE),
        unknown_from=None if is_whole else _unknown_from(period, draws, day),
    )


def _unknown_from(period: Span | None, draws: tuple[Draw, ...], day: date) -> date | None:
    """The first day of an invoice that is not known by day, where that is before it lands."""
    begun = period[0].date() if period else draws[0].day if draws else day
    return begun if begun < day else None


def _dated(entries: tuple[Entry, ...], period: Span | None, last: date) -> datetime:
    """The time of the deduction; without one the end of the period, or of the last day that was drawn on."""
    end = period[1] if period else midnight(last + timedelta(days=1))
    return max((one.timestamp for one in entries), default=end)
