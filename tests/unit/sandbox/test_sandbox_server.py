"""Transport: pages, cursors, refusals, strict and tolerant, faults, the request log, the process."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from sandbox.catalogue import Customer
from sandbox.catalogue.hostile import LONG, SCRIPT
from sandbox.faults import Kind
from sandbox.server import Sandbox, running_sandbox
from tests.unit.sandbox.calling import NOW, Caller

pytestmark = pytest.mark.thorough

ROOT = Path(__file__).resolve().parents[3]
BALANCES = "/v1/contracts/customerBalances/list"
MAY = {"starting_on": "2026-05-01T00:00:00Z", "ending_before": "2026-05-21T00:00:00Z"}


@pytest.fixture(scope="module")
def strict() -> Iterator[Caller]:
    with running_sandbox(now=NOW, strict=True, customers=30, token="right") as running:
        one = Caller(running.url)
        one.session.headers["Authorization"] = "Bearer right"
        yield one
        one.session.close()


@pytest.fixture(autouse=True)
def _no_faults(sandbox: Sandbox) -> Iterator[None]:
    yield
    sandbox.faults.clear()


def strictly(caller: Caller, method: str, path: str, **more: Any) -> requests.Response:
    return caller.send(method, path, headers={"Authorization": "Bearer right"}, **more)


def usage_body(customer: str, metric: str, **more: Any) -> dict[str, Any]:
    return {"customer_id": customer, "billable_metric_id": metric, "window_size": "DAY", **MAY, **more}


def compute(caller: Caller, customer: str = Customer.FLAGSHIP) -> str:
    return str(caller.ask("GET", f"/v1/customers/{customer}/billable-metrics")["data"][0]["id"])


def test_pages_are_small_by_default_and_cover_everything_once(caller: Caller) -> None:
    body = usage_body(Customer.FLAGSHIP, compute(caller), group_key=["region"])
    assert len(caller.ask("POST", "/v1/usage/groups", json=body)["data"]) == 20
    by_twenty = caller.rows("POST", "/v1/usage/groups", body=body)
    assert len(by_twenty) == 100
    assert by_twenty == caller.rows("POST", "/v1/usage/groups", params={"limit": 7}, body=body)


def test_one_customer_has_more_balances_than_a_page_holds(caller: Caller) -> None:
    body = {"customer_id": Customer.MANY_BALANCES, "include_contract_balances": True}
    first = caller.ask("POST", BALANCES, json=body)
    assert len(first["data"]) == 25
    assert len(caller.rows("POST", BALANCES, body=body)) > 25
    assert len(caller.rows("POST", BALANCES, body={"customer_id": Customer.MANY_BALANCES})) == 1


@pytest.mark.parametrize("limit", [0, -1, 101, "many", "1e2", "٣"])
def test_a_limit_out_of_range_is_refused(caller: Caller, limit: Any) -> None:
    response = caller.send("GET", "/v1/customers", params={"limit": limit})
    assert response.status_code == 400
    assert set(response.json()) == {"message"}


def test_a_cursor_of_another_request_is_refused(caller: Caller) -> None:
    cursor = caller.ask("GET", "/v1/customers", params={"limit": 2})["next_page"]
    for params in ({"next_page": cursor, "only_archived": "true"}, {"next_page": "AAAA"}, {"next_page": "é"}):
        assert caller.send("GET", "/v1/customers", params=params).status_code == 400


def test_daily_windows_fill_at_most_35_days_of_a_page_and_hours_one_day(caller: Caller) -> None:
    path = f"/v1/customers/{Customer.FLAGSHIP}/invoices/breakdowns"
    dates = {"starting_on": "2026-02-01T00:00:00Z", "ending_before": "2026-05-01T00:00:00Z", "limit": 100}
    assert len(caller.ask("GET", path, params=dates)["data"]) == 35
    assert len(caller.ask("GET", path, params=dates | {"window_size": "hour"})["data"]) == 24
    assert len(caller.rows("GET", path, params=dates)) == 28 + 31 + 30


@pytest.mark.parametrize(
    ("token", "status"), [(None, 401), ("Bearer wrong-token", 401), ("Basic abc", 401), ("Bearer x", 200)]
)
def test_a_bearer_token_is_needed(caller: Caller, token: str | None, status: int) -> None:
    headers = {"Authorization": token} if token else {}
    response = requests.get(f"{caller.url}/v1/customers", headers=headers, timeout=10)
    assert response.status_code == status
    if status == 401:
        assert set(response.json()) == {"message"}


def test_a_single_token_can_be_demanded(strict: Caller) -> None:
    assert strictly(strict, "GET", "/v1/customers").status_code == 200
    assert strict.send("GET", "/v1/customers").status_code == 401


def test_unknown_things_are_404_in_v1_and_400_with_a_code_in_v2(caller: Caller) -> None:
    nobody = "00000000-0000-4000-8000-000000000000"
    for path in (f"/v1/customers/{nobody}", f"/v1/billable-metrics/{nobody}", f"/v1/customers/{nobody}/invoices"):
        response = caller.send("GET", path)
        assert (response.status_code, set(response.json())) == (404, {"message"})
    response = caller.send("POST", "/v2/contracts/list", json={"customer_id": nobody})
    assert (response.status_code, response.json()["code"]) == (400, "CustomerNotFound")
    body = {"customer_id": Customer.EURO, "contract_id": nobody}
    assert caller.send("POST", "/v2/contracts/get", json=body).json()["code"] == "ContractNotFound"


@pytest.mark.parametrize(
    "change",
    [
        {"starting_on": "2026-05-01T01:00:00Z"},
        {"starting_on": None},
        {"ending_before": "2026-05-01T00:00:00Z"},
        {"window_size": "WEEK"},
        {"window_size": None},
        {"group_key": ["cluster", "nothing"]},
        {"group_key": "region"},
        {"group_key": ["region"], "group_by": {"key": "region"}},
        {"group_key": ["region"], "group_filters": {"cluster": ["x"]}},
        {"group_key": ["region"], "group_filters": {"region": [str(number) for number in range(201)]}},
        {"current_period": True},
        {"customer_id": "not-a-uuid"},
    ],
)
def test_usage_requests_that_make_no_sense_are_refused(caller: Caller, change: dict[str, Any]) -> None:
    sent = usage_body(Customer.FLAGSHIP, compute(caller)) | change
    response = caller.send(
        "POST", "/v1/usage/groups", json={key: value for key, value in sent.items() if value is not None}
    )
    assert response.status_code == 400
    assert set(response.json()) == {"message"}


def test_a_partial_compound_key_is_refused_where_only_the_whole_is_a_group_key(caller: Caller) -> None:
    metric = compute(caller, Customer.TOKENS)
    whole = usage_body(Customer.TOKENS, metric, group_key=["token_type", "model"])
    rows = caller.ask("POST", "/v1/usage/groups", json=whole)["data"]
    assert list(rows[0]["group"]) == ["token_type", "model"]
    assert (rows[0]["group_key"], rows[0]["group_value"]) == (None, None)


def test_filters_keep_only_the_asked_values(caller: Caller) -> None:
    body = usage_body(Customer.FLAGSHIP, compute(caller), group_key=["region"])
    only = caller.rows("POST", "/v1/usage/groups", body=body | {"group_filters": {"region": ["eu_west_1"]}})
    assert {row["group"]["region"] for row in only} == {"eu_west_1"}
    everything = caller.rows("POST", "/v1/usage/groups", body=body | {"group_filters": {"region": []}})
    assert {row["group"]["region"] for row in everything} > {"eu_west_1", None}


TOLERATED: list[Callable[[str], tuple[str, str, dict[str, Any]]]] = [
    lambda metric: ("POST", "/v1/usage", {"json": usage_body(Customer.FLAGSHIP, metric)}),
    lambda _: ("GET", "/v1/customers", {"params": {"limit": 5, "colour": "red"}}),
    lambda metric: ("POST", "/v1/usage/groups", {"json": usage_body(Customer.FLAGSHIP, metric, more=1)}),
    lambda metric: ("POST", "/v1/usage/groups", {"json": usage_body(Customer.FLAGSHIP, metric, limit=5)}),
    lambda metric: (
        "POST",
        "/v1/usage/groups",
        {"json": usage_body(Customer.FLAGSHIP, metric, starting_on="2026-05-01")},
    ),
    lambda _: ("POST", BALANCES, {"json": {"customer_id": Customer.FLAGSHIP}, "params": {"limit": 5}}),
]


@pytest.mark.parametrize("build", TOLERATED)
def test_a_strict_server_refuses_what_a_tolerant_one_lets_pass(
    caller: Caller, strict: Caller, build: Callable[[str], tuple[str, str, dict[str, Any]]]
) -> None:
    method, path, more = build(compute(caller))
    assert caller.send(method, path, **more).status_code == 200
    assert strictly(strict, method, path, **more).status_code == 400


def test_any_case_of_a_window_size_is_known(caller: Caller, strict: Caller) -> None:
    for size in ("day", "DAY", "Day"):
        body = usage_body(Customer.FLAGSHIP, compute(caller), window_size=size)
        assert strictly(strict, "POST", "/v1/usage/groups", json=body).status_code == 200


def test_archived_customers_are_listed_apart(caller: Caller) -> None:
    active = {row["id"] for row in caller.rows("GET", "/v1/customers")}
    archived = caller.rows("GET", "/v1/customers", params={"only_archived": "true"})
    assert [row["id"] for row in archived] == [Customer.ARCHIVED]
    assert archived[0]["archived_at"]
    assert Customer.ARCHIVED not in active


def test_extra_customers_are_listed_but_thin(strict: Caller) -> None:
    rows = strictly(strict, "GET", "/v1/customers", params={"limit": 100}).json()["data"]
    thin = next(row for row in rows if row["ingest_aliases"] == ["crowd-30"])
    body = {"customer_id": thin["id"], "include_contract_balances": True}
    assert strictly(strict, "POST", BALANCES, json=body).json()["data"] == []


def test_every_kind_of_invoice_exists(caller: Caller) -> None:
    found = [row for customer in Customer for row in caller.rows("GET", f"/v1/customers/{customer}/invoices")]
    states = {(row["type"], row["status"]) for row in found}
    assert states >= {("USAGE", "DRAFT"), ("USAGE", "FINALIZED"), ("USAGE", "VOID"), ("SCHEDULED", "DRAFT")}
    assert any(row["status"] == "DRAFT" and row.get("end_timestamp", "9") <= "2026-05-20" for row in found)
    assert any(
        row["status"] == "DRAFT" and row["type"] == "SCHEDULED" and row["issued_at"] > "2026-06" for row in found
    )
    void = {row["id"] for row in found if row["status"] == "VOID"}
    assert (
        {row["regenerated_from_invoice_id"] for row in found if "regenerated_from_invoice_id" in row} == void != set()
    )
    corrected = {row["correction_record"]["corrected_invoice_id"] for row in found if "correction_record" in row}
    assert corrected
    assert corrected <= {row["id"] for row in found}
    kinds = {line.get("type") for row in found for line in row["line_items"]}
    assert kinds >= {"usage", "applied_commit_or_credit", "commit_purchase", "scheduled", "subscription"}
    assert kinds >= {"cpu_conversion", "postpaid_trueup"}


def test_every_documented_ledger_entry_that_the_catalogue_promises_exists(caller: Caller) -> None:
    flags = {"include_contract_balances": True, "include_ledgers": True, "include_archived": True}
    rows = [row for one in Customer for row in caller.rows("POST", BALANCES, body={"customer_id": one} | flags)]
    kinds = {entry["type"] for row in rows for entry in row["ledger"]}
    assert kinds >= {
        *(f"PREPAID_COMMIT_{kind}" for kind in ("SEGMENT_START", "EXPIRATION", "ROLLOVER", "MANUAL", "CREDITED")),
        *(f"POSTPAID_COMMIT_{kind}" for kind in ("INITIAL_BALANCE", "TRUEUP")),
        *(f"CREDIT_{kind}" for kind in ("SEGMENT_START", "EXPIRATION", "MANUAL", "SEAT_BASED_ADJUSTMENT")),
        *(f"{kind}_AUTOMATED_INVOICE_DEDUCTION" for kind in ("PREPAID_COMMIT", "POSTPAID_COMMIT", "CREDIT")),
    }
    assert any(row["access_schedule"].get("access_type") == "QUANTITY" for row in rows)
    assert any("rolled_over_from" in row for row in rows)


def balances_of(caller: Caller, customer: str) -> list[Any]:
    flags = {"include_contract_balances": True, "include_ledgers": True, "include_balance": True}
    return caller.rows("POST", BALANCES, body={"customer_id": customer} | flags)


def test_balances_say_what_they_apply_to_and_what_recurs(caller: Caller) -> None:
    tiered, late = balances_of(caller, Customer.TIERED), balances_of(caller, Customer.LATE_USAGE)
    assert {"presentation_group_values": {"region": "eu_west_1"}} in [
        one for row in tiered for one in row.get("specifiers", [])
    ]
    assert [len(row.get("applicable_product_ids", [])) for row in late] == [1, 0]
    seats = balances_of(caller, Customer.SEATS)
    credits_, commits = ([row for row in seats if f"recurring_{kind}_id" in row] for kind in ("credit", "commit"))
    assert (len(credits_), len(commits)) == (15, 5)
    assert {row["subscription_config"]["allocation"] for row in credits_} == {"POOLED"}
    assert all(row["invoice_schedule"]["schedule_items"] for row in commits)
    grown = [row for row in credits_ if any("SEAT_BASED" in entry["type"] for entry in row["ledger"])]
    assert len(grown) == 2


def test_invoices_are_in_every_state_of_payment(caller: Caller) -> None:
    rows = caller.rows("GET", f"/v1/customers/{Customer.SEATS}/invoices")
    states = {row["external_invoice"] and row["external_invoice"]["external_status"] for row in rows}
    assert states == {None, "PAID", "SENT", "PAYMENT_FAILED", "PARTIALLY_PAID", "UNCOLLECTIBLE", "SKIPPED", "VOID"}
    assert all((row["status"] == "DRAFT") == (row["external_invoice"] is None) for row in rows)


def test_metrics_of_every_kind_exist_and_an_account_without_any(caller: Caller) -> None:
    def metrics(customer: str) -> list[Any]:
        return caller.rows("GET", f"/v1/customers/{customer}/billable-metrics")

    assert metrics(Customer.NO_METRICS) == []
    kinds = {row.get("aggregation_type") for one in Customer for row in metrics(one)}
    assert kinds == {"SUM", "COUNT", "MAX", "UNIQUE", "LATEST", None}
    assert ["sql" in row for row in metrics(Customer.PRICE_CHANGE)] == [False, False, True]


@pytest.mark.parametrize(
    ("kind", "status", "text"),
    [
        (Kind.HTML, 200, "<!doctype html>"),
        (Kind.WRONG_SHAPE, 200, '{"items"'),
        (Kind.REDIRECT, 302, ""),
        (Kind.STATUS, 503, '{"message"'),
        (Kind.SLOW, 200, '{"data":[{'),
        (Kind.DRIP, 200, '{"data":[{'),
        (Kind.HUGE, 200, "    "),
    ],
)
def test_a_fault_changes_the_answer_once(sandbox: Sandbox, caller: Caller, kind: Kind, status: int, text: str) -> None:
    sandbox.faults.add(kind, family="customers", times=1, status=503, retry_after="7", seconds=0.0001, size=200_000)
    params = {"limit": 1}
    response = caller.send("GET", "/v1/customers", params=params, allow_redirects=False)
    assert response.status_code == status
    assert response.text.startswith(text)
    assert response.headers.get("Retry-After") == ("7" if kind is Kind.STATUS else None)
    assert len(caller.ask("GET", "/v1/customers", params=params)["data"]) == 1


def test_malformed_json_stops_in_the_middle(sandbox: Sandbox, caller: Caller) -> None:
    sandbox.faults.add("malformed", times=1)
    with pytest.raises(ValueError, match=r"Expecting|Unterminated"):
        json.loads(caller.send("GET", "/v1/customers").text)


@pytest.mark.parametrize("kind", [Kind.RESET, Kind.HANG])
def test_a_connection_can_break(sandbox: Sandbox, caller: Caller, kind: Kind) -> None:
    sandbox.faults.add(kind, times=1, seconds=0.01)
    with pytest.raises(requests.ConnectionError):
        requests.get(f"{caller.url}/v1/customers", headers={"Authorization": "Bearer x"}, timeout=10)


def test_an_empty_page_leads_on_and_a_repeated_cursor_does_not(sandbox: Sandbox, caller: Caller) -> None:
    whole = caller.rows("GET", "/v1/customers")
    sandbox.faults.add("empty_page", times=1, skip=1)
    assert caller.rows("GET", "/v1/customers", params={"limit": 5}) == whole
    sandbox.faults.add("repeated_cursor", family="customers")
    first = caller.ask("GET", "/v1/customers", params={"limit": 5})
    again = caller.ask("GET", "/v1/customers", params={"limit": 5, "next_page": first["next_page"]})
    assert first == again


def test_faults_hit_only_the_named_endpoint_and_text(sandbox: Sandbox, caller: Caller) -> None:
    sandbox.faults.add("status", family="invoices", containing=Customer.EURO)
    assert caller.send("GET", f"/v1/customers/{Customer.EURO}/invoices").status_code == 500
    assert caller.send("GET", f"/v1/customers/{Customer.ENDED}/invoices").status_code == 200
    assert caller.send("GET", f"/v1/customers/{Customer.EURO}").status_code == 200


def test_faults_are_set_and_cleared_over_http(caller: Caller) -> None:
    assert caller.send("POST", "/sandbox/faults", json={"kind": "status", "status": 429}).json() == {"faults": 1}
    assert caller.send("GET", "/v1/customers").status_code == 429
    assert caller.send("POST", "/sandbox/faults", json={"kind": "sunshine"}).status_code == 400
    assert caller.send("POST", "/sandbox/faults", json=[{"kind": "slow", "colour": 1}]).status_code == 400
    assert caller.send("POST", "/sandbox/faults", json={}).json() == {"faults": 0}
    assert caller.send("GET", "/v1/customers").status_code == 200


def test_the_request_log_counts_calls_and_keeps_no_token(sandbox: Sandbox, caller: Caller) -> None:
    caller.send("DELETE", "/sandbox/requests")
    caller.send("POST", BALANCES, json={"customer_id": Customer.EURO})
    logged = caller.send("GET", "/sandbox/requests").json()["data"]
    assert [(row["family"], row["method"], row["path"]) for row in logged] == [("balances", "POST", BALANCES)]
    assert json.loads(logged[0]["body"]) == {"customer_id": Customer.EURO}
    assert "Bearer" not in json.dumps(logged)
    assert len(sandbox.requests.all("balances")) == 1


def test_legacy_shapes_can_be_forced_for_every_account() -> None:
    with running_sandbox(now=NOW, legacy=True) as running:
        caller = Caller(running.url)
        invoices = caller.rows("GET", f"/v1/customers/{Customer.FLAGSHIP}/invoices")
        body = usage_body(Customer.FLAGSHIP, compute(caller), group_key=["region"])
        rows = caller.rows("POST", "/v1/usage/groups", body=body)
        caller.session.close()
    assert not any("type" in line for invoice in invoices for line in invoice["line_items"])
    assert not any("group" in row for row in rows)


def test_the_clock_can_be_set_for_one_request(caller: Caller) -> None:
    body = {"customer_id": Customer.FLAGSHIP, "include_contract_balances": True, "include_balance": True}
    then = caller.ask("POST", BALANCES, json=body, headers={"X-Sandbox-Now": "2026-05-02T00:00:00Z"})
    assert then != caller.ask("POST", BALANCES, json=body)


def test_hostile_names_come_through_as_they_are(caller: Caller) -> None:
    assert caller.ask("GET", f"/v1/customers/{Customer.HOSTILE}")["data"]["name"].endswith(LONG)
    rows = caller.rows(
        "POST",
        "/v1/usage/groups",
        body=usage_body(Customer.HOSTILE, compute(caller, Customer.HOSTILE), group_key=["region"]),
    )
    assert SCRIPT in {row["group"]["region"] for row in rows}


def test_the_embedded_page_escapes_names_and_needs_no_token(caller: Caller) -> None:
    body = {"customer_id": Customer.HOSTILE, "dashboard": "usage", "dashboard_options": []}
    url = caller.ask("POST", "/v1/dashboards/getEmbeddableUrl", json=body)["data"]["url"]
    page = requests.get(url, timeout=10)
    assert page.status_code == 200
    assert "<img" not in page.text
    for wrong in (
        {"dashboard": "secrets"},
        {"color_overrides": [{"name": "gray_dark"}]},
        {"dashboard_options": [{"key": "invoice_type", "value": True}]},
    ):
        assert caller.send("POST", "/v1/dashboards/getEmbeddableUrl", json=body | wrong).status_code == 400


def test_the_embedded_page_says_what_it_was_asked_with(caller: Caller) -> None:
    body = {
        "customer_id": Customer.FLAGSHIP,
        "dashboard": "invoices",
        "dashboard_options": [{"key": "invoice_status_filter", "value": "FINALIZED"}],
        "color_overrides": [{"name": "White", "value": "#fff8e1"}, {"name": "UsageLine_3", "value": "red;}<b>"}],
        "bm_group_key_overrides": [{"group_key_name": "region", "display_name": "Where"}],
    }
    url = caller.ask("POST", "/v1/dashboards/getEmbeddableUrl", json=body)["data"]["url"]
    text = requests.get(url, timeout=10).text
    for told in ("Invoices", "Halden", "invoice_status_filter", "FINALIZED", "--White:#fff8e1;", "#fff8e1", "Where"):
        assert told in text, told
    assert "UsageLine_3:#e8590c" in text  # what is no colour changes none
    assert "<b>" not in text.partition("UsageLine_3</td>")[2]
    plain = requests.get(url.partition("?")[0], timeout=10)
    assert plain.status_code == 200
    assert "FINALIZED" not in plain.text


def test_it_runs_as_a_process_of_its_own_and_ends_when_told() -> None:
    command = [sys.executable, "-m", "sandbox", "--now", "2026-05-20T14:30:00Z", "--customers", "3"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        url = process.stdout.readline().split()[-1]
        response = requests.get(f"{url}/v1/customers", headers={"Authorization": "Bearer x"}, timeout=10)
        process.terminate()
        assert process.wait(timeout=10) == 0
    assert response.status_code == 200
