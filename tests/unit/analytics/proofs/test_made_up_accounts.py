"""Every account that the sandbox can make: its books agree, or differ by what was planted; a fault is always found,
named, and sized to the cent."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal
from threading import Lock
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, assume, given, settings

from data.analytics.proofs.causes import Cause, Status
from data.analytics.proofs.check import CheckName
from data.filters import Days, Filters
from data.lineage.proof import figures
from data.money import USD_CENTS_ID
from data.scope import LOCAL
from data.source import Ask
from data.views.asking import Question
from data.views.proof import FIGURES, ProofView, light_proof, proof_view
from data.views.proof_checks import LIGHT
from tests.generated import NOW, MadeUp, Tamper, made_up_accounts, source_on

pytestmark = pytest.mark.thorough

few = settings(max_examples=12, deadline=None)
# An account that fails is as good as the smallest one that does, and is shown at once.
fewer = settings(
    max_examples=4, deadline=None, phases=[Phase.reuse, Phase.generate], suppress_health_check=list(HealthCheck)
)
Row = dict[str, Any]
STAMP = NOW.strftime("%Y-%m-%dT%H:%M:%SZ")


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
    assert light == {key: found for key, found in full.items() if key[0] in LIGHT}


class Fault:
    """Changes one row, always the same one, and remembers by how much the check's difference must change."""

    def __init__(self, family: str, plant: Callable[[Row], Decimal | None]) -> None:
        self._family, self._plant = family, plant
        self._row: object = None
        self._one_at_a_time = Lock()  # answers come side by side
        self.size: Decimal | None = None

    def __call__(self, family: str, row: Row) -> None:
        key = (row.get("id"), row.get("breakdown_start_timestamp"), repr(row.get("group")), row.get("starting_on"))
        with self._one_at_a_time:
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


def is_open(segment: Row) -> bool:
    return segment["starting_at"] <= STAMP < segment["ending_before"]


def is_closed(segment: Row) -> bool:
    """Over, and its expiry is in the ledger: what is over without that may not be in the balance any more."""
    return segment["ending_before"] <= STAMP and segment["is_closed"]


def deductions(balance: Row, holds: Callable[[Row], bool]) -> Iterator[Row]:
    """The entries by which invoices took something from segments of this kind."""
    closed = {one.get("segment_id") for one in balance["ledger"] if "EXPIRATION" in one["type"]}
    items = balance["access_schedule"]["schedule_items"]
    held = {one["id"] for one in items if holds(one | {"is_closed": one["id"] in closed})}
    for entry in balance["ledger"]:
        if entry.get("segment_id") in held and entry["type"].endswith("INVOICE_DEDUCTION") and entry["amount"]:
            yield entry


def entry_changed(balance: Row, holds: Callable[[Row], bool]) -> Decimal | None:
    """One entry takes a cent less. Of one that takes more than there is the rest counts as overdrawn, which is floored
    at the zero that is sent."""
    unit = balance["access_schedule"].get("credit_type", {"name": "quantity"})
    for entry in deductions(balance, holds):
        if abs(entry["amount"]) < cent(unit):
            continue
        entry["amount"] += cent(unit) if entry["amount"] < 0 else -cent(unit)
        return major(cent(unit), unit)
    return None


def entry_changed_in_an_open_segment(balance: Row) -> Decimal | None:
    return entry_changed(balance, is_open)


def entry_changed_in_an_ended_segment(balance: Row) -> Decimal | None:
    return entry_changed(balance, is_closed)


def entry_of_an_open_segment_dropped(balance: Row) -> Decimal | None:
    for entry in deductions(balance, is_open):
        balance["ledger"].remove(entry)
        return major(Decimal(entry["amount"]), balance["access_schedule"].get("credit_type", {"name": "quantity"}))
    return None


def net_off(net: Row) -> Decimal | None:
    net["balance"] += 1
    return Decimal("0.01") if net["credit_type_id"] == USD_CENTS_ID else Decimal(1)


def group_changed(row: Row) -> Decimal | None:
    if not row.get("group") or not row["value"]:
        return None
    row["value"] += 1
    return Decimal(1)


def second_key_changed(row: Row) -> Decimal | None:
    return group_changed(row) if "zone" in (row.get("group") or {}) else None


def tier_moved(invoice: Row) -> Decimal | None:
    """One unit of the first tier is billed in the second one, at its price; the invoice's total stays as it is."""
    lines = [one for one in invoice["line_items"] if one["type"] == "usage" and "tier" in one]
    for first in lines if is_settled_usage(invoice) else ():
        for second in lines:
            same = all(first.get(name) == second.get(name) for name in ("product_id", "presentation_group_values"))
            if same and (first["tier"]["level"], second["tier"]["level"]) == (1, 2) and first["quantity"] > 1:
                first["quantity"], second["quantity"] = first["quantity"] - 1, second["quantity"] + 1
                first["total"] -= first["unit_price"]
                second["total"] += second["unit_price"]
                return -major(Decimal(second["unit_price"] - first["unit_price"]), first["credit_type"])
    return None


def purchase_mislabelled(invoice: Row) -> Decimal | None:
    for line in invoice["line_items"] if invoice["status"] == "FINALIZED" else ():
        if line["type"] == "commit_purchase" and line["total"] > 0:
            line["type"] = "usage"
            return major(Decimal(line["total"]), line["credit_type"])
    return None


@dataclass(frozen=True)
class Planted:
    """A fault in one family of answers, the check that must find it, the causes without which there is nothing to plant
    it in, and those that would hide it: nothing tells a lost day from one that never counted towards a maximum, a lost
    unit from one that was rounded up, nor how far something overdrawn is below the zero that is sent."""

    family: str
    plant: Callable[[Row], Decimal | None]
    check: CheckName
    hidden_by: frozenset[str] = frozenset()
    needs: frozenset[str] = frozenset()
    named: str = ""


FLOORED, UNEVEN = frozenset({"floored"}), frozenset({"non_additive"})
FAULTS = (
    Planted("invoices", deduction_line_changed, CheckName.DEDUCTION_LINES),
    Planted("invoices", deduction_line_changed, CheckName.WINDOWS_INVOICE),
    Planted("invoices", usage_line_changed, CheckName.WINDOWS_INVOICE),
    Planted("invoices", invoice_total_changed, CheckName.WINDOWS_INVOICE),
    Planted("invoices", tier_moved, CheckName.WINDOWS_INVOICE, needs=frozenset({"tiers"})),
    Planted("breakdowns", window_emptied, CheckName.WINDOWS_INVOICE, UNEVEN | {"rounding"}),
    Planted("balances", ledger_entry_dropped, CheckName.DEDUCTION_LINES),
    Planted("balances", entry_changed_in_an_open_segment, CheckName.LEDGER_BALANCE, FLOORED),
    Planted("balances", entry_changed_in_an_ended_segment, CheckName.LEDGER_BALANCE, FLOORED),
    Planted("balances", entry_of_an_open_segment_dropped, CheckName.LEDGER_BALANCE, FLOORED),
    Planted("balances", balance_off, CheckName.LEDGER_BALANCE, FLOORED),
    Planted("balances", balance_off, CheckName.NET_BALANCE),
    Planted("net_balance", net_off, CheckName.NET_BALANCE),
    Planted("usage_groups", group_changed, CheckName.GROUPS_TOTAL, UNEVEN),
    Planted("usage_groups", second_key_changed, CheckName.GROUPS_TOTAL, UNEVEN, named=" / region,zone"),
    Planted("invoices", purchase_mislabelled, CheckName.NO_PURCHASE),
)


@pytest.mark.parametrize("planted", FAULTS, ids=lambda one: f"{one.plant.__name__} in {one.check}")
@fewer
@given(made_up=made_up_accounts())
def test_a_planted_fault_is_found_and_sized(planted: Planted, made_up: MadeUp) -> None:
    assume(not planted.hidden_by & made_up.causes and planted.needs <= made_up.causes)
    account = with_zones(made_up)
    prove = light_proof if planted.check in LIGHT else proof_view
    fault = Fault(planted.family, planted.plant)
    view = prove(asked(account, fault))
    assume(fault.size is not None)
    was = {one.subject: one.difference for one in prove(asked(account)).checks if one.check is planted.check}
    found = [one for one in view.checks if one.check is planted.check and one.cause is Cause.UNKNOWN]
    grown = [
        (one.difference or Decimal(0)) - (was.get(one.subject) or Decimal(0))
        for one in found
        if planted.named in one.subject
    ]
    assert fault.size in grown or -(fault.size or Decimal(0)) in grown, (fault.size, grown, differing(view))


def with_zones(made_up: MadeUp) -> MadeUp:
    """The account with a second, compound key on every metric that has groups."""
    streams = [
        replace(
            stream,
            metric=replace(stream.metric, group_keys=(("region",), ("region", "zone"))),
            cells=tuple(replace(one, values=(*one.values, ("zone", str(n)))) for n, one in enumerate(stream.cells)),
        )
        if stream.metric.group_keys
        else stream
        for stream in made_up.account.streams
    ]
    return replace(made_up, account=replace(made_up.account, streams=tuple(streams)))


@fewer
@given(made_up=made_up_accounts())
def test_a_metric_that_counted_something_else_is_found_and_sized(made_up: MadeUp) -> None:
    """Only metrics that add up: of others the total and the sum of groups are both right, whichever is billed."""
    before = [one for one in proof_view(asked(made_up)).checks if one.check is CheckName.USAGE_QUANTITY]
    metrics = {f"Product of {one.metric.name}": one.metric for one in made_up.account.streams}
    targets = [one for one in before if metrics[one.named].aggregation.additive and one.actual and one.start]
    assume(targets)
    target, metric = targets[0], metrics[targets[0].named]

    def counted_more(row: Row) -> Decimal | None:
        is_it = row["billable_metric_id"] == metric.id and row["value"]
        if not is_it or row["start_timestamp"][:10] != str(target.start)[:10]:
            return None
        row["value"] += 1000
        return Decimal(-1000)

    fault = Fault("usage", counted_more)
    view = proof_view(asked(made_up, fault))
    assert fault.size is not None
    found = [one for one in view.checks if (one.check, one.subject) == (target.check, target.subject)]
    if not found:  # which metric a product bills is learnt from its other invoices: half of them have to agree with it
        others = [one for one in before if one.named == target.named and one is not target and not one.cause]
        assert 2 * len(others) <= sum(1 for one in before if one.named == target.named)
        assert target.named in {one.subject for one in view.not_run}
        return
    assert (found[0].cause, found[0].difference) == (Cause.UNKNOWN, (target.difference or Decimal(0)) + fault.size)
