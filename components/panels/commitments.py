"""The commitments panel: the burndown table, and under it what remained over time."""

from __future__ import annotations

from dash.development.base_component import Component

from components import ids
from components.commitments_table import Opening, commitments_table
from components.drawn import HIDE_TABLE, SHOW_TABLE, Drawn, file_href, origin_footer, origin_notices
from components.figures.balance_steps import balance_steps
from components.format import money
from components.kpi import figure
from components.names import clean
from components.notices import EmptyReason, NoticeKind, empty_notice, notice
from components.panel import BLANK_FIGURE
from components.steps_table import steps_table
from data.analytics.balance_steps import BalanceChart
from data.analytics.balance_totals import BalanceTotal
from data.analytics.commitments import Side
from data.filters import Filters
from data.views.asking import Question
from data.views.commitments import CommitmentsView

SIDES = {Side.PREPAID: "prepaid value", Side.POSTPAID: "postpaid obligation", Side.OTHER: "other balances"}


def draw_commitments(view: CommitmentsView, question: Question) -> Drawn:
    chart = chosen_chart(view, question)
    opened = "burndown" in question.filters.tables
    return Drawn(
        figure=balance_steps(chart, now=question.now, start=view.start, end=view.end, mark=view.seal.mark)
        if chart else BLANK_FIGURE,
        notices=(*_notices(view, chart), *origin_notices(view.provenance, question)),
        summary=_summary(view),
        main=_table(view) if len(view.burn.table) else None,
        table=steps_table(chart, view.seal.mark) if chart and opened else None,
        footer=origin_footer(view.provenance, question),
        toggle=HIDE_TABLE if opened else SHOW_TABLE,
        files={
            ids.part("burndown", "csv"): file_href(question, "commitments.csv", Filters()),
            ids.part("ledger", "csv"): file_href(question, "ledger.csv", Filters()),
        },
    )  # fmt: skip


def chosen_chart(view: CommitmentsView, question: Question) -> BalanceChart | None:
    """Of the chosen currency if it has balances; one that holds something now or ahead before one that does not; among
    equals the first, which is money and prepaid value."""

    def rank(chart: BalanceChart) -> tuple[bool, bool]:
        return chart.currency != question.filters.currency, not chart.holds(question.now)

    return min(view.charts, key=rank, default=None)


def _table(view: CommitmentsView) -> Component:
    opening = Opening(mark=view.seal.mark)
    return commitments_table(view.burn, view.totals, ident=ids.COMMITMENTS_TABLE, opening=opening)


def _summary(view: CommitmentsView) -> tuple[str | Component, ...]:
    """What is left, per unit and side; never added up."""
    return tuple(part for total in view.totals for part in _total_words(total, view))


def _total_words(total: BalanceTotal, view: CommitmentsView) -> list[str | Component]:
    left, granted = (_said(total, name, view) for name in ("remaining", "granted"))
    return [left, f" {SIDES[total.side]} left of ", granted, " granted. "]


def _said(total: BalanceTotal, name: str, view: CommitmentsView) -> str | Component:
    known, place = getattr(total, name), ("total", total.currency, total.product, total.side.value, name)
    text = money(known, total.currency)
    return text if known is None else figure(text, view.seal.mark(*place))


def _notices(view: CommitmentsView, chart: BalanceChart | None) -> tuple[Component, ...]:
    if not len(view.burn.table):
        return (empty_notice(EmptyReason.NO_PREPAID),)
    others = [_kind_of(one) for one in view.charts if one is not chart]
    if not others or chart is None:
        return ()
    text = f"The chart shows {_kind_of(chart)}. In the table only: {', '.join(others)}."
    return (notice(NoticeKind.INFO, "More balances", text),)


def _kind_of(chart: BalanceChart) -> str:
    return f"{clean(chart.currency, 40)} ({SIDES[chart.side]})"
