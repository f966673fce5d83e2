"""The invoices page in a real browser: statuses, what is on an invoice, what it is tied to, what came after it."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import requests

from sandbox.catalogue import Customer
from sandbox.server import Sandbox
from tests.browser.page import Page
from tests.contract.files import Api, Row

pytestmark = pytest.mark.browser
Start = Callable[..., Page]

ROWS = """
const table = document.querySelector('#invoices-main table.invoices-table');
const rows = table ? [...table.tBodies[0].rows].filter(one => one.querySelector(':scope > th')) : [];
return rows.map(row => ({
  id: row.querySelector('[data-open]').dataset.open,
  cells: [...row.cells].map(one => one.innerText.trim()),
  struck: [...row.querySelectorAll('*')].some(one => getComputedStyle(one).textDecorationLine === 'line-through'),
}));
"""
LINES = """
const table = document.querySelector('.line-items');
return table && [...table.querySelectorAll('tr')].map(row => [...row.cells].map(one => one.innerText.trim()));
"""


def path(customer: Customer, query: str = "") -> str:
    return f"/accounts/{customer}/invoices{query}"


def invoices(page: Page) -> list[Row]:
    """Each listed invoice: its id, its cells, and whether its total is struck through."""
    return list(page.until(lambda: page.script(ROWS), "no invoices"))


def lines(page: Page) -> list[list[str]]:
    """The rows of the first opened invoice, heads and titles included."""
    return list(page.until(lambda: page.script(LINES), "no lines"))


def latest(sandbox: Sandbox, customer: Customer, status: str = "FINALIZED") -> str:
    """The usage invoice with the latest period."""
    found = [one for one in Api(sandbox.url).invoices(customer) if one["status"] == status and one["type"] == "USAGE"]
    return str(max(found, key=lambda one: one["start_timestamp"])["id"])


def chosen(page: Page, ident: str) -> str:
    """The choice that a segmented control shows."""
    script = "return document.querySelector('#' + arguments[0] + ' input:checked').value"
    return str(page.script(script, ident))


def test_a_status_writes_the_address_and_filters(start_page: Start) -> None:
    page = start_page(path(Customer.TWO_CONTRACTS, "?range=ytd"))
    everything = invoices(page)
    words = ("Draft", "Final", "Void")
    assert {next(word for word in words if row["cells"][1].startswith(word)) for row in everything} == set(words)
    assert [row["cells"][1] for row in everything if row["struck"]] == ["Void"]
    for status, word in (("void", "Void"), ("finalized", "Final"), ("draft", "Draft")):
        page.pick("#invoices-status", status)
        page.until(lambda status=status: page.query().get("status") == status)
        wanted = [row["id"] for row in everything if row["cells"][1].startswith(word)]
        page.until(lambda wanted=wanted: [row["id"] for row in page.script(ROWS)] == wanted, f"not only {word}")
        link = page.until(lambda: page.one("#invoices-csv").get_attribute("href"))
        assert f"status={status}" in link
    page.driver.back()
    page.until(lambda: page.query().get("status") == "finalized")
    page.driver.forward()
    page.until(lambda: page.query().get("status") == "draft")
    page.driver.refresh()
    page.until(lambda: len(invoices(page)) == 2)
    page.settled()
    page.until(lambda: chosen(page, "invoices-status") == "draft", "the control does not say what is shown")
    page.pick("#invoices-status", "all")
    page.until(lambda: page.query() == {"range": "ytd"})
    page.until(lambda: invoices(page) == everything)
    assert page.console() == []


def _void_is_in_no_sum(page: Page, found: list[Row]) -> None:
    final = [row for row in found if row["cells"][1] == "Final"]
    page.says("#invoices-summary", f"on {len(final)} invoices")
    told = page.text("#invoices-summary").split("Invoiced ")[1].split(" on ")[0]
    assert abs(_dollars(told) - sum(_dollars(row["cells"][4]) for row in final)) < 0.01 * len(final)


def _dollars(text: str) -> float:
    return float(text.replace("$", "").replace(",", "").replace("−", "-"))


def test_corrections_and_replacements_are_linked_both_ways(start_page: Start) -> None:
    page = start_page(path(Customer.TWO_CONTRACTS, "?range=ytd"))
    found = invoices(page)
    _void_is_in_no_sum(page, found)
    ties = {row["cells"][7].split("\n")[0]: row["id"] for row in found if row["cells"][7] != "–"}
    assert set(ties) == {
        *("Replaced by Aug 2026", "Replaces Aug 2026", "Corrects Jul 2026", "Corrected by 11 Aug 2026"),
    }
    page.press(_link_of(ties["Corrects Jul 2026"]))
    corrected = ties["Corrected by 11 Aug 2026"]
    page.until(lambda: page.query() == {"range": "ytd", "open": corrected})
    page.one(f"[data-open='{corrected}'][aria-expanded=true]")
    page.press(_link_of(corrected))
    page.until(lambda: page.query().get("open") == f"{corrected},{ties['Corrects Jul 2026']}")
    page.says("#invoices-table", "Reason of the correction: Duplicate events")
    page.open(path(Customer.TWO_CONTRACTS, f"?range=last_month&open={corrected}"))
    page.says("#invoices-notice", "1 invoice outside the range or status chosen")
    page.says("#invoices-table", "Outside the range and status chosen")
    assert page.console() == []


def _link_of(ident: str) -> str:
    return f"tr:has(> th > [data-open='{ident}']) a[data-page-link]"


def test_lines_stand_by_product_with_the_credits_that_paid_for_them_beneath(
    start_page: Start, sandbox: Sandbox
) -> None:
    ident = latest(sandbox, Customer.GUIDE_BALANCES, "DRAFT")
    days = "?from=2024-10-01&to=2024-10-31"
    page = start_page(path(Customer.GUIDE_BALANCES, days), BURNBOARD_NOW="2024-10-15T12:00:00Z")
    page.press(f"[data-open='{ident}']")
    page.until(lambda: page.query().get("open") == ident)
    found = lines(page)
    assert [[row[0].split("\n")[0], *row[1:]] for row in found] == [
        ["Line", "Quantity", "Unit price", "Total"],
        ["Calls"],
        ["region: us-east-1", "500", "$0.01", "$5.00"],
        ["Reward credit applied", "", "", "−$5.00"],
        ["region: us-east-1", "1,500", "$0.01", "$15.00"],
        ["Prepaid Credits applied", "", "", "−$15.00"],
        ["Total of the invoice", "", "", "$0.00"],
    ]
    assert page.script("return document.querySelectorAll('.line-items .sub-row').length") == 2
    assert page.console() == []


def test_tiers_and_negotiated_prices_are_told(start_page: Start, sandbox: Sandbox) -> None:
    page = start_page(path(Customer.TIERED, f"?range=last_month&open={latest(sandbox, Customer.TIERED)}"))
    tiers = [row for row in lines(page) if "Tier " in row[0]]
    assert {(row[0].split("\n")[-1], row[2]) for row in tiers} >= {("Tier 1", "$0.04"), ("Tier 2", "$0.032")}
    ident = latest(sandbox, Customer.PRICE_CHANGE)
    page.open(path(Customer.PRICE_CHANGE, f"?range=last_month&open={ident}"))
    page.says(".line-items", "list $0.0002, 20% off")
    prices = {row[2].split("\n")[0] for row in lines(page) if "list $0.0002" in row[2 if len(row) > 2 else 0]}
    assert prices == {"$0.00016", "$0.000145"}
    before, after = ("1–11 Oct 2026", "12–31 Oct 2026")
    dated = {row[0].split("\n")[-1]: row[2] for row in lines(page) if "region: us-east-1" in row[0] and len(row) > 2}
    assert {before, after} <= set(dated)
    assert page.console() == []


def test_lines_without_usage_are_hidden_until_they_are_wanted(start_page: Start, sandbox: Sandbox) -> None:
    ident = latest(sandbox, Customer.NOTHING_USED)
    page = start_page(path(Customer.NOTHING_USED, f"?range=last_month&open={ident}"))
    page.says("#invoices-table", "1 line with no usage is hidden.")
    assert [row[0] for row in lines(page)] == ["Line", "Total of the invoice"]
    page.pick("#invoices-zero", "show")
    page.until(lambda: page.query().get("zero") == "show")
    page.until(lambda: len(lines(page)) > 2)
    shown = lines(page)[2]
    assert (shown[1], shown[3]) == ("0", "$0.00")
    assert "hidden" not in page.text("#invoices-table")
    page.pick("#invoices-zero", "hide")
    page.until(lambda: "zero" not in page.query())
    page.says("#invoices-table", "1 line with no usage is hidden.")
    page.open(path(Customer.NOTHING_USED, f"?range=last_month&open={ident}&zero=show"))
    page.until(lambda: len(lines(page)) > 2)
    page.settled()
    page.until(lambda: chosen(page, "invoices-zero") == "show", "the switch does not say what is shown")
    assert page.console() == []


def test_usage_that_came_after_the_invoice_is_told_by_day_and_product(start_page: Start) -> None:
    page = start_page(path(Customer.LATE_USAGE, "?range=last_month"))
    page.says(
        "#drift-summary",
        "Oct 2026 was invoiced at $3,495.26; usage that arrived later would make it $3,663.66: 3 days, 1 product.",
    )
    table = "return [...document.querySelectorAll('.drift-table tbody tr')]" \
        ".map(row => [...row.cells].map(one => one.innerText.trim().split('\\n')[0]))"  # fmt: skip
    rows = {row[0]: row[1:] for row in page.script(table)}
    assert rows["API requests"] == ["$3,495.26", "$3,663.66", "$168.40"]
    assert {name: row[2] for name, row in rows.items() if row and row[0] == "–"} == {
        "Fri 9 Oct 2026": "$62.00",
        "Sat 10 Oct 2026": "$64.40",
        "Wed 21 Oct 2026": "$42.00",
    }
    _pdf_and_files_can_be_had(page)
    page.pick("#invoices-status", "draft")
    page.says("#invoices-notice", "No draft invoices in this range")
    assert "3 days, 1 product" in page.text("#drift-summary")
    page.open(path(Customer.EURO, "?range=last_month"))
    page.says("#drift-notice", "No usage arrived after finalization")
    assert page.console() == []


def _pdf_and_files_can_be_had(page: Page) -> None:
    (only,) = invoices(page)
    link = page.one("#invoices-table a[href$='.pdf']")
    assert link.get_attribute("download") is not None
    answer = requests.get(link.get_attribute("href"), timeout=10)
    assert answer.content.startswith(b"%PDF")
    assert only["id"].encode() in answer.content
    for ident, name in (("invoices-csv", "invoices"), ("line-items-csv", "line_items")):
        file = requests.get(page.one(f"#{ident}").get_attribute("href"), timeout=10)
        assert file.headers["Content-Disposition"].startswith(f'attachment; filename="{name}-')
        assert only["id"] in file.text


def test_payment_states_are_told_in_plain_words(start_page: Start) -> None:
    page = start_page(path(Customer.SEATS, "?from=2026-02-01&to=2026-10-31"))
    told = [row["cells"][5] for row in invoices(page)]
    wanted = ("Paid", "Partly paid", "Payment failed", "Written off", "Not sent for payment", "Void at the payment")
    assert [words for words in wanted if not any(words in one for one in told)] == []
    overdue = [one for one in told if "Overdue" in one]
    assert len(overdue) == 3
    assert not [one for one in overdue if "PAID)" in one and "PARTIALLY" not in one]
    assert page.script(
        "return [...document.querySelectorAll('#invoices-table [title]')].some(one => one.title === 'UNCOLLECTIBLE')"
    )
    assert page.console() == []


def test_an_id_that_is_no_invoice_of_the_account_is_said(start_page: Start) -> None:
    other = "00000000-0000-4000-8000-000000000000"
    page = start_page(path(Customer.LATE_USAGE, f"?range=last_month&open={other}&status=paid"))
    page.says("#invoices-notice", "The link names an invoice that this account does not have")
    page.says("#filter-notice", "“paid” is not a known invoice status")
    assert len(invoices(page)) == 1
    assert page.console() == []
