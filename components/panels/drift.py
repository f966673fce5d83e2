"""The drift panel: what finalized invoices would be by their breakdowns today, by product and day."""

from __future__ import annotations

from dash import html
from dash.development.base_component import Component

from components import dates
from components.drawn import Drawn, origin_footer, origin_notices, page_href
from components.format import DASH, money
from components.grid import Cell, Group, Head, Row, cell, grid
from components.invoices_table import invoice_name
from components.kpi import figure
from components.names import clean
from components.notices import NoticeKind, notice
from data.analytics.drift import InvoiceDrift, ProductDrift, Standing
from data.analytics.drift_days import DriftDay
from data.pages import Page
from data.views.asking import Question
from data.views.drift import DriftView

HEADS = (
    Head("Product and day", "col-name"),
    Head("Invoiced", "num"),
    Head("In the windows now", "num"),
    Head("Difference", "num strong"),
)
CAPTION = "Finalized invoices and what their breakdowns say now, by invoice, product and day. Days are UTC."
MOST_SENTENCES = 3
QUIET = "No usage arrived after finalization"
NOT_TOLD = "On days that the API does not tell"
IN_TIERS = "Arrived later, in tiers: windows are priced each alone, so what it would cost is not told."
ALSO_IN_TIERS = "Usage in tiers arrived later as well; what it would cost is not told. "
LEFT_OUT = "Differences that come from how windows are priced are left out: "
KINDS = {"applied_commit_or_credit": "commits and credits applied", "cpu_conversion": "conversion"}


def draw_drift(view: DriftView, question: Question) -> Drawn:
    return Drawn(
        notices=(*_notices(view), *origin_notices(view.provenance, question)),
        summary=_summary(view, question),
        main=_table(view, question) if view.drifts else None,
        footer=origin_footer(view.provenance, question),
    )


def _summary(view: DriftView, question: Question) -> tuple[str | Component, ...]:
    """A sentence per invoice, the newest ones; ``October was invoiced at …; usage that arrived later would …``."""
    words = [part for one in view.drifts[:MOST_SENTENCES] for part in _sentence(one, view, question)]
    more = len(view.drifts) - MOST_SENTENCES
    words += [f"And {more} more {'invoice' if more == 1 else 'invoices'}. "] if more > 0 else []
    return (*words, *_left_out(view))


def _left_out(view: DriftView) -> list[str | Component]:
    """What differs without being drift, one figure per unit."""
    figures = [
        figure(money(one.amount, one.unit.label), view.seal.mark("left_out", one.unit.label)) for one in view.explained
    ]
    listed = [part for one in figures for part in (", ", one)][1:]
    return [LEFT_OUT, *listed, "."] if listed else []


def _sentence(drift: InvoiceDrift, view: DriftView, question: Question) -> list[str | Component]:
    """What was invoiced, what it would be, and why; only what is known to be late usage is called so."""
    name, tail = invoice_name(drift.invoice), [ALSO_IN_TIERS] if drift.has(Standing.IN_TIERS) else []
    billed, now = _of_whole(drift, view, "invoiced"), _of_whole(drift, view, "would_be")
    late = _of_whole(drift, view, Standing.LATE)
    lead = [f"{name} has no known total; "] if drift.would_be is None else [f"{name} was invoiced at ", billed, "; "]
    if drift.has(Standing.UNEXPLAINED):
        change = [_of_whole(drift, view, "change"), " more"] if drift.would_be is None else [now]
        came = [late, f" arrived later ({_extent(drift)}), "] if drift.has(Standing.LATE) else []
        proof = html.A("see the proof", href=page_href(question, Page.PROOF), **{"data-page-link": "true"})
        is_part = drift.counted(Standing.UNEXPLAINED)
        rest = _of_whole(drift, view, Standing.UNEXPLAINED) if is_part else "a difference beside its total"
        said = ["by its breakdowns it would now be ", *change, ": ", *came, rest, " is not explained, ", proof, ". "]
    elif not drift.has(Standing.LATE):
        return [*lead, f"usage arrived later in tiers, and what it would cost is not told: {_extent(drift)}. "]
    elif drift.would_be is None:
        said = ["usage worth ", late, f" arrived later: {_extent(drift)}. "]
    else:
        said = ["usage that arrived later would make it ", now, f": {_extent(drift)}. "]
    return [*lead, *said, *tail]


def _of_whole(drift: InvoiceDrift, view: DriftView, place: str) -> Component:
    """A figure of the whole invoice inside a sentence."""
    amounts = {"invoiced": drift.invoice.total, "would_be": drift.would_be, "change": drift.amount}
    amount = amounts[place] if place in amounts else drift.of(Standing(place))
    return figure(money(amount, drift.invoice.unit.label), view.seal.mark(place, drift.invoice.invoice_id))


def _extent(drift: InvoiceDrift) -> str:
    """``3 days, 1 product``, as far as the days are told."""
    days, products = len(drift.told_days), len({one.product for one in drift.used})
    counted = f"{'' if drift.all_told else 'at least '}{days} day{'' if days == 1 else 's'}, " if days else ""
    return f"{counted}{products} product{'' if products == 1 else 's'}"


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
        cell(money(drift.amount, unit), receipt=view.seal.mark("change", ident)),
    ]
    parts = [row for one in drift.products for row in _product(one, ident, view, question)]
    return [*parts, Row(whole, kind="total-row")]


def _whole(view: DriftView, drift: InvoiceDrift, place: str) -> Cell:
    amount = drift.invoice.total if place == "invoiced" else drift.would_be
    receipt = "" if amount is None else view.seal.mark(place, drift.invoice.invoice_id)
    return cell(money(amount, drift.invoice.unit.label, missing="not known"), receipt=receipt)


def _product(one: ProductDrift, ident: str, view: DriftView, question: Question) -> list[Row]:
    below: list[str | list[Cell]] = [KINDS[one.kind]] if one.kind in KINDS else []
    below += [] if one.counts else ["not part of the invoice's total"]
    below += [IN_TIERS] if one.standing is Standing.IN_TIERS else []
    if one.standing is Standing.UNEXPLAINED:
        below.append(["not explained: ", cell("see the proof", href=page_href(question, Page.PROOF))])
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
        title = "Nothing differs but how windows are priced" if view.explained else QUIET
        found.append(notice(NoticeKind.EMPTY, title, text))
    elif not view.drifts and not view.left_out:
        text = "No finalized invoice has a period in this range, so nothing could arrive late."
        found.append(notice(NoticeKind.EMPTY, QUIET, text))
    return tuple(found)


def _count(number: int) -> str:
    return f"{number} finalized invoice{'' if number == 1 else 's'}"
