"""Amounts and their units: which credit type is money, in what denomination, and sums that lose nothing.

Rules from the Metronome notes, section 3.1: USD alone is in cents; every other currency is in whole units;
custom pricing units and QUANTITY balances are not money. Amounts stay ``Decimal`` exactly as sent; rounding is for
display only.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Context, Decimal, localcontext
from enum import StrEnum

USD_CENTS_ID = "2714e483-4ff1-48e4-9e25-ac732e8f24f2"
CENTS_SUFFIX = " (cents)"
QUANTITY = "quantity"

# Amounts that differ by no more are equal, in the unit as sent (section 3.2 of the Metronome notes).
TOLERANCE = Decimal("0.000001")
# Enough digits for a million amounts of any length that JSON carries; inexact results would be silent otherwise.
EXACT = Context(prec=80)
# Enough for every float beside every other one: from 1.8e308 down to 4.9e-324, each with 17 digits.
ALL_FLOATS = Context(prec=700)


class UnitKind(StrEnum):
    CURRENCY = "currency"
    CUSTOM = "custom"
    QUANTITY = "quantity"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Unit:
    """One unit of account. ``label`` is the ISO code or the unit's own name; ``minor_per_major`` is 100 or 1."""

    id: str
    label: str
    kind: UnitKind
    minor_per_major: int = 1

    @property
    def is_money(self) -> bool:
        return self.kind is UnitKind.CURRENCY

    def major(self, amount: Decimal) -> Decimal:
        """``amount`` as sent (minor units for USD) -> currency units, exactly."""
        return amount if self.minor_per_major == 1 else EXACT.divide(amount, Decimal(self.minor_per_major))


QUANTITY_UNIT = Unit(id="", label=QUANTITY, kind=UnitKind.QUANTITY)


def unit_of(credit_type_id: str | None, name: str | None, is_currency: Mapping[str, bool]) -> Unit:
    """The unit of a ``credit_type`` object.

    ``is_currency`` maps credit type ids to the flag of GET /v1/credit-types/list; an id that is not in it gives
    ``UNKNOWN`` (shown as sent, flagged), unless the USD id or the ``(cents)`` suffix settles it.
    """
    ident, text = credit_type_id or "", (name or "").strip()
    if ident == USD_CENTS_ID or text.endswith(CENTS_SUFFIX):
        return Unit(ident, text.removesuffix(CENTS_SUFFIX) or "USD", UnitKind.CURRENCY, 100)
    if ident not in is_currency:
        return Unit(ident, text or ident or "unknown unit", UnitKind.UNKNOWN)
    kind = UnitKind.CURRENCY if is_currency[ident] else UnitKind.CUSTOM
    return Unit(ident, text or ident, kind)


def exact_sum(values: Iterable[Decimal]) -> Decimal:
    """The sum of the numbers as sent, with no rounding; an empty sum is 0."""
    with localcontext(EXACT):
        return sum(values, Decimal(0))


def known_sum(values: Iterable[Decimal | None]) -> Decimal | None:
    """The exact sum; one unknown part makes it unknown."""
    parts = list(values)
    known = [part for part in parts if part is not None]
    return exact_sum(known) if len(known) == len(parts) else None


def decimal_float_sum(values: Iterable[float]) -> float:
    """The float nearest to the sum of the decimals that ``values`` are written as: 0.1 and 0.2 give 0.3."""
    with localcontext(ALL_FLOATS):
        return float(sum((Decimal(repr(value)) for value in values), Decimal(0)))
