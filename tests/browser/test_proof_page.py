"""The proof page in a real browser, and the mark that leads to it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from decimal import Decimal
from typing import Any

import pytest
import requests

import sandbox.endpoints.invoices as invoice_endpoints
from sandbox.catalogue import Customer
from sandbox.server import Sandbox, running_sandbox
from tests.browser.jumping_clock import JumpingClock
from tests.browser.page import Page
from tests.conftest import NOW

pytestmark = pytest.mark.browser
Start = Callable[..., Page]

LATE = f"/accounts/{Customer.LATE_USAGE}"
ROWS = """
return [...document.querySelectorAll('#proof-table tbody tr')].filter(one => one.querySelector('td'))
  .map(row => [...row.cells].map(one => one.innerText.trim()));
"""


def checks(page: Page) -> list[list[str]]:
    return list(page.until(lambda: page.script(ROWS), "no checks"))


def test_late_usage_is_explained_and_everything_is_counted(start_page: Start) -> None:
    page = start_page(f"{LATE}/proof?range=last_month")
    rows = checks(page)
    results = [row[1] for row in rows]
    explained = results.count("Explained")
    assert set(results) == {"Agrees", "Explained"}
    page.says("#proof-summary", f"{len(rows)} checks: {len(rows) - explained} passed, {explained} explained, 0 failed.")
    late = [row for row in rows if "Usage arrived after the invoice was final" in row[5]]
    assert len(late) == explained
    assert [row[2:5] for row in late[:2]] == [["$3,495.26", "$3,663.66", "+$168.40"]] * 2
    assert late[2][2:5] == ["18,318,324", "17,476,324", "−842,000"]
    assert page.script("return document.querySelector('#proof-table [title=late_usage]') !== null")
    assert all(row[5] == "–" for row in rows if row[1] == "Agrees")
    _can_be_re_added(page, len(rows))
    page.press("#proof-table a[href*='invoices?']")
    page.until(lambda: "/invoices" in page.driver.current_url)
    page.says("#invoices-table", "Total of the invoice")
    assert page.console() == []


def _can_be_re_added(page: Page, count: int) -> None:
    """What a finance team takes home."""
    body = requests.get(page.one("#proof-json").get_attribute("href"), timeout=20).json(parse_float=Decimal)
    text = requests.get(page.one("#proof-csv").get_attribute("href"), timeout=20).text
    assert (body["from"], body["to"]) == ("2026-10-01", "2026-10-31")
    assert len(body["checks"]) == text.count("\n") - 1 == count
    assert all(one["actual"] - one["expected"] == one["difference"] for one in body["checks"])


def test_the_mark_in_the_head_leads_to_the_proof_of_the_same_days(start_page: Start) -> None:
    page = start_page(f"{LATE}?range=last_month")
    mark = page.one("#proof-mark a.is-good")
    assert mark.text.strip().endswith("Invoices and ledgers agree, 2 explained")
    page.press("#proof-mark a")
    page.until(lambda: "/proof" in page.driver.current_url)
    assert page.query() == {"range": "last_month"}
    page.says("#proof-summary", "0 failed")
    assert page.one("#tab-proof").get_attribute("aria-current") == "page"
    assert page.console() == []


def test_the_guides_books_agree(start_page: Start) -> None:
    page = start_page(
        f"/accounts/{Customer.GUIDE_BALANCES}/proof?from=2024-09-01&to=2024-10-31", BURNBOARD_NOW="2024-10-15T12:00:00Z"
    )
    rows = checks(page)
    assert {row[1] for row in rows} == {"Agrees"}
    net = {row[0].split("\n")[0]: row[2:5] for row in rows if row[0].startswith("USD with")}
    assert net == {
        "USD with drafts": ["$20.00", "$20.00", "$0.00"],
        "USD without drafts": ["$40.00", "$40.00", "$0.00"],
    }
    page.one("#proof-mark a.is-good")
    assert page.console() == []


@pytest.fixture
def contradicting(monkeypatch: pytest.MonkeyPatch) -> Iterator[Sandbox]:
    """A sandbox whose finalized invoices in which nothing was late say ten dollars more than their lines."""
    honest = invoice_endpoints.invoices

    def tampered(books: Any) -> list[dict[str, Any]]:
        return [
            one | {"total": one["total"] + 1_000} if one["issued_at"].startswith("2026-10-02") else one
            for one in honest(books)
        ]

    monkeypatch.setattr(invoice_endpoints, "invoices", tampered)
    with running_sandbox(now=datetime.fromisoformat(NOW), strict=True) as running:
        yield running


def test_an_invoice_that_contradicts_itself_is_shown_as_sent_and_turns_the_mark_amber(
    start_page: Start, contradicting: Sandbox
) -> None:
    page = start_page(f"{LATE}/proof?from=2026-09-01&to=2026-09-30", api=contradicting)
    failed = [row for row in checks(page) if row[1] == "Does not add up"]
    assert [row[2:5] for row in failed] == [["$3,509.97", "$3,499.97", "−$10.00"]]
    assert failed[0][5].startswith("No documented cause explains it")
    page.says("#proof-summary", "1 failed")
    mark = page.one("#proof-mark a.is-warn")
    assert mark.text.strip().endswith("1 does not add up")
    page.press("#tab-invoices")
    page.says("#invoices-table", "$3,509.97")
    page.says("#invoices-table", "Its lines add up to $3,499.97")
    page.says("#invoices-notice", "whose lines do not add up to the total")
    page.says("#drift-notice", "No usage arrived after finalization")
    assert page.console() == []


def test_what_could_not_be_compared_is_said_and_is_not_called_passed(
    start_page: Start, sandbox: Sandbox, clock: JumpingClock
) -> None:
    sandbox.faults.add("status", family="net_balance", status=500)
    page = start_page(f"{LATE}/proof?range=last_month", clock=clock)
    rows = checks(page)
    page.says("#proof-summary", f"{len(rows)} checks:")
    page.says("#proof-summary", "1 comparison could not be made.")
    page.says("#proof-main", "Not compared, net balance (1): The net balance could not be loaded.")
    assert not [row for row in rows if row[0].startswith("USD with")]
    file = requests.get(page.one("#proof-json").get_attribute("href"), timeout=20)
    assert file.status_code == 503
    sandbox.faults.clear()
    clock.jump(90)  # until the endpoint is not left alone any more
    page.driver.refresh()
    page.until(lambda: len(page.script(ROWS)) == len(rows) + 2)
    assert "could not be made" not in page.text("#proof-summary")
    assert page.console() == []


def test_a_mark_without_breakdowns_does_not_say_that_the_books_agree(
    start_page: Start, sandbox: Sandbox, clock: JumpingClock
) -> None:
    sandbox.faults.add("status", family="breakdowns", status=500)
    page = start_page(f"{LATE}/proof?range=last_month", clock=clock)
    page.says("#proof-main", "Not compared, windows and invoices")
    page.says("#proof-summary", "could not be made")
    mark = page.one("#proof-mark a")
    assert "not compared" in mark.text
    assert "windows and invoices" not in mark.get_attribute("title").lower().split("not compared")[0]
    assert page.console() == []
