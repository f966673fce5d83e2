"""Spend rows, attribution of deductions, series and totals."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.analytics.spend import SPEND_FILE, Spend, spend_file, spend_rows
from data.analytics.spend_lines import default_spend_key, spend_keys
from data.analytics.spend_series import SpendTotals, currencies, spend_by_group, spend_totals
from data.filters import Days, View, Window
from data.money import exact_sum
from data.series import SeriesTable
from tests.unit.analytics.builders import CPU_ID, EUR_ID, at, covered, deduction, line, lines, steady, units, windows

OCTOBER = Days(first=date(2024, 10, 1), last=date(2024, 10, 31))
LATER = at("2024-12-01")


def spent(
    *rows: dict[str, Any], key: str = "region", window: Window = Window.DAY, types: dict[str, str] | None = None
) -> pd.DataFrame:
    return traced(*rows, key=key, window=window, types=types).frame


def traced(
    *rows: dict[str, Any], key: str = "region", window: Window = Window.DAY, types: dict[str, str] | None = None
) -> Spend:
    return spend_rows(lines(*rows), windows(), OCTOBER, window, key=key, units=units(), balance_types=types or {})


def cells(spend: pd.DataFrame, *columns: str) -> list[tuple[Any, ...]]:
    """Rows as text, amounts without trailing zeros."""
    return list(zip(*([_shown(one) for one in spend[name]] for name in columns), strict=True))


def _shown(value: Any) -> Any:
    return format(value.normalize(), "f") if isinstance(value, Decimal) else value


def totals(spend: pd.DataFrame) -> SpendTotals:
    (only,) = spend_totals(spend)
    return only


def table(spend: pd.DataFrame, view: View, *, currency: str = "USD", top: int = 8) -> SeriesTable:
    return spend_by_group(spend, OCTOBER, Window.DAY, currency=currency, view=view, top=top, now=LATER)


GUIDE = (
    line(3700, "ap-south-1"),
    line(2400, "us-east-1"),
    line(1200, "us-east-2"),
    line(9100, "ap-south-1", day="2024-10-02"),
)
GUIDE_COMMIT = (
    covered(3700, "ap-south-1"), deduction(-3700), covered(2400, "us-east-1"), deduction(-2400),
    covered(1200, "us-east-2"), deduction(-1200),
    covered(9100, "ap-south-1", day="2024-10-02"), deduction(-9100, day="2024-10-02"),
)  # fmt: skip


def test_the_guides_spend_by_region() -> None:
    gross = table(spent(*GUIDE), View.GROSS)
    assert [(one.label, one.values[:2]) for one in gross.series] == [
        ("ap-south-1", (Decimal(37), Decimal(91))),
        ("us-east-1", (Decimal(24), Decimal(0))),
        ("us-east-2", (Decimal(12), Decimal(0))),
    ]
    assert gross.grand_total == Decimal(164)


def test_the_guides_commit_pays_for_everything_region_by_region() -> None:
    spend = spent(*GUIDE_COMMIT)
    assert table(spend, View.GROSS).grand_total == Decimal(164)
    assert table(spend, View.CREDITS).grand_total == Decimal(-164)
    assert table(spend, View.NET).grand_total == Decimal(0)
    assert [one.total for one in table(spend, View.CREDITS).series] == [Decimal(-128), Decimal(-24), Decimal(-12)]
    assert set(spend["basis"]) == {"exact"}


def test_one_deduction_for_many_lines_is_exact_when_it_equals_them() -> None:
    spend = spent(covered(3700, "a"), covered(2400, "b"), deduction(-6100), line(500, "b"))
    assert cells(spend, "group_value", "gross", "credits", "net", "basis") == [
        ("a", "37", "-37", "0", "exact"), ("b", "29", "-24", "5", "exact"),
    ]  # fmt: skip


def test_a_deduction_that_differs_is_spread_and_says_so() -> None:
    spend = spent(covered(100, "a"), covered(200, "b"), deduction(-100))
    rows = cells(spend, "group_value", "gross", "credits", "basis")
    assert ("a", "1", "0", "exact") in rows
    assert ("a", "0", "-0.33333333333333", "allocated") in rows
    assert ("b", "0", "-0.66666666666667", "allocated") in rows
    assert totals(spend).credits == Decimal(-1)


def test_a_difference_within_a_millionth_stays_exact_and_nothing_is_lost() -> None:
    spend = spent(covered("100.0000001", "a"), covered(200, "b"), deduction("-300.0000003"))
    assert set(spend["basis"]) == {"exact"}
    assert totals(spend).credits == Decimal("-3.000000003")


def test_other_dates_then_other_products_are_tried_as_allocated() -> None:
    dates = spent(covered(100, "a"), deduction(-100, line_start=at("2024-10-02")))
    product = spent(covered(100, "a"), deduction(-100, product_id="Q"))
    for spend in (dates, product):
        assert ("a", "-1", "allocated") in cells(spend, "group_value", "credits", "basis")


def test_a_deduction_of_another_commit_or_window_is_not_attributed() -> None:
    elsewhere = (deduction(-100, commit_id="D"), deduction(-100, segment_id="T"), deduction(-100, day="2024-10-02"))
    for other in (*elsewhere, deduction(-100, commit_id=None, segment_id=None)):
        spend = spent(covered(100, "a"), other)
        assert (None, "-1", "unattributed") in cells(spend, "group_value", "credits", "basis")
        assert table(spend, View.CREDITS).series[0].kind.value == "unattributed"


def test_a_fee_paid_by_a_commit_does_not_lower_usage_elsewhere() -> None:
    fee = covered(5000, line_type="subscription", product_id="SUB", name="Seats")
    spend = spent(fee, deduction(-5000, product_id="SUB"), covered(300, "a"), deduction(-300))
    assert [(one.label, one.total) for one in table(spend, View.NET).series] == [
        ("a", Decimal(0)), ("(unattributed)", Decimal(-50)),
    ]  # fmt: skip
    assert totals(spend).other == Decimal(50)
    assert totals(spend).net == Decimal(0)


def test_a_fee_of_the_same_dates_comes_before_usage_of_others() -> None:
    fee = covered(5000, line_type="subscription")
    spend = spent(fee, deduction(-5000), covered(300, "a", line_start=at("2024-10-02")))
    assert [(one.label, one.total) for one in table(spend, View.CREDITS).series] == [("(unattributed)", Decimal(-50))]


def test_a_deduction_that_names_its_group_needs_no_covered_lines() -> None:
    own = deduction(-70, presentation='{"region":"b"}')
    assert ("b", "-0.7", "exact") in cells(spent(covered(100, "a"), own), "group_value", "credits", "basis")


@pytest.mark.parametrize(
    ("sent", "types", "column"),
    [
        ("POSTPAID", {"C": "PREPAID"}, "postpaid"),
        ("CREDIT", {"C": "POSTPAID"}, "credits"),
        ("PostpaidCommit", {}, "postpaid"),
        ("PrepaidCommit", {"C": "POSTPAID"}, "postpaid"),
        ("PrepaidCommit", {}, "credits"),
        (None, {"C": "POSTPAID"}, "postpaid"),
        (None, {}, "credits"),
    ],
)
def test_the_class_of_a_deduction_is_its_applied_type_else_its_balance_else_its_name(
    sent: str | None, types: dict[str, str], column: str
) -> None:
    spend = spent(covered(100, "a"), deduction(-100, commit_type=sent), types=types)
    assert getattr(totals(spend), column) == Decimal(-1)
    assert totals(spend).net == (Decimal(1) if column == "postpaid" else Decimal(0))


def test_void_invoices_and_consolidated_copies_do_not_count() -> None:
    void, copy = line(100, "a", invoice_status="VOID"), line(100, "a", invoice_type="USAGE_CONSOLIDATED")
    assert totals(spent(line(100, "a"), void, copy)).gross == Decimal(1)


@pytest.mark.parametrize("kind", ["subscription", "scheduled", "commit_purchase", "cpu_conversion", "surprise"])
def test_what_is_neither_usage_nor_deduction_is_other_and_outside_the_views(kind: str) -> None:
    spend = spent(line(100, "a"), line(900, "b", line_type=kind, product_id="F"))
    assert (totals(spend).other, totals(spend).net) == (Decimal(9), Decimal(10))
    for view in View:
        assert "b" not in [one.label for one in table(spend, view).series]
    assert table(spend, View.NET).grand_total == Decimal(1)


def test_null_groups_are_not_set_and_missing_ones_unattributed() -> None:
    spend = spent(
        line(100, None), line(200), line(300, pricing='{"region":"p"}'), line(50, None, pricing='{"region":"p"}')
    )
    assert [(one.label, one.kind.value, one.total) for one in table(spend, View.GROSS).series] == [
        ("p", "value", Decimal("3.5")),
        ("(not set)", "not_set", Decimal(1)),
        ("(unattributed)", "unattributed", Decimal(2)),
    ]


def test_currencies_are_kept_apart_and_only_dollars_are_cents() -> None:
    euro = {"credit_type_id": EUR_ID, "credit_type": "EUR"}
    tokens = {"credit_type_id": CPU_ID, "credit_type": "tokens"}
    spend = spent(line(1000, "a"), line(8, "a", **euro), line(5000, "a", **tokens))
    assert currencies(spend_totals(spend)) == ("USD", "EUR", "tokens")
    assert {one.currency: one.gross for one in spend_totals(spend)} == {
        "EUR": Decimal(8), "USD": Decimal(10), "tokens": Decimal(5000),
    }  # fmt: skip
    assert table(spend, View.GROSS, currency="EUR").grand_total == Decimal(8)


def test_usage_in_a_pricing_unit_comes_before_its_conversion_into_money() -> None:
    tokens = {"credit_type_id": CPU_ID, "credit_type": "tokens"}
    spend = spent(line(5000, "a", **tokens), line(1200, line_type="cpu_conversion", product_id=None))
    assert currencies(spend_totals(spend)) == ("tokens", "USD")


def test_a_pricing_unit_named_like_money_is_not_added_to_it() -> None:
    spend = spent(line(1000, "a"), line(7, "a", credit_type_id="fake", credit_type="USD"))
    assert {one.currency: one.gross for one in spend_totals(spend)} == {"USD": Decimal(10), "USD (fake)": Decimal(7)}


def test_by_product_deductions_go_to_their_product() -> None:
    spend = spent(
        covered(100, "a"), deduction(-60), line(50, product_id="Q", name="Storage"), deduction(-5, product_id="X"),
        key="product",
    )  # fmt: skip
    assert cells(spend, "group_value", "gross", "credits", "basis") == [
        ("Compute", "0", "-0.05", "allocated"), ("Compute", "1", "-0.6", "exact"), ("Storage", "0.5", "0", "exact"),
    ]  # fmt: skip
    assert set(spend["product"]) == {"Compute", "Storage"}


def test_the_file_has_the_promised_columns_and_one_row_per_cell() -> None:
    spend = spent(*GUIDE_COMMIT, window=Window.MONTH)
    file = spend_file(spend)
    assert tuple(file.columns) == SPEND_FILE
    assert not file.duplicated(
        ["window_start", "currency", "invoice_id", "product", "group_key", "group_value", "basis"]
    ).any()
    assert cells(file, "window_start", "window_end", "group_value", "gross", "credits", "net")[0] == (
        at("2024-10-01"), at("2024-11-01"), "ap-south-1", "128", "-128", "0",
    )  # fmt: skip


def test_rows_outside_the_range_and_without_a_window_are_left_out() -> None:
    spend = spent(line(1, "a", day="2024-09-30"), line(1, "a", window_start=None, window_end=None), line(5, "a"))
    assert totals(spend).gross == Decimal("0.05")


def test_null_totals_count_as_nothing() -> None:
    assert totals(spent(line(None, "a"), line(5, "a"))).gross == Decimal("0.05")


def test_invoices_that_will_not_be_billed_are_spend_but_not_payable() -> None:
    rows = lines(line(100, "a"), line(900, "a", invoice_id="free"))
    spend = spend_rows(
        rows, windows({"invoice_id": "free", "billable": False}), OCTOBER, Window.DAY,
        key="region", units=units(), balance_types={},
    ).frame  # fmt: skip
    assert table(spend, View.GROSS).grand_total == Decimal(10)
    assert table(spend, View.NET).grand_total == Decimal(1)
    assert (totals(spend).after_credits, totals(spend).unbillable) == (Decimal(1), Decimal(9))


def test_no_lines_make_an_empty_frame_and_an_empty_table() -> None:
    spend = spent()
    assert tuple(spend_file(spend).columns) == SPEND_FILE
    assert spend_totals(spend) == ()
    assert currencies(spend_totals(spend)) == ()
    assert table(spend, View.NET).is_empty


def test_keys_are_those_on_the_lines_and_region_comes_first() -> None:
    rows = lines(line(1, "a"), line(1, pricing='{"tier":"x","region":"y"}'))
    assert spend_keys(rows) == ("region", "tier", "product")
    assert default_spend_key(spend_keys(rows)) == "region"
    assert default_spend_key(spend_keys(lines(line(1)))) == "product"


@pytest.mark.thorough
def test_a_million_amounts_add_up_exactly() -> None:
    few = lines(*(line(f"{n}.1234567890123456789", "ab"[n % 2]) for n in range(8)))
    many = few.iloc[np.tile(np.arange(8), 125_000)].reset_index(drop=True)
    spend = spend_rows(many, windows(), OCTOBER, Window.DAY, key="region", units=units(), balance_types={}).frame
    expected = (Decimal(28) + 8 * Decimal("0.1234567890123456789")) * 125_000 / 100
    assert totals(spend).gross == expected


cents = st.decimals(0, 10**7, places=6, allow_nan=False, allow_infinity=False)
kept = st.fixed_dictionaries(
    {
        "day": st.sampled_from(["2024-10-01", "2024-10-02", "2024-10-30"]),
        "region": st.sampled_from(["a", "b", "", None]),
        "product_id": st.sampled_from(["P", "Q"]),
        "invoice_id": st.sampled_from(["one", "two"]),
        "commit_id": st.sampled_from(["C", "D", None]),
        "line_start": st.sampled_from(["2024-10-01", "2024-10-05"]),
        "amount": cents,
        "kind": st.sampled_from(["usage", "applied_commit_or_credit", "subscription", "mystery"]),
        "commit_type": st.sampled_from(["PREPAID", "POSTPAID", "CREDIT", "PrepaidCommit", None]),
    }
)


def drawn(row: dict[str, Any]) -> dict[str, Any]:
    rest = {name: row[name] for name in ("product_id", "invoice_id", "commit_id", "line_start", "commit_type")}
    if row["kind"] == "applied_commit_or_credit":
        return deduction(-row["amount"], day=row["day"], **rest)
    return line(row["amount"], row["region"], day=row["day"], line_type=row["kind"], **rest)


@steady
@given(rows=st.lists(kept, min_size=1, max_size=25), window=st.sampled_from([Window.DAY, Window.WEEK, Window.MONTH]))
def test_whatever_the_lines_each_invoice_and_window_keeps_its_total(rows: list[dict[str, Any]], window: Window) -> None:
    spend = spent(*map(drawn, rows), window=window, key="region")
    for invoice in ("one", "two"):
        mine = [row for row in rows if row["invoice_id"] == invoice]
        signed = [row["amount"].copy_negate() if row["kind"].startswith("applied") else row["amount"] for row in mine]
        post = [row["kind"].startswith("applied") and row["commit_type"] == "POSTPAID" for row in mine]
        billed = exact_sum(amount for amount, apart in zip(signed, post, strict=True) if not apart)
        found = spend[spend["invoice_id"] == invoice]
        assert exact_sum(found["net"]) == billed / 100
        assert (
            exact_sum(found["postpaid"]) == exact_sum(a for a, apart in zip(signed, post, strict=True) if apart) / 100
        )
        assert exact_sum(found["gross"]) == exact_sum(r["amount"] for r in mine if r["kind"] == "usage") / 100


@steady
@given(rows=st.lists(kept, min_size=1, max_size=15), data=st.data(), key=st.sampled_from(["region", "product"]))
def test_the_order_of_lines_does_not_matter(rows: list[dict[str, Any]], data: st.DataObject, key: str) -> None:
    shuffled = data.draw(st.permutations(rows))
    first, second = (spent(*map(drawn, order), key=key) for order in (rows, shuffled))
    pd.testing.assert_frame_equal(first, second)


@steady
@given(rows=st.lists(kept, min_size=1, max_size=25), top=st.integers(1, 2), view=st.sampled_from(list(View)))
def test_groups_add_up_to_the_view_and_days_to_months(rows: list[dict[str, Any]], top: int, view: View) -> None:
    spend = spent(*map(drawn, rows))
    if spend.empty:
        return
    shown = table(spend, view, top=top)
    month = spend_by_group(
        spent(*map(drawn, rows), window=Window.MONTH), OCTOBER, Window.MONTH,
        currency="USD", view=view, top=top, now=LATER,
    )  # fmt: skip
    whole = totals(spend)
    expected = {View.GROSS: whole.gross, View.CREDITS: whole.credits, View.NET: whole.after_credits}[view]
    assert exact_sum(one.total for one in shown.series) == expected
    assert (shown.grand_total or Decimal(0)) == expected
    assert exact_sum(one.total for one in month.series) == expected
    assert all(one.total == exact_sum(one.values) for one in shown.series)
