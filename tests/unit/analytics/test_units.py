"""Units and exact sums."""

from __future__ import annotations

from decimal import Decimal

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from data.analytics.exact import pack, sum_by
from data.money import UnitKind, exact_sum
from tests.unit.analytics.builders import CPU_ID, EUR_ID, USD, steady, units


def test_units_are_told_apart_by_label() -> None:
    pairs = [
        (USD, "USD (cents)"),
        (EUR_ID, "EUR"),
        (CPU_ID, "tokens"),
        ("x", "tokens"),
        ("y", "USD"),
        ("z", "quantity"),
    ]
    found = units().resolve(pairs)
    assert [found[pair].label for pair in pairs] == ["USD", "EUR", "tokens", "tokens (x)", "USD (y)", "quantity (z)"]
    assert [found[pair].minor_per_major for pair in pairs] == [100, 1, 1, 1, 1, 1]
    assert found[("x", "tokens")].kind is UnitKind.UNKNOWN


def test_a_label_does_not_depend_on_what_else_was_asked() -> None:
    assert units().resolve([("x", "tokens")])[("x", "tokens")].label == "tokens (x)"


def test_the_same_unit_under_two_spellings_is_one() -> None:
    found = units(euro=False).resolve([(EUR_ID, "EUR"), (EUR_ID, "")])
    assert {unit.label for unit in found.values()} == {"EUR"}


decimals = st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**15), max_value=10**15, places=20)


@steady
@given(st.lists(st.tuples(st.integers(0, 4), decimals), min_size=1, max_size=40))
def test_sums_by_code_are_exact(rows: list[tuple[int, Decimal]]) -> None:
    values = np.empty(len(rows), dtype=object)
    values[:] = [value for _, value in rows]
    codes, sums = sum_by(np.array([code for code, _ in rows]), values)
    expected = {code: exact_sum(value for other, value in rows if other == code) for code, _ in rows}
    assert dict(zip(codes.tolist(), sums.tolist(), strict=True)) == expected


@steady
@given(st.lists(st.tuples(*[st.integers(-2, 2**40)] * 3), min_size=1, max_size=40))
def test_packed_codes_are_equal_exactly_where_the_columns_are(rows: list[tuple[int, int, int]]) -> None:
    packed = pack(*(np.array(column, dtype=np.int64) for column in zip(*rows, strict=True)))
    assert len(set(packed.tolist())) == len(set(rows))
    assert len(set(zip(rows, packed.tolist(), strict=True))) == len(set(rows))
