"""S13, what a link leaves out: an invoice, a panel or a name that its token hides is in no other panel's figures,
in no total, no file and no document. What a token leaves alone costs no question more than before."""

from __future__ import annotations

import csv
import io
import json
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from app import create_source
from data.clock import Clock
from data.filters import Filters
from data.scope import InvoiceLimits, Kind, Locked, Scope
from data.settings import Settings
from data.source import Ask
from data.views.asking import Question
from data.views.balances import balances_view, burn_view
from sandbox.catalogue import Customer
from sandbox.server import Sandbox
from tests.conftest import NOW
from tests.framed_client import Frame, Host, host_on

OWN, TWO = str(Customer.FLAGSHIP), str(Customer.TWO_CONTRACTS)
DAYS = "?from=2026-06-01&to=2026-11-20"
EXPORT = {"export": True}
LIMITS: tuple[dict[str, Any], ...] = (
    {"statuses": ["FINALIZED"]}, {"statuses": ["DRAFT"]}, {"types": ["USAGE"]}, {"billable": True},
    {"billable": False},
)  # fmt: skip


@pytest.fixture
def host(sandbox: Sandbox, tmp_path: Path) -> Host:
    return host_on(sandbox, tmp_path)


def rows(frame: Frame, name: str, query: str = "") -> list[dict[str, str]]:
    answer = frame.file(name, query)
    assert answer.status_code == 200, answer.text
    return list(csv.DictReader(io.StringIO(answer.text)))


def ids(found: list[dict[str, str]], name: str = "invoice_id") -> set[str]:
    return {row[name] for row in found}


def contracts(host: Host) -> tuple[str, ...]:
    return tuple(sorted(ids(rows(host.open(TWO, "account", EXPORT), "invoices.csv", DAYS), "contract_id")))


def shown_invoices(frame: Frame) -> set[str]:
    return ids(rows(frame, "invoices.csv", "?from=2025-10-25&to=2026-11-20"), "id")


def families(sandbox: Sandbox) -> list[str]:
    return sorted(one["family"] for one in sandbox.requests.all())


def test_s13_one_contract_is_all_that_spend_and_balances_are_made_of(host: Host) -> None:
    both = contracts(host)
    assert len(both) == 2
    parts = []
    for contract in both:
        frame = host.open(TWO, "account", {**EXPORT, "invoices": {"contract_id": contract}})
        spend = rows(frame, "spend.csv", DAYS)
        assert ids(spend, "contract_id") == {contract}
        assert ids(spend) <= shown_invoices(frame)
        assert ids(rows(frame, "line_items.csv", DAYS)) <= shown_invoices(frame)
        assert ids(rows(frame, "commitments.csv"), "contract_id") <= {contract, ""}
        assert ids(rows(frame, "ledger.csv")) <= {*shown_invoices(frame), ""}
        parts.append(sum(Decimal(row["gross"]) for row in spend))
    whole = rows(host.open(TWO, "account", EXPORT), "spend.csv", DAYS)
    assert sum(parts) == sum(Decimal(row["gross"]) for row in whole)
    assert 0 < parts[0] < sum(parts)


@pytest.mark.parametrize("limits", LIMITS, ids=json.dumps)
@pytest.mark.parametrize("customer", [OWN, TWO])
def test_s13_every_limit_holds_in_spend_and_in_ledgers(host: Host, customer: str, limits: dict[str, Any]) -> None:
    frame = host.open(customer, "account", {**EXPORT, "invoices": limits})
    spend, ledger = rows(frame, "spend.csv", DAYS), rows(frame, "ledger.csv")
    assert ids(spend) <= shown_invoices(frame)
    assert ids(ledger) <= {*shown_invoices(frame), ""}
    if "statuses" in limits:
        assert ids(spend, "invoice_status") <= set(limits["statuses"])
    untouched = rows(host.open(customer, "account", EXPORT), "ledger.csv")
    assert [row["amount"] for row in ledger] == [row["amount"] for row in untouched]
    assert [row["state"] for row in ledger] == [row["state"] for row in untouched]


def test_s13_panel_and_key_figures_say_what_the_file_adds_up_to(host: Host) -> None:
    frame, full = (host.open(OWN, "account", {**EXPORT, **more}) for more in ({"invoices": LIMITS[0]}, {}))
    spend = [row for row in rows(frame, "spend.csv", DAYS) if row["currency"] == "USD"]
    gross = f"{sum(Decimal(row['gross']) for row in spend):,.2f}"
    for panel in ("spend", "headline"):
        assert gross in json.dumps(frame.panel(panel, DAYS))
        assert gross not in json.dumps(full.panel(panel, DAYS))


def test_s13_balances_and_their_days_name_no_invoice_that_is_left_out(sandbox: Sandbox) -> None:
    question = _finalized_only(sandbox)
    invoices = question.source.invoices(question.ask).value.invoices
    allowed = {*invoices[invoices["status"] == "FINALIZED"]["invoice_id"], ""}
    burn, balances = burn_view(question), balances_view(question)
    accounts = [note.account for note in balances.burn.notes if note.account]
    named = {entry.invoice_id for account in accounts for entry in account.ledger or ()}
    assert {"", *named} <= allowed
    assert len(named) > 1
    assert set(burn.lines["invoice_id"].astype(str)) <= allowed
    assert {one.invoice_id for track in burn.burn.tracks for one in track.landings} <= allowed


def _finalized_only(sandbox: Sandbox) -> Question:
    settings = Settings.from_env({"METRONOME_BEARER_TOKEN": "x", "METRONOME_BASE_URL": sandbox.url})
    limits = InvoiceLimits(statuses=frozenset({"FINALIZED"}))
    scope = Scope(kind=Kind.EMBED, subject="x", customers=frozenset({OWN}), locked=Locked(invoices=limits))
    now = datetime.fromisoformat(NOW)
    source = create_source(settings, Clock(now))
    return Question(source=source, ask=Ask(scope=scope, customer_id=OWN), filters=Filters(), now=now)


def test_s13_a_split_that_names_no_invoice_is_not_offered(host: Host, sandbox: Sandbox) -> None:
    frame, full = host.open(TWO, "account", {**EXPORT, "invoices": LIMITS[0]}), host.open(TWO, "account", EXPORT)
    query = f"{DAYS}&spend_by=region"
    assert full.file("spend.csv", query).status_code == 200
    sandbox.requests.clear()
    refused, panel = frame.file("spend.csv", query), json.dumps(frame.panel("spend", query))
    assert refused.status_code == 400
    assert "None of the lines shown here can be split by" in panel
    assert "spend_breakdowns" not in families(sandbox)


def test_s13_without_the_invoices_nothing_of_spend_is_shown(host: Host, sandbox: Sandbox) -> None:
    frame = host.open(OWN, "spend", {**EXPORT, "invoices": LIMITS[0]})
    sandbox.faults.add("status", family="invoices", status=400)
    answer = frame.panel("spend", DAYS)
    assert "$" not in json.dumps(answer)
    assert answer["spend-chart"]["figure"]["data"] == []
    assert frame.file("spend.csv", DAYS).status_code >= 500
    assert "$" in json.dumps(host.open(OWN, "spend").panel("spend", DAYS))


def test_s13_what_is_not_limited_costs_no_question_more(host: Host, sandbox: Sandbox) -> None:
    host.open(OWN, "spend", {"invoices": {"show_zero": True}}).panel("spend", DAYS)
    assert "invoices" not in families(sandbox)


SPENT = {"Spend before credits", "Credits and commits applied", "Spend after credits"}
LEFT = {"Available balance", "Expiring in 90 days"}


@pytest.mark.parametrize(
    ("hidden", "gone", "unasked"),
    [
        ({"spend"}, SPENT, {"breakdowns"}),
        ({"usage"}, {"Usage"}, {"usage", "usage_groups", "metrics"}),
        ({"burndown"}, LEFT, {"invoices"}),
        ({"spend", "usage", "burndown"}, {*SPENT, "Usage", *LEFT}, {"breakdowns", "metrics", "balances", "invoices"}),
    ],
    ids=lambda one: "-".join(sorted(one)),
)
def test_s13_key_figures_of_a_hidden_panel_are_neither_shown_nor_asked(
    host: Host, sandbox: Sandbox, hidden: set[str], gone: set[str], unasked: set[str]
) -> None:
    frame = host.open(OWN, "account", {"hidden": sorted(hidden)})
    sandbox.requests.clear()
    assert _labels(frame) == {*SPENT, "Usage", *LEFT} - gone
    assert not unasked & set(families(sandbox))
    assert _labels(host.open(OWN, "account")) == {*SPENT, "Usage", *LEFT}


def _labels(frame: Frame) -> set[str]:
    tiles = frame.panel("headline", DAYS)["kpi-row"]["children"]
    return {tile["props"]["children"][0]["props"]["children"] for tile in tiles}


@pytest.mark.parametrize("dashboard", ["invoices", "account"])
def test_s13_where_names_are_hidden_no_document_can_print_them(host: Host, sandbox: Sandbox, dashboard: str) -> None:
    frame = host.open(OWN, dashboard, {**EXPORT, "balances": {"hide_names": True}})
    ident = next(iter(shown_invoices(frame)))
    assert ".pdf" not in json.dumps(frame.panel("invoices", DAYS))
    assert "PDF" not in json.dumps(frame.panel("invoices", DAYS))
    sandbox.requests.clear()
    assert frame.file(f"invoices/{ident}.pdf").status_code == 403
    assert sandbox.requests.all() == []
    named = host.open(OWN, dashboard, EXPORT)
    assert ".pdf" in json.dumps(named.panel("invoices", DAYS))
    assert named.file(f"invoices/{ident}.pdf").status_code == 200


def test_s13_an_invoice_that_is_left_out_is_not_named_by_those_that_replaced_it(host: Host) -> None:
    every = "?from=2025-10-25&to=2026-11-20"
    full = rows(host.open(TWO, "invoices", EXPORT), "invoices.csv", every)
    left = rows(host.open(TWO, "invoices", {**EXPORT, "invoices": LIMITS[0]}), "invoices.csv", every)
    gone = {row["id"] for row in full if row["status"] != "FINALIZED"}
    assert ids(full, "regenerated_from_id") & gone
    assert left
    assert not (ids(left, "regenerated_from_id") | ids(left, "corrects_id")) & gone
