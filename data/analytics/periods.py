"""Which billing period is a day in? Frequencies and anchors of contracts (section 2.14 of the Metronome notes)."""

from __future__ import annotations

from calendar import monthrange
from datetime import date, datetime, timedelta
from typing import Final

import pandas as pd

from data.filters import Days

MONTHS: Final = {"MONTHLY": 1, "QUARTERLY": 3, "ANNUAL": 12}
WEEKLY: Final = "WEEKLY"


def contract_at(contracts: pd.DataFrame, day: date) -> pd.Series | None:
    """The CONTRACTS row in force on ``day``; of several the one that began last. None when there is none."""
    moment = pd.Timestamp(day, tz="UTC")
    begun = contracts["starts_at"] < moment + timedelta(days=1)
    running = contracts["ends_at"].isna() | (contracts["ends_at"] > moment)
    kept = contracts["archived_at"].isna() | (contracts["archived_at"] > moment)
    found = contracts[begun & running & kept].sort_values(["starts_at", "contract_id"])
    return None if found.empty else found.iloc[-1]


def billing_period(contract: pd.Series, day: date, offset: int = 0) -> Days | None:
    """The billing period of ``contract`` that holds ``day``, moved by ``offset`` periods, clipped to the contract.

    A period begins on the anchor's day of the month, or on the last day of a shorter month. None when the contract
    names no known frequency or no anchor, or when no day of the period is within the contract.
    """
    frequency, anchored = contract["frequency"], contract["billing_anchor"]
    if pd.isna(frequency) or pd.isna(anchored):
        return None
    whole = anchored_period(str(frequency).upper(), anchored.date(), day, offset)
    return None if whole is None else _clipped(whole, contract)


def anchored_period(frequency: str, anchor: date, day: date, offset: int) -> Days | None:
    """The whole period; None for a frequency that is not known."""
    if frequency == WEEKLY:
        number = (day - anchor).days // 7 + offset
        return Days(first=anchor + timedelta(days=7 * number), last=anchor + timedelta(days=7 * number + 6))
    if frequency not in MONTHS:
        return None
    step = MONTHS[frequency]
    number = ((day.year - anchor.year) * 12 + day.month - anchor.month) // step
    while _plus_months(anchor, number * step) > day:
        number -= 1
    first = _plus_months(anchor, (number + offset) * step)
    return Days(first=first, last=_plus_months(anchor, (number + offset + 1) * step) - timedelta(days=1))


def calendar_month(day: date, offset: int = 0) -> Days:
    """The whole month of ``day``, moved by ``offset`` months."""
    first = _plus_months(day.replace(day=1), offset)
    return Days(first=first, last=_plus_months(first, 1) - timedelta(days=1))


def contract_days(contract: pd.Series, until: date) -> Days:
    """From the contract's first day to ``until`` or to its own last day."""
    whole = Days(first=contract["starts_at"].date(), last=max(until, contract["starts_at"].date()))
    return _clipped(whole, contract) or whole


def _plus_months(anchor: date, months: int) -> date:
    """Counted from the anchor itself, so that the 31st comes back after a short month."""
    year, month = divmod(anchor.year * 12 + anchor.month - 1 + months, 12)
    return date(year, month + 1, min(anchor.day, monthrange(year, month + 1)[1]))


def _clipped(whole: Days, contract: pd.Series) -> Days | None:
    first = max(whole.first, contract["starts_at"].date())
    last = whole.last if pd.isna(contract["ends_at"]) else min(whole.last, _last_day(contract["ends_at"]))
    return Days(first=first, last=last) if first <= last else None


def _last_day(end: datetime) -> date:
    """The last day that has any time before ``end``."""
    return (end - timedelta(microseconds=1)).date()
