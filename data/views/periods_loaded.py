"""The breakdowns of whole billing periods: invoices are held against them, and a range rarely begins where one does."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import partial
from typing import Final

import pandas as pd

from data.analytics.proofs.causes import Cause
from data.analytics.proofs.metric_of_product import Billed, Habits, billed_by, habits_of, meters_of
from data.analytics.proofs.window_causes import Reading
from data.analytics.proofs.windows_invoice import InvoiceCheck, check_invoices, comparable
from data.analytics.records import Record
from data.analytics.spend_lines import USAGE_LINE
from data.analytics.units import Units
from data.analytics.windows import midnight
from data.errors import Missing
from data.filters import MAX_DAYS
from data.source import BreakdownTables, InvoiceTables, Loaded
from data.views.asking import Question, attempt, choose
from data.views.metering import load_used

# The longest range, and what the months at its edges may add to it.
MOST_DAYS: Final = MAX_DAYS + 62
# Differences that may come from how a product is metered.
_SUSPECT: Final = (Cause.LATE_USAGE, Cause.DRAFT, Cause.UNKNOWN)
NOTHING: Final[tuple[str, ...]] = ()
_ALWAYS: Final = (date(1, 1, 2), date(9999, 12, 31))


@dataclass(frozen=True)
class Periods:
    """Invoices of the range held against their windows. ``left_out``: ids of those whose windows are not all at hand;
    ``loaded`` None = no invoice has a period in the range; ``unavailable``: what could not be had, in words."""

    checks: tuple[InvoiceCheck, ...]
    left_out: tuple[str, ...]
    loaded: Loaded[BreakdownTables] | None
    unavailable: tuple[str, ...] = ()


def load_periods(question: Question, invoices: pd.DataFrame) -> Loaded[BreakdownTables] | None:
    """Breakdowns by the day over the whole periods of the usage INVOICES that overlap the range, up to tomorrow; None
    when there are none. Raises ``SourceError``."""
    span = covered_days(question, invoices)
    if span is None:
        return None
    first, end = span[0], min(span[1], _tomorrow(question))
    return question.source.breakdowns(question.ask, first, end, window="day") if first < end else None


def covered_days(question: Question, invoices: pd.DataFrame) -> tuple[date, date] | None:
    """From the earliest period start to the latest period end (exclusive) of the usage INVOICES that overlap the range
    and have begun; of more than ``MOST_DAYS`` the last ones, and only those that the viewer may ask about."""
    begun = [one for one in overlapping(question, invoices) if one["period_start"] < midnight(_tomorrow(question))]
    if not begun:
        return None
    last = max(_day_after(one["period_end"]) for one in begun)
    first = min(one["period_start"].date() for one in begun)
    return question.bounds.inside(max(first, min(last, _tomorrow(question)) - timedelta(days=MOST_DAYS)), last)


def overlapping(question: Question, invoices: pd.DataFrame) -> list[Record]:
    """The INVOICES rows that can be held against windows and whose period overlaps the range, oldest period first."""
    days = choose(question).days
    first, last = midnight(days.first), midnight(days.end_exclusive)
    return [one for one in comparable(invoices, _ALWAYS) if one["period_start"] < last and one["period_end"] > first]


def billed_elsewhere(question: Question, tables: InvoiceTables) -> list[Billed]:
    """What the other usage invoices of the account bill."""
    near = {one["invoice_id"] for one in overlapping(question, tables.invoices)}
    rest = [one for one in comparable(tables.invoices, _ALWAYS) if one["invoice_id"] not in near]
    return billed_by(rest, tables.lines)


def compared_periods(question: Question, invoices: Loaded[InvoiceTables], *, units: Units) -> Periods:
    """The invoices of the range held against their windows; raises ``SourceError``. An invoice is left out when one of
    its days could not be loaded or lies too far back."""
    tables = invoices.value
    loaded, span = load_periods(question, tables.invoices), covered_days(question, tables.invoices)
    wanted = overlapping(question, tables.invoices)
    if loaded is None or span is None:
        return Periods((), tuple(one["invoice_id"] for one in wanted), None)
    chosen = {one["invoice_id"] for one in wanted if not _is_reached(one, loaded.missing)}
    check = partial(
        check_invoices,
        tables.invoices[tables.invoices["invoice_id"].isin(chosen)],
        tables.lines,
        loaded.value.lines,
        loaded.value.windows,
        units=units,
        covered=span,
        reading=Reading(invoices=invoices.fetched_at, windows=loaded.fetched_at),
    )
    checks, unavailable = check(), NOTHING
    if any(part.cause in _SUSPECT for one in checks for part in one.parts if part.line_type == USAGE_LINE):
        habits, unavailable = _habits(question, wanted, tables)
        checks = check(habits=habits)
    done = {one.invoice_id for one in checks}
    left_out = tuple(one["invoice_id"] for one in wanted if one["invoice_id"] not in done)
    return Periods(checks, left_out, loaded, unavailable)


def _habits(question: Question, invoices: Sequence[Record], tables: InvoiceTables) -> tuple[Habits, tuple[str, ...]]:
    """How the products of these invoices are metered, as far as it can be told, and what could not be had for it. Asked
    for only where it matters."""
    metrics, _ = attempt(question, lambda: question.source.metrics(question.ask))
    if metrics is None:
        return Habits(), ("the metrics, so one that does not add up may seem to drift",)
    billed, meters = billed_by(invoices, tables.lines), meters_of(metrics.value)
    metered = load_used(question, billed, meters, partial(billed_elsewhere, question, tables))
    return habits_of([*billed, *metered.taught], meters, metered.used), ()


def _is_reached(invoice: Record, missing: tuple[Missing, ...]) -> bool:
    return any(gap.start < invoice["period_end"] and invoice["period_start"] < gap.end for gap in missing)


def _day_after(end: datetime) -> date:
    """The first day that a period does not reach into."""
    whole = end == midnight(end.date())
    return end.date() if whole else end.date() + timedelta(days=1)


def _tomorrow(question: Question) -> date:
    return question.now.date() + timedelta(days=1)
