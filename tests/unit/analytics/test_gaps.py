"""A span that could not be loaded leaves gaps in the chart, never zeros."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from data.analytics.gaps import blank_gaps
from data.series import Series, SeriesKind, SeriesTable

DAY = timedelta(days=1)
FIRST = datetime(2026, 8, 22, tzinfo=UTC)


def table_of(*values: float | None, step: timedelta = DAY) -> SeriesTable:
    starts = tuple(FIRST + step * number for number in range(len(values)))
    series = Series("eu", SeriesKind.VALUE, values, 9.0)
    return SeriesTable(starts, tuple(start + step for start in starts), (series,))


def test_zeros_inside_a_gap_become_unknown_and_others_stay() -> None:
    table = blank_gaps(table_of(0.0, 0.0, 0.0, 4.0), [(FIRST + DAY, FIRST + 2 * DAY)])
    assert table.series[0].values == (0.0, None, 0.0, 4.0)


def test_a_window_that_reaches_into_a_gap_keeps_the_part_that_is_known() -> None:
    table = blank_gaps(table_of(3.0, 0.0, 0.0, step=7 * DAY), [(FIRST + 6 * DAY, FIRST + 8 * DAY)])
    assert table.series[0].values == (3.0, None, 0.0)


def test_a_gap_that_ends_where_a_window_begins_does_not_touch_it() -> None:
    table = table_of(0.0, 1.0)
    assert blank_gaps(table, [(FIRST - DAY, FIRST)]) == table
    assert blank_gaps(table, []) is table
