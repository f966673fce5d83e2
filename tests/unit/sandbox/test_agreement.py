"""Usage, lines, invoices, breakdowns, ledgers and balances come from one set of facts and agree to the last digit."""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal
from typing import Any

import pytest

from sandbox.catalogue import Customer
from tests.unit.sandbox.calling import Caller

pytestmark = pytest.mark.thorough

RANGE = {"starting_on": "2025-04-01T00:00:00Z", "ending_before": "2026-06-01T00:00:00Z"}
LIVE = [one for one in Customer if not one.name.startswith("GUIDE")]
# Where the days of an invoice do not add up to it: usage that came late, and tiers that each day begins anew.
ADDING_UP = [one for one in LIVE if one not in {Customer.LATE_USAGE, Customer.TIERED}]
# An SQL metric says nothing of how it adds up; the one here does.
ADDITIVE = {"SUM", "COUNT", "SQL"}
ZERO = Decimal(0)


def invoices(caller: Caller, customer: str) -> list[Any]:
    return caller.rows("GET", f"/v1/customers/{customer}/invoices", params={"limit": 100})


def balances(caller: Caller, customer: str) -> list[Any]:
    body = {"customer_id": customer, "limit": 25, "include_archived": True, "include_contract_balances": True}
    body |= {"include_balance": True, "include_ledgers": True}
    return caller.rows("POST", "/v1/contracts/customerBalances/list", body=body)


def windows(caller: Caller, customer: str, *, size: str = "day", **dates: str) -> list[Any]:
    params = RANGE | {"window_size": size, "limit": 100} | dates
    return caller.rows("GET", f"/v1/customers/{customer}/invoices/breakdowns", params=params)


def is_deduction(line: Any) -> bool:
    return bool(line["type"] == "applied_commit_or_credit")


def drawn(line: Any) -> Decimal:
    """What a deduction line took from its balance: units for a QUANTITY balance, else money."""
    return line["quantity_consumed"] if "quantity_consumed" in line else -line["total"]


@pytest.mark.parametrize("customer", LIVE, ids=lambda one: one.name.lower())
def test_deductions_on_an_invoice_add_up_to_its_ledger_entries(caller: Caller, customer: str) -> None:
    from_lines: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
    for invoice in invoices(caller, customer):
        for line in invoice["line_items"]:
            if is_deduction(line) and invoice["status"] != "VOID":
                from_lines[invoice["id"], line["commit_segment_id"]] += drawn(line)
    from_ledger = {
        (entry["invoice_id"], entry["segment_id"]): -entry["amount"]
        for balance in balances(caller, customer)
        for entry in balance["ledger"]
        if entry["type"].endswith("INVOICE_DEDUCTION")
    }
    assert from_lines == from_ledger


@pytest.mark.parametrize("customer", LIVE, ids=lambda one: one.name.lower())
def test_balance_is_the_sum_of_the_ledger_floored_at_zero(caller: Caller, customer: str) -> None:
    for balance in balances(caller, customer):
        total = sum((entry["amount"] for entry in balance["ledger"]), ZERO)
        assert balance["balance"] == max(ZERO, total), balance["id"]
        stamps = [entry["timestamp"] for entry in balance["ledger"]]
        assert stamps == sorted(stamps)


@pytest.mark.parametrize("customer", LIVE, ids=lambda one: one.name.lower())
def test_net_balance_is_the_sum_of_balances_in_that_unit(caller: Caller, customer: str) -> None:
    by_unit: dict[str, Decimal] = defaultdict(Decimal)
    for balance in balances(caller, customer):
        if "archived_at" not in balance:
            by_unit[balance["access_schedule"].get("credit_type", {}).get("id", "")] += balance["balance"]
    for unit, total in by_unit.items():
        asked = {"credit_type_id": unit} if unit else {"access_type": "QUANTITY"}
        body = {"customer_id": customer, **asked}
        net = caller.ask("POST", "/v1/contracts/customerBalances/getNetBalance", json=body)
        assert net["data"]["balance"] == total


@pytest.mark.parametrize("customer", LIVE, ids=lambda one: one.name.lower())
def test_invoice_and_window_totals_follow_from_their_lines(caller: Caller, customer: str) -> None:
    elements = invoices(caller, customer) + windows(caller, customer)
    for element in elements:
        payable = sum(
            (
                line["total"]
                for line in element["line_items"]
                if line["credit_type"]["id"] == element["credit_type"]["id"]
                and not (is_deduction(line) and line["commit_type"] == "PostpaidCommit")
            ),
            ZERO,
        )
        assert element["total"] == payable, element["id"]


def days_above_invoices(caller: Caller, customer: str) -> dict[str, Decimal]:
    """Period start -> how much more the days come to than their usage invoice without its subscriptions."""
    days: dict[str, Decimal] = defaultdict(Decimal)
    for window in windows(caller, customer):
        days[window["id"]] += window["total"]
    found = {}
    for invoice in invoices(caller, customer):
        if invoice["type"] == "USAGE" and invoice["status"] != "VOID" and invoice["start_timestamp"] >= "2025-04":
            fees = sum((line["total"] for line in invoice["line_items"] if line["type"] == "subscription"), ZERO)
            found[invoice["start_timestamp"][:10]] = days[invoice["id"]] - (invoice["total"] - fees)
    return found


@pytest.mark.parametrize("customer", ADDING_UP, ids=lambda one: one.name.lower())
def test_days_add_up_to_their_usage_invoice(caller: Caller, customer: str) -> None:
    above = days_above_invoices(caller, customer)
    assert above
    assert not any(above.values())


def test_what_came_late_is_in_the_days_and_not_on_the_invoice(caller: Caller) -> None:
    above = days_above_invoices(caller, Customer.LATE_USAGE)
    assert {start: more for start, more in above.items() if more} == {"2026-02-01": 1250, "2026-04-01": 16840}


def test_each_day_begins_the_tiers_anew(caller: Caller) -> None:
    """So days cost more than their invoice, at falling prices; what has one price still adds up."""
    above = days_above_invoices(caller, Customer.TIERED)
    assert all(more > 0 for more in above.values())
    days, billed = by_line(windows(caller, Customer.TIERED)), by_line(invoices(caller, Customer.TIERED))
    (compute,) = {
        line["product_id"]
        for one in invoices(caller, Customer.TIERED)
        for line in one["line_items"]
        if line["name"] == "Compute hours"
    }
    flat = {key for key in billed if compute in key}
    assert flat
    assert {key: days[key] for key in flat} == {key: billed[key] for key in flat}


def by_line(elements: list[Any]) -> dict[Any, Decimal]:
    """Totals by everything that tells a line from another, except the window."""
    totals: dict[Any, Decimal] = defaultdict(Decimal)
    for element in elements:
        for line in element["line_items"]:
            groups = repr((line.get("presentation_group_values"), line.get("pricing_group_values")))
            key = (element["id"], line["type"], line.get("product_id"), line.get("commit_segment_id"), groups)
            totals[key] += line["total"]
    return totals


HOURLY = (Customer.FLAGSHIP, Customer.OWN_UNIT, Customer.TWO_CONTRACTS, Customer.TOKENS, Customer.PRICE_CHANGE)


@pytest.mark.parametrize("customer", HOURLY)
def test_hours_add_up_to_their_day_line_by_line(caller: Caller, customer: str) -> None:
    dates = {"starting_on": "2026-05-19T00:00:00Z", "ending_before": "2026-05-21T00:00:00Z"}
    days = by_line(windows(caller, customer, **dates))
    assert days
    assert by_line(windows(caller, customer, size="hour", **dates)) == days


def usage(caller: Caller, customer: str, metric: Any, keys: list[str], size: str = "day") -> list[Any]:
    body = {"customer_id": customer, "billable_metric_id": metric["id"], "window_size": size, "group_key": keys}
    body |= {"starting_on": "2026-05-01T00:00:00Z", "ending_before": "2026-05-21T00:00:00Z"}
    if not keys:
        del body["group_key"]
    return caller.rows("POST", "/v1/usage/groups", params={"limit": 100}, body=body)


@pytest.mark.parametrize("customer", LIVE, ids=lambda one: one.name.lower())
def test_groups_of_additive_metrics_add_up_to_the_ungrouped_total(caller: Caller, customer: str) -> None:
    for metric in caller.rows("GET", f"/v1/customers/{customer}/billable-metrics"):
        whole = sum((row["value"] or ZERO for row in usage(caller, customer, metric, [])), ZERO)
        period = sum((row["value"] or ZERO for row in usage(caller, customer, metric, [], "none")), ZERO)
        parts = [
            sum((row["value"] for row in usage(caller, customer, metric, keys)), ZERO)
            for keys in metric.get("group_keys", [])
        ]
        if metric.get("aggregation_type", "SQL") in ADDITIVE:
            assert {whole, period, *parts} == {whole}
        else:
            assert all(part >= period for part in [whole, *parts])


def test_unique_users_of_a_period_are_fewer_than_those_of_its_days(caller: Caller) -> None:
    metrics = caller.rows("GET", f"/v1/customers/{Customer.FLAGSHIP}/billable-metrics")
    (unique,) = (metric for metric in metrics if metric["aggregation_type"] == "UNIQUE")
    days = [row["value"] for row in usage(caller, Customer.FLAGSHIP, unique, [])]
    (period,) = usage(caller, Customer.FLAGSHIP, unique, [], "none")
    assert max(days) <= period["value"] < sum(days)


def test_usage_times_price_is_the_gross_of_the_lines(caller: Caller) -> None:
    metrics = caller.rows("GET", f"/v1/customers/{Customer.TOKENS}/billable-metrics")
    prices = {"input": Decimal("0.00015"), "output": Decimal("0.0006")}
    priced: dict[str, Decimal] = defaultdict(Decimal)
    for row in usage(caller, Customer.TOKENS, metrics[0], ["model", "token_type"]):
        priced[row["starting_on"][:10]] += row["value"] * prices[row["group"]["token_type"]]
    gross: dict[str, Decimal] = defaultdict(Decimal)
    for window in windows(
        caller, Customer.TOKENS, starting_on="2026-05-01T00:00:00Z", ending_before="2026-05-21T00:00:00Z"
    ):
        lines = [line["total"] for line in window["line_items"] if line["type"] == "usage"]
        gross[window["breakdown_start_timestamp"][:10]] += sum(lines, ZERO)
    assert priced == gross


@pytest.mark.parametrize(("customer", "key"), [(Customer.FLAGSHIP, "cluster"), (Customer.MANY_GROUPS, "region")])
def test_spend_by_another_key_is_the_same_gross_spend(caller: Caller, customer: str, key: str) -> None:
    dates = {"starting_on": "2026-05-01T00:00:00Z", "ending_before": "2026-05-21T00:00:00Z"}
    path = f"/v1/customers/{customer}/invoices/spend-breakdowns"
    spend = caller.rows("POST", path, body=dates | {"group_keys": [key]})
    lines = [line for window in spend for line in window["line_items"]]
    gross = [
        line
        for window in windows(caller, customer, **dates)
        for line in window["line_items"]
        if line["type"] == "usage"
    ]
    assert sum(line["total"] for line in lines) == sum(line["total"] for line in gross)
    assert any(key in line.get("presentation_group_values", {}) for line in lines)
    assert all("total" not in window for window in spend)


def test_a_batch_over_customers_agrees_with_each_customers_own_usage(caller: Caller) -> None:
    body = {"starting_on": "2026-05-01T00:00:00Z", "ending_before": "2026-05-21T00:00:00Z", "window_size": "none"}
    rows = caller.rows("POST", "/v1/usage", body=body | {"customer_ids": [Customer.FLAGSHIP, Customer.EURO]})
    assert {row["customer_id"] for row in rows} == {Customer.FLAGSHIP, Customer.EURO}
    for row in rows:
        (own,) = usage(caller, row["customer_id"], {"id": row["billable_metric_id"]}, [], "none")
        assert own["value"] == row["value"]
