"""What is left of each balance over time: steps, solid where settled, dashed where drafts or the future decide."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, NamedTuple

from components import dates
from components.figures import axes
from components.figures.stacked_bars import MAX_PATHS
from components.format import amount
from components.names import plain
from components.theme import FIGURE_LAYOUT, GREY, Figure, colours_for
from data.analytics.balance_steps import BalanceChart, BalanceSteps, step_place

MAX_FILLED = 4
PENDING = "pending"
_FILL_SHARE = "24"  # two hex digits of alpha, 14 %

Mark = Callable[..., str]


class _Point(NamedTuple):
    """A value from ``moment`` on; ``text`` is what the pointer is told there, ``receipt`` what a click opens."""

    moment: datetime
    value: Decimal
    text: str = ""
    receipt: str = ""


def balance_steps(chart: BalanceChart, *, now: datetime, start: datetime, end: datetime, mark: Mark) -> Figure:
    """The figure of ``chart`` from ``start`` to ``end``, with a line at ``now``; at most 200 balances.

    A balance keeps its last value until ``end``. Labels are the trace names; the part that is pending repeats the name
    of its balance and stays out of the legend. ``mark`` gives the receipt id of a place.
    """
    shown = [one for one in chart.steps[: MAX_PATHS // 2] if one.times]
    colours = colours_for(one.label for one in shown)
    traces = [
        trace
        for one in shown
        for trace in _traces(one, _points(chart, one, mark), colours[one.label], end, filled=len(shown) <= MAX_FILLED)
    ]
    layout = {
        **FIGURE_LAYOUT,
        "hoverdistance": -1,
        "xaxis": axes.plain_time_axis(start, end),
        "yaxis": axes.value_axis(),
        "annotations": [axes.unit_note(chart.currency), *now_notes(now, start, end)],
        "shapes": now_line(now, start, end),
    }
    return {"data": traces, "layout": layout}


def _points(chart: BalanceChart, one: BalanceSteps, mark: Mark) -> list[_Point]:
    return [
        _Point(moment, value, _text(chart, one, at), mark(*step_place(chart, one, at)))
        for at, (moment, value) in enumerate(zip(one.times, one.remaining, strict=True))
    ]


def _traces(
    one: BalanceSteps, points: Sequence[_Point], colour: str, end: datetime, *, filled: bool
) -> list[dict[str, Any]]:
    """The settled part, then the pending part, which begins where the settled one stops and at its height."""
    split = len(points) if one.pending_from is None else sum(point.moment < one.pending_from for point in points)
    held_until = end if split == len(points) else points[split].moment
    settled, pending = points[:split], points[split:]
    parts = []
    if settled:
        last = settled[-1]
        parts.append(([*settled, _Point(max(held_until, last.moment), last.value)], False))
    if pending:
        lead = [_Point(pending[0].moment, settled[-1].value)] if settled else []
        last = pending[-1]
        parts.append(([*lead, *pending, _Point(max(end, last.moment), last.value)], True))
    return [
        _trace(one.label, colour, part, dashed=dashed, alone=len(parts) == 1, filled=filled) for part, dashed in parts
    ]


def _trace(
    label: str, colour: str, points: Sequence[_Point], *, dashed: bool, alone: bool, filled: bool
) -> dict[str, Any]:
    return {
        "type": "scatter",
        "mode": "lines",
        "name": plain(label),
        "legendgroup": plain(label),
        "showlegend": alone or not dashed,
        "x": [axes.stamp(one.moment) for one in points],
        "y": [float(one.value) for one in points],
        "line": {"color": colour, "width": 2, "shape": "hv", "dash": "dot" if dashed else "solid"},
        "hoverinfo": "text",
        "hovertext": [one.text for one in points],
        "customdata": [one.receipt for one in points],
        **({"fill": "tozeroy", "fillcolor": colour + (_FILL_SHARE if not dashed else "12")} if filled else {}),
    }


def _text(chart: BalanceChart, one: BalanceSteps, at: int) -> str:
    moment = one.times[at]
    pending = f" · {PENDING}" if one.pending_from is not None and moment >= one.pending_from else ""
    left = plain(amount(one.remaining[at], chart.currency, is_money=chart.is_money))
    return f"<b>{plain(one.label)}</b><br>{left} left from {dates.instant(moment)}{pending}"


def now_line(now: datetime, start: datetime, end: datetime) -> list[dict[str, Any]]:
    if not start <= now <= end:
        return []
    at = axes.stamp(now)
    line = {"color": GREY, "width": 1, "dash": "dash"}
    return [{"type": "line", "x0": at, "x1": at, "y0": 0, "y1": 1, "yref": "paper", "line": line}]


def now_notes(now: datetime, start: datetime, end: datetime) -> list[dict[str, Any]]:
    """The word over the line; beside it where the edge of the chart would cut it."""
    if not start <= now <= end:
        return []
    at_edge = end - now < (end - start) / 25
    return [axes.note_at("now", now, "right" if at_edge else "center")]
