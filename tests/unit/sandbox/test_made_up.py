"""Whatever account is made up, its answers agree: they differ only for a cause that was planted."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings

from data.scope import LOCAL
from data.source import Ask
from sandbox.moments import DAY
from tests.generated import Answers, MadeUp, made_up_accounts, source_on

pytestmark = pytest.mark.thorough

ZERO = Decimal(0)
# Causes for which the windows of an invoice come to another sum than the invoice.
OF_WINDOWS = {"late_usage", "tiers", "rounding", "non_additive"}
Line = dict[str, Any]


def is_deduction(line: Line) -> bool:
    return bool(line["type"] == "applied_commit_or_credit")


def usage_invoices(answers: Answers) -> list[Line]:
    return [one for one in answers.invoices() if one["type"] == "USAGE" and one["status"] != "VOID"]


def by_line(elements: Iterable[Line]) -> dict[Any, Decimal]:
    """Totals by everything that tells a line from another, except the window; without fees and empty lines."""
    totals: dict[Any, Decimal] = defaultdict(Decimal)
    for element in elements:
        for line in element["line_items"]:
            groups = repr(line.get("presentation_group_values"))
            key = (element["id"], line["type"], line.get("product_id"), line.get("commit_segment_id"), groups)
            totals[*key, line["starting_at"]] += line["total"] if line["type"] != "subscription" else ZERO
    return {key: total for key, total in totals.items() if total}


@given(made_up_accounts())
def test_lines_make_up_totals_and_deductions_the_ledger(made_up: MadeUp) -> None:
    answers = Answers(made_up.account, made_up.now)
    drawn: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
    for element in answers.invoices():
        unit, payable = element["credit_type"]["id"], ZERO
        for line in element["line_items"]:
            owed = is_deduction(line) and line["commit_type"] == "PostpaidCommit"
            payable += line["total"] if line["credit_type"]["id"] == unit and not owed else ZERO
            if is_deduction(line) and element["status"] != "VOID":
                drawn[element["id"], line["commit_segment_id"]] += line.get("quantity_consumed", -line["total"])
        assert element["total"] == payable
    entries = (entry for row in answers.balances() for entry in row["ledger"] if "DEDUCTION" in entry["type"])
    assert drawn == {(entry["invoice_id"], entry["segment_id"]): -entry["amount"] for entry in entries}


@given(made_up_accounts())
def test_balances_follow_from_ledgers_and_net_balances_from_both(made_up: MadeUp) -> None:
    answers = Answers(made_up.account, made_up.now)
    spendable: dict[str, Decimal] = defaultdict(Decimal)
    for row in answers.balances():
        total = sum((entry["amount"] for entry in row["ledger"]), ZERO)
        assert row["balance"] == max(ZERO, total)
        assert row["balance"] == total or "floored" in made_up.causes
        if row["type"] != "POSTPAID" and "archived_at" not in row:
            spendable[row["access_schedule"].get("credit_type", {}).get("id", "")] += row["balance"]
    net = {row["credit_type_id"]: row["balance"] for row in answers.net_balances() if not row["finalized_only"]}
    assert {unit: total for unit, total in spendable.items() if unit and total} == {
        unit: total for unit, total in net.items() if total
    }


@given(made_up_accounts())
@settings(max_examples=80)
def test_days_add_up_to_their_invoice_line_by_line_unless_a_cause_was_planted(made_up: MadeUp) -> None:
    answers = Answers(made_up.account, made_up.now)
    days = by_line(answers.breakdowns(made_up.start, made_up.end))
    billed = by_line(usage_invoices(answers))
    if not made_up.causes & OF_WINDOWS:
        assert days == billed
    elif made_up.causes & OF_WINDOWS == {"late_usage"}:
        assert days != billed
        assert all(days[key] >= total for key, total in billed.items() if total > 0)


@given(made_up_accounts())
@settings(max_examples=20)
def test_hours_add_up_to_their_day(made_up: MadeUp) -> None:
    answers = Answers(made_up.account, made_up.now)
    day = made_up.start + 12 * DAY
    if not made_up.causes & OF_WINDOWS - {"late_usage"}:
        hours = by_line(answers.breakdowns(day, day + DAY, "hour"))
        assert hours == by_line(answers.breakdowns(day, day + DAY))


@given(made_up_accounts())
@settings(max_examples=20)
def test_groups_of_additive_metrics_make_up_the_whole(made_up: MadeUp) -> None:
    answers = Answers(made_up.account, made_up.now)
    for metric in answers.metrics():
        for keys in metric["group_keys"]:
            if metric["aggregation_type"] in {"SUM", "COUNT"}:
                span = (metric["id"], made_up.start, made_up.end)
                parts = sum((row["value"] for row in answers.usage(*span, keys=tuple(keys))), ZERO)
                assert parts == sum((row["value"] or 0 for row in answers.usage(*span)), ZERO)


@given(made_up_accounts())
@settings(max_examples=10)
def test_the_apps_own_source_reads_it_and_sees_what_was_tampered_with(made_up: MadeUp) -> None:
    def fault(family: str, row: dict[str, Any]) -> None:
        if family == "balances":
            row["balance"] += 1

    ask = Ask(scope=LOCAL, customer_id=made_up.account.id)
    sent = {row["id"]: row["balance"] + 1 for row in Answers(made_up.account, made_up.now).balances()}
    frame = source_on(made_up.account, made_up.now, tamper=fault).balances(ask).value.balances
    assert dict(zip(frame["balance_id"], frame["balance"], strict=True)) == sent
