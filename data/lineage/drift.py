"""Receipts of drift: lines of the windows that came late, or all of them without the lines of the frozen invoice; and
of what is left out, a row for each difference with its cause."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import partial
from typing import Final

import pandas as pd

from data.analytics.drift import Explained, InvoiceDrift, ProductDrift, Standing
from data.analytics.drift_days import DriftDay
from data.analytics.proofs.causes import Cause
from data.analytics.records import decimal_of, records, text_of
from data.lineage.invoices import total_evidence
from data.lineage.rows import asked_for
from data.lineage.value import Evidence, Figures, Receipt
from data.money import EXACT, Unit
from data.views.asking import Question
from data.views.drift import DriftView

FAMILIES: Final = ("invoices", "breakdowns")
INVOICED, NOW, LATE = "Invoiced", "In the windows now", "Arrived after the invoice was final"
UNEXPLAINED = "Differs from the invoice, not explained"
STANDINGS: Final = {
    Standing.LATE: LATE,
    Standing.IN_TIERS: "Windows now, each priced alone, minus the invoice",
    Standing.UNEXPLAINED: UNEXPLAINED,
}
PRICED: Final = (Standing.LATE, Standing.UNEXPLAINED)
LEFT_OUT: Final = "Differences that come from how windows are priced"
CAUSES: Final = {
    Cause.TIERS: "windows are priced in tiers of their own",
    Cause.ROUNDING: "rounding",
    Cause.NOT_BROKEN_DOWN: "not broken down into windows",
    Cause.NON_ADDITIVE: "a metric whose days do not add up",
    Cause.EDGE_WINDOW: "windows at the edges of the period are left out",
}
_COLUMNS: Final = [
    "invoice_id", "line", "name", "window_start", "quantity", "unit_price", "tier", "commit_id", "total",
]  # fmt: skip

Rows = tuple[Evidence, ...]
Found = Iterator[tuple[str, Callable[[], Receipt]]]


def figures(view: DriftView, question: Question) -> Figures:  # noqa: ARG001  # one signature for all views
    """By receipt id: what each invoice was billed at, what it would be, what arrived late and what is not explained,
    the same by product and by day; and what is left out."""
    found = {ident: build for one in view.drifts for ident, build in _Drift(view, one).all()}
    return found | {view.seal.mark("left_out", one.unit.label): partial(_left_out, view, one) for one in view.explained}


def _left_out(view: DriftView, one: Explained) -> Receipt:
    rows = tuple(
        Evidence(
            words=f"{part.product}: {CAUSES.get(part.cause, part.cause) if part.cause else ''}",
            amount=part.difference,
            invoice_id=part.invoice_id,
        )
        for part in one.parts
    )
    return Receipt(
        ident=view.seal.mark("left_out", one.unit.label),
        title=LEFT_OUT,
        amount=one.amount,
        unit=one.unit.label,
        is_money=one.unit.is_money,
        rows=rows,
        asked=asked_for(view.provenance, *FAMILIES),
    )


@dataclass(frozen=True)
class _Drift:
    """The figures of one invoice."""

    view: DriftView
    drift: InvoiceDrift

    def all(self) -> Found:
        drift, unit = self.drift, self.drift.invoice.unit
        if drift.would_be is not None:
            yield self._figure("invoiced", INVOICED, drift.invoice.total, unit, self._frozen)
            yield self._figure("would_be", "By the breakdowns as they are now", drift.would_be, unit, self._now)
        yield self._figure("change", "Breakdowns now minus the invoice", drift.amount, unit, partial(self._of, *PRICED))
        for standing in PRICED:
            yield self._figure(standing, STANDINGS[standing], drift.of(standing), unit, partial(self._of, standing))
        for one in drift.products:
            yield from self._of_product(one)

    def _of_product(self, one: ProductDrift) -> Found:
        unit, named, titled = one.unit, one.product, f"{one.product}: {STANDINGS[one.standing]}"
        billed, now = partial(self._billed, one.minus, unit), partial(self._windows, one.plus, unit)
        yield self._figure("billed", f"{named}: {INVOICED}", one.invoiced, unit, billed, *one.place)
        yield self._figure("now", f"{named}: {NOW}", one.now, unit, now, *one.place)
        yield self._figure("drift", titled, one.amount, unit, partial(self._days, [one]), *one.place)
        for day in one.days:
            rows = partial(self._day, day, unit)
            yield self._figure("day", titled, day.amount, unit, rows, *one.place, day.day or "")

    def _frozen(self) -> Rows:
        return (total_evidence(self.drift.invoice),)

    def _now(self) -> Rows:
        return self._frozen() + self._of(*PRICED)

    def _of(self, *standings: Standing) -> Rows:
        return self._days(self.drift.counted(*standings))

    def _days(self, products: Sequence[ProductDrift]) -> Rows:
        return tuple(row for one in products for day in one.days for row in self._day(day, one.unit))

    def _day(self, day: DriftDay, unit: Unit) -> Rows:
        taken_off = self._billed(day.minus, unit, sign=-1)
        return self._windows(day.plus, unit) + taken_off

    def _windows(self, rows: Sequence[int], unit: Unit) -> Rows:
        """Lines of windows: their places there are no line numbers of the invoice."""
        return tuple(replace(one, line=None) for one in self._evidence(self.view.window_lines, rows, unit))

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
