"""proof.json and proof.csv: the same checks, in exact numbers that re-add; no account of the sandbox fails one."""

from __future__ import annotations

import csv
import io
import json
import re
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import datetime
from decimal import Decimal
from typing import Any

import pytest
from dash import Dash
from werkzeug.test import TestResponse

from data.clock import Clock
from data.metronome_source import Patience
from data.views.proof import PROOF_FILE
from sandbox.catalogue import Customer
from sandbox.server import Sandbox, running_sandbox
from tests.conftest import NOW
from tests.contract.files import Api, Files, Row, days_of, figures_asked, query
from tests.contract.test_downloads import (
    BAD,
    FAULTS,
    FORMULA_STARTS,
    UNKNOWN,
    MovableClock,
    assert_problem,
    everybody,
    files_on,
)

pytestmark = pytest.mark.thorough

CHECKS = (
    "windows_invoice", "usage_quantity", "ledger_balance", "net_balance", "deduction_lines", "groups_total",
    "no_purchase",
)  # fmt: skip
STATUSES = {"passed", "explained", "failed"}
CAUSES = {
    "late_usage", "rounding", "tiers", "edge_window", "not_broken_down", "floored", "draft", "non_additive", "unknown",
}  # fmt: skip
NUMBERS = ("expected", "actual", "difference")
TOLERANCE = Decimal("0.000001")  # section 3.2 of the Metronome notes
GUIDE_DAYS = {"from": "2024-09-01", "to": "2024-10-31"}
RANGES = ("last90d", "last_month")
both = pytest.mark.parametrize("name", ["proof.json", "proof.csv"])


@pytest.fixture(scope="module")
def shared_sandbox() -> Iterator[Sandbox]:
    with running_sandbox(now=datetime.fromisoformat(NOW), strict=True, hostile=True) as running:
        yield running


@pytest.fixture(scope="module")
def warm_files(shared_sandbox: Sandbox) -> Files:
    """One app for everything that only reads what is right."""
    return files_on(shared_sandbox, Clock(datetime.fromisoformat(NOW)))


@pytest.fixture
def files(make_app: Callable[..., Dash]) -> Files:
    return Files(make_app().server.test_client())


@pytest.fixture
def clock() -> MovableClock:
    return MovableClock(datetime.fromisoformat(NOW))


@pytest.fixture
def hurried(sandbox: Sandbox, clock: MovableClock) -> Files:
    """Files of an app whose clock can be moved, and that does not sleep between attempts."""
    return files_on(sandbox, clock)


def answer(files: Files, customer: str, name: str, /, **asked: str) -> TestResponse:
    return files.client.get(f"/accounts/{customer}/{name}", query_string=asked)


def proof(files: Files, customer: str, /, **asked: str) -> dict[str, Any]:
    """proof.json, every number exact."""
    found = answer(files, customer, "proof.json", **asked)
    assert found.status_code == 200, found.text
    return dict(json.loads(found.text, parse_float=Decimal, parse_int=Decimal))


def rows(files: Files, customer: str, /, **asked: str) -> list[dict[str, str]]:
    return files.rows(customer, "proof", **asked)


# Every account


@pytest.mark.parametrize("asked", RANGES)
@everybody
def test_no_check_of_any_account_fails(warm_files: Files, customer: Customer, asked: str) -> None:
    """Every difference that the sandbox plants is documented, so each has to be explained."""
    checks = proof(warm_files, customer, range=asked)["checks"]
    assert [one for one in checks if one["status"] == "failed"] == []
    assert {one["cause"] for one in checks} - {None} <= CAUSES - {"unknown"}
    assert {one["check"] for one in checks} <= set(CHECKS)


@everybody
def test_every_difference_is_actual_minus_expected_and_has_a_cause_or_none(
    warm_files: Files, customer: Customer
) -> None:
    asked = query(days_of(customer))
    body = proof(warm_files, customer, **asked)
    assert (body["account"], body["from"], body["to"]) == (customer, asked["from"], asked["to"])
    assert body["as_of"] == NOW
    assert body["checks"]
    for check in body["checks"]:
        assert set(check) == set(PROOF_FILE)
        assert check["status"] in STATUSES
        if None not in (check["expected"], check["actual"]):
            assert check["difference"] == check["actual"] - check["expected"]
        differs = check["difference"] is not None and abs(check["difference"]) > TOLERANCE
        assert (check["cause"] is not None) == (check["status"] != "passed")
        if differs:
            assert check["status"] != "passed"
        if check["status"] == "passed":
            assert None not in [check[name] for name in NUMBERS]


@everybody
def test_both_files_hold_the_same_checks(warm_files: Files, customer: Customer) -> None:
    asked = query(days_of(customer))
    checks = proof(warm_files, customer, **asked)["checks"]
    found = rows(warm_files, customer, **asked)
    assert [read(row) for row in found] == [shown(check) for check in checks]
    subjects = Counter((row["check"], row["subject"]) for row in found)
    assert set(subjects.values()) == {1}
    receipts = [row["receipt"] for row in found]
    assert len(set(receipts)) == len(receipts)
    assert all(re.fullmatch(r"P-[A-Z2-7]{8}", one) for one in receipts)


def read(row: dict[str, str]) -> Row:
    told = {name: text[1:] if text[:1] == "'" and text[1:].startswith(FORMULA_STARTS) else text
            for name, text in row.items()}  # fmt: skip
    return told | {name: Decimal(row[name]) if row[name] else None for name in NUMBERS}


def shown(check: Row) -> Row:
    return {name: "" if value is None and name not in NUMBERS else value for name, value in check.items()}


@everybody
def test_numbers_are_written_whole_and_never_through_floats(warm_files: Files, customer: Customer) -> None:
    text = answer(warm_files, customer, "proof.json", **query(days_of(customer))).text
    numbers = re.findall(r'"(?:expected|actual|difference)":([^,}]+)', text)
    assert numbers
    assert [one for one in numbers if not re.fullmatch(r"null|-?\d+(\.\d+)?", one)] == []
    assert [one for one in numbers if "." in one and re.search(r"(0{6}|9{6})\d*$", one.rstrip("0"))] == []
    assert "-0" not in numbers


@everybody
def test_invoices_are_compared_as_the_api_has_them(
    warm_files: Files, shared_sandbox: Sandbox, customer: Customer
) -> None:
    asked = query(days_of(customer))
    totals = {one["id"]: (one["total"], one["credit_type"]) for one in Api(shared_sandbox.url).invoices(customer)}
    listed = {row["id"]: row for row in warm_files.rows(customer, "invoices", **asked) if row["windows_sum"]}
    checks = proof(warm_files, customer, **asked)["checks"]
    whole = {one["subject"]: one for one in checks if one["check"] == "windows_invoice" and " / " not in one["subject"]}
    assert set(whole) == set(listed)
    for ident, check in whole.items():
        total, unit = totals[ident]
        assert check["expected"] == (total / 100 if unit["name"].endswith(" (cents)") else total)
        assert check["actual"] == Decimal(listed[ident]["windows_sum"])
        assert (check["cause"] or "") == listed[ident]["cause"]
        assert check["currency"] == listed[ident]["currency"]


@everybody
def test_every_balance_is_held_against_its_ledger(warm_files: Files, customer: Customer) -> None:
    asked = query(days_of(customer))
    balances = {row["id"]: row for row in warm_files.rows(customer, "commitments", **asked)}
    checks = {one["subject"]: one for one in proof(warm_files, customer, **asked)["checks"]
              if one["check"] == "ledger_balance"}  # fmt: skip
    assert set(checks) == set(balances)
    for ident, check in checks.items():
        assert check["actual"] == Decimal(balances[ident]["remaining"])
        if check["status"] == "passed":
            assert check["expected"] == Decimal(balances[ident]["ledger_balance"])


def test_every_kind_of_check_was_made(warm_files: Files) -> None:
    """None passes because it never ran."""
    made = Counter(one["check"] for one in proof(warm_files, Customer.FLAGSHIP, range="last90d")["checks"])
    assert set(made) == set(CHECKS)
    prepaid = proof(warm_files, Customer.TWO_CONTRACTS, range="last90d")["checks"]
    assert {one["check"] for one in prepaid} == set(CHECKS)


# What was planted


def test_late_usage_is_found_named_and_sized_to_the_cent(warm_files: Files) -> None:
    checks = proof(warm_files, Customer.LATE_USAGE, range="last90d")["checks"]
    late = [one for one in checks if one["cause"] == "late_usage"]
    invoices = [one["difference"] for one in late if one["check"] == "windows_invoice" and "/" not in one["subject"]]
    assert sorted(invoices) == [Decimal("12.50"), Decimal("168.40")]
    parts = [one["difference"] for one in late if one["check"] == "windows_invoice" and "/" in one["subject"]]
    assert sorted(parts) == sorted(invoices)
    units = [abs(one["difference"]) for one in late if one["check"] == "usage_quantity"]
    assert sorted(units) == [62_500, 842_000]
    assert {one["status"] for one in late} == {"explained"}
    assert Counter(one["status"] for one in checks)["failed"] == 0


@pytest.mark.parametrize(
    ("customer", "cause", "check"),
    [
        (Customer.TIERED, "tiers", "windows_invoice"),
        (Customer.SEATS, "not_broken_down", "windows_invoice"),
        (Customer.ADJUSTED, "floored", "ledger_balance"),
        (Customer.FLAGSHIP, "non_additive", "groups_total"),
        (Customer.EURO, None, "windows_invoice"),
    ],
)
def test_each_planted_cause_is_found_where_it_was_planted(
    warm_files: Files, customer: Customer, cause: str | None, check: str
) -> None:
    checks = proof(warm_files, customer, range="last90d")["checks"]
    assert cause in {one["cause"] for one in checks if one["check"] == check}


def test_the_guides_books_agree_in_every_number(warm_files: Files) -> None:
    checks = proof(warm_files, Customer.GUIDE_BALANCES, **GUIDE_DAYS)["checks"]
    assert {one["status"] for one in checks} == {"passed"}
    assert {one["check"] for one in checks} == set(CHECKS)
    assert amounts(checks, "net_balance") == {"USD with drafts": 20, "USD without drafts": 40}
    assert sorted(amounts(checks, "ledger_balance").values()) == [0, 20]
    assert sorted(amounts(checks, "deduction_lines").values()) == [-65, -15, -5]
    assert sorted(amounts(checks, "usage_quantity").values()) == [2000, 6500]
    assert set(amounts(checks, "no_purchase").values()) == {0}
    assert {one["difference"] for one in checks} == {0}


def amounts(checks: list[Row], name: str) -> dict[str, Decimal]:
    return {one["subject"]: one["actual"] for one in checks if one["check"] == name}


# The form of the files


@both
def test_a_file_has_its_type_and_headers(warm_files: Files, name: str) -> None:
    found = answer(warm_files, Customer.LATE_USAGE, name, range="last_month")
    assert found.status_code == 200
    assert found.content_type == ("application/json" if name == "proof.json" else "text/csv; charset=utf-8")
    kind = name.split(".")[1]
    assert found.headers["Content-Disposition"] == f'attachment; filename="proof-{Customer.LATE_USAGE}.{kind}"'
    assert found.headers["X-Burnboard-As-Of"] == NOW
    assert found.headers["X-Burnboard-Data"] == "fresh"
    assert found.headers["Cache-Control"] == "no-store"


def test_the_columns_are_those_of_the_interfaces_document(warm_files: Files) -> None:
    found = answer(warm_files, Customer.LATE_USAGE, "proof.csv", range="last_month")
    header = next(csv.reader(io.StringIO(found.text, newline="")))
    assert header == ["check", "subject", "status", "expected", "actual", "difference", "currency", "cause", "receipt"]
    assert b"\n" not in found.data.replace(b"\r\n", b"")


def test_the_receipt_of_a_check_is_the_same_whenever_it_is_asked_for(warm_files: Files, files: Files) -> None:
    first, again = (rows(one, Customer.LATE_USAGE, range="last_month") for one in (warm_files, files))
    assert [row["receipt"] for row in first] == [row["receipt"] for row in again]
    other = rows(warm_files, Customer.LATE_USAGE, range="last90d")
    assert not {row["receipt"] for row in first} & {row["receipt"] for row in other}


@both
@pytest.mark.parametrize("drawn", [{"status": "void"}, {"zero": "show"}, {"view": "net"}, {"window": "week"}], ids=str)
def test_what_only_changes_the_drawing_does_not_change_the_proof(
    warm_files: Files, name: str, drawn: dict[str, str]
) -> None:
    plain = answer(warm_files, Customer.TWO_CONTRACTS, name, range="last90d")
    assert answer(warm_files, Customer.TWO_CONTRACTS, name, range="last90d", **drawn).data == plain.data


@both
@pytest.mark.parametrize("method", ["post", "put", "delete", "patch"])
def test_files_are_only_read(files: Files, sandbox: Sandbox, name: str, method: str) -> None:
    found = getattr(files.client, method)(f"/accounts/{Customer.GUIDE_BALANCES}/{name}")
    assert found.status_code == 405
    assert sandbox.requests.all() == []


# Wrong input

WRONG = (*BAD, {"status": "paid"}, {"zero": "yes"}, {"receipt": "no receipt"})


@both
@pytest.mark.parametrize("asked", WRONG, ids=lambda one: "&".join(f"{key}={one[key]}" for key in one)[:40])
def test_wrong_input_is_refused_before_any_figure_is_asked_for(
    files: Files, sandbox: Sandbox, name: str, asked: dict[str, str]
) -> None:
    assert_problem(answer(files, Customer.LATE_USAGE, name, **asked), 400)
    assert figures_asked(sandbox) == []


@both
@pytest.mark.parametrize("ident", [UNKNOWN, "not-an-id"])
def test_an_unknown_account_is_not_found(files: Files, sandbox: Sandbox, name: str, ident: str) -> None:
    assert_problem(answer(files, ident, name), 404)
    assert figures_asked(sandbox) == []


# Bad days


@pytest.mark.parametrize(
    "family",
    ["customer", "credit_types", "invoices", "balances", "breakdowns", "metrics", "usage_groups", "net_balance"],
)
def test_a_proof_needs_every_part_of_it(hurried: Files, sandbox: Sandbox, family: str) -> None:
    sandbox.faults.add("status", family=family, status=500)
    assert_problem(answer(hurried, Customer.FLAGSHIP, "proof.json", range="last_month"), 503)
    assert sandbox.requests.all(family)


@both
@pytest.mark.parametrize("fault", FAULTS, ids=lambda one: "-".join(map(str, (one[0], *one[1].values()))))
def test_a_bad_day_upstream_is_told_as_what_it_is(
    hurried: Files, sandbox: Sandbox, name: str, fault: tuple[str, dict[str, float], int]
) -> None:
    kind, details, status = fault
    sandbox.faults.add(kind, family="balances", **details)
    assert_problem(answer(hurried, Customer.GUIDE_BALANCES, name, **GUIDE_DAYS), status)


def test_an_answer_that_does_not_come_ends_in_time(sandbox: Sandbox, clock: MovableClock) -> None:
    impatient = files_on(sandbox, clock, Patience(page=0.4, download=0.6, idle=0.3))
    sandbox.faults.add("hang", family="breakdowns", seconds=3)
    assert_problem(answer(impatient, Customer.GUIDE_BALANCES, "proof.json", **GUIDE_DAYS), 504)


@both
def test_an_old_copy_is_marked_with_its_age(hurried: Files, clock: MovableClock, sandbox: Sandbox, name: str) -> None:
    fresh = answer(hurried, Customer.GUIDE_BALANCES, name, **GUIDE_DAYS)
    clock.move(600)
    sandbox.faults.add("status", status=503)
    stale = answer(hurried, Customer.GUIDE_BALANCES, name, **GUIDE_DAYS)
    assert stale.status_code == 200
    assert (fresh.headers["X-Burnboard-Data"], stale.headers["X-Burnboard-Data"]) == ("fresh", "stale")
    assert stale.headers["X-Burnboard-As-Of"] == NOW
    assert stale.data == fresh.data
