"""Groups over time: stacked bars, lines, or a running total, with a ceiling on how much a browser has to draw.

Trace names are the group values; each trace is one series of the table, in its order.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from enum import Enum
from functools import partial
from itertools import accumulate, pairwise
from math import isfinite
from typing import Any, NamedTuple

from components.figures import axes, hover
from components.names import plain
from components.theme import FIGURE_LAYOUT, PATTERNS, Figure, series_colours
from data.filters import ChartMode
from data.lineage.value import Seal, SeriesMarks, series_marks
from data.series import Number, SeriesKind, SeriesTable

MAX_MARKS = 2_000
MAX_PATHS = 200
OPEN_OPACITY = 0.45
BAR_GAP = 0.12


class Point(NamedTuple):
    """A value from ``start`` on; ``text`` is what the pointer is told there, ``receipt`` what a click opens."""

    start: datetime
    value: float | None
    text: str = ""
    receipt: str = ""


class Drawing(Enum):
    BARS = "bars"
    AREAS = "areas"
    LINES = "lines"


def stacked_bars(
    table: SeriesTable, *, unit: str, is_money: bool, seal: Seal, mode: ChartMode = ChartMode.STACKED
) -> Figure:
    """The figure of ``table``; ``unit`` is a currency label, a pricing unit's or a metric's name.

    A table that does not stack is drawn as lines with gaps, whatever the mode; a cumulative table comes in already
    added up. Bars where there are at most 2,000 marks in all, else filled steps, one path per series. At most 200
    series are drawn, the first of the table; fewer where lines with many gaps would come to more than 2,000 pieces.
    Each point carries the id of its receipt where every value has a mark of its own, else each window that of its
    total.
    """
    marks = series_marks(seal, table)
    shown = _begun(replace(table, series=table.series[:MAX_PATHS]), running=mode is ChartMode.CUMULATIVE)
    drawing = _drawing(shown, mode)
    shown = _in_few_pieces(shown) if drawing is Drawing.LINES else shown
    texts = hover.shared_out(shown, hover.window_texts(shown, unit=unit, is_money=is_money))
    traces = [
        {"name": plain(one.label)} | _trace(shown, drawing, one.kind, colour, _points(shown, at, said, marks))
        for at, (one, colour, said) in enumerate(zip(shown.series, series_colours(shown.series), texts, strict=True))
    ]
    return {"data": traces, "layout": _layout(table, shown, unit, drawing)}


def _trace(
    table: SeriesTable, drawing: Drawing, kind: SeriesKind, colour: str, points: Sequence[Point]
) -> dict[str, Any]:
    trace = _DRAW[drawing](table, colour, points)
    if drawing is Drawing.BARS and kind in PATTERNS:
        trace["marker"]["pattern"] = {"shape": PATTERNS[kind], "fillmode": "overlay", "fgcolor": "#ffffff", "size": 6}
    return trace


def _points(table: SeriesTable, series: int, texts: Sequence[str], marks: SeriesMarks) -> list[Point]:
    one, fits = table.series[series], _fits(table)
    mark = partial(marks.cell, series) if fits or not table.stackable else marks.window
    columns = enumerate(zip(table.starts, numbers(one.values), texts, strict=True))
    return [
        Point(start, value, text, mark(at) if value is not None and (fits or text) else "")
        for at, (start, value, text) in columns
    ]


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


def _bar(table: SeriesTable, colour: str, points: Sequence[Point]) -> dict[str, Any]:
    """Around the middle of each window: Plotly takes the pointer to be at the bar whose own place is nearest."""
    lengths = [axes.milliseconds(end - start) for start, end in zip(table.starts, table.ends, strict=True)]
    marker: dict[str, Any] = {"color": colour}
    first_open = axes.open_window(table)
    if first_open is not None:
        marker["opacity"] = [1.0 if at < first_open else OPEN_OPACITY for at in range(len(lengths))]
    return {
        "type": "bar",
        "x": [axes.stamp(start + (end - start) / 2) for start, end in zip(table.starts, table.ends, strict=True)],
        "y": [one.value for one in points],
        "width": _one_or_each([length * (1 - BAR_GAP) for length in lengths]),
        "marker": marker,
        **_speech(points),
    }


def _one_or_each(numbers: list[float]) -> float | list[float]:
    """One number where all bars share it; first and last weeks and months are often clipped."""
    return numbers[0] if len(set(numbers)) == 1 else numbers


def _area(table: SeriesTable, colour: str, points: Sequence[Point]) -> dict[str, Any]:
    """Steps, so that a value holds over its window as a bar does; the last one is closed at its window's end."""
    drawn = [one.value for one in points]
    return {
        "type": "scatter",
        "mode": "lines",
        "stackgroup": "all",
        **axes.regular_or_listed([*table.starts, *table.ends[-1:]]),
        "y": [*drawn, *drawn[-1:]],
        "line": {"color": colour, "width": 0.5, "shape": "hv"},
        "fillcolor": colour,
        **_speech(points),
    }


def _line(table: SeriesTable, colour: str, points: Sequence[Point]) -> dict[str, Any]:
    """Markers while they are few; beyond that a lone value between gaps is drawn as long as its window."""
    fits = _fits(table)
    if not fits:
        points = _stretched(points, table.ends)
    return {
        "type": "scatter",
        "mode": "lines+markers" if fits else "lines",
        "connectgaps": False,
        "line": {"color": colour, "width": 2},
        **axes.regular_or_listed([one.start for one in points], listed=fits),
        "y": [one.value for one in points],
        **({"marker": {"color": colour, "size": 5}} if fits else {}),
        **_speech(points),
    }


def _stretched(points: Sequence[Point], ends: Sequence[datetime]) -> list[Point]:
    """``points`` with a second one at the end of the window of each value that has no neighbour to draw a line to."""
    values = [None, *(one.value for one in points), None]
    stretched: list[Point] = []
    for at, one in enumerate(points):
        stretched.append(one)
        if one.value is not None and values[at] is None and values[at + 2] is None:
            stretched += [Point(ends[at], one.value), Point(ends[at], None)]
    return stretched


def _speech(points: Sequence[Point]) -> dict[str, object]:
    """The hover part of a trace, and what a click on it opens."""
    texts = [one.text for one in points]
    if not any(one.receipt for one in points):
        return hover.speech(texts)
    return {**hover.heard(texts), "customdata": [one.receipt for one in points]}


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
