"""Receipts of drift: lines of the windows that came late, or all of them without the lines of the frozen invoice."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import partial
from typing import Final

import pandas as pd

from data.analytics.drift import DriftDay, InvoiceDrift, ProductDrift
from data.analytics.records import decimal_of, records, text_of
from data.lineage.invoices import total_evidence
from data.lineage.rows import asked_for
from data.lineage.value import Evidence, Figures, Receipt
from data.money import EXACT, Unit
from data.views.asking import Question
from data.views.drift import DriftView

FAMILIES: Final = ("invoices", "breakdowns")
INVOICED, NOW, LATE = "Invoiced", "In the windows now", "Arrived after the invoice was final"
_COLUMNS: Final = [
    "invoice_id", "line", "name", "window_start", "quantity", "unit_price", "tier", "commit_id", "total",
]  # fmt: skip

Rows = tuple[Evidence, ...]
Found = Iterator[tuple[str, Callable[[], Receipt]]]


def figures(view: DriftView, question: Question) -> Figures:  # noqa: ARG001  # one signature for all views
    """By receipt id: what each invoice was billed at, what it would be and what arrived late, the same by product, and
    what arrived late by day."""
    return {ident: build for one in view.drifts for ident, build in _Drift(view, one).all()}


@dataclass(frozen=True)
class _Drift:
    """The figures of one invoice."""

    view: DriftView
    drift: InvoiceDrift

    def all(self) -> Found:
        drift, unit = self.drift, self.drift.invoice.unit
        if drift.would_be is not None:
            yield self._figure("invoiced", INVOICED, drift.invoice.total, unit, self._frozen)
            yield self._figure("would_be", "Invoiced, and what arrived later", drift.would_be, unit, self._all)
        yield self._figure("late", LATE, drift.amount, unit, self._late)
        for one in drift.products:
            yield from self._of_product(one)

    def _of_product(self, one: ProductDrift) -> Found:
        unit, named = one.unit, one.product
        billed, now = partial(self._billed, one.minus, unit), partial(self._windows, one.plus, unit)
        yield self._figure("billed", f"{named}: {INVOICED}", one.invoiced, unit, billed, *one.place)
        yield self._figure("now", f"{named}: {NOW}", one.now, unit, now, *one.place)
        yield self._figure("drift", f"{named}: {LATE}", one.amount, unit, partial(self._days, [one]), *one.place)
        for day in one.days:
            rows = partial(self._day, day, unit)
            yield self._figure("day", f"{named}: {LATE}", day.amount, unit, rows, *one.place, day.day or "")

    def _frozen(self) -> Rows:
        return (total_evidence(self.drift.invoice),)

    def _late(self) -> Rows:
        return self._days([one for one in self.drift.products if one.counts])

    def _all(self) -> Rows:
        return self._frozen() + self._late()

    def _days(self, products: Sequence[ProductDrift]) -> Rows:
        return tuple(row for one in products for day in one.days for row in self._day(day, one.unit))

    def _day(self, day: DriftDay, unit: Unit) -> Rows:
        taken_off = self._billed(day.minus, unit, sign=-1)
        return self._windows(day.plus, unit) + taken_off

    def _windows(self, rows: Sequence[int], unit: Unit) -> Rows:
        return self._evidence(self.view.window_lines, rows, unit)

    def _billed(self, rows: Sequence[int], unit: Unit, *, sign: int = 1) -> Rows:
        return self._evidence(self.view.lines, rows, unit, sign=sign)

    def _evidence(self, frame: pd.DataFrame, rows: Sequence[int], unit: Unit, *, sign: int = 1) -> Rows:
        """Lines with their amounts in currency units; those of the frozen invoice are taken off with ``sign`` -1."""
        found = []
        for row in records(frame.iloc[list(rows)][_COLUMNS]):
            amounts = (decimal_of(row[name]) for name in ("total", "unit_price"))
            total, price = (None if amount is None else unit.major(amount) for amount in amounts)
            payer = text_of(row["commit_id"])
            found.append(
                Evidence(
                    words=text_of(row["name"]) if sign > 0 else f"{text_of(row['name'])}, as invoiced",
                    amount=None if total is None else EXACT.multiply(total, Decimal(sign)),
                    quantity=decimal_of(row["quantity"]),
                    unit_price=price,
                    at=row["window_start"],
                    invoice_id=text_of(row["invoice_id"]),
                    line=int(row["line"]),
                    tier=text_of(row["tier"]),
                    paid_by=self.view.balances.get(payer, payer),
                    balance_id=payer,
                )
            )
        return tuple(found)

    def _figure(
        self, place: str, title: str, amount: Decimal | None, unit: Unit, rows: Callable[[], Rows], *more: object
    ) -> tuple[str, Callable[[], Receipt]]:
        ident = self.view.seal.mark(place, self.drift.invoice.invoice_id, *more)

        def build() -> Receipt:
            invoice, asked = self.drift.invoice, asked_for(self.view.provenance, *FAMILIES)
            window = (invoice.starts_at, invoice.ends_at) if invoice.starts_at and invoice.ends_at else None
            return Receipt(
                ident=ident,
                title=title,
                amount=amount,
                unit=unit.label,
                is_money=unit.is_money,
                rows=rows(),
                asked=asked,
                window=window,
            )

        return ident, build
