"""A chart in one sentence: for screen readers, and under the title for everybody in a hurry."""

from __future__ import annotations

from collections.abc import Sequence

from components import dates
from components.figures.axes import open_window
from components.figures.hover import add_up, label_of
from components.format import amount
from components.names import clean
from data.series import Number, SeriesTable


def chart_summary(table: SeriesTable, *, unit: str, is_money: bool, what: str, cumulative: bool = False) -> str:
    """Total, peak and the last finished window of ``table``; ``what`` begins the sentence ("Usage of CPU hours").

    Metrics that do not add up are summed neither over groups nor over windows: their highest value is told instead.
    """
    subject = clean(what)
    if table.is_empty:
        return f"{subject}: nothing in this range."
    tell = _telling_totals if table.stackable else _telling_highest
    return f"{subject}: {tell(table, unit, is_money=is_money, cumulative=cumulative)}."


def _telling_totals(table: SeriesTable, unit: str, *, is_money: bool, cumulative: bool) -> str:
    sums = [_window_sum(table, at) for at in range(len(table.starts))]
    known = [(at, value) for at, value in enumerate(sums) if value is not None]
    parts = []
    if table.grand_total is not None:
        parts.append(f"{_said(table.grand_total, unit, is_money)} in total{_groups(table)}")
    if known and not cumulative:
        at, value = max(known, key=lambda item: abs(item[1]))
        if value:
            parts.append(f"most on {_when(table, at)} with {_said(value, unit, is_money)}")
            parts += _last_finished(table, known, unit, is_money=is_money)
    return ", ".join(parts) or "no data in this range"


def _telling_highest(table: SeriesTable, unit: str, *, is_money: bool, cumulative: bool) -> str:  # noqa: ARG001 -- same call for both kinds of table
    values = [(value, one, at) for one in table.series for at, value in enumerate(one.values) if value is not None]
    if not values:
        return "no data in this range"
    value, one, at = max(values, key=lambda item: item[0])
    return (
        f"highest is {_said(value, unit, is_money)} for {clean(label_of(one, table.other_count), 60)} on "
        f"{_when(table, at)}{_groups(table)}; values of this metric do not add up"
    )


def _last_finished(table: SeriesTable, known: Sequence[tuple[int, Number]], unit: str, *, is_money: bool) -> list[str]:
    first_open = open_window(table)
    finished = [item for item in known if first_open is None or item[0] < first_open]
    if not finished:
        return []
    at, value = finished[-1]
    return [f"{_said(value, unit, is_money)} on {_when(table, at)}, the last finished one"]


def _window_sum(table: SeriesTable, at: int) -> Number | None:
    values = [value for one in table.series if (value := one.values[at]) is not None]
    return add_up(values) if values else None


def _groups(table: SeriesTable) -> str:
    count = len(table.series) - bool(table.other_count) + table.other_count
    return f" over {count} groups" if count > 1 else ""


def _when(table: SeriesTable, at: int) -> str:
    return dates.window_title(table.starts[at], table.ends[at]).removesuffix(" (UTC)")


def _said(value: Number, unit: str, is_money: bool) -> str:
    text = amount(value, unit, is_money=is_money)
    return text if is_money or not unit else f"{text} {clean(unit, 40)}"
