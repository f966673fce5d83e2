"""Windows of a range."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.analytics.windows import fetch_window, midnight, open_start, positions, windows_between
from data.filters import Days, Window
from tests.unit.analytics.builders import at, steady

OCTOBER = Days(first=date(2024, 10, 1), last=date(2024, 10, 31))
some_days = st.builds(
    lambda first, more: Days(first=first, last=first + timedelta(days=more)),
    st.dates(date(2020, 1, 1), date(2030, 1, 1)),
    st.integers(0, 399),
)


def test_weeks_begin_on_monday_and_are_clipped_to_the_range() -> None:
    spans = windows_between(OCTOBER, Window.WEEK)
    assert spans[0] == (at("2024-10-01"), at("2024-10-07"))
    assert spans[1] == (at("2024-10-07"), at("2024-10-14"))
    assert spans[-1] == (at("2024-10-28"), at("2024-11-01"))


def test_months_are_clipped_at_both_ends() -> None:
    days = Days(first=date(2023, 12, 30), last=date(2024, 2, 29))
    assert windows_between(days, Window.MONTH) == [
        (at("2023-12-30"), at("2024-01-01")),
        (at("2024-01-01"), at("2024-02-01")),
        (at("2024-02-01"), at("2024-03-01")),
    ]


@steady
@given(days=some_days, window=st.sampled_from(list(Window)))
def test_windows_cover_the_range_without_gap_or_overlap(days: Days, window: Window) -> None:
    spans = windows_between(days, window)
    assert spans[0][0] == midnight(days.first)
    assert spans[-1][1] == midnight(days.end_exclusive)
    assert all(end == later for (_, end), (later, _) in pairwise(spans))
    assert all(start < end for start, end in spans)


def test_instants_find_the_window_that_holds_them() -> None:
    spans = windows_between(OCTOBER, Window.WEEK)
    starts = pd.Series([at("2024-09-30T23:00"), at("2024-10-01"), at("2024-10-07"), at("2024-11-01"), pd.NaT])
    assert positions(starts.astype("datetime64[us, UTC]"), spans).tolist() == [-1, 0, 1, -1, -1]


def test_the_open_window_is_the_first_that_is_not_over() -> None:
    spans = windows_between(OCTOBER, Window.DAY)
    assert open_start(spans, at("2024-10-15T12:00")) == at("2024-10-15")
    assert open_start(spans, at("2024-10-15")) == at("2024-10-15")
    assert open_start(spans, at("2024-11-01")) is None


@pytest.mark.parametrize(
    ("window", "additive", "asked"),
    [("hour", False, "hour"), ("day", False, "day"), ("week", True, "day"), ("month", False, "none")],
)
def test_only_additive_metrics_are_asked_by_day_for_longer_windows(window: str, additive: bool, asked: str) -> None:
    assert fetch_window(Window(window), additive) == asked
