"""Which groups are the largest, and what is the rest? One table of series out of cells of (group, window, value).

Ranked once over the visible range (ux 1.5). The rest is added up in "Other" only where groups add up; null and
unattributed groups keep their own series and are never part of it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal, localcontext
from itertools import accumulate, takewhile

import numpy as np
from numpy.typing import NDArray

from data.analytics.exact import Codes, Numbers, pack, sum_by, sum_of
from data.analytics.groups import GroupName
from data.analytics.windows import Span, open_start
from data.money import ALL_FLOATS
from data.series import OTHER_LABEL, CellRows, Number, Series, SeriesKind, SeriesTable

_LAST = (SeriesKind.VALUE, SeriesKind.NOT_SET, SeriesKind.UNATTRIBUTED)


@dataclass(frozen=True)
class Cells:
    """``values[i]`` belongs to group ``names[group[i]]`` in window ``window[i]``, and is that of row ``rows[i]`` of the
    frame that the table is made of. Decimal objects or float64."""

    names: tuple[GroupName, ...]
    group: Codes
    window: Codes
    values: Numbers
    rows: Codes


def added_table(cells: Cells, spans: list[Span], *, top: int, now: datetime) -> SeriesTable:
    """Series of values that add up: zero where a window up to ``now`` has no row, None where it lies wholly ahead."""
    ranks = _total_ranks(cells)
    kept, folded = _split(cells.names, ranks, top)
    zero = Decimal(0) if cells.values.dtype == object else 0.0
    blanks = [zero if start < now else None for start, _ in spans]
    series = [_added(cells, cells.names[group], [group], blanks) for group in kept]
    if folded:
        series.append(_added(cells, GroupName(OTHER_LABEL, SeriesKind.OTHER), folded, blanks))
    grand_total = sum_of(cells.values) if series else None
    table = _table(series, spans, now, other_count=len(folded), grand_total=grand_total)
    return replace(table, made_of=_made_of(cells, [*([group] for group in kept), folded]))


def single_table(cells: Cells, spans: list[Span], *, top: int, now: datetime) -> SeriesTable:
    """Series of values that do not add up, ranked by their peak: gaps where nothing was sent, no totals, no "Other".

    Raises ``ValueError`` when a group has two values in one window: there is no right figure to make of them.
    """
    cell = pack(cells.group, cells.window)
    if len(np.unique(cell)) != len(cell):
        raise ValueError("two values of a metric that does not add up share one window")
    kept, left_out = _split(cells.names, _peak_ranks(cells), top)
    series = [_single(cells, group, len(spans)) for group in kept]
    table = _table(series, spans, now, other_count=len(left_out), grand_total=None)
    return replace(table, stackable=False, made_of=_made_of(cells, [[group] for group in kept]))


def cumulative(table: SeriesTable) -> SeriesTable:
    """Each series as its running total, up to the first window without a figure: what lies ahead has none, and after a
    part that was not loaded no running total is known. A table that does not add up is returned as it is."""
    if not table.stackable:
        return table
    return replace(table, series=tuple(replace(one, values=_running(one.values)) for one in table.series))


def window_sums(table: SeriesTable) -> tuple[Number | None, ...]:
    """What the series of ``table`` come to in each window; None where none of them has a figure."""
    present = [(at, value) for one in table.series for at, value in enumerate(one.values) if value is not None]
    windows = np.array([at for at, _ in present], dtype=np.int64)
    is_float = any(isinstance(value, float) for _, value in present)
    values = np.array([value for _, value in present], dtype=np.float64 if is_float else object)
    sums: list[Number | None] = [None] * len(table.starts)
    for at, total in zip(*(part.tolist() for part in sum_by(windows, values)), strict=True):
        sums[at] = total
    return tuple(sums)


def _made_of(cells: Cells, members: list[list[int]]) -> CellRows:
    """The rows of each series, told by the groups that each of them has."""
    series_of = np.full(len(cells.names), -1, dtype=np.int64)
    for at, groups in enumerate(members):
        series_of[groups] = at
    return CellRows(cells.rows, series_of[cells.group], cells.window)


def _table(
    series: list[Series], spans: list[Span], now: datetime, *, other_count: int, grand_total: Number | None
) -> SeriesTable:
    return SeriesTable(
        starts=tuple(start for start, _ in spans),
        ends=tuple(end for _, end in spans),
        series=tuple(series),
        other_count=other_count,
        open_from=open_start(spans, now),
        grand_total=grand_total,
    )


def _split(names: tuple[GroupName, ...], ranks: dict[int, Number], top: int) -> tuple[list[int], list[int]]:
    """Groups to show, in order, and groups that are left over. Largest first; equal ones by name."""
    ordered = sorted(ranks, key=lambda group: (_LAST.index(names[group].kind), -ranks[group], names[group].label))
    values = [group for group in ordered if names[group].kind is SeriesKind.VALUE]
    others = [group for group in ordered if names[group].kind is not SeriesKind.VALUE]
    return values[:top] + others, values[top:]


def _total_ranks(cells: Cells) -> dict[int, Number]:
    groups, totals = sum_by(cells.group, cells.values)
    return {int(group): abs(total) for group, total in zip(groups, totals.tolist(), strict=True)}


def _peak_ranks(cells: Cells) -> dict[int, Number]:
    peaks: dict[int, Number] = {}
    for group, value in zip(cells.group.tolist(), cells.values.tolist(), strict=True):
        peaks[group] = max(peaks.get(group, float("-inf")), value)
    return peaks


def _added(cells: Cells, name: GroupName, groups: list[int], blanks: list[Number | None]) -> Series:
    mine = _members(cells.group, groups, len(cells.names))
    values = list(blanks)
    for window, total in zip(*(part.tolist() for part in sum_by(cells.window[mine], cells.values[mine])), strict=True):
        values[window] = total
    return Series(name.label, name.kind, tuple(values), sum_of(cells.values[mine]))


def _members(group: Codes, wanted: list[int], size: int) -> NDArray[np.bool_]:
    flags = np.zeros(size, dtype=bool)
    flags[wanted] = True
    return flags[group]


def _single(cells: Cells, group: int, windows: int) -> Series:
    mine = cells.group == group
    values: list[Number | None] = [None] * windows
    for window, value in zip(cells.window[mine].tolist(), cells.values[mine].tolist(), strict=True):
        values[window] = value
    return Series(cells.names[group].label, cells.names[group].kind, tuple(values), None)


def _running(values: tuple[Number | None, ...]) -> tuple[Number | None, ...]:
    known = [value for value in takewhile(lambda value: value is not None, values) if value is not None]
    return (*_accumulated(known), *[None] * (len(values) - len(known)))


def _accumulated(values: list[Number]) -> list[Number]:
    """Running sums, floats as the decimals that they are written as."""
    with localcontext(ALL_FLOATS):
        sums = list(accumulate(value if isinstance(value, Decimal) else Decimal(repr(value)) for value in values))
    return [float(one) if isinstance(value, float) else one for one, value in zip(sums, values, strict=True)]
