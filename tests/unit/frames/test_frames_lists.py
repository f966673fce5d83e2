"""Customers, metrics, contracts, credit types, balances and ledgers as frames (pitfall 13 where it touches them)."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import msgspec
import pandas as pd
import pytest

from data import schema
from data.errors import BadAnswer
from data.frames.balances import to_balances, to_ledger, to_net_balances, to_segments
from data.frames.contracts import to_contracts
from data.frames.customers import to_customers
from data.frames.metrics import to_credit_types, to_metrics
from data.metronome import shapes

PREPAID: dict[str, Any] = {
    "id": "b8bc",
    "type": "PREPAID",
    "contract": {"id": "8b6c"},
    "product": {"id": "d727", "name": "Prepaid Credits"},
    "priority": 100,
    "access_schedule": {
        "credit_type": {"id": "2714", "name": "USD (cents)"},
        "schedule_items": [
            {"id": "e20d", "amount": 10000.5, "starting_at": "2024-09-01T00:00:00+00:00", "ending_before": None}
        ],
    },
    "ledger": [
        {"amount": 10000, "timestamp": "2024-09-01T00:00:00+00:00", "type": "PREPAID_COMMIT_SEGMENT_START"},
        {"amount": -6500, "timestamp": "2024-10-01T00:00:00Z", "type": "BRAND_NEW", "invoice_id": "3f13"},
    ],
    "balance": 2000.25,
    "rolled_over_from": {"commit_id": "old", "contract_id": "older"},
}


def read(kind: Any, *rows: dict[str, Any]) -> Any:
    return msgspec.json.decode(msgspec.json.encode(rows), type=list[kind])


def first(frame: pd.DataFrame) -> dict[str, Any]:
    return frame.iloc[0].to_dict()


def test_a_balance_with_everything() -> None:
    rows = read(shapes.BalanceRow, PREPAID)
    balance, segment, ledger = first(to_balances(rows)), first(to_segments(rows)), to_ledger(rows)

    assert (balance["type"], balance["product"], balance["contract_id"]) == ("PREPAID", "Prepaid Credits", "8b6c")
    assert (balance["balance"], balance["rolled_from"], balance["has_ledger"]) == (Decimal("2000.25"), "old", True)
    assert (segment["amount"], segment["ends_at"] is pd.NaT) == (Decimal("10000.5"), True)
    assert ledger["category"].tolist() == ["granted", "other"]
    assert ledger["entry"].tolist() == [0, 1]
    assert ledger["type"].iloc[1] == "BRAND_NEW"
    assert ledger["invoice_id"].tolist() == ["", "3f13"]


def test_a_balance_with_nothing_but_an_id_has_no_ledger_rather_than_an_empty_one() -> None:
    rows = read(shapes.BalanceRow, {"id": "bare"}, {"id": "empty", "ledger": [], "access_schedule": {}})
    frame = to_balances(rows)

    assert frame["has_ledger"].tolist() == [False, True]
    assert frame["balance"].tolist() == [None, None]
    assert len(to_segments(rows)) == len(to_ledger(rows)) == 0


def test_a_balance_says_what_it_comes_from_what_it_pays_for_and_whether_it_is_paid_for() -> None:
    full = {
        **PREPAID,
        "recurring_commit_id": "rc",
        "applicable_product_ids": ["p1", "p2"],
        "applicable_contract_ids": ["c1"],
        "specifiers": [{"product_id": "p1"}, {"exclude": [{"deep": [1]}]}],
        "invoice_schedule": {"schedule_items": [{"id": "x", "amount": 0}, {"amount": 0.01, "timestamp": "2024-09-01"}]},
    }
    balance = first(to_balances(read(shapes.BalanceRow, full)))

    assert (balance["recurring_id"], balance["specifiers"], balance["paid"]) == ("rc", 2, True)
    assert (balance["product_ids"], balance["contract_ids"]) == (("p1", "p2"), ("c1",))


@pytest.mark.parametrize(
    ("fields", "paid"),
    [
        ({"invoice_schedule": {"schedule_items": [{"amount": 5}]}}, True),
        ({"cost_basis": 0.5}, True),
        ({"cost_basis": 0, "invoice_schedule": {"schedule_items": [{"amount": 5}]}}, True),
        ({"cost_basis": 0, "invoice_schedule": {"schedule_items": [{"amount": 0}, {"amount": None}, {}]}}, False),
        ({"invoice_schedule": {"schedule_items": []}}, False),
        ({"invoice_schedule": {"do_not_invoice": True}}, False),
        ({"invoice_schedule": None, "cost_basis": None}, False),
        ({"cost_basis": -1}, False),
        ({}, False),
    ],
)
def test_a_balance_is_paid_for_when_money_is_asked_for_it(fields: dict[str, Any], paid: bool) -> None:
    assert to_balances(read(shapes.BalanceRow, {"id": "b", **fields}))["paid"].tolist() == [paid]


@pytest.mark.parametrize("nothing", [None, []])
def test_a_balance_without_conditions_pays_for_everything(nothing: Any) -> None:
    keys = ("recurring_commit_id", "recurring_credit_id", "invoice_schedule")
    lists = ("applicable_product_ids", "applicable_contract_ids", "specifiers")
    sent = {"id": "b", **dict.fromkeys(keys), **dict.fromkeys(lists, nothing)}
    for balance in map(first, (to_balances(read(shapes.BalanceRow, row)) for row in (sent, {"id": "b"}))):
        assert (balance["product_ids"], balance["contract_ids"]) == ((), ())
        assert (balance["recurring_id"], balance["specifiers"], balance["paid"]) == ("", 0, False)


def test_a_credit_names_the_recurring_credit() -> None:
    rows = read(shapes.BalanceRow, {"id": "b", "recurring_credit_id": "rk", "recurring_commit_id": None})

    assert to_balances(rows)["recurring_id"].tolist() == ["rk"]


@pytest.mark.parametrize(
    "wrong", [{"cost_basis": "NaN"}, {"invoice_schedule": {"schedule_items": [{"amount": "Infinity"}]}}]
)
def test_a_price_that_is_no_amount_is_a_bad_answer(wrong: dict[str, Any]) -> None:
    with pytest.raises(BadAnswer):
        to_balances(read(shapes.BalanceRow, {"id": "b", **wrong}))


def net(**fields: Any) -> shapes.NetBalance:
    return msgspec.json.decode(msgspec.json.encode(fields), type=shapes.NetBalance)


def test_net_balances_stand_under_the_credit_type_that_was_asked_for() -> None:
    frame = to_net_balances(
        [
            ("2714-a", False, net(balance=10.5, credit_type_id="2714-A")),
            ("2714-a", True, net()),
            ("e", True, net(balance=0)),
        ]
    )

    assert frame["credit_type_id"].tolist() == ["2714-a", "2714-a", "e"]
    assert frame["finalized_only"].tolist() == [False, True, True]
    assert frame["balance"].tolist() == [Decimal("10.5"), None, Decimal(0)]


def test_a_net_balance_of_another_credit_type_is_a_bad_answer() -> None:
    with pytest.raises(BadAnswer):
        to_net_balances([("a", False, net(balance=1, credit_type_id="b"))])


def test_more_than_one_page_of_balances_with_an_overlap_holds_each_once() -> None:
    rows = read(shapes.BalanceRow, *({**PREPAID, "id": str(number % 30)} for number in range(31)))

    assert len(to_balances(rows)) == 30
    assert len(to_ledger(rows)) == 60


def test_customers_keep_aliases_and_dates() -> None:
    frame = to_customers(
        read(
            shapes.CustomerRow,
            {
                "id": "a",
                "name": "Acme",
                "ingest_aliases": ["acme", "acme-2"],
                "customer_config": {"salesforce_account_id": "001"},
                "created_at": "2024-01-02T03:04:05.678901Z",
            },
            {"id": "b", "name": None, "customer_config": {"salesforce_account_id": None}},
            {"id": "a", "name": "Acme renamed"},
        )
    )

    assert frame["name"].tolist() == ["Acme renamed", ""]
    assert frame["aliases"].tolist() == [(), ()]
    assert frame["archived_at"].isna().all()
    assert frame["customer_id"].tolist() == ["a", "b"]


def test_metrics_have_one_tuple_per_group_key() -> None:
    frame = to_metrics(
        read(
            shapes.MetricRow,
            {"id": "1", "name": "CPU", "aggregation_type": "sum", "group_keys": [["region"], ["region", "team"]]},
            {"id": "2", "name": "Old", "group_by": ["cluster", "region"]},
            {"id": "3", "name": "SQL", "group_keys": None, "archived_at": "2024-01-01"},
        )
    )

    assert frame["group_keys"].tolist() == [(("region",), ("region", "team")), (("cluster",), ("region",)), ()]
    assert frame["aggregation"].iloc[0] == "SUM"
    assert frame["aggregation"].isna().tolist() == [False, True, True]
    assert frame["archived_at"].iloc[2] == pd.Timestamp("2024-01-01", tz="UTC")


def test_a_contract_without_an_end_is_evergreen() -> None:
    frame = to_contracts(
        read(
            shapes.ContractRow,
            {
                "id": "c",
                "starting_at": "2024-01-15T00:00:00Z",
                "net_payment_terms_days": 30,
                "usage_statement_schedule": {"frequency": "MONTHLY", "billing_anchor_date": "2024-01-15T00:00:00Z"},
            },
            {"id": "d"},
        )
    )

    assert frame["ends_at"].isna().all()
    assert (frame["frequency"].iloc[0], frame["payment_terms_days"].iloc[0]) == ("MONTHLY", 30)


def test_a_credit_type_without_a_flag_is_not_a_currency() -> None:
    frame = to_credit_types(read(shapes.CreditTypeRow, {"id": "1", "is_currency": True}, {"id": "2"}, {}))

    assert frame["is_currency"].tolist() == [True, False, False]


@pytest.mark.parametrize(
    ("build", "columns"),
    [
        (to_customers, schema.CUSTOMERS),
        (to_metrics, schema.METRICS),
        (to_credit_types, schema.CREDIT_TYPES),
        (to_contracts, schema.CONTRACTS),
        (to_balances, schema.BALANCES),
        (to_segments, schema.SEGMENTS),
        (to_ledger, schema.LEDGER),
        (to_net_balances, schema.NET_BALANCES),
    ],
)
def test_no_rows_give_an_empty_frame_of_the_right_kinds(build: Any, columns: schema.Columns) -> None:
    schema.check(build([]), columns)


def test_a_time_that_is_no_time_is_a_bad_answer() -> None:
    with pytest.raises(BadAnswer):
        to_customers(read(shapes.CustomerRow, {"id": "a", "created_at": "last week"}))
