"""The grid of days, and how long a day is good."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from math import inf

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.window_cache.days import blocks
from data.window_cache.entry import Stamp
from data.window_cache.freshness import Freshness

starts = st.dates(date(2000, 1, 1), date(2099, 1, 1))
lengths = st.integers(1, 400)
sizes = st.sampled_from([1, 4, 31])


@given(start=starts, length=lengths, size=sizes)
def test_blocks_cover_the_range_once_and_in_order(start: date, length: int, size: int) -> None:
    end = start + timedelta(days=length)
    found = blocks(start, end, size)
    assert [day for _, first, until in found for day in range(first.toordinal(), until.toordinal())] == list(
        range(start.toordinal(), end.toordinal())
    )
    for number, first, until in found:
        assert {day // size for day in range(first.toordinal(), until.toordinal())} == {number}


@given(start=starts, size=sizes)
def test_a_day_lies_in_the_same_block_whatever_is_asked(start: date, size: int) -> None:
    ((number, _, _),) = blocks(start, start + timedelta(days=1), size)
    whole = blocks(start - timedelta(days=50), start + timedelta(days=50), size)
    assert [one for one, first, until in whole if first <= start < until] == [number]


@given(start=starts)
def test_400_days_touch_at_most_14_blocks_and_a_day_further_at_most_one_other(start: date) -> None:
    end, day = start + timedelta(days=400), timedelta(days=1)
    found = {number for number, _, _ in blocks(start, end, 31)}
    assert len(found) <= 14
    assert len({number for number, _, _ in blocks(start + day, end + day, 31)} - found) <= 1


def test_no_days_are_no_blocks() -> None:
    assert blocks(date(2026, 11, 20), date(2026, 11, 20), 31) == []


@pytest.mark.parametrize(
    ("age", "settled", "life"),
    [
        (-1, True, 60),
        (0, True, 60),
        (0, False, 60),
        (1, True, 300),
        (35, True, 300),
        (35, False, 300),
        (36, True, 86_400),
        (36, False, 300),
        (400, False, 300),
    ],
)
def test_a_day_is_good_for_as_long_as_it_hardly_changes(age: int, settled: bool, life: float) -> None:
    today = date(2026, 11, 20).toordinal()
    assert Freshness().life(today - age, today, settled) == life


def test_for_how_many_days_events_arrive_late_can_be_set() -> None:
    assert Freshness(late_days=2).life(7, 10, True) == 86_400
    assert Freshness(late_days=3).life(7, 10, True) == 300


def test_a_stamp_of_the_future_is_infinitely_old() -> None:
    stamp = Stamp(100.0, datetime(2026, 11, 20, tzinfo=UTC))
    assert [stamp.age(now) for now in (160.0, 100.0, 99.0)] == [60.0, 0.0, 0.0]  # two clocks are never quite the same
    assert stamp.age(90.0) == inf
