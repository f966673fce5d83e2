"""Rows that several pieces were told, as they lie on none of the days that were asked for, count once."""

from __future__ import annotations

from datetime import date, timedelta

import pandas as pd
import pytest

from data.window_cache.assembly import Part, tables_of
from data.window_cache.entry import Entry, Stamp, merged
from data.window_cache.wanted import Fetched, Piece, days_of
from tests.unit.window_cache.shelves import TODAY, HandClock, rows_of

DAY = timedelta(days=1)


def part(days: list[date], told: list[date], value: float = 1.0) -> Part:
    """What was asked about ``days`` and told ``told``."""
    asked = range(days[0].toordinal(), days[-1].toordinal() + 1)
    usage = rows_of([day.toordinal() for day in told], value)
    stamp = Stamp(0.0, HandClock().now())
    new = Fetched({"usage": usage}, {"usage": days_of(usage["window_start"])}).entry(asked, stamp)
    entry: Entry = merged(None, new)
    return Part(Piece(str(days[0]), asked), entry, lambda _day, _settled: 60.0, tuple(asked))


def told(*parts: Part) -> list[date]:
    frame: pd.DataFrame = tables_of(parts)["usage"]
    assert frame.index.equals(pd.RangeIndex(len(frame)))
    return sorted(frame["window_start"].dt.date)


@pytest.mark.parametrize("order", [1, -1])
def test_a_row_of_the_next_piece_counts_once(order: int) -> None:
    """An API that takes the end of a range as part of it tells the first day of each piece twice."""
    first, second = [TODAY, TODAY + DAY], [TODAY + 2 * DAY, TODAY + 3 * DAY]
    parts = [part(first, [*first, second[0]]), part(second, second)]
    assert told(*parts[::order]) == [*first, *second]


def test_a_row_that_says_something_else_stays() -> None:
    first, second = [TODAY], [TODAY + DAY]
    assert told(part(first, [*first, *second], 2.0), part(second, second)) == [*first, *second, *second]


def test_a_row_outside_the_whole_range_that_every_piece_was_told_counts_once() -> None:
    before = TODAY - 9 * DAY
    parts = [part([day], [before, day]) for day in (TODAY, TODAY + DAY, TODAY + 2 * DAY)]
    assert told(*parts) == [before, TODAY, TODAY + DAY, TODAY + 2 * DAY]


def test_rows_in_their_place_are_left_alone_although_they_are_alike() -> None:
    assert told(part([TODAY], [TODAY, TODAY])) == [TODAY, TODAY]
