"""The tables of sections 4.2 and 5.2: every type, and what no table knows."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from data.frames.ledger_types import category
from data.frames.line_types import line_type
from data.metronome.invoice_shapes import LineItem
from data.metronome.shapes import Reference

USAGE, COMPOSITE = "UsageProductListItem", "CompositeProductListItem"
SUBSCRIPTION, FIXED = "SubscriptionProductListItem", "FixedProductListItem"


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"product_type": USAGE, "total": 5}, "usage"),
        ({"product_type": USAGE, "total": 0}, "usage"),
        ({"product_type": USAGE, "total": -5, "quantity": 1}, "usage"),
        ({"product_type": USAGE, "total": 5, "commit_id": "c", "quantity": 1}, "usage"),
        ({"product_type": COMPOSITE, "total": 5}, "usage"),
        ({"product_type": USAGE, "total": -5, "commit_id": "c"}, "applied_commit_or_credit"),
        ({"total": -5, "commit_id": "c"}, "applied_commit_or_credit"),
        ({"product_type": USAGE, "total": -5}, "other"),
        ({"product_type": SUBSCRIPTION, "total": 5}, "subscription"),
        ({"product_type": SUBSCRIPTION, "total": -5, "commit_id": "c"}, "applied_commit_or_credit"),
        ({"subscription_id": "s", "total": 5, "quantity": 1}, "subscription"),
        ({"product_type": FIXED, "scheduled_charge_id": "s", "total": 5}, "scheduled"),
        ({"product_type": FIXED, "commit_id": "c", "total": 5}, "commit_purchase"),
        ({"product_type": FIXED, "commit_id": "c", "total": 0}, "other"),
        ({"product_type": FIXED, "postpaid_commit": Reference(id="p"), "total": 5}, "postpaid_trueup"),
        ({"product_type": FIXED, "total": 5}, "other"),
        ({}, "other"),
    ],
)
def test_a_line_without_a_type_gets_the_first_one_that_fits(fields: dict[str, Any], expected: str) -> None:
    amounts = {name: Decimal(value) for name, value in fields.items() if name in {"total", "quantity"}}

    assert line_type(LineItem(**{**fields, **amounts})) == expected


@pytest.mark.parametrize(
    "sent",
    [
        "usage",
        "applied_commit_or_credit",
        "subscription",
        "scheduled",
        "commit_purchase",
        "cpu_conversion",
        "postpaid_trueup",
    ],
)
def test_a_known_type_is_taken_as_sent_in_any_case(sent: str) -> None:
    assert line_type(LineItem(type=sent)) == line_type(LineItem(type=sent.upper())) == sent


@pytest.mark.parametrize("sent", ["discount", "professional_services", "aws_royalty", "minimum", "seat", "brand_new"])
def test_an_older_or_unknown_type_is_other_even_where_the_line_looks_like_usage(sent: str) -> None:
    assert line_type(LineItem(type=sent, product_type=USAGE, total=Decimal(5))) == "other"


@pytest.mark.parametrize(
    ("type", "expected"),
    [
        *[
            (f"{kind}_{ending}", expected)
            for kind in ("PREPAID_COMMIT", "CREDIT")
            for ending, expected in [
                ("SEGMENT_START", "granted"),
                ("AUTOMATED_INVOICE_DEDUCTION", "used"),
                ("EXPIRATION", "expired"),
                ("ROLLOVER", "rolled_over"),
                ("MANUAL", "adjusted"),
                ("SEAT_BASED_ADJUSTMENT", "granted"),
                ("CANCELED", "canceled"),
                ("CREDITED", "credited"),
            ]
        ],
        ("POSTPAID_COMMIT_INITIAL_BALANCE", "granted"),
        ("POSTPAID_COMMIT_AUTOMATED_INVOICE_DEDUCTION", "used"),
        ("POSTPAID_COMMIT_TRUEUP", "trued_up"),
        ("POSTPAID_COMMIT_ROLLOVER", "rolled_over"),
        ("POSTPAID_COMMIT_EXPIRATION", "expired"),
        ("POSTPAID_COMMIT_MANUAL", "adjusted"),
        ("POSTPAID_COMMIT_SEGMENT_START", "other"),
        ("BRAND_NEW_ENTRY", "other"),
        ("", "other"),
        (None, "other"),
    ],
)
def test_every_entry_type_has_its_category(type: str | None, expected: str) -> None:
    assert category(type) == expected
