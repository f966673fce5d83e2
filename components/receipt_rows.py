"""The rows of a receipt as a table: only the columns that one of them fills, the sum in the last row."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from dash import html
from dash.development.base_component import Component

from components import dates
from components.drawn import file_href, page_href, shown_filters
from components.format import exact, quantity, rate
from components.grid import Cell, Group, Head, Row, cell, grid, note
from components.names import clean
from data.filters import Filters, to_search
from data.lineage.value import Evidence, How, Receipt
from data.pages import Page
from data.views.asking import Question, choose

MAX_ROWS = 200
FILE = "receipt.csv"
UNKNOWN = "not sent"


@dataclass(frozen=True)
class _Column:
    """``text`` is "" where a row has nothing to say in this column."""

    head: Head
    text: Callable[[Evidence, Receipt], str]


def receipt_rows(receipt: Receipt, question: Question) -> list[Component]:
    """The table with at most 200 rows, a sentence where there are more, and the file that has them all."""
    if not receipt.rows:
        return []
    shown = receipt.rows[:MAX_ROWS]
    columns = [column for column in _COLUMNS if any(column.text(one, receipt) for one in receipt.rows)]
    rows = [Row([_cell(column, one, receipt, question) for column in columns]) for one in shown]
    if receipt.how is How.SUM:
        rows.append(_sum_row(receipt, len(columns)))
    heads = [column.head for column in columns]
    count = len(receipt.rows)
    cut = [note(f"The first {len(shown):,} of {count:,} rows.")] if count > len(shown) else []
    table = grid(caption="Rows behind the figure", kind="receipt-table", heads=heads, groups=[Group(rows)])
    return [table, *cut, _file(receipt, question)]


def _file(receipt: Receipt, question: Question) -> Component:
    count = len(receipt.rows)
    words = f"All {count:,} rows as CSV" if count > 1 else "This row as CSV"
    filters, place = replace(pinned(question, receipt), tables=frozenset()), file_href(question, FILE, Filters())
    return html.P(
        html.A(words, href=f"{place}{to_search(filters)}", className="button-quiet"), className="receipt-file"
    )


def pinned(question: Question, receipt: Receipt) -> Filters:
    """The page's filters with the receipt open, and with the days written out, as a relative range moves on."""
    choice = choose(question)
    return replace(shown_filters(question.filters, choice), range=choice.days, receipt=receipt.ident)


def _cell(column: _Column, one: Evidence, receipt: Receipt, question: Question) -> Cell:
    text = column.text(one, receipt)
    if column is _INVOICE and text:
        return cell(text, href=page_href(question, Page.INVOICES, open=(one.invoice_id,)))
    return text


def _sum_row(receipt: Receipt, columns: int) -> Row:
    chip = ("adds up", "chip-good") if receipt.adds_up() else ("does not add up", "chip-bad")
    count = len(receipt.rows)
    total = exact(receipt.amount, receipt.unit, is_money=receipt.is_money)
    name = cell(f"Sum of {count:,} row{'' if count == 1 else 's'}", chip=chip)
    return Row([name, total, *[""] * (columns - 2)], kind="total-row")


def _amount(one: Evidence, receipt: Receipt) -> str:
    return UNKNOWN if one.amount is None else exact(one.amount, receipt.unit, is_money=receipt.is_money)


def _quantity(one: Evidence, _receipt: Receipt) -> str:
    return "" if one.quantity is None else quantity(one.quantity)


def _price(one: Evidence, receipt: Receipt) -> str:
    return "" if one.unit_price is None else rate(one.unit_price, receipt.unit)


def _when(one: Evidence, _receipt: Receipt) -> str:
    if one.at is None:
        return ""
    return dates.day(one.at) if one.at == dates.midnight_of(one.at) else dates.instant(one.at)


_INVOICE = _Column(Head("Invoice", "code"), lambda one, _: clean(one.invoice_id, 14) if one.invoice_id else "")
_COLUMNS = (
    _Column(Head("What", "col-name"), lambda one, _: clean(one.words, 80)),
    _Column(Head("Amount", "num strong"), _amount),
    _Column(Head("Quantity", "num"), _quantity),
    _Column(Head("Unit price", "num"), _price),
    _Column(Head("Tier", "num"), lambda one, _: clean(one.tier, 12) if one.tier else ""),
    _Column(Head("When (UTC)"), _when),
    _INVOICE,
    _Column(Head("Line", "num"), lambda one, _: "" if one.line is None else str(one.line + 1)),
    _Column(Head("Paid by"), lambda one, _: clean(one.paid_by, 40) if one.paid_by else ""),
)
