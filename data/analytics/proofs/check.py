"""One comparison of two figures, with the rows that each was made of."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Final

from data.analytics.proofs.causes import Cause, Status
from data.money import EXACT, TOLERANCE, Unit

_HALF_A_CENT: Final = Decimal("0.005")  # of a currency unit
_FLOAT_STEP: Final = Decimal("1e-14")  # a float has fifteen significant digits


class CheckName(StrEnum):
    """The checks, as the proof files name them and in the order in which they are listed."""

    WINDOWS_INVOICE = "windows_invoice"
    USAGE_QUANTITY = "usage_quantity"
    LEDGER_BALANCE = "ledger_balance"
    NET_BALANCE = "net_balance"
    DEDUCTION_LINES = "deduction_lines"
    GROUPS_TOTAL = "groups_total"
    NO_PURCHASE = "no_purchase"


@dataclass(frozen=True, kw_only=True)
class Item:
    """One row behind a figure; ``amount`` is its signed part, in the unit of the check. ``line`` is the position on the
    invoice ``invoice_id``."""

    words: str
    amount: Decimal
    quantity: Decimal | None = None
    unit_price: Decimal | None = None
    at: datetime | None = None
    invoice_id: str = ""
    line: int | None = None
    tier: str = ""
    balance_id: str = ""


Items = Callable[[], tuple[Item, ...]]


@dataclass(frozen=True, kw_only=True)
class Check:
    """``expected`` and ``actual`` are in the unit ``currency``, exact; None where a comparison has no meaning.

    ``cause`` is None where the two agree. ``subject`` goes into the files; ``named`` is for people. The rows of each
    side add up to its figure; they are made when asked for, as there can be many.
    """

    check: CheckName
    subject: str
    named: str
    expected: Decimal | None
    actual: Decimal | None
    currency: str
    is_money: bool
    cause: Cause | None
    invoice_id: str = ""
    balance_id: str = ""
    line_type: str = ""
    start: datetime | None = None
    end: datetime | None = None
    expected_rows: Items = tuple
    actual_rows: Items = tuple

    @property
    def difference(self) -> Decimal | None:
        """Actual minus expected."""
        return minus(self.actual, self.expected)

    @property
    def status(self) -> Status:
        if self.cause is None:
            return Status.PASSED
        return Status.FAILED if self.cause is Cause.UNKNOWN else Status.EXPLAINED


@dataclass(frozen=True)
class NotRun:
    """A comparison that could not be made, and why in a sentence. It says nothing about the figures."""

    check: CheckName
    subject: str
    reason: str


@dataclass(frozen=True)
class Outcome:
    """What one kind of check found."""

    checks: tuple[Check, ...] = ()
    not_run: tuple[NotRun, ...] = ()


def minus(one: Decimal | None, other: Decimal | None) -> Decimal | None:
    """The exact difference; unknown when either is."""
    return None if one is None or other is None else EXACT.subtract(one, other)


def judged(difference: Decimal, explained_by: Cause | None) -> Cause | None:
    """The cause of a difference in the unit as sent: None where there is none to speak of, ``unknown`` where nothing
    explains all of it."""
    return None if abs(difference) <= TOLERANCE else explained_by or Cause.UNKNOWN


def half_minor(unit: Unit) -> Decimal:
    """Half of the smallest amount that is written on invoices, in the unit as sent; only money has one."""
    return EXACT.multiply(_HALF_A_CENT, Decimal(unit.minor_per_major)) if unit.is_money else TOLERANCE


def rounded(one: Decimal, other: Decimal, half: Decimal) -> Cause | None:
    """Rounding explains less than ``half`` of the smallest amount (as sent) between two amounts, one of which is
    written in whole smallest amounts; never that one of them is not there at all."""
    if not (one and other and abs(EXACT.subtract(one, other)) < half):
        return None
    # A remainder would need room for every digit of the quotient, and amounts may be of any size.
    counts = [EXACT.divide(amount, EXACT.multiply(half, Decimal(2))) for amount in (one, other)]
    return Cause.ROUNDING if any(count == count.to_integral_value() for count in counts) else None


def exactly(value: float) -> Decimal:
    """A usage figure as the decimal that it is written as: 0.1 is 0.1, and 5.0 is 5."""
    return Decimal(int(value)) if value.is_integer() else Decimal(repr(value))


def is_float_noise(difference: Decimal, whole: Decimal) -> bool:
    """Whether a difference is within what a usage figure, read as a float, can tell of ``whole`` at all."""
    return abs(difference) <= EXACT.multiply(abs(whole), _FLOAT_STEP)
