"""The text that appears over a window of a chart: when, the total first, then groups by size.

One trace per window carries the whole text and the others stay silent, so the reader gets one box in a fixed order and
no trace has to be added that is not a group.
"""

from __future__ import annotations

from collections.abc import Sequence

from components import dates
from components.format import DASH, amount, share
from components.names import plain
from components.theme import series_colours
from data.money import exact_sum
from data.series import Number, Series, SeriesKind, SeriesTable

LISTED = 10
NAME_LIMIT = 36
SO_FAR = "so far"
NO_DATA = "no data"
_LEFT_TO_RIGHT = "\u200e"  # after a right-to-left name, so that the amount stays behind it


def label_of(series: Series, other_count: int) -> str:
    """The series' name as people read it; "Other" says how many groups it holds."""
    return f"{series.label} ({other_count})" if series.kind is SeriesKind.OTHER and other_count else series.label


def add_up(values: Sequence[Number]) -> Number:
    """The sum of values of one kind, exact for ``Decimal``."""
    return exact_sum(values) if all(not isinstance(value, float) for value in values) else float(sum(values))  # type: ignore[arg-type]


def window_texts(table: SeriesTable, *, unit: str, is_money: bool) -> list[str]:
    """One text per window, in Plotly's dialect."""
    colours = series_colours(table.series)
    return [_window_text(table, at, colours, unit=unit, is_money=is_money) for at in range(len(table.starts))]


def shared_out(table: SeriesTable, texts: Sequence[str]) -> list[list[str]]:
    """``texts`` dealt to the series: each window's to the last series that has a value there, "" to the others."""
    dealt = [[""] * len(texts) for _ in table.series]
    for at, text in enumerate(texts):
        top = next((n for n in reversed(range(len(table.series))) if table.series[n].values[at] is not None), None)
        if top is not None:
            dealt[top][at] = text
    return dealt


def speech(texts: Sequence[str]) -> dict[str, object]:
    """The hover part of one trace: a text per point, where "" shows no box; silence when it has none to show."""
    return {"hoverinfo": "text", "hovertext": list(texts)} if any(texts) else {"hoverinfo": "skip"}


def heard(texts: Sequence[str]) -> dict[str, object]:
    """``speech`` of a trace that a click opens: silent, it still has to be heard."""
    said = speech(texts)
    return {"hoverinfo": "none"} if said["hoverinfo"] == "skip" else said


def _window_text(table: SeriesTable, at: int, colours: Sequence[str], *, unit: str, is_money: bool) -> str:
    is_open = table.open_from is not None and table.starts[at] >= table.open_from
    title = f"<b>{dates.window_title(table.starts[at], table.ends[at])}</b>" + (f" · {SO_FAR}" if is_open else "")
    present = [
        (one, value, colour)
        for one, colour in zip(table.series, colours, strict=True)
        if (value := one.values[at]) is not None
    ]
    total = add_up([value for _, value, _ in present]) if table.stackable and present else None
    lines = [title]
    if total is not None:
        lines.append(f"Total <b>{plain(amount(total, unit, is_money=is_money))}</b>")
    by_size = sorted(present, key=lambda item: -abs(item[1]))
    for one, value, colour in by_size[:LISTED]:
        name = plain(label_of(one, table.other_count), NAME_LIMIT) + _LEFT_TO_RIGHT
        figure = plain(amount(value, unit, is_money=is_money))
        lines.append(f'<span style="color:{colour}">■</span> {name}  <b>{figure}</b>{_share(value, total, present)}')
    lines += _rest([value for _, value, _ in by_size[LISTED:]], table.stackable, unit, is_money)
    missing = len(table.series) - len(present)
    return "<br>".join([*lines, f"{missing} with {NO_DATA}"] if missing else lines)


def _share(value: Number, total: Number | None, present: Sequence[tuple[Series, Number, str]]) -> str:
    """A share is a share only where all parts have one sign."""
    if total is None or len(present) < 2 or min(v for _, v, _ in present) < 0 < max(v for _, v, _ in present):
        return ""
    text = share(value, total)
    return "" if text == DASH else f"  {plain(text)}"


def _rest(values: Sequence[Number], stackable: bool, unit: str, is_money: bool) -> list[str]:
    if not values:
        return []
    together = f"  <b>{plain(amount(add_up(values), unit, is_money=is_money))}</b>" if stackable else ""
    return [f"and {len(values)} more{together}"]
