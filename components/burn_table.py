"""The daily burndown as rows, the newest day first; and the order in which balances are used."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from decimal import Decimal

from dash import html

from components import dates
from components.figures.burn_marks import Part, all_landings, event_parts, landing_parts
from components.figures.daily_burndown import PENDING, is_pending, series_names
from components.format import DASH, amount, money
from components.grid import Cell, Group, Head, Row, cell, grid, note
from components.names import clean
from components.use_words import reason
from data.analytics.burn_days_charts import BurnChart, BurnSeries, day_place, held_place
from data.analytics.use_order import Queue, Turn
from data.money import exact_sum

Mark = Callable[..., str]

MAX_CELLS = 4_000
NAME_LIMIT = 40
ORDER_HEADS = (
    Head("Used next", "col-name"),
    Head("Left now", "num strong"),
    Head("Last day"),
    Head("Why before the one below"),
)


def burn_days_table(chart: BurnChart, mark: Mark) -> html.Div:
    """One row per day with what each series held, all of them together, and what happened; at most 4,000 cells."""
    names = series_names(chart)
    heads = [
        Head("Day", "col-name"),
        *([Head("All", "num strong")] if len(names) > 1 else []),
        *(Head(clean(name, NAME_LIMIT), "num") for name in names),
        Head("What happened"),
    ]
    happened = _happened(chart, mark)
    kept = min(chart.days.count, max(1, MAX_CELLS // len(heads)))
    shown = list(reversed(range(chart.days.count)))[:kept]
    rows = [_day_row(chart, at, happened.get(chart.dates[at], []), mark) for at in shown]
    cut = [note(f"The last {kept} of {chart.days.count} days are listed.")] if kept < chart.days.count else []
    caption = f"What each balance held at the end of each day, {clean(chart.product or chart.currency, 40)}"
    return html.Div([grid(caption=caption, kind="burn-table", heads=heads, groups=[Group(rows)]), *cut])


def _day_row(chart: BurnChart, at: int, happened: Sequence[list[Cell]], mark: Mark) -> Row:
    held = [one.held[at] for one in chart.series]
    known = [value for value in held if value is not None]
    total = exact_sum(known) if len(known) == len(held) else None
    pending = any(is_pending(one, chart, at) for one in chart.series)
    day = chart.dates[at]
    return Row(
        [
            cell(dates.weekday_day(day), chip=(PENDING.capitalize(), "chip-info") if pending else None),
            *([_held(total, chart, mark(*held_place(chart, day)))] if len(held) > 1 else []),
            *(_held(one.held[at], chart, mark(*day_place(chart, one, day)), one, at) for one in chart.series),
            cell("", below=list(happened)) if happened else "",
        ]
    )


def _held(value: Decimal | None, chart: BurnChart, receipt: str, one: BurnSeries | None = None, at: int = 0) -> Cell:
    if value is None:
        return DASH
    warning = "Below zero, shown as 0" if one is not None and one.is_floored(at) else ""
    return cell(amount(value, chart.currency, is_money=chart.is_money), receipt=receipt, warning=warning)


def _happened(chart: BurnChart, mark: Mark) -> dict[date, list[list[Cell]]]:
    """Events and landings by day, as sentences."""
    found: dict[date, list[list[Cell]]] = {}
    for one in chart.series:
        for track, event in one.events:
            found.setdefault(event.at.date(), []).append(_sentence(event_parts(track, event, chart), mark))
    for track, landing in all_landings(chart):
        if chart.days.first <= landing.day <= chart.days.last:
            parts = ["Invoice end: ", *landing_parts(track, landing, chart)]
            found.setdefault(landing.day, []).append(_sentence(parts, mark))
    return found


def _sentence(parts: Sequence[Part], mark: Mark) -> list[Cell]:
    return [one if isinstance(one, str) else cell(one[0], receipt=mark(*one[1])) for one in parts]


def use_order_table(queue: Queue, mark: Mark) -> html.Div:
    """The balances of one unit that are open now and hold something, in the order in which they are used."""
    rows = [_turn_row(turn, queue, mark) for turn in queue.turns]
    return grid(
        caption=f"Order of use, {clean(queue.product or queue.currency, 40)}",
        kind="order-table",
        heads=ORDER_HEADS,
        groups=[Group(rows)],
    )


def _turn_row(turn: Turn, queue: Queue, mark: Mark) -> Row:
    told = reason(turn)
    return Row(
        [
            clean(turn.account.label, 60),
            cell(
                money(turn.lot.left, queue.currency), receipt=mark("lot", turn.account.balance_id, turn.lot.segment_id)
            ),
            dates.day(dates.last_day(turn.lot.ends_at)) if turn.lot.ends_at else "No end",
            told[:1].upper() + told[1:] if told else DASH,
        ]
    )
