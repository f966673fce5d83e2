"""What every balance held at the end of each day: stacked bars, the balance that is used first on top.

Solid where settled, hatched where drafts or the future decide. Beyond 2,000 marks filled steps, one or two paths each.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from components import dates
from components.figures import axes, hover
from components.figures.balance_steps import now_line, now_notes
from components.figures.burn_marks import event_marks, floor_marks, landing_marks
from components.figures.stacked_bars import MAX_MARKS, numbers
from components.format import amount
from components.names import plain
from components.theme import FIGURE_LAYOUT, Figure, colours_for
from data.analytics.burn_days_charts import BurnChart, BurnSeries, day_place
from data.analytics.windows import midnight
from data.series import Series, SeriesKind, SeriesTable

PENDING = "pending"
_DAY = timedelta(days=1)
_HATCH = {"shape": "/", "fgcolor": "#ffffff", "size": 6, "solidity": 0.35}

Mark = Callable[..., str]


def daily_burndown(chart: BurnChart, *, now: datetime, mark: Mark) -> Figure:
    """The figure of ``chart`` with a line at ``now``; ``mark`` gives the receipt id of a place."""
    names, table = series_names(chart), burn_table(chart)
    colours = colours_for(names)
    extras = [*event_marks(chart, mark), *landing_marks(chart, mark), *floor_marks(chart, mark)]
    drawn = sum(len(trace["x"]) for trace in extras) + len(chart.series) * chart.days.count + axes.MAX_BANDS
    trace = _bar if drawn <= MAX_MARKS else _areas
    texts = hover.shared_out(table, _day_texts(chart, names, colours))
    traces: list[dict[str, Any]] = []
    for at in reversed(range(len(chart.series))):
        one = chart.series[at]
        traces += [
            {"name": plain(names[at]), "legendgroup": f"series-{at}", "legendrank": at + 1, **part}
            for part in trace(chart, one, colours[names[at]], texts[at], mark)
        ]
    return {"data": [*traces, *extras], "layout": _layout(chart, table, now)}


def series_names(chart: BurnChart) -> tuple[str, ...]:
    """One name per series, as sent: segments of one name are told apart by their first day."""
    labels = Counter(one.tracks[0].account.label for one in chart.series if len(one.tracks) == 1)
    return tuple(_name(one, labels) for one in chart.series)


def _name(one: BurnSeries, labels: Counter[str]) -> str:
    if len(one.tracks) > 1:
        return f"Other ({len(one.tracks)})"
    track = one.tracks[0]
    starts = track.segment.starts_at if track.segment else None
    if labels[track.account.label] < 2 or starts is None:
        return track.account.label
    return f"{track.account.label}, from {dates.day(starts)}"


def burn_table(chart: BurnChart) -> SeriesTable:
    """The bars of ``chart`` as a table of windows, lowest in the stack first."""
    starts = tuple(midnight(day) for day in chart.dates)
    series = tuple(Series("", SeriesKind.VALUE, one.held, None) for one in chart.series)
    return SeriesTable(starts, tuple(start + _DAY for start in starts), series)


def is_pending(one: BurnSeries, chart: BurnChart, at: int) -> bool:
    return chart.dates[at] >= one.pending_from


def _bar(chart: BurnChart, one: BurnSeries, colour: str, said: Sequence[str], mark: Mark) -> list[dict[str, Any]]:
    shapes = ["/" if day >= one.pending_from else "" for day in chart.dates]
    marker: dict[str, Any] = {"color": colour, "line": {"width": 0}}
    if any(shapes):
        marker["pattern"] = _HATCH | {"shape": shapes, "fillmode": "overlay"}
    return [
        {
            "type": "bar",
            "x": [axes.stamp(midnight(day) + _DAY / 2) for day in chart.dates],
            "y": numbers(one.held),
            "width": axes.milliseconds(_DAY),
            "marker": marker,
            "customdata": _marks(chart, one, mark),
            **hover.heard(said),
        }
    ]


def _areas(chart: BurnChart, one: BurnSeries, colour: str, said: Sequence[str], mark: Mark) -> list[dict[str, Any]]:
    """The settled days as one path and the pending ones as another, each 0 where the other one stands."""
    split = sum(day < one.pending_from for day in chart.dates)
    parts = [(range(split), False), (range(split, len(chart.dates)), True)]
    drawn = [(days, pending) for days, pending in parts if len(days)]
    return [
        _area(chart, one, colour, days, said=said, mark=mark, pending=pending, alone=len(drawn) == 1 or not pending)
        for days, pending in drawn
    ]


def _area(
    chart: BurnChart, one: BurnSeries, colour: str, days: range, *, said: Sequence[str], mark: Mark, pending: bool,
    alone: bool,
) -> dict[str, Any]:  # fmt: skip
    held = [value if at in days else 0.0 for at, value in enumerate(numbers(one.held))]
    starts = [midnight(day) for day in chart.dates]
    return {
        "type": "scatter",
        "mode": "lines",
        "stackgroup": "all",
        "showlegend": alone,
        **axes.regular_or_listed([*starts, starts[-1] + _DAY]),
        "y": [*held, *held[-1:]],
        "line": {"color": colour, "width": 0.5, "shape": "hv"},
        "fillcolor": colour,
        **({"fillpattern": _HATCH | {"fillmode": "overlay"}} if pending else {}),
        "customdata": _marks(chart, one, mark),
        **hover.heard([text if at in days else "" for at, text in enumerate(said)]),
    }


def _marks(chart: BurnChart, one: BurnSeries, mark: Mark) -> list[str]:
    held = zip(chart.dates, one.held, strict=True)
    return ["" if value is None else mark(*day_place(chart, one, day)) for day, value in held]


def _day_texts(chart: BurnChart, names: Sequence[str], colours: dict[str, str]) -> list[str]:
    shown = [(one, plain(name, hover.NAME_LIMIT), colours[name]) for one, name in zip(chart.series, names, strict=True)]
    return [_day_text(chart, shown, at) for at in range(chart.days.count)]


def _day_text(chart: BurnChart, shown: Sequence[tuple[BurnSeries, str, str]], at: int) -> str:
    """The day, what was held in all, and of each balance what it held and what was drawn from it."""
    start = midnight(chart.dates[at])
    lines = [f"<b>{dates.window_title(start, start + _DAY)}</b>"]
    held = [value for one, _, _ in shown if (value := one.held[at]) is not None]
    if len(shown) > 1 and len(held) == len(shown):
        lines.append(f"Total <b>{_said(hover.add_up(held), chart)}</b>")
    for one, name, colour in shown:
        value = one.held[at]
        if value or one.draws[at]:
            told = hover.NO_DATA if value is None else f"<b>{_said(value, chart)}</b>"
            drawn = f" after {_said(one.draws[at], chart)} drawn" if one.draws[at] else ""
            state = f" · {PENDING}" if is_pending(one, chart, at) else ""
            lines.append(f'<span style="color:{colour}">■</span> {name}  {told}{drawn}{state}')
    return "<br>".join(lines)


def _said(value: Decimal | float, chart: BurnChart) -> str:
    return plain(amount(value, chart.currency, is_money=chart.is_money))


def _layout(chart: BurnChart, table: SeriesTable, now: datetime) -> dict[str, Any]:
    start, end = table.starts[0], table.ends[-1]
    notes, bands = axes.gap_notes(table)
    return {
        **FIGURE_LAYOUT,
        "barmode": "stack",
        "bargap": 0,
        "xaxis": axes.time_axis(table.starts, table.ends, centred=True),
        "yaxis": axes.value_axis(),
        "annotations": [axes.unit_note(chart.product or chart.currency), *now_notes(now, start, end), *notes],
        "shapes": [*bands, *now_line(now, start, end)],
    }
