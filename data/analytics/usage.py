"""What did an account use? USAGE rows re-bucketed, ranked by group, accumulated, and as the rows of usage.csv."""

from __future__ import annotations

from datetime import datetime
from typing import Final

import numpy as np
import pandas as pd

from data.analytics.exact import Codes, Numbers, ordered_codes, sum_by
from data.analytics.groups import NO_NAMES, GroupName, ValueNames, called, group_name, group_values
from data.analytics.ranking import Cells, added_table, single_table
from data.analytics.windows import Span, positions, windows_between
from data.filters import Days, Window
from data.schema import USAGE, check
from data.series import SeriesTable

ADDITIVE: Final = frozenset({"SUM", "COUNT"})
USAGE_FILE: Final = (
    "window_start", "window_end", "metric_id", "metric", "group_key", "group_value", "value", "group",
)  # fmt: skip
KEY_MARK = "|"


def is_additive(aggregation: str | None) -> bool:
    """Whether windows and groups of a metric add up: SUM and COUNT do (section 2.3 of the Metronome notes).

    A missing or unknown aggregation (SQL metrics have none) counts as not additive: a chart without totals is poorer,
    a total that means nothing is wrong.
    """
    return isinstance(aggregation, str) and aggregation.upper() in ADDITIVE


def usage_rows(usage: pd.DataFrame, days: Days, window: Window, *, additive: bool) -> pd.DataFrame:
    """USAGE rows re-bucketed to the windows of ``days``, one per (window, group), sorted; rows outside are left out.

    Additive values are summed, null counting as 0. Others arrive already per window (``windows.fetch_window``) and keep
    null as null. Raises ``ValueError`` when a metric that does not add up has two values in one window.
    """
    spans = windows_between(days, window)
    _, inside, groups, texts, values = _inside(usage, spans)
    width = max(len(texts), 1)
    cell = inside * width + groups
    if additive:
        codes, sums = sum_by(cell, np.nan_to_num(values, nan=0.0))
    elif len(np.unique(cell)) == len(cell):
        order = np.argsort(cell)
        codes, sums = cell[order], values[order]
    else:
        raise ValueError("two values of a metric that does not add up share one window")
    return _usage_frame(codes // width, codes % width, sums, spans=spans, texts=texts)


def usage_by_group(
    usage: pd.DataFrame, days: Days, window: Window, *, additive: bool, top: int, now: datetime,
    names: ValueNames = NO_NAMES,
) -> SeriesTable:  # fmt: skip
    """Series by group over the windows of ``days``: the ``top`` largest, "(not set)" and, where groups add up, "Other".

    Additive: windows without rows are 0 up to ``now`` and None ahead, and null counts as 0. Not additive: gaps, no
    totals, not stackable, ``other_count`` is how many groups were left out. ``made_of`` names rows of ``usage``;
    ``names`` is what values are called.
    Raises ``ValueError`` when a metric that does not add up has two values in one window.
    """
    spans = windows_between(days, window)
    rows, inside, groups, texts, values = _inside(usage, spans)
    if additive:
        return added_table(
            Cells(_names(texts, names), groups, inside, np.nan_to_num(values, nan=0.0), rows), spans, top=top, now=now
        )
    sent = ~np.isnan(values)
    return single_table(
        Cells(_names(texts, names), groups[sent], inside[sent], values[sent], rows[sent]), spans, top=top, now=now
    )


def usage_file(
    usage: pd.DataFrame,
    days: Days,
    window: Window,
    *,
    metric_id: str,
    metric: str,
    keys: tuple[str, ...],
    additive: bool,
) -> pd.DataFrame:
    """The rows of usage.csv: columns ``USAGE_FILE``, every group, not zero-filled, sorted by window and group.

    ``value`` is float64 in the metric's unit, NaN = null; a null group value is an empty part of ``group_value``.
    """
    rows = usage_rows(usage, days, window, additive=additive)
    texts = rows["group"].astype(object)
    flat = {text: KEY_MARK.join(value or "" for value in group_values(text).values()) for text in texts.unique()}
    filled = rows.assign(
        metric_id=metric_id, metric=metric, group_key=KEY_MARK.join(keys), group_value=texts.map(flat), group=texts
    )
    return filled[list(USAGE_FILE)]


def _inside(usage: pd.DataFrame, spans: list[Span]) -> tuple[Codes, Codes, Codes, list[str], Numbers]:
    """Position, window index and group code of the rows inside ``spans``, the groups' texts, and the rows' values."""
    found = positions(usage["window_start"], spans)
    groups, texts = ordered_codes(usage["group"])
    keep = (found >= 0) & (groups >= 0)
    return np.flatnonzero(keep), found[keep], groups[keep], texts, usage["value"].to_numpy()[keep]


def _usage_frame(window: Codes, group: Codes, values: Numbers, *, spans: list[Span], texts: list[str]) -> pd.DataFrame:
    edges = [pd.Series([span[side] for span in spans], dtype="datetime64[us, UTC]") for side in (0, 1)]
    starts, ends = (edge.take(window).reset_index(drop=True) for edge in edges)
    frame = pd.DataFrame(
        {
            "window_start": starts,
            "window_end": ends,
            "group": pd.Categorical.from_codes(group, pd.Index(texts, dtype=object)),
            "value": values.astype(np.float64),
        }
    )
    return check(frame, USAGE)


def _names(texts: list[str], names: ValueNames) -> tuple[GroupName, ...]:
    return tuple(group_name(called(group_values(text), names)) for text in texts)
