"""Groups over time: stacked bars, lines, or a running total, with a ceiling on how much a browser has to draw.

Trace names are the group values; each trace is one series of the table, in its order.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from enum import Enum
from itertools import accumulate, pairwise
from math import isfinite
from typing import Any

from components.figures import axes, hover
from components.names import plain
from components.theme import FIGURE_LAYOUT, PATTERNS, Figure, series_colours
from data.filters import ChartMode
from data.series import Number, Series, SeriesTable

MAX_MARKS = 2_000
MAX_PATHS = 200
OPEN_OPACITY = 0.45
BAR_GAP = 0.12

Point = tuple[datetime, float | None, str]


class Drawing(Enum):
    BARS = "bars"
    AREAS = "areas"
    LINES = "lines"


def stacked_bars(table: SeriesTable, *, unit: str, is_money: bool, mode: ChartMode = ChartMode.STACKED) -> Figure:
    """The figure of ``table``; ``unit`` is a currency label, a pricing unit's or a metric's name.

    A table that does not stack is drawn as lines with gaps, whatever the mode; a cumulative table comes in already
    added up. Bars where there are at most 2,000 marks in all, else filled steps, one path per series. At most 200
    series are drawn, the first of the table; fewer where lines with many gaps would come to more than 2,000 pieces.
    """
    shown = _begun(replace(table, series=table.series[:MAX_PATHS]), running=mode is ChartMode.CUMULATIVE)
    drawing = _drawing(shown, mode)
    shown = _in_few_pieces(shown) if drawing is Drawing.LINES else shown
    texts = hover.shared_out(shown, hover.window_texts(shown, unit=unit, is_money=is_money))
    traces = [
        {"name": plain(one.label)} | _DRAW[drawing](shown, one, colour, said)
        for one, colour, said in zip(shown.series, series_colours(shown.series), texts, strict=True)
    ]
    return {"data": traces, "layout": _layout(table, shown, unit, drawing)}


def _begun(table: SeriesTable, *, running: bool) -> SeriesTable:
    """``table`` without the windows behind the open one, as long as nothing stands in them: time that lies ahead."""
    first_open = axes.open_window(table)
    if first_open is None:
        return table
    end = len(table.starts)
    while end > first_open + 1 and all(_adds_nothing(one.values, end - 1, running) for one in table.series):
        end -= 1
    series = tuple(replace(one, values=one.values[:end]) for one in table.series)
    return replace(table, starts=table.starts[:end], ends=table.ends[:end], series=series)


def _adds_nothing(values: Sequence[Number | None], at: int, running: bool) -> bool:
    return not values[at] or (running and values[at] == values[at - 1])


def _drawing(table: SeriesTable, mode: ChartMode) -> Drawing:
    if mode is ChartMode.LINE or not table.stackable:
        return Drawing.LINES
    if mode is ChartMode.STACKED and _fits(table):
        return Drawing.BARS
    return Drawing.LINES if _has_both_signs(table) else Drawing.AREAS


def _fits(table: SeriesTable) -> bool:
    """Whether every value may be a mark of its own, beside one path per series and the bands over gaps."""
    return len(table.series) * (len(table.starts) + 1) + axes.MAX_BANDS <= MAX_MARKS


def _in_few_pieces(table: SeriesTable) -> SeriesTable:
    """The first series of ``table`` whose lines may all be drawn: a line is one path between any two gaps."""
    pieces = accumulate(_pieces(one.values) for one in table.series)
    count = sum(total + axes.MAX_BANDS <= MAX_MARKS for total in pieces)
    return replace(table, series=table.series[: max(1, count)])


def _pieces(values: Sequence[Number | None]) -> int:
    return sum(value is not None and before is None for before, value in pairwise((None, *values)))


def _has_both_signs(table: SeriesTable) -> bool:
    """Filled areas of both signs would cover each other; bars stack them apart, and lines do not stack."""
    values = [value for one in table.series for value in one.values if value]
    return bool(values) and min(values) < 0 < max(values)


def _bar(table: SeriesTable, one: Series, colour: str, said: Sequence[str]) -> dict[str, Any]:
    lengths = [axes.milliseconds(end - start) for start, end in zip(table.starts, table.ends, strict=True)]
    marker: dict[str, Any] = {"color": colour}
    first_open = axes.open_window(table)
    if first_open is not None:
        marker["opacity"] = [1.0 if at < first_open else OPEN_OPACITY for at in range(len(lengths))]
    if one.kind in PATTERNS:
        marker["pattern"] = {"shape": PATTERNS[one.kind], "fillmode": "overlay", "fgcolor": "#ffffff", "size": 6}
    return {
        "type": "bar",
        "x": [axes.stamp(start) for start in table.starts],
        "y": numbers(one.values),
        "offset": _one_or_each([length * BAR_GAP / 2 for length in lengths]),
        "width": _one_or_each([length * (1 - BAR_GAP) for length in lengths]),
        "marker": marker,
        **hover.speech(said),
    }


def _one_or_each(numbers: list[float]) -> float | list[float]:
    """One number where all bars share it; first and last weeks and months are often clipped."""
    return numbers[0] if len(set(numbers)) == 1 else numbers


def _area(table: SeriesTable, one: Series, colour: str, said: Sequence[str]) -> dict[str, Any]:
    """Steps, so that a value holds over its window as a bar does; the last one is closed at its window's end."""
    drawn = numbers(one.values)
    return {
        "type": "scatter",
        "mode": "lines",
        "stackgroup": "all",
        **axes.regular_or_listed([*table.starts, *table.ends[-1:]]),
        "y": [*drawn, *drawn[-1:]],
        "line": {"color": colour, "width": 0.5, "shape": "hv"},
        "fillcolor": colour,
        **hover.speech(said),
    }


def _line(table: SeriesTable, one: Series, colour: str, said: Sequence[str]) -> dict[str, Any]:
    """Markers while they are few; beyond that a lone value between gaps is drawn as long as its window."""
    fits = _fits(table)
    points = list(zip(table.starts, numbers(one.values), said, strict=True))
    if not fits:
        points = _stretched(points, table.ends)
    return {
        "type": "scatter",
        "mode": "lines+markers" if fits else "lines",
        "connectgaps": False,
        "line": {"color": colour, "width": 2},
        **axes.regular_or_listed([moment for moment, _, _ in points], listed=fits),
        "y": [value for _, value, _ in points],
        **({"marker": {"color": colour, "size": 5}} if fits else {}),
        **hover.speech([text for _, _, text in points]),
    }


def _stretched(points: Sequence[Point], ends: Sequence[datetime]) -> list[Point]:
    """``points`` with a second one at the end of the window of each value that has no neighbour to draw a line to."""
    values = [None, *(value for _, value, _ in points), None]
    stretched: list[Point] = []
    for at, (start, value, text) in enumerate(points):
        stretched.append((start, value, text))
        if value is not None and values[at] is None and values[at + 2] is None:
            stretched += [(ends[at], value, ""), (ends[at], None, "")]
    return stretched


_DRAW = {Drawing.BARS: _bar, Drawing.AREAS: _area, Drawing.LINES: _line}


def numbers(values: Sequence[Number | None]) -> list[float | None]:
    """Values as JSON numbers; what is missing, or no number at all, is a gap."""
    drawn = [None if value is None else float(value) for value in values]
    return [value if value is not None and isfinite(value) else None for value in drawn]


def _layout(table: SeriesTable, shown: SeriesTable, unit: str, drawing: Drawing) -> dict[str, Any]:
    is_bars = drawing is Drawing.BARS
    notes, bands = axes.so_far_notes(shown, band=not is_bars)
    gap_notes, gaps = axes.gap_notes(shown)
    return {
        **FIGURE_LAYOUT,
        "barmode": "relative",
        "xaxis": axes.time_axis(table.starts, table.ends, centred=is_bars),
        "yaxis": axes.value_axis(),
        "annotations": [axes.unit_note(unit), *notes, *gap_notes],
        "shapes": [*bands, *gaps],
    }
