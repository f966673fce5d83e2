"""The spend panel."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from dash.development.base_component import Component

from components import ids
from components.drawn import HIDE_TABLE, SHOW_TABLE, Drawn, file_href, origin_footer, origin_notices, shown_filters
from components.figures.stacked_bars import stacked_bars
from components.figures.summary import Told, chart_summary
from components.format import money
from components.kpi import figure, told
from components.names import clean
from components.notices import EmptyReason, NoticeKind, empty_notice, notice
from components.panel import BLANK_FIGURE
from components.tables import series_table
from data.analytics.spend_series import VIEW_NAMES, SpendTotals
from data.filters import View
from data.lineage.value import Seal
from data.views.asking import Question
from data.views.spend import SpendView


def draw_spend(view: SpendView, question: Question) -> Drawn:
    opened = "spend" in question.filters.tables
    total, table, empty = view.total, view.table, view.table.is_empty
    shown = {"unit": view.currency, "is_money": bool(total and total.is_money)}
    what, key = VIEW_NAMES[view.view], clean(question.key_name(view.key), 40)
    return Drawn(
        figure=BLANK_FIGURE if empty else stacked_bars(table, seal=view.seal, **shown),
        notices=(*_notices(view), *origin_notices(view.provenance, question)),
        summary=_summary(view, None if empty else chart_summary(table, what=what, **shown)),
        table=series_table(table, caption=f"{what} by {key}", head=key, seal=view.seal, **shown)
        if opened and not empty else None,
        footer=origin_footer(view.provenance, question),
        toggle=HIDE_TABLE if opened else SHOW_TABLE,
        files={ids.part("spend", "csv"): _file(view, question)},
        options=_options(view, question),
        chosen={ids.SPEND_BY_SELECT: view.key, ids.CURRENCY_SELECT: view.currency, ids.VIEW_SELECT: view.view.value},
    )  # fmt: skip


def _summary(view: SpendView, sentence: Told | None) -> tuple[str | Component, ...]:
    """The chart's sentence, and the three figures that are never netted in silence."""
    parts = told(sentence, view.table, view.seal) if sentence else ()
    return (*parts, *([" "] if parts else []), *_equation(view.total, view.seal)) if view.total else parts


def _equation(total: SpendTotals, seal: Seal) -> list[str | Component]:
    def said(name: str, amount: Decimal) -> Component:
        return figure(money(amount, total.currency), seal.mark("total", name))

    parts: list[str | Component] = [
        "Before credits ", said("gross", total.gross), ", credits and commits applied ", said("credits", total.credits),
        ", after credits ", said("after_credits", total.after_credits), ".",
    ]  # fmt: skip
    if total.other:
        parts += [" Other invoice lines (fees, purchases, conversions): ", said("other", total.other), "."]
    if total.unbillable:
        parts += [" Not billed: ", said("unbillable", total.unbillable), "."]
    if total.postpaid:
        parts += [" Counted toward a postpaid commit: ", said("postpaid", -total.postpaid), "."]
    return parts


def _notices(view: SpendView) -> tuple[Component, ...]:
    said = [notice(NoticeKind.INFO, text) for text in view.notices]
    if view.table.is_empty and not view.provenance.missing:
        said.append(_nothing(view))
    if view.view is not View.GROSS and "allocated" in set(view.spend["basis"]):
        text = "Some credits name no group; they are spread over the usage that they paid for, in proportion."
        said.append(notice(NoticeKind.INFO, "Allocated", text))
    return tuple(said)


def _nothing(view: SpendView) -> Component:
    """Why the chart is empty: a currency may have lines of another kind, which are in no view."""
    total = view.total
    if total and view.view is View.CREDITS:
        return empty_notice(EmptyReason.NO_CREDITS)
    if total and total.other and not total.gross:
        text = "Other invoice lines (fees, purchases, conversions) are not drawn; the sentence below names their sum."
        return notice(NoticeKind.INFO, f"No usage in {clean(total.currency, 40)} in this range", text)
    return empty_notice(EmptyReason.NO_SPEND)


def _options(view: SpendView, question: Question) -> dict[str, list[dict[str, object]]]:
    return {
        ids.SPEND_BY_SELECT: [{"value": key, "label": clean(question.key_name(key), 40)} for key in view.keys],
        ids.CURRENCY_SELECT: [{"value": one, "label": clean(one, 40)} for one in view.currencies]
        or [{"value": "", "label": "–"}],
    }


def _file(view: SpendView, question: Question) -> str:
    filters = shown_filters(question.filters, view.choice)
    shown = replace(filters, spend_by=view.key, metric=None, group=None, currency=None)
    return file_href(question, "spend.csv", shown)
