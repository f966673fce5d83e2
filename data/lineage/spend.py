"""Receipts of spend: the invoice lines behind every figure of the panel, and the commit or credit that paid."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from functools import partial

from data.analytics.exact import Codes
from data.analytics.groups import NOT_SET, value_name
from data.analytics.records import Record, decimal_of, records, text_of
from data.analytics.spend_lineage import SpendPart
from data.analytics.spend_lines import DEDUCTION_LINE, PRODUCT_KEY
from data.analytics.spend_series import SUM_NAMES, UNATTRIBUTED, VIEW_MEASURES, VIEW_NAMES
from data.errors import NotFound
from data.lineage.series import Figure, series_figures
from data.lineage.value import Evidence, Figures, Receipt, series_marks
from data.money import EXACT
from data.views.asking import Question
from data.views.spend import SpendView

NO_ROWS = "No invoice line falls in here, so it is 0."
FAMILIES = ("breakdowns", "spend_breakdowns")
COLUMNS = [
    "invoice_id", "line", "name", "window_start", "quantity", "unit_price", "tier", "commit_id", "line_type", "total",
]  # fmt: skip


# What a deduction for a postpaid commit is worth is told as a positive amount: it is owed, not taken off.
POSITIVE = "postpaid"


def figures(view: SpendView, question: Question) -> Figures:  # noqa: ARG001  # one signature for all views
    """By receipt id, the figures of the chart, the table under it, the sums in its sentence and the tiles."""
    drawn = series_figures(view.table, series_marks(view.seal, view.table), partial(_of_series, view))
    total = view.total
    names = total.made_of if total else ()
    return {**drawn, **{view.seal.mark("total", name): partial(_of_sum, view, name) for name in names}}


def _of_series(view: SpendView, figure: Figure) -> Receipt:
    evidence = _evidence(view, figure.rows, VIEW_MEASURES[view.view])
    return _receipt(view, figure, evidence, title=f"{VIEW_NAMES[view.view]} · {figure.words}")


def _of_sum(view: SpendView, name: str) -> Receipt:
    total = view.total
    if total is None:
        raise NotFound(sentence="Nothing was spent in this range.")
    made_of, amount = total.made_of[name], getattr(total, name)
    evidence = _evidence(view, made_of.rows, made_of.measures)
    if name == POSITIVE:
        amount, evidence = EXACT.minus(amount), tuple(_negated(one) for one in evidence)
    days = (view.table.starts[0], view.table.ends[-1])
    figure = Figure(view.seal.mark("total", name), "", amount, made_of.rows, days)
    return _receipt(view, figure, evidence, title=SUM_NAMES[name])


def _receipt(view: SpendView, figure: Figure, evidence: tuple[Evidence, ...], *, title: str) -> Receipt:
    return Receipt(
        ident=figure.ident,
        title=title,
        amount=figure.amount,
        unit=view.currency,
        is_money=bool(view.total and view.total.is_money),
        rows=evidence,
        rule="" if evidence else NO_ROWS,
        asked=tuple(one for one in view.provenance.asked if one.family in FAMILIES),
        window=figure.window,
    )


def _negated(one: Evidence) -> Evidence:
    return replace(one, amount=EXACT.minus(one.amount) if isinstance(one.amount, Decimal) else one.amount)


def _evidence(view: SpendView, rows: Codes, measures: tuple[str, ...]) -> tuple[Evidence, ...]:
    """A row for each part of each line, by window, invoice and place in the window."""
    parts = list(view.lineage.parts(rows, measures))
    read = _Lines(view, parts)
    return tuple(read.evidence(part) for part in sorted(parts, key=read.place))


class _Lines:
    """The lines behind ``parts``, read once, and what the rows that they belong to are called."""

    def __init__(self, view: SpendView, parts: list[SpendPart]) -> None:
        places = sorted({place for part in parts for place in (part.line, part.source)})
        found = records(view.lineage.lines.iloc[places][COLUMNS])
        self.view = view
        self.lines: dict[int, Record] = dict(zip(places, found, strict=True))
        numbers = sorted({part.row for part in parts})
        rows = view.spend[view.spend["row"].isin(numbers)]
        columns = zip(*(rows[name] for name in ("row", "product", "group_value", "basis")), strict=True)
        self.names = {row: self._name(product, value, basis) for row, product, value, basis in columns}
        self.products: dict[int, str] = dict(zip(rows["row"], rows["product"], strict=True))

    def place(self, part: SpendPart) -> tuple[bool, float, str, bool, int, str]:
        """In time; what is one of several lines behind those that can be told."""
        line = self.lines[part.source]
        at = line["window_start"]
        since = at.timestamp() if at else 0.0
        return at is None, since, text_of(line["invoice_id"]), part.alike > 1, line["line"], self.names[part.row]

    def evidence(self, part: SpendPart) -> Evidence:
        """A plain line as it was priced; of a deduction the share that this figure has of it, and what it paid for.

        Its place in its window is no line number of the invoice, so it has none."""
        line, unit = self.lines[part.source], self.view.lineage.units[part.row]
        is_share = text_of(line["line_type"]) == DEDUCTION_LINE
        price = None if is_share else decimal_of(line["unit_price"])
        payer = text_of(line["commit_id"])
        return Evidence(
            words=self._share_words(line, part) if is_share else self.names[part.row],
            amount=None if line["total"] is None else part.amount,
            quantity=None if is_share else decimal_of(line["quantity"]),
            unit_price=None if price is None else unit.major(price),
            at=line["window_start"],
            invoice_id=text_of(line["invoice_id"]),
            tier=text_of(line["tier"]),
            paid_by=self.view.payers.get(payer) or payer,
            balance_id=payer,
            product=text_of(line["name"]) if is_share else self.products[part.row],
        )

    def _share_words(self, line: Record, part: SpendPart) -> str:
        name = text_of(line["name"])
        alike = f" (of {part.alike} such lines)" if part.alike > 1 else ""
        return f"{name}{alike}: {self.names[part.row]}" if part.line != part.source else f"{name}{alike}"

    def _name(self, product: str, value: str | None, basis: str) -> str:
        if self.view.key == PRODUCT_KEY or basis == UNATTRIBUTED:
            return product
        return f"{product} · {(NOT_SET if value is None else value_name(value)).label}"
