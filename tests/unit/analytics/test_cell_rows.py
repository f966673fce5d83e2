"""Which rows of usage the cells of a table are made of, after ranking, folding, gaps and running totals."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.analytics.gaps import blank_gaps, outside_gaps
from data.analytics.ranking import cumulative, window_sums
from data.analytics.usage import usage_by_group
from data.analytics.windows import windows_between
from data.filters import Window
from data.money import decimal_float_sum
from data.series import SeriesKind, SeriesTable
from tests.unit.analytics.builders import at, steady, usage
from tests.unit.analytics.test_usage_by_group import LATER, OCTOBER, THREE, readings

windows = st.sampled_from([Window.DAY, Window.WEEK, Window.MONTH])


@steady
@given(rows=readings, top=st.integers(1, 5), window=windows)
def test_every_cell_and_sum_is_made_of_its_rows(
    rows: list[tuple[int, str | None, float]], top: int, window: Window
) -> None:
    frame = usage(*((f"2024-10-{day:02d}", {"region": region}, value) for day, region, value in rows))
    table = usage_by_group(frame, OCTOBER, window, additive=True, top=top, now=LATER)
    values = frame["value"].to_numpy()
    made_of = table.made_of
    assert made_of is not None
    assert sorted(made_of.of()) == list(range(len(rows)))
    for number, one in enumerate(table.series):
        assert decimal_float_sum(values[made_of.of(number)].tolist()) == one.total
        for place, value in enumerate(one.values):
            assert decimal_float_sum(values[made_of.of(number, range(place, place + 1))].tolist()) == value
    assert decimal_float_sum(values[made_of.of()].tolist()) == table.grand_total


def test_other_is_made_of_the_rows_of_all_groups_that_are_left_over() -> None:
    frame = usage(*(("2024-10-01", {"region": f"r{number}"}, number) for number in range(1, 6)))
    table = usage_by_group(frame, THREE, Window.DAY, additive=True, top=2, now=LATER)
    made_of = table.made_of
    assert made_of is not None
    assert table.series[-1].kind is SeriesKind.OTHER
    assert sorted(made_of.of(len(table.series) - 1).tolist()) == [0, 1, 2]


def test_groups_that_are_not_shown_are_in_no_series() -> None:
    frame = usage(*(("2024-10-01", {"region": f"r{number}"}, number) for number in range(1, 6)))
    table = usage_by_group(frame, THREE, Window.DAY, additive=False, top=2, now=LATER)
    assert table.made_of is not None
    assert sorted(table.made_of.of().tolist()) == [3, 4]


def test_a_gap_and_a_running_total_leave_the_rows_as_they_were() -> None:
    frame = usage(*((f"2024-10-0{day}", {"region": "a"}, day) for day in (1, 2, 3)))
    gap = [(at("2024-10-03"), at("2024-10-04"))]
    left = outside_gaps(frame, windows_between(THREE, Window.DAY), gap)
    table = usage_by_group(left, THREE, Window.DAY, additive=True, top=8, now=LATER)
    running = cumulative(blank_gaps(table, gap))
    assert running.made_of is not None
    assert running.series[0].values == (1, 3, None)
    assert left["value"].to_numpy()[running.made_of.of(0, range(2))].sum() == 3


@pytest.mark.parametrize("values", [(0.1, 0.2), (0.1, 0.7, 0.2), (1e-12, 0.1, 0.2)])
def test_running_totals_and_window_sums_add_decimals(values: tuple[float, ...]) -> None:
    frame = usage(*((f"2024-10-0{day}", {"region": "a"}, value) for day, value in enumerate(values, 1)))
    table = cumulative(usage_by_group(frame, THREE, Window.DAY, additive=True, top=8, now=LATER))
    assert table.series[0].values[len(values) - 1] == decimal_float_sum(values)
    beside = usage(*(("2024-10-01", {"region": f"r{at}"}, value) for at, value in enumerate(values)))
    sums = window_sums(usage_by_group(beside, THREE, Window.DAY, additive=True, top=8, now=LATER))
    assert sums[0] == decimal_float_sum(values)


def test_windows_without_any_figure_have_no_sum() -> None:
    frame = usage(("2024-10-01", {"region": "a"}, 1))
    table = usage_by_group(frame, THREE, Window.DAY, additive=True, top=8, now=at("2024-10-02T12:00"))
    assert window_sums(table) == (1, 0, None)
    assert window_sums(SeriesTable(table.starts, table.ends, ())) == (None, None, None)


def test_rows_are_positions_in_the_frame_that_was_handed_in() -> None:
    frame = usage(("2024-09-30", {"region": "a"}, 9), ("2024-10-01", {"region": "a"}, 5))
    table = usage_by_group(frame, THREE, Window.DAY, additive=True, top=8, now=LATER)
    assert table.made_of is not None
    assert np.array_equal(table.made_of.of(), [1])
