"""What is left of each balance over time: steps, solid where settled, dashed where drafts or the future decide."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from components import dates
from components.figures import axes
from components.figures.stacked_bars import MAX_PATHS
from components.format import amount
from components.names import plain
from components.theme import FIGURE_LAYOUT, GREY, Figure, colours_for
from data.series import BalanceSteps

MAX_FILLED = 4
PENDING = "pending"
_FILL_SHARE = "24"  # two hex digits of alpha, 14 %


def balance_steps(
    balances: Sequence[BalanceSteps], *, unit: str, is_money: bool, now: datetime, start: datetime, end: datetime
) -> Figure:
    """The figure of balances of one unit from ``start`` to ``end``, with a line at ``now``; at most 200 balances.

    A balance keeps its last value until ``end``. Labels are the trace names; the part that is pending repeats the name
    of its balance and stays out of the legend.
    """
    shown = [one for one in balances[: MAX_PATHS // 2] if one.times]
    colours = colours_for(one.label for one in shown)
    traces = [
        trace
        for one in shown
        for trace in _traces(one, colours[one.label], unit, is_money=is_money, end=end, filled=len(shown) <= MAX_FILLED)
    ]
    layout = {
        **FIGURE_LAYOUT,
        "hoverdistance": -1,
        "xaxis": axes.plain_time_axis(start, end),
        "yaxis": axes.value_axis(),
        "annotations": [axes.unit_note(unit), *now_notes(now, start, end)],
        "shapes": now_line(now, start, end),
    }
    return {"data": traces, "layout": layout}


def _traces(
    one: BalanceSteps, colour: str, unit: str, *, is_money: bool, end: datetime, filled: bool
) -> list[dict[str, Any]]:
    """The settled part, then the pending part, which begins where the settled one stops and at its height."""
    points = list(zip(one.times, one.remaining, strict=True))
    texts = [_text(one, at, unit, is_money=is_money) for at in range(len(points))]
    split = len(points) if one.pending_from is None else sum(moment < one.pending_from for moment, _ in points)
    held_until = end if split == len(points) else points[split][0]
    settled, pending = points[:split], points[split:]
    parts = []
    if settled:
        closed = [*settled, (max(held_until, settled[-1][0]), settled[-1][1])]
        parts.append((closed, [*texts[:split], ""], False))
    if pending:
        opened = [(pending[0][0], settled[-1][1]), *pending] if settled else pending
        lead = [""] if settled else []
        closed = [*opened, (max(end, pending[-1][0]), pending[-1][1])]
        parts.append((closed, [*lead, *texts[split:], ""], True))
    return [_trace(one.label, colour, part, said, dashed=dashed, alone=len(parts) == 1, filled=filled)
            for part, said, dashed in parts]  # fmt: skip


def _trace(
    label: str, colour: str, points: Sequence[tuple[datetime, Any]], texts: Sequence[str], *, dashed: bool, alone: bool,
    filled: bool,
) -> dict[str, Any]:  # fmt: skip
    return {
        "type": "scatter",
        "mode": "lines",
        "name": plain(label),
        "legendgroup": plain(label),
        "showlegend": alone or not dashed,
        "x": [axes.stamp(moment) for moment, _ in points],
        "y": [float(value) for _, value in points],
        "line": {"color": colour, "width": 2, "shape": "hv", "dash": "dot" if dashed else "solid"},
        "hoverinfo": "text",
        "hovertext": list(texts),
        **({"fill": "tozeroy", "fillcolor": colour + (_FILL_SHARE if not dashed else "12")} if filled else {}),
    }


def _text(one: BalanceSteps, at: int, unit: str, *, is_money: bool) -> str:
    moment = one.times[at]
    pending = f" · {PENDING}" if one.pending_from is not None and moment >= one.pending_from else ""
    left = plain(amount(one.remaining[at], unit, is_money=is_money))
    return f"<b>{plain(one.label)}</b><br>{left} left from {dates.instant(moment)}{pending}"


def now_line(now: datetime, start: datetime, end: datetime) -> list[dict[str, Any]]:
    if not start <= now <= end:
        return []
    at = axes.stamp(now)
    line = {"color": GREY, "width": 1, "dash": "dash"}
    return [{"type": "line", "x0": at, "x1": at, "y0": 0, "y1": 1, "yref": "paper", "line": line}]


def now_notes(now: datetime, start: datetime, end: datetime) -> list[dict[str, Any]]:
    return [axes.note_at("now", now)] if start <= now <= end else []
