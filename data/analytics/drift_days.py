"""On which days did usage come that an invoice does not have?

A day is told only where the lines themselves show it, and only when the lines so found come to the difference to the
last digit.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from operator import attrgetter
from typing import Final

import pandas as pd

from data.analytics.proofs.invoice_parts import PartCheck
from data.analytics.records import decimal_of, records
from data.money import EXACT, Unit, exact_sum

# What one line of an invoice is about: lines that share these differ only in what paid for them.
_SLOT: Final = ("presentation", "pricing", "unit_price", "tier")


@dataclass(frozen=True)
class DriftDay:
    """What one product differs by on one UTC day; ``day`` None = the API does not tell the day.

    ``amount`` is the sum of the breakdown LINES at ``plus`` minus that of the invoice LINES at ``minus``."""

    day: date | None
    amount: Decimal
    plus: tuple[int, ...]
    minus: tuple[int, ...] = ()


@dataclass(frozen=True)
class _Priced:
    """One line: ``slot`` is what was used at which price, ``paid`` whether a commit paid for it."""

    row: int
    slot: Hashable
    window: datetime | None
    total: Decimal
    paid: bool


def days_of(part: PartCheck, lines: pd.DataFrame, window_lines: pd.DataFrame) -> tuple[DriftDay, ...]:
    """The difference of a part by day, the days that are not told last; ``lines`` are those of invoices."""
    frozen = _priced(lines, part.expected_rows, part.unit)
    now = _priced(window_lines, part.actual_rows, part.unit)
    before, after = _by_slot(frozen), _by_slot(now)
    by_day: dict[date | None, list[_Priced]] = {}
    untold: list[DriftDay] = []
    for slot in dict.fromkeys((*after, *before)):
        sides = before.get(slot, []), after.get(slot, [])
        amount = EXACT.subtract(_total(sides[1]), _total(sides[0]))
        late = _late(*sides, amount) if amount else []
        for line in late or ():
            by_day.setdefault(line.window.date() if line.window else None, []).append(line)
        if late is None:
            untold.append(DriftDay(None, amount, _rows(sides[1]), _rows(sides[0])))
    told = [DriftDay(day, _total(found), _rows(found)) for day, found in by_day.items()]
    return (*sorted(told, key=lambda one: (one.day is None, one.day or date.min)), *_joined(untold))


def undated(part: PartCheck) -> DriftDay:
    """All of a difference on no day."""
    return DriftDay(None, part.difference or Decimal(0), part.actual_rows, part.expected_rows)


def _by_slot(lines: Iterable[_Priced]) -> dict[Hashable, list[_Priced]]:
    found: dict[Hashable, list[_Priced]] = {}
    for line in lines:
        found.setdefault(line.slot, []).append(line)
    return found


def _late(before: Sequence[_Priced], after: Sequence[_Priced], amount: Decimal) -> list[_Priced] | None:
    """The lines of one slot that came after the invoice was final; None where the lines do not show them.

    ``before`` are the invoice's lines of the slot, ``after`` those of its windows, ``amount`` what they differ by. A
    reading of the lines is taken only when what it calls late comes to ``amount`` exactly.
    """
    open_after = [line for line in after if not line.paid]
    readings = [_repeated(open_after)]
    if not any(line.total for line in before if not line.paid):
        readings.append(open_after)  # all that was billed had been paid for by commits
    if not before:
        readings.append(list(after))
    return next((late for late in readings if late and _total(late) == amount), None)


def _repeated(lines: Sequence[_Priced]) -> list[_Priced]:
    """Every line after the first of its window: one invoice has one open line for the same use at the same price."""
    seen: set[datetime | None] = set()
    late = []
    for line in lines:
        if line.window in seen:
            late.append(line)
        seen.add(line.window)
    return late


def _joined(untold: Sequence[DriftDay]) -> tuple[DriftDay, ...]:
    """What could not be placed on a day, as one."""
    if not untold:
        return ()
    plus, minus = (
        tuple(row for one in untold for row in read(one)) for read in (attrgetter("plus"), attrgetter("minus"))
    )
    return (DriftDay(None, exact_sum(one.amount for one in untold), plus, minus),)


def _priced(frame: pd.DataFrame, rows: Sequence[int], unit: Unit) -> list[_Priced]:
    return [
        _Priced(
            row=position,
            slot=tuple(row[name] for name in _SLOT),
            window=row["window_start"],
            total=unit.major(decimal_of(row["total"]) or Decimal(0)),
            paid=bool(row["commit_id"]),
        )
        for position, row in zip(rows, records(frame.iloc[list(rows)]), strict=True)
    ]


def _rows(lines: Iterable[_Priced]) -> tuple[int, ...]:
    return tuple(line.row for line in lines)


def _total(lines: Iterable[_Priced]) -> Decimal:
    return exact_sum(line.total for line in lines)
