"""What do the breakdowns of finalized invoices say now that the frozen invoices do not? Now minus then, per product.

A finalized invoice never changes; its breakdowns go on counting (section 6.3 of the Metronome notes). Every difference
of a product is either late usage, or nothing explains it, or it comes from how windows are priced; only the last is
left out, and its sum is told.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Final

import pandas as pd

from data.analytics.drift_days import DriftDay, days_of, undated
from data.analytics.invoices import Invoice, State
from data.analytics.proofs.causes import Cause
from data.analytics.proofs.invoice_parts import CONVERSION_LINE, PartCheck
from data.analytics.proofs.windows_invoice import InvoiceCheck
from data.analytics.spend_lines import USAGE_LINE
from data.money import EXACT, Unit, exact_sum

_LISTED: Final = (Cause.LATE_USAGE, Cause.UNKNOWN)


class Standing(StrEnum):
    """What a difference is: usage that arrived later; the same in tiers, which are priced over the period, so that the
    windows do not tell what it would cost; or something that nothing explains."""

    LATE = "late"
    IN_TIERS = "in_tiers"
    UNEXPLAINED = "unexplained"


@dataclass(frozen=True)
class ProductDrift:
    """One product and class of line of one invoice: what it was ``invoiced`` at and what its windows come to ``now``.

    ``counts``: the invoice's total would change by ``amount``, for it is in the same unit and no postpaid deduction.
    The days add up to ``amount``; so do the breakdown LINES at ``plus`` without the invoice LINES at ``minus``."""

    product: str
    product_id: str
    kind: str
    unit: Unit
    standing: Standing
    counts: bool
    invoiced: Decimal
    now: Decimal
    amount: Decimal
    plus: tuple[int, ...]
    minus: tuple[int, ...]
    days: tuple[DriftDay, ...]

    @property
    def place(self) -> tuple[str, ...]:
        """What tells it from other parts of its invoice, whatever else arrives."""
        return self.product_id or self.product, self.kind, self.unit.label, "" if self.counts else "apart"


@dataclass(frozen=True)
class InvoiceDrift:
    """A finalized invoice whose breakdowns say something else now."""

    invoice: Invoice
    products: tuple[ProductDrift, ...]

    def counted(self, *standings: Standing) -> tuple[ProductDrift, ...]:
        """The products of these standings that are part of the total."""
        return tuple(one for one in self.products if one.counts and one.standing in standings)

    def of(self, *standings: Standing) -> Decimal:
        """What they come to, in the invoice's unit."""
        return exact_sum(one.amount for one in self.counted(*standings))

    @property
    def amount(self) -> Decimal:
        """By how much its total would change, in its unit: all that the windows price."""
        return self.of(Standing.LATE, Standing.UNEXPLAINED)

    @property
    def would_be(self) -> Decimal | None:
        return None if self.invoice.total is None else EXACT.add(self.invoice.total, self.amount)

    def has(self, standing: Standing) -> bool:
        return any(one.standing is standing for one in self.products)

    @property
    def used(self) -> tuple[ProductDrift, ...]:
        """The products that were used late. Credits and conversions only follow from usage, so they are no products of
        their own unless nothing else drifted."""
        late = tuple(one for one in self.products if one.standing is not Standing.UNEXPLAINED)
        return tuple(one for one in late if one.kind == USAGE_LINE) or late

    @property
    def told_days(self) -> frozenset[date]:
        """The days of late usage that are told."""
        return frozenset(one.day for product in self.used for one in product.days if one.day is not None)

    @property
    def all_told(self) -> bool:
        return all(one.day is not None for product in self.used for one in product.days)


@dataclass(frozen=True)
class Explained:
    """Differences of one unit that come from how windows are priced or cut: they are no drift."""

    unit: Unit
    parts: tuple[PartCheck, ...]

    @property
    def amount(self) -> Decimal:
        return exact_sum(part.difference for part in self.parts if part.difference is not None)


def drift_of(
    checks: Iterable[InvoiceCheck],
    invoices: Iterable[Invoice],
    *,
    lines: pd.DataFrame,
    window_lines: pd.DataFrame,
) -> tuple[InvoiceDrift, ...]:
    """What the breakdowns of the finalized among ``invoices`` say now, in their order; those without are left out.

    ``checks`` compare invoices with their breakdowns; their row numbers are positions in ``lines`` (of invoices) and
    ``window_lines`` (of breakdowns). Amounts are ``Decimal`` in currency units.
    """
    found = []
    for invoice, check in _finalized(checks, invoices):
        listed = [part for part in check.parts if part.cause in _LISTED and part.difference]
        tiered = {part.product for part in listed if _has_tiers(part, lines, window_lines)}
        products = []
        for part in listed:
            dated = not _has_tiers(part, lines, window_lines)
            days = days_of(part, lines, window_lines) if dated else (undated(part),)
            products.append(_product(part, invoice, _standing(part, tiered), days))
        if products:
            found.append(InvoiceDrift(invoice, tuple(products)))
    return tuple(found)


def explained_of(checks: Iterable[InvoiceCheck], invoices: Iterable[Invoice]) -> tuple[Explained, ...]:
    """What differs on the finalized among ``invoices`` for another reason than late usage, by unit, money first.

    Without postpaid deductions, which are in no total."""
    found: dict[Unit, list[PartCheck]] = {}
    for _, check in _finalized(checks, invoices):
        for part in check.parts:
            if part.cause is not None and part.cause not in _LISTED and part.difference and not part.postpaid:
                found.setdefault(part.unit, []).append(part)
    units = sorted(found, key=lambda unit: (not unit.is_money, unit.label))
    return tuple(Explained(unit, tuple(found[unit])) for unit in units)


def _finalized(checks: Iterable[InvoiceCheck], invoices: Iterable[Invoice]) -> Iterable[tuple[Invoice, InvoiceCheck]]:
    compared = {one.invoice_id: one for one in checks}
    return [
        (one, compared[one.invoice_id])
        for one in invoices
        if one.state is State.FINALIZED and one.invoice_id in compared
    ]


def _has_tiers(part: PartCheck, lines: pd.DataFrame, window_lines: pd.DataFrame) -> bool:
    sides = (lines, part.expected_rows), (window_lines, part.actual_rows)
    return any(bool(frame["tier"].iloc[list(rows)].notna().any()) for frame, rows in sides)


def _standing(part: PartCheck, tiered: Collection[str]) -> Standing:
    """Credits and conversions follow from usage, so they are as uncertain as that of the ``tiered`` products."""
    if part.cause is Cause.UNKNOWN:
        return Standing.UNEXPLAINED
    follows = part.product in tiered or (bool(tiered) and part.line_type == CONVERSION_LINE)
    return Standing.IN_TIERS if follows else Standing.LATE


def _product(part: PartCheck, invoice: Invoice, standing: Standing, days: tuple[DriftDay, ...]) -> ProductDrift:
    invoiced, now, amount = (value or Decimal(0) for value in (part.expected, part.actual, part.difference))
    return ProductDrift(
        product=part.product,
        product_id=part.product_id,
        kind=part.line_type,
        unit=part.unit,
        standing=standing,
        counts=part.unit == invoice.unit and not part.postpaid,
        invoiced=invoiced,
        now=now,
        amount=amount,
        plus=part.actual_rows,
        minus=part.expected_rows,
        days=days,
    )
