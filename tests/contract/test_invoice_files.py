"""invoices.csv, line_items.csv and the PDF: every sandbox account held against the API's own rows, in exact numbers."""

from __future__ import annotations

import csv
import io
import json
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
import requests
from dash import Dash

from data.analytics.invoice_files import INVOICES_FILE, LINE_ITEMS_FILE
from data.clock import Clock
from data.filters import Days
from data.metronome_source import Patience
from sandbox.catalogue import Customer, hostile
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

COLUMNS = {"invoices": INVOICES_FILE, "line_items": LINE_ITEMS_FILE}
AMOUNTS = {"total", "windows_sum", "difference", "quantity", "unit_price"}
TIMES = {"period_start", "period_end", "issued_at", "due_at", "starts_at", "ends_at"}
BOUNDS = ("start_timestamp", "end_timestamp", "issued_at")
CAUSES = {"late_usage", "rounding", "tiers", "edge_window", "not_broken_down", "draft", "non_additive"}
GUIDE_DAYS = {"from": "2024-09-01", "to": "2024-10-31"}
YEAR = {"from": "2025-10-18", "to": "2026-11-20"}  # 399 days
each_file = pytest.mark.parametrize("name", list(COLUMNS))


@pytest.fixture(scope="module")
def shared_sandbox() -> Iterator[Sandbox]:
    with running_sandbox(now=datetime.fromisoformat(NOW), strict=True, hostile=True) as running:
        yield running


@pytest.fixture(scope="module")
def warm_files(shared_sandbox: Sandbox) -> Files:
    """One app for everything that only reads what is right."""
    return files_on(shared_sandbox, Clock(datetime.fromisoformat(NOW)))


@pytest.fixture(scope="module")
def api(shared_sandbox: Sandbox) -> Api:
    return Api(shared_sandbox.url)


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


def within(invoice: Row, days: Days) -> bool:
    """The interfaces document: its period overlaps the range, or it has none and was issued within it."""
    first, last = (datetime(day.year, day.month, day.day, tzinfo=UTC) for day in (days.first, days.end_exclusive))
    read = {name: datetime.fromisoformat(invoice[name]) for name in BOUNDS if name in invoice}
    if "start_timestamp" not in read:
        return first <= read["issued_at"] < last
    return read["start_timestamp"] < last and read["end_timestamp"] > first


def major(amount: Decimal, unit: Row) -> Decimal:
    """Only dollars come in cents."""
    return amount / 100 if unit["name"].endswith(" (cents)") else amount


def label(unit: Row) -> str:
    return str(unit["name"]).removesuffix(" (cents)")


def moment(text: str | None, *, later: int = 0) -> str:
    if not text:
        return ""
    return (datetime.fromisoformat(text) + timedelta(days=later)).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def plain(text: str) -> str:
    """A text cell without the apostrophe that keeps it from being a formula."""
    return text[1:] if text[:1] == "'" and text[1:].startswith(FORMULA_STARTS) else text


def header_row(invoice: Row) -> dict[str, str]:
    """What the file says of an invoice besides its amounts."""
    copy, record = invoice.get("external_invoice") or {}, invoice.get("correction_record") or {}
    terms = int(invoice["net_payment_terms_days"]) if "net_payment_terms_days" in invoice else None
    return {
        "id": invoice["id"],
        "status": invoice["status"],
        "type": invoice.get("type", ""),
        "contract_id": invoice.get("contract_id", ""),
        "currency": label(invoice["credit_type"]),
        "period_start": moment(invoice.get("start_timestamp")),
        "period_end": moment(invoice.get("end_timestamp")),
        "issued_at": moment(invoice["issued_at"]),
        "due_at": "" if terms is None else moment(invoice["issued_at"], later=terms),
        "billable": "false" if invoice.get("billable_status") == "unbillable" else "true",
        "payment_status": copy.get("external_status", ""),
        "external_id": copy.get("invoice_id", ""),
        "corrects_id": record.get("corrected_invoice_id", ""),
        "regenerated_from_id": invoice.get("regenerated_from_invoice_id", ""),
    }


def wide(customer: Customer) -> dict[str, str]:
    return GUIDE_DAYS if customer.name.startswith("GUIDE") else YEAR


def span(asked: dict[str, str]) -> Days:
    first, last = (datetime.fromisoformat(asked[name]).date() for name in ("from", "to"))
    return Days(first=first, last=last)


# Every account against the API


@everybody
def test_every_invoice_of_the_range_is_in_the_file_as_it_was_sent(
    warm_files: Files, api: Api, customer: Customer
) -> None:
    sent = [one for one in api.invoices(customer) if within(one, days_of(customer))]
    rows = warm_files.rows(customer, "invoices", **query(days_of(customer)))
    expected = {one["id"]: header_row(one) for one in sent}
    assert {row["id"]: {name: row[name] for name in expected[row["id"]]} for row in rows} == expected
    assert len(rows) == len(sent) > 0
    totals = {one["id"]: major(one["total"], one["credit_type"]) for one in sent}
    assert {row["id"]: Decimal(row["total"]) for row in rows} == totals


@everybody
def test_windows_sum_is_what_the_breakdowns_of_an_invoice_add_up_to(
    warm_files: Files, api: Api, customer: Customer
) -> None:
    """Over whole billing periods, whatever days were asked for; only of usage invoices, which alone have windows."""
    asked = query(days_of(customer))
    sent = {one["id"]: one for one in api.invoices(customer)}
    rows = warm_files.rows(customer, "invoices", **asked)
    compared = [row for row in rows if row["type"] == "USAGE" and row["status"] != "VOID"]
    assert compared
    windows: dict[str, Decimal] = {}
    for one in api.breakdowns(customer, periods(compared)):
        if one["status"] != "VOID":
            windows[one["id"]] = windows.get(one["id"], Decimal(0)) + major(one["total"], one["credit_type"])
    for row in compared:
        total = major(sent[row["id"]]["total"], sent[row["id"]]["credit_type"])
        found = windows.get(row["id"], Decimal(0))
        assert Decimal(row["windows_sum"]) == found
        assert Decimal(row["difference"]) == found - total
        assert row["cause"] in CAUSES if abs(found - total) > Decimal("0.000001") else row["cause"] == ""
    for row in rows:
        if row not in compared:
            assert (row["windows_sum"], row["difference"], row["cause"]) == ("", "", "")


def periods(rows: list[dict[str, str]]) -> Days:
    """From the first day of the earliest period to the last of the latest, but none after today."""
    first = min(row["period_start"] for row in rows)
    last = datetime.fromisoformat(max(row["period_end"] for row in rows)).date() - timedelta(days=1)
    return Days(first=datetime.fromisoformat(first).date(), last=min(last, datetime.fromisoformat(NOW).date()))


@everybody
def test_every_line_of_every_invoice_is_in_the_file_as_it_was_sent(
    warm_files: Files, api: Api, customer: Customer
) -> None:
    asked = wide(customer)
    sent = [one for one in api.invoices(customer) if within(one, span(asked))]
    expected = [line_row(one, at, line) for one in sent for at, line in enumerate(one["line_items"])]
    rows = warm_files.rows(customer, "line_items", **asked)
    assert [read_line(row) for row in sorted(rows, key=place)] == sorted(expected, key=place)
    assert {row["type"] for row in rows} <= {
        *("usage", "applied_commit_or_credit", "subscription", "scheduled", "commit_purchase", "cpu_conversion"),
        "postpaid_trueup",
    }


def place(row: dict[str, str]) -> tuple[str, int]:
    return row["invoice_id"], int(row["line"])


def line_row(invoice: Row, at: int, line: Row) -> Row:
    unit = line.get("credit_type") or invoice["credit_type"]
    amounts = {name: line.get(name) for name in ("total", "unit_price")}
    group = {**(line.get("pricing_group_values") or {}), **(line.get("presentation_group_values") or {})}
    return {
        "invoice_id": invoice["id"],
        "line": str(at),
        "product_id": line.get("product_id", ""),
        "group": group,
        "quantity": line.get("quantity"),
        **{name: None if amount is None else major(amount, unit) for name, amount in amounts.items()},
        "currency": label(unit),
        "commit_id": line.get("commit_id", ""),
        "segment_id": line.get("commit_segment_id", ""),
        "starts_at": moment(line.get("starting_at")),
        "ends_at": moment(line.get("ending_before")),
        "tier": str((line.get("tier") or {}).get("level", "")),
    }


def read_line(row: dict[str, str]) -> Row:
    """The cells of a row as values; its type and product, which older shapes do not send, are looked at elsewhere."""
    numbers = {name: Decimal(row[name]) if row[name] else None for name in ("quantity", "unit_price", "total")}
    told = {name: text for name, text in row.items() if name not in ("type", "product")}
    return {**told, **numbers, "group": json.loads(plain(row["group"])) if row["group"] else {}}


@everybody
def test_type_and_product_of_a_line_are_those_that_were_sent(warm_files: Files, api: Api, customer: Customer) -> None:
    """A deduction carries a name of its own; in the file it stands under its product's."""
    asked = wide(customer)
    found = {place(row): row for row in warm_files.rows(customer, "line_items", **asked)}
    for invoice in api.invoices(customer):
        for at, line in enumerate(invoice["line_items"] if within(invoice, span(asked)) else ()):
            row = found[invoice["id"], at]
            assert row["type"] == line.get("type", row["type"])
            if row["type"] == "usage":
                assert plain(row["product"]) == line["name"]
            assert row["product"] or not line.get("name")


@everybody
def test_the_lines_of_the_file_give_the_totals_of_the_other_one(warm_files: Files, customer: Customer) -> None:
    """Section 3.3 of the Metronome notes: lines of the invoice's unit without postpaid deductions."""
    asked = query(days_of(customer))
    postpaid = {row["id"] for row in warm_files.rows(customer, "commitments", **asked) if row["type"] == "POSTPAID"}
    invoices = {row["id"]: row for row in warm_files.rows(customer, "invoices", **asked)}
    sums = dict.fromkeys(invoices, Decimal(0))
    for row in warm_files.rows(customer, "line_items", **asked):
        toward = row["type"] == "applied_commit_or_credit" and row["commit_id"] in postpaid
        if row["currency"] == invoices[row["invoice_id"]]["currency"] and not toward:
            sums[row["invoice_id"]] += Decimal(row["total"])
    assert {ident: abs(total - Decimal(invoices[ident]["total"])) < Decimal("0.01") for ident, total in sums.items()} \
        == dict.fromkeys(invoices, True)  # fmt: skip


# What the planted accounts show


def test_late_usage_is_named_and_sized_to_the_cent(warm_files: Files) -> None:
    rows = warm_files.rows(Customer.LATE_USAGE, "invoices", **{"from": "2026-08-01", "to": "2026-11-20"})
    found = {row["period_start"][:7]: (Decimal(row["difference"]), row["cause"]) for row in rows}
    assert found == {
        "2026-08": (Decimal("12.50"), "late_usage"),
        "2026-09": (Decimal(0), ""),
        "2026-10": (Decimal("168.40"), "late_usage"),
        "2026-11": (Decimal(0), ""),
    }


@pytest.mark.parametrize(("customer", "cause"), [(Customer.TIERED, "tiers"), (Customer.SEATS, "not_broken_down")])
def test_what_windows_cannot_show_is_named(warm_files: Files, customer: Customer, cause: str) -> None:
    rows = [row for row in warm_files.rows(customer, "invoices", **query(days_of(customer))) if row["type"] == "USAGE"]
    assert rows
    assert {row["cause"] for row in rows} == {cause}
    assert all(Decimal(row["difference"]) for row in rows)


def test_tiers_stand_in_their_column(warm_files: Files) -> None:
    rows = warm_files.rows(Customer.TIERED, "line_items", **query(days_of(Customer.TIERED)))
    priced = {(row["product"], row["tier"]): Decimal(row["unit_price"]) for row in rows if row["tier"]}
    assert set(priced.values()) == {Decimal("0.04"), Decimal("0.032"), Decimal("0.025")}
    assert {tier for _, tier in priced} == {"1", "2", "3"}


def test_a_correction_and_a_replacement_name_what_they_stand_for(warm_files: Files) -> None:
    rows = {row["id"]: row for row in warm_files.rows(Customer.TWO_CONTRACTS, "invoices", **YEAR)}
    (correction,) = [row for row in rows.values() if row["corrects_id"]]
    assert rows[correction["corrects_id"]]["status"] == "FINALIZED"
    assert (correction["period_start"], Decimal(correction["total"])) == ("", Decimal("-53.18"))
    (again,) = [row for row in rows.values() if row["regenerated_from_id"]]
    assert rows[again["regenerated_from_id"]]["status"] == "VOID"


def test_the_guides_invoices(warm_files: Files) -> None:
    rows = warm_files.rows(Customer.GUIDE_BALANCES, "invoices", **GUIDE_DAYS)
    assert [(row["status"], row["type"], Decimal(row["total"])) for row in rows] == [
        ("DRAFT", "USAGE", 0),
        ("FINALIZED", "USAGE", 0),
        ("FINALIZED", "SCHEDULED", 100),
    ]
    lines = warm_files.rows(Customer.GUIDE_BALANCES, "line_items", **GUIDE_DAYS)
    assert [(row["type"], row["product"], Decimal(row["total"])) for row in lines] == [
        ("usage", "Calls", 5),
        ("applied_commit_or_credit", "Calls", -5),
        ("usage", "Calls", 15),
        ("applied_commit_or_credit", "Calls", -15),
        ("usage", "Calls", 65),
        ("applied_commit_or_credit", "Calls", -65),
        ("commit_purchase", "Prepaid Credits", 100),
    ]


# The range and the status


@pytest.mark.parametrize(
    ("first", "last", "periods_met"),
    [
        ("2026-10-31", "2026-10-31", {"2026-10-01"}),
        ("2026-11-01", "2026-11-01", {"2026-11-01"}),
        ("2026-10-31", "2026-11-01", {"2026-10-01", "2026-11-01"}),
        ("2026-09-15", "2026-09-15", {"2026-09-01"}),
    ],
)
def test_a_period_belongs_to_the_range_that_it_overlaps(
    warm_files: Files, first: str, last: str, periods_met: set[str]
) -> None:
    rows = warm_files.rows(Customer.LATE_USAGE, "invoices", **{"from": first, "to": last})
    assert {row["period_start"][:10] for row in rows} == periods_met


@pytest.mark.parametrize(
    ("first", "last", "issued"),
    [("2026-09-30", "2026-09-30", 0), ("2026-10-01", "2026-10-01", 1), ("2026-10-02", "2026-10-31", 0)],
)
def test_an_invoice_without_a_period_belongs_to_the_day_of_its_issue(
    warm_files: Files, first: str, last: str, issued: int
) -> None:
    rows = warm_files.rows(Customer.NO_METRICS, "invoices", **{"from": first, "to": last})
    assert sum(not row["period_start"] for row in rows) == issued


@each_file
def test_a_status_chooses_invoices_and_nothing_else(warm_files: Files, name: str) -> None:
    ident = "id" if name == "invoices" else "invoice_id"
    statuses = {row["id"]: row["status"] for row in warm_files.rows(Customer.TWO_CONTRACTS, "invoices", **YEAR)}
    assert set(statuses.values()) == {"DRAFT", "FINALIZED", "VOID"}
    whole = warm_files.rows(Customer.TWO_CONTRACTS, name, **YEAR)
    for status in ("draft", "finalized", "void"):
        rows = warm_files.rows(Customer.TWO_CONTRACTS, name, status=status, **YEAR)
        assert rows == [row for row in whole if statuses[row[ident]] == status.upper()]
    assert warm_files.rows(Customer.TWO_CONTRACTS, name, status="all", **YEAR) == whole


@each_file
@pytest.mark.parametrize("drawn", [{"zero": "show"}, {"table": "burn"}, {"view": "net"}, {"top": "3"}], ids=str)
def test_what_only_changes_the_drawing_does_not_change_the_file(
    warm_files: Files, name: str, drawn: dict[str, str]
) -> None:
    asked = query(days_of(Customer.NOTHING_USED))
    plain_file = warm_files.answer(Customer.NOTHING_USED, name, **asked)
    assert warm_files.answer(Customer.NOTHING_USED, name, **asked, **drawn).data == plain_file.data


# The form of a file


@each_file
def test_a_file_is_csv_with_its_columns_and_headers(warm_files: Files, name: str) -> None:
    answer = warm_files.answer(Customer.FLAGSHIP, name, range="last30d")
    assert answer.status_code == 200
    assert answer.content_type == "text/csv; charset=utf-8"
    assert answer.data.split(b"\r\n")[0].decode() == ",".join(COLUMNS[name])
    assert answer.data.endswith(b"\r\n")
    assert b"\n" not in answer.data.replace(b"\r\n", b"")
    assert answer.headers["X-Burnboard-As-Of"] == NOW
    assert answer.headers["X-Burnboard-Data"] == "fresh"
    assert answer.headers["Content-Disposition"] == f'attachment; filename="{name}-{Customer.FLAGSHIP}.csv"'
    assert len(list(csv.reader(io.StringIO(answer.text, newline=""), strict=True))) > 1


@each_file
@pytest.mark.parametrize("customer", [Customer.OWN_UNIT, Customer.EURO, Customer.HOSTILE, Customer.TWO_CONTRACTS])
def test_numbers_are_plain_times_are_in_utc_and_no_name_is_a_formula(
    warm_files: Files, name: str, customer: Customer
) -> None:
    rows = warm_files.rows(customer, name, **query(days_of(customer)))
    assert rows
    for row in rows:
        for column, text in row.items():
            if column in AMOUNTS and text:
                assert "e" not in text.lower()
                Decimal(text)
            elif column in TIMES and text:
                assert datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
            else:
                assert not text.startswith(FORMULA_STARTS)


def test_hostile_names_come_whole(warm_files: Files) -> None:
    rows = warm_files.rows(Customer.HOSTILE, "line_items", **query(days_of(Customer.HOSTILE)))
    groups = {value for row in rows if row["group"] for value in json.loads(plain(row["group"])).values()}
    assert {hostile.FORMULA, hostile.LONG, hostile.REVERSED} <= groups


@each_file
def test_an_account_without_invoices_in_the_range_has_a_header_and_no_rows(warm_files: Files, name: str) -> None:
    days = {"from": "2025-01-01", "to": "2025-01-31"}
    assert warm_files.rows(Customer.BRAND_NEW, name, **days) == []


def test_an_account_that_used_nothing_has_its_lines_of_nothing(warm_files: Files) -> None:
    rows = warm_files.rows(Customer.NOTHING_USED, "line_items", **query(days_of(Customer.NOTHING_USED)))
    assert {Decimal(row["total"]) for row in rows} == {0}


@each_file
def test_an_archived_account_still_has_its_files(warm_files: Files, name: str) -> None:
    assert warm_files.rows(Customer.ARCHIVED, name, **query(days_of(Customer.ARCHIVED)))


@each_file
@pytest.mark.parametrize("method", ["post", "put", "delete", "patch"])
def test_files_are_only_read(files: Files, sandbox: Sandbox, name: str, method: str) -> None:
    answer = getattr(files.client, method)(f"/accounts/{Customer.GUIDE_BALANCES}/{name}.csv")
    assert answer.status_code == 405
    assert answer.content_type == "application/problem+json"
    assert sandbox.requests.all() == []


# Wrong input

WRONG = (
    *BAD, {"status": "paid"}, {"status": ""}, {"zero": "yes"}, {"open": "x"}, {"receipt": "no receipt"},
    {"table": "burn,secrets"},
)  # fmt: skip


@each_file
@pytest.mark.parametrize("asked", WRONG, ids=lambda one: "&".join(f"{key}={one[key]}" for key in one)[:40])
def test_wrong_input_is_refused_before_any_figure_is_asked_for(
    files: Files, sandbox: Sandbox, name: str, asked: dict[str, str]
) -> None:
    assert_problem(files.answer(Customer.LATE_USAGE, name, **asked), 400)
    assert figures_asked(sandbox) == []


@each_file
def test_hours_of_a_whole_contract_are_refused_before_any_figure_is_asked_for(
    files: Files, sandbox: Sandbox, name: str
) -> None:
    """How long the contract runs is known once the contracts are; invoices are not needed for it."""
    assert_problem(files.answer(Customer.ROLLOVER, name, range="contract", window="hour"), 400)
    assert figures_asked(sandbox) == []


@each_file
@pytest.mark.parametrize("ident", [UNKNOWN, "not-an-id", "..%2f..%2fsecrets"])
def test_an_unknown_account_is_not_found(files: Files, sandbox: Sandbox, name: str, ident: str) -> None:
    assert_problem(files.client.get(f"/accounts/{ident}/{name}.csv"), 404)
    assert figures_asked(sandbox) == []


# Bad days


@each_file
@pytest.mark.parametrize("fault", FAULTS, ids=lambda one: "-".join(map(str, (one[0], *one[1].values()))))
def test_a_bad_day_upstream_is_told_as_what_it_is(
    hurried: Files, sandbox: Sandbox, name: str, fault: tuple[str, dict[str, float], int]
) -> None:
    kind, details, status = fault
    sandbox.faults.add(kind, family="invoices", **details)
    assert_problem(hurried.answer(Customer.GUIDE_BALANCES, name, **GUIDE_DAYS), status)


@pytest.mark.parametrize("family", ["customer", "credit_types", "invoices", "breakdowns"])
def test_a_file_needs_every_part_of_it(hurried: Files, sandbox: Sandbox, family: str) -> None:
    sandbox.faults.add("status", family=family, status=500)
    assert_problem(hurried.answer(Customer.LATE_USAGE, "invoices", range="last_month"), 503)
    wanted = 200 if family == "breakdowns" else 503
    assert hurried.answer(Customer.LATE_USAGE, "line_items", range="last_month").status_code == wanted


def test_one_span_of_windows_that_fails_leaves_no_short_file(hurried: Files, sandbox: Sandbox) -> None:
    sandbox.faults.add("status", family="breakdowns", status=500, containing="2026-11-21")
    assert_problem(hurried.answer(Customer.LATE_USAGE, "invoices", range="last90d"), 503)


def test_an_answer_that_does_not_come_ends_in_time(sandbox: Sandbox, clock: MovableClock) -> None:
    impatient = files_on(sandbox, clock, Patience(page=0.4, download=0.6, idle=0.3))
    sandbox.faults.add("hang", family="invoices", seconds=3)
    assert_problem(impatient.answer(Customer.GUIDE_BALANCES, "invoices", **GUIDE_DAYS), 504)


@each_file
def test_an_old_copy_is_marked_with_its_age(hurried: Files, clock: MovableClock, sandbox: Sandbox, name: str) -> None:
    fresh = hurried.answer(Customer.GUIDE_BALANCES, name, **GUIDE_DAYS)
    clock.move(600)
    sandbox.faults.add("status", status=503)
    stale = hurried.answer(Customer.GUIDE_BALANCES, name, **GUIDE_DAYS)
    assert (fresh.headers["X-Burnboard-Data"], stale.headers["X-Burnboard-Data"]) == ("fresh", "stale")
    assert stale.headers["X-Burnboard-As-Of"] == fresh.headers["X-Burnboard-As-Of"] == NOW
    assert stale.data == fresh.data


# The PDF


def pdf_path(customer: str, invoice_id: str) -> str:
    return f"/accounts/{customer}/invoices/{invoice_id}.pdf"


def an_invoice(sandbox: Sandbox, customer: Customer) -> str:
    return str(Api(sandbox.url).invoices(customer)[0]["id"])


def test_an_invoice_comes_as_the_document_that_the_api_has(files: Files, sandbox: Sandbox) -> None:
    ident = an_invoice(sandbox, Customer.TWO_CONTRACTS)
    answer = files.client.get(pdf_path(Customer.TWO_CONTRACTS, ident))
    assert (answer.status_code, answer.content_type) == (200, "application/pdf")
    assert answer.data.startswith(b"%PDF")
    sent = requests.get(
        f"{sandbox.url}/v1/customers/{Customer.TWO_CONTRACTS}/invoices/{ident}/pdf",
        headers={"Authorization": "Bearer t"},
        timeout=10,
    )
    assert answer.data == sent.content
    assert answer.content_length == len(sent.content)
    assert answer.headers["Content-Disposition"] == f'attachment; filename="invoice-{ident}.pdf"'
    assert answer.headers["Cache-Control"] == "no-store"
    assert not {"ETag", "Last-Modified", "Expires", "Age"} & set(answer.headers.keys())
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_a_document_is_asked_for_anew_each_time(files: Files, sandbox: Sandbox) -> None:
    ident = an_invoice(sandbox, Customer.GUIDE_BALANCES)
    assert {files.client.get(pdf_path(Customer.GUIDE_BALANCES, ident)).status_code for _ in range(2)} == {200}
    assert len(sandbox.requests.all("invoice_pdf")) == 2
    sandbox.faults.add("status", family="invoice_pdf", status=503)
    assert_problem(files.client.get(pdf_path(Customer.GUIDE_BALANCES, ident)), 503)


@pytest.mark.parametrize("ident", [UNKNOWN, "nothing", "'; --"])
def test_an_unknown_invoice_is_not_found(files: Files, ident: str) -> None:
    assert_problem(files.client.get(pdf_path(Customer.FLAGSHIP, ident)), 404)


def test_another_accounts_invoice_is_not_found_and_neither_is_an_unknown_accounts(
    files: Files, sandbox: Sandbox
) -> None:
    ident = an_invoice(sandbox, Customer.TWO_CONTRACTS)
    assert_problem(files.client.get(pdf_path(Customer.FLAGSHIP, ident)), 404)
    sandbox.requests.clear()
    assert_problem(files.client.get(pdf_path(UNKNOWN, ident)), 404)
    assert sandbox.requests.all("invoice_pdf") == []


PDF_FAULTS = (
    ("status", {"status": 500}, 503), ("status", {"status": 401}, 503), ("status", {"status": 403}, 503),
    ("status", {"status": 429}, 503), ("reset", {}, 503), ("html", {}, 502), ("wrong_shape", {}, 502),
    ("redirect", {}, 502), ("malformed", {}, 502), ("huge", {}, 502), ("huge", {"size": 65_536}, 502),
)  # fmt: skip


@pytest.mark.parametrize("fault", PDF_FAULTS, ids=lambda one: "-".join(map(str, (one[0], *one[1].values()))))
def test_a_document_that_cannot_be_had_is_told_as_what_it_is(
    hurried: Files, sandbox: Sandbox, fault: tuple[str, dict[str, int], int]
) -> None:
    kind, details, status = fault
    ident = an_invoice(sandbox, Customer.GUIDE_BALANCES)
    sandbox.faults.add(kind, family="invoice_pdf", **details)
    assert_problem(hurried.client.get(pdf_path(Customer.GUIDE_BALANCES, ident)), status)


def test_a_document_that_does_not_come_ends_in_time(sandbox: Sandbox, clock: MovableClock) -> None:
    impatient = files_on(sandbox, clock, Patience(page=0.4, download=0.6, idle=0.3))
    ident = an_invoice(sandbox, Customer.GUIDE_BALANCES)
    sandbox.faults.add("hang", family="invoice_pdf", seconds=3)
    assert_problem(impatient.client.get(pdf_path(Customer.GUIDE_BALANCES, ident)), 504)


@pytest.mark.parametrize("asked", ["x=1", "from=2026-01-01&to=2026-01-31", "receipt", "page=%FF"])
def test_a_document_takes_no_query(files: Files, sandbox: Sandbox, asked: str) -> None:
    assert_problem(files.client.get(f"{pdf_path(Customer.GUIDE_BALANCES, UNKNOWN)}?{asked}"), 400)
    assert sandbox.requests.all() == []


@pytest.mark.parametrize("method", ["post", "put", "delete", "patch"])
def test_a_document_is_only_read(files: Files, sandbox: Sandbox, method: str) -> None:
    answer = getattr(files.client, method)(pdf_path(Customer.GUIDE_BALANCES, UNKNOWN))
    assert answer.status_code == 405
    assert sandbox.requests.all() == []


def test_every_state_of_an_invoice_has_its_document(warm_files: Files) -> None:
    rows = warm_files.rows(Customer.TWO_CONTRACTS, "invoices", **YEAR)
    by_status = {row["status"]: row["id"] for row in rows}
    found = Counter(
        warm_files.client.get(pdf_path(Customer.TWO_CONTRACTS, ident)).data[:4] for ident in by_status.values()
    )
    assert found == {b"%PDF": 3}
