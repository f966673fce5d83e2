"""CSV bytes: plain numbers, quoted texts, no formulas."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime
from decimal import Decimal

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.files import FORMULA_STARTS, cell_text, to_csv


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (Decimal("0.08035115329647073"), "0.08035115329647073"),
        (Decimal("1E+3"), "1000"),
        (Decimal("-5.25"), "-5.25"),
        (Decimal("1.50"), "1.50"),
        (Decimal("-0"), "0"),
        (37.0, "37"),
        (1.5e-7, "0.00000015"),
        (1e21, "1000000000000000000000"),
        (float("nan"), ""),
        (None, ""),
        (pd.NaT, ""),
        (7, "7"),
        (datetime(2024, 10, 1, tzinfo=UTC), "2024-10-01T00:00:00Z"),
        (pd.Timestamp("2024-10-01T02:00:00+02:00"), "2024-10-01T00:00:00Z"),
        ("=1+1", "'=1+1"),
        ("-5.25", "'-5.25"),
        ("plain", "plain"),
        ("", ""),
    ],
)
def test_one_cell(value: object, text: str) -> None:
    assert cell_text(value) == text  # type: ignore[arg-type]


@given(st.lists(st.text(st.characters(exclude_categories=("Cs",))), min_size=1))
def test_no_text_cell_begins_like_a_formula_and_every_text_comes_back(texts: list[str]) -> None:
    rows = list(csv.reader(io.StringIO(to_csv(pd.DataFrame({"name": texts, "n": 1})).decode(), newline="")))
    assert rows[0] == ["name", "n"]
    found = [row[0] for row in rows[1:]]
    assert not any(cell.startswith(FORMULA_STARTS) for cell in found)
    assert [cell.removeprefix("'") if text.startswith(FORMULA_STARTS) else cell
            for cell, text in zip(found, texts, strict=True)] == texts  # fmt: skip


@given(st.decimals(allow_nan=False, allow_infinity=False))
def test_a_number_stays_the_number_it_was(value: Decimal) -> None:
    assert Decimal(cell_text(value)) == value
    assert "e" not in cell_text(value).lower()


def test_rows_end_with_crlf_and_the_header_is_always_there() -> None:
    assert to_csv(pd.DataFrame({"a": [], "b": []})) == b"a,b\r\n"
    assert to_csv(pd.DataFrame({"a": ['x,"y"\n'], "b": [1]})) == b'a,b\r\n"x,""y""\n",1\r\n'
