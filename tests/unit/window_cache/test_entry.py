"""Entries taken apart and put together: as a plain list of rows would be, column by column."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from data import schema
from data.frames.columns import text
from data.window_cache.codec import decode, encode
from data.window_cache.entry import Entry, joined, merged, sliced
from data.window_cache.tables import COLUMNS
from tests.unit.window_cache.made_up import DAY, STAMP, assert_same, assert_same_frame, entries, later, lines

NAMES = ("usage", "segments")
some = entries(NAMES) | entries(NAMES[:1]) | entries(())


def rows(entry: Entry, name: str) -> list[tuple[int, str]]:
    """(day, the row as text) of a table, by what no frame is needed for."""
    if name not in entry.tables:
        return []
    records = entry.tables[name].to_dict("records")
    return [(day, repr(row)) for day, row in zip(entry.rows[name].tolist(), records, strict=True)]


def assert_sound(entry: Entry) -> None:
    for name, table in entry.tables.items():
        schema.check(table, COLUMNS[name])
        assert table.index.equals(pd.RangeIndex(len(table)))
        assert entry.rows[name].dtype == np.int32
        assert len(entry.rows[name]) == len(table)
        assert np.all(np.diff(entry.rows[name]) >= 0)


@settings(max_examples=10)
@given(old=some, new=some)
def test_new_days_replace_old_ones(old: Entry, new: Entry) -> None:
    both = merged(old, new)
    assert_sound(both)
    for name in NAMES:
        stay = [row for row in rows(old, name) if row[0] not in new.days]
        assert rows(both, name) == sorted([*stay, *rows(new, name)], key=lambda row: row[0])
    assert both.days == {**old.days, **new.days}
    assert both.settled == {day for day in both.days if day in (new if day in new.days else old).settled}


@settings(max_examples=10)
@given(new=some)
def test_with_nothing_before_there_is_the_new(new: Entry) -> None:
    assert {name: rows(merged(None, new), name) for name in NAMES} == {name: rows(new, name) for name in NAMES}
    assert merged(None, new).days == new.days


@settings(max_examples=10)
@given(entry=some, first=st.integers(DAY - 2, DAY + 33), length=st.integers(0, 40))
def test_a_slice_has_its_days_and_no_others(entry: Entry, first: int, length: int) -> None:
    part = sliced(entry, first, first + length)
    wanted = range(first, first + length)
    assert_sound(part)
    assert list(part.tables) == list(entry.tables)
    assert part.days == {day: stamp for day, stamp in entry.days.items() if day in wanted}
    assert part.settled == entry.settled & set(wanted)
    for name in NAMES:
        assert rows(part, name) == [row for row in rows(entry, name) if row[0] in wanted]


@settings(max_examples=10)
@given(parts=st.lists(some, max_size=4))
def test_joined_frames_stand_below_each_other(parts: list[Entry]) -> None:
    tables = joined(parts)
    assert set(tables) == {name for part in parts for name in part.tables}
    for name, table in tables.items():
        schema.check(table, COLUMNS[name])
        assert [repr(row) for row in table.to_dict("records")] == [row for part in parts for _, row in rows(part, name)]


@settings(max_examples=10)
@given(entry=entries(("windows",)), at=st.integers(DAY, DAY + 31), after=st.integers(DAY, DAY + 31))
def test_the_same_rows_make_the_same_frame_whatever_they_were_cut_into(entry: Entry, at: int, after: int) -> None:
    cuts = [0, *sorted((at, after)), DAY + 100]
    parts = [decode(encode(sliced(entry, *cut))) for cut in pairwise(cuts)]
    assert_same_frame(joined(parts)["windows"], joined([entry])["windows"])


def test_texts_are_in_the_order_of_their_first_rows_and_none_is_without_a_row() -> None:
    def usage(*groups: str) -> Entry:
        frame = schema.empty(schema.USAGE).reindex(range(len(groups)))
        frame = frame.assign(group=text(groups), value=1.0)[list(schema.USAGE)]
        return Entry({"usage": frame}, {"usage": np.full(len(groups), DAY, np.int32)}, {DAY: STAMP})

    apart = usage("b", "a", "c")
    whole = joined([sliced(apart, 0, DAY), usage("c", "b"), usage("d", "c")])["usage"]["group"]
    assert whole.cat.categories.tolist() == ["c", "b", "d"]
    assert whole.tolist() == ["c", "b", "d", "c"]


def test_days_renewed_within_a_block_leave_the_others_as_they_were() -> None:
    old, new = lines(31, 3, 2), lines(2, 3, 2, first=DAY + 29, stamp=later(60))
    both = merged(old, new)
    assert {day for day, stamp in both.days.items() if stamp == later(60)} == {DAY + 29, DAY + 30}
    assert_same(sliced(both, DAY, DAY + 29), merged(None, sliced(old, DAY, DAY + 29)))
    assert len(both.tables["lines"]) == 31 * 6


def test_what_is_not_offered_is_no_table() -> None:
    nothing = Entry({}, {}, {DAY: STAMP})
    assert joined([nothing, nothing]) == {}
    assert joined([]) == {}
    assert merged(nothing, nothing).tables == {}
