"""A span that could not be loaded leaves gaps in the chart, never zeros."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pandas as pd

from data.analytics.gaps import blank_gaps, outside_gaps
from data.series import Series, SeriesKind, SeriesTable

DAY = timedelta(days=1)
FIRST = datetime(2026, 8, 22, tzinfo=UTC)


def table_of(*values: float | None, step: timedelta = DAY) -> SeriesTable:
    starts = tuple(FIRST + step * number for number in range(len(values)))
    series = Series("eu", SeriesKind.VALUE, values, 9.0)
    return SeriesTable(starts, tuple(start + step for start in starts), (series,))


def test_figures_inside_a_gap_become_unknown_and_others_stay() -> None:
    table = blank_gaps(table_of(0.0, 0.0, 5.0, 4.0), [(FIRST + DAY, FIRST + 3 * DAY)])
    assert table.series[0].values == (0.0, None, None, 4.0)


def test_a_window_that_reaches_into_a_gap_shows_no_part_of_itself() -> None:
    table = blank_gaps(table_of(3.0, 0.0, 0.0, step=7 * DAY), [(FIRST + 6 * DAY, FIRST + 8 * DAY)])
    assert table.series[0].values == (None, None, 0.0)


def test_a_gap_that_ends_where_a_window_begins_does_not_touch_it() -> None:
    table = table_of(0.0, 1.0)
    assert blank_gaps(table, [(FIRST - DAY, FIRST)]) == table
    assert blank_gaps(table, []) is table


def test_rows_of_a_window_that_reaches_into_a_gap_are_in_no_total() -> None:
    starts = [FIRST, FIRST + DAY, FIRST + 2 * DAY]
    spans = [(start, start + DAY) for start in starts]
    rows = pd.DataFrame({"window_start": pd.Series(starts, dtype="datetime64[us, UTC]"), "value": [1.0, 2.0, 4.0]})
    half_a_day = [(FIRST + DAY / 2, FIRST + DAY)]
    assert outside_gaps(rows, spans, half_a_day)["value"].tolist() == [2.0, 4.0]
    assert outside_gaps(rows, spans, []) is rows
