"""The invoices panel: the table of the range, and what has to be said about it."""

from __future__ import annotations

from dash.development.base_component import Component

from components import ids
from components.drawn import Drawn, file_href, origin_footer, origin_notices, shown_filters
from components.format import money
from components.invoices_table import invoices_table
from components.kpi import figure
from components.notices import NoticeKind, notice
from data.analytics.invoices import CONSOLIDATED, SUM_NAMES
from data.filters import InvoiceStatus
from data.views.asking import Question
from data.views.invoices import InvoicesView


def draw_invoices(view: InvoicesView, question: Question) -> Drawn:
    filters = shown_filters(question.filters, view.choice)
    return Drawn(
        notices=(*_notices(view, question), *origin_notices(view.provenance, question)),
        summary=_summary(view),
        main=invoices_table(view, question, ident=ids.INVOICES_TABLE) if view.invoices else None,
        footer=origin_footer(view.provenance, question),
        chosen={
            ids.STATUS_SELECT: question.filters.status.value,
            ids.ZERO_SWITCH: "show" if question.filters.zero else "hide",
        },
        files={
            ids.part("invoices", "csv"): file_href(question, "invoices.csv", filters),
            ids.part("line-items", "csv"): file_href(question, "line_items.csv", filters),
        },
    )


def _summary(view: InvoicesView) -> tuple[str | Component, ...]:
    """What is payable, per currency and state: never added up."""
    words: list[str | Component] = []
    for one in view.sums:
        unit, lead = one.unit.label, f"{' ' if words else ''}{SUM_NAMES[one.state]} "
        amount = money(one.total, unit, missing=f"an amount in {unit} that is not known")
        named = figure(amount, view.seal.mark("sum", unit, one.state)) if one.total is not None else amount
        words += [lead, named, f" on {_count(len(one.invoices))}."]
    return tuple(words)


def _notices(view: InvoicesView, question: Question) -> tuple[Component, ...]:
    found = [_nothing(view)] if not view.invoices else []
    listed = {one.invoice_id for one in view.invoices}
    if any(ident not in listed for ident in question.filters.open):
        found.append(notice(NoticeKind.INFO, "The link names an invoice that this account does not have"))
    outside = sum(one.outside for one in view.invoices)
    if outside:
        text = "They are here because the address names them, and are in none of the sums."
        found.append(notice(NoticeKind.INFO, f"{_count(outside)} outside the range or status chosen", text))
    wrong = sum(view.line_sums[one.invoice_id].contradicts for one in view.invoices)
    if wrong:
        text = "Total and lines are shown as the billing service sent them, with the sum of the lines beside the total."
        found.append(notice(NoticeKind.INFO, f"{_count(wrong)} whose lines do not add up to the total", text))
    if any(one.type == CONSOLIDATED for one in view.invoices):
        text = "It repeats the lines of the invoices that it is made of, so it is listed and not added to the sums."
        found.append(notice(NoticeKind.INFO, "A consolidated invoice is among them", text))
    return tuple(found)


def _nothing(view: InvoicesView) -> Component:
    """Why the table is empty, and what to try."""
    if not view.elsewhere:
        return notice(NoticeKind.EMPTY, "No invoices", "This account has no invoice yet, not even a draft.")
    kind = "" if view.status is InvoiceStatus.ALL else f"{view.status.value} "
    text = f"The account has {_count(view.elsewhere)} in all. Try a longer range{' or another status' if kind else ''}."
    return notice(NoticeKind.EMPTY, f"No {kind}invoices in this range", text)


def _count(number: int) -> str:
    return f"{number} invoice{'' if number == 1 else 's'}"
