"""The drift panel: what finalized invoices would be today, by product and day."""

from __future__ import annotations

from dash.development.base_component import Component

from components import dates
from components.drawn import Drawn, origin_footer, origin_notices, page_href
from components.format import DASH, money
from components.grid import Cell, Group, Head, Row, cell, grid
from components.invoices_table import invoice_name
from components.names import clean
from components.notices import NoticeKind, notice
from components.panels.invoices import figure
from data.analytics.drift import DriftDay, InvoiceDrift, ProductDrift
from data.pages import Page
from data.views.asking import Question
from data.views.drift import DriftView

HEADS = (
    Head("Product and day", "col-name"),
    Head("Invoiced", "num"),
    Head("In the windows now", "num"),
    Head("Arrived later", "num strong"),
)
CAPTION = "Usage that arrived after an invoice was final, by invoice, product and day. Days are UTC."
MOST_SENTENCES = 3
NOT_TOLD = "On days that the API does not tell"
KINDS = {"applied_commit_or_credit": "commits and credits applied", "cpu_conversion": "conversion"}


def draw_drift(view: DriftView, question: Question) -> Drawn:
    return Drawn(
        notices=(*_notices(view), *origin_notices(view.provenance, question)),
        summary=_summary(view),
        main=_table(view, question) if view.drifts else None,
        footer=origin_footer(view.provenance, question),
    )


def _summary(view: DriftView) -> tuple[str | Component, ...]:
    """A sentence per invoice, the newest ones; ``October was invoiced at …; usage that arrived later would …``."""
    words = [part for one in view.drifts[:MOST_SENTENCES] for part in _sentence(one, view)]
    more = len(view.drifts) - MOST_SENTENCES
    return (*words, f"And {more} more {'invoice' if more == 1 else 'invoices'}.") if more > 0 else tuple(words)


def _sentence(drift: InvoiceDrift, view: DriftView) -> list[str | Component]:
    invoice, unit = drift.invoice, drift.invoice.unit.label
    days, products = len(drift.told_days), len({one.product for one in drift.used})
    counted = f"{'' if drift.all_told else 'at least '}{days} day{'' if days == 1 else 's'}, " if days else ""
    tail = f": {counted}{products} product{'' if products == 1 else 's'}. "
    if drift.would_be is None:
        late = figure(money(drift.amount, unit), view.seal.mark("late", invoice.invoice_id))
        return [f"{invoice_name(invoice)} has no known total; usage worth ", late, f" arrived later{tail}"]
    billed = figure(money(invoice.total, unit), view.seal.mark("invoiced", invoice.invoice_id))
    now = figure(money(drift.would_be, unit), view.seal.mark("would_be", invoice.invoice_id))
    return [f"{invoice_name(invoice)} was invoiced at ", billed, "; usage that arrived later would make it ", now, tail]


def _table(view: DriftView, question: Question) -> Component:
    groups = [Group(_rows(one, view, question), title=invoice_name(one.invoice)) for one in view.drifts]
    return grid(caption=CAPTION, kind="drift-table", heads=HEADS, groups=groups)


def _rows(drift: InvoiceDrift, view: DriftView, question: Question) -> list[Row]:
    ident = drift.invoice.invoice_id
    link = page_href(question, Page.INVOICES, open=(ident,))
    unit = drift.invoice.unit.label
    whole = [
        cell("Total of the invoice", href=link, title=clean(ident, 60)),
        _whole(view, drift, "invoiced"),
        _whole(view, drift, "would_be"),
        cell(money(drift.amount, unit), receipt=view.seal.mark("late", ident)),
    ]
    parts = [row for one in drift.products for row in _product(one, ident, view)]
    return [*parts, Row(whole, kind="total-row")]


def _whole(view: DriftView, drift: InvoiceDrift, place: str) -> Cell:
    amount = drift.invoice.total if place == "invoiced" else drift.would_be
    receipt = "" if amount is None else view.seal.mark(place, drift.invoice.invoice_id)
    return cell(money(amount, drift.invoice.unit.label, missing="not known"), receipt=receipt)


def _product(one: ProductDrift, ident: str, view: DriftView) -> list[Row]:
    below = [KINDS[one.kind]] if one.kind in KINDS else []
    below += [] if one.counts else ["not part of the invoice's total"]
    amounts = {"billed": one.invoiced, "now": one.now, "drift": one.amount}
    figures = [
        cell(money(amount, one.unit.label), receipt=view.seal.mark(place, ident, *one.place))
        for place, amount in amounts.items()
    ]
    row = Row([cell(clean(one.product, 80), below=below), *figures])
    return [row, *(_day(day, one, ident, view) for day in one.days)]


def _day(day: DriftDay, one: ProductDrift, ident: str, view: DriftView) -> Row:
    receipt = view.seal.mark("day", ident, *one.place, day.day or "")
    name = dates.weekday_day(day.day) if day.day else NOT_TOLD
    return Row([name, DASH, DASH, cell(money(day.amount, one.unit.label), receipt=receipt)], kind="sub-row")


def _notices(view: DriftView) -> tuple[Component, ...]:
    found = []
    if view.left_out:
        text = "Their breakdowns are not all at hand: a day could not be loaded, or lies too far back."
        found.append(notice(NoticeKind.PARTIAL, f"{_count(view.left_out)} could not be compared", text))
    if not view.drifts and view.compared:
        text = f"Held against the breakdowns as they are now: {_count(view.compared)} of these days."
        found.append(notice(NoticeKind.EMPTY, "No usage arrived after finalization", text))
    elif not view.drifts and not view.left_out:
        text = "No finalized invoice has a period in this range, so nothing could arrive late."
        found.append(notice(NoticeKind.EMPTY, "No usage arrived after finalization", text))
    return tuple(found)


def _count(number: int) -> str:
    return f"{number} finalized invoice{'' if number == 1 else 's'}"
