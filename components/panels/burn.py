"""The daily burndown panel: who is used next and why, the chart, and its days as rows."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from itertools import pairwise

from dash import html
from dash.development.base_component import Component

from components import dates, ids
from components.burn_table import burn_days_table, use_order_table
from components.drawn import HIDE_TABLE, SHOW_TABLE, Drawn, origin_footer, origin_notices
from components.figures.burn_marks import all_landings, landing_parts
from components.figures.daily_burndown import daily_burndown
from components.format import count, money
from components.kpi import figure
from components.names import clean
from components.notices import EmptyReason, NoticeKind, empty_notice, notice
from components.panel import BLANK_FIGURE
from components.use_words import why
from data.analytics.burn_days_charts import BurnChart, held_place
from data.analytics.burn_days_values import Landing, Track
from data.analytics.commitments import Side
from data.analytics.use_order import Queue
from data.money import exact_sum
from data.views.asking import Question
from data.views.balances import BurnView

SIDES = {Side.PREPAID: "prepaid value", Side.POSTPAID: "postpaid obligations", Side.OTHER: "other balances"}
LISTED = 3
Said = tuple[str | Component, ...]


def draw_burn(view: BurnView, question: Question) -> Drawn:
    chart, opened = view.chart, "burn" in question.filters.tables
    mark = view.seal.mark
    return Drawn(
        figure=daily_burndown(chart, now=question.now, mark=mark) if chart else BLANK_FIGURE,
        notices=(*_notices(view, question.now.date()), *origin_notices(view.provenance, question)),
        summary=_summary(view, question) if chart else "",
        main=use_order_table(view.queue, mark) if view.queue and len(view.queue.turns) > 1 else None,
        table=burn_days_table(chart, mark) if chart and opened else None,
        footer=origin_footer(view.provenance, question),
        toggle=HIDE_TABLE if opened else SHOW_TABLE,
        options={ids.BURN_UNIT_SELECT: _options(view)},
        chosen={ids.BURN_UNIT_SELECT: chart.key if chart else ""},
    )


def _options(view: BurnView) -> list[dict[str, object]]:
    return [{"value": one.key, "label": _kind_of(one)} for one in view.charts] or [{"value": "", "label": "–"}]


def _kind_of(chart: BurnChart) -> str:
    return f"{clean(chart.product or chart.currency, 40)}: {SIDES[chart.side]}"


def _what(chart: BurnChart) -> str:
    """``of prepaid value``; units that are not money say what they count."""
    return f"{clean(chart.product, 40)} of {SIDES[chart.side]}" if chart.product else f"of {SIDES[chart.side]}"


def _summary(view: BurnView, question: Question) -> Said:
    """What is held at the end of the last day that has begun, and which balance is used next."""
    chart = view.chart
    if chart is None:
        return ()
    at = min((question.now.date() - chart.days.first).days, chart.days.count - 1)
    held = [one.held[at] for one in chart.series] if at >= 0 else [None]
    known = [one for one in held if one is not None]
    if len(known) < len(held):
        return tuple(_next_words(view.queue, view))
    day = chart.dates[at]
    total = figure(money(exact_sum(known), chart.currency), view.seal.mark(*held_place(chart, day)))
    when = "now" if day == question.now.date() else f"at the end of {dates.day(day)}"
    stands = "still owed" if chart.side is Side.POSTPAID else "held"
    return (total, f" {_what(chart)} {stands} {when}. ", *_next_words(view.queue, view))


def _next_words(queue: Queue | None, view: BurnView) -> Iterator[str | Component]:
    if queue is None or not queue.turns:
        yield "Nothing is left to use."
        return
    first = queue.turns[0]
    left = money(first.lot.left, queue.currency)
    yield f"Used next: {clean(first.account.label, 60)}, "
    yield figure(left, view.seal.mark("lot", first.account.balance_id, first.lot.segment_id))
    yield " left."
    yield from (f" {why(*pair)}" for pair in list(pairwise(queue.turns))[:1])


def _notices(view: BurnView, today: date) -> list[Component]:
    if view.chart is None:
        return [*_said(view), _nothing(view)]
    found = [pair for pair in all_landings(view.chart) if pair[1].is_off]
    unknown = [(track, one) for track, one in all_landings(view.chart) if one.unknown_from is not None]
    settled = [pair for pair in found if not pair[1].pending]
    drafts = [pair for pair in found if pair[1].pending]
    return [
        *_said(view),
        *_landing_notice(view, settled, "The daily draws differ from the ledger",
                         "From the end of the invoice on, the chart goes on from the ledger's figure."),
        *_landing_notice(view, drafts, "A draft still moves",
                         "The ledger and the daily draws of a draft may be minutes apart."),
        *_landing_notice(view, unknown, "Not known by day",
                         "Days of these invoices are missing, so they are one step at their end."),
        *_without_ledger(view.chart, today),
        *_unplaced(view),
    ]  # fmt: skip


def _said(view: BurnView) -> list[Component]:
    return [notice(NoticeKind.INFO, one) for one in view.notices]


def _nothing(view: BurnView) -> html.Div:
    if not view.has_balances:
        return empty_notice(EmptyReason.NO_PREPAID)
    return notice(NoticeKind.EMPTY, "Nothing to burn down in this range", "No balance held anything on these days.")


def _landing_notice(
    view: BurnView, found: list[tuple[Track, Landing]], title: str, consequence: str
) -> list[Component]:
    if not found or view.chart is None:
        return []
    words: list[str | Component] = []
    for track, one in found[:LISTED]:
        parts = landing_parts(track, one, view.chart)
        said = [part if isinstance(part, str) else figure(part[0], view.seal.mark(*part[1])) for part in parts]
        words += [*(["; "] if words else []), f"{dates.day(one.day)}: ", *said]
    more = f"; and {len(found) - LISTED} more" if len(found) > LISTED else ""
    return [notice(NoticeKind.PARTIAL, title, [*words, f"{more}. {consequence}"])]


def _without_ledger(chart: BurnChart, today: date) -> list[Component]:
    names = sorted({clean(one.account.label, 60) for one in chart.tracks if one.stated is not None})
    if not names:
        return []
    text = f"Drawn from {dates.day(today)} on, by what the balance says: {', '.join(names[:LISTED])}."
    return [notice(NoticeKind.PARTIAL, "No ledger was sent", text)]


def _unplaced(view: BurnView) -> list[Component]:
    if not view.burn.unplaced:
        return []
    unplaced = count(len(view.burn.unplaced))
    text = f"{unplaced} deductions name a balance that this account does not list; they are not drawn."
    return [notice(NoticeKind.PARTIAL, "Deductions of other balances", text)]
