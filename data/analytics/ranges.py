"""Which days and windows did a person choose? Presets resolved against the clock and the contract."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Final

import pandas as pd

from data.analytics.periods import billing_period, calendar_month, contract_at, contract_days
from data.filters import MAX_DAYS, MAX_HOUR_DAYS, Days, Filters, Preset, Window

Notices = tuple[str, ...]

_NEEDS_CONTRACT: Final = (Preset.THIS_PERIOD, Preset.PREVIOUS_PERIOD, Preset.CONTRACT_TO_DATE)
_LENGTHS: Final = {Preset.LAST_7D: 7, Preset.LAST_30D: 30, Preset.LAST_90D: 90}
NO_CONTRACT: Final = "There is no contract in force; calendar months are shown instead of billing periods."
NO_PERIOD: Final = "The contract names no billing period; calendar months are shown."
CONTRACTS_MISSING: Final = "The contracts could not be read; calendar months are shown instead of billing periods."
CLIPPED: Final = f"The contract is longer than {MAX_DAYS} days; the last {MAX_DAYS} are shown."
NOT_HOURS: Final = f"Hours can be shown for at most {MAX_HOUR_DAYS} days."


def needs_contract(filters: Filters) -> bool:
    """Whether ``resolve_range`` reads contracts for these filters."""
    return filters.range in _NEEDS_CONTRACT


def resolve_range(filters: Filters, now: datetime, contracts: pd.DataFrame | None = None) -> tuple[Days, Notices]:
    """The days of ``filters`` as of ``now`` (UTC), and a sentence for each thing that is not as chosen.

    "Last n days" are complete days ending yesterday; month, quarter and year run to today; billing periods and last
    month are whole. ``contracts`` is a CONTRACTS frame, or None when it could not be read.
    """
    if isinstance(filters.range, Days):
        return filters.range, ()
    today = now.date()
    if filters.range in _NEEDS_CONTRACT:
        return _of_contract(filters.range, today, contracts)
    return _of_calendar(filters.range, today), ()


def resolved_window(filters: Filters, days: Days) -> tuple[Window, Notices]:
    """The chosen window, or the one that suits the length of ``days``; hours only up to their limit."""
    if filters.window is Window.HOUR and days.count > MAX_HOUR_DAYS:
        return default_window(days), (NOT_HOURS,)
    return filters.window or default_window(days), ()


def _of_calendar(preset: Preset, today: date) -> Days:
    yesterday = today - timedelta(days=1)
    if preset in _LENGTHS:
        return Days(first=today - timedelta(days=_LENGTHS[preset]), last=yesterday)
    firsts = {
        Preset.MONTH_TO_DATE: today.replace(day=1),
        Preset.QUARTER: date(today.year, today.month - (today.month - 1) % 3, 1),
        Preset.YEAR_TO_DATE: date(today.year, 1, 1),
        Preset.TODAY: today,
    }
    if preset in firsts:
        return Days(first=firsts[preset], last=today)
    return calendar_month(today, -1) if preset is Preset.LAST_MONTH else Days(first=yesterday, last=yesterday)


def _of_contract(preset: Preset, today: date, contracts: pd.DataFrame | None) -> tuple[Days, Notices]:
    contract = None if contracts is None else contract_at(contracts, today)
    if contract is None:
        return _without_contract(preset, today), (CONTRACTS_MISSING if contracts is None else NO_CONTRACT,)
    if preset is Preset.CONTRACT_TO_DATE:
        return _at_most(contract_days(contract, today))
    current = billing_period(contract, today)
    if current is None:
        return _without_contract(preset, today), (NO_PERIOD,)
    if preset is Preset.THIS_PERIOD:
        return current, ()
    return _previous_period(contract, today, contracts, current), ()


def _previous_period(contract: pd.Series, today: date, contracts: pd.DataFrame | None, current: Days) -> Days:
    """The period before, under the contract that was in force then; a month where there was none."""
    eve = current.first - timedelta(days=1)
    before = billing_period(contract, today, -1)
    if before is not None and before.last == eve:
        return before
    earlier = None if contracts is None else contract_at(contracts, eve)
    period = None if earlier is None else billing_period(earlier, eve)
    return period or calendar_month(current.first, -1)


def _without_contract(preset: Preset, today: date) -> Days:
    if preset is Preset.PREVIOUS_PERIOD:
        return calendar_month(today, -1)
    month = calendar_month(today)
    return month if preset is Preset.THIS_PERIOD else Days(first=month.first, last=today)


def _at_most(days: Days) -> tuple[Days, Notices]:
    if days.count <= MAX_DAYS:
        return days, ()
    return Days(first=days.last - timedelta(days=MAX_DAYS - 1), last=days.last), (CLIPPED,)


def default_window(days: Days) -> Window:
    """By the length of the range (ux 1.2): up to 3 days hours, up to 92 days, up to 13 months weeks, then months."""
    if days.count <= 3:
        return Window.HOUR
    if days.count <= 92:
        return Window.DAY
    return Window.WEEK if days.count <= 396 else Window.MONTH
