"""What was not loaded is unknown, not nothing: windows that a failed span reaches into hold no figure at all.

Part of a window would look like the whole of it, in the chart, in the table and in every total.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from data.analytics.windows import Span, positions
from data.series import Series, SeriesTable


def outside_gaps(rows: pd.DataFrame, spans: list[Span], gaps: Sequence[Span]) -> pd.DataFrame:
    """``rows`` (USAGE or SPEND) without those inside a window of ``spans`` that a gap, [start, end), reaches into; so
    totals are the sums of the windows that are shown."""
    reached = [at for at, span in enumerate(spans) if _is_reached(span, gaps)]
    if not reached:
        return rows
    return rows[~np.isin(positions(rows["window_start"], spans), reached)].reset_index(drop=True)


def blank_gaps(table: SeriesTable, gaps: Sequence[Span]) -> SeriesTable:
    """``table`` with None in every window that one of ``gaps``, [start, end), reaches into."""
    reached = [_is_reached(span, gaps) for span in zip(table.starts, table.ends, strict=True)]
    if not any(reached):
        return table
    return replace(table, series=tuple(_blanked(one, reached) for one in table.series))


def _is_reached(span: Span, gaps: Sequence[Span]) -> bool:
    return any(span[0] < last and first < span[1] for first, last in gaps)


def _blanked(one: Series, reached: Sequence[bool]) -> Series:
    return replace(one, values=tuple(None if gap else value for value, gap in zip(one.values, reached, strict=True)))
