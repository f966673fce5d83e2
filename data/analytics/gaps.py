"""What was not loaded is unknown, not nothing: windows that a failed span reaches into."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from data.series import Number, Series, SeriesTable

Gap = tuple[datetime, datetime]


def blank_gaps(table: SeriesTable, gaps: Sequence[Gap]) -> SeriesTable:
    """``table`` with None in place of 0 in every window that one of ``gaps``, [start, end), reaches into.

    Other figures in such a window stay: they are a part of the truth, and the panel says that data is missing.
    """
    windows = zip(table.starts, table.ends, strict=True)
    reached = [any(start < last and first < end for first, last in gaps) for start, end in windows]
    if not any(reached):
        return table
    return replace(table, series=tuple(_blanked(one, reached) for one in table.series))


def _blanked(one: Series, reached: Sequence[bool]) -> Series:
    def known(value: Number | None, gap: bool) -> Number | None:
        return value or None if gap else value

    return replace(one, values=tuple(known(value, gap) for value, gap in zip(one.values, reached, strict=True)))
