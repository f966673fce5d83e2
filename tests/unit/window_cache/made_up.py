"""Entries of every kind of frame, made up for property tests, and what makes two of them the same."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
from hypothesis import strategies as st

from data.frames.columns import as_times, categorical, frame, objects
from data.window_cache.entry import Entry, Stamp
from data.window_cache.tables import COLUMNS

DAY = date(2026, 11, 1).toordinal()
MICROSECONDS = 86_400_000_000
NOT_A_TIME = int(np.iinfo(np.int64).min)
STAMP = Stamp(1.5, datetime(2026, 11, 20, 12, tzinfo=UTC))
AWKWARD = [Decimal(one) for one in ("0", "-0", "0.00", "-0.000", "1E+3", "1000", "1.0", "1.00", "-1E-30",
                                    "1234567890123456789012345678901.000000000000000000000000000001")]  # fmt: skip

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=6)
amounts = st.none() | st.sampled_from(AWKWARD) | st.decimals(
    allow_nan=False, allow_infinity=False, min_value=Decimal("-1e20"), max_value=Decimal("1e20")
)  # fmt: skip
instants = st.sampled_from([NOT_A_TIME]) | st.integers(-(10**16), 10**16)
stamps = st.builds(
    Stamp,
    st.floats(allow_nan=False),
    st.datetimes(timezones=st.just(UTC), min_value=datetime(1900, 1, 1), max_value=datetime(2200, 1, 1)),  # noqa: DTZ001
)


def _text_columns(rows: int) -> st.SearchStrategy[pd.Categorical]:
    """Texts that no row has stay; the codec keeps what it is given."""
    return st.lists(texts, unique=True, max_size=5).flatmap(
        lambda known: st.lists(st.integers(-1, len(known) - 1), min_size=rows, max_size=rows).map(
            lambda codes: categorical(np.array(codes, np.int32), known)
        )
    )


def _listed(values: st.SearchStrategy[Any], rows: int) -> st.SearchStrategy[list[Any]]:
    return st.lists(values, min_size=rows, max_size=rows)


def columns(kind: str, rows: int) -> st.SearchStrategy[Any]:
    kinds = {
        "text": lambda: _text_columns(rows),
        "time": lambda: _listed(instants, rows).map(lambda values: as_times(np.array(values, np.int64))),
        "decimal": lambda: _listed(amounts, rows).map(objects),
        "float": lambda: _listed(st.floats(), rows).map(lambda values: np.array(values, np.float64)),
        "flag": lambda: _listed(st.booleans(), rows).map(lambda values: np.array(values, bool)),
        "count": lambda: _listed(st.integers(-(2**63), 2**63 - 1), rows).map(lambda values: np.array(values, np.int64)),
        "object": lambda: _listed(
            st.none() | texts | st.lists(texts | st.lists(texts, max_size=2).map(tuple), max_size=3).map(tuple), rows
        ).map(objects),
    }
    return kinds[kind]()


def frames(name: str, rows: int) -> st.SearchStrategy[pd.DataFrame]:
    held = {column: columns(kind, rows) for column, kind in COLUMNS[name].items()}
    return st.fixed_dictionaries(held).map(
        lambda found: frame({column: found[column] for column in held}, COLUMNS[name])
    )


@st.composite
def entries(draw: st.DrawFn, names: tuple[str, ...]) -> Entry:
    """Of the tables ``names``, some days held without rows."""
    days = draw(st.lists(st.integers(DAY, DAY + 31), unique=True, min_size=1, max_size=6))
    rows = {name: np.array(sorted(draw(st.lists(st.sampled_from(days), max_size=6))), np.int32) for name in names}
    tables = {name: draw(frames(name, len(rows[name]))) for name in names}
    held = {day: draw(stamps) for day in days}
    return Entry(tables, rows, held, frozenset(draw(st.lists(st.sampled_from(days)))))


def lines(days: int, groups: int, per_group: int, *, first: int = DAY, stamp: Stamp = STAMP) -> Entry:
    """LINES as long accounts have them: each day the same lines of each group, every amount another."""
    rows = days * groups * per_group
    day = np.repeat(np.arange(first, first + days), groups * per_group)
    line = np.tile(np.arange(groups * per_group), days)
    plain = {
        "text": _words(np.zeros(rows), ["x"]),
        "decimal": objects([None] * rows),
        "time": _start(day),
        "count": line,
    }
    filled: dict[str, Any] = {name: plain[kind] for name, kind in COLUMNS["lines"].items()}
    filled["window_end"] = filled["line_end"] = _start(day + 1)
    filled["presentation"] = _words(line // per_group, [f'{{"cluster":"{number:032x}"}}' for number in range(groups)])
    filled["product_id"] = _words(line % per_group, [f"{number:032x}" for number in range(per_group)])
    filled["quantity"] = objects([Decimal(number * 982_451_653 % 10**15).scaleb(-10) for number in range(rows)])
    filled["total"] = objects([Decimal(number * 715_225_741 % 10**16).scaleb(-11) for number in range(rows)])
    filled["unit_price"] = objects([Decimal("0.35")] * rows)
    held = dict.fromkeys(range(first, first + days), stamp)
    return Entry({"lines": frame(filled, COLUMNS["lines"])}, {"lines": day.astype(np.int32)}, held)


def _words(codes: Any, known: list[str]) -> pd.Categorical:
    return categorical(np.asarray(codes, np.int32), known)


def _start(days: Any) -> pd.DatetimeIndex:
    return as_times((np.asarray(days) - date(1970, 1, 1).toordinal()) * MICROSECONDS)


def assert_same(one: Entry, other: Entry) -> None:
    """To the last digit: ``Decimal`` compares 1.0 with 1.00 and 0 with -0 as equal, and NaN with nothing."""
    assert one.days == other.days
    assert one.settled == other.settled
    assert list(one.tables) == list(other.tables)
    assert one.rows.keys() == other.rows.keys() == one.tables.keys()
    for name, table in one.tables.items():
        assert other.rows[name].dtype == np.int32
        assert one.rows[name].tolist() == other.rows[name].tolist()
        assert_same_frame(table, other.tables[name])


def assert_same_frame(one: pd.DataFrame, other: pd.DataFrame) -> None:
    pd.testing.assert_frame_equal(one, other, check_exact=True, check_column_type=True)
    for name in one.columns:
        assert list(map(repr, one[name].tolist())) == list(map(repr, other[name].tolist())), name


def later(seconds: float) -> Stamp:
    return Stamp(STAMP.stored + seconds, STAMP.fetched_at + timedelta(seconds=seconds))
