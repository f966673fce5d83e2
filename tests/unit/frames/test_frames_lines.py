"""Invoices and breakdowns as frames (pitfalls 15 and 18 where they touch the frames)."""

from __future__ import annotations

import json
import logging
from decimal import Decimal
from typing import Any

import msgspec
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from data import schema
from data.errors import BadAnswer
from data.frames.invoices import to_invoices
from data.frames.lines import to_invoice_lines, to_lines, to_windows
from data.metronome.invoice_shapes import InvoiceRow
from data.money import exact_sum

USD = {"id": "2714e483-4ff1-48e4-9e25-ac732e8f24f2", "name": "USD (cents)"}
EUR = {"id": "11111111-4ff1-48e4-9e25-ac732e8f24f2", "name": "EUR"}
CPU = {"id": "22222222-4ff1-48e4-9e25-ac732e8f24f2", "name": "Credits"}
PRODUCT = {"product_id": "d111fa1e", "product_type": "UsageProductListItem"}


def line(total: Any, **more: Any) -> dict[str, Any]:
    return {"name": "My Product", "total": total, "credit_type": USD, **PRODUCT, **more}


def element(*lines: dict[str, Any], day: int = 1, ident: str = "c5b9", **more: Any) -> dict[str, Any]:
    return {
        "id": ident,
        "status": "DRAFT",
        "type": "USAGE",
        "credit_type": USD,
        "total": sum(item["total"] or 0 for item in lines),
        "start_timestamp": "2024-10-01T00:00:00+00:00",
        "end_timestamp": "2024-11-01T00:00:00+00:00",
        "breakdown_start_timestamp": f"2024-10-{day:02d}T00:00:00.000Z",
        "breakdown_end_timestamp": f"2024-10-{day + 1:02d}T00:00:00.000Z",
        "line_items": list(lines),
        **more,
    }


def read(*elements: dict[str, Any]) -> list[InvoiceRow]:
    return msgspec.json.decode(json.dumps(elements), type=list[InvoiceRow])


def test_each_line_stands_in_its_window_not_in_the_invoices_period() -> None:
    rows = read(element(line(3700), line(2400)), element(line(9100), day=2))
    lines, windows = to_lines(rows), to_windows(rows)

    assert lines["window_start"].dt.day.tolist() == [1, 1, 2]
    assert lines["line"].tolist() == [0, 1, 0]
    assert lines["total"].tolist() == [Decimal(3700), Decimal(2400), Decimal(9100)]
    assert windows["total"].tolist() == [Decimal(6100), Decimal(9100)]
    assert windows["period_start"].dt.day.tolist() == [1, 1]


def test_a_whole_invoice_has_its_period_as_window_of_its_lines_and_none_of_its_own() -> None:
    header = {"breakdown_start_timestamp": None, "breakdown_end_timestamp": None}
    rows = read(
        element(line(1), **header), element(line(2), ident="s", **header, start_timestamp=None, end_timestamp=None)
    )
    lines, windows = to_lines(rows), to_windows(rows)

    assert lines["window_start"].isna().tolist() == [False, True]
    assert windows["window_start"].isna().all()


def test_an_element_without_lines_and_one_whose_lines_are_alike_move_no_line_beside_them() -> None:
    alike = [line(amount, name="Alike", commit_id="f3") for amount in (1, 2, 3)]
    rows = read(element(line(4, name=None)), element(day=2), element(*alike, day=3), element(line(5), day=4))
    lines = to_lines(rows)

    assert lines["window_start"].dt.day.tolist() == [1, 3, 3, 3, 4]
    assert lines["line"].tolist() == [0, 0, 1, 2, 0]
    assert lines["total"].tolist() == [4, 1, 2, 3, 5]
    assert lines["name"].astype(object).fillna("-").tolist() == ["-", "Alike", "Alike", "Alike", "My Product"]
    assert lines["commit_id"].isna().tolist() == [True, False, False, False, True]


def test_lines_without_group_values_stay_and_null_values_stay_null() -> None:
    rows = read(
        element(
            line(10, presentation_group_values={"region": "eu"}, quantity=1),
            line(20, presentation_group_values={"region": None}),
            line(-10, commit_id="f3", commit_type="PrepaidCommit"),
            line(30, presentation_group_values={}),
            line(40, presentation_group_values=None, pricing_group_values={"tier": "a", "az": None}),
        )
    )
    lines = to_lines(rows)

    assert lines["presentation"].astype(object).where(lines["presentation"].notna(), None).tolist() == [
        '{"region":"eu"}',
        '{"region":null}',
        None,
        "{}",
        None,
    ]
    assert lines["pricing"].iloc[4] == '{"az":null,"tier":"a"}'
    assert lines["line_type"].tolist() == ["usage", "usage", "applied_commit_or_credit", "usage", "usage"]


def test_the_deprecated_group_pair_joins_the_presentation_values_it_is_missing_from() -> None:
    rows = read(
        element(
            line(1, group_key="region", group_value="eu"),
            line(1, group_key="region", group_value="no", presentation_group_values={"region": "us"}),
            line(1, group_key="region", group_value=None, presentation_group_values={"az": "1"}),
        )
    )

    assert to_lines(rows)["presentation"].tolist() == ['{"region":"eu"}', '{"region":"us"}', '{"az":"1","region":null}']


def test_two_orders_of_the_same_group_values_are_one_text() -> None:
    rows = read(
        element(
            line(1, presentation_group_values={"a": "1", "b": "2"}),
            line(2, presentation_group_values={"b": "2", "a": "1"}),
        )
    )

    assert to_lines(rows)["presentation"].nunique() == 1


def test_an_element_met_again_counts_once_and_a_different_one_stays(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    first, changed = element(line(100), line(50)), element(line(100), line(60))
    reordered_keys = dict(reversed(list(first.items())))
    rows = read(first, element(line(7), day=2), reordered_keys, changed, first)

    assert to_lines(rows)["total"].tolist() == [100, 50, 7, 100, 60]
    assert to_windows(rows)["total"].tolist() == [150, 7, 160]
    assert "2 met again" in caplog.text
    assert "1 added" in caplog.text


def test_the_same_window_of_two_invoices_is_two_windows() -> None:
    assert len(to_windows(read(element(line(1)), element(line(1), ident="other")))) == 2


def test_a_credit_is_told_from_a_prepaid_commit_where_the_field_is_there() -> None:
    rows = read(
        element(
            line(
                -1, commit_id="a", commit_type="PrepaidCommit", applied_commit_or_credit={"id": "a", "type": "CREDIT"}
            ),
            line(-1, commit_id="b", commit_type="PrepaidCommit"),
            line(-1, commit_id="b", applied_commit_or_credit={"id": "b"}),
        )
    )

    assert to_lines(rows)["commit_type"].astype(object).tolist()[:2] == ["CREDIT", "PrepaidCommit"]
    assert to_lines(rows)["commit_type"].isna().tolist() == [False, False, True]


def test_the_conversion_line_is_told_by_the_units_beside_it() -> None:
    conversion = {"name": "Overage", "total": 12, "credit_type": USD}
    alone, beside = read(element(conversion)), read(element(conversion, line(1200, credit_type=CPU)))

    assert to_lines(alone)["line_type"].tolist() == ["other"]
    assert to_lines(beside)["line_type"].tolist() == ["cpu_conversion", "usage"]


def test_unknown_statuses_types_and_units_are_kept_as_sent() -> None:
    rows = read(
        element(line(5, type="quantum_fee", credit_type=EUR), status="DRAFT_INCOMPLETE", type="CONTRACT_TRUEUP")
    )
    lines, windows = to_lines(rows), to_windows(rows)

    assert (lines["line_type"].iloc[0], lines["credit_type"].iloc[0]) == ("other", "EUR")
    assert (windows["invoice_status"].iloc[0], windows["invoice_type"].iloc[0]) == (
        "DRAFT_INCOMPLETE",
        "CONTRACT_TRUEUP",
    )


def test_a_spend_breakdown_has_windows_without_totals() -> None:
    spend = element(line(5))
    del spend["total"]

    assert to_windows(read(spend))["total"].tolist() == [None]


def test_an_invoice_met_again_while_it_moves_is_its_latest_state() -> None:
    frame = to_invoices(read(element(line(1)), element(line(2)), element(line(3), ident="other")))

    assert list(zip(frame["invoice_id"], frame["total"], strict=True)) == [("c5b9", 2), ("other", 3)]


def test_only_the_word_unbillable_makes_an_invoice_unbillable() -> None:
    said = ["billable", "unbillable", None, "new_word"]
    rows = read(*(element(ident=str(number), billable_status=word) for number, word in enumerate(said)))

    assert to_invoices(rows)["billable"].tolist() == to_windows(rows)["billable"].tolist() == [True, False, True, True]


def sent(column: pd.Series) -> list[Any]:
    return column.astype(object).where(column.notna(), None).tolist()


def test_a_line_says_its_tier_its_list_price_what_it_consumed_and_the_commit_that_it_settles() -> None:
    full = {
        "tier": {"level": 2, "starting_at": "100", "size": None},
        "list_price": {"price": 1.250, "rate_type": "TIERED"},
        "quantity_consumed": 0.1,
        "postpaid_commit": {"id": "p1"},
    }
    empty = {"tier": {}, "list_price": {}, "postpaid_commit": {}}
    nulls = {
        "tier": {"level": None},
        "list_price": {"price": None},
        "quantity_consumed": None,
        "postpaid_commit": {"id": None},
    }
    lines = to_lines(read(element(line(1, **full), line(1), line(1, **empty), line(1, **nulls), line(1, tier=None))))

    assert sent(lines["tier"]) == ["2", None, None, None, None]
    assert lines["list_price"].tolist() == [Decimal("1.25"), None, None, None, None]
    assert lines["consumed"].tolist() == [Decimal("0.1"), None, None, None, None]
    assert sent(lines["postpaid_id"]) == ["p1", None, None, None, None]
    assert sent(lines["tier_start"]) == [Decimal(100), None, None, None, None]
    assert sent(lines["tier_size"]) == [None] * 5


def test_the_bounds_of_a_tier_keep_their_digits_and_a_tier_without_an_end_has_no_size() -> None:
    tiers = [
        {"level": 1, "starting_at": "0", "size": "60000.50"},
        {"level": 2, "starting_at": 60000.5, "size": 10},
        {"level": 3, "starting_at": None},
    ]
    lines = to_lines(read(element(*(line(1, tier=tier) for tier in tiers))))

    assert sent(lines["tier_start"]) == [Decimal(0), Decimal("60000.5"), None]
    assert sent(lines["tier_size"]) == [Decimal("60000.50"), Decimal(10), None]


@pytest.mark.parametrize(
    ("level", "text"), [(1, "1"), (1.0, "1"), (2.5, "2.5"), ("1", "1"), ("gold", "gold"), (0, "0"), ("", None)]
)
def test_a_tiers_level_is_the_same_text_however_it_is_sent(level: Any, text: str | None) -> None:
    assert sent(to_lines(read(element(line(1, tier={"level": level}))))["tier"]) == [text]


@pytest.mark.parametrize(
    "wrong", [{"tier": {"level": []}}, {"tier": {"size": "NaN"}}, {"list_price": 5}, {"quantity_consumed": "NaN"}]
)
def test_new_fields_of_a_wrong_kind_are_a_bad_answer(wrong: dict[str, Any]) -> None:
    with pytest.raises(BadAnswer):
        to_lines(read(element(line(1, **wrong))))


def test_lines_of_invoices_belong_to_the_state_that_the_invoices_frame_has() -> None:
    whole = {"breakdown_start_timestamp": None, "breakdown_end_timestamp": None}
    rows = read(
        element(line(1), line(2), **whole),
        element(line(5), ident="other", **whole, start_timestamp=None, end_timestamp=None),
        element(line(1), line(3), line(4), **whole),
    )
    lines, invoices = to_invoice_lines(rows), to_invoices(rows)

    assert list(zip(lines["invoice_id"], lines["line"], lines["total"], strict=True)) == [
        ("c5b9", 0, 1), ("c5b9", 1, 3), ("c5b9", 2, 4), ("other", 0, 5),
    ]  # fmt: skip
    assert invoices["total"].tolist() == [8, 5]
    assert lines["window_start"].isna().tolist() == [False, False, False, True]
    assert lines["window_end"].iloc[0] == pd.Timestamp("2024-11-01", tz="UTC")


def test_an_invoice_says_its_terms_its_payment_and_the_invoice_that_it_corrects() -> None:
    full = element(
        net_payment_terms_days=30,
        customer_id="140a",
        external_invoice={"billing_provider_type": "stripe", "external_status": "PAID", "invoice_id": "in_1"},
        correction_record={"reason": "Wrong price", "memo": "agreed by phone", "corrected_invoice_id": "0ld"},
        regenerated_from_invoice_id="v0id",
    )
    first = to_invoices(read(full)).iloc[0]

    assert (first["terms_days"], first["payment_status"], first["external_id"]) == (30, "PAID", "in_1")
    assert (first["corrects_id"], first["correction"]) == ("0ld", "Wrong price: agreed by phone")
    assert (first["regenerated_from_id"], first["customer_id"]) == ("v0id", "140a")


@pytest.mark.parametrize(
    "sent_with",
    [
        {},
        dict.fromkeys(("net_payment_terms_days", "external_invoice", "correction_record", "customer_id")),
        {"external_invoice": {}, "correction_record": {}},
        {
            "external_invoice": {"external_status": None, "invoice_id": None},
            "correction_record": {"reason": None, "memo": "", "corrected_invoice_id": None},
            "regenerated_from_invoice_id": None,
        },
    ],
)
def test_what_an_invoice_does_not_say_is_missing(sent_with: dict[str, Any]) -> None:
    first = to_invoices(read(element(**sent_with))).iloc[0]

    assert first[["terms_days", "payment_status"]].isna().all()
    texts = ["external_id", "corrects_id", "regenerated_from_id", "correction", "customer_id"]
    assert first[texts].tolist() == [""] * 5


def test_a_correction_with_one_of_its_two_texts_has_no_colon() -> None:
    rows = read(*(element(ident=key, correction_record={key: "Credit note"}) for key in ("reason", "memo")))

    assert to_invoices(rows)["correction"].tolist() == ["Credit note", "Credit note"]


def test_no_rows_give_empty_frames_of_the_right_kinds() -> None:
    schema.check(to_lines([]), schema.LINES)
    schema.check(to_invoice_lines([]), schema.LINES)
    schema.check(to_windows([]), schema.WINDOWS)
    schema.check(to_invoices([]), schema.INVOICES)
    schema.check(to_lines(read(element())), schema.LINES)


@given(st.lists(st.decimals(-(10**15), 10**15, places=15), min_size=1, max_size=30))
def test_every_digit_of_an_amount_survives(amounts: list[Decimal]) -> None:
    lines = ",".join(
        f'{{"name":"x","total":{amount:f},"quantity":{amount:f},"unit_price":{amount:f},'
        f'"list_price":{{"price":{amount:f}}},"quantity_consumed":{amount:f}}}'
        for amount in amounts
    )
    rows = msgspec.json.decode(f'[{{"id":"i","line_items":[{lines}]}}]', type=list[InvoiceRow])
    frame = to_lines(rows)

    for column in ("total", "quantity", "unit_price", "list_price", "consumed"):
        assert [value.as_tuple() for value in frame[column]] == [amount.as_tuple() for amount in amounts]
    assert exact_sum(frame["total"]) == exact_sum(amounts)


@pytest.mark.parametrize("told_by", ['"product_type":"UsageProductListItem"', '"commit_id":"c"', '"type":"usage"'])
@pytest.mark.parametrize("total", ['"NaN"', '"Infinity"', '"-sNaN"', "1e400", "1" * 40, "1e999999999", "true", "[]"])
def test_an_amount_that_is_no_amount_is_a_bad_answer(total: str, told_by: str) -> None:
    rows = msgspec.json.decode(f'[{{"id":"i","line_items":[{{"total":{total},{told_by}}}]}}]', type=list[InvoiceRow])
    with pytest.raises(BadAnswer):
        to_lines(rows)


@given(st.permutations([element(line(n), day=n) for n in range(1, 7)]), st.integers(0, 5))
def test_the_order_of_elements_does_not_matter(elements: list[dict[str, Any]], repeated: int) -> None:
    def ordered(frame: pd.DataFrame) -> list[tuple[Any, ...]]:
        return sorted(zip(frame["window_start"], frame["line"], frame["total"], strict=True))

    straight = [element(line(n), day=n) for n in range(1, 7)]
    assert ordered(to_lines(read(*elements, elements[repeated]))) == ordered(to_lines(read(*straight)))
