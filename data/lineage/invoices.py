"""Receipts of invoices: a total from its lines, a line from its quantity and price, a sum from its invoices."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import partial
from typing import Any, Final

from data.analytics.invoice_lines import Line
from data.analytics.invoice_lines_paid import LineSum, contradiction
from data.analytics.invoices import SUM_NAMES, Invoice, InvoiceSum
from data.lineage.rows import asked_for
from data.lineage.value import Evidence, Figures, How, Receipt
from data.money import EXACT, QUANTITY_UNIT, Unit
from data.views.asking import Question
from data.views.invoices import InvoicesView

FAMILY: Final = "invoices"
AS_SENT: Final = "Taken from the invoice as it was sent."
NO_SUM: Final = "Taken from the invoice as it was sent; its lines do not add up to it."
NONE_COUNTED: Final = "None of its lines is part of the total, so it is 0."
NO_LINES: Final = "Taken from the invoice as it was sent; it came without lines."
PRICED: Final = "Quantity times unit price."
NOT_PRICED: Final = "Taken from the line as it was sent; it is not its quantity times its unit price."
BILLED_UNITS: Final = "The billed units as sent: a product may round or convert what was metered."
UNIT_PRICE: Final = "The price of one unit as sent."

LIST_PRICE: Final = "The list price of one unit as sent; another price was agreed."
CONSUMED: Final = "What was drawn from the balance as sent, in the balance's own unit."

# The figures of a line: the value, what its receipt is called, and the rule of one that is a single value.
LINE_FIGURES: Final = {
    "line": ("total", "", ""),
    "quantity": ("quantity", "Quantity of ", BILLED_UNITS),
    "price": ("unit_price", "Unit price of ", UNIT_PRICE),
    "list": ("list_price", "List price of ", LIST_PRICE),
    "consumed": ("consumed", "Drawn by ", CONSUMED),
}
_QUANTITIES: Final = ("quantity", "consumed")

Found = Iterator[tuple[str, Callable[[], Receipt]]]


def figures(view: InvoicesView, question: Question) -> Figures:  # noqa: ARG001  # one signature for all views
    """By receipt id: the total of every invoice that is listed, what its lines add up to, every figure of its lines,
    and the sums per currency and state."""
    found = dict(_sums(view))
    for invoice in view.invoices:
        found.update(_Invoice(view, invoice).all())
    return found


def line_evidence(line: Line, invoice: Invoice, balances: Mapping[str, str]) -> Evidence:
    """A line as it was priced, and who paid for it."""
    return Evidence(
        words=line.name or line.product,
        amount=line.total,
        quantity=line.quantity,
        unit_price=line.unit_price,
        at=line.starts_at or invoice.starts_at,
        invoice_id=invoice.invoice_id,
        line=line.line,
        tier=line.tier,
        paid_by=balances.get(line.commit_id, line.commit_id),
        balance_id=line.commit_id,
    )


def total_evidence(invoice: Invoice) -> Evidence:
    """The total of an invoice as it was sent, as one row."""
    return Evidence(
        words="Total of the invoice",
        amount=invoice.total,
        at=invoice.starts_at or invoice.issued_at,
        invoice_id=invoice.invoice_id,
    )


def _sums(view: InvoicesView) -> Found:
    for one in view.sums:
        if one.total is not None:
            ident = view.seal.mark("sum", one.unit.label, one.state)
            yield ident, partial(_sum, view, one, ident)


def _sum(view: InvoicesView, one: InvoiceSum, ident: str) -> Receipt:
    """From the lines of its invoices; from their totals as sent where a total is not what its lines say."""
    wrong = view.contradicted(one)
    rows = (
        [total_evidence(invoice) for invoice in one.invoices]
        if wrong
        else [row for invoice in one.invoices for row in _Invoice(view, invoice).parts()]
    )
    return Receipt(
        rule=f"The totals as sent: {contradiction(wrong)}." if wrong else "",
        ident=ident,
        title=f"{SUM_NAMES[one.state]}, {one.unit.label}",
        amount=one.total,
        unit=one.unit.label,
        is_money=one.unit.is_money,
        rows=tuple(rows),
        asked=asked_for(view.provenance, FAMILY),
    )


@dataclass(frozen=True)
class _Invoice:
    """The figures of one invoice."""

    view: InvoicesView
    invoice: Invoice

    @property
    def lines(self) -> tuple[Line, ...]:
        return self.view.lines[self.invoice.invoice_id]

    @property
    def check(self) -> LineSum:
        return self.view.line_sums[self.invoice.invoice_id]

    def all(self) -> Found:
        if self.invoice.total is not None:
            yield self._mark("total"), self._total
        if self.check.total is not None:
            yield self._mark("lines"), self._lines
        for line in self.lines:
            for place, (value, _, _) in LINE_FIGURES.items():
                if getattr(line, value) is not None:
                    yield self._mark(place, line.line), partial(self._line, line, place)

    def parts(self) -> tuple[Evidence, ...]:
        """What the total is made of: the lines where they give it to the last digit, else itself."""
        return self._counted() if self.check.difference == 0 and self.lines else (total_evidence(self.invoice),)

    def _total(self) -> Receipt:
        adds_up, rows = self.check.difference == 0, self._counted()
        told = NO_SUM if not adds_up else NONE_COUNTED if not rows else ""
        rule = told if self.lines else NO_LINES
        title = f"Total of invoice {self.invoice.invoice_id}"
        how = How.SUM if adds_up else How.READ
        return self._receipt("total", title, self.invoice.total, rows=rows, how=how, rule=rule)

    def _lines(self) -> Receipt:
        title = f"Lines of invoice {self.invoice.invoice_id}"
        return self._receipt("lines", title, self.check.total, rows=self._counted())

    def _line(self, line: Line, place: str) -> Receipt:
        """A quantity and a price are single values: neither is money that could be added up."""
        value, called, told = LINE_FIGURES[place]
        amount: Decimal | None = getattr(line, value)
        how, rule = _way(line) if place == "line" else (How.READ, told)
        title = f"{called}{line.name or line.product}, line {line.line + 1} of invoice {self.invoice.invoice_id}"
        row = replace(line_evidence(line, self.invoice, self.view.balances), amount=amount)
        unit = QUANTITY_UNIT if place in _QUANTITIES else line.unit
        is_money = place == "line" and unit.is_money
        return self._receipt(
            place, title, amount, line.line, unit=unit, rows=(row,), how=how, rule=rule, is_money=is_money
        )

    def _counted(self) -> tuple[Evidence, ...]:
        """The lines that are part of the total."""
        return tuple(line_evidence(line, self.invoice, self.view.balances) for line in self.lines if line.counts)

    def _mark(self, place: str, *more: object) -> str:
        return self.view.seal.mark(place, self.invoice.invoice_id, *more)

    def _receipt(
        self, place: str, title: str, amount: Decimal | None, *more: object, unit: Unit | None = None, **parts: Any
    ) -> Receipt:
        unit, starts, ends = unit or self.invoice.unit, self.invoice.starts_at, self.invoice.ends_at
        return Receipt(
            ident=self._mark(place, *more),
            title=title,
            amount=amount,
            unit=unit.label,
            asked=asked_for(self.view.provenance, FAMILY),
            window=(starts, ends) if starts and ends else None,
            **{"is_money": unit.is_money, **parts},
        )


def _way(line: Line) -> tuple[How, str]:
    """How the amount of a line comes about: its quantity at its price, or as the API says."""
    if line.quantity is None or line.unit_price is None:
        return How.READ, AS_SENT
    if EXACT.multiply(line.quantity, line.unit_price) == line.total:
        return How.RULE, PRICED
    return How.READ, NOT_PRICED
