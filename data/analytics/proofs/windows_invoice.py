"""Do the windows of each invoice sum to its lines and its total? Section 6.3 of the Metronome notes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from functools import partial
from typing import Final

import pandas as pd

from data.analytics.proofs.causes import Cause
from data.analytics.proofs.check import minus
from data.analytics.proofs.invoice_parts import PartCheck, check_parts, parts_by_invoice, product_names
from data.analytics.proofs.metric_of_product import Habits
from data.analytics.proofs.window_causes import Circumstances, Reading
from data.analytics.records import Record, records, text_of
from data.analytics.units import Units
from data.analytics.windows import midnight
from data.money import EXACT, TOLERANCE, Unit, exact_sum, known_sum

# Other types are not broken down (purchases, fees) or copy the lines of others (USAGE_CONSOLIDATED, section 5.1).
_COMPARED_TYPES: Final = frozenset({"USAGE", ""})
NO_HABITS: Final = Habits()
Windows = Mapping[str, list[tuple[int, Decimal | None]]]  # by invoice, position and total of each window


@dataclass(frozen=True, kw_only=True)
class InvoiceCheck:
    """An invoice's total (``expected``) against the sum of its windows' totals (``actual``; ``window_rows`` are
    positions in WINDOWS), in currency units; None = not sent.

    ``cause`` is that of the largest part when all of the difference is explained, else ``unknown``; None = they agree.
    """

    invoice_id: str
    status: str
    unit: Unit
    expected: Decimal | None
    actual: Decimal | None
    cause: Cause | None
    parts: tuple[PartCheck, ...]
    window_rows: tuple[int, ...]
    start: datetime
    end: datetime

    @property
    def difference(self) -> Decimal | None:
        """Actual minus expected."""
        return minus(self.actual, self.expected)

    @property
    def currency(self) -> str:
        return self.unit.label


def check_invoices(
    invoices: pd.DataFrame,
    lines: pd.DataFrame,
    windows_lines: pd.DataFrame,
    windows: pd.DataFrame,
    *,
    units: Units,
    covered: tuple[date, date],
    reading: Reading | None = None,
    habits: Habits = NO_HABITS,
) -> tuple[InvoiceCheck, ...]:
    """INVOICES and their LINES against the LINES and WINDOWS of breakdowns, oldest period first: the ``comparable``
    invoices of ``covered`` (first day, end exclusive).

    ``reading`` tells when each side was read; without it no difference is put down to a draft that moved.
    ``habits`` name products whose windows are not meant to add up.
    """
    chosen = comparable(invoices, covered)
    parts = parts_by_invoice(lines, windows_lines, {one["invoice_id"] for one in chosen})
    names = product_names(parts.values())
    pairs = [_unit_pair(one) for one in chosen] + [key.unit for found in parts.values() for key in found]
    resolved = units.resolve(pairs)
    in_windows = _windows_by_invoice(windows)
    check = partial(check_parts, names=names, units=resolved, habits=habits)
    checked = {
        one["invoice_id"]: check(one["invoice_id"], parts[one["invoice_id"]], _circumstances(one, reading))
        for one in chosen
    }
    return tuple(_whole(one, checked[one["invoice_id"]], in_windows, resolved) for one in chosen)


def comparable(invoices: pd.DataFrame, covered: tuple[date, date]) -> list[Record]:
    """The INVOICES rows that windows can be held against, oldest period first: usage invoices (and those of no known
    type) that are not void and whose whole period lies in ``covered``."""
    first, last = (midnight(day) for day in covered)
    found = [
        one
        for one in records(invoices)
        if text_of(one["type"]) in _COMPARED_TYPES
        and one["status"] != "VOID"
        and one["period_start"] is not None
        and one["period_end"] is not None
        and first <= one["period_start"] < one["period_end"] <= last
    ]
    return sorted(found, key=lambda one: (one["period_start"], one["period_end"], one["invoice_id"]))


def _circumstances(invoice: Record, reading: Reading | None) -> Circumstances:
    bounds = (invoice["period_start"], invoice["period_end"])
    return Circumstances(
        settled=not text_of(invoice["status"]).startswith("DRAFT"),
        whole_days=all(bound.time() == time() for bound in bounds),
        reading=reading,
    )


def _windows_by_invoice(windows: pd.DataFrame) -> Windows:
    """Position and total of each window that is not void."""
    found: defaultdict[str, list[tuple[int, Decimal | None]]] = defaultdict(list)
    for place, row in enumerate(records(windows[["invoice_id", "invoice_status", "total"]])):
        if row["invoice_status"] != "VOID":
            found[text_of(row["invoice_id"])].append((place, row["total"]))
    return found


def _whole(
    invoice: Record, parts: tuple[PartCheck, ...], in_windows: Windows, units: Mapping[tuple[str, str], Unit]
) -> InvoiceCheck:
    found, unit = in_windows.get(invoice["invoice_id"], []), units[_unit_pair(invoice)]
    sums = (invoice["total"], known_sum(total for _, total in found))
    expected, actual = (None if one is None else unit.major(one) for one in sums)
    gap, slack = minus(actual, expected), unit.major(TOLERANCE)
    return InvoiceCheck(
        invoice_id=invoice["invoice_id"],
        status=text_of(invoice["status"]),
        unit=unit,
        expected=expected,
        actual=actual,
        cause=None if gap is None or abs(gap) <= slack else _cause_of_whole(gap, parts, unit),
        parts=parts,
        window_rows=tuple(place for place, _ in found),
        start=invoice["period_start"],
        end=invoice["period_end"],
    )


def _cause_of_whole(gap: Decimal, parts: tuple[PartCheck, ...], unit: Unit) -> Cause:
    """The cause of the largest part, when the parts that are in the total (section 3.3 of the Metronome notes: those of
    its unit, without postpaid deductions) explain all of it."""
    counted = [one for one in parts if one.unit == unit and not one.postpaid and one.cause is not None]
    gaps = [one.difference or Decimal(0) for one in counted]
    explained = abs(EXACT.subtract(gap, exact_sum(gaps))) <= unit.major(TOLERANCE)
    if not explained or any(one.cause is Cause.UNKNOWN for one in counted):
        return Cause.UNKNOWN
    return max(counted, key=lambda one: abs(one.difference or Decimal(0))).cause or Cause.UNKNOWN


def _unit_pair(invoice: Record) -> tuple[str, str]:
    return text_of(invoice["credit_type_id"]), text_of(invoice["credit_type"])
