"""Which balance is used next, and the first rule that tells it from the one after it."""

from __future__ import annotations

from typing import Any

import pytest

from data.analytics.entries import accounts_of
from data.analytics.use_order import ALL, Queue, Rule, use_queues
from tests.unit.analytics.builders import EUR_ID, at, balance, segment, tables, units

NOW = at("2024-10-15")


def queues(
    *balances: dict[str, Any], ends: dict[str, str | None] | None = None, starts: dict[str, str] | None = None
) -> tuple[Queue, ...]:
    """Balances with one open segment each and 100 left, unless they say otherwise."""
    rows = [{"balance": 100, "has_ledger": False, "priority": 100.0, **one} for one in balances]
    schedule = [
        segment(
            f"s-{one['balance_id']}",
            one["balance_id"],
            100,
            (starts or {}).get(one["balance_id"], "2024-09-01"),
            (ends or {}).get(one["balance_id"], "2025-09-01"),
        )
        for one in rows
    ]
    accounts = accounts_of(*tables(rows, schedule, []), invoices=None, now=NOW, units=units())
    return use_queues(accounts, NOW)


def order(*balances: dict[str, Any], **more: Any) -> list[tuple[str, Rule | None]]:
    (queue,) = queues(*balances, **more)
    return [(one.account.balance_id, one.rule) for one in queue.turns]


@pytest.mark.parametrize(
    ("first", "second", "rule"),
    [
        ({"rolled_from": "x", "type": "POSTPAID"}, {"rolled_from": "y", "priority": 1.0}, Rule.TIER),
        ({"rolled_from": "x"}, {"priority": 1.0}, Rule.TIER),
        ({"type": "CREDIT"}, {"type": "POSTPAID", "priority": 1.0}, Rule.TIER),
        ({"priority": 5.0}, {"paid": False, "priority": 100.0}, Rule.PRIORITY),
        ({"priority": 5.0}, {"priority": None}, Rule.PRIORITY),
        ({"paid": False}, {"paid": True, "product_ids": ("p",)}, Rule.COST),
        ({"product_ids": ("p", "q")}, {"specifiers": 1}, Rule.PRODUCTS),
        ({"specifiers": 2}, {"contract_ids": ("c",)}, Rule.SPECIFIERS),
        ({"contract_ids": ("c",)}, {"contract_ids": ("c", "d")}, Rule.CONTRACTS),
    ],
)
def test_each_rule_decides_before_those_after_it(first: dict[str, Any], second: dict[str, Any], rule: Rule) -> None:
    assert order(balance("a", **second), balance("z", **first)) == [("z", rule), ("a", None)]


def test_the_earlier_end_then_the_earlier_start_is_used_first() -> None:
    never: dict[str, str | None] = {"z": "2025-01-01", "a": None}
    assert order(balance("a"), balance("z"), ends=never) == [("z", Rule.END), ("a", None)]
    begun = {"z": "2024-01-01", "a": "2024-09-01"}
    assert order(balance("a"), balance("z"), starts=begun) == [("z", Rule.START), ("a", None)]


def test_what_no_rule_tells_apart_says_so() -> None:
    (queue,) = queues(balance("a"), balance("b"))
    assert [(one.rule, one.is_last) for one in queue.turns] == [(None, False), (None, True)]


def test_the_values_under_the_rule_are_told() -> None:
    (queue,) = queues(balance("a", product_ids=("p",)), balance("b"))
    assert (queue.turns[0].own, queue.turns[0].next) == (1, ALL)


def test_only_what_is_open_and_holds_something_is_in_the_queue_of_its_unit() -> None:
    found = queues(
        balance("empty", balance=0),
        balance("over"),
        balance("euro", credit_type_id=EUR_ID, credit_type="EUR"),
        balance("seats", access_type="QUANTITY", product="Seats"),
        balance("dollar"),
        ends={"over": "2024-10-01"},
    )
    assert [(one.currency, one.product, [turn.account.balance_id for turn in one.turns]) for one in found] == [
        ("EUR", "", ["euro"]),
        ("USD", "", ["dollar"]),
        ("quantity", "Seats", ["seats"]),
    ]
