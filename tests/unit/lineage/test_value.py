"""Ids of receipts, and whether a receipt adds up."""

from __future__ import annotations

import re
from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.lineage.usage import ROUNDING, _rounding
from data.lineage.value import Evidence, How, Receipt, Seal, series_marks
from data.series import Series, SeriesKind, SeriesTable
from tests.unit.analytics.builders import at

SEAL = Seal("S", ("account", "2024-10-01", "2024-10-31"))


def receipt(amount: Decimal | float | None, *parts: Decimal | float | None) -> Receipt:
    rows = tuple(Evidence(words="", amount=part) for part in parts)
    return Receipt(ident="S-4KQ7M2XA", title="", amount=amount, unit="USD", is_money=True, rows=rows)


def test_an_id_is_a_letter_and_eight_letters_or_digits_that_are_hard_to_misread() -> None:
    assert re.fullmatch(r"S-[A-Z2-7]{8}", SEAL.mark("total", "gross"))


def test_the_id_of_a_place_stays_the_same_for_good() -> None:
    assert SEAL.mark("total", "gross") == Seal("S", SEAL.state).mark("total", "gross") == "S-SMO5KWDX"


@pytest.mark.parametrize(
    "other",
    [
        SEAL.mark("total", "net"),
        SEAL.mark("total"),
        SEAL.mark("totalgross"),
        Seal("U", SEAL.state).mark("total", "gross"),
        Seal("S", SEAL.state[:2]).mark("2024-10-31", "total", "gross"),
        Seal("S", (*SEAL.state, "total")).mark("gross"),
    ],
)
def test_another_place_state_or_view_has_another_id(other: str) -> None:
    assert other != SEAL.mark("total", "gross")


def test_series_of_one_name_have_ids_of_their_own() -> None:
    twins = (Series("(empty)", SeriesKind.VALUE, (1.0,), 1.0),) * 2
    table = SeriesTable((at("2024-10-01"),), (at("2024-10-02"),), (*twins, replace(twins[0], kind=SeriesKind.OTHER)))
    marks = series_marks(SEAL, table)
    found = [marks.cell(one, 0) for one in range(3)] + [marks.total(one) for one in range(3)]
    assert len({*found, marks.window(0), marks.grand()}) == 8


def test_sums_add_up_to_the_last_digit() -> None:
    assert receipt(Decimal("0.3"), Decimal("0.1"), Decimal("0.2")).adds_up()
    assert not receipt(Decimal("0.3"), Decimal("0.1"), Decimal("0.2000000000001")).adds_up()
    assert receipt(0.3, 0.1, 0.2).adds_up()
    assert not receipt(0.3, 0.1, 0.2000001).adds_up()
    assert receipt(Decimal(1), Decimal(1), None).adds_up()
    assert receipt(Decimal(0)).adds_up()
    assert not receipt(Decimal(1)).adds_up()


def test_what_is_no_sum_needs_not_add_up() -> None:
    assert replace(receipt(Decimal(5), Decimal(1)), how=How.READ).adds_up()
    assert receipt(None, Decimal(1)).adds_up()


@given(parts=st.lists(st.floats(-1e15, 1e15), min_size=1, max_size=20), error=st.floats(-1e3, 1e3))
def test_a_rounding_row_makes_up_for_what_a_float_cannot_hold(parts: list[float], error: float) -> None:
    rows = tuple(Evidence(words="", amount=part) for part in parts)
    amount = sum(parts) + error
    more = _rounding(rows, amount)
    assert {one.words for one in more} <= {ROUNDING}
    assert receipt(amount, *(one.amount for one in (*rows, *more))).adds_up()
