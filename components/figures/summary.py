"""A chart in one sentence: for screen readers, and under the title for everybody in a hurry."""

from __future__ import annotations

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
class Figured:
    """A figure inside a sentence: that of one cell of the table, of one window, or of the whole table."""

    text: str
    cell: tuple[int, int] | None = None
    window: int | None = None


Part = str | Figured


@dataclass(frozen=True)
class Told:
    """A sentence in parts."""

    parts: tuple[Part, ...]

    @property
    def text(self) -> str:
        return "".join(one if isinstance(one, str) else one.text for one in self.parts)


def chart_summary(table: SeriesTable, *, unit: str, is_money: bool, what: str, cumulative: bool = False) -> Told:
    """Total, peak and the last finished window of ``table``; ``what`` begins the sentence ("Usage of CPU hours").

    Metrics that do not add up are summed neither over groups nor over windows: their highest value is told instead.
    """
    subject = clean(what)
    if table.is_empty:
        return Told((f"{subject}: nothing in this range.",))
    if not table.stackable:
        return _telling_highest(table, unit, is_money=is_money, subject=subject)
    facts = _total(table, unit, is_money=is_money)
    facts += [] if cumulative else _windows(table, unit, is_money=is_money)
    listed = [part for at, fact in enumerate(facts or [[NO_DATA]]) for part in ([", "] if at else []) + fact]
    return Told((f"{subject}: ", *listed, "."))


def _total(table: SeriesTable, unit: str, *, is_money: bool) -> list[list[Part]]:
    if table.grand_total is None:
        return []
    return [[Figured(_said(table.grand_total, unit, is_money)), f" in total{_groups(table)}"]]


def _windows(table: SeriesTable, unit: str, *, is_money: bool) -> list[list[Part]]:
    """The window with most, and the last finished one."""
    known = [(at, value) for at, value in enumerate(window_sums(table)) if value is not None]
    at, value = max(known, key=lambda item: abs(item[1]), default=(0, 0))
    if not value:
        return []
    facts: list[list[Part]] = [[f"most on {_when(table, at)} with ", Figured(_said(value, unit, is_money), window=at)]]
    first_open = open_window(table)
    finished = [item for item in known if first_open is None or item[0] < first_open]
    if finished:
        at, value = finished[-1]
        last = Figured(_said(value, unit, is_money), window=at)
        facts.append([last, f" on {_when(table, at)}, the last finished one"])
    return facts


def _telling_highest(table: SeriesTable, unit: str, *, is_money: bool, subject: str) -> Told:
    values = [
        (value, at, window)
        for at, one in enumerate(table.series)
        for window, value in enumerate(one.values)
        if value is not None
    ]
    if not values:
        return Told((f"{subject}: {NO_DATA}.",))
    value, at, window = max(values, key=lambda item: item[0])
    name = clean(label_of(table.series[at], table.other_count), 60)
    after = f" for {name} on {_when(table, window)}{_groups(table)}; values of this metric do not add up."
    return Told((f"{subject}: highest is ", Figured(_said(value, unit, is_money), cell=(at, window)), after))


def _groups(table: SeriesTable) -> str:
    count = len(table.series) - bool(table.other_count) + table.other_count
    return f" over {count} groups" if count > 1 else ""


def _when(table: SeriesTable, at: int) -> str:
    return dates.window_title(table.starts[at], table.ends[at]).removesuffix(" (UTC)")


def _said(value: Number, unit: str, is_money: bool) -> str:
    text = amount(value, unit, is_money=is_money)
    return text if is_money or not unit else f"{text} {clean(unit, 40)}"
