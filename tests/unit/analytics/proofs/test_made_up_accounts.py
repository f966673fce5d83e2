"""Every account that the sandbox can make: its books agree, or differ by what was planted; a fault is always found,
named, and sized to the cent."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings

from data.analytics.proofs.causes import Cause, Status
from data.analytics.proofs.check import CheckName
from data.filters import Days, Filters
from data.lineage.proof import figures
from data.money import USD_CENTS_ID
from data.scope import LOCAL
from data.source import Ask
from data.views.asking import Question
from data.views.proof import FIGURES, ProofView, light_proof, proof_view
from tests.generated import MadeUp, Tamper, made_up_accounts, source_on

few = settings(max_examples=12, deadline=None)
fewer = settings(max_examples=4, deadline=None, suppress_health_check=list(HealthCheck))
Row = dict[str, Any]


def asked(made_up: MadeUp, tamper: Tamper | None = None) -> Question:
    days = Days(first=made_up.start.date(), last=(made_up.end - timedelta(days=1)).date())
    ask = Ask(scope=LOCAL, customer_id=made_up.account.id, whole=True)
    source = source_on(made_up.account, made_up.now, tamper=tamper)
    return Question(source=source, ask=ask, filters=Filters(range=days), now=made_up.now)


def differing(view: ProofView) -> str:
    """What a failed test shows."""
    return "\n".join(
        f"{one.check} {one.subject} {one.cause} {one.expected} {one.actual} {one.difference}"
        for one in view.checks
        if one.cause is not None
    )


@few
@given(made_up_accounts())
def test_books_agree_or_differ_by_what_was_planted(made_up: MadeUp) -> None:
    view = proof_view(asked(made_up))
    compared = [one for one in view.checks if one.check is not CheckName.GROUPS_TOTAL]
    assert {one.cause.value for one in compared if one.cause} <= made_up.causes, differing(view)
    assert view.counts[Status.FAILED] == 0, differing(view)


@few
@given(made_up_accounts())
def test_every_figure_has_a_receipt_that_adds_up(made_up: MadeUp) -> None:
    question = asked(made_up)
    view = proof_view(question)
    found = figures(view, question)
    for check in view.checks:
        for name in FIGURES:
            if getattr(check, name) is not None:
                receipt = found[view.receipt(check, name)]()
                assert receipt.amount == getattr(check, name)
                assert receipt.adds_up(), (check.check, check.subject, name)
                assert receipt.asked, (check.check, check.subject, name)
    assert len({view.receipt(check) for check in view.checks}) == len(view.checks)


@few
@given(made_up_accounts())
def test_the_light_proof_says_what_the_full_one_says(made_up: MadeUp) -> None:
    question = asked(made_up)
    full = {(one.check, one.subject): (one.cause, one.difference) for one in proof_view(question).checks}
    light = {(one.check, one.subject): (one.cause, one.difference) for one in light_proof(question).checks}
    assert {name for name, _ in light} <= {
        CheckName.WINDOWS_INVOICE,
        CheckName.LEDGER_BALANCE,
        CheckName.DEDUCTION_LINES,
        CheckName.NO_PURCHASE,
    }
    assert light.items() <= full.items()


class Fault:
    """Changes one row, always the same one, and remembers by how much the check's difference must change."""

    def __init__(self, family: str, plant: Callable[[Row], Decimal | None]) -> None:
        self._family, self._plant = family, plant
        self._row: object = None
        self.size: Decimal | None = None

    def __call__(self, family: str, row: Row) -> None:
        key = (row.get("id"), row.get("breakdown_start_timestamp"), repr(row.get("group")), row.get("starting_on"))
        if family != self._family or self._row not in (None, key):
            return
        size = self._plant(row)
        if size is not None:
            self._row, self.size = key, size


def cent(unit: Row) -> Decimal:
    """The smallest amount as sent: dollars are sent in cents, other money whole."""
    return Decimal("0.01") if unit["name"] == "EUR" else Decimal(1)


def major(amount: Decimal, unit: Row) -> Decimal:
    return amount / 100 if unit["name"] == "USD (cents)" else amount


def is_settled_usage(invoice: Row) -> bool:
    return invoice["type"] == "USAGE" and invoice["status"] in ("DRAFT", "FINALIZED")


def deduction_line_changed(invoice: Row) -> Decimal | None:
    for line in invoice["line_items"] if is_settled_usage(invoice) else ():
        if line["type"] == "applied_commit_or_credit" and "quantity_consumed" not in line:
            line["total"] -= cent(line["credit_type"])
            return -major(cent(line["credit_type"]), line["credit_type"])
    return None


def invoice_total_changed(invoice: Row) -> Decimal | None:
    if not is_settled_usage(invoice):
        return None
    invoice["total"] += cent(invoice["credit_type"])
    return -major(cent(invoice["credit_type"]), invoice["credit_type"])


def usage_line_changed(invoice: Row) -> Decimal | None:
    for line in invoice["line_items"] if is_settled_usage(invoice) else ():
        if line["type"] == "usage" and line["total"]:
            line["total"] += cent(line["credit_type"])
            return -major(cent(line["credit_type"]), line["credit_type"])
    return None


def window_emptied(window: Row) -> Decimal | None:
    if not window["total"]:
        return None
    size = -major(Decimal(window["total"]), window["credit_type"])
    window["total"], window["line_items"] = 0, []
    return size


def ledger_entry_dropped(balance: Row) -> Decimal | None:
    for entry in balance["ledger"]:
        if entry["type"].endswith("DEDUCTION") and entry["amount"]:
            balance["ledger"].remove(entry)
            unit = balance["access_schedule"].get("credit_type", {"name": "quantity"})
            return major(Decimal(entry["amount"]), unit)
    return None


def balance_off(balance: Row) -> Decimal | None:
    unit = balance["access_schedule"].get("credit_type")
    if unit is None or balance["type"] == "POSTPAID" or "archived_at" in balance or not balance["balance"]:
        return None
    balance["balance"] += cent(unit)
    return major(cent(unit), unit)


def net_off(net: Row) -> Decimal | None:
    net["balance"] += 1
    return Decimal("0.01") if net["credit_type_id"] == USD_CENTS_ID else Decimal(1)


def group_changed(row: Row) -> Decimal | None:
    if not row.get("group") or not row["value"]:
        return None
    row["value"] += 1
    return Decimal(1)


def purchase_mislabelled(invoice: Row) -> Decimal | None:
    for line in invoice["line_items"] if invoice["status"] == "FINALIZED" else ():
        if line["type"] == "commit_purchase" and line["total"] > 0:
            line["type"] = "usage"
            return major(Decimal(line["total"]), line["credit_type"])
    return None


@dataclass(frozen=True)
class Planted:
    """A fault in one family of answers, the check that must find it, and the causes that would hide it: nothing tells
    a lost day from one that never counted towards a maximum, nor a lost unit from one that was rounded up."""

    family: str
    plant: Callable[[Row], Decimal | None]
    check: CheckName
    hidden_by: frozenset[str] = frozenset()


FAULTS = (
    Planted("invoices", deduction_line_changed, CheckName.DEDUCTION_LINES),
    Planted("invoices", deduction_line_changed, CheckName.WINDOWS_INVOICE),
    Planted("invoices", usage_line_changed, CheckName.WINDOWS_INVOICE),
    Planted("invoices", invoice_total_changed, CheckName.WINDOWS_INVOICE),
    Planted("breakdowns", window_emptied, CheckName.WINDOWS_INVOICE, frozenset({"non_additive", "rounding"})),
    Planted("balances", ledger_entry_dropped, CheckName.DEDUCTION_LINES),
    Planted("balances", balance_off, CheckName.LEDGER_BALANCE, frozenset({"floored"})),
    Planted("balances", balance_off, CheckName.NET_BALANCE),
    Planted("net_balance", net_off, CheckName.NET_BALANCE),
    Planted("usage_groups", group_changed, CheckName.GROUPS_TOTAL, frozenset({"non_additive"})),
    Planted("invoices", purchase_mislabelled, CheckName.NO_PURCHASE),
)


@pytest.mark.parametrize("planted", FAULTS, ids=lambda one: f"{one.plant.__name__} in {one.check}")
@fewer
@given(made_up=made_up_accounts())
def test_a_planted_fault_is_found_and_sized(planted: Planted, made_up: MadeUp) -> None:
    assume(not planted.hidden_by & made_up.causes)
    fault = Fault(planted.family, planted.plant)
    view = proof_view(asked(made_up, fault))
    assume(fault.size is not None)
    before = proof_view(asked(made_up))
    was = {one.subject: one.difference for one in before.checks if one.check is planted.check}
    found = [one for one in view.checks if one.check is planted.check and one.cause is Cause.UNKNOWN]
    grown = [(one.difference or Decimal(0)) - (was.get(one.subject) or Decimal(0)) for one in found]
    assert fault.size in grown or -(fault.size or Decimal(0)) in grown, (fault.size, grown, differing(view))
