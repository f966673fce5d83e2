"""A chart in one sentence: for screen readers, and under the title for everybody in a hurry."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from components import dates
from components.figures.axes import open_window
from components.figures.hover import label_of
from components.format import amount
from components.names import clean
from data.analytics.ranking import window_sums
from data.series import Number, SeriesTable

NO_DATA = "no data in this range"


@dataclass(frozen=True)
class Told:
    """A sentence around its main figure. The figure is that of one cell, or of the whole table when ``cell`` is None;
    "" when there is none."""

    before: str
    figure: str = ""
    after: str = ""
    cell: tuple[int, int] | None = None

    @property
    def text(self) -> str:
        return self.before + self.figure + self.after


def chart_summary(table: SeriesTable, *, unit: str, is_money: bool, what: str, cumulative: bool = False) -> Told:
    """Total, peak and the last finished window of ``table``; ``what`` begins the sentence ("Usage of CPU hours").

    Metrics that do not add up are summed neither over groups nor over windows: their highest value is told instead.
    """
    subject = clean(what)
    if table.is_empty:
        return Told(f"{subject}: nothing in this range.")
    if table.stackable:
        figure, after = _telling_totals(table, unit, is_money=is_money, cumulative=cumulative)
        return Told(f"{subject}: ", figure, f"{after}.")
    return _telling_highest(table, unit, is_money=is_money, subject=subject)


def _telling_totals(table: SeriesTable, unit: str, *, is_money: bool, cumulative: bool) -> tuple[str, str]:
    """The total, and what is said behind it."""
    known = [(at, value) for at, value in enumerate(window_sums(table)) if value is not None]
    parts = []
    if known and not cumulative:
        at, value = max(known, key=lambda item: abs(item[1]))
        if value:
            parts.append(f"most on {_when(table, at)} with {_said(value, unit, is_money)}")
            parts += _last_finished(table, known, unit, is_money=is_money)
    if table.grand_total is None:
        return "", ", ".join(parts) or NO_DATA
    return _said(table.grand_total, unit, is_money), ", ".join([f" in total{_groups(table)}", *parts])


def _telling_highest(table: SeriesTable, unit: str, *, is_money: bool, subject: str) -> Told:
    values = [
        (value, at, window)
        for at, one in enumerate(table.series)
        for window, value in enumerate(one.values)
        if value is not None
    ]
    if not values:
        return Told(f"{subject}: {NO_DATA}.")
    value, at, window = max(values, key=lambda item: item[0])
    name = clean(label_of(table.series[at], table.other_count), 60)
    after = f" for {name} on {_when(table, window)}{_groups(table)}; values of this metric do not add up."
    return Told(f"{subject}: highest is ", _said(value, unit, is_money), after, (at, window))


def _last_finished(table: SeriesTable, known: Sequence[tuple[int, Number]], unit: str, *, is_money: bool) -> list[str]:
    first_open = open_window(table)
    finished = [item for item in known if first_open is None or item[0] < first_open]
    if not finished:
        return []
    at, value = finished[-1]
    return [f"{_said(value, unit, is_money)} on {_when(table, at)}, the last finished one"]


def _groups(table: SeriesTable) -> str:
    count = len(table.series) - bool(table.other_count) + table.other_count
    return f" over {count} groups" if count > 1 else ""


def _when(table: SeriesTable, at: int) -> str:
    return dates.window_title(table.starts[at], table.ends[at]).removesuffix(" (UTC)")


def _said(value: Number, unit: str, is_money: bool) -> str:
    text = amount(value, unit, is_money=is_money)
    return text if is_money or not unit else f"{text} {clean(unit, 40)}"
