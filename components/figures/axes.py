"""Axes and what is written on the plot itself: ticks in the page's own date words, "so far", "no data"."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

from components import dates
from components.figures.hover import NO_DATA, SO_FAR
from components.locales import MONTHS
from components.manner import manner
from components.names import plain
from components.theme import GREY
from data.series import SeriesTable

TICKS = 6
MAX_BANDS = 40
_DAY = timedelta(days=1)
_STEPS = (1, 2, 3, 4, 5, 6, 7, 8, 12, 14)
# The client formats value ticks: by the distance between two of them, never with an exponent or a milli sign.
_VALUE_TICKS = [
    {"dtickrange": [None, 0.009], "value": ".12~f"},
    {"dtickrange": [0.009, 0.9], "value": ",.2~f"},
    {"dtickrange": [0.9, 900], "value": ",d"},
    {"dtickrange": [900, None], "value": "~s"},
]


def stamp(moment: datetime) -> str:
    """A moment as Plotly reads it: UTC without an offset, the day alone at midnight."""
    return moment.strftime("%Y-%m-%d" if moment.time() == datetime.min.time() else "%Y-%m-%d %H:%M:%S")


def milliseconds(length: timedelta) -> int:
    return int(length.total_seconds() * 1000)


def regular_or_listed(moments: Sequence[datetime], *, listed: bool = False) -> dict[str, Any]:
    """The x part of a path: a start and a step where moments are evenly apart, else (or ``listed``) the list."""
    steps = {after - before for before, after in pairwise(moments)}
    if len(steps) == 1 and not listed:
        return {"x0": stamp(moments[0]), "dx": milliseconds(steps.pop())}
    return {"x": [stamp(moment) for moment in moments]}


def time_axis(starts: Sequence[datetime], ends: Sequence[datetime], *, centred: bool) -> dict[str, Any]:
    """The whole range whatever the data; ``centred`` puts labels under bars rather than at their left edge."""
    axis: dict[str, Any] = {"type": "date", "showgrid": False, "tickangle": 0, "automargin": True, "ticklen": 4}
    if not starts:
        return axis | {"visible": False}
    picked = _landmarks(starts, ends)
    places = [starts[at] + (ends[at] - starts[at]) / 2 if centred else starts[at] for at in picked]
    return axis | {
        "range": [stamp(starts[0]), stamp(ends[-1])],
        "tickmode": "array",
        "tickvals": [stamp(place) for place in places],
        "ticktext": _tick_texts([(starts[at], ends[at]) for at in picked]),
    }


def plain_time_axis(start: datetime, end: datetime) -> dict[str, Any]:
    """A time axis without windows; Plotly places its ticks."""
    return {
        "type": "date",
        "range": [stamp(start), stamp(end)],
        "showgrid": False,
        "automargin": True,
        "tickangle": 0,
        "nticks": TICKS,
        "tickformat": manner().locale.ticks,
        "ticklen": 4,
        "fixedrange": True,
    }


def value_axis() -> dict[str, Any]:
    """Zero is always on it and drawn; it never zooms."""
    return {
        "rangemode": "tozero",
        "fixedrange": True,
        "automargin": True,
        "nticks": 6,
        "zeroline": True,
        "zerolinewidth": 1,
        "tickformatstops": _VALUE_TICKS,
        "exponentformat": "none",
    }


def unit_note(unit: str) -> dict[str, Any]:
    """The unit above the value axis; ticks stay plain numbers, with a true minus."""
    return _note(plain(unit, 40), x=0, xref="paper", xanchor="left")


def so_far_notes(table: SeriesTable, *, band: bool) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """(annotations, shapes) for the window that is still open; the band is for charts that cannot fade one window."""
    at = open_window(table)
    if at is None:
        return [], []
    start, end = table.starts[at], table.ends[at]
    note = note_at(SO_FAR, start + (end - start) / 2)
    return [note], [_band(start, end)] if band else []


def gap_notes(table: SeriesTable) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """(annotations, shapes) over runs of windows in which no series has a value: a gap that says what it is."""
    spans = _gaps(table)[:MAX_BANDS]
    places = _apart([start + (end - start) / 2 for start, end in spans], table)
    return [note_at(NO_DATA, place) for place in places], [_band(start, end) for start, end in spans]


def _apart(places: Sequence[datetime], table: SeriesTable) -> list[datetime]:
    """The places that lie far enough from the unit at the left and from each other for words to stand there."""
    if not places:
        return []
    room = (table.ends[-1] - table.starts[0]) / 8
    kept = [table.starts[0]]
    for place in places:
        if place - kept[-1] >= room:
            kept.append(place)
    return kept[1:]


def note_at(text: str, moment: datetime, anchor: str = "center") -> dict[str, Any]:
    """A word above the plot at one moment, which stands at its ``anchor`` (left, center, right)."""
    return _note(text, x=stamp(moment), xref="x", xanchor=anchor)


def open_window(table: SeriesTable) -> int | None:
    """The index of the first window that is not finished yet."""
    if table.open_from is None:
        return None
    return next((at for at, start in enumerate(table.starts) if start >= table.open_from), None)


def _gaps(table: SeriesTable) -> list[tuple[datetime, datetime]]:
    spans: list[tuple[datetime, datetime]] = []
    for at in range(len(table.starts) if table.series else 0):
        if any(one.values[at] is not None for one in table.series):
            continue
        joined = bool(spans) and spans[-1][1] == table.starts[at]
        begin = spans.pop()[0] if joined else table.starts[at]
        spans.append((begin, table.ends[at]))
    return spans


def _landmarks(starts: Sequence[datetime], ends: Sequence[datetime]) -> Sequence[int]:
    """The windows that get a label: the first of each month or day where there are enough of those, else every nth."""
    for unit in ("month", "day"):
        firsts = [at for at in range(1, len(starts)) if getattr(starts[at], unit) != getattr(starts[at - 1], unit)]
        if len(firsts) > 2 and (unit == "month" or ends[0] - starts[0] < _DAY):
            return firsts[:: _step(len(firsts))]
    return range(0, len(starts), _step(len(starts)))


def _step(count: int) -> int:
    """The distance between labels so that at most six stand on the axis."""
    return next((step for step in _STEPS if count <= step * TICKS), -(-count // TICKS))


def _tick_texts(windows: Sequence[tuple[datetime, datetime]]) -> list[str]:
    texts = []
    shown = ""
    several_days = len({start.date() for start, _ in windows}) == len(windows)
    for start, end in windows:
        hours = end - start < _DAY and not several_days
        head, below = (dates.clock_time(start), dates.short_day(start)) if hours else _day_text(start, end)
        texts.append(head if below == shown else f"{head}<br>{below}")
        shown = below
    return texts


def _day_text(start: datetime, end: datetime) -> tuple[str, str]:
    whole_month = start.day == 1 and end - start > 8 * _DAY  # a clipped first month is told by its day
    return MONTHS[start.month - 1] if whole_month else dates.short_day(start), str(start.year)


def _note(text: str, **place: Any) -> dict[str, Any]:
    fixed = {"y": 1, "yref": "paper", "yanchor": "bottom", "yshift": 4, "showarrow": False, "font": {"size": 11}}
    return {"text": text, **fixed, **place}


def _band(start: datetime, end: datetime) -> dict[str, Any]:
    return {
        "type": "rect",
        "layer": "below",
        "x0": stamp(start),
        "x1": stamp(end),
        "y0": 0,
        "y1": 1,
        "yref": "paper",
        "fillcolor": GREY,
        "opacity": 0.13,
        "line": {"width": 0},
    }
