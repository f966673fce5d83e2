from __future__ import annotations

import re
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components import format as shown


@pytest.mark.parametrize(
    ("amount", "currency", "text"),
    [
        ("0", "USD", "$0.00"),
        ("73", "USD", "$73.00"),
        ("-164", "USD", "−$164.00"),
        ("1234567.895", "USD", "$1,234,567.90"),
        ("0.005", "USD", "<$0.01"),
        ("0.009999", "USD", "<$0.01"),
        ("-0.0000001", "USD", "−<$0.01"),
        ("0.01", "USD", "$0.01"),
        ("12.345", "EUR", "€12.35"),
        ("12.5", "GBP", "£12.50"),
        ("12.5", "CHF", "12.50 CHF"),
        ("0.001", "CHF", "<0.01 CHF"),
        ("1234.5678", "GPU credits", "1,234.57 GPU credits"),
        ("7", "quantity", "7"),
        ("1e999999", "USD", "$more than can be shown"),
        ("NaN", "USD", "unknown"),
    ],
)
def test_money_has_two_decimals_a_true_minus_and_no_symbol_that_could_be_another(
    amount: str, currency: str, text: str
) -> None:
    assert shown.money(Decimal(amount), currency) == text


def test_a_missing_amount_is_never_zero() -> None:
    assert shown.money(None, "USD") == "unknown"
    assert shown.money(None, "USD", missing="–") == "–"
    assert shown.quantity(None) == "–"
    assert shown.quantity(float("nan")) == "–"
    assert shown.compact_money(None, "USD") == "unknown"


def test_the_unit_may_be_left_out_where_it_is_told_already() -> None:
    assert shown.money(Decimal("5.5"), "GPU credits", named=False) == "5.5"
    assert shown.money(Decimal("5.5"), "USD", named=False) == "$5.50"


@pytest.mark.parametrize(
    ("amount", "text"),
    [
        ("999.99", "$999.99"),
        ("1000", "$1k"),
        ("48219.337", "$48.2k"),
        ("-48219.337", "−$48.2k"),
        ("999499", "$999k"),
        ("999950", "$1M"),
        ("1234567", "$1.23M"),
        ("2500000000", "$2.5B"),
    ],
)
def test_compact_money_has_three_digits_and_a_letter(amount: str, text: str) -> None:
    assert shown.compact_money(Decimal(amount), "USD") == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0"),
        (37.0, "37"),
        (0.1 + 0.2, "0.3"),
        (1234567.891, "1,234,568"),
        (12.3456789, "12.3457"),
        (1.5e-7, "0.00000015"),
        (-4.5, "−4.5"),
        (1e15, "1,000,000,000,000,000"),
        (Decimal("12.30"), "12.3"),
    ],
)
def test_quantities_have_six_significant_digits_and_no_exponent(value: Decimal | float, text: str) -> None:
    assert shown.quantity(value) == text


def test_compact_quantity_begins_at_ten_thousand() -> None:
    assert shown.compact_quantity(9999.0, "h") == "9,999 h"
    assert shown.compact_quantity(12_345_678.0, "h") == "12.3M h"


@pytest.mark.parametrize(
    ("amount", "text"), [("0.0000125", "$0.0000125/h"), ("1.5", "$1.50/h"), ("0.12", "$0.12/h"), ("0", "$0.00/h")]
)
def test_rates_keep_their_digits(amount: str, text: str) -> None:
    assert shown.rate(Decimal(amount), "USD", "h") == text


def test_shares() -> None:
    assert shown.share(1, 3) == "33.3%"
    assert shown.share(Decimal("0.0001"), 1) == "<0.1%"
    assert shown.share(1, 0) == "–"
    assert shown.share(None, 5) == "–"


@pytest.mark.parametrize(
    ("now", "before", "text"),
    [(5, 0, "new"), (0, 0, "no change"), (0, 5, "−100%"), (6, 5, "+20%"), (4, 5, "−20%"), (None, 5, "–")],
)
def test_change_is_never_infinite(now: int | None, before: int, text: str) -> None:
    assert shown.change(now, before) == text


@given(st.decimals(min_value="-1e12", max_value="1e12", allow_nan=False))
def test_money_rounds_once_and_half_away_from_zero(amount: Decimal) -> None:
    text = shown.money(amount, "USD")
    if text.lstrip("−").startswith("<"):
        assert 0 < abs(amount) < Decimal("0.01")
        return
    back = Decimal(text.replace("−", "-").replace("$", "").replace(",", ""))
    assert abs(back) - abs(amount) <= Decimal("0.005")
    assert abs(amount) - abs(back) < Decimal("0.005")


@given(st.floats(allow_nan=True, allow_infinity=True))
def test_no_number_is_written_with_an_exponent_or_crashes(value: float) -> None:
    texts = (shown.quantity(value), shown.compact_quantity(value), shown.rate(value, "USD"), shown.share(value, 3))
    assert not [text for text in texts if re.search(r"[0-9][eE][+-]?[0-9]", text)]
